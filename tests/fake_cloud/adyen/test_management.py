"""The Management API: what is inherited, what a PATCH takes away, who may, and what no trace repeats."""

from __future__ import annotations

import pytest

from fake_cloud.adyen.configuration import DEFAULTS, Configuration, invalid_fields
from fake_cloud.adyen.instructions import Answer, Answering, Configure, Emit, Grant, Service
from fake_cloud.adyen.management import place_of
from fake_cloud.adyen.terms import Terms
from harness.wire.adyen import InForce, Login, SettingsCall, SettingsReply
from harness.wire.endpoint import Told
from tests.fake_cloud.adyen.shop import KEY, LANE, MERCHANT, nexo_settings, shop

COMPANY = ("company", "HarnessCompany")
STORE = ("store", "ST0001")
TERMINAL = ("terminal", LANE)
PATHS = {
    COMPANY: "/v3/companies/HarnessCompany/terminalSettings",
    MERCHANT: "/v3/merchants/HarnessMerchant/terminalSettings",
    STORE: "/v3/stores/ST0001/terminalSettings",
    TERMINAL: f"/v3/terminals/{LANE}/terminalSettings",
}


def urls(*names):
    return {"eventUrls": {"eventPublicUrls": [{"url": f"https://{name}.example"} for name in names]}}


def event_urls(settings):
    entries = settings["nexo"]["eventUrls"]
    return [entry["url"] for entry in (*entries["eventLocalUrls"], *entries["eventPublicUrls"])]


async def bare():
    """A shop in which nothing is set."""
    return await shop(settings={})


@pytest.mark.parametrize(("place", "path"), PATHS.items())
async def test_every_level_is_read_and_changed(place, path):
    made = await bare()

    status, before = await made.asks("management", "GET", path)
    assert (status, before) == (200, DEFAULTS)
    status, after = await made.asks("management", "PATCH", path, {"nexo": urls("shop")})
    assert status == 200
    assert event_urls(after) == ["https://shop.example"]
    assert (await made.asks("management", "GET", path))[1] == after
    assert [(call.level, call.id) for call in made.noted(SettingsCall)] == [place] * 3


def test_a_store_is_found_by_its_reference_too():
    assert place_of("/v3/merchants/HarnessMerchant/stores/ST0001/terminalSettings") == STORE
    assert place_of("/v3/merchants/HarnessMerchant") == ("", "")


async def test_what_is_set_above_holds_below_until_it_is_set_there():
    made = await bare()
    await made.asks("management", "PATCH", PATHS[MERCHANT], {"nexo": urls("merchant")})

    assert event_urls((await made.asks("management", "GET", PATHS[TERMINAL]))[1]) == ["https://merchant.example"]
    await made.asks("management", "PATCH", PATHS[STORE], {"nexo": urls("store")})
    assert event_urls((await made.asks("management", "GET", PATHS[TERMINAL]))[1]) == ["https://store.example"]
    assert event_urls((await made.asks("management", "GET", PATHS[COMPANY]))[1]) == []


async def test_a_member_left_out_falls_back_to_what_is_inherited():
    made = await bare()
    display = {"displayUrls": {"localUrls": [{"url": "http://10.0.0.1"}]}}
    await made.asks("management", "PATCH", PATHS[MERCHANT], {"nexo": {**urls("one"), **display, "encryptionKey": KEY}})

    _, after = await made.asks("management", "PATCH", PATHS[MERCHANT], {"nexo": urls("two")})

    assert event_urls(after) == ["https://two.example"]
    assert after["nexo"]["displayUrls"] == DEFAULTS["nexo"]["displayUrls"]
    assert after["nexo"]["encryptionKey"] == {}


async def test_an_object_not_sent_stays():
    made = await bare()
    await made.asks("management", "PATCH", PATHS[MERCHANT], {"receiptOptions": {"promptBeforePrinting": True}})

    _, after = await made.asks("management", "PATCH", PATHS[MERCHANT], {"nexo": urls("two")})

    assert after["receiptOptions"] == {"promptBeforePrinting": True, "qrCodeData": ""}


async def test_an_empty_list_removes_and_an_empty_object_inherits():
    made = await bare()
    await made.asks("management", "PATCH", PATHS[MERCHANT], {"nexo": urls("merchant")})
    await made.asks("management", "PATCH", PATHS[STORE], {"nexo": urls("store")})

    assert event_urls((await made.asks("management", "PATCH", PATHS[STORE], {"nexo": urls()}))[1]) == []
    assert event_urls((await made.asks("management", "PATCH", PATHS[STORE], {"nexo": {}}))[1]) == [
        "https://merchant.example"
    ]


