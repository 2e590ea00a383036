"""The words of Paymentsense Connect: the address that opens a connection, and the messages that are then exchanged.

Messages are JSON-RPC 2 both ways, so a message is told by whose it is and what it does: a Demand wants an answer, a
Notification does not, a Result or a Refusal is that answer. An answer does not say what it answers; a Dialogue
remembers what each side has asked on one line, and so every message has its method. Methods have canonical names here;
those on the wire come from the profile, since the document that fixes them is lost in part.

Reading is lenient: whatever can be understood is, and its mistakes stand beside it in `faults`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

from harness.wire import jsonrpc
from harness.wire.framing import Malformed, malformed
from harness.wire.paymentsense_schema import PARAMS, V1, mistakes

# ---- The address -----------------------------------------------------------------------------------------------------

PAC, PAT = "pac", "pat"
INTEGRATIONS = (PAC, PAT)
TOKEN, VERSION, SOFTWARE_HOUSE, INSTALLER = "token", "api-version", "software-house-id", "installer-id"
FINAL_RECEIPT = "final-pos-receipt-request"
PARAMETERS = (TOKEN, VERSION, SOFTWARE_HOUSE, INSTALLER, FINAL_RECEIPT)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the address. `raw`: its value as it stands there, None for a bare name without `=`."""

    name: str
    raw: str | None

    @property
    def value(self) -> str:
        """The decoded value, empty for a bare name."""
        return unquote((self.raw or "").replace("+", " "), errors="replace")


@dataclass(frozen=True, slots=True)
class Address:
    """The target of a handshake, read: what stands in the path, and the parameters in their order."""

    path: str
    parameters: tuple[Parameter, ...]

    @property
    def integration(self) -> str:
        """The path without its slash: `pac`, `pat`, or whatever it is."""
        return self.path.removeprefix("/")

    def all(self, name: str) -> list[Parameter]:
        return [parameter for parameter in self.parameters if parameter.name == name]

    def value(self, name: str) -> str | None:
        """The decoded value of the first parameter of a name; None without one."""
        return next((parameter.value for parameter in self.parameters if parameter.name == name), None)


def read_address(target: str) -> Address:
    """The address in a request target, as `/pac?token=…`. Never raises for what came."""
    path, _, query = target.partition("?")
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    parts = (part.partition("=") for part in query.split("&") if part)
    return Address(path, tuple(Parameter(unquote(name), raw if mark else None) for name, mark, raw in parts))


def build_target(integration: str, values: Mapping[str, str], *, final_receipt: bool = False) -> str:
    """The request target: path and query, values encoded, the flag as a bare name at the end."""
    query = [f"{name}={quote(value, safe='')}" for name, value in values.items()]
    return f"/{integration}?" + "&".join([*query, FINAL_RECEIPT] if final_receipt else query)


# ---- What Connect makes of a handshake -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admitted:
    """Noted: a connection is let in. `site`: the host address of the site that its API key belongs to; `version`: as
    what it is served; `mute`: its credentials were not in the address, so that it will never be answered."""

    integration: str
    version: str
    final_receipt: bool
    site: str = ""
    mute: bool = False


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Noted: a handshake was refused, with this HTTP status."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Pinged:
    """Noted: Connect sent a ping."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """Noted: Connect ends a connection. `code`: of the close frame, None for none."""

    why: str
    code: int | None


# ---- Methods ---------------------------------------------------------------------------------------------------------

FROM_EPOS = ("connectedTerminals", "terminalDetails", "terminalsDetails", "sale", "refund", "preAuth", "completion",
             "accountVerification", "duplicate", "cancelTransaction", "reportEndOfDay", "reportBanking",
             "reportXBalance", "reportZBalance")  # fmt: skip
FROM_CONNECT = ("terminalNotification", "signatureVerificationRequest", "tableListRequest", "tableLockRequest",
                "posReceiptRequest", "transactionResponse", "finalPOSReceiptRequest", "tableUnlock")  # fmt: skip
TABLE_VISIT = ("tableListRequest", "tableLockRequest", "posReceiptRequest", "transactionResponse",
               "finalPOSReceiptRequest", "tableUnlock")  # fmt: skip
"""Methods by which a guest pays at the table."""
ANALOGUE = (*TABLE_VISIT, "errorMessage")
"""Methods whose names are those of another vendor's near-identical design: to be confirmed before certifying."""

