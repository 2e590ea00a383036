"""The calls of the eConduit web API as they are asked and answered: parameters read, JSON shapes built, secrets masked.

The shapes are those of the public API pages; where a page is silent the reading is marked *assumption*. Rules:

- A call is a GET with a query string under `/services/api.asmx/`. Every documented parameter must be there, once, even
  if empty (said of runTransaction2; the service is of a kind that refuses a call without one, so taken for all).
  Names are matched without regard to case, since the pages themselves write both `refID` and `refId`, and so is the
  value of `command`, since they write both `Sale` and `sale`.
- An error of a known call is told in the call's own shape under HTTP status 200: integrators take any other status for
  a broken service. 404 is for a call that does not exist, 405 for a method other than GET. HEAD is refused too: it must
  change nothing, and these calls move money.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote_plus

from harness.wire.econduit import RESPONSE_FIELDS, TRANSACTIONS
from harness.wire.http1 import Reply, Request
from harness.wire.webapi import PATH, JsonFields, PosAnswer, PosCall

COUNTRIES = ("USA", "Canada", "UK", "Australia", "New Zealand")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a call takes: parameters that must have a value, and those that must be there but may be empty."""

    filled: tuple[str, ...]
    present: tuple[str, ...] = ()


_LOGIN = ("key", "password", "terminalId")
_RUN = Signature(("command", *_LOGIN, "amount", "refID"))
_CHECK = Signature(("command", *_LOGIN, "refID", "date"))
_PAIR = Signature(("resellerName", "referenceId", "terminalId"))  # contact data is taken and not judged

CALLS = {
    "runTransaction": _RUN,
    "runTransaction2": Signature(_RUN.filled, ("invoiceNumber", "merchantId", "token", "expDate")),
    "checkStatus": _CHECK,
    "checkStatus2": Signature(_CHECK.filled, ("merchantId",)),
    "closeBatch": Signature((*_LOGIN, "refId"), ("merchantId",)),
    "pairTerminal": _PAIR,
    "pairTerminalWithCountry": Signature((*_PAIR.filled, "country")),
    "unPairTerminal": Signature(_LOGIN),
}

PAIRING = ("pairTerminal", "pairTerminalWithCountry", "unPairTerminal")
"""Calls that answer with `Status` and `ErrorMessage`."""

# ---- For the trace ---------------------------------------------------------------------------------------------------

SECRETS = frozenset({"key", "password", "apikey", "apipassword"})
"""Names, folded, of what must not be written down."""

MASK = b"\xa4"

_PARAMETER = re.compile(rb"(?<![^?&\s])([^=&?\s]+)=([^&\s]*)")
_STRING = rb'"((?>[^"\\]+|\\.)*+)'  # possessive: backtracking would keep a state for each byte of a megabyte
_MEMBER = re.compile(_STRING + rb'"\s*:\s*' + _STRING)


def _masked(match: re.Match[bytes]) -> bytes:
    whole, name = match[0], unquote_plus(match[1].decode("latin-1"))
    if name.casefold() not in SECRETS:
        return whole
    return whole[: match.start(2) - match.start()] + MASK * len(match[2])


def redact_query(data: bytes) -> bytes:
    """The same bytes, as many, with the values of keys and passwords masked: in a query string (also where a name is
    percent-encoded) and in a JSON object. A name cut off from its value is not recognised: see `redact_pieces`."""
    return _MEMBER.sub(_masked, _PARAMETER.sub(_masked, data))


def redact_pieces(pieces: Iterable[bytes]) -> list[bytes]:
    """The pieces in which the bytes of one line came, one direction, masked as a whole and cut again in the same
    places."""
    pieces = list(pieces)
    whole = redact_query(b"".join(pieces))
    redacted, start = [], 0
    for piece in pieces:
        redacted.append(whole[start : start + len(piece)])
        start += len(piece)
    return redacted


# ---- Reading a call --------------------------------------------------------------------------------------------------

