"""The messages of the Modulus terminal gateway: built whole, read leniently, with every mistake of one told at once.

A message is one JSON object in one WebSocket text message, and its `action` says what it is (sheet, table b). It keeps
the `Document` it was read from, so that order, repeated names and missing quotation marks stay known; what stands
inside of a member is a `Document` of its own. What a message *is* is decided without regard to letter case; what is
wrong with it stands in `faults`, in the order of the JSON Schema errors, all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import EllipsisType
from typing import Any

from harness.wire import modulus_schema, strict_json
from harness.wire.framing import Malformed, malformed
from harness.wire.strict_json import Document, Unquoted

KEY_NAME = "x-api-key"
"""Names the API key in the handshake: a header, or a parameter of the query (MOD-011)."""

GROUP_NAME = "x-group-id"
TIMESTAMP_NAME, SIGNATURE_NAME = "x-timestamp", "x-signature"
PATH = "/v1"

# ---- Messages --------------------------------------------------------------------------------------------------------


def inside(document: Document, name: str) -> Document | None:
    """A member that is an object, as a Document of its own; None if it is none."""
    text = document.fields.get(name, "")
    if name not in document.unquoted or not text.startswith("{"):
        return None
    found = strict_json.parse(text.encode())
    return found if isinstance(found, Document) else None


_PLAIN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")


def decimal(text: str) -> Decimal | None:
    """The value of an amount as it was written (`9.90`, quoted or not); None for what is no plain decimal."""
    return Decimal(text) if _PLAIN.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Action:
    """One application message. `faults`: what is wrong with it, in clauses, empty for one that is as documented."""

    document: Document
    faults: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """A member that is a JSON string; "" if it is absent or something else."""
        return "" if name in self.document.unquoted else self.document.fields.get(name, "")

    @property
    def name(self) -> str:
        return self.text("action")

    @property
    def transaction_id(self) -> str:
        """The transaction it is about; "" if it names none."""
        return self.text("transactionId")


@dataclass(frozen=True, slots=True)
class GetTerminals(Action):
    """The POS asks which terminals there are (MOD-051)."""


@dataclass(frozen=True, slots=True)
class Payment(Action):
    """The POS orders a payment (MOD-053)."""

    @property
    def terminal_id(self) -> str:
        return self.text("terminalId")

    @property
    def request(self) -> Document:
        """Its `paymentRequest`; an empty one if there is none."""
        return inside(self.document, "paymentRequest") or Document({})

    @property
    def transaction_id(self) -> str:
        return _text(self.request, "transactionId")

    @property
    def amount(self) -> str:
        """As it was written; whether in quotation marks stands in `request.unquoted`."""
        return self.request.fields.get("amount", "")


@dataclass(frozen=True, slots=True)
class JsonPing(Action):
    """The POS asks whether the connection lives (MOD-080)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A terminal in a list; a member that is no text is ""."""

    device_id: str
    connection_id: str
    status: str

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Listed:
        values = (entry.get(name) for name in ("deviceId", "connectionId", "status"))
        return cls(*(found if isinstance(found, str) else "" for found in values))

    @property
    def id(self) -> str:
        """What a payment names it by: its lasting name, and the name of its connection only for want of one."""
        return self.device_id or self.connection_id


@dataclass(frozen=True, slots=True)
class TerminalsResponse(Action):
    """The gateway lists its terminals (MOD-052)."""

    @property
    def terminals(self) -> tuple[Listed, ...]:
        """Those of its entries that are objects."""
        found = value(self.document.fields.get("terminals", "null"))
        entries = found if isinstance(found, list) else []
        return tuple(Listed.read(entry) for entry in entries if isinstance(entry, dict))


@dataclass(frozen=True, slots=True)
class PaymentComplete(Action):
    """The gateway pushes the outcome of a payment (MOD-059)."""

    @property
    def terminal_id(self) -> str:
        return self.text("terminalId")

    @property
    def response(self) -> Document:
        """Its `paymentResponse`; an empty one if there is none."""
        return inside(self.document, "paymentResponse") or Document({})

    @property
    def transaction_id(self) -> str:
        return _text(self.response, "transactionId")

    @property
    def status(self) -> str:
        return _text(self.response, "status")

    @property
    def amount(self) -> str:
        """As it was written."""
        return self.response.fields.get("amount", "")


@dataclass(frozen=True, slots=True)
class TerminalStatusUpdate(Action):
    """The gateway pushes how it stands with a terminal (MOD-075)."""

    @property
    def status(self) -> str:
        return self.text("status")

    @property
    def terminal_id(self) -> str:
        """The terminal by its lasting name if that is given, else by its connection; "" if by none."""
        return self.text("deviceId") or self.text("terminalId") or self.text("connectionId")


@dataclass(frozen=True, slots=True)
class PaymentVoided(Action):
    """The gateway pushes that a payment was undone (MOD-103)."""

    @property
    def reason(self) -> str:
        return self.text("voidReason")


@dataclass(frozen=True, slots=True)
class ForceDisconnect(Action):
    """The gateway displaces this connection (MOD-076)."""

    @property
    def reason(self) -> str:
        return self.text("reason")


@dataclass(frozen=True, slots=True)
class JsonPong(Action):
    """The gateway answers a ping (MOD-086)."""


@dataclass(frozen=True, slots=True)
class GatewayError(Action):
    """The gateway refuses what it was asked (MOD-107). `error` is the class, `message` the words for people."""

    @property
    def error(self) -> str:
        return self.text("error")

    @property
    def message(self) -> str:
        return self.text("message")


@dataclass(frozen=True, slots=True)
class UnknownAction(Action):
    """A JSON object that is no message of this side."""


# ---- What the gateway sees beside messages ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A handshake, judged by the gateway before secrets leave the trace.

    `places`: where the key stood under the name of the document, `header` or `query`, in order; `known`: whether it is
    a key with the right to WebSocket access; `answer`: the HTTP status of the reply, 101 for one that was let in; the
    close code for one that was shown out at once; 0 for one that got no reply."""

    places: tuple[str, ...]
    known: bool
    target: str
    group: str = ""
    answer: int = 101


