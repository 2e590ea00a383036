"""Rules about the events of a terminal: how they are written, and that each is sent when its time has come."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from harness.checks.adyen_reading import BENCH, CLOUD, emitted
from harness.checks.reading import Times, decided, done, failed, shown, undecided
from harness.evidence.bench import Mains, Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.adyen import Heard
from harness.wire.nexo import EventNotification, SaleToPOIRequest
from harness.wire.nexo_schema import EVENTS, OTHER_EVENTS

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_POIID = re.compile(r"[A-Za-z0-9]+-[A-Za-z0-9]+")
_DIGITS = re.compile(r"\d+")

POWER_ON = "power on"
"""In place of a key: the moment at which the DUT was given power."""


def _faulty(trace: Trace, expected: str, offence: Callable[[SaleToPOIRequest], str]) -> Finding:
    """Each event by one rule, which says what is wrong or ""."""
    events = [(event, message) for event, _, message in emitted(trace) if message.event is not None]
    offences = [(found, event) for event, message in events if (found := offence(message))]
    return decided(expected, offences, len(events), "events")


def events_are_notifications(trace: Trace) -> Finding:
    """Whatever the terminal sends to its event URL is a SaleToPOIRequest with MessageHeader and EventNotification
    (ADY-060)."""
    expected = "each message is a SaleToPOIRequest with a MessageHeader and an EventNotification"
    heard = trace.heard(CLOUD, Heard)
    offences = [(offence, event) for event, body in heard if (offence := _no_notification(body))]
    return decided(expected, offences, len(heard), "messages")


def _no_notification(heard: Heard) -> str:
    message = heard.message
    if not isinstance(message, SaleToPOIRequest):
        return f"a body that is none: {', '.join(heard.faults) or 'a response'}"
    missing = [
        name for name in ("MessageHeader", "EventNotification") if not isinstance(message.content.get(name), dict)
    ]
    return f"no {' and no '.join(missing)}" if missing else ""


def event_headers_say_notification(trace: Trace) -> Finding:
    """Class and category Event, type Notification, version 3.0 (ADY-061)."""
    wanted = {
        "MessageClass": "Event",
        "MessageCategory": "Event",
        "MessageType": "Notification",
        "ProtocolVersion": "3.0",
    }

    def offence(message: SaleToPOIRequest) -> str:
        header = _header(message)
        return ", ".join(f"{name} {header.get(name)!r}" for name, value in wanted.items() if header.get(name) != value)

    return _faulty(trace, "MessageClass and MessageCategory Event, MessageType Notification, version 3.0", offence)


def event_headers_name_their_parties(trace: Trace, *, poi_id: str = "") -> Finding:
    """SaleID, POIID as model-serial, DeviceID as a string of digits (ADY-062). `poi_id`: the terminal's own, "" if that
    is not known."""

    def offence(message: SaleToPOIRequest) -> str:
        header = _header(message)
        wrong = [] if _is(header.get("SaleID"), None) else ["SaleID"]
        wrong += [] if _is(header.get("POIID"), _POIID) and poi_id in ("", header["POIID"]) else ["POIID"]
        wrong += [] if _is(header.get("DeviceID"), _DIGITS) else ["DeviceID"]
        return ", ".join(f"{name} {shown(str(header.get(name)))}" for name in wrong)

    return _faulty(trace, "a SaleID, the terminal's POIID (model-serial) and a DeviceID of digits", offence)


def events_are_dated(trace: Trace) -> Finding:
    """EventToNotify, a TimeStamp in UTC with milliseconds and Z, and EventDetails (ADY-063)."""

    def offence(message: SaleToPOIRequest) -> str:
        stamp, told = message.body.get("TimeStamp"), []
        if not _is(message.body.get("EventToNotify"), None):
            told.append("no EventToNotify")
        if not _is(stamp, _STAMP):
            told.append(f"TimeStamp {shown(str(stamp))}")
        if not isinstance(message.body.get("EventDetails"), str):
            told.append("no EventDetails")
        return ", ".join(told)

    return _faulty(trace, "EventToNotify, EventDetails, and a TimeStamp in UTC with milliseconds and Z", offence)


def events_are_defined(trace: Trace) -> Finding:
    """EventToNotify is a value that the document or the public typings define (ADY-064)."""

    def offence(message: SaleToPOIRequest) -> str:
        event = message.body.get("EventToNotify")
        return "" if event in (*EVENTS, *OTHER_EVENTS) else f"EventToNotify {shown(str(event))}"

    return _faulty(trace, "each EventToNotify is a defined value", offence)


def device_ids_are_unique(trace: Trace) -> Finding:
    """Two different events have different DeviceIDs; the same event sent again keeps its own (ADY-065)."""
    expected = "different events have different DeviceIDs"
    first: dict[str, SaleToPOIRequest] = {}
    offences: list[tuple[str, Event]] = []
    different = 0
    for event, _, message in emitted(trace):
        if message.event is None or not (id := message.header.device_id):
            continue
        before = first.setdefault(id, message)
        if before is message:
            different += 1
        elif before.document != message.document:
            offences.append((f"DeviceID {shown(id)} for {_name(before)} and {_name(message)}", event))
    if not offences and different < 2:
        return undecided(expected, f"{different} different events to judge")
    return decided(expected, offences, different, "events")


def tells(trace: Trace, *, key: str, by: str, within: float, after: float = 0.0) -> Finding:
    """After what was done at the terminal an event of this kind comes (ADY-070 … 074). `key`: that was pressed,
    or `power on`; `by`: the EventToNotify; `after` so many seconds at least, `within` so many at most."""
    expected = f"{by} within {within:g} s of {key}"
    begun = _done(trace, key)
    if begun is None:
        return undecided(expected, f"nothing of {key} in the trace")
    came = [event for event, _ in _events(trace, by) if event.at >= begun.at]
    by_then = done(trace, begun)
    if not came:
        if trace.end < by_then + within:
            return undecided(expected, f"the trace ends {trace.end - by_then:.1f} s later", [begun])
        others = sorted({body.event for _, body in _events(trace)})
        return failed(expected, f"no {by}; heard: {', '.join(others) or 'nothing'}", [begun])
    if came[0].at - begun.at < after:
        return failed(expected, f"{by} after {came[0].at - begun.at:.1f} s, while it still lasts", [begun, came[0]])
    return Times(trace).within(expected, max(0.0, came[0].at - by_then), within, [came[0], begun])


def reject_explains(trace: Trace, *, request: str, within: float) -> Finding:
    """A request that cannot be served is answered by a Reject which explains the error in EventDetails, and gives the
    request back (ADY-075). `request`: as it was sent."""
    expected = "a Reject whose EventDetails explain the error, with the refused request in RejectedMessage"
    begun = next((event for event, body in trace.heard(BENCH, Pressed) if body.fields.get("text") == request), None)
    if begun is None:
        return undecided(expected, "the request was not sent")
    came = next(((event, body) for event, body in _events(trace, "Reject") if event.at >= begun.at), None)
    if came is None:
        early = trace.end < done(trace, begun) + within
        return (undecided if early else failed)(expected, "no Reject came", [begun])
    event, body = came
    told = []
    if not _explains(body):
        told.append("EventDetails explain nothing")
    if _decoded(body.rejected_message) != request.encode():
        told.append("RejectedMessage is not the request")
    if told:
        return failed(expected, "; ".join(told), [event])
    return Times(trace).within(expected, max(0.0, event.at - done(trace, begun)), within, [event, begun])


def reference_is_told(trace: Trace, *, reference: str, within: float) -> Finding:
    """A reference typed on the terminal comes in a SaleWakeUp, as it was typed (ADY-076)."""
    expected = f"a SaleWakeUp with the EventDetails {reference!r}"
    begun = next((event for event, body in trace.heard(BENCH, Pressed) if body.fields.get("text") == reference), None)
    if begun is None:
        return undecided(expected, "no reference was typed")
    came = next(((event, body) for event, body in _events(trace, "SaleWakeUp") if event.at >= begun.at), None)
    if came is None:
        early = trace.end < done(trace, begun) + within
        return (undecided if early else failed)(expected, "no SaleWakeUp came", [begun])
    event, body = came
    if body.details != reference:
        return failed(expected, f"EventDetails {shown(body.details)}", [event])
    return Times(trace).within(expected, max(0.0, event.at - done(trace, begun)), within, [event, begun])


# ---- Reading ---------------------------------------------------------------------------------------------------------


def _header(message: SaleToPOIRequest) -> dict[str, Any]:
    header = message.content.get("MessageHeader")
    return header if isinstance(header, dict) else {}


def _is(value: object, form: re.Pattern[str] | None) -> bool:
    return isinstance(value, str) and bool(value) and (form is None or form.fullmatch(value) is not None)


def _name(message: SaleToPOIRequest) -> str:
    return shown(str(message.body.get("EventToNotify")))


def _events(trace: Trace, kind: str = "") -> list[tuple[Event, EventNotification]]:
    found = ((event, message.event) for event, _, message in emitted(trace))
    return [(event, body) for event, body in found if body is not None and kind in ("", body.event)]


def _done(trace: Trace, what: str) -> Event | None:
    """The last time that this was done at the terminal."""
    last: Event | None = None
    for event, body in trace.heard(BENCH, Pressed, Mains):
        if (body.on and what == POWER_ON) if isinstance(body, Mains) else body.key == what:
            last = event
    return last


def _explains(body: EventNotification) -> bool:
    """Whether somebody can read what was wrong: a plain text, or a pair that is more than the states of the sample."""
    if "=" not in body.details:
        return bool(body.details.strip())
    return any(value.strip() for name, value in body.pairs.items() if name not in ("newstate", "oldstate"))


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None