_AMOUNT = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
_DATE = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API with its decoded parameters by documented name, a repeated one with its last value.

    `error`: the first thing wrong with it as the POS is told, "" if nothing is: every parameter the call takes is then
    there once, `command` has its documented spelling, `amount` and `date` their documented form."""

    name: str
    parameters: dict[str, str]
    repeated: tuple[str, ...]
    error: str

    @property
    def noted(self) -> PosCall:
        """The call without its secrets."""
        shown = {name: value for name, value in self.parameters.items() if name.casefold() not in SECRETS}
        return PosCall(self.name, shown, self.repeated)


def read(request: Request) -> Call:
    """The call in a request. Raises nothing for what a POS sent."""
    # A question mark that was percent-encoded by mistake would bring secrets into the name.
    path = request.path.partition("?")[0]
    name = path.removeprefix(PATH) if path.startswith(PATH) else "/" + path.lstrip("/")
    signature = CALLS.get(name, Signature(()))
    documented = {known.casefold(): known for known in (*signature.filled, *signature.present)}
    values: dict[str, list[str]] = {}
    for key, given in request.query.items():
        values.setdefault(documented.get(key.casefold(), key), []).extend(given)
    parameters = {key: given[-1] for key, given in values.items()}
    repeated = tuple(key for key, given in values.items() if len(given) > 1)
    if command := _spelling(parameters.get("command", "")):
        parameters["command"] = command
    return Call(name, parameters, repeated, _error(signature, parameters, repeated))


def _spelling(command: str) -> str | None:
    return next((known for known in TRANSACTIONS if known.casefold() == command.casefold()), None)


def _error(signature: Signature, parameters: dict[str, str], repeated: tuple[str, ...]) -> str:
    if repeated:
        return f"Parameter given twice: {repeated[0]}"
    for name in (*signature.filled, *signature.present):
        value = parameters.get(name)
        if value is None or (value == "" and name in signature.filled):
            return f"Missing parameter: {name}"
        fits, form = _FORMS.get(name, _ANY)
        if not fits(value):
            return f"Invalid {name}: must be {form}"
    return ""


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date(int(text[4:]), int(text[:2]), int(text[2:4]))
    except ValueError:
        return False
    return True


_Form = tuple[Callable[[str], object], str]

_ANY: _Form = (lambda _: True, "anything")
_FORMS: dict[str, _Form] = {
    "command": (TRANSACTIONS.__contains__, f"one of {', '.join(TRANSACTIONS)}"),
    "amount": (_AMOUNT.fullmatch, "digits with a decimal point, like 12.40"),
    "date": (_is_date, "a day as MMDDYYYY"),
    "country": (COUNTRIES.__contains__, f"one of {', '.join(COUNTRIES)}"),
}
"""Parameters whose form is documented: the test, and how the POS is told."""


# ---- Building an answer ----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_TWINS = ("Amount", "CashBack", "GiftCardBalance")
_ALWAYS_NULL = ("Track1", "Track2")


def number(text: str) -> float | None:
    """A plain decimal as a JSON number, None for anything else."""
    return float(text) if _NUMBER.fullmatch(text) else None


def transaction(given: dict[str, str]) -> JsonFields:
    """The answer to a transaction call from what is known, names in any case: every documented field, in order.

    Amounts stand twice, as a number and as its `…String` twin; a text that is no number leaves the number null. Tracks
    stay null whatever a terminal says (ECD-089)."""
    known = {name.casefold(): value for name, value in given.items()}
    shape: JsonFields = {}
    for name in RESPONSE_FIELDS:
        if name in _ALWAYS_NULL:
            shape[name] = None
        elif name in _TWINS:
            text = known.get(name.casefold()) or known.get(f"{name}String".casefold()) or "0.00"
            shape[name], shape[name + "String"] = number(text), text
        else:
            shape.setdefault(name, known.get(name.casefold(), ""))
    return shape


def failure(call: Call, why: str) -> JsonFields:
    """The answer that tells of an error, in the shape of its call."""
    terminal_id = call.parameters.get("terminalId", "")
    if call.name == "closeBatch":
        return batch(terminal_id, call.parameters.get("refId", ""), BatchTotals(code="0", message=why))
    if call.name in PAIRING:
        return pairing(terminal_id, error=why)
    shape = transaction(
        {
            "TerminalID": terminal_id,
            "ResultCode": "Error",
            "TransType": call.parameters.get("command", ""),
            "Message": why,
            "RefID": call.parameters.get("refID", ""),
        }
    )
    # Nothing has been learned about the transaction, so nothing is final.
    return {**shape, "ResultFinal": False} if call.name.startswith("checkStatus") else shape


def pairing(terminal_id: str, key: str = "", password: str = "", error: str = "") -> JsonFields:
    """The answer to a pairing call: `Success`, or `Error` with its reason."""
    return {
        "TerminalID": terminal_id,
        "ApiKey": key,
        "ApiPassword": password,
        "Status": "Error" if error else "Success",
        "ErrorMessage": error or None,
    }


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """How a batch closed. `code`: "-1" not supported, "0" failed, "1" closed; amounts in cents."""

    code: str
    message: str
    number: str = ""
    credit_count: int = 0
    credit_cents: int = 0
    gift_count: int = 0
    gift_cents: int = 0


def batch(terminal_id: str, ref_id: str, totals: BatchTotals) -> JsonFields:
    """The answer to closeBatch. Credit and gift are settled together, so they share code, message and number."""
    shape: JsonFields = {"TerminalID": terminal_id, "RefID": ref_id}
    for name, value in (("ResultCode", totals.code), ("Message", totals.message), ("BatchNum", totals.number)):
        shape |= {f"{name}Credit": value, f"{name}Gift": value}
    for kind, count, cents in (
        ("Total", totals.credit_count + totals.gift_count, totals.credit_cents + totals.gift_cents),
        ("Credit", totals.credit_count, totals.credit_cents),
        ("Gift", totals.gift_count, totals.gift_cents),
    ):
        sign, whole, rest = "-" if cents < 0 else "", *divmod(abs(cents), 100)
        text = f"{sign}{whole}.{rest:02}"
        shape |= {f"TransCnt{kind}": count, f"Amt{kind}": float(text), f"Amt{kind}String": text}
    return shape


def noted(status: int, fields: JsonFields) -> PosAnswer:
    """An answer without its secrets."""
    return PosAnswer(status, {name: value for name, value in fields.items() if name.casefold() not in SECRETS})


def reply(status: int, fields: JsonFields) -> Reply:
    """An answer as JSON in ASCII."""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json; charset=utf-8"),)
    if status == 405:
        headers += (("Allow", "GET"),)
    return Reply(status, headers, json.dumps(fields).encode("ascii"))
