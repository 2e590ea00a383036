"""Lines of a DUT that speaks HTTP both ways: pipelined, idle, refused, cut."""

from __future__ import annotations

import random
from dataclasses import replace

from emulator.adyen.backend import Backend
from emulator.adyen.settings import BackendSettings
from emulator.adyen.webhook import basic
from emulator.http_party import DIAL_WITHIN, IDLE_WITHIN, POWER_ON
from harness.evidence.bench import Booked, Pressed
from harness.wire import nexo
from harness.wire.endpoint import (
    Close,
    Dial,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.http1 import ClientSide, Request
from harness.wire.nexo import EVENT_HEADER, EventNotification

SETTINGS = replace(BackendSettings(), configures=False)
SALE = Told("user", Pressed("sale", {"amount": "1.00", "reference": "A"}))


def backend() -> Backend:
    """One that is on; nothing is set up by it."""
    made = Backend(SETTINGS, {}, random.Random(1))  # noqa: S311 — reproducible on purpose
    made.handle(POWER_ON, 0.0)
    return made


def event(device_id: str) -> bytes:
    """A whole request with an event."""
    header = replace(EVENT_HEADER, sale_id="POS", poi_id=SETTINGS.terminals[0], device_id=device_id)
    message = nexo.request(header, EventNotification("Initialised", "2030-01-02T03:04:05.000Z", ""))
    login = basic(SETTINGS.username, SETTINGS.password)
    headers = (("Host", "pos"), ("Content-Type", "application/json"), ("Authorization", login))
    return ClientSide().request(Request("POST", SETTINGS.path, headers, message.build()))


def of(kind: type[Output], outputs: list[Output]) -> list[Output]:
    return [output for output in outputs if isinstance(output, kind)]


def booked(outputs: list[Output]) -> list[str]:
    return [output.body.state for output in outputs if isinstance(output, Noted) and isinstance(output.body, Booked)]


def test_what_is_pipelined_is_answered_in_its_order():
    made = backend()
    made.handle(Opened(1, "webhook"), 0.0)
    said = made.handle(Received(1, event("1") + event("2") + event("3")[:-1]), 0.0)
    assert [b"200 OK" in output.data for output in of(Send, said)] == [True, True]


def test_a_caller_who_says_nothing_is_hung_up_on():
    made = backend()
    said = made.handle(Opened(1, "webhook"), 5.0)
    assert WakeAt("idle 1", 5.0 + IDLE_WITHIN) in said
    assert made.handle(Woke("idle 1"), 65.0) == [Close(1)]
    assert made.handle(Received(1, event("1")), 66.0) == []


def test_a_caller_who_is_gone_is_forgotten():
    made = backend()
    made.handle(Opened(1, "webhook"), 0.0)
    assert made.handle(PeerClosed(1, reset=True), 1.0) == [WakeAt("idle 1", None)]
    assert made.handle(Woke("idle 1"), 60.0) == []


def test_a_sale_that_cannot_be_sent_is_over():
    made = backend()
    assert Dial("device", DIAL_WITHIN) in made.handle(SALE, 0.0)
    assert booked(list(made.handle(Refused("device", "refused"), 1.0))) == ["cancelled"]


def test_a_sale_whose_line_is_cut_after_it_was_sent_may_still_be_paid():
    made = backend()
    made.handle(SALE, 0.0)
    assert of(Send, list(made.handle(Opened(1, "device"), 0.0)))
    assert booked(list(made.handle(PeerClosed(1, reset=True), 1.0))) == []
    assert Dial("device", DIAL_WITHIN) in made.handle(Woke("result A"), 150.0), "the status is asked for"


def test_a_reply_without_a_length_ends_with_its_line():
    made = backend()
    made.handle(SALE, 0.0)
    made.handle(Opened(1, "device"), 0.0)
    made.handle(Received(1, b"HTTP/1.0 401 Unauthorized\r\n\r\nno"), 1.0)
    assert booked(list(made.handle(PeerClosed(1, reset=False), 1.0))) == ["declined"]


def test_a_line_that_nobody_waits_for_is_closed():
    assert backend().handle(Opened(4, "device"), 0.0) == [Close(4)]


def test_without_power_nobody_answers():
    made = Backend(SETTINGS, {}, random.Random(1))  # noqa: S311 — reproducible on purpose
    assert made.handle(Opened(1, "webhook"), 0.0) == [Close(1, reset=True)]


def test_a_sale_that_was_taken_over_cannot_be_cancelled_at_the_till():
    made = backend()
    made.handle(SALE, 0.0)
    (sent,) = of(Send, list(made.handle(Opened(1, "device"), 0.0)))
    assert b"/devices/V400m-000000001/async" in sent.data
    made.handle(Received(1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 1.0)
    assert booked(list(made.handle(Told("user", Pressed("cancel", {"reference": "A"})), 2.0))) == []
