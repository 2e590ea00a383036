"""Half-open lines: one end has lost the line, and the other does not know.

A terminal that asks for acks can notice by the next heartbeat: after that and the time for an ack it must have left the
line (ECD-035, ECD-069). What does not ask for acks has nothing to miss: its heartbeats vanish, and its stack takes a
quarter of an hour or more to give up. Of such a terminal no more may be required than to believe what it is told: a
reset, be it the answer to its next heartbeat, ends the line.
"""

from __future__ import annotations

import pytest

from catalogue.econduit import (
    ACKS_ASKED,
    ACKS_NOT_ASKED,
    ECD_027,
    ECD_034,
    ECD_035,
    ECD_042,
    ECD_069,
    ECD_087,
    TRANSACTIONS,
)
from fixtures.campaign import Campaign
from fixtures.case import case, needing
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from fixtures.dut import Terminal
from harness.checks import lines, outage, pairing, standing
from harness.faults.moment import Toward
from harness.faults.nemesis import Nemesis
from harness.faults.stream.silence import Silence
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.fault import WireFault
from harness.faults.wire.late_close import LateClose
from harness.faults.wire.nat_loss import NatLoss
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from harness.rig.bench import Means
from harness.wire.econduit import Ack, Heartbeat, RegistrationAnswer
from suites.econduit.drops import (
    back_within,
    judge_order,
    long_outage,
    noticed_within,
    recovered,
    registered,
    usable,
)
from suites.econduit.moments import RESPONSE_DUE


def judge_new_line(judge: Judge, campaign: Campaign) -> None:
    """Registered first on each line, and on one line at a time."""
    judge(standing.one_live_line, of=ECD_034)
    judge(
        lines.registers_first_on_every_line,
        of=ECD_042,
        at_least=2,
        patience=campaign.profile.connection.reconnect_limit,
    )


# ---- The terminal is told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("acks", [pytest.param("true", marks=needing(when=(ACKS_ASKED,))),
                                  pytest.param("false", marks=needing(when=(ACKS_NOT_ASKED,)))])  # fmt: skip
@pytest.mark.parametrize("fault", [ResetToTerminal(), ResetToBoth()], ids=lambda fault: fault.name)
@case(ECD_027, ECD_034, ECD_042, needs=(Means.STREAMS, Means.ACKS))
async def test_reset_that_the_terminal_hears(
    cloud: CloudSide,
    terminal: Terminal,
    nemesis: Nemesis,
    campaign: Campaign,
    judge: Judge,
    fault: WireFault,
    acks: str,
) -> None:
    """A forged reset ends the terminal's line, and the cloud's or not; with or without acks it is replaced at once."""
    limit = campaign.profile.connection.reconnect_limit
    terminal.provision(ack_heartbeat=acks)
    await terminal.online()
    async with nemesis(fault):
        await cloud.heard(RegistrationAnswer, line="new", within=limit)

    judge(outage.leaves_dead_line, of=ECD_027, fault=fault.name, within=0.0, back=limit)
    judge_new_line(judge, campaign)


@case(ECD_027, ECD_035, ECD_042, needs=(Means.WIRE, Means.ACKS), when=(ACKS_NOT_ASKED,))
async def test_reset_in_answer_to_a_heartbeat_without_acks(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """A router that has forgotten the line answers the next heartbeat with a reset; that needs no ack to be noticed."""
    limit = campaign.profile.connection.reconnect_limit
    latest = campaign.profile.heartbeat.latest
    fault = NatLoss(telling=True)
    terminal.provision(ack_heartbeat="false")
    await terminal.online()
    async with nemesis(fault):
        await cloud.heard(RegistrationAnswer, line="new", within=latest + limit)

    judge(outage.leaves_dead_line, of=(ECD_027, ECD_035), fault=fault.name, within=latest, back=limit)
    judge_new_line(judge, campaign)


# ---- The terminal is told nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(ResetToCloud(), id="reset to cloud", marks=needing(Means.STREAMS)),
        pytest.param(NatLoss(), id="NAT state lost", marks=needing(Means.WIRE)),
        pytest.param(BlackHole(toward=(Toward.CLOUD,)), id="black hole up", marks=needing(Means.WIRE)),
        pytest.param(BlackHole(toward=(Toward.TERMINAL,)), id="black hole down", marks=needing(Means.WIRE)),
    ],
)
@case(ECD_034, ECD_035, ECD_042, ECD_069, when=(ACKS_ASKED,))
async def test_line_dies_without_a_word(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge, fault: WireFault
) -> None:
    """A line that has been good, with a heartbeat and its ack, dies in silence; it is left in time, and replaced."""
    limit = campaign.profile.connection.reconnect_limit
    within = noticed_within(campaign)
    await terminal.online()
    await cloud.heard(Ack, within=campaign.profile.heartbeat.silent_limit)
    async with nemesis(fault):
        if fault.outage:
            await cloud.watch(long_outage(campaign), "one way of the wire is dead")
        else:
            await cloud.heard(RegistrationAnswer, line="new", within=within + limit)
    if fault.outage:
        await registered(cloud, campaign)

    back = back_within(campaign) if fault.outage else limit
    judge(outage.leaves_dead_line, of=(ECD_035, ECD_069), fault=fault.name, within=within, back=back)
    judge_new_line(judge, campaign)


