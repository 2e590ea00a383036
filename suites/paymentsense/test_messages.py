"""Chapter B: JSON-RPC both ways, in the order in which it comes, and what is no message at all."""

from __future__ import annotations

import pytest

from catalogue.paymentsense import (
    PAC,
    PAT,
    PSC_040,
    PSC_041,
    PSC_042,
    PSC_044,
    PSC_045,
    PSC_046,
    PSC_047,
    PSC_048,
    PSC_049,
    PSC_050,
    PSC_051,
    PSC_052,
    PSC_053,
)
from fake_cloud.paymentsense.instructions import Bend, Course, Refuse, Run, Straighten, Visit, Way, late
from fixtures.case import case, needing
from fixtures.connect import ConnectSide, Epos, PaymentsenseCampaign
from fixtures.docket import Judge
from harness.checks import jsonrpc, websocket
from harness.checks import paymentsense_messages as messages
from harness.checks import paymentsense_sales as sales
from harness.checks import paymentsense_tables as tables
from harness.rig.bench import Means
from harness.wire.paymentsense import TABLE_VISIT, Demand, Notification, Refusal, Result, Side

SOURCE = "connect"

KEPT = 2.0
"""Seconds for which a connection must outlive a method that nobody knows."""

KEYS = (Means.KEYS, Means.SCREEN)

BOTH = pytest.mark.parametrize(
    "integration", [pytest.param("pac", marks=needing(when=(PAC,))), pytest.param("pat", marks=needing(when=(PAT,)))]
)


