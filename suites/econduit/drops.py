"""What a bench and a POS do around a drop: bring the moment about, await the return, see what is left of an order."""

from __future__ import annotations

from catalogue.econduit import ECD_034, ECD_042, ECD_087
from fixtures.campaign import Campaign
from fixtures.cloud import CloudSide
from fixtures.docket import Judge
from harness.checks import lines, outage, pairing, standing
from harness.evidence.requirement import Requirement
from harness.faults.moment import Moment
from harness.wire.econduit import OK_REGISTRATION, Command, Heartbeat, RegistrationAnswer
from suites.econduit.moments import OF_A_HEARTBEAT, OF_A_REGISTRATION

LOOK = 10.0
"""Seconds for which a case looks whether an answer comes that need not come."""

ORDERS = 3
"""How often a POS gives an order that meets a dead line, before it takes the terminal for lost."""


def noticed_within(campaign: Campaign) -> float:
    """Seconds after which an idle terminal must have noticed that its line is dead: the next heartbeat, and its ack."""
    return campaign.profile.heartbeat.latest + campaign.profile.connection.ack_within


def back_within(campaign: Campaign) -> float:
    """Seconds from the end of an outage to the registration.

    "As quick as possible" cannot begin before the terminal knows: when the outage ends it may have just begun its
    longest pause (or to wait for an ack, which is shorter), and then has the time that any reconnect has."""
    return campaign.profile.connection.longest_pause + campaign.profile.connection.reconnect_limit


def after_a_start(campaign: Campaign) -> float:
    """Document seconds from power on to the registration: a boot takes wall seconds, then the line is to be quick."""
    return campaign.ixit.boot_within * campaign.time_scale + campaign.profile.connection.reconnect_limit


def short_outage(campaign: Campaign) -> float:
    """Seconds of an outage shorter than anything that a terminal has to notice."""
    return campaign.profile.connection.ack_within / 4


def long_outage(campaign: Campaign) -> float:
    """Seconds of an outage that every terminal has noticed before its end."""
    return noticed_within(campaign) + 1.0


async def bring_about(moment: Moment, cloud: CloudSide, campaign: Campaign) -> list[Command]:
    """Do what makes a moment come to a registered terminal. The sale whose dialogue it lies in, if it lies in one."""
    if moment in OF_A_REGISTRATION:
        cloud.end(reset=True)
        return []
    if moment in OF_A_HEARTBEAT:
        await cloud.heard(Heartbeat, within=campaign.profile.heartbeat.silent_limit)
        return []
    return [cloud.say(cloud.sale())]


async def registered(cloud: CloudSide, campaign: Campaign) -> bool:
    """Await the next accepted registration, for as long as a terminal may take that was cut off until now."""
    within = back_within(campaign)
    return await cloud.heard(RegistrationAnswer, within=within, where=_is_ok) is not None


def _is_ok(answer: RegistrationAnswer) -> bool:
    return answer.text == OK_REGISTRATION


async def recovered(cloud: CloudSide, campaign: Campaign, order: Command) -> None:
    """Do as a POS does whose order met a drop: await the outcome; if the terminal is back without it, order again.

    Then look for a second answer: that would be a double charge, or the same outcome told twice."""
    if not await cloud.settles(order, back_within(campaign)):
        await cloud.response(order, within=LOOK)
        await cloud.transact(order)
    await cloud.response(order, within=LOOK)


async def usable(cloud: CloudSide, campaign: Campaign) -> Command:
    """Give orders until one is answered: the first may go down a line that is dead and does not know it."""
    order = cloud.sale()
    for _ in range(ORDERS):
        if cloud.line is None:
            await registered(cloud, campaign)
        order = cloud.say(cloud.sale())
        if await cloud.settles(order, back_within(campaign)):
            break
    return order


def judge_order(judge: Judge, campaign: Campaign, order: Command) -> None:
    """Charged once at most, and its outcome known."""
    judge(pairing.charged_once, of=ECD_087, ref_id=order.ref_id)
    judge(
        pairing.settled,
        of=ECD_087,
        ref_id=order.ref_id,
        within=campaign.ixit.transaction_within,
        after_drop=campaign.profile.transactions.after_drop,
    )


def judge_return(judge: Judge, campaign: Campaign, *requirements: Requirement, fault: str = "") -> None:
    """Back in time, which is `requirements`' business, registered first on each line, and on one line at a time.

    `fault`: the name of a harm that counts like an outage, because nobody could be reached while it lasted."""
    connection = campaign.profile.connection
    judge(outage.back_after, of=requirements, limit=back_within(campaign), warn=connection.longest_pause, fault=fault)
    judge(lines.registers_first_on_every_line, of=ECD_042, patience=connection.reconnect_limit)
    judge(standing.one_live_line, of=ECD_034)
