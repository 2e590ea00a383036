"""Power: the mains of the terminal go, for long, for a moment, or again and again, at any moment of the dialogue.

A cut takes the terminal away without a word: the cloud goes on believing in its line. When the mains are back the
terminal boots and registers by itself, as the same terminal, and only then is it online. What it had done before is
done: an order that is given again is told its outcome, and is not charged again. Nothing of this depends on how long
the mains were gone, or how often.

A terminal that starts without its cable is in here too. `mains.power_really_went` is applied to every trace: a cut that
nothing shows accuses nobody.
"""

from __future__ import annotations

import pytest

from catalogue.econduit import (
    CABLE,
    ECD_027,
    ECD_030,
    ECD_034,
    ECD_040,
    ECD_041,
    ECD_042,
    ECD_048,
    ECD_055,
    ECD_068,
    ECD_087,
    ECD_105,
    ECD_106,
    TRANSACTIONS,
)
from fake_cloud.delivery import SILENCE
from fake_cloud.econduit import Answers
from fixtures.campaign import Campaign
from fixtures.case import case
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from fixtures.party import BEYOND
from harness.checks import cadence, lines, outage, pairing, registration, screen, standing
from harness.faults.nemesis import Nemesis
from harness.faults.power.dips import BrownOut, MainsFault, PowerBounce, PowerCut
from harness.faults.wire.cable_out import CableOut
from harness.rig.bench import Means
from harness.wire.econduit import OK_REGISTRATION, Command, Heartbeat, Register, RegistrationAnswer
from suites.econduit.drops import (
    LOOK,
    after_a_start,
    back_within,
    judge_order,
    long_outage,
    registered,
    short_outage,
    usable,
)

EACH_WAY = [PowerCut(), BrownOut(), PowerBounce()]
LONG_AND_SHORT = [PowerCut(), BrownOut()]

RESTED = 5.0
"""Seconds after which a terminal has heard what the cloud has said, and done what it does then."""


def named(fault: MainsFault) -> str:
    return fault.name


def dark(campaign: Campaign, seconds: float) -> float:
    """Document seconds without mains: so many, but no fewer than the bench needs to switch them."""
    return max(seconds, campaign.bench.settle * campaign.time_scale)


def telling(campaign: Campaign) -> float:
    """Seconds without mains that speak for themselves: so long no terminal on its line is silent.

    A cut after which the wire is harmed leaves no other effect to see."""
    return campaign.profile.heartbeat.latest + BEYOND


async def idle(cloud: CloudSide, terminal: Terminal) -> None:
    """Registered, and aware of it: when the cloud has said so, the terminal has still to hear it."""
    await terminal.online()
    await cloud.watch(RESTED, "the terminal is idle")


async def back(cloud: CloudSide, campaign: Campaign, more: float = 0.0) -> bool:
    """Await the accepted registration of a terminal that boots; as long again as a contact may be late, and `more`.

    At least until a terminal whose mains never went would have beaten on its old line."""
    late = campaign.bench.settle * campaign.time_scale
    within = max(after_a_start(campaign) + late + more, campaign.profile.heartbeat.latest)
    heard = await cloud.heard(RegistrationAnswer, within=within, where=lambda answer: answer.text == OK_REGISTRATION)
    return heard is not None


async def recovered(cloud: CloudSide, campaign: Campaign, order: Command) -> Command:
    """Await what comes by itself of an order that met a cut, give it again, and then another one.

    Each time a second answer is looked for: that would be a double charge, or the same outcome told twice."""
    await cloud.response(order, within=LOOK)
    await cloud.transact(order)
    await cloud.response(order, within=LOOK)
    return await usable(cloud, campaign)


def judge_start(judge: Judge, campaign: Campaign) -> None:
    """Both starts end in a registration: in time, first on its line, of the same terminal, on one line at a time."""
    limit = campaign.profile.connection.reconnect_limit
    judge(registration.registers_after_power_on, of=ECD_040, within=after_a_start(campaign), at_least=2)
    judge(lines.registers_first_on_every_line, of=(ECD_041, ECD_042), at_least=2, patience=limit)
    judge(registration.id_is_stable, of=ECD_048, at_least=2)
    judge(standing.one_live_line, of=ECD_034)


