"""The JSON Schemas of Paymentsense Connect's messages, and every mistake of a message as a sentence.

The page that holds the published schemas is lost. These are put together from the changelog, from the names of the same
objects over REST and from a public client (the fact sheet says which is which), so they ask for what those agree on and
allow whatever else is there. Methods are called by their canonical names; what they are called on the wire is a matter
of the profile.
"""

from __future__ import annotations

import functools
from typing import Any

import jsonschema

Schema = dict[str, Any]

MOST_MISTAKES = 20
"""Mistakes of one message that are told; there may be as many as it has members."""

TID: Schema = {"type": "string", "minLength": 1}
AMOUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 99_999_999}
CASHBACK: Schema = {"type": "integer", "minimum": 0, "maximum": 10_000}
"""Minor units, as in PSC-111."""
SUM: Schema = {"type": "integer", "minimum": 0}
CURRENCY: Schema = {"enum": ["GBP", "EUR"]}
TEXT: Schema = {"type": "string"}

TRANSACTION_RESULTS = ("SUCCESSFUL", "DECLINED", "VOID", "UNSUCCESSFUL", "CANCELLED", "TIMED_OUT")
NOTIFICATIONS = (
    "APPROVED", "ATTEMPTING_CANCEL", "BAD_SWIPE", "CANCELLING", "CARD_ERROR", "CARD_EXPIRED", "CARD_NOT_SUPPORTED",
    "CONNECTING", "CONNECTION_MADE", "DECLINED", "DECLINED_BY_CARD", "ENTER_CASHBACK", "INSERT_CARD", "PIN_ENTRY",
    "PLEASE_WAIT", "PRESENT_CARD", "PRESENT_ONLY_ONE_CARD", "PROCESSING_ERROR", "REMOVE_CARD", "REPLACE_PAPER",
    "REPORT_FINISHED", "REPORT_STARTED", "REQUEST_SENT", "RETRYING", "RE_PRESENT_CARD", "SIGNATURE_VERIFICATION",
    "SIGNATURE_VERIFICATION_IN_PROGRESS", "SIGNATURE_VERIFICATION_PROCESS_COMPLETED",
    "SIGNATURE_VERIFICATION_PROCESS_COULD_NOT_BE_COMPLETED", "SIGNATURE_VERIFICATION_TIMEOUT", "TRANSACTION_FINISHED",
    "TRANSACTION_STARTED", "UNABLE_TO_CANCEL",
)  # fmt: skip
"""The values of `notificationValue` that the public pages name."""
LINE_TYPES = ("TEXT", "BOX_DECLINE", "BOX_VOID", "CARRIAGE_RETURN", "LINE_SEPARATOR_SINGLE", "LINE_SEPARATOR_DOUBLE",
              "TICKET_FEED")  # fmt: skip
LINE_FORMATS = ("BOLD", "DOUBLE_HEIGHT", "DOUBLE_WIDTH")


def _object(required: Schema | None = None, **optional: Schema) -> Schema:
    """An object with these members and whatever others."""
    required = required or {}
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


RECEIPT_LINES = _list(
    _object({"value": TEXT}, type={"enum": list(LINE_TYPES)}, format=_list({"enum": list(LINE_FORMATS)}))
)
TERMINAL = _object({"tid": TID, "status": {"enum": ["AVAILABLE", "BUSY"]}}, currency=CURRENCY)
TRANSACTION = _object(
    {"transactionResult": {"enum": list(TRANSACTION_RESULTS)}},
    transactionType=TEXT,
    amountBase=SUM,
    amountCashback=SUM,
    amountGratuity=SUM,
    amountTotal=SUM,
    currency=CURRENCY,
    userMessage=TEXT,
    receiptLines=_object(MERCHANT=RECEIPT_LINES, CUSTOMER=RECEIPT_LINES),
)
PAYMENT = _object({"amountPaid": SUM}, amountCashback=SUM, amountGratuity=SUM, currency=CURRENCY, paymentId=TEXT)
NOTHING: Schema = {"anyOf": [{"type": "null"}, _object(), {"type": "array", "maxItems": 0}]}
TABLE: Schema = {"type": "string", "minLength": 1}
TPIS: Schema = {"type": "array", "items": TID, "minItems": 1}
SALE = _object({"tid": TID, "amount": AMOUNT, "currency": CURRENCY}, amountCashback=CASHBACK,
               cardholderNotPresent={"type": "boolean"})  # fmt: skip
ERROR = _object({"code": {"type": "integer"}, "message": TEXT}, userMessage=TEXT)

