"""Network drops: the terminal's own stack loses internet, Wi-Fi or cable, at any moment, for short and for long.

The document lists three causes of loss: internet, Wi-Fi, network. The internet goes in two manners, in silence and told
by the router, so there are four. Each of them meets an idle terminal for short and for long. Each moment of the
dialogue meets a short outage, and those moments a long one whose half-done business differs when the line is gone for
good: the cloud has accepted a registration and the terminal does not know, an ack is awaited, half a command has come,
a command is running, a response has gone but for its end. There the causes take turns: each meets moments of every
kind, and not every triple is played. A short outage (5 s by the recommended profile) is over before a terminal has to
notice, and it may go on with its old line; a long one lasts beyond heartbeat and ack.

How soon it must be back is `drops.back_within`; what was measured stands in the summary.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalogue.econduit import (
    CABLE,
    ECD_022,
    ECD_027,
    ECD_028,
    ECD_029,
    ECD_030,
    ECD_034,
    ECD_042,
    ECD_068,
    ECD_087,
    ECD_102,
    ECD_105,
    ECD_110,
    TRANSACTIONS,
    WIFI,
)
from fake_cloud.delivery import Delivery
from fixtures.campaign import Campaign
from fixtures.case import case, judging, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.party import BEYOND
from harness.checks import cadence, lines, outage, pairing, screen, standing
from harness.evidence.requirement import Condition, Requirement
from harness.faults.moment import Moment
from harness.faults.nemesis import Harm, Nemesis
from harness.faults.wire.cable_out import CableOut
from harness.faults.wire.corruption import Corruption
from harness.faults.wire.delay import Delay
from harness.faults.wire.drop_kth import DropByte, DropMessage, DropPacket
from harness.faults.wire.duplication import Duplication
from harness.faults.wire.fault import WireFault
from harness.faults.wire.internet_loss import InternetLoss
from harness.faults.wire.loss import Loss
from harness.faults.wire.reordering import Reordering
from harness.faults.wire.reset import ResetToBoth
from harness.faults.wire.throttle import Throttle
from harness.faults.wire.wifi_loss import WifiLoss
from harness.rig.bench import Means
from harness.wire.econduit import Command, Heartbeat, RegistrationAnswer
from suites.econduit import moments
from suites.econduit.drops import (
    LOOK,
    back_within,
    bring_about,
    judge_order,
    judge_return,
    long_outage,
    noticed_within,
    recovered,
    registered,
    short_outage,
    usable,
)

# ---- What is lost, when, for how long --------------------------------------------------------------------------------

CAUSES: dict[str, tuple[WireFault, Requirement, tuple[Condition, ...]]] = {
    "internet": (InternetLoss(), ECD_028, ()),
    "internet, told": (InternetLoss(told=True), ECD_028, ()),
    "cable": (CableOut(), ECD_030, (CABLE,)),
    "Wi-Fi": (WifiLoss(), ECD_029, (WIFI,)),
}
"""What the document lists, with the requirement that says so and the claims without which it does not apply."""

LENGTHS: dict[str, Callable[[Campaign], float]] = {"short": short_outage, "long": long_outage}

MOMENTS: dict[str, tuple[Moment, ...]] = {
    "short": (*moments.OF_A_REGISTRATION, *moments.OF_A_HEARTBEAT, *moments.OF_A_TRANSACTION),
    "long": (
        moments.REGISTRATION_UNANSWERED,
        moments.HEARTBEAT_UNACKED,
        moments.COMMAND_UNENDED,
        moments.COMMAND_ARRIVED,
        moments.RESPONSE_UNENDED,
    ),
}


def of_each_cause() -> list[Any]:
    """Each cause: the fault, and the requirement it speaks about."""
    return [
        pytest.param(fault, requirement, id=name, marks=judging(requirement, needs=(fault.means,), when=when))
        for name, (fault, requirement, when) in CAUSES.items()
    ]


def of_each_moment() -> Iterator[Any]:
    """Each length with its moments, the causes in turn."""
    turns = itertools.cycle(CAUSES)
    for length, moment in ((length, moment) for length, those in MOMENTS.items() for moment in those):
        cause = next(turns)
        fault, requirement, when = CAUSES[cause]
        yield pytest.param(
            fault,
            requirement,
            moment,
            LENGTHS[length],
            id=f"{moment.label}-{cause}-{length}",
            marks=judging(requirement, needs=(fault.means, Means.WIRE), when=when),
        )


# ---- The causes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "requirement"), of_each_cause())
@case(ECD_027, ECD_034, ECD_042, ECD_087, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_short_outage_of_an_idle_terminal(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    fault: WireFault,
    requirement: Requirement,
) -> None:
    """A sale is ordered in an outage that nobody has to notice: it comes through late, or is recovered, and once."""
    await terminal.online()
    async with nemesis(fault):
        order = cloud.say(cloud.sale())
        await cloud.watch(short_outage(campaign), "a short outage")
    await recovered(cloud, campaign, order)
    after = await usable(cloud, campaign)

    judge_return(judge, campaign, ECD_027, requirement)
    judge_order(judge, campaign, order)
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


@pytest.mark.parametrize(("fault", "requirement"), of_each_cause())
@case(ECD_027, ECD_034, ECD_042, ECD_068)
async def test_long_outage_of_an_idle_terminal(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    fault: WireFault,
    requirement: Requirement,
) -> None:
    """The terminal is cut off beyond heartbeat and ack; it is back by itself, and beats again, not for the outage."""
    heartbeat = campaign.profile.heartbeat
    two_beats = 2 * campaign.ixit.heartbeat_seconds
    await terminal.online()
    async with nemesis(fault):
        await cloud.watch(max(long_outage(campaign), two_beats + 1.0), "an outage of two heartbeats and more")
    if await registered(cloud, campaign):
        await cloud.heard(Heartbeat, within=heartbeat.silent_limit)
        await cloud.watch(LOOK, "no other heartbeat on its heels")

    judge_return(judge, campaign, ECD_027, requirement)
    judge(cadence.resumes_once, of=ECD_068, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=1)


@pytest.mark.parametrize(("fault", "requirement"), of_each_cause()[::2])
@case(ECD_102, ECD_105, needs=(Means.SCREEN,))
async def test_screen_tells_of_a_long_outage(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    fault: WireFault,
    requirement: Requirement,
) -> None:
    """The screen says offline once the terminal can know, for as long as the outage lasts, and online afterwards."""
    display = campaign.profile.display
    await terminal.online()
    async with nemesis(fault):
        await cloud.watch(long_outage(campaign) + display.offline_within, "a long outage")
    await registered(cloud, campaign)
    await cloud.watch(display.online_within + BEYOND, "the screen has time to follow")

    judge(
        screen.online_when_registered,
        of=ECD_105,
        within=display.online_within,
        scope=display.scope,
    )
    judge(
        outage.offline_during,
        of=(ECD_102, ECD_105),
        noticed_within=noticed_within(campaign),
        within=display.offline_within,
    )
    judge(
        outage.back_after, of=requirement, limit=back_within(campaign), warn=campaign.profile.connection.longest_pause
    )


@case(ECD_110, needs=(Means.WIRE, Means.CABLE))
async def test_every_listed_cause_is_verified(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """One terminal meets each cause of loss that the document lists and its ICS do not rule out, one after another."""
    claims = {WIFI: campaign.ics.wifi, CABLE: campaign.ics.cable}
    causes = {requirement: fault for fault, requirement, when in CAUSES.values() if all(claims[one] for one in when)}
    faults = list(causes.values())
    await terminal.online()
    for fault in faults:
        async with nemesis(fault):
            order = cloud.say(cloud.sale())
            await cloud.watch(short_outage(campaign), "a short outage")
        await cloud.settles(order, back_within(campaign))

    judge(outage.each_was_tried, faults=sorted({fault.name for fault in faults}), limit=back_within(campaign))


# ---- The moments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "requirement", "moment", "length"), list(of_each_moment()))
@case(ECD_027, ECD_034, ECD_042, ECD_087, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_outage_at_a_moment(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    fault: WireFault,
    requirement: Requirement,
    moment: Moment,
    length: Callable[[Campaign], float],
) -> None:
    """The wire goes at a moment of the dialogue, and comes back; the terminal is back too, and no order is lost or run
    twice."""
    await terminal.online()
    async with nemesis(fault, at=moment) as harm:
        orders = await bring_about(moment, cloud, campaign)
        if await nemesis.begun(harm, within=campaign.ixit.transaction_within):
            if moment is moments.ANSWERED:
                # That dialogue is over: without another order a short outage would have nothing to take hold of.
                orders = [*orders, cloud.say(cloud.sale())]
            await cloud.watch(length(campaign), f"an outage that began at: {moment.label}")
    for order in orders[-1:]:
        await recovered(cloud, campaign, order)
    after = await usable(cloud, campaign)

    judge_return(judge, campaign, ECD_027, requirement)
    for order in orders:
        judge_order(judge, campaign, order)
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


# ---- Ten in a row ----------------------------------------------------------------------------------------------------

DROPS = 10


@case(ECD_027, ECD_034, ECD_042, needs=(Means.STREAMS,))
async def test_ten_lines_are_lost_in_a_row(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """Ten lines are reset at both ends by the wire, each as soon as it is registered; the last is replaced as the
    first."""
    connection = campaign.profile.connection
    await terminal.online()
    for _ in range(DROPS):
        async with nemesis(ResetToBoth()):
            if await cloud.heard(RegistrationAnswer, line="new", within=connection.reconnect_limit) is None:
                break

    judge(
        lines.back_within,
        of=ECD_027,
        limit=connection.reconnect_limit,
        warn=connection.reconnect_warn,
        at_least=DROPS,
    )
    judge(lines.registers_first_on_every_line, of=ECD_042, at_least=DROPS + 1, patience=connection.reconnect_limit)
    judge(standing.one_live_line, of=ECD_034)


@case(ECD_030, ECD_034, ECD_042, ECD_087, needs=(Means.CABLE, Means.APPROVE), when=(CABLE, TRANSACTIONS))
async def test_the_cable_is_loose(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The cable is out and in ten times in a row, under a running sale; the sale is charged once and recovered."""
    await terminal.online()
    order = cloud.say(cloud.sale())
    for _ in range(DROPS):
        async with nemesis(CableOut()):
            await cloud.watch(short_outage(campaign) / 2, "the cable is out")
        await cloud.watch(short_outage(campaign) / 2, "the cable is in")
    await recovered(cloud, campaign, order)
    after = await usable(cloud, campaign)

    judge_return(judge, campaign, ECD_030)
    judge_order(judge, campaign, order)
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


