"""What traces of the Adyen programme are made of: messages to a webhook, calls of the device API, a book, a screen."""

from __future__ import annotations

from dataclasses import replace

from harness.evidence.bench import Booked, Mains, Pressed, Screen
from harness.evidence.trace import Trace
from harness.wire import nexo
from harness.wire.adyen import Acknowledged, DeviceCall, Heard, Login, Posted, Unacknowledged
from harness.wire.nexo import (
    EVENT_HEADER,
    EventNotification,
    Message,
    MessageHeader,
    PaymentReceipt,
    PaymentRequest,
    PaymentResponse,
    TransactionStatusRequest,
)

ONE, OTHER = "V400m-000000001", "S1F2-000158700000001"
AT, EARLIER = "2030-01-02T03:04:05.000Z", "2030-01-02T02:04:05.000Z"
Entry = tuple[float, str, int, object]


def event(
    kind: str, details: str = "newstate=IDLE", poi_id: str = ONE, device_id: str = "1000000001", at: str = AT
) -> Message:
    header = replace(EVENT_HEADER, sale_id="POS", poi_id=poi_id, device_id=device_id)
    return nexo.request(header, EventNotification(kind, at, details))


def result(reference: str, service: str = "S1", amount: str = "12.40", *, text: str = "", **about: str) -> Message:
    receipts = (PaymentReceipt("CustomerReceipt", (text,)),) if text else ()
    body = PaymentResponse("Success", reference, AT, amount, "EUR", receipts=receipts)
    header = MessageHeader(type="Response", sale_id="POS", poi_id=ONE, service_id=service)
    return nexo.response(header, replace(body, **about))


def posted(at: float, id: int, message: Message | None, *, bent: str = "", line: int | None = None) -> Entry:
    document = {} if message is None else message.document
    body = Posted(id, 1, "http://x/e", False, False, Login.RIGHT, bent, document, 100)
    return (at, "adyen", id if line is None else line, body)


def answered(at: float, id: int, status: int = 200) -> Entry:
    if not status:
        return (at, "adyen", id, Unacknowledged(id, 1, "no answer within 10 s", 10.0))
    return (at, "adyen", id, Acknowledged(id, 1, status, "[accepted]", "text/plain", 0.0))


def sent(at: float, id: int, message: Message | None, status: int = 200, **about: object) -> tuple[Entry, Entry]:
    """A message to the webhook, and its answer at once; status 0 for none."""
    return posted(at, id, message, **about), answered(at, id, status)


def asked(at: float, reference: str, service: str = "S1", poi_id: str = ONE) -> Entry:
    """The DUT asks for a payment."""
    header = MessageHeader(sale_id="POS", poi_id=poi_id, service_id=service)
    message = nexo.request(header, PaymentRequest(reference, "12.40", "EUR", AT))
    return (at, "adyen", 90, DeviceCall("async", "M", poi_id, Login.RIGHT, False, message.document))


def queried(at: float, service: str = "S1") -> Entry:
    """The DUT asks for a status."""
    header = MessageHeader(category="TransactionStatus", sale_id="POS", poi_id=ONE, service_id="Q1")
    message = nexo.request(header, TransactionStatusRequest("POS", service))
    return (at, "adyen", 91, DeviceCall("sync", "M", ONE, Login.RIGHT, False, message.document))


def booked(at: float, reference: str, state: str, amount: str = "") -> Entry:
    return (at, "bench", 0, Booked(reference, state, amount))


def shown(at: float, text: str) -> Entry:
    return (at, "bench", 0, Screen(text))


def pressed(at: float, key: str, **fields: str) -> Entry:
    return (at, "bench", 0, Pressed(key, fields))


def power(at: float, *, on: bool = True) -> Entry:
    return (at, "bench", 0, Mains(on))


def heard(at: float, message: Message | None, *faults: str) -> Entry:
    """A terminal tells us something."""
    document = {} if message is None else message.document
    return (at, "adyen", 1, Heard("POST", "/events", Login.RIGHT, False, document, faults))


def trace(*entries: Entry | tuple[Entry, ...], end: float = 0.0) -> Trace:
    """A trace of these in the order of their times. `end`: something happens then that is nobody's business."""
    flat: list[Entry] = []
    for entry in entries:
        flat.extend([entry] if isinstance(entry[0], float) else entry)  # type: ignore[arg-type, list-item]
    if end:
        flat.append((end, "case", 0, "the end"))
    made = Trace()
    for at, source, line, body in sorted(flat, key=lambda one: one[0]):
        made.record(at, source, line, body)
    return made