# ---- Idle ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", EACH_WAY, ids=named)
@case(ECD_034, ECD_040, ECD_041, ECD_042, ECD_048, ECD_068, needs=(Means.POWER,))
async def test_mains_of_an_idle_terminal(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, fault: MainsFault
) -> None:
    """The mains go under an idle terminal; it registers by itself, as who it was, keeps its line and beats on it."""
    heartbeat = campaign.profile.heartbeat
    await idle(cloud, terminal)
    await terminal.suffers(fault)
    if await back(cloud, campaign):
        await cloud.heard(Heartbeat, within=heartbeat.silent_limit)
        await cloud.watch(LOOK, "no other heartbeat on its heels")

    judge_start(judge, campaign)
    judge(cadence.resumes_once, of=ECD_068, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=1)


@case(ECD_034, ECD_040, ECD_041, ECD_042, ECD_048, ECD_068, needs=(Means.POWER,))
async def test_power_cut_right_after_a_heartbeat(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge
) -> None:
    """The mains go as soon as a heartbeat was heard, before its ack can have done any good; the next one is in time."""
    heartbeat = campaign.profile.heartbeat
    await terminal.online()
    await cloud.heard(Heartbeat, within=heartbeat.silent_limit)
    await terminal.suffers(BrownOut())
    if await back(cloud, campaign):
        await cloud.heard(Heartbeat, within=heartbeat.silent_limit)
        await cloud.watch(LOOK, "no other heartbeat on its heels")

    judge_start(judge, campaign)
    judge(cadence.resumes_once, of=ECD_068, earliest=heartbeat.earliest, latest=heartbeat.latest, at_least=2)


# ---- Registering -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", LONG_AND_SHORT, ids=named)
@case(ECD_034, ECD_040, ECD_041, ECD_042, ECD_048, needs=(Means.POWER,))
async def test_mains_of_a_registering_terminal(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, fault: MainsFault
) -> None:
    """The mains go while a registration waits for its answer; the next start asks again, as if nothing had been."""
    cloud.bend(Answers.REGISTRATION, SILENCE, times=1)
    await terminal.dials()
    await cloud.heard(Register, within=campaign.profile.registration.answer_within)
    await terminal.suffers(fault)
    await back(cloud, campaign)

    judge_start(judge, campaign)


# ---- Transactions ----------------------------------------------------------------------------------------------------

RUNNING = 0.5
"""Seconds after which a command has reached the terminal, and no customer has done his part yet."""

OF_A_SALE = [
    pytest.param("on its way", BrownOut(), id="command on its way-brown-out"),
    pytest.param("running", PowerBounce(), id="running-power bounce"),
    pytest.param("answered", BrownOut(), id="answered-brown-out"),
    pytest.param("answered", PowerCut(), id="answered-power cut"),
]
"""How far a sale is when the mains go, and how. A cut in mid-sale is in `test_transactions.py`."""


@pytest.mark.parametrize(("stage", "fault"), OF_A_SALE)
@case(ECD_034, ECD_040, ECD_041, ECD_042, ECD_048, ECD_087, needs=(Means.POWER, Means.APPROVE), when=(TRANSACTIONS,))
async def test_mains_around_a_sale(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, stage: str, fault: MainsFault
) -> None:
    """The mains go when a sale was ordered, while it runs, or once it was answered; it is charged once, and known."""
    await idle(cloud, terminal)
    order = cloud.say(cloud.sale())
    if stage == "running":
        await cloud.watch(RUNNING, "the command reaches the terminal")
    elif stage == "answered":
        await cloud.response(order)
    await terminal.suffers(fault)
    await back(cloud, campaign)
    after = await recovered(cloud, campaign, order)

    judge_start(judge, campaign)
    judge_order(judge, campaign, order)
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