# ---- Slow and lossy --------------------------------------------------------------------------------------------------

SLOW = (
    Delay(1.0),
    Delay(1.0, jitter=0.8),
    Throttle(300.0),
    Duplication(0.5),
    Reordering(0.5, by=0.5),
)
"""What a terminal must be able to dial and register through. Two seconds for a round trip are a bad satellite link."""

LOSSY = (
    Loss(0.2),
    Corruption(0.2),
    DropPacket(k=2),
    DropMessage(pattern='"ResultCode"'),
    DropByte(pattern='"ResultCode"', k=10),
)
"""What TCP mends on a line that is up. A dial that loses packets may take any time."""

IN_PIECES = Delivery(cuts=(8, 16, 24), gap=0.1)
"""How commands are sent on such a wire: only a segment that follows another closely can overtake it."""

SALES, MOST_SALES = 3, 12
"""Sales on such a wire, and at most so many until a harm that goes by chance has taken hold."""


def bearable(*faults: WireFault) -> list[Any]:
    """Each fault with what it needs; none is compressed far, because TCP's own timers are not."""
    return [
        pytest.param(fault, id=f"{fault.name}-{number}", marks=needing(fault.means, at_most_times=10.0))
        for number, fault in enumerate(faults)
    ]


async def sell(cloud: CloudSide, harm: Harm) -> list[Command]:
    """A few sales one after another, and more until the harm has taken hold."""
    sales: list[Command] = []
    while len(sales) < SALES or (not harm.bites and len(sales) < MOST_SALES):
        sales.append(cloud.sale())
        await cloud.transact(sales[-1], IN_PIECES)
    return sales


