"""Chapter D, extended: transactions at the counter, how they are asked for, shown, ended and booked."""

from __future__ import annotations

import pytest

from catalogue.paymentsense import (
    PSC_100,
    PSC_101,
    PSC_102,
    PSC_103,
    PSC_104,
    PSC_105,
    PSC_106,
    PSC_107,
    PSC_108,
    PSC_109,
    PSC_110,
    PSC_111,
    PSC_112,
    PSC_113,
)
from fake_cloud.paymentsense.instructions import SILENCE, Bend, Course, Refuse, Stand
from fixtures.case import case
from fixtures.connect import ConnectSide, Epos, PaymentsenseCampaign
from fixtures.docket import Judge
from harness.checks import paymentsense_address as address
from harness.checks import paymentsense_sales as sales
from harness.evidence.record import Skip
from harness.rig.bench import Means
from harness.wire.paymentsense import BUSY, PAC, REPORTS, Demand, Result, Side
from suites.paymentsense.counter import (
    REFERENCE,
    SLOW,
    answered,
    begun,
    ended,
    machine,
    notified,
    other_machine,
    told,
)

KEYS = (Means.KEYS,)
SEEN = (Means.KEYS, Means.SCREEN)

EXTREMES = ("0.01", "9999.99", "999999.99")
"""Amounts at the bounds of PSC-111 and between them."""

WORDS = {
    "SUCCESSFUL": "Thank you – paid in full.",
    "DECLINED": "Declined: ask for another means of payment",
    "UNSUCCESSFUL": "The transaction was unsuccessful (E-17)",
}
"""What Connect would have the user read."""

# ---- Asked for -------------------------------------------------------------------------------------------------------


