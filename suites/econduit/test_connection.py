"""Chapter B, connection and endpoints: one line that the terminal opens, keeps, and replaces when it is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from catalogue.econduit import (
    ACKS_ASKED,
    ECD_020,
    ECD_021,
    ECD_022,
    ECD_023,
    ECD_024,
    ECD_025,
    ECD_026,
    ECD_027,
    ECD_031,
    ECD_032,
    ECD_033,
    ECD_034,
    ECD_035,
    ECD_036,
    ECD_042,
    SECONDARY_ENDPOINT,
    TRANSACTIONS,
)
from fake_cloud.delivery import CLOSE_INSTEAD, RESET_INSTEAD, SILENCE, Delivery
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from harness.checks import lines, pairing, standing
from harness.faults.nemesis import Nemesis
from harness.faults.stream.ending import OrderlyClose, Reset
from harness.faults.stream.shut import Shut
from harness.faults.stream.silence import Silence
from harness.rig.bench import Means
from harness.wire.econduit import Heartbeat, Register, RegistrationAnswer
from harness.wire.endpoint import Hearing, Opened
from suites.econduit.drops import after_a_start

OUTAGE = 300.0
"""Seconds of an outage long enough to use up the attempts of a terminal that counts them (ECD-032: "for ever")."""

ATTEMPTS = 7
"""Dials in vain, more than a terminal that gives up after "five attempts" makes."""


def after_an_outage(campaign: Campaign) -> float:
    """Document seconds from the end of an outage to the registration: the back-off may have just begun."""
    return campaign.profile.connection.longest_pause + campaign.profile.connection.reconnect_limit


# ---- One plain line --------------------------------------------------------------------------------------------------


@case(ECD_020, ECD_021)
async def test_dials_out_over_plain_tcp(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """Powered on, the terminal dials the cloud by itself; the first bytes are its own, with no preamble."""
    await terminal.dials()
    await cloud.heard(Register, within=campaign.profile.registration.answer_within)

    judge(lines.dials_by_itself, of=ECD_020)
    judge(standing.plain_tcp, of=ECD_021)


@case(ECD_022)
async def test_keeps_its_line_while_idle(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Nothing is asked of the terminal for three heartbeats; it keeps the line it registered on."""
    await terminal.online()
    for _ in range(3):
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge(lines.keeps_line, at_least=3 * campaign.profile.heartbeat.earliest)


