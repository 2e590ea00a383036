"""The messages of eConduit Direct, built whole and read leniently, so that every deviation can be told.

A message keeps the `Document` it was read from. What kind of message it *is* is decided without regard to letter case
(`"command": "register"` is a registration with two mistakes, not an unknown message); what is *right* is the business
of checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.wire import strict_json
from harness.wire.framing import Delimited, Malformed, malformed
from harness.wire.strict_json import Document

TERMINATOR = b"\x04\x04"
"""Ends every message to the cloud (clause "Overview", ECD-001)."""

OK_REGISTRATION = "OK-REGISTRATION"
FAILED_REGISTRATION = "FAILED-REGISTRATION"
FAILED_INVALID_TERMINAL_TYPE = "FAILED-INVALID-TERMINAL-TYPE"
REGISTRATION_ANSWERS = (OK_REGISTRATION, FAILED_REGISTRATION, FAILED_INVALID_TERMINAL_TYPE)

ACK = b'{"Status":"OK"}'
"""Answers a heartbeat of a terminal that asked for it (clause "Heartbeat", ECD-062)."""

REGISTER_FIELDS = ("Command", "TerminalType", "TerminalModel", "TerminalID", "SoftwareVersion", "AckHeartbeat")
RESPONSE_FIELDS = ("TerminalID", "ResultCode", "AuthCode", "TransType", "Amount", "AmountString", "CardType", "Last4",
                   "Name", "CashBack", "CashBackString", "Message", "RefID", "CardToken", "ExpDate", "CardBin",
                   "EntryMethod", "GiftCardBalance", "GiftCardBalanceString", "ProcessorExtraData1",
                   "ProcessorExtraData2", "ProcessorExtraData3", "SignatureData", "Track1", "Track2", "EMV_TC",
                   "EMV_TVR", "EMV_AID", "EMV_TSI", "EMV_ATC", "EMV_App_Label", "EMV_App_Name",
                   "receiptTerminal")  # fmt: skip
RESULT_CODES = ("Approved", "Declined", "Cancelled", "Error", "Busy")

HEARTBEAT_BODIES = ('{"Command":"Heartbeat"}', '{"Command":"Heartbeat","TerminalID":"*"}', "Heartbeat", "")
"""Readings of a clause whose example was lost in every capture; the profile key `heartbeat.bodies` chooses. `*` stands
for any value."""

# ---- Terminal to cloud -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Register:
    """The first message of a line: who I am."""

    document: Document

    @property
    def terminal_id(self) -> str:
        return self.document.fields.get("TerminalID", "")

    @property
    def asks_for_acks(self) -> bool:
        """AckHeartbeat is on. A JSON `true` counts too: a finding against ECD-008, but honoured (open point 4)."""
        return self.document.fields.get("AckHeartbeat") == "true"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Still here. `body` is the reading of the profile it matched, or its own text if it matched none."""

    body: str
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """The outcome of a command."""

    document: Document

    @property
    def ref_id(self) -> str:
        return self.document.fields.get("RefID", "")

    @property
    def result(self) -> str:
        return self.document.fields.get("ResultCode", "")


@dataclass(frozen=True, slots=True)
class Strange:
    """A JSON object that is no message of the protocol."""

    document: Document


FromTerminal = Register | Heartbeat | Response | Strange

# ---- Cloud to terminal -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegistrationAnswer:
    """The cloud's word on a registration; only `OK-REGISTRATION`, whole and in this case, is success (ECD-052, 053)."""

    text: str


@dataclass(frozen=True, slots=True)
class Ack:
    """The cloud's answer to a heartbeat."""


@dataclass(frozen=True, slots=True)
class Command:
    """An order for the terminal: `Command`, `RefID`, `Amount` and what else the codec carries, all strings."""

    fields: dict[str, str]

    @property
    def name(self) -> str:
        return self.fields.get("Command", "")

    @property
    def ref_id(self) -> str:
        return self.fields.get("RefID", "")


@dataclass(frozen=True, slots=True)
class Nonsense:
    """Noted: bytes that a case had sent in place of a command, and that are no message of the cloud."""

    raw: bytes


TRANSACTIONS = ("Sale", "Refund", "Auth", "Capture", "Void", "TipAdjust", "GiftActivate", "GiftSale", "GiftRefund",
                "GiftAddValue", "GiftBalance")  # fmt: skip
FOLLOW_UPS = ("Capture", "Void", "TipAdjust")
"""Commands that reuse the RefID of an earlier one (ECD-121)."""

ToTerminal = RegistrationAnswer | Ack | Command

# ---- Reading ---------------------------------------------------------------------------------------------------------


def _folded(document: Document, name: str) -> str | None:
    """The value of a field whatever the letter case of its name."""
    return next((value for key, value in document.fields.items() if key.casefold() == name.casefold()), None)


def _matches(payload: bytes, document: Document | None, body: str) -> bool:
    if payload == body.encode():
        return True
    pattern = strict_json.parse(body.encode())
    if document is None or isinstance(pattern, str) or document.fields.keys() != pattern.fields.keys():
        return False
    return all(wanted in ("*", document.fields[name]) for name, wanted in pattern.fields.items())


def read_from_terminal(payload: bytes, heartbeat_bodies: Iterable[str] = HEARTBEAT_BODIES) -> FromTerminal | Malformed:
    """The message in a frame that a terminal sent. Never raises for what came."""
    parsed = strict_json.parse(payload)
    document = parsed if isinstance(parsed, Document) else None
    for body in heartbeat_bodies:
        if _matches(payload, document, body):
            return Heartbeat(body, document)
    if document is None:
        if payload == b"":
            return malformed(payload, "an empty frame")
        return malformed(payload, str(parsed))
    command = (_folded(document, "Command") or "").casefold()
    if command == "register" or (not command and _folded(document, "SoftwareVersion") is not None):
        return Register(document)
    if command == "heartbeat":
        return Heartbeat(payload.decode(errors="replace"), document)
    if _folded(document, "ResultCode") is not None:
        return Response(document)
    return Strange(document)


def read_from_cloud(payload: bytes) -> ToTerminal | Malformed:
    """The message in a frame that the cloud sent: bare text is a registration answer, JSON an ack or a command."""
    document = strict_json.parse(payload)
    if isinstance(document, str):
        try:
            return RegistrationAnswer(payload.decode("ascii"))
        except UnicodeDecodeError:
            return malformed(payload, document)
    if "Command" not in document.fields and document.fields.get("Status") == "OK":
        return Ack()
    return Command(document.fields)


# ---- Building --------------------------------------------------------------------------------------------------------


def build(body: bytes | str | dict[str, str], terminator: bytes = TERMINATOR) -> bytes:
    """The bytes of one message: a text, or a JSON object from its fields, and what ends it."""
    if isinstance(body, dict):
        body = strict_json.build(body)
    elif isinstance(body, str):
        body = body.encode()
    return body + terminator


class Reader:
    """Bytes of one line to messages, by one of the two `read_from_…`."""

    def __init__(self, read: Callable[[bytes], FromTerminal | ToTerminal | Malformed], limit: int = 1 << 20) -> None:
        self._frames = Delimited(TERMINATOR, limit)
        self._read = read

    @property
    def pending(self) -> bytes:
        """The beginning of an unfinished frame, if bytes wait for their terminator."""
        return self._frames.pending

    def receive_data(self, data: bytes) -> list[FromTerminal | ToTerminal | Malformed]:
        """Feed bytes; the messages and malformed pieces they finish."""
        return [
            frame if isinstance(frame, Malformed) else self._read(frame.payload)
            for frame in self._frames.receive_data(data)
        ]
