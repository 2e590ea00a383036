"""How checks of the Adyen programme read a trace: what was posted and acknowledged, what the DUT asked and booked."""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.bench import Booked, Screen
from harness.evidence.trace import Event, Trace
from harness.wire.adyen import Acknowledged, DeviceCall, Heard, Posted, Unacknowledged
from harness.wire.nexo import (
    EventNotification,
    MessageHeader,
    PaymentRequest,
    PaymentResponse,
    SaleToPOIRequest,
    SaleToPOIResponse,
    TransactionStatusRequest,
)

CLOUD = "adyen"
BENCH = "bench"

SETTLED = ("paid", "refunded")
"""The states of a sale that say that money was moved."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that we sent to the DUT's webhook. `answer`: what came of this attempt, None if nothing yet."""

    posted: Event
    body: Posted
    answer: Event | None

    @property
    def acknowledged(self) -> bool:
        return self.answer is not None and isinstance(self.answer.body, Acknowledged) and self.answer.body.success

    @property
    def event(self) -> EventNotification | None:
        message = self.body.message
        return message.event if isinstance(message, SaleToPOIRequest) else None

    @property
    def result(self) -> PaymentResponse | None:
        message = self.body.message
        return message.payment if isinstance(message, SaleToPOIResponse) else None

    @property
    def header(self) -> MessageHeader | None:
        message = self.body.message
        return None if message is None else message.header


def deliveries(trace: Trace, *ids: int) -> list[Delivered]:
    """What was sent to the webhook, attempt by attempt; all of it, or what went under these ids."""
    answers: dict[tuple[int, int, int], Event] = {}
    for event, body in trace.heard(CLOUD, Acknowledged, Unacknowledged):
        answers.setdefault((event.line, body.id, body.attempt), event)
    return [
        Delivered(event, body, answers.get((event.line, body.id, body.attempt)))
        for event, body in trace.heard(CLOUD, Posted)
        if not ids or body.id in ids
    ]


def results(trace: Trace) -> list[Delivered]:
    """The genuine results of payments that were sent to the webhook."""
    return [one for one in deliveries(trace) if one.result is not None and one.body.genuine]


def posted_before(sent: list[Delivered], booked: Event) -> list[Event]:
    """Where the last of these was sent before something was booked: what it was booked for; empty for none."""
    return [one.posted for one in sent if one.posted.at <= booked.at][-1:]


def payments(trace: Trace, poi_id: str = "", since: float = 0.0) -> list[tuple[Event, PaymentRequest]]:
    """The payments that the DUT asked for: at this terminal or any, from a moment on."""
    found = []
    for event, call in trace.heard(CLOUD, DeviceCall):
        message = call.message
        payment = message.payment if isinstance(message, SaleToPOIRequest) else None
        if payment is not None and event.at >= since and poi_id in ("", call.device):
            found.append((event, payment))
    return found


def status_queries(trace: Trace, since: float = 0.0) -> list[tuple[Event, TransactionStatusRequest]]:
    """What the DUT asked about requests that it had made, from a moment on."""
    found = []
    for event, call in trace.heard(CLOUD, DeviceCall):
        message = call.message
        status = message.status if isinstance(message, SaleToPOIRequest) else None
        if status is not None and event.at >= since:
            found.append((event, status))
    return found


def bookings(trace: Trace, reference: str = "") -> list[tuple[Event, Booked]]:
    """What the DUT's book said, of this sale or of all."""
    return [(event, body) for event, body in trace.heard(BENCH, Booked) if reference in ("", body.reference)]


def screens(trace: Trace, since: float = 0.0) -> list[tuple[Event, Screen]]:
    """What the DUT showed, from a moment on."""
    return [(event, body) for event, body in trace.heard(BENCH, Screen) if event.at >= since]


def emitted(trace: Trace) -> list[tuple[Event, Heard, SaleToPOIRequest]]:
    """The messages of a DUT that is a terminal, as far as they are requests or notifications."""
    found = ((event, heard, heard.message) for event, heard in trace.heard(CLOUD, Heard))
    return [(event, heard, message) for event, heard, message in found if isinstance(message, SaleToPOIRequest)]