@case(PSC_101, PSC_111, PSC_106, needs=SEEN)
@pytest.mark.parametrize("key", ["sale", "refund"])
async def test_a_transaction_is_started_and_clears(
    key: str, connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The cashier starts a sale and a refund: each is asked for as what it is, and cleared when it is successful."""
    await connect.online(PAC)
    await begun(connect, epos, campaign, key=key)
    await ended(connect, campaign)

    judge(sales.transaction_started, of=PSC_101, within=campaign.profile.screen.told_within)
    judge(sales.amounts_in_minor_units, of=PSC_111)
    judge(sales.success_clears, of=PSC_106, within=campaign.profile.screen.told_within)


@case(PSC_111, needs=KEYS)
async def test_amounts_are_minor_units(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Sales of the least amount, of the most and of one between go out as integers in minor units."""
    await connect.online(PAC)
    for number, amount in enumerate(EXTREMES, 1):
        await begun(connect, epos, campaign, Course(), amount=amount, reference=f"R{number}")
        await ended(connect, campaign)

    judge(sales.amounts_in_minor_units)


@case(PSC_100, needs=KEYS)
async def test_the_terminal_is_chosen_for_each_sale(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Of two sales, one after the other, each goes to the terminal that the cashier chose for it."""
    await connect.online(PAC)
    for number, tid in enumerate((machine(campaign), other_machine(campaign)), 1):
        await begun(connect, epos, campaign, Course(), terminal=tid, reference=f"R{number}")
        await ended(connect, campaign)

    judge(sales.terminal_as_chosen)


@case(PSC_109, needs=SEEN)
async def test_reports_are_run(connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge) -> None:
    """The cashier runs two reports; each is asked for, and he is told when it is there."""
    within = campaign.profile.screen.told_within
    await connect.online(PAC)
    for name in ("end of day", "x balance"):
        await epos.press("report", name=name, terminal=machine(campaign))
        if await connect.heard(Demand, within=within, where=lambda body: body.method in REPORTS):
            await connect.heard(Result, within=within, where=lambda body: body.of in REPORTS)
        await told(connect, campaign, "the user is told of the report")

    judge(sales.report_run, within=within)


# ---- Meanwhile -------------------------------------------------------------------------------------------------------


@case(PSC_102, needs=SEEN)
async def test_notifications_are_shown(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A card machine that takes its time: at each of its notifications the screen changes."""
    await connect.online(PAC)
    course = Course(("TRANSACTION_STARTED", "PRESENT_CARD", "PIN_ENTRY", "CONNECTING", "REMOVE_CARD"), pace=SLOW)
    await begun(connect, epos, campaign, course)
    await ended(connect, campaign)

    screen = campaign.profile.screen
    judge(sales.notifications_shown, within=screen.told_within, words=screen.notifications)


@case(PSC_103, needs=SEEN)
async def test_the_user_verifies_the_signature(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The card machine wants two signatures; what the cashier says of each after some thought is the answer."""
    profile = campaign.profile
    await connect.online(PAC)
    for accepted in ("true", "false"):
        await begun(connect, epos, campaign, Course(signature=True), reference=f"signed {accepted}")
        asked = await connect.heard(
            Demand,
            within=profile.pac.transaction_within,
            where=lambda body: body.by is Side.CONNECT and body.method == "signatureVerificationRequest",
        )
        if asked is not None:
            await connect.watch(profile.screen.told_within + 1, "the user looks at the signature")
            await epos.press("signature", accepted=accepted)
            await connect.watch(profile.signature.window + 1, "the answer may come as long as the card machine waits")

    judge(sales.signature_asked_and_answered, within=profile.screen.told_within, window=profile.signature.window)


@case(PSC_112, needs=SEEN)
async def test_the_user_message_is_shown(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Transactions end, and one is refused, with messages for the user: each is on the screen as it was received."""
    await connect.online(PAC)
    for outcome, words in WORDS.items():
        await begun(connect, epos, campaign, Course(result=outcome, user_message=words), reference=outcome)
        await ended(connect, campaign)
    connect.tell(Refuse("sale", BUSY, "terminal busy", "The card machine is in use; wait for it."))
    await begun(connect, epos, campaign)
    await ended(connect, campaign)

    judge(sales.user_messages_shown, within=campaign.profile.screen.told_within)


# ---- Cancelled -------------------------------------------------------------------------------------------------------


@case(PSC_104, PSC_105, PSC_107, needs=SEEN)
async def test_a_sale_is_cancelled(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The cashier cancels a sale in time: Connect is asked to, and only the answer to the sale ends it."""
    await connect.online(PAC)
    await begun(connect, epos, campaign, Course(("PRESENT_CARD", "PIN_ENTRY"), pace=SLOW))
    await notified(connect, campaign, "PRESENT_CARD")
    await connect.watch(1, "the card machine waits for a card")
    await epos.press("cancel", reference=REFERENCE)
    await ended(connect, campaign)

    judge(sales.cancellation_asked, of=PSC_104, within=campaign.profile.screen.told_within)
    judge(sales.cancellation_is_no_outcome, of=PSC_105)
    judge(sales.failure_keeps_the_amount, of=PSC_107, within=campaign.profile.screen.told_within)


@case(PSC_105, PSC_106, needs=SEEN)
async def test_a_cancellation_comes_too_late(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The cashier cancels, Connect says that it is cancelling, and then the sale is SUCCESSFUL all the same."""
    await connect.online(PAC)
    await begun(connect, epos, campaign, Course(("PRESENT_CARD", "PIN_ENTRY"), pace=SLOW, cancellable=False))
    await notified(connect, campaign, "PRESENT_CARD")
    await connect.watch(1, "the card machine waits for a card")
    await epos.press("cancel", reference=REFERENCE)
    await ended(connect, campaign)

    judge(sales.cancellation_is_no_outcome, of=PSC_105)
    judge(sales.success_clears, of=PSC_106, within=campaign.profile.screen.told_within)


# ---- Ended -----------------------------------------------------------------------------------------------------------


@case(PSC_107, needs=SEEN)
@pytest.mark.parametrize("key", ["sale", "refund"])
async def test_what_moved_no_money_leaves_the_amount(
    key: str, connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """Transactions end without success, each in its way, and the card machine notifies nothing: the user is told by the
    EPoS, and the amount stays."""
    await connect.online(PAC)
    connect.tell(Bend("terminalNotification", SILENCE))
    for outcome in sales.KEPT:
        await begun(connect, epos, campaign, Course(result=outcome), key=key, reference=outcome)
        await ended(connect, campaign)

    judge(sales.failure_keeps_the_amount, within=campaign.profile.screen.told_within)


@case(PSC_108, needs=SEEN)
@pytest.mark.parametrize("status", ["AVAILABLE", None])
async def test_a_time_out_leaves_a_doubt(
    status: str | None, connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The card machine falls silent and the sale ends TIMED_OUT; the EPoS looks how the machine stands."""
    await connect.online(PAC)
    silent = Course(("PRESENT_CARD",), "TIMED_OUT", silent_for=campaign.profile.pac.timed_out_after, cancellable=False)
    await begun(connect, epos, campaign, silent)
    await notified(connect, campaign, "PRESENT_CARD")
    await connect.watch(SLOW, "the card machine is silent")
    connect.tell(Stand(machine(campaign), status))
    await ended(connect, campaign)
    await told(connect, campaign, "the user is told what to do")

    judge(sales.timed_out_is_checked, within=campaign.profile.screen.told_within)


@case(PSC_113, needs=SEEN)
async def test_what_was_charged_is_booked(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A customer adds a tip at the card machine, another takes other cashback: what is booked is what was charged."""
    await connect.online(PAC)
    await begun(connect, epos, campaign, Course(charged={"amountGratuity": 200}), reference="tipped")
    await ended(connect, campaign)
    await begun(connect, epos, campaign, Course(charged={"amountCashback": 500}), reference="cash", cashback="10.00")
    await ended(connect, campaign)

    judge(sales.charged_as_the_result_says, within=campaign.profile.screen.told_within)


@case(PSC_106, PSC_107, needs=SEEN)
async def test_an_amount_that_stayed_is_paid_at_last(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """A sale is declined, the amount stays, and the same sale is paid with another card."""
    await connect.online(PAC)
    await begun(connect, epos, campaign, Course(result="DECLINED"))
    await ended(connect, campaign)
    judge(sales.failure_keeps_the_amount, of=PSC_107, within=campaign.profile.screen.told_within)

    await begun(connect, epos, campaign, Course())
    await answered(connect, campaign)
    await told(connect, campaign, "the user is told")
    judge(sales.success_clears, of=PSC_106, within=campaign.profile.screen.told_within)


# ---- Set up ----------------------------------------------------------------------------------------------------------


@case(PSC_110, needs=(Means.ENDPOINTS,))
async def test_a_till_is_set_up_for_its_site(
    connect: ConnectSide, epos: Epos, campaign: PaymentsenseCampaign, judge: Judge
) -> None:
    """The till is set up for one site and then for another: it uses the host address and the API key of each."""
    other = campaign.ixit.other_site
    if other is None:
        pytest.skip(f"{Skip.NOT_RUN}: the IXIT name no other site")
    await connect.online(site="first")
    await epos.power_off()
    connect.mark()
    await connect.online(site="other")

    judge(address.host_of_the_site)
    judge(address.moved_to_the_site, site=other.host)
