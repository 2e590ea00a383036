"""The parts of nexo messages: a header and the bodies that we know, each read leniently and built whole.

What is absent, or of another type than it should be, reads as ""; what is "" is left out when it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import parse_qsl

from harness.wire.nexo_schema import EVENTS

if TYPE_CHECKING:
    from harness.wire.nexo import SaleToPOIResponse

HEADER = "MessageHeader"

JsonObject = dict[str, Any]

# ---- Parts -----------------------------------------------------------------------------------------------------------


def text_at(members: Mapping[str, Any], *path: str) -> str:
    """The string at the end of a path of members; "" if there is none, or something else."""
    value: Any = members
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def object_at(members: Mapping[str, Any], name: str) -> JsonObject:
    """The object that a member is; an empty one if there is none, or something else."""
    value = members.get(name)
    return value if isinstance(value, dict) else {}


def _filled(**members: Any) -> JsonObject:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class MessageHeader:
    """Who speaks to whom about what; "" for a member that is absent or no string.

    Class is Event, Service or Device; category Event, Payment, …; type Notification, Request or Response."""

    message_class: str = "Service"
    category: str = "Payment"
    type: str = "Request"
    sale_id: str = ""
    poi_id: str = ""
    service_id: str = ""
    device_id: str = ""
    protocol_version: str = "3.0"

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> MessageHeader:
        return cls(*(text_at(members, name) for name in _HEADER_MEMBERS))

    def members(self) -> JsonObject:
        """As JSON members, those that are not empty."""
        values = (self.message_class, self.category, self.type, self.sale_id, self.poi_id, self.service_id,
                  self.device_id, self.protocol_version)  # fmt: skip
        return _filled(**dict(zip(_HEADER_MEMBERS, values, strict=True)))

    def answered(self) -> MessageHeader:
        """The header of the response: an echo but for the MessageType (fact sheet, A12)."""
        return replace(self, type="Response")


_HEADER_MEMBERS = ("MessageClass", "MessageCategory", "MessageType", "SaleID", "POIID", "ServiceID", "DeviceID",
                   "ProtocolVersion")  # fmt: skip

EVENT_HEADER = MessageHeader("Event", "Event", "Notification")


class Body(Protocol):
    """What a message says beside its header. `NAME`: its member name."""

    NAME: ClassVar[str]

    def members(self) -> JsonObject: ...


@dataclass(frozen=True, slots=True)
class EventNotification:
    """What happened to a terminal. `event`: EventToNotify, `at`: TimeStamp, `details`: EventDetails, as they stand."""

    NAME: ClassVar[str] = "EventNotification"

    event: str
    at: str
    details: str = ""
    rejected_message: str = ""

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> EventNotification:
        names = ("EventToNotify", "TimeStamp", "EventDetails", "RejectedMessage")
        return cls(*(text_at(members, name) for name in names))

    def members(self) -> JsonObject:
        return _filled(
            EventToNotify=self.event,
            TimeStamp=self.at,
            EventDetails=self.details,
            RejectedMessage=self.rejected_message,
        )

    @property
    def pairs(self) -> dict[str, str]:
        """The details of a state event or a Reject, decoded: `{"newstate": "IDLE", …}`; those of a SaleWakeUp are
        plain text, whatever signs they have, and give none (ADY-081)."""
        return {} if self.event == "SaleWakeUp" else dict(parse_qsl(self.details, keep_blank_values=True))

    @property
    def is_known(self) -> bool:
        return self.event in EVENTS


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A sale is asked for. `reference`: the merchant's; `amount`: decimal, as "12.40"; `at`: when the sale was made."""

    NAME: ClassVar[str] = "PaymentRequest"

    reference: str
    amount: str
    currency: str
    at: str

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> PaymentRequest:
        sale, transaction = object_at(members, "SaleData"), object_at(members, "PaymentTransaction")
        amounts = object_at(transaction, "AmountsReq")
        return cls(
            reference=text_at(sale, "SaleTransactionID", "TransactionID"),
            amount=amount_text(amounts.get("RequestedAmount")),
            currency=text_at(amounts, "Currency"),
            at=text_at(sale, "SaleTransactionID", "TimeStamp"),
        )

    def members(self) -> JsonObject:
        return {
            "SaleData": {"SaleTransactionID": {"TransactionID": self.reference, "TimeStamp": self.at}},
            "PaymentTransaction": {
                "AmountsReq": {"Currency": self.currency, "RequestedAmount": float(Decimal(self.amount))}
            },
        }


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """`qualifier`: CashierReceipt or CustomerReceipt; `lines`: its printed text, line by line."""

    qualifier: str
    lines: tuple[str, ...] = ()
    signature: bool = False

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> PaymentReceipt:
        texts = object_at(members, "OutputContent").get("OutputText")
        lines = (text_at(line, "Text") for line in texts if isinstance(line, dict)) if isinstance(texts, list) else ()
        return cls(text_at(members, "DocumentQualifier"), tuple(lines), members.get("RequiredSignatureFlag") is True)

    def members(self) -> JsonObject:
        output = [{"EndOfLineFlag": True, "Text": line} for line in self.lines]
        return {
            "DocumentQualifier": self.qualifier,
            "OutputContent": {"OutputFormat": "Text", "OutputText": output},
            "RequiredSignatureFlag": self.signature,
        }


