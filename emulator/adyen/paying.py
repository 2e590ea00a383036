"""How a POS backend takes money: it asks a terminal through the device API, and the result comes to its webhook.

A sale goes

    open ──▶ pending ──┬─ Success, all of it, in our currency ─▶ paid (a refund: refunded)
     │held              ├─ Partial ─▶ paid, for what was authorised
     └─ not placed ─▶   ├─ Failure, Reject ─▶ declined, cancelled
        cancelled       └─ no result ─ status asked ─┬─ the result after all
                                                     └─ never ─▶ unknown, until a result comes

and whatever is said of it twice is heard once. Never is a sale asked for again because its result is late (ADY-098).
A refund is an entry of its own and goes the same way: by a reversal of the payment that it gives back, or, where none
is named, as a payment of the type Refund.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from decimal import Decimal
from string import ascii_uppercase, digits
from typing import TYPE_CHECKING
from urllib.parse import quote

from emulator.adyen.configuring import Configuring
from emulator.adyen.settings import BackendSettings
from emulator.book import Book, Display, Sale
from emulator.http_party import Failed, Then
from harness.wire import nexo
from harness.wire.endpoint import Output
from harness.wire.framing import Malformed
from harness.wire.http1 import Reply, Request
from harness.wire.nexo import (
    REFUND,
    MessageHeader,
    PaymentRequest,
    PaymentResponse,
    ReversalRequest,
    ReversalResponse,
    SaleToPOIRequest,
    SaleToPOIResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
)

if TYPE_CHECKING:
    from random import Random

WAITING = ("pending", "unknown")
"""The states of a sale that a result may still end."""

CANCELLED = ("Aborted", "Cancel")
"""The ErrorConditions of a sale that somebody broke off."""

_RECEIPTS, _TRANSACTION = "receipts ", "transaction "


class Paying(Configuring):
    """What a backend does for a sale."""

    def __init__(self, settings: BackendSettings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, storage, rng)
        self.book = Book(storage)
        self.display = Display()
        self.questions: dict[str, int] = {}

    @abstractmethod
    def is_available(self, terminal: str) -> bool:
        """Whether a terminal takes payments now, as far as its events say."""

    def show(self, text: str, colour: str = "") -> Iterator[Output]:
        yield from self.display.show(text, colour)

    # ---- Placing -----------------------------------------------------------------------------------------------------

    def sell(self, reference: str, amount: str, terminal: str, now: float) -> Iterator[Output]:
        """Enter a sale and place it."""
        yield from self.book.open(reference, amount, terminal, service=self.new_service_id())
        yield from self.place(reference, now)

    def refund(self, reference: str, amount: str, terminal: str, of: str, now: float) -> Iterator[Output]:
        """Enter a refund and place it. `of`: the sale that it gives back, "" for none."""
        yield from self.book.open(reference, amount, terminal, service=self.new_service_id(), kind="refund", of=of)
        yield from self.place(reference, now)

    def new_reference(self) -> str:
        return f"SALE-{len(self.book.sales()) + 1:04d}"

    def new_service_id(self) -> str:
        """Up to ten signs; with our SaleID it is not used again, in 48 hours or ever."""
        used = {sale.memo.get("service") for sale in self.book.sales()}
        while (id := "".join(self.rng.choice(ascii_uppercase + digits) for _ in range(10))) in used:
            pass
        return id

    def place(self, reference: str, now: float) -> Iterator[Output]:
        """Ask the terminal for it; hold it until there is a way for results (ADY-002), and a terminal (ADY-077)."""
        sale = self.book.find(reference)
        if sale is None or sale.state != "open":
            return
        if not self.may_call_async():
            yield from self.show(f"{reference} waits: events are not set up")
        elif not self.is_available(sale.terminal):
            yield from self.show(f"{reference} waits: {sale.terminal} is not available")
        else:
            yield from self.book.turn(reference, "pending")
            yield from self.show(f"{reference}: {sale.amount} at {sale.terminal}, waiting")
            yield from self.request_payment(sale, now)

    def may_call_async(self) -> bool:
        return self.is_configured()

    def request_payment(self, sale: Sale, now: float) -> Iterator[Output]:
        yield from self.await_result(sale.reference, self.settings.result_within, now)
        header, body = self.header_of(sale), self.request_for(sale, now)
        yield from self.device_call(
            "async", nexo.request(header, body), lambda outcome, at: self.placed(sale.reference, outcome, at)
        )

    def request_for(self, sale: Sale, now: float) -> PaymentRequest:
        """A payment, a payment of the type Refund, or the reversal of a payment of ours."""
        if paid := self.storage.get(_TRANSACTION + sale.memo.get("of", "")):
            id, at = json.loads(paid)
            return ReversalRequest(sale.reference, sale.amount, at=self.stamp(now), original=id, original_at=at)
        kind = REFUND if self.gives_back(sale) else ""
        return PaymentRequest(sale.reference, sale.amount, self.settings.currency, self.stamp(now), kind)

    def gives_back(self, sale: Sale) -> bool:
        return sale.memo.get("kind") == "refund"

    def category_of(self, sale: Sale) -> str:
        return "Reversal" if _TRANSACTION + sale.memo.get("of", "") in self.storage else "Payment"

    def header_of(self, sale: Sale) -> MessageHeader:
        return MessageHeader(
            category=self.category_of(sale),
            sale_id=self.settings.sale_id,
            poi_id=sale.terminal,
            service_id=sale.memo["service"],
        )

    def device_call(self, way: str, message: SaleToPOIRequest, then: Then) -> Iterator[Output]:
        """`way`: `async`, or `sync` to have the answer in the reply."""
        headers = (
            ("Host", self.settings.device),
            ("X-API-Key", self.settings.api_key),
            ("Content-Type", "application/json"),
        )
        target = f"/v1/merchants/{quote(self.settings.merchant)}/devices/{quote(message.header.poi_id)}/{way}"
        request = Request("POST", target, headers, self.outgoing(message))
        yield from self.call(
            self.settings.device, request, then, self.settings.reply_within, secure=self.settings.secure
        )

    def placed(self, reference: str, outcome: Reply | Failed, now: float) -> Iterator[Output]:
        """What the device API says of a request: taken over (`ok`), rejected, or nothing one can be sure of."""
        if isinstance(outcome, Failed):
            if not outcome.sent:
                yield from self.end(reference, "cancelled", f"not sent, {outcome.why}")
            return  # it may have arrived: the result tells, or the status
        if 400 <= outcome.status < 500:
            yield from self.end(reference, "declined", f"the device API refuses it, status {outcome.status}")
        elif outcome.status == 200 and outcome.body.strip().lower() != b"ok":
            message = self.understood(outcome.body)
            if not isinstance(message, Malformed):
                yield from self.hear_message(message, now)

    # ---- Results -----------------------------------------------------------------------------------------------------

    def hear_response(self, message: SaleToPOIResponse, now: float) -> Iterator[Output]:
        """A result belongs to the sale with its SaleID, ServiceID and POIID, or to none (ADY-093, 096)."""
        if (status := message.status) is not None:
            yield from self.hear_status(status, now)
        elif (payment := message.payment) is not None and (sale := self.sale_of(message.header)) is not None:
            yield from self.hear_result(sale, payment, now)

    def sale_of(self, header: MessageHeader) -> Sale | None:
        return next((sale for sale in self.book.sales() if nexo.answers(header, self.header_of(sale))), None)

    def hear_result(self, sale: Sale, payment: PaymentResponse, now: float) -> Iterator[Output]:  # noqa: ARG002
        """Heard once: afterwards the sale waits for nothing (ADY-096)."""
        if not self.is_waiting(sale):
            return
        yield from self.forget(f"result {sale.reference}")
        self.keep_receipts(sale, payment)
        if payment.result in ("Success", "Partial") and not self.gives_back(sale):
            made = [payment.poi_transaction, payment.poi_at or payment.at]
            self.storage[_TRANSACTION + sale.reference] = json.dumps(made)
        yield from self.settle(sale, payment)

    def is_waiting(self, sale: Sale) -> bool:
        return sale.state in WAITING

    def settle(self, sale: Sale, payment: PaymentResponse) -> Iterator[Output]:
        """Only Success settles, and Partial for its amount (ADY-094)."""
        match payment.result:
            case "Success" | "Partial" if objection := self.objection_to(sale, payment):
                yield from self.end(sale.reference, "unknown", objection)
            case "Success" | "Partial":
                yield from self.paid(sale, self.settled_amount(sale, payment))
            case "Failure":
                yield from self.failed(sale, payment)
            case other:
                yield from self.end(sale.reference, "unknown", f"the result is {other!r}")

    def objection_to(self, sale: Sale, payment: PaymentResponse) -> str:
        """What is wrong with the money, "" if nothing is (ADY-095). A reversal names no currency, and need not say how
        much it gave back."""
        if isinstance(payment, ReversalResponse):
            payment = replace(payment, currency=self.settings.currency, amount=payment.amount or sale.amount)
        if payment.currency != self.settings.currency:
            return f"authorised in {payment.currency or 'no currency'}, not {self.settings.currency}"
        if not payment.amount:
            return "no amount was authorised"
        short = Decimal(sale.amount) - Decimal(payment.amount)
        if short < 0 or (short and payment.result == "Success"):
            return f"{payment.amount} authorised, not {sale.amount}"
        return ""

    def settled_amount(self, sale: Sale, payment: PaymentResponse) -> str:
        return payment.amount or sale.amount

    def failed(self, sale: Sale, payment: PaymentResponse) -> Iterator[Output]:
        state = "cancelled" if payment.error in CANCELLED else "declined"
        yield from self.end(sale.reference, state, payment.error or "Failure")

    def paid(self, sale: Sale, amount: str) -> Iterator[Output]:
        state = self.settled_as(sale)
        yield from self.book.turn(sale.reference, state, amount)
        part = "" if nexo.same_amount(amount, sale.amount) else f" of {sale.amount}"
        yield from self.show(f"{sale.reference}: {amount}{part} {state}", "green")

    def settled_as(self, sale: Sale) -> str:
        return "refunded" if self.gives_back(sale) else "paid"

    def end(self, reference: str, state: str, why: str) -> Iterator[Output]:
        """Nothing is settled, and the user learns why."""
        yield from self.forget(f"result {reference}")
        yield from self.book.turn(reference, state)
        yield from self.show(f"{reference}: {state}, {why}", "red")

    # ---- No result ---------------------------------------------------------------------------------------------------

    def await_result(self, reference: str, seconds: float, now: float) -> Iterator[Output]:
        yield from self.after(f"result {reference}", seconds, now, lambda at: self.overdue(reference, at))

    def overdue(self, reference: str, now: float) -> Iterator[Output]:
        """No result in time: ask what became of it, and never for the money again (ADY-098)."""
        sale = self.book.find(reference)
        if sale is None or not self.is_waiting(sale):
            return
        asked = self.questions[reference] = self.questions.get(reference, 0) + 1
        if asked > self.settings.questions:
            yield from self.end(reference, "unknown", "no result, and nobody knows of one")
            return
        yield from self.show(f"{reference}: no result yet, asking for its status")
        yield from self.ask_status(sale, now)

    def ask_status(self, sale: Sale, now: float) -> Iterator[Output]:
        yield from self.await_result(sale.reference, self.settings.ask_again, now)
        header = MessageHeader(category="TransactionStatus", sale_id=self.settings.sale_id, poi_id=sale.terminal,
                               service_id=self.new_service_id())  # fmt: skip
        body = TransactionStatusRequest(self.settings.sale_id, sale.memo["service"], self.category_of(sale))
        yield from self.device_call("sync", nexo.request(header, body), self.status_told)

    def status_told(self, outcome: Reply | Failed, now: float) -> Iterator[Output]:
        """A status in the reply; without one the question is asked again in its time."""
        if isinstance(outcome, Reply) and outcome.status == 200:
            message = self.understood(outcome.body)
            if isinstance(message, SaleToPOIResponse) and message.status is not None:
                yield from self.hear_status(message.status, now)

    def hear_status(self, status: TransactionStatusResponse, now: float) -> Iterator[Output]:
        """The result after all, if one is known. What is in progress, or not found, is asked for again: the request
        may still be on its way."""
        payment, sale = status.payment, self.sale_of(status.repeated_header)
        if status.result == "Success" and payment is not None and sale is not None:
            yield from self.hear_result(sale, payment, now)

    # ---- Receipts ----------------------------------------------------------------------------------------------------

    def keep_receipts(self, sale: Sale, payment: PaymentResponse) -> None:
        """By what each is for (ADY-097)."""
        receipts = {receipt.qualifier: "\n".join(receipt.lines) for receipt in payment.receipts}
        if receipts:
            self.storage[_RECEIPTS + sale.reference] = json.dumps(receipts)

    def receipt(self, reference: str, kind: str) -> str:
        """The text of a receipt, "" if none was kept."""
        kept: dict[str, str] = json.loads(self.storage.get(_RECEIPTS + reference, "{}"))
        return kept.get(kind, "")

    def taken_up_again(self, now: float) -> Iterator[Output]:
        """After a power cut: what was under way is asked for, what was not yet placed is placed."""
        for sale in self.book.sales("pending"):
            yield from self.overdue(sale.reference, now)
        for sale in self.book.sales("open"):
            yield from self.place(sale.reference, now)
