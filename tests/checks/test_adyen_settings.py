"""How the setting up of event URLs is judged, a few lines a trace."""

from __future__ import annotations

import pytest

from harness.checks import adyen_settings as checks
from harness.evidence.verdict import Verdict
from harness.wire.adyen import DeviceCall, InForce, Login, SettingsCall
from tests.checks.adyen_traces import trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
URL, OTHERS = "https://127.0.0.1:8443/events", "https://elsewhere.example/events"
ENTRY = {"url": URL, "encrypted": False, "username": "events", "password": "¤¤¤"}


def nexo(*local, public=(), **more):
    """Settings with these entries in the local list, and those in the public one."""
    lists = {"eventLocalUrls": list(local)} if local else {}
    return {"nexo": {"eventUrls": {**lists, **({"eventPublicUrls": list(public)} if public else {})}, **more}}


def called(at, method, body=None, level="merchant", login=Login.RIGHT):
    path = f"/v3/{level}s/M/terminalSettings"
    return (at, "adyen", int(at), SettingsCall(method, path, level, "M", login, body or {}))


def patched(at, body, after=None, level="merchant"):
    """A PATCH, and what holds afterwards: what was sent, unless it is said."""
    return called(at, "PATCH", body, level), (at, "adyen", int(at), InForce(level, "M", after or body))


def holds(at, settings, level="merchant"):
    """Somebody else has set this."""
    return (at, "adyen", 0, InForce(level, "M", settings))


def verdict(check, *entries, **limits):
    return check(trace(*entries), **limits).verdict


EMPTY = [
    (checks.brings_its_key, {}),
    (checks.looks_first, {}),
    (checks.changes_by_patch, {}),
    (checks.knows_what_is_inherited, {}),
    (checks.lists_are_nested, {}),
    (checks.lists_have_entries, {}),
    (checks.entries_have_types, {}),
    (checks.urls_have_form, {}),
    (checks.lists_fit_addresses, {}),
    (checks.live_urls_are_https, {}),
    (checks.keeps_the_rest, {}),
    (checks.keeps_others_urls, {"others": [OTHERS]}),
    (checks.sets_url, {"url": URL, "level": "merchant", "encrypted": False}),
    (checks.is_set_up_first, {}),
]


@pytest.mark.parametrize(("check", "limits"), EMPTY)
def test_where_nothing_was_called_nothing_is_decided(check, limits):
    assert verdict(check, **limits) is INCONC


def test_the_api_key_is_wanted_on_every_call():
    assert verdict(checks.brings_its_key, called(1.0, "GET")) is PASS
    assert verdict(checks.brings_its_key, called(1.0, "GET"), called(2.0, "PATCH", login=Login.ABSENT)) is FAIL


def test_a_look_comes_before_a_change():
    change = patched(2.0, nexo(ENTRY))
    assert verdict(checks.looks_first, called(1.0, "GET"), change) is PASS
    assert verdict(checks.looks_first, change, called(3.0, "GET")) is FAIL
    assert verdict(checks.looks_first, called(1.0, "GET", level="company"), change) is FAIL


@pytest.mark.parametrize(
    ("method", "level", "expected"), [("PATCH", "store", PASS), ("PUT", "store", FAIL), ("PATCH", "", FAIL)]
)
def test_changes_are_patches_at_a_level(method, level, expected):
    assert verdict(checks.changes_by_patch, called(1.0, method, nexo(ENTRY), level)) is expected


@pytest.mark.parametrize(
    ("looked", "level", "expected"),
    [
        ("company", "merchant", PASS),
        ("merchant", "merchant", FAIL),
        ("merchant", "store", PASS),
        ("company", "store", FAIL),
    ],
)
def test_before_a_removal_the_next_higher_level_is_read(looked, level, expected):
    there = holds(0.0, nexo(ENTRY), level)
    gone = patched(3.0, nexo(public=[{"url": OTHERS}]), level=level)
    assert verdict(checks.knows_what_is_inherited, there, called(1.0, "GET", level=looked), gone) is expected