@case(ECD_034, ECD_035, ECD_069, when=(ACKS_ASKED,))
async def test_cloud_falls_silent_after_an_ack(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """The cloud has acked a heartbeat, and then says nothing more on a line that stays up; the line is left in time."""
    connection = campaign.profile.connection
    await terminal.online()
    await cloud.heard(Ack, within=campaign.profile.heartbeat.silent_limit)
    async with nemesis(Silence(), on=cloud.name):
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)
        await cloud.watch(2 * connection.ack_within + 1.0, "a heartbeat without an ack")
    await registered(cloud, campaign)

    judge(lines.gives_up_half_open_line, of=(ECD_035, ECD_069), within=2 * connection.ack_within)
    judge(standing.one_live_line, of=ECD_034)


@case(ECD_034, ECD_035, ECD_087, needs=(Means.WIRE, Means.APPROVE), when=(ACKS_ASKED, TRANSACTIONS))
async def test_line_dies_under_a_sale(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge
) -> None:
    """A router forgets the line just before the response to a sale; it is charged once, and recovered on a new line."""
    within = noticed_within(campaign) + campaign.ixit.transaction_within
    fault = NatLoss()
    await terminal.online()
    async with nemesis(fault, at=RESPONSE_DUE) as harm:
        order = cloud.say(cloud.sale())
        await nemesis.begun(harm, within=campaign.ixit.transaction_within)
        await cloud.settles(order, within + campaign.profile.connection.reconnect_limit)
        await recovered(cloud, campaign, order)
        after = await usable(cloud, campaign)

    back = campaign.profile.connection.reconnect_limit
    judge(outage.leaves_dead_line, of=ECD_035, fault=fault.name, within=within, back=back)
    judge(standing.one_live_line, of=ECD_034)
    judge_order(judge, campaign, order)
    judge(pairing.result_is, of=ECD_087, ref_id=after.ref_id, allowed=["Approved"])


# ---- The terminal is told late ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", ["before it could notice", "after it had to notice"])
@case(ECD_027, ECD_034, ECD_042, needs=(Means.WIRE,), when=(ACKS_ASKED,))
async def test_close_comes_late(
    cloud: CloudSide, terminal: Terminal, nemesis: Nemesis, campaign: Campaign, judge: Judge, late: str
) -> None:
    """The cloud closes the line, and the terminal hears of it late, or when it has long left: the new line stays."""
    noticed = noticed_within(campaign)
    early = late == "before it could notice"
    after = campaign.profile.connection.ack_within / 2 if early else noticed + 10.0
    limit = (after if early else noticed) + campaign.profile.connection.reconnect_limit
    await terminal.online()
    async with nemesis(LateClose(after, toward=(Toward.TERMINAL,))):
        cloud.end()
        await cloud.heard(RegistrationAnswer, line="new", within=limit)
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)

    judge(lines.back_within, of=ECD_027, limit=limit, warn=limit)
    judge(lines.keeps_line, of=ECD_027, at_least=campaign.profile.heartbeat.earliest)
    judge_new_line(judge, campaign)