@dataclass(frozen=True, slots=True)
class PaymentResponse:
    """The outcome of a sale. `result`: Success, Partial or Failure; `error`: ErrorCondition; `additional`: form-encoded
    pairs; `amount`: AuthorizedAmount as "12.40", "" if there is none; `poi_transaction`: `tender.pspReference`."""

    NAME: ClassVar[str] = "PaymentResponse"

    result: str
    reference: str = ""
    at: str = ""
    amount: str = ""
    currency: str = ""
    error: str = ""
    additional: str = ""
    poi_transaction: str = ""
    receipts: tuple[PaymentReceipt, ...] = ()
    masked_pan: str = ""
    brand: str = ""

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> PaymentResponse:
        outcome, paid = object_at(members, "Response"), object_at(members, "PaymentResult")
        amounts = object_at(paid, "AmountsResp")
        receipts = members.get("PaymentReceipt")
        card = object_at(object_at(paid, "PaymentInstrumentData"), "CardData")
        return cls(
            result=text_at(outcome, "Result"),
            reference=text_at(members, "SaleData", "SaleTransactionID", "TransactionID"),
            at=text_at(members, "SaleData", "SaleTransactionID", "TimeStamp"),
            amount=amount_text(amounts.get("AuthorizedAmount")),
            currency=text_at(amounts, "Currency"),
            error=text_at(outcome, "ErrorCondition"),
            additional=text_at(outcome, "AdditionalResponse"),
            poi_transaction=text_at(members, "POIData", "POITransactionID", "TransactionID"),
            receipts=tuple(PaymentReceipt.read(one) for one in receipts if isinstance(one, dict))
            if isinstance(receipts, list)
            else (),
            masked_pan=text_at(card, "MaskedPan"),
            brand=text_at(card, "PaymentBrand"),
        )

    def members(self) -> JsonObject:
        """In the order of the sample; what a refused sale has not, is left out."""
        transaction = {"TimeStamp": self.at, "TransactionID": self.poi_transaction or self.reference}
        shape: JsonObject = {"POIData": {"POIReconciliationID": "1000", "POITransactionID": transaction}}
        if self.receipts:
            shape["PaymentReceipt"] = [receipt.members() for receipt in self.receipts]
        if self.amount:
            shape["PaymentResult"] = {
                "AmountsResp": {"AuthorizedAmount": float(Decimal(self.amount)), "Currency": self.currency},
                "OnlineFlag": True,
                "PaymentAcquirerData": {"MerchantID": "HarnessMerchant", "AcquirerPOIID": "POI"},
                "PaymentInstrumentData": {
                    "CardData": _filled(
                        CardCountryCode="826",
                        EntryMode=["Contactless"],
                        MaskedPan=self.masked_pan,
                        PaymentBrand=self.brand,
                        SensitiveCardData={"CardSeqNumb": "33", "ExpiryDate": "0228"},
                    ),
                    "PaymentInstrumentType": "Card",
                },
            }
        shape["Response"] = _filled(AdditionalResponse=self.additional, ErrorCondition=self.error, Result=self.result)
        sale = {"TimeStamp": self.at, "TransactionID": self.reference}
        return {**shape, "SaleData": {"SaleTransactionID": sale}}


