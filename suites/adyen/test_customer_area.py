"""B. Set-up in the Customer Area: what is set for a URL, and that its credentials are asked for."""

from __future__ import annotations

from catalogue.adyen import (
    ADY_020,
    ADY_021,
    ADY_022,
    ADY_023,
    ADY_024,
    ADY_025,
    ADY_026,
    ADY_027,
    ADY_028,
    ADY_029,
    ADY_110,
    CONFIGURES,
    EMITS,
)
from fake_cloud.adyen.instructions import Bend
from fixtures.adyen import AdyenCampaign, AdyenSide
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.operator import OperatorSide
from fixtures.program import Program
from harness.checks import adyen_delivery, adyen_meaning, adyen_settings, asked
from harness.rig.bench import Means
from harness.wire.adyen import Heard, InForce, Login
from harness.wire.nexo import SaleToPOIRequest
from suites.adyen.questions import SET_BY_HAND

PUBLIC = "https://pos.merchant.example:8443/events"
"""A URL on a public network."""


@case(ADY_020, ADY_021, ADY_022, needs=(Means.OPERATOR,))
async def test_somebody_has_set_the_url_by_hand(operator: OperatorSide, campaign: AdyenCampaign, judge: Judge) -> None:
    """Somebody looks at the terminal settings in the Customer Area: level, view and entries are those that are
    wanted."""
    known = {"level": campaign.ixit.level, "url": campaign.ixit.url}
    for line in SET_BY_HAND:
        await operator.asked(line.of, line.look_for.format(**known), line.question.format(**known))
        judge(asked.confirmed, of=line.of, requirement=line.of.id)


@case(ADY_023, ADY_027, ADY_028, when=(CONFIGURES,))
async def test_the_url_is_saved_as_it_was_wanted(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The backend starts with a URL that is not encrypted: what holds afterwards is its URL, in clear, with the
    credentials of its server."""
    ixit = campaign.ixit
    await backend.power_on()
    await adyen.configured()

    username = ixit.username if campaign.ics.credentials else ""
    judge(adyen_settings.sets_url, url=ixit.url, level=ixit.level, encrypted=False, username=username)


@case(ADY_026, needs=(Means.KEYS,))
async def test_a_public_url_is_set_as_public(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """After its own URL the backend sets one on a public network; each is in the list for its kind."""
    await backend.power_on()
    await adyen.configured()
    adyen.mark()
    await backend.press("configure", level=campaign.ixit.level, url=PUBLIC)
    await adyen.heard(InForce, within=30.0)

    judge(adyen_settings.lists_fit_addresses, names=campaign.profile.config.local_names)


@case(ADY_025)
async def test_strangers_are_turned_away(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A reference is typed, says somebody with a wrong password, and somebody with none; both are refused and nothing
    comes of it. The same with the right credentials is taken."""
    await backend.power_on()
    await adyen.configured()
    details = campaign.ixit.wake_up_reference
    strangers = [
        adyen.emit("SaleWakeUp", details=details, bend=Bend(login=login)) for login in (Login.WRONG, Login.ABSENT)
    ]
    await adyen.answered(*strangers)
    await adyen.watch(QUIET, "what comes of it")
    known = await adyen.happened("Initialised")

    judge(adyen_delivery.turns_away_strangers, statuses=list(campaign.profile.auth.refusal))
    judge(adyen_meaning.has_no_effect, ids=strangers, quiet=QUIET)
    judge(adyen_delivery.takes_messages, ids=[known])


MORE = 1.0
"""Seconds beyond a limit, so that there is no doubt that it has passed."""

QUIET = 5.0
"""Seconds in which something would have come of a message."""


@case(ADY_024, ADY_027, ADY_029, ADY_110, when=(EMITS,))
async def test_events_come_to_the_url_as_it_was_set(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A terminal is started whose URL has credentials and wants no encryption; its events come with them, in clear."""
    await terminal.power_on()
    await _an_event(adyen, campaign)
    judge(adyen_delivery.sends_events, of=ADY_029, within=campaign.ixit.boot_within * campaign.time_scale)
    judge(adyen_delivery.brings_credentials, of=ADY_024)
    judge(adyen_delivery.seals_as_configured, of=(ADY_027, ADY_110), encrypted=False)


@case(ADY_027, ADY_110, when=(EMITS,))
async def test_events_come_sealed_to_an_encrypted_url(
    adyen: AdyenSide, terminal: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """A terminal is started whose URL wants encryption; its events come in envelopes that open."""
    terminal.provision(encrypted="true")
    await terminal.power_on()
    await _an_event(adyen, campaign)

    judge(adyen_delivery.seals_as_configured, encrypted=True)


async def _an_event(adyen: AdyenSide, campaign: AdyenCampaign) -> None:
    within = campaign.ixit.boot_within * campaign.time_scale

    def is_event(heard: Heard) -> bool:
        return isinstance(heard.message, SaleToPOIRequest) or heard.sealed

    if await adyen.heard(Heard, within=within, where=is_event) is None:
        await adyen.watch(MORE, "no event for longer than a start takes")