@case(ECD_034, ECD_040, ECD_041, ECD_042, ECD_048, ECD_087, needs=(Means.POWER, Means.APPROVE), when=(TRANSACTIONS,))
async def test_order_into_the_dark(cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge) -> None:
    """A sale is ordered down the line of a terminal without mains, in which the cloud still believes; the terminal's
    new line takes the place of that one, and the order given again is carried out there, once."""
    await idle(cloud, terminal)
    await terminal.power_off()
    order = cloud.say(cloud.sale())
    await cloud.watch(dark(campaign, PowerCut().off), "no mains")
    await terminal.power_on()
    await back(cloud, campaign)
    after = await recovered(cloud, campaign, order)

    judge_start(judge, campaign)
    judge_order(judge, campaign, order)
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


# ---- The screen ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", LONG_AND_SHORT, ids=named)
@case(ECD_055, ECD_105, ECD_106, needs=(Means.POWER, Means.SCREEN))
async def test_screen_after_the_mains(
    cloud: CloudSide, terminal: Terminal, campaign: Campaign, judge: Judge, fault: MainsFault
) -> None:
    """What the screen said before the cut is void: it says online once the new registration is accepted, which takes
    two tries, and not sooner."""
    display = campaign.profile.display
    await terminal.online()
    await terminal.shows(screen.ONLINE, display.online_within)
    cloud.bend(Answers.REGISTRATION, SILENCE, times=1)
    await terminal.suffers(fault)
    await cloud.heard(Register, within=after_a_start(campaign))
    await cloud.heard(Register, within=campaign.profile.registration.answer_within + back_within(campaign))
    await cloud.watch(display.online_within + BEYOND, "the screen has time to follow")

    judge(screen.never_online_unregistered, of=(ECD_055, ECD_106), within=display.offline_within)
    judge(screen.online_when_registered, of=ECD_105, within=display.online_within, scope=display.scope)


# ---- Mains and cable -------------------------------------------------------------------------------------------------

LOOSE = 3
"""How often a cable comes out that is not well in."""


def judge_plugged_in(judge: Judge, campaign: Campaign, limit: float) -> None:
    """Registered within `limit` seconds of the cable being in, first on each line, as the same terminal."""
    judge(outage.back_after, of=(ECD_027, ECD_030), limit=limit, warn=limit)
    judge(
        lines.registers_first_on_every_line,
        of=ECD_042,
        at_least=2,
        patience=campaign.profile.connection.reconnect_limit,
    )
    judge(registration.id_is_stable, of=ECD_048, at_least=2)


@case(ECD_027, ECD_030, ECD_042, ECD_048, needs=(Means.POWER, Means.CABLE), when=(CABLE,))
async def test_starts_without_its_cable(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The terminal starts with its cable out, and has long booted when it is plugged in: it registers by itself."""
    switched_on = cloud.now
    await terminal.online()
    boot = cloud.now - switched_on
    await cloud.watch(RESTED, "the terminal is idle")
    await terminal.power_off()
    await cloud.watch(dark(campaign, telling(campaign)), "no mains")
    async with nemesis(CableOut()):
        await terminal.power_on()
        await cloud.watch(max(2 * boot, long_outage(campaign)), "twice the time of a start, without a cable")
    await registered(cloud, campaign)

    judge_plugged_in(judge, campaign, limit=back_within(campaign))


@case(ECD_027, ECD_030, ECD_042, ECD_048, needs=(Means.POWER, Means.CABLE), when=(CABLE,))
async def test_starts_with_a_loose_cable(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """As soon as the terminal has its mains again, its cable comes and goes; it registers once that is over.

    It may have to boot yet, or have begun its longest pause."""
    pause = campaign.profile.connection.longest_pause
    await idle(cloud, terminal)
    before = cloud.line
    await terminal.suffers(PowerCut(telling(campaign)))
    for _ in range(LOOSE):
        async with nemesis(CableOut()):
            await cloud.watch(short_outage(campaign) / 2, "the cable is out")
        await cloud.watch(short_outage(campaign) / 2, "the cable is in")
    if cloud.line in (None, before):
        await back(cloud, campaign, more=pause)
    else:  # it was quick enough to register meanwhile: what it says next shows that it has kept its line
        cloud.mark()
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge_plugged_in(judge, campaign, limit=after_a_start(campaign) + pause)
