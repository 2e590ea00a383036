"""Chapter E: events are sent when their time has come, and are acted upon for what they mean."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from catalogue.adyen import (
    ADY_070,
    ADY_071,
    ADY_072,
    ADY_073,
    ADY_074,
    ADY_075,
    ADY_076,
    ADY_077,
    ADY_078,
    ADY_079,
    ADY_080,
    ADY_081,
    ADY_082,
    ADY_083,
)
from fake_cloud.adyen.instructions import Again, Settle
from fixtures.case import case
from harness.checks import adyen_events, adyen_meaning
from harness.rig.bench import Means
from harness.wire import nexo
from harness.wire.adyen import Heard
from suites.adyen.shop import QUIET, SOON, asked, open_shop, wanted

if TYPE_CHECKING:
    from fixtures.adyen import AdyenCampaign, AdyenSide
    from fixtures.docket import Judge
    from fixtures.program import Program

# ---- A terminal says how it stands -----------------------------------------------------------------------------------


async def booted(adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign) -> float:
    """The terminal is started and has had its time; how long that may take."""
    within = campaign.ixit.boot_within * campaign.time_scale
    await terminal.power_on()
    await adyen.heard(Heard, within=within)
    return within


@case(ADY_074)
async def test_it_says_when_it_is_ready(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The terminal is given power; it says Initialised when it is ready for transactions."""
    within = await booted(adyen, terminal, campaign)
    judge(adyen_events.tells, key=adyen_events.POWER_ON, by="Initialised", within=within)


