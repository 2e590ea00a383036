"""JSON Schemas of the nexo messages, and all that they find wrong with one.

Only what the document, its samples or the public typings say is in them. Unknown members are allowed everywhere
(ADY-067), and so is every order (ADY-066).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

EVENTS = ("Shutdown", "BeginMaintenance", "EndMaintenance", "OutOfOrder", "Initialised", "Reject", "SaleWakeUp")
"""The values of EventToNotify that the document defines."""

OTHER_EVENTS = ("Abort", "CardInserted", "CardRemoved", "Completed", "CustomerLanguage", "KeyPressed",
                "NetworkConnected", "NetworkDisconnected", "SaleAdmin", "ScanBarcodeResult", "SecurityAlarm",
                "StopAssistance", "UseAnotherCardForPreauth")  # fmt: skip
"""Values that the public typings add to them."""

ERROR_CONDITIONS = ("Aborted", "Busy", "Cancel", "DeviceOut", "InProgress", "InsertedCard", "InvalidCard", "LoggedOut",
                    "MessageFormat", "NotAllowed", "NotFound", "PaymentRestriction", "Refusal", "UnavailableDevice",
                    "UnavailableService", "UnreachableHost", "WrongPIN")  # fmt: skip

MOST = 20
"""Faults of one message that are told; a body of garbage must not fill a trace."""

_STRING: Schema = {"type": "string"}
_WORD: Schema = {"type": "string", "minLength": 1}
_TIME: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "description": "a time in UTC, with milliseconds and Z",
}
_ZONED: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
    "description": "a time with a zone",
}
_BASE64: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9+/]+={0,2}$", "description": "base64"}


def _object(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _constant(value: object) -> Schema:
    return {"const": value}


_HEADER_REQUIRED: dict[str, Schema] = {
    "MessageClass": {"enum": ["Event", "Service", "Device"]},
    "MessageCategory": _WORD,
    "MessageType": {"enum": ["Notification", "Request", "Response"]},
    "POIID": _WORD,
}
_HEADER = _object(_HEADER_REQUIRED, ProtocolVersion=_constant("3.0"), SaleID=_WORD, DeviceID=_WORD, ServiceID=_WORD)

_EVENT_HEADER = _object(
    {
        "MessageClass": _constant("Event"),
        "MessageCategory": _constant("Event"),
        "MessageType": _constant("Notification"),
        "ProtocolVersion": _constant("3.0"),
        "SaleID": _WORD,
        "POIID": {
            "type": "string",
            "pattern": r"^[A-Za-z0-9]+-\d+$",
            "description": "a model, a dash and a serial number",
        },
        "DeviceID": {"type": "string", "pattern": r"^\d{1,10}$", "description": "up to ten digits"},
    },
    ServiceID=_WORD,
)


def _service_header(type: str, category: str) -> Schema:
    return _object(
        {
            "MessageClass": _constant("Service"),
            "MessageCategory": _constant(category),
            "MessageType": _constant(type),
            "ProtocolVersion": _constant("3.0"),
            "SaleID": _WORD,
            "ServiceID": {"type": "string", "pattern": r"^.{1,10}$", "description": "one to ten characters"},
            "POIID": _WORD,
        }
    )


_EVENT = _object(
    {"EventToNotify": {"enum": [*EVENTS, *OTHER_EVENTS]}, "TimeStamp": _TIME},
    EventDetails=_STRING,
    RejectedMessage=_BASE64,
    MaintenanceRequiredFlag={"type": "boolean"},
    CustomerLanguage=_STRING,
    DisplayOutput={"type": "object"},
)

_TRANSACTION_ID = _object({"TransactionID": _WORD, "TimeStamp": _ZONED})
_SALE_DATA = _object({"SaleTransactionID": _TRANSACTION_ID})
_AMOUNT: Schema = {"type": "number", "minimum": 0}
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "description": "a currency of three letters"}

_PAYMENT_REQUEST = _object(
    {
        "SaleData": _SALE_DATA,
        "PaymentTransaction": _object({"AmountsReq": _object({"Currency": _CURRENCY, "RequestedAmount": _AMOUNT})}),
    },
    PaymentData=_object({}, PaymentType=_WORD),
)
_REVERSAL_REQUEST = _object(
    {
        "OriginalPOITransaction": _object({"POITransactionID": _TRANSACTION_ID}),
        "ReversalReason": _WORD,
        "SaleData": _SALE_DATA,
    },
    ReversedAmount=_AMOUNT,
)

_OUTCOME = _object(
    {"Result": {"enum": ["Success", "Failure", "Partial"]}},
    ErrorCondition={"enum": list(ERROR_CONDITIONS)},
    AdditionalResponse=_STRING,
)
_RECEIPT = _object(
    {"DocumentQualifier": {"enum": ["CashierReceipt", "CustomerReceipt"]}}, RequiredSignatureFlag={"type": "boolean"}
)
_PAYMENT_RESPONSE = _object(
    {
        "POIData": _object({"POITransactionID": _TRANSACTION_ID}, POIReconciliationID=_STRING),
        "Response": _OUTCOME,
        "SaleData": _SALE_DATA,
    },
    PaymentReceipt={"type": "array", "items": _RECEIPT},
    PaymentResult=_object(
        {},
        AmountsResp=_object({"AuthorizedAmount": _AMOUNT}, Currency=_CURRENCY),
        OnlineFlag={"type": "boolean"},
        PaymentInstrumentData={"type": "object"},
    ),
) | {
    # Who was paid is told how much.
    "if": {"properties": {"Response": {"properties": {"Result": {"enum": ["Success", "Partial"]}}}}},
    "then": {"required": ["PaymentResult"], "properties": {"PaymentResult": {"required": ["AmountsResp"]}}},
}

_REVERSAL_RESPONSE = _object(
    {"POIData": _object({"POITransactionID": _TRANSACTION_ID}), "Response": _OUTCOME},
    PaymentReceipt={"type": "array", "items": _RECEIPT},
    ReversedAmount=_AMOUNT,
)

_REFERENCE = _object({"MessageCategory": _WORD, "SaleID": _WORD, "ServiceID": _WORD})
_STATUS_REQUEST = _object({"MessageReference": _REFERENCE})
_STATUS_RESPONSE = _object({"Response": _OUTCOME}, RepeatedMessageResponse=_object({"MessageHeader": _HEADER}))

_SEALED: dict[str, Schema] = {
    "NexoBlob": _BASE64,
    "SecurityTrailer": _object(
        {
            "AdyenCryptoVersion": {"type": "integer"},
            "KeyIdentifier": _WORD,
            "KeyVersion": {"type": "integer"},
            "Nonce": _BASE64,
            "Hmac": _BASE64,
        }
    ),
}


def _message(wrapper: str, header: Schema, **body: Schema) -> Draft202012Validator:
    schema = _object({wrapper: _object({"MessageHeader": header, **body})})
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


_REQUEST, _RESPONSE = "SaleToPOIRequest", "SaleToPOIResponse"

SCHEMAS: dict[tuple[str, str], Draft202012Validator] = {
    (wrapper, name): _message(wrapper, header, **{name: body})
    for wrapper, name, header, body in (
        (_REQUEST, "EventNotification", _EVENT_HEADER, _EVENT),
        (_REQUEST, "PaymentRequest", _service_header("Request", "Payment"), _PAYMENT_REQUEST),
        (_REQUEST, "ReversalRequest", _service_header("Request", "Reversal"), _REVERSAL_REQUEST),
        (_REQUEST, "TransactionStatusRequest", _service_header("Request", "TransactionStatus"), _STATUS_REQUEST),
        (_RESPONSE, "PaymentResponse", _service_header("Response", "Payment"), _PAYMENT_RESPONSE),
        (_RESPONSE, "ReversalResponse", _service_header("Response", "Reversal"), _REVERSAL_RESPONSE),
        (_RESPONSE, "TransactionStatusResponse", _service_header("Response", "TransactionStatus"), _STATUS_RESPONSE),
    )
}
"""By what a message is wrapped in and what its body is called."""

_SEALED_AS = {wrapper: _message(wrapper, _HEADER, **_SEALED) for wrapper in (_REQUEST, _RESPONSE)}
_OTHER = {wrapper: _message(wrapper, _HEADER) for wrapper in (_REQUEST, _RESPONSE)}


def faults_of(wrapper: str, document: Mapping[str, Any]) -> tuple[str, ...]:
    """All that the schema of a message finds wrong with it, each with its place; at most `MOST` of them.

    `wrapper`: SaleToPOIRequest or SaleToPOIResponse, a member of `document` that is an object. A message of a kind that
    has no schema here is held to the rules of its header alone."""
    content = document[wrapper]
    if "NexoBlob" in content:
        validator = _SEALED_AS[wrapper]
    else:
        found = (SCHEMAS[wrapper, name] for name in content if (wrapper, name) in SCHEMAS)
        validator = next(found, _OTHER[wrapper])
    faults = sorted((".".join(map(str, error.absolute_path)), _why(error)) for error in validator.iter_errors(document))
    return tuple(f"{place}: {why}" for place, why in faults[:MOST])


def _why(error: Any) -> str:
    """What is wrong, without the value: it may be long, or secret."""
    match error.validator:
        case "required":
            return str(error.message)  # which names the member, in our own words
        case "type":
            return f"is no {error.validator_value}"
        case "pattern":
            return f"is not {error.schema.get('description', 'of its form')}"
        case "enum":
            return "is none of its values"
        case "const":
            return f"is not {error.validator_value!r}"
        case kind:
            return f"breaks {kind} {error.validator_value}"
