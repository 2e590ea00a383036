"""How the door of a webhook is judged, and its envelopes, a few lines a trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import adyen_delivery as checks
from harness.checks import adyen_encryption as encryption
from harness.evidence.bench import Exited
from harness.evidence.verdict import Verdict
from harness.wire import nexo
from harness.wire.adyen import Acknowledged, Heard, Knocked, Login
from harness.wire.nexo import MessageHeader, PaymentRequest
from tests.checks.adyen_traces import AT, ONE, event, posted, power, pressed, result, sent, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
EVENT = event("Initialised")


def verdict(check, *entries, **limits):
    return check(trace(*entries), **limits).verdict


def put(at, id, *, status=200, after=0.5, text="[accepted]", kind="text/plain", **about):
    """A message to the webhook with its answer; `about`: what is to be said of the message."""
    (when, source, line, body), _ = sent(at, id, EVENT)
    answer = Acknowledged(id, 1, status, text, kind, after)
    return (when, source, line, replace(body, **about)), (at + after, source, line, answer)


EMPTY = [
    (checks.takes_messages, {}),
    (checks.takes_them_there, {}),
    (checks.acknowledges, {"within": 10.0, "target": 2.0}),
    (checks.turns_away_strangers, {"statuses": [401, 403]}),
    (checks.is_on_a_listed_port, {"ports": [443]}),
    (checks.speaks, {"manner": "TLS 1.2"}),
    (checks.turns_away, {"manner": "TLS 1.0"}),
    (checks.brings_credentials, {}),
    (checks.seals_as_configured, {"encrypted": True}),
    (checks.sends_events, {"within": 30.0}),
    (encryption.opens_envelopes, {}),
    (encryption.refuses_alike, {"ids": [1, 2]}),
]


@pytest.mark.parametrize(("check", "limits"), EMPTY)
def test_where_nothing_was_sent_nothing_is_decided(check, limits):
    assert verdict(check, **limits) is INCONC


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (put(1.0, 1), PASS),
        (put(1.0, 1, status=204), PASS),
        (put(1.0, 1, status=500), FAIL),
        (put(1.0, 1, status=302), FAIL),
        (sent(1.0, 1, EVENT, status=0), FAIL),
        (put(1.0, 1, status=500, bent="HMAC changed"), INCONC),
        (put(1.0, 1, status=401, login=Login.WRONG), INCONC),
        (posted(1.0, 1, EVENT), INCONC),
    ],
)
def test_genuine_messages_are_taken(entry, expected):
    assert verdict(checks.takes_messages, entry) is expected


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, PASS),
        ({"status": 500}, PASS),
        ({"status": 302}, FAIL),
        ({"status": 404}, FAIL),
        ({"kind": "text/html; charset=utf-8"}, PASS),
        ({"text": "<!DOCTYPE html><title>Log in"}, FAIL),
    ],
)
def test_they_are_taken_on_the_very_url(about, expected):
    assert verdict(checks.takes_them_there, put(1.0, 1, **about)) is expected


@pytest.mark.parametrize(
    ("about", "mode", "expected"),
    [
        ({}, "any 2xx", PASS),
        ({"after": 15.0}, "any 2xx", FAIL),
        ({"status": 503}, "any 2xx", FAIL),
        ({"text": "fine"}, "any 2xx", PASS),
        ({"text": "fine"}, "[accepted]", FAIL),
        ({"text": '"[accepted]"'}, "[accepted]", PASS),
    ],
)
def test_they_are_acknowledged_in_time(about, mode, expected):
    assert verdict(checks.acknowledges, put(1.0, 1, **about), within=10.0, target=2.0, mode=mode) is expected


def test_a_slow_acknowledgement_is_a_warning():
    found = checks.acknowledges(trace(put(1.0, 1), put(2.0, 2, after=4.0)), within=10.0, target=2.0)

    assert (found.verdict, found.warning) == (PASS, True)
    assert "4.0 s" in found.actual


def stranger(at, id, login, status):
    return put(at, id, status=status, login=login, bent="credentials")


@pytest.mark.parametrize(
    ("wrong", "absent", "expected"),
    [(401, 401, PASS), (403, 401, PASS), (200, 401, FAIL), (401, 200, FAIL), (401, 500, FAIL)],
)
def test_strangers_are_refused(wrong, absent, expected):
    entries = stranger(1.0, 1, Login.WRONG, wrong), stranger(2.0, 2, Login.ABSENT, absent)
    assert verdict(checks.turns_away_strangers, *entries, statuses=[401, 403]) is expected


def test_one_stranger_is_not_enough_to_tell():
    assert verdict(checks.turns_away_strangers, stranger(1.0, 1, Login.WRONG, 401), statuses=[401]) is INCONC


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://pos.example/events", PASS), ("https://pos.example:8443/", PASS), ("https://pos.example:9000/", FAIL),
     ("http://pos.example/", FAIL)],
)  # fmt: skip
def test_the_port_is_one_of_the_list(url, expected):
    assert verdict(checks.is_on_a_listed_port, put(1.0, 1, url=url), ports=[443, 8443, 8843]) is expected


def knocked(manner, secured="", why="", heard=b""):
    return (1.0, manner, 1, Knocked(manner, secured, why, heard))


@pytest.mark.parametrize(
    ("knock", "expected"),
    [
        (knocked("TLS 1.2", secured="TLSv1.2"), PASS),
        (knocked("TLS 1.2", why="not secured: alert protocol version"), FAIL),
        (knocked("TLS 1.2", why="not secured: no protocols available"), INCONC),
        (knocked("TLS 1.2", why="refused"), INCONC),
    ],
)
def test_tls_is_spoken(knock, expected):
    assert verdict(checks.speaks, knock, manner="TLS 1.2") is expected


@pytest.mark.parametrize(
    ("knock", "expected"),
    [
        (knocked("TLS 1.0", why="not secured: alert protocol version"), PASS),
        (knocked("TLS 1.0", secured="TLSv1"), FAIL),
        (knocked("TLS 1.0", why="not secured: no protocols available"), INCONC),
    ],
)
def test_old_tls_is_turned_away(knock, expected):
    assert verdict(checks.turns_away, knock, manner="TLS 1.0") is expected


@pytest.mark.parametrize(
    ("knock", "expected"),
    [
        (knocked("plain HTTP", why="the line was ended without a word"), PASS),
        (knocked("plain HTTP", heard=b"\x15\x03\x03\x00\x02\x02F"), PASS),
        (knocked("plain HTTP", heard=b"HTTP/1.1 301 Moved"), PASS),
        (knocked("plain HTTP", heard=b"HTTP/1.1 200 OK"), FAIL),
        (knocked("plain HTTP", why="refused"), INCONC),
    ],
)
def test_plain_http_is_turned_away(knock, expected):
    assert verdict(checks.turns_away, knock, manner="plain HTTP") is expected


def told(at, *, login=Login.RIGHT, sealed=False, faults=(), document=EVENT.document):
    return (at, "adyen", 1, Heard("POST", "/events", login, sealed, document, faults))


def test_a_sender_brings_credentials_and_seals_as_it_should():
    assert verdict(checks.brings_credentials, told(1.0)) is PASS
    assert verdict(checks.brings_credentials, told(1.0), told(2.0, login=Login.ABSENT)) is FAIL
    assert verdict(checks.seals_as_configured, told(1.0), encrypted=False) is PASS
    assert verdict(checks.seals_as_configured, told(1.0), encrypted=True) is FAIL
    assert verdict(checks.seals_as_configured, told(1.0, sealed=True), encrypted=True) is PASS
    unopened = told(1.0, sealed=True, document={}, faults=("wrong padding or HMAC",))
    assert verdict(checks.seals_as_configured, unopened, encrypted=True) is FAIL


def test_events_come_to_the_url_once_it_is_set():
    def judged(*entries, end=0.0):
        return checks.sends_events(trace(*entries, end=end), within=30.0).verdict

    assert judged(power(0.0), told(5.0)) is PASS
    assert judged(power(0.0), told(5.0, sealed=True, document={})) is PASS
    assert judged(power(0.0), told(45.0)) is FAIL
    assert judged(power(0.0), told(5.0, document={}), end=31.0) is FAIL
    assert judged(power(0.0), end=29.0) is INCONC
    assert judged(power(0.0), (1.0, "bench", 0, Exited(1, "")), end=60.0) is INCONC
    assert judged(told(5.0)) is INCONC


def test_responses_come_to_the_url_of_the_events():
    header = MessageHeader(sale_id="POS", poi_id=ONE, service_id="S1")
    request = nexo.request(header, PaymentRequest("R1", "12.40", "EUR", AT)).build().decode()
    put, limits = pressed(1.0, "request", text=request), {"request": request, "within": 100.0}
    faulty = told(2.0, document=result("R1").document, faults=("lacks Result",))

    assert verdict(checks.answers_here, put, told(2.0, document=result("R1").document), **limits) is PASS
    assert verdict(checks.answers_here, put, faulty, **limits) is FAIL
    assert checks.answers_here(trace(put, told(2.0), end=200.0), **limits).verdict is FAIL
    assert verdict(checks.answers_here, put, told(2.0, document=result("R1", "S2").document), **limits) is INCONC
    assert verdict(checks.answers_here, told(2.0, document=result("R1").document), **limits) is INCONC


# ---- Envelopes -------------------------------------------------------------------------------------------------------


def test_envelopes_are_opened():
    sealed = {"encrypted": True, "sealed": True}
    assert verdict(encryption.opens_envelopes, put(1.0, 1, **sealed)) is PASS
    assert verdict(encryption.opens_envelopes, put(1.0, 1, status=400, **sealed)) is FAIL
    assert verdict(encryption.opens_envelopes, put(1.0, 1, status=400, bent="HMAC changed", **sealed)) is INCONC
    assert verdict(encryption.opens_envelopes, put(1.0, 1)) is INCONC


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((400, "not accepted"), (400, "not accepted"), PASS),
        ((400, "bad padding"), (400, "bad HMAC"), FAIL),
        ((400, "no"), (401, "no"), FAIL),
        ((400, "no"), (200, "no"), FAIL),
    ],
)
def test_wrong_envelopes_are_refused_alike(first, second, expected):
    made = [put(at, id, status=status, text=text, bent=bent) for at, id, (status, text), bent in
            ((1.0, 1, first, "padding changed"), (2.0, 2, second, "HMAC changed"))]  # fmt: skip
    assert verdict(encryption.refuses_alike, *made, ids=[1, 2]) is expected


def test_one_wrong_envelope_is_not_enough_to_compare():
    assert verdict(encryption.refuses_alike, put(1.0, 1, status=400, bent="HMAC changed"), ids=[1]) is INCONC