@case(ADY_070, needs=(Means.KEYS,))
async def test_it_says_when_it_shuts_down(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The terminal is shut down by hand; it says Shutdown before it is off."""
    await booted(adyen, terminal, campaign)
    await terminal.press("shutdown")
    await adyen.watch(QUIET, "the terminal shuts down")
    judge(adyen_events.tells, key="shutdown", by="Shutdown", within=SOON)


@case(ADY_071, ADY_072, needs=(Means.KEYS,))
async def test_it_says_when_maintenance_begins_and_ends(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Maintenance is started by hand; the terminal says when it begins, and when it is over."""
    await booted(adyen, terminal, campaign)
    await terminal.press("maintenance")
    await adyen.watch(campaign.ixit.maintenance_within + QUIET, "the terminal is maintained")
    judge(adyen_events.tells, of=ADY_071, key="maintenance", by="BeginMaintenance", within=SOON)
    judge(
        adyen_events.tells, of=ADY_072, key="maintenance", by="EndMaintenance", within=campaign.ixit.maintenance_within
    )


@case(ADY_073, needs=(Means.KEYS,))
async def test_it_says_when_it_is_out_of_order(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Something in the terminal breaks; it says OutOfOrder."""
    await booted(adyen, terminal, campaign)
    await terminal.press("fault")
    await adyen.watch(QUIET, "the terminal is broken")
    judge(adyen_events.tells, key="fault", by="OutOfOrder", within=SOON)


FOR_ANOTHER = nexo.request(
    nexo.MessageHeader(sale_id="POS-LANE-2", service_id="R1", poi_id="P400Plus-000000009"),
    nexo.PaymentRequest("R-1", "1.00", "EUR", "2030-01-02T03:04:05.000Z"),
)
BAD_REQUESTS = ("{", "{}", FOR_ANOTHER.build().decode())
"""No JSON, no message, and one for another terminal."""


@case(ADY_075, needs=(Means.KEYS,))
async def test_it_rejects_a_bad_request_and_says_why(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Requests come in that cannot be served; each time a Reject explains the error and gives the request back."""
    await booted(adyen, terminal, campaign)
    for text in BAD_REQUESTS:
        await terminal.press("request", text=text)
        await adyen.watch(QUIET, "the request is rejected")
    for text in BAD_REQUESTS:
        judge(adyen_events.reject_explains, request=text, within=SOON)


@case(ADY_076, needs=(Means.KEYS,))
async def test_it_tells_the_reference_that_was_typed(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """References are typed on the terminal; each comes in the EventDetails of a SaleWakeUp as it was typed."""
    references = (campaign.ixit.wake_up_reference, "TABLE 7", "a=1&b=2")
    await booted(adyen, terminal, campaign)
    for reference in references:
        await terminal.press("reference", text=reference)
        await adyen.watch(QUIET, "the reference is told")
    for reference in references:
        judge(adyen_events.reference_is_told, reference=reference, within=SOON)


# ---- A backend heeds it ----------------------------------------------------------------------------------------------


@case(ADY_077, needs=(Means.KEYS,))
async def test_no_payment_is_asked_of_a_terminal_that_is_down(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Three times a terminal says in other words that it is not available, and somebody wants to pay there: each time
    the payment is held until it is back."""
    poi_id, down = campaign.ixit.terminals[0], []
    await open_shop(adyen, backend)
    for event in ("Shutdown", "BeginMaintenance", "OutOfOrder"):
        await adyen.happened("Initialised", poi_id=poi_id)
        await adyen.watch(SOON, "what was held is paid")
        down.append(await adyen.happened(event, poi_id=poi_id))
        await adyen.watch(campaign.profile.events.visible_within, "the state is seen at the POS")
        await backend.press("sale", amount=campaign.ixit.amount, terminal=poi_id)
        await adyen.watch(QUIET, "no payment")
    for id in down:
        judge(adyen_meaning.holds_payments, poi_id=poi_id, id=id, at_least=SOON)


@case(ADY_077, ADY_078, needs=(Means.SCREEN,))
async def test_the_staff_see_how_a_terminal_stands(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A terminal goes and comes back, and again with other words; the screen of the POS tells of it each time."""
    poi_id, within = campaign.ixit.terminals[0], campaign.profile.events.visible_within
    told = []
    await open_shop(adyen, backend)
    await adyen.watch(QUIET, "the POS comes to rest")
    for down, up in (("Shutdown", "Initialised"), ("BeginMaintenance", "EndMaintenance")):
        for requirement, event in ((ADY_077, down), (ADY_078, up)):
            told.append((requirement, await adyen.happened(event, poi_id=poi_id)))
            await adyen.watch(QUIET, "the screen tells of it")
    for requirement, id in told:
        words = campaign.profile.screen.unavailable if requirement is ADY_077 else campaign.profile.screen.available
        judge(adyen_meaning.shows, of=requirement, id=id, text=words, within=within)


@case(ADY_078, needs=(Means.KEYS,))
async def test_a_terminal_that_is_back_takes_payments(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A terminal goes and comes back, in either way, and somebody wants to pay there: the payment is asked for."""
    poi_id, back = campaign.ixit.terminals[0], []
    await open_shop(adyen, backend)
    for down, up in (("OutOfOrder", "Initialised"), ("BeginMaintenance", "EndMaintenance")):
        await adyen.happened(down, poi_id=poi_id)
        back.append(await adyen.happened(up, poi_id=poi_id))
        await adyen.watch(campaign.profile.events.visible_within, "the state is seen at the POS")
        await backend.press("sale", amount=campaign.ixit.amount, terminal=poi_id)
        await adyen.watch(QUIET, "a payment")
    for id in back:
        judge(adyen_meaning.takes_payments, poi_id=poi_id, since=id, within=SOON)


@case(ADY_079, needs=(Means.KEYS, Means.SCREEN))
async def test_a_reject_ends_the_sale_that_waits(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A sale waits for its result, and its request is rejected instead: it is over, unpaid, and the reason is shown.
    The Reject names it by giving the request back, or by its ServiceID, or only says whose terminal it is."""
    poi_id, ended = campaign.ixit.terminals[0], []
    await open_shop(adyen, backend)
    adyen.tell(Settle(lost=True))
    for reason in ("Reader jammed 4711", "Battery low 4712", "Menu open 4713"):
        sale = await wanted(adyen, backend, campaign.ixit.amount, poi_id)
        about = {
            "Reader jammed 4711": {
                "rejected_message": b64encode(nexo.request(sale.header, sale.payment).build()).decode()
            },
            "Battery low 4712": {"service_id": sale.header.service_id},
        }.get(reason, {})
        details = f"message={reason.replace(' ', '+')}"
        id = await adyen.happened("Reject", poi_id=poi_id, details=details, sale_id=sale.header.sale_id, **about)
        await adyen.watch(QUIET, "the sale ends")
        ended.append((sale.reference, id, reason))
    for reference, id, reason in ended:
        judge(adyen_meaning.reject_ends_the_sale, reference=reference, id=id, reason=reason, within=SOON)


@case(ADY_080, ADY_081)
async def test_a_typed_reference_is_paid_where_it_was_typed(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """State events with form-encoded details come, then a reference typed on a terminal: a payment for it is asked of
    that terminal."""
    poi_id = campaign.ixit.terminals[-1]
    await open_shop(adyen, backend)
    await adyen.happened("BeginMaintenance", poi_id=poi_id, details="newstate=MAINTENANCE&oldstate=IDLE")
    await adyen.happened("EndMaintenance", poi_id=poi_id, details="newstate=IDLE&oldstate=MAINTENANCE")
    woken = await adyen.happened("SaleWakeUp", poi_id=poi_id, details=campaign.ixit.wake_up_reference)
    await adyen.watch(QUIET, "a payment for the reference")
    judge(adyen_meaning.pays_typed_reference, id=woken, within=SOON)


@case(ADY_081, needs=(Means.KEYS,))
async def test_a_typed_reference_is_plain_text(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Orders whose references look like form-encoded pairs are typed on a terminal: each is found, and paid there."""
    woken = []
    await open_shop(adyen, backend)
    for reference in ("A=1&B=2", "50%+VAT", "Tisch für 2"):
        await backend.press("order", reference=reference, amount=campaign.ixit.amount)
        woken.append(await adyen.happened("SaleWakeUp", details=reference))
        await adyen.watch(QUIET, "a payment for the reference")
    for id in woken:
        judge(adyen_meaning.pays_typed_reference, id=id, within=SOON)


@case(ADY_082, needs=(Means.KEYS,))
async def test_an_old_shutdown_says_nothing_new(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Initialised comes first and an older Shutdown after it; the terminal takes payments."""
    poi_id = campaign.ixit.terminals[0]
    await open_shop(adyen, backend)
    await adyen.happened("Initialised", poi_id=poi_id)
    late = await adyen.happened("Shutdown", poi_id=poi_id, ago=3600.0)
    await adyen.watch(campaign.profile.events.visible_within, "both are worked through")
    await backend.press("sale", amount=campaign.ixit.amount, terminal=poi_id)
    await adyen.watch(QUIET, "a payment")
    judge(adyen_meaning.takes_payments, poi_id=poi_id, since=late, within=SOON)


@case(ADY_082, needs=(Means.KEYS,))
async def test_an_old_initialised_says_nothing_new(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Shutdown comes first and an older Initialised after it; no payment is asked of the terminal."""
    poi_id = campaign.ixit.terminals[0]
    await open_shop(adyen, backend)
    down = await adyen.happened("Shutdown", poi_id=poi_id)
    await adyen.happened("Initialised", poi_id=poi_id, ago=3600.0)
    await adyen.watch(campaign.profile.events.visible_within, "both are worked through")
    await backend.press("sale", amount=campaign.ixit.amount, terminal=poi_id)
    await adyen.watch(QUIET, "no payment")
    judge(adyen_meaning.holds_payments, poi_id=poi_id, id=down, at_least=SOON)


@case(ADY_083)
async def test_an_event_that_comes_twice_acts_once(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A reference is typed once, and its event delivered twice: one payment is asked for."""
    poi_id = campaign.ixit.terminals[0]
    await open_shop(adyen, backend)
    woken = await adyen.happened("SaleWakeUp", poi_id=poi_id, details=campaign.ixit.wake_up_reference)
    await asked(adyen, poi_id)
    await adyen.watch(SOON, "the payment is settled")
    again = adyen.id()
    adyen.tell(Again(again, woken))
    await adyen.answered(again)
    await adyen.watch(QUIET, "no second payment")
    judge(adyen_meaning.acts_once, poi_id=poi_id, ids=[woken, again])