def test_what_is_no_removal_is_not_judged_as_one():
    assert verdict(checks.knows_what_is_inherited, holds(0.0, nexo(ENTRY)), patched(1.0, nexo(ENTRY))) is INCONC
    assert verdict(checks.knows_what_is_inherited, patched(1.0, nexo(ENTRY))) is INCONC
    inherited = patched(1.0, nexo(ENTRY), nexo(ENTRY, public=[{"url": OTHERS}]))
    assert verdict(checks.knows_what_is_inherited, holds(0.0, nexo(public=[{"url": OTHERS}])), inherited) is INCONC
    only_receipts = patched(1.0, {"receiptOptions": {}}, nexo(ENTRY))
    assert verdict(checks.knows_what_is_inherited, holds(0.0, nexo(ENTRY)), only_receipts) is INCONC


@pytest.mark.parametrize(
    ("check", "body", "expected"),
    [
        (checks.lists_are_nested, nexo(ENTRY), PASS),
        (checks.lists_are_nested, {"nexo": {"eventLocalUrls": [ENTRY]}}, FAIL),
        (checks.lists_are_nested, {"eventLocalUrls": [ENTRY]}, FAIL),
        (checks.lists_are_nested, {"nexo": {"eventUrls": {"localUrls": [ENTRY]}}}, FAIL),
        (checks.lists_have_entries, nexo(ENTRY), PASS),
        (checks.lists_have_entries, {"nexo": {"eventUrls": {"eventLocalUrls": [ENTRY], "eventPublicUrls": []}}}, PASS),
        (checks.lists_have_entries, {"nexo": {"eventUrls": {"eventLocalUrls": []}}}, FAIL),
        (checks.lists_have_entries, {"nexo": {"eventUrls": {"eventLocalUrls": ENTRY}}}, FAIL),
        (checks.entries_have_types, nexo(ENTRY), PASS),
        (checks.entries_have_types, nexo({**ENTRY, "encrypted": "false"}), FAIL),
        (checks.entries_have_types, nexo({**ENTRY, "password": 0}), FAIL),
        (checks.entries_have_types, nexo({**ENTRY, "username": None}), FAIL),
        (checks.urls_have_form, nexo(ENTRY), PASS),
        (checks.urls_have_form, nexo({**ENTRY, "url": "pos.example/events"}), FAIL),
        (checks.urls_have_form, nexo({"encrypted": False}), FAIL),
        (checks.lists_fit_addresses, nexo(ENTRY), PASS),
        (checks.lists_fit_addresses, nexo({"url": "http://10.1.2.3"}, {"url": "http://till.local"}), PASS),
        (checks.lists_fit_addresses, nexo({"url": "http://till/"}, {"url": "http://[fe80::1]:8080/"}), PASS),
        (checks.lists_fit_addresses, nexo(public=[{"url": OTHERS}, {"url": "http://203.0.113.9"}]), PASS),
        (checks.lists_fit_addresses, nexo(public=[ENTRY]), FAIL),
        (checks.lists_fit_addresses, nexo({"url": "http://203.0.113.9"}), FAIL),
        (checks.lists_fit_addresses, nexo(public=[{"url": "http://till.local"}]), FAIL),
        (checks.lists_fit_addresses, nexo({"encrypted": False}), INCONC),
        (checks.live_urls_are_https, nexo(ENTRY), PASS),
        (checks.live_urls_are_https, nexo({**ENTRY, "url": "http://127.0.0.1:8080"}), FAIL),
    ],
)
def test_the_body_of_a_patch(check, body, expected):
    assert verdict(check, patched(1.0, body)) is expected


@pytest.mark.parametrize(
    ("names", "body", "expected", "warning"),
    [
        ("accept", nexo({"url": OTHERS}), PASS, False),
        ("warn", nexo({"url": OTHERS}), PASS, True),
        ("refuse", nexo({"url": OTHERS}), FAIL, False),
        ("accept", nexo({"url": "http://203.0.113.9"}), FAIL, False),
        ("warn", nexo({"url": OTHERS}, {"url": "http://203.0.113.9"}), FAIL, False),
        ("refuse", nexo({"url": "http://till.local"}), PASS, False),
    ],
)
def test_a_host_name_in_the_local_list_is_taken_as_the_profile_says(names, body, expected, warning):
    finding = checks.lists_fit_addresses(trace(patched(1.0, body)), names=names)
    assert (finding.verdict, finding.warning) == (expected, warning)