@dataclass(frozen=True, slots=True)
class Injected:
    """What a case had the gateway send that is no message of it."""

    text: str


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request of the HTTP side. `refused`: what is wrong with its key, time or signature, "" if nothing is;
    `transaction_id`: that it is about, "" if about none."""

    method: str
    path: str
    refused: str
    transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What it was answered: the HTTP status, and the status of the transaction if it tells one."""

    status: int
    transaction_id: str = ""
    state: str = ""


FROM_POS: dict[str, type[Action]] = {"getTerminals": GetTerminals, "payment": Payment, "ping": JsonPing}
TO_POS: dict[str, type[Action]] = {
    "terminalsResponse": TerminalsResponse,
    "paymentComplete": PaymentComplete,
    "terminalStatusUpdate": TerminalStatusUpdate,
    "paymentVoided": PaymentVoided,
    "forceDisconnect": ForceDisconnect,
    "pong": JsonPong,
    "error": GatewayError,
}
KINDS = (*FROM_POS.values(), *TO_POS.values(), UnknownAction, KeyShown, Injected, ApiCall, ApiAnswer)
"""What may stand in a trace of this programme."""

# ---- Reading ---------------------------------------------------------------------------------------------------------


def _text(document: Document, name: str) -> str:
    return "" if name in document.unquoted else document.fields.get(name, "")


def value(text: str) -> Any:
    """What JSON text stands for, its numbers as they were written. Raises ValueError for what is no JSON."""
    return json.loads(text, parse_int=Unquoted, parse_float=Unquoted, parse_constant=Unquoted)


def _repeated(document: Document, place: str = "") -> Iterator[str]:
    yield from (f"{place}{name}: given twice" for name in document.duplicates)
    for name in document.unquoted:
        inner = inside(document, name)
        if inner is not None:
            yield from _repeated(inner, f"{place}{name}.")


def _read(text: str, kinds: Mapping[str, type[Action]], guess: str) -> Action | Malformed:
    """`guess`: the action of an object that says none, but has the member which only that action has."""
    raw = text.encode(errors="replace")
    document = strict_json.parse(raw)
    if isinstance(document, str):
        return malformed(raw, document)
    said = _text(document, "action")
    action = next((known for known in kinds if known.casefold() == said.casefold()), None)
    if action is None and not said and _MARKS[guess] in document.fields:
        action = guess
    if action is None:
        return UnknownAction(document, tuple(_repeated(document)) if said else ("action: missing",))
    try:
        told = modulus_schema.errors(action, value(text.removeprefix("\ufeff")))
    except RecursionError:
        return malformed(raw, "not JSON: nested too deeply")
    return kinds[action](document, (*document.blemishes, *_repeated(document), *told))


_MARKS = {"payment": "paymentRequest", "error": "error"}


def read_from_pos(text: str) -> Action | Malformed:
    """The message in a text that a POS sent: one of `FROM_POS`, or `UnknownAction`. Never raises for what came."""
    return _read(text, FROM_POS, "payment")


def read_from_gateway(text: str) -> Action | Malformed:
    """The message in a text that the gateway sent: one of `TO_POS`, or `UnknownAction`. Never raises for what came.

    An error reply may come without an `action` (open point 7)."""
    return _read(text, TO_POS, "error")


# ---- Matching and building -------------------------------------------------------------------------------------------

Pattern = Mapping[str, "str | EllipsisType | Pattern"]


def matches(document: Document, pattern: Pattern) -> bool:
    """Whether a document has these members. `...` stands for any value; members not named may be there or not; a
    mapping is a pattern for an object inside; a text is compared as it was written, in quotation marks or not."""
    for name, wanted in pattern.items():
        if name not in document.fields:
            return False
        if isinstance(wanted, Mapping):
            inner = inside(document, name)
            if inner is None or not matches(inner, wanted):
                return False
        elif wanted is not ... and document.fields[name] != wanted:
            return False
    return True


def build(fields: Mapping[str, Any]) -> str:
    """The text of one message: a JSON object with its members in the order given."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def get_terminals() -> str:
    return build({"action": "getTerminals"})


def ping() -> str:
    return build({"action": "ping"})


def payment(
    terminal_id: str,
    transaction_id: str,
    amount: str,
    currency: str = "PHP",
    method: str = "CARD",
    **more: Any,
) -> str:
    """The order of a payment. `amount`: decimal text, as `12.40`; `more`: further members of the paymentRequest."""
    request = {"transactionId": transaction_id, "amount": amount, "currency": currency, "paymentMethod": method, **more}
    return build({"action": "payment", "terminalId": terminal_id, "paymentRequest": request})


# ---- The HTTP side ---------------------------------------------------------------------------------------------------


def signature(secret: str, method: str, path: str, timestamp: str, body: bytes = b"") -> str:
    """What stands in `x-signature` of a request: HMAC-SHA256, base64 (M7).

    `path` without the query (assumption); `timestamp` as it stands in `x-timestamp`: seconds since 1970, whole
    (assumption)."""
    lines = (method, path, timestamp, hashlib.sha256(body).hexdigest())
    made = hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256)
    return base64.b64encode(made.digest()).decode("ascii")