@pytest.mark.parametrize("fault", bearable(*SLOW))
@case(ECD_022, ECD_027, ECD_087, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_slow_wire_breaks_nothing(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge, fault: WireFault
) -> None:
    """On a slow wire the terminal's line is closed; it registers on a new one, keeps it, and sells."""
    limit = back_within(campaign)
    await terminal.online()
    async with nemesis(fault) as harm:
        cloud.end()
        await cloud.heard(RegistrationAnswer, line="new", within=limit)
        sales = await sell(cloud, harm)

    judge(lines.back_within, of=ECD_027, limit=limit, warn=campaign.profile.connection.longest_pause)
    judge(outage.breaks_nothing, of=ECD_022, fault=fault.name, at_least=1 + SALES)
    for sale in sales:
        judge(pairing.result_is, of=ECD_087, ref_id=sale.ref_id, allowed=["Approved"])


@pytest.mark.parametrize("fault", bearable(*LOSSY))
@case(ECD_022, ECD_087, needs=(Means.APPROVE,), when=(TRANSACTIONS,))
async def test_lossy_wire_breaks_nothing(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, judge: Judge, fault: WireFault
) -> None:
    """On a wire that loses and spoils packets the terminal keeps its line and sells."""
    await terminal.online()
    async with nemesis(fault) as harm:
        sales = await sell(cloud, harm)

    judge(outage.breaks_nothing, of=ECD_022, fault=fault.name, at_least=SALES)
    for sale in sales:
        judge(pairing.result_is, of=ECD_087, ref_id=sale.ref_id, allowed=["Approved"])