@case(ECD_022, ECD_023, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_keeps_its_line_after_transactions(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Two sales, then a heartbeat: commands, responses and heartbeat share one line, which stays up."""
    await terminal.online()
    for _ in range(2):
        await cloud.transact(cloud.sale())
    await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge(lines.keeps_line, of=ECD_022, at_least=campaign.profile.heartbeat.earliest)
    judge(pairing.answered_on_its_line, of=ECD_023, at_least=2)


# ---- The other endpoint ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hearing",
    [
        Hearing.REFUSED,
        pytest.param(Hearing.TIMED_OUT, marks=needing(Means.TIME_OUT)),
        pytest.param(Hearing.UNREACHABLE, marks=needing(Means.UNREACHABLE)),
        pytest.param(Hearing.NOT_RESOLVED, marks=needing(Means.NOT_RESOLVED)),
    ],
)
@case(ECD_024, ECD_031, ECD_033)
async def test_falls_back_when_the_primary_goes(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge, hearing: Hearing
) -> None:
    """The line is reset and the primary cannot be reached; unaided, the terminal registers on the secondary."""
    await terminal.online()
    limit = campaign.profile.connection.reconnect_limit
    async with nemesis(Shut("primary", hearing=hearing), on=cloud.name):
        await cloud.heard(Register, line="new", within=limit)

    judge(lines.tries, listener="secondary", within=limit)


@case(ECD_024, ECD_033, needs=(Means.POWER,))
async def test_starts_on_the_secondary(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The primary refuses when the terminal is powered on; it registers on the secondary."""
    async with nemesis(Shut("primary"), on=cloud.name):
        await terminal.power_on()
        await cloud.heard(Register, within=after_a_start(campaign))

    judge(lines.tries, listener="secondary", within=after_a_start(campaign))


@case(ECD_036)
async def test_returns_to_the_primary(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The terminal runs on the secondary while the primary answers again; a reset then lets it choose anew."""
    await terminal.online()
    limit = campaign.profile.connection.reconnect_limit
    async with nemesis(Shut("primary"), on=cloud.name):
        await cloud.heard(RegistrationAnswer, line="new", within=limit)
    async with nemesis(Reset(), on=cloud.name):
        await cloud.heard(RegistrationAnswer, line="new", within=limit)

    judge(lines.returns_to_primary, required=campaign.profile.connection.failback == "required")


# ---- A lost line -----------------------------------------------------------------------------------------------------


async def just_registered(cloud: CloudSide, campaign: Campaign) -> None:
    """At once after the registration."""


async def just_beaten(cloud: CloudSide, campaign: Campaign) -> None:
    """At once after a heartbeat."""
    await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)


async def transacting(cloud: CloudSide, campaign: Campaign) -> None:  # noqa: ARG001
    """While a sale is running."""
    cloud.say(cloud.sale())


async def just_answered(cloud: CloudSide, campaign: Campaign) -> None:  # noqa: ARG001
    """At once after a response."""
    await cloud.transact(cloud.sale())


@pytest.mark.parametrize("fault", [Reset, OrderlyClose])
@pytest.mark.parametrize(
    "moment",
    [
        just_registered,
        just_beaten,
        pytest.param(transacting, marks=needing(Means.APPROVE, when=(TRANSACTIONS,))),
        pytest.param(just_answered, marks=needing(Means.APPROVE, when=(TRANSACTIONS,))),
    ],
)
@case(ECD_027)
async def test_replaces_a_lost_line(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    moment: Callable[[CloudSide, Campaign], Awaitable[None]],
    fault: type[Reset],
) -> None:
    """The line ends by reset or in order, at different moments; how soon the terminal is registered again is told."""
    await terminal.online()
    await moment(cloud, campaign)
    limit = campaign.profile.connection.reconnect_limit
    async with nemesis(fault(), on=cloud.name):
        await cloud.heard(RegistrationAnswer, line="new", within=limit)

    judge(lines.back_within, limit=limit, warn=campaign.profile.connection.reconnect_warn)


@case(ECD_027, ECD_034, ECD_042)
async def test_replaces_each_of_five_lines(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """Five lines are lost one after the other, each as soon as it is registered; the last is replaced as the first."""
    await terminal.online()
    limit = campaign.profile.connection.reconnect_limit
    for fault in (Reset, OrderlyClose, Reset, OrderlyClose, Reset):
        async with nemesis(fault(), on=cloud.name):
            await cloud.heard(RegistrationAnswer, line="new", within=limit)

    judge(lines.back_within, of=ECD_027, limit=limit, warn=campaign.profile.connection.reconnect_warn, at_least=5)
    judge(standing.one_live_line, of=ECD_034)
    judge(lines.registers_first_on_every_line, of=ECD_042, at_least=6, patience=limit)


@case(ECD_034, ECD_035, when=(ACKS_ASKED,))
async def test_leaves_a_half_open_line(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The line stays up but no ack comes any more; the terminal ends it and registers on another, never on two."""
    await terminal.online()
    cloud.bend(Answers.ACK, SILENCE)
    await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)
    patience = 2 * campaign.profile.connection.ack_within
    await cloud.heard(Register, line="new", within=patience + campaign.profile.connection.reconnect_limit)

    judge(lines.gives_up_half_open_line, of=ECD_035, within=patience)
    judge(standing.one_live_line, of=ECD_034)


# ---- Nobody there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "outage"),
    [
        pytest.param("primary", OUTAGE, id="primary"),
        pytest.param("secondary", OUTAGE / 5, id="secondary", marks=needing(when=(SECONDARY_ENDPOINT,))),
    ],
)
@case(ECD_032)
async def test_outlives_an_outage(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    first: str,
    outage: float,
) -> None:
    """Both endpoints refuse for minutes, then one answers again; unaided, the terminal registers there."""
    await terminal.online()
    other = "secondary" if first == "primary" else "primary"
    async with nemesis(Shut(other, severing=False), on=cloud.name):
        async with nemesis(Shut(first), on=cloud.name):
            await cloud.watch(outage, "both endpoints refuse")
        await cloud.heard(RegistrationAnswer, line="new", within=after_an_outage(campaign))

    judge(lines.back_within, limit=after_an_outage(campaign), warn=campaign.profile.connection.longest_pause)


@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param(CLOSE_INSTEAD, id="closed"),
        pytest.param(RESET_INSTEAD, id="reset"),
        pytest.param(SILENCE, id="silent"),
    ],
)
@case(ECD_032)
async def test_keeps_dialling_a_cloud_that_does_not_answer(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, delivery: Delivery
) -> None:
    """Lines are accepted, but registrations are met by a close, a reset or silence; the dials go on, with pauses."""
    connection = campaign.profile.connection
    cloud.bend(Answers.REGISTRATION, delivery)
    await terminal.dials()
    for _ in range(ATTEMPTS):
        await cloud.heard(Opened, within=connection.longest_pause + campaign.profile.registration.answer_within)

    judge(lines.keeps_dialling, longest_pause=connection.longest_pause, at_least=ATTEMPTS)
    judge(lines.dials_bounded, a_minute=connection.dials_a_minute)


@case(ECD_032, ECD_034, ECD_035, when=(ACKS_ASKED,))
async def test_outlives_a_silent_cloud(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The cloud accepts lines but says nothing at all for three minutes; once it speaks, the terminal registers."""
    await terminal.online()
    async with nemesis(Silence(), on=cloud.name):
        await cloud.watch(3 * campaign.ixit.heartbeat_seconds, "a silent cloud")
    await cloud.heard(
        RegistrationAnswer, within=after_an_outage(campaign) + campaign.profile.registration.answer_within
    )

    judge(lines.gives_up_half_open_line, of=ECD_035, within=2 * campaign.profile.connection.ack_within)
    judge(lines.keeps_dialling, of=ECD_032, longest_pause=campaign.profile.connection.longest_pause, at_least=1)
    judge(standing.one_live_line, of=ECD_034)


# ---- Other endpoints -------------------------------------------------------------------------------------------------


@case(ECD_025, ECD_026, needs=(Means.POWER, Means.ENDPOINTS))
async def test_moves_to_a_provisioned_primary(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The primary endpoint is provisioned anew; from its next start on the terminal registers there."""
    await terminal.online()
    terminal.provision(primary="spare")
    await terminal.power_cycle()
    await cloud.heard(RegistrationAnswer, within=after_a_start(campaign))

    judge(lines.follows_provisioning, listener="spare", within=after_a_start(campaign))


@case(ECD_025, needs=(Means.POWER, Means.ENDPOINTS))
async def test_moves_to_a_provisioned_secondary(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The secondary endpoint is provisioned anew; started again, the terminal goes there when the primary is lost."""
    await terminal.online()
    terminal.provision(secondary="spare")
    await terminal.power_cycle()
    await terminal.online()
    async with nemesis(Shut("primary"), on=cloud.name):
        await cloud.heard(RegistrationAnswer, line="new", within=campaign.profile.connection.reconnect_limit)

    judge(lines.follows_provisioning, listener="spare", within=after_a_start(campaign))
