"""JSON Schemas of the Modulus messages, and what a message breaks of its own, every error told in a clause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from harness.wire.strict_json import Unquoted

ONLINE, OFFLINE, RECONNECTING = "online", "offline", "reconnecting"
CONNECTED, DISCONNECTED = "connected", "disconnected"
SUCCESS, FAILED, PENDING, CANCELLED = "SUCCESS", "FAILED", "PENDING", "CANCELLED"

LIST_STATUSES = (ONLINE, OFFLINE, RECONNECTING)
"""How it stands with a terminal in a list of terminals."""

PUSH_STATUSES = (CONNECTED, RECONNECTING, DISCONNECTED)
"""How it stands with a terminal in a push; `online` and `offline` are understood too."""

RESULTS = (SUCCESS, FAILED, PENDING, CANCELLED)
METHODS = ("CARD", "CASH", "MOBILE", "OTHER")

Json = dict[str, Any]

# ---- Schemas ---------------------------------------------------------------------------------------------------------

_TEXT: Json = {"type": "string"}
_NAME: Json = {"type": "string", "minLength": 1}
_AMOUNT: Json = {"type": ["string", "number"]}


def _object(required: Iterable[str] = (), **properties: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


def _message(action: str, *required: str, **properties: Json) -> Json:
    return _object(("action", *required), action={"const": action}, **properties)


_PAYMENT_REQUEST = _object(
    ("transactionId", "amount", "currency", "paymentMethod"),
    transactionId=_NAME,
    amount=_AMOUNT,
    currency={"type": "string", "pattern": "^[A-Z]{3}$"},
    paymentMethod={"type": "string", "enum": list(METHODS)},
    products={"type": "array", "items": _object()},
    customerInfo=_object(),
    metadata=_object(),
)
_PAYMENT_RESPONSE = {
    **_object(
        ("transactionId", "status"),
        transactionId=_NAME,
        status={"type": "string", "enum": list(RESULTS)},
        amount=_AMOUNT,
        authorizationCode=_TEXT,
        errorCode=_TEXT,
        errorMessage=_TEXT,
    ),
    # Money moved: then how much is part of the result.
    "if": {"properties": {"status": {"const": SUCCESS}}},
    "then": {"required": ["amount"]},
}
_TERMINAL = {
    **_object(
        ("status",),
        deviceId=_NAME,
        connectionId=_NAME,
        status={"type": "string", "enum": list(LIST_STATUSES)},
    ),
    # A terminal of a fixed name may be left without: then its connection is all there is to name it (M4).
    "if": {"not": {"required": ["connectionId"]}},
    "then": {"required": ["deviceId"]},
}

SCHEMAS: dict[str, Json] = {
    "getTerminals": _message("getTerminals"),
    "payment": _message("payment", "terminalId", "paymentRequest", terminalId=_NAME, paymentRequest=_PAYMENT_REQUEST),
    "ping": _message("ping"),
    "terminalsResponse": _message("terminalsResponse", "terminals", terminals={"type": "array", "items": _TERMINAL}),
    "paymentComplete": _message(
        "paymentComplete", "terminalId", "paymentResponse", terminalId=_NAME, paymentResponse=_PAYMENT_RESPONSE
    ),
    "terminalStatusUpdate": _message(
        "terminalStatusUpdate",
        "status",
        status={"type": "string", "enum": [*PUSH_STATUSES, ONLINE, OFFLINE]},
        terminalId=_NAME,
        deviceId=_NAME,
        connectionId=_NAME,
    ),
    "paymentVoided": _message(
        "paymentVoided", "transactionId", transactionId=_NAME, terminalId=_NAME, voidReason=_TEXT
    ),
    "forceDisconnect": _message("forceDisconnect", reason=_TEXT),
    "pong": _message("pong"),
    "error": _object(("error",), error=_TEXT, message=_TEXT, transactionId=_NAME),
}
"""JSON Schema (2020-12) of each message, by its `action`. What else stands in a message is allowed."""


def _is_number(_: object, value: object) -> bool:
    return isinstance(value, Unquoted) and value.text.lstrip("-")[:1].isdigit()


# Numbers stay as they were written (`Unquoted`): a thousand digits are nobody's business here.
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)
_VALIDATORS = {action: _Validator(schema) for action, schema in SCHEMAS.items()}


def errors(action: str, value: object) -> list[str]:
    """Everything in which a value breaks the schema of an action, by the place of the mistake, each told once.

    `value` as JSON gave it, its numbers `Unquoted`. Raises RecursionError for one that is nested too deeply."""
    found = sorted(
        _VALIDATORS[action].iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path]
    )
    return list(dict.fromkeys(sentence for error in found for sentence in _sentences(error)))


def _sentences(error: ValidationError) -> Iterator[str]:
    """What an error says, without the value that is wrong: it may be a megabyte, or nobody's business."""
    place = ".".join(map(str, error.absolute_path)) or "message"
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            inside = "" if place == "message" else f"{place}."
            yield from (f"{inside}{name}: missing" for name in wanted if name not in instance)
        case "type":
            yield f"{place}: no {' or '.join([wanted] if isinstance(wanted, str) else wanted)}"
        case "enum":
            yield f"{place}: none of {', '.join(wanted)}"
        case "const":
            yield f"{place}: not {wanted!r} in this spelling"
        case "minLength":
            yield f"{place}: empty"
        case _:
            yield f"{place}: does not fit {error.validator} {wanted!r}"
