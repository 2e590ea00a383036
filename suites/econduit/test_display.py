"""Chapter F, user feedback: POS Online and POS Offline, in these words, in time and in truth."""

from __future__ import annotations

import pytest

from catalogue.econduit import (
    ACKS_ASKED,
    ECD_055,
    ECD_064,
    ECD_100,
    ECD_101,
    ECD_102,
    ECD_103,
    ECD_104,
    ECD_105,
    ECD_106,
    ECD_107,
)
from fake_cloud.delivery import SILENCE, Delivery, Then, text
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.party import BEYOND
from harness.checks import cadence, screen
from harness.faults.nemesis import Nemesis
from harness.faults.stream.ending import OrderlyClose, Reset
from harness.faults.stream.shut import Shut
from harness.faults.stream.silence import Silence
from harness.rig.bench import Means
from harness.wire.econduit import FAILED_REGISTRATION, Ack

FLAPS = 2
"""Outages in a row after which the screen must still be in step."""


async def looked_at(cloud: CloudSide, seconds: float) -> None:
    """Leave the screen to itself for as long as it may trail, and a moment more."""
    await cloud.watch(seconds + BEYOND, "the screen has time to follow")


@case(ECD_101, ECD_104, ECD_105, needs=(Means.SCREEN,))
async def test_online_is_shown_after_registration(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Registered and idle, the terminal shows `POS Online` in these letters, and keeps showing it."""
    await terminal.online()
    await looked_at(cloud, campaign.profile.display.online_within)

    display = campaign.profile.display
    judge(screen.online_when_registered, within=display.online_within, scope=display.scope)


@case(ECD_102, ECD_103, ECD_104, ECD_105, needs=(Means.SCREEN,))
async def test_offline_is_shown_without_a_cloud(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line is lost and no endpoint answers: the terminal shows `POS Offline`, in red where it has colours."""
    display = campaign.profile.display
    await terminal.online()
    async with nemesis(Shut("primary", "secondary"), on=cloud.name):
        await looked_at(cloud, display.offline_within)

    judge(screen.offline_when_not, of=(ECD_102, ECD_104, ECD_105), within=display.offline_within)
    judge(screen.offline_in_red, of=ECD_103, colour=display.colour)


@case(ECD_100, ECD_101, ECD_102, ECD_105, needs=(Means.SCREEN,))
async def test_screen_follows_both_ways(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The cloud comes, goes, comes and goes; each time the screen follows, and its two texts tell the states apart."""
    display = campaign.profile.display
    for _ in range(FLAPS):
        await terminal.online()
        await looked_at(cloud, display.online_within)
        async with nemesis(Shut("primary", "secondary"), on=cloud.name):
            await looked_at(cloud, display.offline_within)

    online, offline = display.online_within, display.offline_within
    judge(screen.tells_connection, of=ECD_100, online_within=online, offline_within=offline)
    judge(
        screen.online_when_registered,
        of=(ECD_101, ECD_105),
        within=online,
        at_least=FLAPS,
        scope=display.scope,
    )
    judge(screen.offline_when_not, of=(ECD_102, ECD_105), within=offline, at_least=FLAPS)


@case(ECD_101, ECD_105, needs=(Means.SCREEN,))
@pytest.mark.parametrize("fault", [Reset, OrderlyClose], ids=["reset", "orderly-close"])
async def test_online_again_after_a_short_loss(
    fault: type[Reset], cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line ends and the cloud is there: once registered again, the terminal shows `POS Online` again."""
    display = campaign.profile.display
    await terminal.online()
    async with nemesis(fault(), on=cloud.name):
        await terminal.online()
        await looked_at(cloud, display.online_within)

    judge(screen.online_when_registered, within=display.online_within, scope=display.scope)


@case(ECD_105, needs=(Means.SCREEN,), when=(ACKS_ASKED,))
async def test_offline_is_shown_when_the_cloud_falls_silent(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The line stays up and nothing comes on it any more: after a heartbeat without ack the screen says offline.

    Only a terminal that asks for acks can notice."""
    profile = campaign.profile
    limit = profile.heartbeat.latest + profile.connection.ack_within + profile.display.offline_within
    await terminal.online()
    await terminal.shows(screen.ONLINE, profile.display.online_within)
    async with nemesis(Silence(), on=cloud.name):
        await terminal.shows(screen.OFFLINE, limit + BEYOND)

    judge(screen.offline_when_silent, within=limit)


# ---- Truth -----------------------------------------------------------------------------------------------------------

NO_SUCCESS = {
    "failed": text(FAILED_REGISTRATION),
    "unknown text": text("WELCOME"),
    "almost the right text": text("OK-REGISTRATION2"),
    "silence": SILENCE,
    "closed without a word": Delivery(silent=True, then=Then.CLOSE),
}
"""What stands in place of the cloud's OK."""


@case(ECD_055, ECD_102, ECD_106, needs=(Means.SCREEN,))
@pytest.mark.parametrize("answer", NO_SUCCESS.values(), ids=NO_SUCCESS)
async def test_not_online_without_success_at_power_on(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """From power on, no registration succeeds: `POS Online` is never shown, not for a moment, and `POS Offline` is."""
    display = campaign.profile.display
    cloud.bend(Answers.REGISTRATION, answer)
    await terminal.dials()
    await looked_at(cloud, display.offline_within)

    judge(screen.never_online_unregistered, of=(ECD_055, ECD_106), within=display.offline_within)
    judge(screen.offline_when_not, of=ECD_102, within=display.offline_within)


@case(ECD_055, ECD_106, needs=(Means.SCREEN,))
@pytest.mark.parametrize("answer", NO_SUCCESS.values(), ids=NO_SUCCESS)
async def test_not_online_without_success_after_a_drop(
    answer: Delivery, cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """After a good registration the line is reset and no further one succeeds: `POS Online` does not come back."""
    display = campaign.profile.display
    await terminal.online()
    cloud.bend(Answers.REGISTRATION, answer)
    async with nemesis(Reset(), on=cloud.name):
        await looked_at(cloud, display.offline_within)

    judge(screen.never_online_unregistered, within=display.online_within)


# ---- Transactions and acks -------------------------------------------------------------------------------------------


@case(ECD_107, needs=(Means.SCREEN,))
@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param("approve", marks=needing(Means.APPROVE)),
        pytest.param("decline", marks=needing(Means.DECLINE)),
        pytest.param("cancel", marks=needing(Means.CANCEL)),
        pytest.param("error", marks=needing(Means.ERROR)),
    ],
)
async def test_online_is_back_after_a_transaction(
    outcome: str, cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """Whatever a sale comes to, `POS Online` is shown again after it, if it ever went."""
    display = campaign.profile.display
    await terminal.online()
    await terminal.shows(screen.ONLINE, display.online_within)
    await cloud.transact(cloud.sale(str(getattr(campaign.ixit.outcomes, outcome))))
    await looked_at(cloud, display.online_within)

    judge(screen.online_when_registered, within=display.online_within, scope=display.scope)


@case(ECD_107, needs=(Means.SCREEN, Means.APPROVE))
async def test_indicator_is_back_after_a_drop_in_mid_sale(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """A sale during which the line is reset leaves `POS Online` on the screen once it is answered."""
    display = campaign.profile.display
    await terminal.online()
    sale = cloud.say(cloud.sale())
    async with nemesis(Reset(), on=cloud.name):
        await cloud.response(sale)
        await cloud.transact(sale)
        await looked_at(cloud, display.online_within)

    judge(screen.online_when_registered, within=display.online_within, scope=display.scope)


@case(ECD_064, needs=(Means.SCREEN,))
async def test_ack_changes_no_screen(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """The ack of a heartbeat is consumed in silence: nothing is said in answer to it, and the screen stays."""
    profile = campaign.profile
    await terminal.online()
    await cloud.heard(Ack, within=profile.heartbeat.silent_limit)
    await looked_at(cloud, profile.display.online_within)

    judge(screen.ack_changes_no_screen, within=profile.display.online_within)
    judge(cadence.ack_changes_nothing)