METHODS = tuple(PARAMS)
TRANSACTIONS = ("sale", "refund", "preAuth", "completion", "accountVerification")
"""Methods that a card machine carries out and that end with a transaction."""
REPORTS = ("reportEndOfDay", "reportBanking", "reportXBalance", "reportZBalance")
DISCONTINUED = "Connection Discontinued"
"""What an older PAT connection is told when a newer one takes its place (PSC-114)."""

NAMES: Mapping[str, str] = {method: method for method in METHODS}
"""What each method is called on the wire, if the profile says nothing else."""

PARSE_ERROR, INVALID_REQUEST = jsonrpc.PARSE_ERROR, jsonrpc.INVALID_REQUEST
UNKNOWN_METHOD, INVALID_PARAMS = jsonrpc.METHOD_NOT_FOUND, jsonrpc.INVALID_PARAMS
UNAVAILABLE, BUSY = -32001, -32002
"""Codes of a Refusal: JSON-RPC's own, and ours in the range that it leaves to vendors."""

same_id = jsonrpc.same_id

# ---- Messages --------------------------------------------------------------------------------------------------------


class Side(StrEnum):
    EPOS = "epos"
    CONNECT = "connect"

    @property
    def other(self) -> Side:
        return Side.CONNECT if self is Side.EPOS else Side.EPOS


@dataclass(frozen=True, slots=True)
class Demand:
    """A message with a method and an id: it wants an answer. `method`: canonical, or as sent if nobody knows it."""

    by: Side
    id: Any
    method: str
    params: Any = None
    faults: tuple[str, ...] = ()

    def param(self, name: str) -> Any:
        """A member of the params; None if there is none, or no object."""
        return self.params.get(name) if isinstance(self.params, dict) else None


@dataclass(frozen=True, slots=True)
class Notification:
    """A message with a method and no id."""

    by: Side
    method: str
    params: Any = None
    faults: tuple[str, ...] = ()

    def param(self, name: str) -> Any:
        return self.params.get(name) if isinstance(self.params, dict) else None


@dataclass(frozen=True, slots=True)
class Result:
    """A demand's answer. `of`: the method it answers, empty if no demand outstanding has its id."""

    by: Side
    id: Any
    value: Any
    of: str = ""
    faults: tuple[str, ...] = ()

    def part(self, name: str) -> Any:
        """A member of the value; None if there is none, or no object."""
        return self.value.get(name) if isinstance(self.value, dict) else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A demand's answer that is an error. `user_message`: from `userMessage`, there or in `data`; empty without."""

    by: Side
    id: Any
    code: Any
    message: str
    user_message: str = ""
    of: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Oddity:
    """Noted: a text that a case had Connect send, and that is no message of the protocol."""

    text: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """Noted: Connect had something to say, and no connection to say it on. `what`: the method it is about."""

    what: str


Answer = Result | Refusal
Message = Demand | Notification | Result | Refusal
KINDS = (Address, Admitted, TurnedAway, Pinged, Ended, Demand, Notification, Result, Refusal, Oddity, Unsent)

# ---- Reading and building --------------------------------------------------------------------------------------------


def parse(text: str, by: Side, names: Mapping[str, str] = NAMES, version: str = V1) -> Message | Malformed:
    """The message in a text that one side sent; what an answer answers is not known yet. Never raises for what came.

    `version`: as what its connection is served. A batch is Malformed: Connect has none."""
    heard = jsonrpc.parse(text)
    match heard:
        case jsonrpc.Call(id, name, params):
            method = _canonical(name, names)
            return Demand(by, id, method, params, (*heard.faults, *mistakes("params", method, params, version)))
        case jsonrpc.Notice(name, params):
            method = _canonical(name, names)
            return Notification(by, method, params, (*heard.faults, *mistakes("params", method, params, version)))
        case jsonrpc.Reply(id, value):
            return Result(by, id, value, faults=heard.faults)
        case jsonrpc.Failure(id, code, message, data):
            return Refusal(by, id, code, message, _user_message(text, data), faults=heard.faults)
        case jsonrpc.Batch(parts):
            return malformed(text.encode(errors="replace"), f"a batch of {len(parts)} messages")
        case Malformed():
            return heard


