"""Chapter D: how events are written, and how freely they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalogue.adyen import (
    ADY_060,
    ADY_061,
    ADY_062,
    ADY_063,
    ADY_064,
    ADY_065,
    ADY_066,
    ADY_067,
    ADY_068,
)
from fake_cloud.adyen.instructions import Post, Settle
from fixtures.case import case, not_applicable
from harness.checks import adyen_events, adyen_intake, adyen_meaning, adyen_results
from harness.rig.bench import Means
from harness.wire import nexo
from harness.wire.adyen import Heard
from harness.wire.nexo import PaymentResponse
from suites.adyen.shop import QUIET, SOON, open_shop, wanted

if TYPE_CHECKING:
    from fixtures.adyen import AdyenCampaign, AdyenSide
    from fixtures.docket import Judge
    from fixtures.program import Program


@case(ADY_060, ADY_061, ADY_062, ADY_063, ADY_064)
async def test_the_event_of_a_boot(adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge) -> None:
    """The terminal is started; what it says first is an event in the form of the document."""
    await terminal.power_on()
    await adyen.heard(Heard, within=campaign.ixit.boot_within * campaign.time_scale)
    judge(adyen_events.events_are_notifications, of=ADY_060)
    judge(adyen_events.event_headers_say_notification, of=ADY_061)
    judge(adyen_events.event_headers_name_their_parties, of=ADY_062, poi_id=campaign.ixit.terminals[0])
    judge(adyen_events.events_are_dated, of=ADY_063)
    judge(adyen_events.events_are_defined, of=ADY_064)


@case(ADY_060, ADY_061, ADY_062, ADY_063, ADY_064, ADY_065, needs=(Means.KEYS,))
async def test_a_day_of_events(adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge) -> None:
    """A terminal is started, used, disturbed, maintained and shut down; each event is in form and has its own id."""
    ixit = campaign.ixit
    await terminal.power_on()
    await adyen.heard(Heard, within=ixit.boot_within * campaign.time_scale)
    for key, fields in (("reference", {"text": ixit.wake_up_reference}), ("request", {"text": "{"}), ("fault", {})):
        adyen.mark()
        await terminal.press(key, **fields)
        await adyen.heard(Heard, within=SOON)
    adyen.mark()
    await terminal.press("maintenance")
    await adyen.heard(Heard, within=SOON)
    await adyen.heard(Heard, within=ixit.maintenance_within)
    adyen.mark()
    await terminal.press("shutdown")
    await adyen.heard(Heard, within=SOON)
    judge(adyen_events.events_are_notifications, of=ADY_060)
    judge(adyen_events.event_headers_say_notification, of=ADY_061)
    judge(adyen_events.event_headers_name_their_parties, of=ADY_062, poi_id=ixit.terminals[0])
    judge(adyen_events.events_are_dated, of=ADY_063)
    judge(adyen_events.events_are_defined, of=ADY_064)
    if campaign.profile.events.unique_deviceid:
        judge(adyen_events.device_ids_are_unique, of=ADY_065)


@case(ADY_066)
async def test_the_header_stands_first_or_last(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Events come with their MessageHeader before and behind the EventNotification; all are taken."""
    await open_shop(adyen, backend)
    ids = []
    for event, first in (("BeginMaintenance", False), ("EndMaintenance", True), ("OutOfOrder", True)):
        ids.append(await adyen.happened(event, header_first=first))
    ids.append(await adyen.happened("Initialised", header_first=False))
    judge(adyen_intake.acknowledged_at_once, ids=ids, within=campaign.profile.ack.within)


@case(ADY_066, needs=(Means.KEYS, Means.SCREEN))
async def test_the_header_of_a_result_stands_last(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A result comes with its MessageHeader last; the sale is paid all the same."""
    await open_shop(adyen, backend)
    adyen.tell(Settle(lost=True))
    sale = await wanted(adyen, backend, campaign.ixit.amount, campaign.ixit.terminals[0])
    body = PaymentResponse("Success", sale.reference, sale.payment.at, sale.payment.amount, sale.payment.currency)
    id = adyen.id()
    adyen.tell(Post(id, nexo.response(sale.header.answered(), body, header_first=False)))
    await adyen.answered(id)
    await backend.books("paid", within=SOON, reference=sale.reference)
    await adyen.watch(SOON, "the book is looked at")
    judge(adyen_intake.acknowledged_at_once, ids=[id], within=campaign.profile.ack.within)
    judge(adyen_results.settles, reference=sale.reference, amount=sale.payment.amount, within=SOON)


@case(ADY_067)
async def test_what_is_unknown_is_acknowledged(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Unknown members, an event that only the typings know and one that nobody knows: acknowledged, and no effect."""
    await open_shop(adyen, backend)
    ids = [
        await adyen.happened("Initialised", extra={"Novelty": {"Nested": [1, None, "x"]}}),
        await adyen.happened("SecurityAlarm"),
        await adyen.happened("ShutdownOfTheMoon"),
        await adyen.happened("", details=""),
    ]
    await adyen.watch(QUIET, "anything that may come of it")
    judge(adyen_intake.acknowledged_at_once, ids=ids[:3], within=campaign.profile.ack.within)
    judge(adyen_meaning.has_no_effect, ids=ids, quiet=SOON)


@case(ADY_067, needs=(Means.KEYS,))
async def test_what_is_unknown_stops_no_payment(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """After an event that nobody knows, a terminal that was available still takes payments."""
    await open_shop(adyen, backend)
    await adyen.happened("Initialised")
    unknown = await adyen.happened("ShutdownOfTheMoon")
    await adyen.watch(campaign.profile.events.visible_within, "it is worked through")
    await backend.press("sale", amount=campaign.ixit.amount, terminal=campaign.ixit.terminals[0])
    await adyen.watch(QUIET, "a payment")
    judge(adyen_intake.acknowledged_at_once, ids=[unknown], within=campaign.profile.ack.within)
    judge(adyen_meaning.takes_payments, poi_id=campaign.ixit.terminals[0], since=unknown, within=SOON)


@case(ADY_068, needs=(Means.KEYS,))
async def test_what_one_terminal_says_is_not_said_of_another(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """One of two terminals shuts down; a payment is asked of the other."""
    if len(campaign.ixit.terminals) < 2:
        not_applicable("ixit.terminals names one terminal, so that there is none to be taken for it")
    one, other = campaign.ixit.terminals[:2]
    await open_shop(adyen, backend)
    down = await adyen.happened("Shutdown", poi_id=one)
    await adyen.watch(campaign.profile.events.visible_within, "the state is seen at the POS")
    await backend.press("sale", amount=campaign.ixit.amount, terminal=other)
    await adyen.watch(QUIET, "a payment at the other terminal")
    judge(adyen_meaning.takes_payments, poi_id=other, since=down, within=SOON)
