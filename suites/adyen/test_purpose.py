"""A. Purpose and endpoint: what the webhook takes, where, how soon, and by which version of TLS."""

from __future__ import annotations

from catalogue.adyen import (
    ADY_001,
    ADY_002,
    ADY_003,
    ADY_004,
    ADY_005,
    ADY_006,
    ADY_007,
    ADY_008,
    ADY_009,
    ADY_010,
    ADY_090,
    ADY_091,
    EMITS,
    KEEPS_BOOK,
)
from fake_cloud.adyen.terms import EPOCH
from fixtures.adyen import PLAIN, AdyenCampaign, AdyenSide
from fixtures.case import case, not_applicable
from fixtures.docket import Judge
from fixtures.program import Program
from harness.checks import adyen_delivery, adyen_meaning, adyen_settings
from harness.rig.bench import Means
from harness.wire import nexo
from harness.wire.adyen import DeviceCall, Heard
from harness.wire.nexo import MessageHeader, PaymentRequest, SaleToPOIResponse
from harness.wire.nexo_schema import EVENTS

OLD = ("TLS 1.0", "TLS 1.1", PLAIN)
"""Manners of knocking that are not good enough in live operation."""

BURST = 20
"""Messages at once, of which none may wait for what comes of another."""


async def _ready(backend: Program, adyen: AdyenSide) -> None:
    """Started, and its event URL set."""
    await backend.power_on()
    await adyen.configured()


@case(ADY_004, ADY_005, ADY_006, ADY_008, ADY_009)
async def test_each_event_is_taken(adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge) -> None:
    """Each kind of event is posted to the URL that was set, which has a port of the list, and one that names a request
    by its ServiceID; it is acknowledged there soon and with success, without redirect or page."""
    await _ready(backend, adyen)
    for event in EVENTS:
        await adyen.happened(event, details=_details(event, campaign))
    await adyen.happened("Initialised", details=_details("Initialised", campaign), service_id="0000000042")

    ack = campaign.profile.ack
    judge(adyen_delivery.takes_messages, of=ADY_004)
    judge(adyen_delivery.is_on_a_listed_port, of=ADY_005, ports=list(campaign.profile.endpoint.test_ports))
    if campaign.ics.live:
        judge(adyen_delivery.is_on_a_listed_port, of=ADY_006, ports=list(campaign.profile.endpoint.live_ports))
    judge(adyen_delivery.takes_them_there, of=ADY_008)
    judge(adyen_delivery.acknowledges, of=ADY_009, within=ack.within, target=ack.target, mode=ack.mode)


def _details(event: str, campaign: AdyenCampaign) -> str:
    words = {"SaleWakeUp": campaign.ixit.wake_up_reference, "Reject": "message=No+such+thing"}
    return words.get(event, "newstate=IDLE&oldstate=START")


@case(ADY_010, needs=(Means.KEYS,))
async def test_the_acknowledgement_waits_for_no_business(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A reference typed on a terminal starts a payment, and a burst of events comes on top of it: each is acknowledged
    as soon as one that means nothing."""
    await _ready(backend, adyen)
    ids = [adyen.emit("SaleWakeUp", details=campaign.ixit.wake_up_reference)]
    ids += [adyen.emit("Initialised") for _ in range(BURST)]
    await adyen.answered(*ids)

    ack = campaign.profile.ack
    judge(adyen_delivery.acknowledges, within=ack.within, target=ack.target, mode=ack.mode, ids=ids)


@case(ADY_005, ADY_006, ADY_007, needs=(Means.TLS,))
async def test_tls_1_2_is_spoken_and_nothing_below_it(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Somebody who knows TLS 1.2 and nothing else dials the webhook, and an encrypted line comes about; others come by
    an old version, or post a message without any, and are not let in. So does one with TLS 1.3, if that is read so."""
    if not campaign.ics.live and not campaign.ixit.url.startswith("https://"):
        not_applicable("the event URL of the test environment is plain HTTP (ixit url)")
    beyond = ("TLS 1.3",) if campaign.profile.tls.max == "1.2" else ()
    await _ready(backend, adyen)
    for manner in ("TLS 1.2", *OLD, *beyond):
        await adyen.knock(manner)

    judge(adyen_delivery.speaks, of=(ADY_005, ADY_006), manner="TLS 1.2")
    for manner in OLD:
        judge(adyen_delivery.turns_away, of=ADY_007, manner=manner)
    for manner in beyond:
        judge(adyen_delivery.turns_away, of=(ADY_005, ADY_006), manner=manner)


@case(ADY_001, needs=(Means.SCREEN,))
async def test_the_staff_is_told_how_a_terminal_stands(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A terminal goes out of order; the staff is shown which."""
    await _ready(backend, adyen)
    id = await adyen.happened("OutOfOrder")
    await backend.shows(campaign.ixit.terminals[0], within=campaign.profile.events.visible_within)
    await adyen.watch(campaign.profile.events.visible_within, "the screen")

    judge(
        adyen_meaning.shows,
        id=id,
        text=campaign.ixit.terminals[0],
        within=campaign.profile.events.visible_within,
    )


@case(ADY_002, needs=(Means.KEYS,), when=(KEEPS_BOOK,))
async def test_events_are_set_up_before_the_first_request(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A cashier wants a payment as soon as the backend runs; it is asked for only when its result has somewhere to
    go."""
    await backend.power_on()
    await backend.press("sale", amount=campaign.ixit.amount, terminal=campaign.ixit.terminals[0])
    await adyen.heard(DeviceCall, within=60.0)

    judge(adyen_settings.is_set_up_first, by_hand=not campaign.ics.configures)


@case(ADY_003, ADY_090, ADY_091, needs=(Means.KEYS,), when=(EMITS,))
async def test_responses_come_to_the_url_of_the_events(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A gateway that serves asynchronous requests is given one; the response comes to the URL of the events, as a
    synchronous one would look."""
    ixit = campaign.ixit
    await terminal.power_on()
    await adyen.heard(Heard, within=ixit.boot_within * campaign.time_scale)
    header = MessageHeader(sale_id=ixit.sale_id, poi_id=ixit.terminals[0], service_id="1")
    body = PaymentRequest("harness-1", ixit.amount, ixit.currency, nexo.stamp(EPOCH))
    request = nexo.request(header, body).build().decode()
    await terminal.press("request", text=request)
    within = campaign.profile.result.query_after
    await adyen.heard(Heard, within=within, where=lambda heard: isinstance(heard.message, SaleToPOIResponse))

    judge(adyen_delivery.answers_here, request=request, within=within)
