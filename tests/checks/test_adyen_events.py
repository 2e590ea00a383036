"""How events of a terminal are judged, a few lines a trace."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from harness.checks import adyen_events as checks
from harness.evidence.verdict import Verdict
from harness.wire import nexo
from harness.wire.nexo import EVENT_HEADER, EventNotification, SaleToPOIRequest
from tests.checks.adyen_traces import AT, ONE, event, heard, power, pressed, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
GOOD = event("Initialised")
HEADLESS = nexo.of(SaleToPOIRequest, {"SaleToPOIRequest": {"EventNotification": {}}})


def bent(header: dict[str, object] | None = None, **body: object) -> SaleToPOIRequest:
    """An event with some members changed; None takes one away."""
    content = GOOD.content
    parts = {"MessageHeader": {**content["MessageHeader"], **(header or {})},
             "EventNotification": {**content["EventNotification"], **body}}  # fmt: skip
    kept = {
        part: {name: value for name, value in members.items() if value is not None} for part, members in parts.items()
    }
    made = nexo.of(SaleToPOIRequest, {"SaleToPOIRequest": kept})
    assert isinstance(made, SaleToPOIRequest)
    return made


@pytest.mark.parametrize(
    ("check", "message", "verdict"),
    [
        (checks.events_are_notifications, GOOD, PASS),
        (checks.events_are_notifications, None, FAIL),
        (checks.events_are_notifications, HEADLESS, FAIL),
        (checks.event_headers_say_notification, GOOD, PASS),
        (checks.event_headers_say_notification, bent({"MessageType": "Request"}), FAIL),
        (checks.event_headers_say_notification, bent({"MessageCategory": "Admin"}), FAIL),
        (checks.event_headers_say_notification, bent({"ProtocolVersion": None}), FAIL),
        (checks.event_headers_name_their_parties, GOOD, PASS),
        (checks.event_headers_name_their_parties, bent({"DeviceID": 1517998561}), FAIL),
        (checks.event_headers_name_their_parties, bent({"DeviceID": "x1"}), FAIL),
        (checks.event_headers_name_their_parties, bent({"POIID": "V400m"}), FAIL),
        (checks.event_headers_name_their_parties, bent({"SaleID": None}), FAIL),
        (checks.events_are_dated, GOOD, PASS),
        (checks.events_are_dated, bent(TimeStamp="2030-01-02T03:04:05"), FAIL),
        (checks.events_are_dated, bent(TimeStamp="2030-01-02T03:04:05.000+01:00"), FAIL),
        (checks.events_are_dated, bent(EventDetails=None), FAIL),
        (checks.events_are_dated, bent(EventToNotify=7), FAIL),
        (checks.events_are_defined, GOOD, PASS),
        (checks.events_are_defined, bent(EventToNotify="KeyPressed"), PASS),
        (checks.events_are_defined, bent(EventToNotify="Initialized"), FAIL),
    ],
)
def test_how_an_event_is_written(check, message, verdict):
    assert check(trace(heard(1.0, message))).verdict is verdict
    assert check(trace(power(1.0))).verdict is INCONC


def test_the_poiid_is_the_terminals_own():
    assert checks.event_headers_name_their_parties(trace(heard(1.0, GOOD)), poi_id=ONE).verdict is PASS
    assert checks.event_headers_name_their_parties(trace(heard(1.0, GOOD)), poi_id="V400m-2").verdict is FAIL


def test_device_ids_differ_unless_the_very_same_is_sent_again():
    other = event("Shutdown", device_id="1000000002")
    same = event("Shutdown")
    assert checks.device_ids_are_unique(trace(heard(1.0, GOOD), heard(2.0, other))).verdict is PASS
    assert checks.device_ids_are_unique(trace(heard(1.0, GOOD), heard(2.0, GOOD), heard(3.0, other))).verdict is PASS
    assert checks.device_ids_are_unique(trace(heard(1.0, GOOD), heard(2.0, same))).verdict is FAIL
    assert checks.device_ids_are_unique(trace(heard(1.0, GOOD), heard(2.0, GOOD))).verdict is INCONC


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((power(0.0), heard(5.0, GOOD)), PASS),
        ((power(0.0), heard(50.0, GOOD)), FAIL),
        ((power(0.0), heard(5.0, event("Shutdown")), heard(40.0, event("Shutdown"))), FAIL),
        ((power(0.0), heard(5.0, event("Shutdown"))), INCONC),
        ((heard(5.0, GOOD),), INCONC),
        ((heard(1.0, GOOD), power(2.0), power(33.0, on=False)), FAIL),
    ],
)
def test_what_happens_is_told(entries, verdict):
    finding = checks.tells(trace(*entries), key=checks.POWER_ON, by="Initialised", within=30.0)
    assert finding.verdict is verdict, finding


def test_what_is_told_too_early_is_not_so():
    entries = trace(pressed(0.0, "maintenance"), heard(2.0, event("EndMaintenance")))
    finding = checks.tells(entries, key="maintenance", by="EndMaintenance", within=90.0, after=10.0)
    assert (finding.verdict, finding.actual) == (FAIL, "EndMaintenance after 2.0 s, while it still lasts")


def reject(details: str, raw: bytes) -> SaleToPOIRequest:
    header = replace(EVENT_HEADER, sale_id="POS", poi_id=ONE, device_id="1")
    return nexo.request(header, EventNotification("Reject", AT, details, b64encode(raw).decode()))


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        (reject("message=no+such+thing", b"{"), PASS),
        (reject("no such thing", b"{"), PASS),
        (reject("message=", b"{"), FAIL),
        (reject("newstate=IDLE&oldstate=START", b"{"), FAIL),
        (reject("message=no+such+thing", b"}"), FAIL),
        (event("Shutdown"), FAIL),
    ],
)
def test_a_reject_explains(message, verdict):
    entries = (pressed(1.0, "request", text="{"), heard(2.0, message))
    finding = checks.reject_explains(trace(*entries, end=40.0), request="{", within=30.0)
    assert finding.verdict is verdict, finding
    assert checks.reject_explains(trace(heard(2.0, message)), request="{", within=30.0).verdict is INCONC
    assert checks.reject_explains(trace(entries[0], end=2.0), request="{", within=30.0).verdict is INCONC


def test_a_reference_is_told_as_it_was_typed():
    typed = pressed(1.0, "reference", text="a=1")

    def verdict(*entries, end=40.0):
        return checks.reference_is_told(trace(*entries, end=end), reference="a=1", within=30.0).verdict

    assert verdict(typed, heard(2.0, event("SaleWakeUp", "a=1"))) is PASS
    assert verdict(typed, heard(2.0, event("SaleWakeUp", "reference=a%3D1"))) is FAIL
    assert verdict(typed) is FAIL
    assert verdict(typed, end=5.0) is INCONC
    assert verdict(heard(2.0, event("SaleWakeUp", "a=1"))) is INCONC
