"""Chapter D, extended: card machines at the table ask the EPoS, and one till of a house is connected at a time."""

from __future__ import annotations

from catalogue import paymentsense as catalogue
from catalogue.paymentsense import PSC_114, PSC_115, PSC_116, PSC_117
from fake_cloud.paymentsense.instructions import Say, Visit
from fixtures.case import case
from fixtures.connect import ConnectSide, Epos, PaymentsenseCampaign
from fixtures.docket import Judge
from fixtures.party import BEYOND
from harness.checks import paymentsense_tables as tables
from harness.rig.bench import Means
from harness.wire.paymentsense import DISCONTINUED, PAC, PAT, TABLE_VISIT, Notification, Result, Side

MACHINES = ("T1", "T2")
"""Card machines that are carried to the tables."""

DISPLACED = -32010

LOCK, TOLD = ("tableLockRequest", "tableUnlock"), ("errorMessage",)
"""The methods that cases about locks, and about a displacement, rest on."""

LOOK = 60.0
"""Seconds for which a case looks whether the EPoS comes back unasked."""


async def asked(connect: ConnectSide, campaign: PaymentsenseCampaign, visit: Visit) -> None:
    """A card machine goes its way; what it asks is answered or not, as far as it waits."""
    steps = visit.only or tables_asked(campaign)
    connect.tell(visit)
    for _ in steps:
        if not await connect.heard(Result, within=campaign.profile.pat.answer_within, where=lambda body: bool(body.of)):
            return


def tables_asked(campaign: PaymentsenseCampaign) -> tuple[str, ...]:
    """What a whole visit asks."""
    return tables.ASKED if campaign.ics.final_receipt else tables.ASKED[:-1]


@case(PSC_116, rests_on=TABLE_VISIT)
async def test_a_visit_is_answered_in_time(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """A guest pays: the card machine asks for tables, lock, bill and receipt, and is answered while it waits."""
    await connect.online(PAT)
    await asked(connect, campaign, Visit(MACHINES[0], campaign.ixit.table))
    await connect.watch(campaign.profile.pat.answer_within + BEYOND, "what is late may still come")

    judge(tables.requests_answered, within=campaign.profile.pat.answer_within)


@case(PSC_117, rests_on=LOCK)
async def test_a_lock_is_granted_once(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """Two card machines want the same table, one after the other: the second one does not get it."""
    await connect.online(PAT)
    for tid in MACHINES:
        await asked(connect, campaign, Visit(tid, campaign.ixit.table, only=("tableLockRequest",)))

    judge(tables.lock_granted_once)


@case(PSC_117, needs=(Means.KEYS,), rests_on=LOCK)
async def test_a_locked_table_cannot_be_edited(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """While a card machine has a table, the waiter types another bill for it: the next lock is for the old amount."""
    await connect.online(PAT)
    lock = Visit(MACHINES[0], campaign.ixit.table, only=("tableLockRequest",))
    await asked(connect, campaign, lock)
    await epos.press("table", name=campaign.ixit.table, amount="99.99")
    await connect.watch(1, "the waiter looks at what became of it")
    connect.tell(Visit(MACHINES[0], campaign.ixit.table, only=("tableUnlock",)))
    await connect.watch(1, "the table is free")
    await asked(connect, campaign, lock)

    judge(tables.locked_bill_stays)


@case(PSC_115, rests_on=TOLD)
async def test_who_is_told_that_it_is_displaced_waits(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The EPoS hears that its connection is discontinued, but it is not ended: it does not dial another at once."""
    await connect.online(PAT)
    words = {"code": DISPLACED, "message": DISCONTINUED, "userMessage": DISCONTINUED}
    connect.tell(Say(Notification(Side.CONNECT, "errorMessage", words)))
    await connect.watch(LOOK, "whether the EPoS comes back unasked")

    judge(tables.does_not_fight_back, pause=campaign.profile.pat.displaced_pause, look=LOOK - BEYOND)


@case(PSC_114, PSC_115, when=(catalogue.PAT,), rests_on=TOLD)
async def test_who_is_displaced_does_not_fight_back(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A newer till takes the only place at the tables of this house: the EPoS hears so, is ended, and stays away."""
    await connect.online(PAT)
    connect.joins(PAT)
    await connect.watch(LOOK, "whether the EPoS comes back unasked")

    judge(tables.one_till_at_the_tables, of=PSC_114, within=BEYOND)
    judge(tables.does_not_fight_back, of=PSC_115, pause=campaign.profile.pat.displaced_pause, look=LOOK - BEYOND)


@case(PSC_114, when=(catalogue.PAC,))
async def test_there_is_room_at_the_counter(connect: ConnectSide, judge: Judge) -> None:
    """Another till of the house connects at the counter: both stay connected."""
    await connect.online(PAC)
    connect.joins(PAC)
    await connect.watch(LOOK, "whether one of the tills is ended")

    judge(tables.one_till_at_the_tables, within=BEYOND)
