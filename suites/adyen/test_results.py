"""Chapter F: results that come to the webhook, what each settles, and what is done when none comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalogue.adyen import (
    ADY_091,
    ADY_092,
    ADY_093,
    ADY_094,
    ADY_095,
    ADY_096,
    ADY_097,
    ADY_098,
    RECEIVES,
)
from fake_cloud.adyen.instructions import Post, Release, Settle
from fixtures.case import case
from harness.checks import adyen_intake, adyen_results
from harness.rig.bench import Means
from harness.wire import nexo
from harness.wire.nexo import PaymentReceipt, PaymentResponse
from suites.adyen.shop import QUIET, SOON, open_shop, wanted

if TYPE_CHECKING:
    from fixtures.adyen import AdyenCampaign, AdyenSide
    from fixtures.docket import Judge
    from fixtures.program import Program

BOOK = (Means.KEYS, Means.SCREEN)
"""Somebody starts a payment, and the book is looked at."""

LESS = "0.01"
"""Less than any amount that a case asks for."""


@case(ADY_091, ADY_094, needs=BOOK, when=(RECEIVES,))
async def test_a_success_settles_the_sale(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A payment is asked for asynchronously, and its result comes to the webhook: it is paid, for its amount."""
    await open_shop(adyen, backend)
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await backend.books("paid", within=SOON, reference=sale.reference)
    await adyen.watch(QUIET, "the book is looked at")
    judge(adyen_results.settles, reference=sale.reference, amount=campaign.ixit.amount, within=SOON)


@case(ADY_092, needs=(Means.KEYS,))
async def test_events_and_results_come_to_one_endpoint(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Between two events comes the result of a payment; all three are taken."""
    one = campaign.ixit.terminals[0]
    await open_shop(adyen, backend)
    ids = [await adyen.happened("Initialised", poi_id=one)]
    await wanted(adyen, backend, campaign.ixit.amount, one)
    await adyen.watch(SOON, "the result is delivered")
    ids.append(await adyen.happened("Shutdown", poi_id=one))
    judge(adyen_results.results_are_taken)
    judge(adyen_intake.acknowledged_at_once, ids=ids, within=campaign.profile.ack.within)


@case(ADY_093, needs=BOOK)
async def test_results_come_in_another_order(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Three payments of different amounts are asked for, and their results come last first: each settles its own."""
    terminals = campaign.ixit.terminals
    await open_shop(adyen, backend)
    adyen.tell(Settle(held=True))
    sales = [
        await wanted(adyen, backend, amount, poi_id)
        for amount, poi_id in (("1.01", terminals[0]), ("2.02", terminals[-1]), ("3.03", terminals[0]))
    ]
    await adyen.watch(SOON, "the payments are made")
    adyen.tell(Release(backwards=True))
    await adyen.watch(QUIET, "the results are booked")
    for sale in sales:
        judge(adyen_results.settles, reference=sale.reference, amount=sale.payment.amount, within=SOON)


@case(ADY_093, needs=BOOK)
async def test_a_foreign_result_settles_nothing(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The results that come are those of another POS, another request, another terminal: no payment is settled."""
    one, other = campaign.ixit.terminals[0], campaign.ixit.terminals[-1]
    foreign = [Settle(sale_id="ANOTHER-POS"), Settle(service_id="0000000000")]
    foreign += [Settle(poi_id=other)] if other != one else []
    sales = []
    await open_shop(adyen, backend)
    for settle in foreign:
        adyen.tell(settle)
        sales.append(await wanted(adyen, backend, campaign.ixit.amount, one))
        await adyen.watch(SOON + QUIET, "the book is looked at")
    for sale in sales:
        judge(adyen_results.settles_nothing, reference=sale.reference, wait=SOON)


@case(ADY_094, needs=BOOK)
async def test_a_failure_settles_nothing(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Results are Failures, for several reasons: no sale is paid."""
    sales = []
    await open_shop(adyen, backend)
    for error in ("Refusal", "Cancel", "Busy", "UnreachableHost"):
        adyen.tell(Settle("Failure", error=error))
        sales.append(await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0]))
        await adyen.watch(SOON + QUIET, "the book is looked at")
    for sale in sales:
        judge(adyen_results.settles_nothing, reference=sale.reference, wait=SOON)


