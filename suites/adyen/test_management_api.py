"""C. Set-up by Management API: with which calls a backend sets its event URL, and what it leaves as it was."""

from __future__ import annotations

from catalogue.adyen import (
    ADY_040,
    ADY_041,
    ADY_042,
    ADY_043,
    ADY_044,
    ADY_045,
    ADY_046,
    ADY_047,
    ADY_048,
    ADY_049,
    ADY_050,
    ADY_051,
)
from fake_cloud.adyen.instructions import Configure
from fixtures.adyen import AdyenCampaign, AdyenSide
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.program import Program
from harness.checks import adyen_settings
from harness.rig.bench import Means
from harness.wire.adyen import LEVELS, InForce
from harness.wire.nexo import JsonObject

OTHERS = "https://elsewhere.example:8443/events"
"""An event URL that somebody else has set."""


def _set_already(campaign: AdyenCampaign) -> JsonObject:
    """What a merchant has had set before."""
    key = {"identifier": "key-of-the-shop", "passphrase": campaign.ixit.passphrase, "version": 3}
    return {
        "displayUrls": {"publicUrls": [{"url": "https://display.example:8443/shown", "encrypted": False}]},
        "encryptionKey": key,
        "eventUrls": {"eventPublicUrls": [{"url": OTHERS, "encrypted": False}]},
        "notification": {"category": "SaleWakeUp", "enabled": True, "showButton": True, "title": "Pay"},
    }


@case(ADY_040, ADY_041, ADY_043, ADY_044, ADY_045, ADY_046, ADY_047, ADY_048, ADY_051)
async def test_the_url_is_set_by_the_right_calls(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The backend starts where nothing is set, and sets its event URL; its calls bring the API key, look first, and are
    PATCHes whose bodies have the documented form, with nothing but https for live operation."""
    await backend.power_on()
    await adyen.configured()

    judge(adyen_settings.brings_its_key, of=ADY_040)
    judge(adyen_settings.looks_first, of=ADY_041)
    judge(adyen_settings.changes_by_patch, of=ADY_043)
    judge(adyen_settings.lists_are_nested, of=ADY_044, either=campaign.profile.config.nesting == "either")
    judge(adyen_settings.lists_have_entries, of=ADY_045)
    judge(adyen_settings.entries_have_types, of=ADY_046)
    judge(adyen_settings.urls_have_form, of=ADY_047)
    judge(adyen_settings.lists_fit_addresses, names=campaign.profile.config.local_names, of=ADY_048)
    if campaign.ics.live:
        judge(adyen_settings.live_urls_are_https, of=ADY_051)


@case(ADY_049, ADY_050)
async def test_what_others_have_set_stays(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """Display URLs, an encryption key and somebody else's event URL are set already; the backend adds its own URL, and
    all of it still holds."""
    adyen.tell(
        Configure(
            campaign.ixit.place, {"nexo": _set_already(campaign), "receiptOptions": {"promptBeforePrinting": True}}
        )
    )
    await backend.power_on()
    await adyen.heard(InForce, within=campaign.ixit.boot_within * campaign.time_scale, line="new")

    judge(adyen_settings.keeps_the_rest)
    judge(adyen_settings.keeps_others_urls, others=[OTHERS])


@case(ADY_042, ADY_043, needs=(Means.KEYS,))
async def test_before_a_url_is_taken_away_the_level_above_is_looked_at(
    adyen: AdyenSide, backend: Program, campaign: AdyenCampaign, judge: Judge
) -> None:
    """The company has an event URL of its own; the backend sets another at each level that inherits, and takes it away
    again: it has looked at the level above before."""
    adyen.tell(Configure(("company", campaign.ixit.company), {"nexo": _set_already(campaign)}))
    await backend.power_on()
    await adyen.heard(InForce, within=campaign.ixit.boot_within * campaign.time_scale, line="new")
    for level in LEVELS[1:]:
        for key in ("configure", "remove"):
            adyen.mark()
            await backend.press(key, level=level, url=f"{campaign.ixit.url}/{level}")
            await adyen.heard(InForce, within=30.0)

    judge(adyen_settings.changes_by_patch, of=ADY_043)
    judge(adyen_settings.knows_what_is_inherited, of=ADY_042)
