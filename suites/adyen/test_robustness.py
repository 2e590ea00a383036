"""Chapter H: what is no message, what comes all at once, and what is large or written in other letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalogue.adyen import ADY_120, ADY_121, ADY_122
from fake_cloud.adyen.instructions import Bend, Settle
from fixtures.case import case
from harness.checks import adyen_intake, adyen_meaning, adyen_results
from harness.rig.bench import Means
from harness.wire.nexo import PaymentReceipt
from suites.adyen.shop import QUIET, SOON, open_shop, wanted

if TYPE_CHECKING:
    from fixtures.adyen import AdyenCampaign, AdyenSide
    from fixtures.docket import Judge
    from fixtures.program import Program

NO_MESSAGES = {
    "half an object": Bend(body=b'{"SaleToPOIRequest":{', called="half an object"),
    "no body": Bend(body=b"", called="no body"),
    "an array": Bend(body=b"[1,2,3]", called="an array"),
    "a string": Bend(body=b'"SaleToPOIRequest"', called="a string"),
    "no UTF-8": Bend(body=b'{"SaleToPOIRequest":"\xff\xfe"}', called="no UTF-8"),
    "a thousand levels": Bend(body=b"[" * 1000, called="a thousand levels"),
    "an empty message": Bend(body=b'{"SaleToPOIRequest":{}}', called="an empty message"),
    "no header": Bend(
        body=b'{"SaleToPOIRequest":{"EventNotification":{"EventToNotify":"SaleWakeUp",'
        b'"TimeStamp":"2030-01-02T03:04:05.000Z","EventDetails":"4711"}}}',
        called="no header",
    ),
    "a header that is a number": Bend(body=b'{"SaleToPOIRequest":{"MessageHeader":7}}', called="a header of a number"),
    "another content type": Bend(content_type="text/plain"),
    "no content type": Bend(content_type=""),
}

LONG_AND_ODD = ("x" * (256 << 10), "Tisch für zwei, żółw, 日本語, 🍕", "\u202eright to left\u0000")


@case(ADY_120)
async def test_what_is_no_message_is_survived(adyen: AdyenSide, backend: Program, judge: Judge) -> None:
    """Bad JSON, no body, no header, a wrong content type, each in a POST of its own: refused or dropped, nothing is
    changed by it, and afterwards a proper event is taken."""
    await open_shop(adyen, backend)
    bad = [await adyen.happened("SaleWakeUp", details="4711", bend=bend) for bend in NO_MESSAGES.values()]
    await adyen.watch(QUIET, "anything that may come of it")
    good = await adyen.happened("Initialised")
    judge(adyen_intake.survives, bad=bad, good=good)
    judge(adyen_meaning.has_no_effect, ids=bad, quiet=SOON)


@case(ADY_121)
async def test_a_burst_is_taken(adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge) -> None:
    """Forty events of all terminals come at once, on new lines and on lines that are kept; all are acknowledged."""
    terminals = campaign.ixit.terminals
    kinds = ("BeginMaintenance", "EndMaintenance")
    await open_shop(adyen, backend)
    ids = [
        adyen.emit(kinds[number % 2], poi_id=terminals[number % len(terminals)], bend=Bend(keep=number % 4 > 1))
        for number in range(40)
    ]
    await adyen.watch(2 * campaign.profile.ack.within, "the acknowledgements")
    judge(adyen_intake.acknowledged_at_once, ids=ids, within=campaign.profile.ack.within)


@case(ADY_121)
async def test_one_line_is_kept_for_many(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Ten events come one after the other on a line that is kept, then one on a new line."""
    await open_shop(adyen, backend)
    ids = [
        await adyen.happened(event, bend=Bend(keep=True))
        for event in 5 * ("BeginMaintenance", "EndMaintenance")
    ]  # fmt: skip
    ids.append(await adyen.happened("Initialised"))
    judge(adyen_intake.acknowledged_at_once, ids=ids, within=campaign.profile.ack.within)


@case(ADY_122)
async def test_a_large_or_foreign_event_is_taken(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Events carry a member of 256 KiB, letters beyond ASCII, odd signs; all are acknowledged."""
    await open_shop(adyen, backend)
    ids = [await adyen.happened("Initialised", extra={"Remark": words}) for words in LONG_AND_ODD]
    judge(adyen_intake.acknowledged_at_once, ids=ids, within=campaign.profile.ack.within)


@case(ADY_122, needs=(Means.KEYS, Means.SCREEN))
async def test_a_result_with_long_receipts_settles_the_sale(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A result with receipts of 256 KiB in several scripts comes; the sale is paid."""
    lines = tuple(f"{number:04d} Köfte, żurek, 寿司 {'=' * 60}" for number in range(2600))
    await open_shop(adyen, backend)
    adyen.tell(Settle(receipts=(PaymentReceipt("CashierReceipt", lines), PaymentReceipt("CustomerReceipt", lines[:9]))))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await backend.books("paid", within=SOON, reference=sale.reference)
    await adyen.watch(QUIET, "the book is looked at")
    judge(adyen_results.results_are_taken)
    judge(adyen_results.settles, reference=sale.reference, amount=campaign.ixit.amount, within=SOON)