@case(PSC_040, PSC_041, PSC_042, PSC_044, PSC_052, when=(PAC,), needs=(Means.KEYS,))
async def test_asks_by_the_book(epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """The cashier asks for a sale and cancels it, for a refund and a report: each message is as it must be."""
    await connect.online("pac")
    connect.tell(Run(campaign.ixit.machines.all[0], Course(pace=5.0)))
    await epos.sells(campaign.ixit.machines.all[0])
    await connect.heard(Demand, within=campaign.profile.screen.told_within)
    await epos.press("cancel")
    await epos.books("cancelled", "paid", within=60)
    connect.tell(Straighten())
    await epos.press("refund", amount=campaign.ixit.amount, terminal=campaign.ixit.machines.all[0], reference="R-BACK")
    await epos.books("refunded", within=60, reference="R-BACK")
    await epos.press("report")
    await connect.heard(Result, within=30, where=lambda said: said.of.startswith("report"))

    judge(jsonrpc.messages_legal, source=SOURCE, batches=False, of=PSC_040)
    judge(jsonrpc.version_given, source=SOURCE, of=PSC_041)
    judge(messages.schemas_kept, of=PSC_042)
    judge(jsonrpc.ids_unique_while_outstanding, source=SOURCE, of=PSC_044)
    judge(websocket.one_value_a_message, source=SOURCE, objects=True, of=PSC_052)


@case(PSC_042, PSC_049, when=(PAT,), rests_on=TABLE_VISIT)
async def test_answers_at_the_table_by_the_book(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A guest pays at the table: each request is answered, by its schema."""
    await connect.online("pat")
    connect.tell(Visit(campaign.ixit.machines.all[0], campaign.ixit.table))
    within = campaign.profile.pat.answer_within
    await connect.heard(Notification, within=6 * within, where=lambda said: said.method == "tableUnlock")
    await connect.watch(1.0, "what comes late")

    judge(messages.schemas_kept, of=PSC_042)
    judge(tables.requests_answered, within=within, of=PSC_049)


# ---- Ids -------------------------------------------------------------------------------------------------------------

IDS: tuple[int | str, ...] = (7, "7", 0, "", -3, 2**53 - 1, "ünïcode", "a long one " * 20)


@BOTH
@case(PSC_045, PSC_046, PSC_049, PSC_050)
async def test_repeats_every_kind_of_id(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, integration: str
) -> None:
    """Connect asks by methods that nobody knows, with ids that are numbers and texts: each is refused under its id."""
    await connect.online(integration)
    for id in IDS:
        connect.say(Demand(Side.CONNECT, id, "frobnicate", {"tid": "1"}))
        await connect.heard(Refusal, within=campaign.profile.pat.answer_within)
    await connect.watch(KEPT + 1.0, "whether it stays connected")

    within = campaign.profile.pat.answer_within
    judge(jsonrpc.replies_repeat_the_id, source=SOURCE, of=PSC_045)
    judge(jsonrpc.one_of_result_and_error, source=SOURCE, of=PSC_046)
    judge(jsonrpc.calls_answered, source=SOURCE, within=within, of=PSC_049)
    judge(jsonrpc.unknown_methods_refused, source=SOURCE, within=within, of=PSC_050,
          known=list(campaign.profile.methods.on_wire.values()))  # fmt: skip
    judge(websocket.survives, source=SOURCE, patience=KEPT, words="frobnicate", of=PSC_050)


@BOTH
@case(PSC_047, PSC_050)
async def test_answers_no_notification(
    connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, integration: str
) -> None:
    """Connect notifies of things that are known and unknown: nothing answers, and the connection stays."""
    await connect.online(integration)
    tid = campaign.ixit.machines.all[0]
    for said in (
        Notification(Side.CONNECT, "terminalNotification", {"tid": tid, "notificationValue": "REPLACE_PAPER"}),
        Notification(Side.CONNECT, "frobnicated", {"tid": tid}),
        Notification(Side.CONNECT, "frobnicated"),
    ):
        connect.say(said)
        await connect.watch(campaign.profile.pat.answer_within + 1.0, "whether a notification is answered")

    judge(jsonrpc.notices_unanswered, source=SOURCE, within=campaign.profile.pat.answer_within)
    judge(websocket.survives, source=SOURCE, patience=campaign.profile.pat.answer_within, words="frobnicated",
          of=PSC_050)  # fmt: skip


@case(PSC_049, when=(PAC,), needs=KEYS)
async def test_answers_for_a_signature(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A card machine wants a signature verified; the cashier says yes, and Connect has its answer."""
    tid = campaign.ixit.machines.signature or campaign.ixit.machines.all[0]
    await connect.online("pac")
    connect.tell(Run(tid, Course(signature=True)))
    reference = await epos.sells(tid)
    await epos.verifies(connect, accepted=True)
    await epos.sold(reference)

    judge(jsonrpc.calls_answered, source=SOURCE, within=campaign.profile.signature.window)


# ---- Order -----------------------------------------------------------------------------------------------------------


@case(PSC_048, needs=KEYS)
async def test_takes_answers_in_any_order(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Two sales run at two card machines; the second is answered first, with another outcome, between notifications."""
    first, second = campaign.ixit.machines.all[:2]
    await connect.online("pac")
    connect.tell(Run(first, Course(("TRANSACTION_STARTED", "PIN_ENTRY", "CONNECTING"), "DECLINED", pace=5.0)))
    connect.tell(Run(second, Course(("TRANSACTION_STARTED",), "SUCCESSFUL", pace=3.0)))
    declined, paid = await epos.sells(first), await epos.sells(second)
    await epos.books("paid", "declined", within=60, reference=paid)
    await epos.books("paid", "declined", within=60, reference=declined)
    await connect.watch(campaign.profile.screen.told_within, "what is booked in the end")

    judge(sales.success_clears, within=campaign.profile.screen.told_within)
    judge(sales.failure_keeps_the_amount, within=campaign.profile.screen.told_within)


@case(PSC_048, needs=KEYS)
async def test_takes_the_answer_of_a_sale_before_that_of_a_report(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A report is asked for first and answered last; in between a sale is paid at another card machine."""
    first, second = campaign.ixit.machines.all[:2]
    await connect.online("pac")
    connect.bend("reportEndOfDay", late(20.0))
    await epos.press("report", name="end of day", terminal=first)
    await connect.heard(Demand, within=campaign.profile.screen.told_within)
    connect.tell(Run(second, Course()))
    reference = await epos.sells(second)
    await epos.sold(reference, within=40.0)
    await connect.watch(campaign.profile.screen.told_within + 20.0, "what is booked in the end")

    judge(sales.success_clears, within=campaign.profile.screen.told_within)


# ---- What is no message ----------------------------------------------------------------------------------------------

NONSENSE = {
    "cut short": '{"jsonrpc":"2.0","method":"terminalNoti',
    "no JSON": "<html>503</html>",
    "empty": "",
    "a number": "42",
    "null": "null",
    "an empty batch": "[]",
    "deep": "[" * 2000,
    "no method": '{"jsonrpc":"2.0","id":99}',
}


@case(PSC_051)
async def test_outlives_nonsense(connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """Connect says one thing after another that is no message: the EPoS stays, and still answers."""
    within = campaign.profile.pat.answer_within
    await connect.online()
    for what, text in NONSENSE.items():
        connect.remark(f"nonsense: {what}")
        connect.say(text)
        await connect.watch(within + 1.0, "whether it stays")
        connect.say(Demand(Side.CONNECT, what, "frobnicate"))
        await connect.heard(Refusal, within=within)

    judge(messages.stays_connected, patience=within)
    judge(jsonrpc.unknown_methods_refused, source=SOURCE, within=within,
          known=list(campaign.profile.methods.on_wire.values()))  # fmt: skip


@case(PSC_051, when=(PAC,), needs=KEYS)
async def test_takes_no_offence_at_unknown_fields(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """In all that Connect says of a sale stand members that nobody knows: the sale is paid."""
    tid = campaign.ixit.machines.all[0]
    await connect.online("pac")
    connect.tell(Run(tid, Course()))
    extra = Way(members={"x-trace": {"hop": [1, None]}, "schema": "v1.9"})
    connect.tell(Bend("sale", extra))
    connect.tell(Bend("terminalNotification", extra))
    await epos.sold(await epos.sells(tid))
    await connect.watch(campaign.profile.screen.told_within, "what is booked in the end")

    judge(sales.success_clears, within=campaign.profile.screen.told_within)
    judge(messages.stays_connected, patience=campaign.profile.screen.told_within)


@case(PSC_052, when=(PAC,), needs=KEYS)
async def test_puts_fragments_together(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The outcome of a sale comes in fragments, cut inside a character, with pings between them: the sale is paid."""
    tid = campaign.ixit.machines.all[0]
    await connect.online("pac")
    connect.tell(Run(tid, Course(user_message="Thank you — bon appétit")))
    way = Way(fragments=tuple(range(1, 60, 7)), ping_between=True)
    connect.tell(Bend("sale", way))
    connect.tell(Bend("terminalNotification", Way(fragments=(1, 2))))
    await epos.sold(await epos.sells(tid))
    await connect.watch(campaign.profile.screen.told_within, "what is booked in the end")

    judge(sales.success_clears, within=campaign.profile.screen.told_within)


# ---- Errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [-32602, -32001, 12])
@case(PSC_053, needs=KEYS)
async def test_takes_no_error_for_success(
    epos: Epos, connect: ConnectSide, campaign: PaymentsenseCampaign, judge: Judge, code: int
) -> None:
    """A sale is answered with an error: the user is told, and it is not paid."""
    await connect.online("pac")
    connect.tell(Refuse("sale", code, "no", "The card machine is not available"))
    await epos.sells()
    await connect.heard(Refusal, within=30)
    await connect.watch(campaign.profile.screen.told_within + 1.0, "what becomes of the sale")

    judge(messages.error_is_no_success, within=campaign.profile.screen.told_within)
