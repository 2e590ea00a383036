"""G. Encryption: envelopes are opened, checked, and caught when they come again; what is none is not believed."""

from __future__ import annotations

from catalogue.adyen import (
    ADY_027,
    ADY_111,
    ADY_112,
    ADY_113,
    ADY_114,
    ADY_115,
    KEEPS_BOOK,
    SALE_WAKE_UP,
)
from fake_cloud.adyen.instructions import Again, Bend, Form, Post, Settle, Tamper
from fixtures.adyen import AdyenCampaign, AdyenSide
from fixtures.case import case, not_applicable
from fixtures.docket import Judge
from fixtures.program import Program
from harness.checks import adyen_delivery, adyen_encryption, adyen_meaning, adyen_settings
from harness.rig.bench import Means
from harness.wire import nexo
from harness.wire.adyen import DeviceCall
from harness.wire.nexo import PaymentResponse, SaleToPOIRequest

QUIET = 5.0
"""Seconds in which something would have come of a message."""

WRONG_INSIDE = (Tamper.BLOB, Tamper.PADDING, Tamper.HMAC, Tamper.NONCE, Tamper.FOREIGN_KEY)
"""What decryption or HMAC must find."""

WRONG_KEY = (Tamper.IDENTIFIER, Tamper.VERSION)


async def _ready(backend: Program, adyen: AdyenSide, campaign: AdyenCampaign) -> None:
    """Started with an encrypted event URL, and that set."""
    if not campaign.ics.configures and not campaign.ixit.encrypted:
        not_applicable("the event URL was set up by hand without encryption (ixit encrypted)")
    backend.provision(encrypted="true")
    await backend.power_on()
    await adyen.configured()


@case(ADY_027, ADY_111, when=(SALE_WAKE_UP,))
async def test_an_envelope_is_opened_and_heeded(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """An encrypted event URL is set. A reference is typed on a terminal; the event comes in an envelope, is
    acknowledged, and leads to a payment."""
    await _ready(backend, adyen, campaign)
    id = await adyen.happened("SaleWakeUp", details=campaign.ixit.wake_up_reference)
    await adyen.heard(DeviceCall, within=QUIET)
    await adyen.watch(QUIET, "what comes of it")

    ixit, ics = campaign.ixit, campaign.ics
    if ics.configures:
        chosen = {"url": ixit.url, "level": ixit.level, "username": ixit.username if ics.credentials else ""}
        judge(adyen_settings.sets_url, of=ADY_027, encrypted=True, **chosen)
    judge(adyen_encryption.opens_envelopes, of=ADY_111, ids=[id])
    judge(adyen_meaning.pays_typed_reference, of=ADY_111, id=id, within=campaign.profile.events.visible_within)


@case(ADY_111, ADY_113, ADY_114, when=(SALE_WAKE_UP,))
async def test_a_wrong_envelope_is_refused_without_a_reason_that_helps(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A reference is typed, say an envelope of which the clear header was changed, and then others with another cipher
    text, padding, HMAC, nonce or key; nothing comes of any, and whatever was wrong inside, the words of the refusal are
    the same."""
    await _ready(backend, adyen, campaign)
    ids = {}
    for tamper in (Tamper.HEADER, *WRONG_INSIDE, *WRONG_KEY):
        bend = Bend(tamper=tamper)
        ids[tamper] = await adyen.happened("SaleWakeUp", details=campaign.ixit.wake_up_reference, bend=bend)
        if tamper in (Tamper.HEADER, WRONG_KEY[-1]):
            await adyen.watch(2 * QUIET, "what comes of it")
    genuine = await adyen.happened("Initialised")

    inside = [ids[tamper] for tamper in WRONG_INSIDE]
    judge(adyen_delivery.takes_messages, of=ADY_111, ids=[genuine])
    judge(adyen_meaning.has_no_effect, of=ADY_111, ids=inside, quiet=QUIET)
    judge(adyen_meaning.has_no_effect, of=ADY_113, ids=[ids[Tamper.HEADER]], quiet=QUIET)
    judge(adyen_encryption.refuses_alike, of=ADY_114, ids=[*inside, *(ids[tamper] for tamper in WRONG_KEY)])


@case(ADY_112, needs=(Means.KEYS,), when=(KEEPS_BOOK,))
async def test_a_clear_success_is_not_believed(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """While a payment runs, somebody posts its success in clear to the encrypted URL; nothing is booked for it. The
    true result, in its envelope, settles the sale."""
    await _ready(backend, adyen, campaign)
    adyen.tell(Settle(after=60.0))
    await backend.press("sale", amount=campaign.ixit.amount, terminal=campaign.ixit.terminals[0])
    called = await adyen.heard(DeviceCall, within=30.0, where=lambda call: isinstance(call.message, SaleToPOIRequest))
    asked = None if called is None else called[1].message
    id = adyen.id()
    if isinstance(asked, SaleToPOIRequest) and (payment := asked.payment) is not None:
        success = PaymentResponse("Success", payment.reference, payment.at, payment.amount, payment.currency)
        forged = nexo.response(asked.header.answered(), success)
        adyen.tell(Post(id, forged, Bend(form=Form.CLEAR)))
        await adyen.answered(id)
        await adyen.watch(QUIET, "what comes of it")

    judge(adyen_meaning.has_no_effect, ids=[id], quiet=QUIET)


@case(ADY_115, when=(SALE_WAKE_UP,))
async def test_an_envelope_that_comes_again_acts_once(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A reference is typed; somebody who has recorded the envelope posts the same bytes once more, after the payment.
    It is paid once."""
    await _ready(backend, adyen, campaign)
    first = await adyen.happened("SaleWakeUp", details=campaign.ixit.wake_up_reference)
    await adyen.watch(3 * QUIET, "the payment")
    replayed = adyen.id()
    adyen.tell(Again(replayed, first, verbatim=True))
    await adyen.answered(replayed)
    await adyen.watch(3 * QUIET, "what comes of it")

    judge(adyen_meaning.acts_once, poi_id=campaign.ixit.terminals[0], ids=[first, replayed])
