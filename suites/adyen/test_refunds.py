"""Chapter F, of refunds: results that come to the webhook are heeded as those of payments are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalogue.adyen import ADY_093, ADY_094, ADY_096, ADY_098, REFUNDS
from fake_cloud.adyen.instructions import Settle
from fixtures.case import case
from harness.checks import adyen_refunds, adyen_results
from harness.rig.bench import Means
from suites.adyen.shop import QUIET, SOON, given_back, open_shop, wanted

if TYPE_CHECKING:
    from fixtures.adyen import AdyenCampaign, AdyenSide
    from fixtures.docket import Judge
    from fixtures.program import Program

BOOK = (Means.KEYS, Means.SCREEN)


async def sold(adyen: AdyenSide, backend: Program, campaign: AdyenCampaign) -> str:
    """A sale that was paid and can be given back; its reference."""
    await open_shop(adyen, backend)
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    await backend.books("paid", within=SOON, reference=sale.reference)
    return sale.reference


@case(ADY_093, ADY_094, ADY_096, when=(REFUNDS,), needs=BOOK)
async def test_a_sale_is_given_back_once(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A sale is paid and then refunded, and the result of the refund is delivered three times: its amount is given back
    once, and nothing else is paid."""
    sale = await sold(adyen, backend, campaign)
    adyen.tell(Settle(copies=3))
    await given_back(adyen, backend, sale, campaign)
    await backend.books("refunded", within=SOON)
    await adyen.watch(QUIET, "the book is looked at")

    judge(adyen_refunds.gives_back_once, sale=sale, amount=campaign.ixit.amount, wait=SOON)


@case(ADY_093, ADY_094, when=(REFUNDS,), needs=BOOK)
async def test_a_refund_that_failed_or_is_anothers_gives_nothing_back(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Of two refunds of a sale the one fails, and of the other comes the result of a foreign request: nothing is given
    back."""
    sale = await sold(adyen, backend, campaign)
    for settle in (Settle("Failure", error="Refusal"), Settle(service_id="0000000000")):
        adyen.tell(settle)
        await given_back(adyen, backend, sale, campaign)
        await adyen.watch(SOON + QUIET, "the book is looked at")

    judge(adyen_refunds.gives_nothing_back, sale=sale, wait=SOON)


@case(ADY_098, when=(REFUNDS,), needs=(Means.KEYS,))
async def test_without_the_result_of_a_refund_its_status_is_asked_for(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The result of a refund never comes. The POS asks for its status, and for no second refund."""
    latest = campaign.profile.result.query_latest
    sale = await sold(adyen, backend, campaign)
    adyen.tell(Settle(withheld=True))
    refund = await given_back(adyen, backend, sale, campaign)
    await adyen.watch(latest + QUIET, "no result comes")

    judge(adyen_results.asks_for_status, reference=refund.reference, gives_back=True, after=0.0, within=latest)