def test_lists_directly_in_nexo_are_taken_where_the_profile_says_so():
    beside = patched(1.0, {"nexo": {"eventLocalUrls": [ENTRY]}})
    assert verdict(checks.lists_are_nested, beside, either=True) is PASS


def test_an_empty_list_takes_away_what_was_there():
    removal = patched(1.0, {"nexo": {"eventUrls": {"eventLocalUrls": []}}})
    assert verdict(checks.lists_have_entries, holds(0.0, nexo(ENTRY)), removal) is PASS


BEFORE = {
    **nexo(public=[{"url": OTHERS}], displayUrls={"localUrls": [1]}, encryptionKey={"identifier": "k"}),
    "standalone": 1,
}


@pytest.mark.parametrize(
    ("after", "sent", "expected"),
    [
        ({}, {}, PASS),
        ({"displayUrls": {"localUrls": []}}, {}, FAIL),
        ({"encryptionKey": {}}, {}, FAIL),
        ({"encryptionKey": {"identifier": "ours"}}, {"encryptionKey": {"identifier": "ours"}}, PASS),
    ],
)
def test_what_a_patch_was_not_for_stays(after, sent, expected):
    now = {**BEFORE, "nexo": {**BEFORE["nexo"], "eventUrls": nexo(ENTRY)["nexo"]["eventUrls"], **after}}
    assert verdict(checks.keeps_the_rest, holds(0.0, BEFORE), patched(1.0, nexo(ENTRY, **sent), now)) is expected


def test_settings_beside_nexo_stay_too():
    changed = patched(1.0, nexo(ENTRY), {**BEFORE, "standalone": 2})
    assert verdict(checks.keeps_the_rest, holds(0.0, BEFORE), changed) is FAIL


def test_the_urls_of_others_stay():
    kept, lost = nexo(ENTRY, public=[{"url": OTHERS}]), nexo(ENTRY)
    assert verdict(checks.keeps_others_urls, holds(0.0, BEFORE), patched(1.0, kept), others=[OTHERS]) is PASS
    assert verdict(checks.keeps_others_urls, holds(0.0, BEFORE), patched(1.0, lost), others=[OTHERS]) is FAIL
    refused = called(1.0, "PATCH", lost)
    assert verdict(checks.keeps_others_urls, holds(0.0, BEFORE), refused, others=[OTHERS]) is INCONC


@pytest.mark.parametrize(
    ("entry", "level", "expected"),
    [
        (ENTRY, "merchant", PASS),
        (ENTRY, "store", FAIL),
        ({**ENTRY, "url": OTHERS}, "merchant", FAIL),
        ({**ENTRY, "encrypted": True}, "merchant", FAIL),
        ({**ENTRY, "username": "other"}, "merchant", FAIL),
        ({"url": URL, "username": "events"}, "merchant", FAIL),
    ],
)
def test_a_url_holds_as_it_was_wanted(entry, level, expected):
    limits = {"url": URL, "level": "merchant", "encrypted": False, "username": "events"}
    assert verdict(checks.sets_url, patched(1.0, nexo(entry), level=level), **limits) is expected


def test_a_request_waits_for_the_event_url():
    asked = (2.0, "adyen", 9, DeviceCall("async", "M", "V400m-1", Login.RIGHT, False, {}))
    assert verdict(checks.is_set_up_first, patched(1.0, nexo(ENTRY)), asked) is PASS
    assert verdict(checks.is_set_up_first, asked, patched(3.0, nexo(ENTRY))) is FAIL
    assert verdict(checks.is_set_up_first, asked) is FAIL
    assert verdict(checks.is_set_up_first, asked, by_hand=True) is PASS