@dataclass(frozen=True, slots=True)
class TransactionStatusRequest:
    """What became of that request? Asked when no result came in time, in place of a second payment (ADY-098)."""

    NAME: ClassVar[str] = "TransactionStatusRequest"

    sale_id: str
    service_id: str
    category: str = "Payment"

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> TransactionStatusRequest:
        return cls(*(text_at(members, "MessageReference", name) for name in ("SaleID", "ServiceID", "MessageCategory")))

    def members(self) -> JsonObject:
        reference = {"MessageCategory": self.category, "SaleID": self.sale_id, "ServiceID": self.service_id}
        return {"MessageReference": reference, "ReceiptReprintFlag": False}


@dataclass(frozen=True, slots=True)
class TransactionStatusResponse:
    """What is known of a request. `repeated`: header and body of its response as members, empty if there is none."""

    NAME: ClassVar[str] = "TransactionStatusResponse"

    result: str
    error: str = ""
    repeated: JsonObject = field(default_factory=dict)

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> TransactionStatusResponse:
        outcome = object_at(members, "Response")
        return cls(text_at(outcome, "Result"), text_at(outcome, "ErrorCondition"), object_at(members, _REPEATED))

    @classmethod
    def repeating(cls, response: SaleToPOIResponse) -> TransactionStatusResponse:
        """The answer that says again what was said before."""
        body = {response.name: response.body}
        return cls("Success", repeated={HEADER: response.header.members(), "RepeatedResponseMessageBody": body})

    @property
    def payment(self) -> PaymentResponse | None:
        """The outcome that is said again, if it is that of a payment."""
        body = object_at(object_at(self.repeated, "RepeatedResponseMessageBody"), PaymentResponse.NAME)
        return PaymentResponse.read(body) if body else None

    @property
    def repeated_header(self) -> MessageHeader:
        """Whose outcome is said again."""
        return MessageHeader.read(object_at(self.repeated, HEADER))

    def members(self) -> JsonObject:
        outcome = _filled(ErrorCondition=self.error, Result=self.result)
        return {"Response": outcome, **({_REPEATED: self.repeated} if self.repeated else {})}


_REPEATED = "RepeatedMessageResponse"


# ---- Amounts and times -----------------------------------------------------------------------------------------------


def amount_text(value: object) -> str:
    """A JSON number as a decimal text with two places or more: 45.08 as "45.08", 7 as "7.00"; "" for no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    number = Decimal(str(value))
    if not number.is_finite() or not -18 <= number.adjusted() <= 18:
        return "0.00" if number.is_zero() else ""
    exponent = number.as_tuple().exponent
    return f"{number:.2f}" if isinstance(exponent, int) and exponent > -2 else f"{number:f}"


def same_amount(one: str, other: str) -> bool:
    """Whether two decimal texts are the same amount."""
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def stamp(seconds: float) -> str:
    """A TimeStamp: seconds since 1970 as `2030-01-02T03:04:05.000Z`."""
    return datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> float | None:
    """A TimeStamp in seconds since 1970; None for what is no time, or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()
