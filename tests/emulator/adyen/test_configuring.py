"""How a backend makes its webhook known, and takes it away again."""

from __future__ import annotations

import pytest

from emulator.adyen.configuring import is_local
from fake_cloud.adyen.instructions import Configure, Grant
from fake_cloud.adyen.terms import Terms
from harness.wire.adyen import InForce, SettingsCall
from tests.emulator.adyen.shop import ONE, SEALED, backend

MERCHANT = ("merchant", "HarnessMerchant")
DISPLAY = {"displayUrls": {"localUrls": [{"url": "http://10.0.0.9", "encrypted": False}], "publicUrls": []}}


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://10.0.0.5:8080/events", True),
        ("https://192.168.1.4/x", True),
        ("http://127.0.0.1:8080/events", True),
        ("http://[fd00::1]/", True),
        ("http://till/events", True),
        ("http://till.local/events", True),
        ("https://203.0.113.7/events", False),
        ("https://pos.example.com/events", False),
        ("https://[2001:db8::1]/", False),
    ],
)
def test_what_is_on_the_lan(url: str, local: bool) -> None:
    assert is_local(url) is local


async def test_at_the_start_the_whole_nexo_is_written_back_with_our_url() -> None:
    shop = await backend(terms=Terms(settings={MERCHANT: {"nexo": DISPLAY}})).open()
    assert [call.method for call in shop.heard(SettingsCall)] == ["GET", "PATCH"]
    (patch,) = shop.patches
    assert not patch.faults
    assert (patch.level, patch.id) == MERCHANT
    nexo = patch.body["nexo"]
    (entry,) = nexo["eventUrls"]["eventLocalUrls"]
    assert (entry["url"], entry["encrypted"], entry["username"]) == ("http://127.0.0.1:8080/events", False, "events")
    assert "eventPublicUrls" not in nexo["eventUrls"]
    assert nexo["displayUrls"]["localUrls"][0]["url"] == "http://10.0.0.9"
    assert shop.screens == ["events are set up"]


async def test_with_encryption_the_key_is_made_known_too() -> None:
    shop = await backend(**SEALED).open()
    assert shop.patches[0].body["nexo"]["encryptionKey"]["identifier"] == "harness-key"


async def test_who_is_set_up_already_asks_for_nothing() -> None:
    disk: dict[str, str] = {}
    await backend(storage=disk).open()
    shop = await backend(storage=disk).open()
    assert shop.heard(SettingsCall) == []


@pytest.mark.parametrize("level", ["company", "merchant", "store", "terminal"])
async def test_each_level_can_be_configured(level: str) -> None:
    shop = await backend().open()
    await shop.press("configure", level=level, url="https://pos.example.com/events")
    patch = shop.patches[-1]
    assert patch.level == level
    assert [entry["url"] for entry in patch.body["nexo"]["eventUrls"]["eventPublicUrls"]] == [
        "https://pos.example.com/events"
    ]
    assert not patch.faults


async def test_the_level_above_is_looked_at_before_a_url_is_removed() -> None:
    shop = await backend(level="terminal").open()
    above = {"eventUrls": {"eventPublicUrls": [{"url": "https://elsewhere.example.com", "encrypted": False}]}}
    await shop.tell(Configure(MERCHANT, {"nexo": above}))
    before = len(shop.heard(SettingsCall))
    await shop.press("remove", level="terminal")
    calls = shop.heard(SettingsCall)[before:]
    assert [(call.method, call.level) for call in calls] == [
        ("GET", "store"),
        ("GET", "terminal"),
        ("PATCH", "terminal"),
    ]
    assert "https://elsewhere.example.com" in shop.screens[-1]


async def test_after_a_removal_nothing_of_ours_is_in_force() -> None:
    shop = await backend().open()
    await shop.press("remove")
    assert "127.0.0.1" not in str(shop.heard(InForce)[-1].settings)
    assert shop.screens[-1] == "events are not set up"


async def test_without_a_way_for_results_no_sale_is_placed() -> None:
    shop = backend()
    await shop.open()
    await shop.press("remove")
    await shop.tell(Grant(read=False, write=False))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    assert shop.asked == []
    assert shop.book == {"A": ("cancelled", "")}
    assert "the credential lacks the role" in shop.screens[-1]


async def test_a_sale_has_the_webhook_set_up_first() -> None:
    shop = await backend().open()
    await shop.press("remove")
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    assert shop.book == {"A": ("paid", "1.00")}


async def test_live_wants_https() -> None:
    shop = await backend(live=True).open()
    assert shop.patches == []
    assert shop.screens == ["events are not set up: a live event URL must be https"]


async def test_there_are_four_levels() -> None:
    shop = await backend().open()
    await shop.press("configure", level="planet")
    await shop.press("remove", level="planet")
    assert len(shop.patches) == 1
    assert shop.screens[-1] == "there is no level 'planet'"