@case(ADY_094, needs=BOOK)
async def test_a_partial_settles_its_amount(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The result is Partial: no more is settled than it says."""
    await open_shop(adyen, backend)
    adyen.tell(Settle("Partial", amount=LESS))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await adyen.watch(SOON + QUIET, "the book is looked at")
    judge(adyen_results.settles_at_most, reference=sale.reference, amount=LESS, wait=SOON)


@case(ADY_095, needs=BOOK)
async def test_a_smaller_amount_is_not_the_whole(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A Success authorises less than was asked for: no more than that is settled."""
    await open_shop(adyen, backend)
    adyen.tell(Settle(amount=LESS))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await adyen.watch(SOON + QUIET, "the book is looked at")
    judge(adyen_results.settles_at_most, reference=sale.reference, amount=LESS, wait=SOON)


@case(ADY_095, needs=BOOK)
async def test_other_money_is_no_payment(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A Success authorises the amount in another currency: the sale is not paid."""
    await open_shop(adyen, backend)
    adyen.tell(Settle(currency="SEK" if campaign.ixit.currency != "SEK" else "EUR"))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await adyen.watch(SOON + QUIET, "the book is looked at")
    judge(adyen_results.settles_nothing, reference=sale.reference, wait=SOON)


@case(ADY_096, needs=BOOK)
async def test_a_result_that_comes_again_is_booked_once(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The result of a payment is delivered three times: it is acknowledged each time, and booked once."""
    await open_shop(adyen, backend)
    adyen.tell(Settle(copies=3))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await backend.books("paid", within=SOON, reference=sale.reference)
    await adyen.watch(QUIET, "the book is looked at")
    judge(adyen_results.results_are_taken)
    judge(adyen_results.books_once, paid={sale.reference: campaign.ixit.amount}, wait=SOON)


@case(ADY_096, needs=BOOK)
async def test_a_result_that_nobody_asked_for_is_booked_never(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Before any payment was asked for comes a result, complete and of one of the shop's terminals: it is acknowledged,
    and the book stays as it is."""
    ixit = campaign.ixit
    await open_shop(adyen, backend)
    header = nexo.MessageHeader(
        type="Response", sale_id=ixit.sale_id, poi_id=ixit.terminals[0], service_id="STRAY00001"
    )
    body = PaymentResponse("Success", "STRAY-1", "2030-01-02T03:04:05.000Z", ixit.amount, ixit.currency)
    id = adyen.id()
    adyen.tell(Post(id, nexo.response(header, body)))
    await adyen.answered(id)
    await adyen.watch(QUIET, "the book is looked at")
    judge(adyen_results.results_are_taken)
    judge(adyen_results.books_once, paid={}, wait=SOON)


@case(ADY_097, needs=BOOK)
async def test_a_receipt_can_be_had(adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge) -> None:
    """A result brings a receipt for the cashier and one for the customer; each is there when it is asked for."""
    texts = {"CashierReceipt": "FOR THE TILL 4711", "CustomerReceipt": "FOR THE CUSTOMER 0815"}
    receipts = tuple(PaymentReceipt(qualifier, (text,)) for qualifier, text in texts.items())
    await open_shop(adyen, backend)
    adyen.tell(Settle(receipts=receipts))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await backend.books("paid", within=SOON, reference=sale.reference)
    for kind, text in texts.items():
        await backend.press("receipt", reference=sale.reference, kind=kind)
        await backend.shows(text, within=SOON)
    for text in texts.values():
        judge(adyen_results.keeps_receipt, text=text)


@case(ADY_098, needs=(Means.KEYS,))
@pytest.mark.parametrize("made", [True, False], ids=["made", "in progress"])
async def test_without_a_result_the_status_is_asked_for(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge, made: bool
) -> None:
    """The result of a payment never comes. The POS asks for its status, and for no second payment."""
    latest = campaign.profile.result.query_latest
    await open_shop(adyen, backend)
    adyen.tell(Settle(withheld=made, lost=not made))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await adyen.watch(latest + QUIET, "no result comes")
    judge(adyen_results.asks_for_status, reference=sale.reference, after=0.0, within=latest)
