"""The parts of nexo messages: a header and the bodies that we know, each read leniently and built whole.

What is absent, or of another type than it should be, reads as ""; what is "" is left out when it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import parse_qsl

from harness.wire.nexo_schema import EVENTS
from harness.wire.nexo_values import amount_text

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

REFUND = "Refund"
"""The PaymentType of a payment that gives money back."""


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
    """Money is asked for, or given back: `type` is then "Refund". `reference`: the merchant's; `amount`: decimal, as
    "12.40"; `at`: when the sale was made."""

    NAME: ClassVar[str] = "PaymentRequest"

    reference: str
    amount: str
    currency: str
    at: str
    type: str = ""

    @property
    def gives_back(self) -> bool:
        return self.type == REFUND

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> PaymentRequest:
        sale, transaction = object_at(members, "SaleData"), object_at(members, "PaymentTransaction")
        amounts = object_at(transaction, "AmountsReq")
        return cls(
            reference=text_at(sale, "SaleTransactionID", "TransactionID"),
            amount=amount_text(amounts.get("RequestedAmount")),
            currency=text_at(amounts, "Currency"),
            at=text_at(sale, "SaleTransactionID", "TimeStamp"),
            type=text_at(members, "PaymentData", "PaymentType"),
        )

    def members(self) -> JsonObject:
        return {
            "SaleData": {"SaleTransactionID": {"TransactionID": self.reference, "TimeStamp": self.at}},
            "PaymentTransaction": {
                "AmountsReq": {"Currency": self.currency, "RequestedAmount": float(Decimal(self.amount))}
            },
            **({"PaymentData": {"PaymentType": self.type}} if self.type else {}),
        }


@dataclass(frozen=True, slots=True)
class ReversalRequest(PaymentRequest):
    """A payment that was made is given back, or so much of it as `amount` says; "" for all. `original`, `original_at`:
    the POITransactionID of its result. A currency is not said."""

    NAME: ClassVar[str] = "ReversalRequest"

    currency: str = ""
    at: str = ""
    type: str = REFUND
    original: str = ""
    original_at: str = ""

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> ReversalRequest:
        sale, paid = object_at(members, "SaleData"), object_at(members, "OriginalPOITransaction")
        return cls(
            reference=text_at(sale, "SaleTransactionID", "TransactionID"),
            amount=amount_text(members.get("ReversedAmount")),
            at=text_at(sale, "SaleTransactionID", "TimeStamp"),
            original=text_at(paid, "POITransactionID", "TransactionID"),
            original_at=text_at(paid, "POITransactionID", "TimeStamp"),
        )

    def members(self) -> JsonObject:
        paid = {"TransactionID": self.original, "TimeStamp": self.original_at}
        return {
            "OriginalPOITransaction": {"POITransactionID": paid},
            "ReversalReason": "MerchantCancel",
            "SaleData": {"SaleTransactionID": {"TransactionID": self.reference, "TimeStamp": self.at}},
            **({"ReversedAmount": float(Decimal(self.amount))} if self.amount else {}),
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
    pairs; `amount`: AuthorizedAmount as "12.40", "" if there is none; `poi_transaction`: `tender.pspReference`;
    `poi_at`: its TimeStamp, "" where that is the sale's."""

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
    poi_at: str = ""

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> PaymentResponse:
        outcome, paid = object_at(members, "Response"), object_at(members, "PaymentResult")
        amounts = object_at(paid, "AmountsResp")
        at = text_at(members, "SaleData", "SaleTransactionID", "TimeStamp")
        poi_at = text_at(members, "POIData", "POITransactionID", "TimeStamp")
        card = object_at(object_at(paid, "PaymentInstrumentData"), "CardData")
        return cls(
            result=text_at(outcome, "Result"),
            reference=text_at(members, "SaleData", "SaleTransactionID", "TransactionID"),
            at=at,
            amount=amount_text(amounts.get("AuthorizedAmount")),
            currency=text_at(amounts, "Currency"),
            error=text_at(outcome, "ErrorCondition"),
            additional=text_at(outcome, "AdditionalResponse"),
            poi_transaction=text_at(members, "POIData", "POITransactionID", "TransactionID"),
            receipts=_receipts(members),
            masked_pan=text_at(card, "MaskedPan"),
            brand=text_at(card, "PaymentBrand"),
            poi_at="" if poi_at == at else poi_at,
        )

    def members(self) -> JsonObject:
        """In the order of the sample; what a refused sale has not, is left out."""
        transaction = {"TimeStamp": self.poi_at or self.at, "TransactionID": self.poi_transaction or self.reference}
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
class ReversalResponse(PaymentResponse):
    """What became of a reversal; `amount`: what was given back, "" if it does not say. It names no sale: only its
    header tells to what it belongs."""

    NAME: ClassVar[str] = "ReversalResponse"

    @classmethod
    def read(cls, members: Mapping[str, Any]) -> ReversalResponse:
        outcome = object_at(members, "Response")
        return cls(
            result=text_at(outcome, "Result"),
            amount=amount_text(members.get("ReversedAmount")),
            error=text_at(outcome, "ErrorCondition"),
            additional=text_at(outcome, "AdditionalResponse"),
            poi_transaction=text_at(members, "POIData", "POITransactionID", "TransactionID"),
            receipts=_receipts(members),
            poi_at=text_at(members, "POIData", "POITransactionID", "TimeStamp"),
        )

    def members(self) -> JsonObject:
        transaction = {"TimeStamp": self.poi_at, "TransactionID": self.poi_transaction}
        return {
            "POIData": {"POITransactionID": transaction},
            **({"PaymentReceipt": [receipt.members() for receipt in self.receipts]} if self.receipts else {}),
            "Response": _filled(AdditionalResponse=self.additional, ErrorCondition=self.error, Result=self.result),
            **({"ReversedAmount": float(Decimal(self.amount))} if self.amount else {}),
        }


def _receipts(members: Mapping[str, Any]) -> tuple[PaymentReceipt, ...]:
    found = members.get("PaymentReceipt")
    return tuple(PaymentReceipt.read(one) for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


OUTCOMES: Mapping[str, type[PaymentResponse]] = {kind.NAME: kind for kind in (PaymentResponse, ReversalResponse)}
"""What tells of money that moved, or did not, by its name."""


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
        """The outcome that is said again, if it is that of a payment or a reversal."""
        said = object_at(self.repeated, "RepeatedResponseMessageBody")
        return next((kind.read(body) for name, kind in OUTCOMES.items() if (body := object_at(said, name))), None)

    @property
    def repeated_header(self) -> MessageHeader:
        """Whose outcome is said again."""
        return MessageHeader.read(object_at(self.repeated, HEADER))

    def members(self) -> JsonObject:
        outcome = _filled(ErrorCondition=self.error, Result=self.result)
        return {"Response": outcome, **({_REPEATED: self.repeated} if self.repeated else {})}


_REPEATED = "RepeatedMessageResponse"
