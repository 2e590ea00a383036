"""The nexo messages of the Adyen Terminal API, built whole and read leniently, so that every deviation can be told.

One JSON object with one member: `SaleToPOIRequest` (what asks or notifies) or `SaleToPOIResponse` (what answers).
Inside it are a `MessageHeader` and one body, whose member name says what it is; their order is free, unknown members
are allowed. A message keeps the document it was read from, order and unknown members included, and the list of all that
a schema finds wrong with it: what can still be understood is understood, and judging is the business of checks. Only
what is no such message at all is `Malformed`.

The encrypted form (`NexoBlob` in place of the body) is read here as a message too; `harness.wire.envelope` opens it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.wire.framing import Malformed, malformed
from harness.wire.nexo_bodies import (
    EVENT_HEADER,
    HEADER,
    OUTCOMES,
    REFUND,
    Body,
    EventNotification,
    JsonObject,
    MessageHeader,
    PaymentReceipt,
    PaymentRequest,
    PaymentResponse,
    ReversalRequest,
    ReversalResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
    object_at,
)
from harness.wire.nexo_schema import EVENTS, faults_of
from harness.wire.nexo_values import amount_text, instant, same_amount, stamp

__all__ = [
    "BLOB", "DEPTH", "EVENTS", "EVENT_HEADER", "HEADER", "REFUND", "REQUEST", "RESPONSE", "STATE_EVENTS", "TRAILER",
    "Body", "EventNotification", "JsonObject", "Message", "MessageHeader", "PaymentReceipt", "PaymentRequest",
    "PaymentResponse", "ReversalRequest", "ReversalResponse", "SaleToPOIRequest", "SaleToPOIResponse",
    "TransactionStatusRequest", "TransactionStatusResponse", "amount_text", "answers", "instant", "match", "of",
    "parse", "read_json", "request", "response", "same_amount", "stamp", "write",
]  # fmt: skip

REQUEST, RESPONSE = "SaleToPOIRequest", "SaleToPOIResponse"
BLOB, TRAILER = "NexoBlob", "SecurityTrailer"

DEPTH = 32
"""Levels of nesting that are read; a real message has eight."""

STATE_EVENTS = {
    "Shutdown": False, "BeginMaintenance": False, "OutOfOrder": False, "EndMaintenance": True, "Initialised": True,
}  # fmt: skip
"""Whether the terminal is available after an event that tells its state (clause "Event notification types")."""

# ---- Whole messages --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Message:
    """`name`: the member beside the header, as `PaymentRequest`, "" if there is none; `document`: the whole JSON object
    as it came, in its order; `faults`: all that its schema, or JSON itself, finds wrong with it."""

    header: MessageHeader
    name: str
    document: JsonObject
    faults: tuple[str, ...] = ()

    WRAPPER: ClassVar[str]

    @property
    def content(self) -> JsonObject:
        """What is inside `SaleToPOI…`."""
        return object_at(self.document, self.WRAPPER)

    @property
    def body(self) -> JsonObject:
        """The members of the body."""
        return object_at(self.content, self.name)

    @property
    def sealed(self) -> bool:
        """Whether it is an encrypted envelope."""
        return BLOB in self.content

    def build(self) -> bytes:
        """The message as JSON in UTF-8, without spaces, in the order of its document."""
        return write(self.document)


@dataclass(frozen=True, slots=True)
class SaleToPOIRequest(_Message):
    """What asks or notifies; of `event`, `payment` and `status` that one is not None which it carries in clear."""

    WRAPPER: ClassVar[str] = REQUEST

    @property
    def event(self) -> EventNotification | None:
        return EventNotification.read(self.body) if self.name == EventNotification.NAME else None

    @property
    def payment(self) -> PaymentRequest | None:
        """Money that is asked for, or given back, in either way."""
        kinds = {kind.NAME: kind for kind in (PaymentRequest, ReversalRequest)}
        return kinds[self.name].read(self.body) if self.name in kinds else None

    @property
    def status(self) -> TransactionStatusRequest | None:
        return TransactionStatusRequest.read(self.body) if self.name == TransactionStatusRequest.NAME else None


@dataclass(frozen=True, slots=True)
class SaleToPOIResponse(_Message):
    """What answers; of `payment` and `status` that one is not None which it carries in clear."""

    WRAPPER: ClassVar[str] = RESPONSE

    @property
    def payment(self) -> PaymentResponse | None:
        """The outcome of a payment, or of a reversal."""
        return OUTCOMES[self.name].read(self.body) if self.name in OUTCOMES else None

    @property
    def status(self) -> TransactionStatusResponse | None:
        return TransactionStatusResponse.read(self.body) if self.name == TransactionStatusResponse.NAME else None


Message = SaleToPOIRequest | SaleToPOIResponse

# ---- Reading ---------------------------------------------------------------------------------------------------------


def parse(raw: bytes) -> Message | Malformed:
    """The message in a body. Never raises for what came; `Malformed` is what is not JSON, or holds no `SaleToPOI…`."""
    read = read_json(raw)
    if isinstance(read, str):
        return malformed(raw, read)
    document, faults = read
    kinds: list[type[SaleToPOIRequest] | type[SaleToPOIResponse]] = [
        kind for kind in (SaleToPOIRequest, SaleToPOIResponse) if isinstance(document.get(kind.WRAPPER), dict)
    ]
    if len(kinds) != 1:
        return malformed(raw, f"neither {REQUEST} nor {RESPONSE}" if not kinds else f"both {REQUEST} and {RESPONSE}")
    return of(kinds[0], document, faults)


def of(
    kind: type[SaleToPOIRequest] | type[SaleToPOIResponse], document: JsonObject, faults: Iterable[str] = ()
) -> Message:
    """The message in a JSON object that has the member of this kind."""
    content = document[kind.WRAPPER]
    bodies = [name for name in content if name not in (HEADER, BLOB, TRAILER)]
    # The body is known by its name; an unknown member before it is none (ADY-067).
    name = next((name for name in bodies if name.endswith(("Request", "Response", "Notification"))), "")
    return kind(
        MessageHeader.read(object_at(content, HEADER)), name, document, (*faults, *faults_of(kind.WRAPPER, document))
    )


def read_json(raw: bytes) -> tuple[JsonObject, tuple[str, ...]] | str:
    """A JSON object and what is wrong with its text, or why it is none, in one clause."""
    repeated: Counter[str] = Counter()

    def members(pairs: list[tuple[str, Any]]) -> JsonObject:
        repeated.update(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return dict(pairs)

    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8: byte {raw[error.start]:02x} at offset {error.start}"
    faults: tuple[str, ...] = ()
    if text.startswith("\ufeff"):
        text, faults = text[1:], ("begins with a byte-order mark",)
    try:
        value = json.loads(text, object_pairs_hook=members, parse_constant=_no_number)
    except ValueError as error:
        return f"not JSON: {error}"
    except RecursionError:
        return "not JSON: nested too deeply"
    if not isinstance(value, dict):
        return "not a JSON object"
    if _depth_exceeds(value, DEPTH):
        return f"nested more than {DEPTH} levels deep"
    if _ESCAPED_HALF.search(text) and (whole := _whole(value)) != value:
        value, faults = whole, (*faults, "has half of a surrogate pair")
    return value, (*faults, *(f"member {name!r} stands twice in one object" for name in repeated))


_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


def _whole(value: Any) -> Any:
    """The value without halves of surrogate pairs: they stand for no character, and no one could send them on."""
    if isinstance(value, dict):
        return {_HALF.sub("\ufffd", name): _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return _HALF.sub("\ufffd", value) if isinstance(value, str) else value


def _no_number(literal: str) -> Any:
    raise ValueError(f"{literal} is no JSON number")


def _depth_exceeds(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


# ---- Building --------------------------------------------------------------------------------------------------------


def request(header: MessageHeader, body: Body, *, header_first: bool = True) -> SaleToPOIRequest:
    """A request or a notification, complete. An EventNotification wants a header made from `EVENT_HEADER`."""
    return SaleToPOIRequest(header, body.NAME, _document(REQUEST, header, body, header_first=header_first))


def response(header: MessageHeader, body: Body, *, header_first: bool = True) -> SaleToPOIResponse:
    """A response, complete. `header`: that of the request, `answered()`."""
    return SaleToPOIResponse(header, body.NAME, _document(RESPONSE, header, body, header_first=header_first))


def _document(wrapper: str, header: MessageHeader, body: Body, *, header_first: bool) -> JsonObject:
    content = {HEADER: header.members(), body.NAME: body.members()}
    return {wrapper: content if header_first else dict(reversed(content.items()))}


def write(document: JsonObject) -> bytes:
    """A JSON object in UTF-8, without spaces, its members in the order given."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


# ---- Matching --------------------------------------------------------------------------------------------------------


def match(pattern: object, value: object) -> bool:
    """Whether a value has what the pattern names: members of objects may be left out of it, and `...` is anything."""
    if pattern is ...:
        return True
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(
            name in value and match(wanted, value[name]) for name, wanted in pattern.items()
        )
    return type(pattern) is type(value) and pattern == value


def answers(said: MessageHeader, asked: MessageHeader) -> bool:
    """Whether a response belongs to a request: SaleID, ServiceID and POIID are the same (ADY-093)."""
    return (said.sale_id, said.service_id, said.poi_id) == (asked.sale_id, asked.service_id, asked.poi_id)