async def test_events_go_where_the_settings_of_their_terminal_say():
    made = await shop()
    await made.asks("management", "PATCH", PATHS[TERMINAL], nexo_settings("http://127.0.0.1:8080/lane"))

    await made.told(Emit(1, LANE, "Shutdown"), Emit(2, "S1F2-000158700000001", "Shutdown"))

    assert [request.target for _, request in made.hook.requests] == ["/lane", "/events"]


# ---- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "method", "status"),
    [
        (Grant(read=False, write=False), "GET", 403),
        (Grant(read=True, write=False), "GET", 200),
        (Grant(read=True, write=False), "PATCH", 403),
        (Grant(read=False, write=True), "PATCH", 200),
    ],
)
async def test_roles_are_wanted(roles, method, status):
    made = await bare()
    made.host.feed("adyen", Told("case", roles))

    assert (await made.asks("management", method, PATHS[MERCHANT], {"nexo": {}} if method == "PATCH" else None))[
        0
    ] == status


@pytest.mark.parametrize(("key", "login"), [("", Login.ABSENT), ("AQE-other", Login.WRONG)])
async def test_the_api_key_is_wanted(key, login):
    made = await bare()

    assert (await made.asks("management", "GET", PATHS[MERCHANT], X_API_Key=key))[0] == 401
    assert made.noted(SettingsCall)[0].login is login


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v3/merchants/Other/terminalSettings", None, 404),
        ("GET", "/", None, 404),
        ("PUT", PATHS[MERCHANT], {}, 405),
        ("PATCH", PATHS[MERCHANT], b"{", 400),
        ("PATCH", PATHS[MERCHANT], {"nexo": {"eventUrls": {"eventLocalUrls": [{"encrypted": "true"}]}}}, 422),
        ("PATCH", PATHS[MERCHANT], {"nexo": {"eventUrls": {"eventLocalUrls": {"url": "x"}}}}, 422),
        ("PATCH", PATHS[MERCHANT], {"nexo": {"eventLocalUrls": [{"url": "x"}]}}, 422),
        ("PATCH", PATHS[MERCHANT], {"nexo": {"eventUrls": {"publicUrls": []}}}, 422),
        ("PATCH", PATHS[MERCHANT], {"nexo": {"encryptionKey": {"passphrase": "short"}}}, 422),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_refused_and_changes_nothing(method, path, body, status):
    made = await bare()

    assert (await made.asks("management", method, path, body))[0] == status
    assert (await made.asks("management", "GET", PATHS[MERCHANT]))[1] == DEFAULTS


def test_invalid_fields_are_told_by_their_places_without_values():
    found = invalid_fields({"nexo": {"eventUrls": {"eventLocalUrls": [{"encrypted": 1, "password": 12345}]}}})

    assert found == [
        ("nexo.eventUrls.eventLocalUrls.0", "breaks required"),
        ("nexo.eventUrls.eventLocalUrls.0.encrypted", "breaks type"),
        ("nexo.eventUrls.eventLocalUrls.0.password", "breaks type"),
    ]


async def test_no_value_of_the_trace_holds_a_secret():
    made = await bare()
    await made.asks("management", "PATCH", PATHS[MERCHANT], nexo_settings(password="Harness-Hook-1!"))  # noqa: S106 — ours
    await made.told(Configure(STORE, nexo_settings()))

    told = str(made.noted(SettingsCall, SettingsReply, InForce))
    assert "events" in told
    assert KEY["passphrase"] not in told
    assert "Harness-Hook-1!" not in told


async def test_an_answer_can_be_bent_and_the_trace_says_what_was_sent():
    made = await bare()
    bent = Answer(Service.MANAGEMENT, Answering(status=500, body=b"[]", after=3.0), times=1)
    made.host.feed("adyen", Told("case", bent))

    assert (await made.asks("management", "GET", PATHS[MERCHANT]))[0] == 500
    assert (await made.asks("management", "GET", PATHS[MERCHANT]))[0] == 200
    assert made.noted(SettingsReply)[0] == SettingsReply(500, {})


def test_a_terminal_nobody_knows_has_the_settings_of_the_merchant():
    terms = Terms(settings={MERCHANT: nexo_settings()})

    assert len(list(Configuration(terms).event_urls("P400Plus-1"))) == 1
