"""Failover: an endpoint that cannot be reached, in each manner that the wire can play, and nobody reached at all.

In `test_connection` the cloud shuts its listeners; here the cloud is well, and the way to it is not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalogue.econduit import (
    ECD_024,
    ECD_027,
    ECD_028,
    ECD_031,
    ECD_032,
    ECD_033,
    ECD_034,
    ECD_036,
    ECD_042,
    ECD_055,
    ECD_102,
    ECD_105,
)
from fixtures.campaign import Campaign
from fixtures.case import case, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.party import BEYOND
from harness.checks import lines, outage, screen
from harness.faults.nemesis import Nemesis
from harness.faults.wire.captive_portal import CaptivePortal
from harness.faults.wire.fault import WireFault
from harness.faults.wire.not_resolved import NotResolved, Outcome
from harness.faults.wire.refused import Refused
from harness.faults.wire.unanswered import Unanswered
from harness.faults.wire.unreachable import Code, Unreachable
from harness.rig.bench import Means
from harness.wire.econduit import RegistrationAnswer
from suites.econduit.drops import judge_return, noticed_within, registered

UNREACHED = 100.0
"""Seconds for which nobody can be reached: rounds enough for a back-off to show whether it is bounded."""

ROUNDS = 3
"""Dials in vain that must be seen meanwhile."""

# ---- One endpoint ----------------------------------------------------------------------------------------------------

Manner = Callable[[CloudSide, str], WireFault]
"""The fault by which one listener cannot be reached."""


def refused(cloud: CloudSide, listener: str) -> WireFault:
    return Refused(endpoints=(cloud.address(listener),))


def unanswered(cloud: CloudSide, listener: str) -> WireFault:
    return Unanswered(endpoints=(cloud.address(listener),))


def no_way(code: Code) -> Manner:
    return lambda cloud, listener: Unreachable(code, endpoints=(cloud.address(listener),))


def no_address(outcome: Outcome) -> Manner:
    return lambda cloud, listener: NotResolved(outcome, names=(cloud.host_name(listener),))


MANNERS = [
    pytest.param(refused, id="refused", marks=needing(Means.STREAMS)),
    pytest.param(unanswered, id="timed out", marks=needing(Means.WIRE)),
    *(
        pytest.param(no_way(code), id=f"{code} unreachable", marks=needing(Means.UNREACHABLE))
        for code in (Code.HOST, Code.ADMIN)
    ),
    *(
        pytest.param(no_address(outcome), id=f"not resolved, {outcome}", marks=needing(Means.NOT_RESOLVED))
        for outcome in (Outcome.NO_SUCH_NAME, Outcome.WRONG_ADDRESS)
    ),
]


@pytest.mark.parametrize("manner", MANNERS)
@case(ECD_024, ECD_031, ECD_033, ECD_034)
async def test_falls_back_on_the_secondary(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge, manner: Manner
) -> None:
    """The line is lost and the primary kept away by the wire; unaided, the terminal registers on the secondary."""
    limit = campaign.profile.connection.reconnect_limit
    fault = manner(cloud, "primary")
    await terminal.online()
    async with nemesis(fault):
        cloud.end(reset=True)
        await cloud.heard(RegistrationAnswer, line="new", within=limit)

    judge(outage.falls_back, of=(ECD_024, ECD_031, ECD_033), fault=fault.name, listener="secondary", within=limit)


@case(ECD_024, ECD_033, ECD_036, needs=(Means.WIRE,))
async def test_returns_when_the_way_is_free(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """Started while dials of the primary time out, the terminal runs on the secondary; later it chooses anew."""
    connection = campaign.profile.connection
    fault = unanswered(cloud, "primary")
    async with nemesis(fault):
        await terminal.online()
    cloud.end(reset=True)
    await cloud.heard(RegistrationAnswer, line="new", within=connection.reconnect_limit)

    within = campaign.ixit.boot_within * campaign.time_scale + connection.reconnect_limit
    judge(outage.falls_back, of=(ECD_024, ECD_033), fault=fault.name, listener="secondary", within=within)
    judge(lines.returns_to_primary, of=ECD_036, required=connection.failback == "required")


# ---- None of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Refused(), id="refused", marks=needing(Means.STREAMS)),
        pytest.param(Unanswered(), id="timed out", marks=needing(Means.WIRE)),
        pytest.param(Unreachable(), id="unreachable", marks=needing(Means.UNREACHABLE)),
        pytest.param(NotResolved(), id="not resolved", marks=needing(Means.NOT_RESOLVED)),
    ],
)
@case(ECD_027, ECD_032, ECD_034, ECD_042)
async def test_nobody_can_be_reached(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge, fault: WireFault
) -> None:
    """Neither endpoint can be reached for minutes; the dials go on, with bounded pauses, and one day one succeeds."""
    connection = campaign.profile.connection
    await terminal.online()
    async with nemesis(fault):
        cloud.end(reset=True)
        await cloud.watch(UNREACHED, "nobody can be reached")
    await registered(cloud, campaign)

    judge_return(judge, campaign, ECD_027, ECD_032, fault=fault.name)
    # Whoever gets no answer sends each SYN and each question again: those are no dials of their own.
    if isinstance(fault, Refused):
        judge(
            outage.cycles,
            of=ECD_032,
            fault=fault.name,
            longest_pause=connection.longest_pause,
            a_minute=connection.dials_a_minute,
            at_least=ROUNDS,
        )


# ---- Somebody else ---------------------------------------------------------------------------------------------------


@case(ECD_027, ECD_028, ECD_032, ECD_034, ECD_042, needs=(Means.STREAMS,))
async def test_captive_portal_in_place_of_the_cloud(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """A portal redirects whatever is said to a web page; that is no success, and the dials go on until it is gone."""
    await terminal.online()
    async with nemesis(CaptivePortal()):
        await cloud.watch(UNREACHED, "a captive portal")
    await registered(cloud, campaign)

    judge_return(judge, campaign, ECD_027, ECD_028, ECD_032)


@case(ECD_055, ECD_102, ECD_105, needs=(Means.STREAMS, Means.SCREEN))
async def test_screen_is_offline_at_a_captive_portal(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """A line to the portal is up again and again, and the terminal is registered nowhere; its screen says so."""
    display = campaign.profile.display
    noticed = noticed_within(campaign)
    await terminal.online()
    async with nemesis(CaptivePortal()):
        await cloud.watch(noticed + display.offline_within + 10.0, "a captive portal")
    await registered(cloud, campaign)
    await cloud.watch(display.online_within + BEYOND, "the screen has time to follow")

    judge(outage.offline_during, noticed_within=noticed, within=display.offline_within)
    judge(screen.online_when_registered, of=ECD_105, within=display.online_within, scope=display.scope)


@case(ECD_032, ECD_034, ECD_042, needs=(Means.STREAMS, Means.POWER))
async def test_started_behind_a_captive_portal(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """Switched on behind a portal, the terminal meets nothing but web pages; once the portal is gone it registers."""
    async with nemesis(CaptivePortal(redirect=False)):
        await terminal.power_on()
        await cloud.watch(UNREACHED, "a captive portal")
    await registered(cloud, campaign)

    judge_return(judge, campaign, ECD_032)