def build(message: Message, names: Mapping[str, str] = NAMES) -> str:
    """The JSON text of a message, methods by their names on the wire; what its sender got wrong is not repaired."""
    match message:
        case Demand(_, id, method, params):
            return jsonrpc.build(jsonrpc.Call(id, names.get(method, method), params))
        case Notification(_, method, params):
            return jsonrpc.build(jsonrpc.Notice(names.get(method, method), params))
        case Result(_, id, value):
            return jsonrpc.build(jsonrpc.Reply(id, value))
        case Refusal(_, id, code, words, user_message):
            data = {"userMessage": user_message} if user_message else None
            return jsonrpc.build(jsonrpc.Failure(id, code, words, data))


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value is as a pattern says. `...` matches anything; an object may have more members than its pattern;
    all else must be equal, in type too."""
    if pattern is ...:
        return True
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and matches(part, value[name]) for name, part in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and len(pattern) == len(value) and all(map(matches, pattern, value))
    return type(pattern) is type(value) and bool(pattern == value)


def _user_message(text: str, data: Any) -> str:
    """What an error would have the user told: a member of the error itself, or of its data."""
    error = json.loads(text).get("error")
    for holder in (error, data):
        if isinstance(holder, dict) and isinstance(holder.get("userMessage"), str):
            return str(holder["userMessage"])
    return ""


def _canonical(name: Any, names: Mapping[str, str]) -> str:
    return next((method for method, called in names.items() if called == name), str(name))


class Dialogue:
    """One side's memory of what was asked on one line, so that an answer can be read as the answer to something.

    `version`: as what the line is served, once that is known."""

    def __init__(self, me: Side, names: Mapping[str, str] = NAMES) -> None:
        self._me, self._names = me, names
        self.version = V1
        self._asked: dict[Side, list[Demand]] = {Side.EPOS: [], Side.CONNECT: []}

    def hear(self, text: str) -> Message | Malformed:
        """What a text of the other side says."""
        found = parse(text, self._me.other, self._names, self.version)
        return found if isinstance(found, Malformed) else self._keep(found)

    def say(self, message: Message) -> str:
        """The text for a message of ours."""
        return build(self._keep(message), self._names)

    def said(self, text: str) -> Message | Oddity:
        """What a text of ours says, which was not built from a message."""
        found = parse(text, self._me, self._names, self.version)
        return Oddity(text) if isinstance(found, Malformed) else self._keep(found)

    def outstanding(self, by: Side) -> list[Demand]:
        """What one side has asked and not been answered yet, the oldest first."""
        return list(self._asked[by])

    def forget(self, demand: Demand) -> None:
        """Its answer will not be waited for: one that comes all the same answers nothing."""
        self._asked[demand.by] = [asked for asked in self._asked[demand.by] if asked is not demand]

    def _keep(self, message: Message) -> Message:
        if isinstance(message, Demand):
            self._asked[message.by].append(message)
        elif isinstance(message, Answer):
            asked = self._asked[message.by.other]
            found = next((demand for demand in asked if same_id(demand.id, message.id)), None)
            if found is not None:
                self.forget(found)
                message = replace(message, of=found.method)
                if isinstance(message, Result):
                    wrong = mistakes("result", found.method, message.value, self.version)
                    message = replace(message, faults=(*message.faults, *wrong))
        return message


# ---- Money and receipts ----------------------------------------------------------------------------------------------


def minor(amount: str) -> int:
    """Minor units of an amount as a person writes it: `12.40` is 1240. Raises ValueError for what is no such amount."""
    whole, _, cents = amount.partition(".")
    if not (whole.isdecimal() and len(cents) in (0, 2) and (not cents or cents.isdecimal())):
        raise ValueError(f"no amount: {amount!r}")
    return int(whole) * 100 + int(cents or 0)


def decimal(units: int) -> str:
    """An amount as a person writes it, from its minor units, 0 or more: 1240 is `12.40`."""
    return f"{units // 100}.{units % 100:02}"


def receipt(*lines: str, bold: int = 0) -> list[dict[str, Any]]:
    """Receipt lines of plain text, the first so many of them bold."""
    return [
        {"value": line, "type": "TEXT", **({"format": ["BOLD"]} if number < bold else {})}
        for number, line in enumerate(lines)
    ]