PARAMS: dict[str, Schema] = {
    "connectedTerminals": NOTHING,
    "terminalDetails": _object({"tid": TID}),
    "terminalsDetails": {"if": {"type": "object"}, "then": _object({"tpi": TPIS}), "else": TPIS},
    "sale": SALE,
    "refund": _object({"tid": TID, "amount": AMOUNT, "currency": CURRENCY}),
    "preAuth": SALE,
    "completion": _object({"tid": TID, "amount": AMOUNT, "currency": CURRENCY, "authCode": TEXT}),
    "accountVerification": _object({"tid": TID}, currency=CURRENCY),
    "duplicate": _object({"tid": TID}),
    "cancelTransaction": _object({"tid": TID}),
    **dict.fromkeys(("reportEndOfDay", "reportBanking", "reportXBalance", "reportZBalance"), _object({"tid": TID})),
    "terminalNotification": _object({"tid": TID, "notificationValue": TEXT}),
    "signatureVerificationRequest": _object({"tid": TID}, receiptLines=RECEIPT_LINES),
    "tableListRequest": _object(tid=TID, waiterId=TEXT),
    "tableLockRequest": _object({"tableId": TABLE}),
    "posReceiptRequest": _object({"tableId": TABLE}),
    "transactionResponse": _object({"tableId": TABLE, "payments": _list(PAYMENT)}, amountTotal=SUM, currency=CURRENCY),
    "finalPOSReceiptRequest": _object({"tableId": TABLE}),
    "tableUnlock": _object({"tableId": TABLE}),
    "errorMessage": ERROR,
}
"""What stands in `params`, by canonical method."""

RESULTS: dict[str, Schema] = {
    "connectedTerminals": _list(TERMINAL),
    "terminalDetails": TERMINAL,
    "terminalsDetails": _list(TERMINAL),
    **dict.fromkeys(("sale", "refund", "preAuth", "completion", "accountVerification", "duplicate"), TRANSACTION),
    **dict.fromkeys(("reportEndOfDay", "reportBanking", "reportXBalance", "reportZBalance"), _object(tid=TID)),
    "signatureVerificationRequest": _object({"accepted": {"type": "boolean"}}),
    "tableListRequest": _object({"tables": _list(TABLE)}, currency=CURRENCY),
    "tableLockRequest": {
        "if": _object({"confirmed": {"const": True}}),
        "then": _object({"amount": SUM, "currency": CURRENCY}),
        "else": _object({"confirmed": {"type": "boolean"}}),
    },
    "posReceiptRequest": _object({"receiptLines": RECEIPT_LINES}),
    "finalPOSReceiptRequest": _object({"receiptLines": RECEIPT_LINES}),
    "transactionResponse": NOTHING,
    "tableUnlock": NOTHING,
}
"""What stands in `result`, by the canonical method it answers. That of `cancelTransaction` has a free shape."""

V1, V0 = VERSIONS = ("v1", "v0")
"""The versions of the interface, the latest first."""
OF_ONE_VERSION = {"terminalDetails": V1, "terminalsDetails": V0}
"""Methods that only one of them has: v0 asked for a list of card machines by `tpi` where v1 asks for one by `tid`."""


def serves(version: str, method: str) -> bool:
    """Whether a version has a method, if that is one of the interface at all."""
    return OF_ONE_VERSION.get(method, version) == version


@functools.cache
def _validator(of: str, method: str) -> jsonschema.Draft202012Validator | None:
    schema = (PARAMS if of == "params" else RESULTS).get(method)
    return None if schema is None else jsonschema.Draft202012Validator(schema)


def mistakes(of: str, method: str, value: Any, version: str = V1) -> tuple[str, ...]:
    """Everything that is wrong with the `params` or the `result` of a method, a clause each, in the order of its place.

    `of`: which of the two; `version`: as what its connection is served. A method without a schema has no mistakes. No
    clause repeats a value that is longer than a word."""
    if not serves(version, method):
        return (f"{method} is a method of {OF_ONE_VERSION[method]}, and the connection is one of {version}",)
    if (validator := _validator(of, method)) is None:
        return ()
    found = sorted(validator.iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    # The library tells of each absent member by itself, and a clause of ours of all of them.
    return tuple(dict.fromkeys(_clause(of, error) for error in found[:MOST_MISTAKES]))


def _clause(of: str, error: jsonschema.ValidationError) -> str:
    place = "/".join([of, *map(str, error.absolute_path)])
    value: Any = error.instance
    wanted: Any = error.validator_value
    match error.validator:
        case "required":
            absent = [name for name in wanted if name not in value]
            return f"{place} lacks {', '.join(absent)}"
        case "type":
            return f"{place} is {_shown(value)}, not of type {wanted}"
        case "enum":
            return f"{place} is {_shown(value)}, none of {', '.join(map(str, wanted))}"
        case "minimum" | "maximum" as bound:
            return f"{place} is {_shown(value)}, beyond its {bound} of {wanted}"
        case rule:
            return f"{place} is {_shown(value)}, which breaks the schema's {rule}"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    shown = repr(value)
    return shown if len(shown) <= 24 else f"{shown[:21]}…"
