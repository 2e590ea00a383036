"""Defects in what results mean to the book."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.adyen import ADY_093, ADY_094, ADY_095, ADY_096, ADY_097, ADY_098
from emulator.adyen.defects.defect import BackendDefect
from emulator.book import Sale
from harness.wire.endpoint import Output
from harness.wire.nexo import MessageHeader, PaymentResponse, SaleToPOIResponse


class EveryResultIsPaid(BackendDefect):
    """That a result came is enough; what it says is not read."""

    row = 7
    breaks = (ADY_094,)

    def settle(self, sale: Sale, payment: PaymentResponse) -> Iterator[Output]:
        yield from self.paid(sale, payment.amount or sale.amount)


class PartialIsTheWhole(BackendDefect):
    """A Partial settles the sale for the amount that was asked for."""

    row = 7
    breaks = (ADY_094,)

    def settled_amount(self, sale: Sale, payment: PaymentResponse) -> str:  # noqa: ARG002
        return sale.amount


class MatchesOnSaleIdAlone(BackendDefect):
    """A result for this POS is the result of the sale that waits, whatever its ServiceID."""

    row = 8
    breaks = (ADY_093,)

    def sale_of(self, header: MessageHeader) -> Sale | None:
        waiting = self.book.sales("pending", "unknown") if header.sale_id == self.settings.sale_id else []
        return waiting[0] if waiting else None


class MatchesWithoutThePoiid(BackendDefect):
    """A result is matched by its ServiceID, whichever terminal it comes from."""

    row = 8
    breaks = (ADY_093,)

    def sale_of(self, header: MessageHeader) -> Sale | None:
        return next((sale for sale in self.book.sales() if sale.memo["service"] == header.service_id), None)


class BooksTwice(BackendDefect):
    """A result that is delivered twice is entered twice."""

    row = 9
    breaks = (ADY_096,)

    def hear_result(self, sale: Sale, payment: PaymentResponse, now: float) -> Iterator[Output]:
        if not self.is_waiting(sale):
            reference = self.new_reference()
            yield from self.book.open(reference, sale.amount, sale.terminal, service="")
            yield from self.book.turn(reference, sale.state, sale.settled)
        yield from super().hear_result(sale, payment, now)


class BooksWhatItDidNotAskFor(BackendDefect):
    """A result that belongs to no sale gets one."""

    row = 9
    breaks = (ADY_096,)

    def hear_response(self, message: SaleToPOIResponse, now: float) -> Iterator[Output]:
        payment = message.payment
        if payment is not None and payment.amount and self.sale_of(message.header) is None:
            reference = self.new_reference()
            yield from self.book.open(reference, payment.amount, message.header.poi_id, service="")
            yield from self.book.turn(reference, "paid", payment.amount)
        yield from super().hear_response(message, now)


class PaysAgain(BackendDefect):
    """No result in time: the payment is asked for once more."""

    row = 33
    breaks = (ADY_098,)

    def ask_status(self, sale: Sale, now: float) -> Iterator[Output]:
        yield from self.sell(self.new_reference(), sale.amount, sale.terminal, now)


class WaitsForEver(BackendDefect):
    """No result in time: nothing is done about it."""

    row = 33
    breaks = (ADY_098,)

    def overdue(self, reference: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class AnyAmountIsTheWhole(BackendDefect):
    """What was authorised is not compared with what was asked for."""

    row = 34
    breaks = (ADY_095,)

    def objection_to(self, sale: Sale, payment: PaymentResponse) -> str:  # noqa: ARG002
        return ""

    def settled_amount(self, sale: Sale, payment: PaymentResponse) -> str:
        return payment.amount if payment.result == "Partial" else sale.amount


class AnyCurrencyWillDo(BackendDefect):
    """The currency that was authorised is not looked at."""

    row = 34
    breaks = (ADY_095,)

    def objection_to(self, sale: Sale, payment: PaymentResponse) -> str:
        found = super().objection_to(sale, payment)
        return "" if found.startswith("authorised in") else found


class ThrowsReceiptsAway(BackendDefect):
    """The receipts of a result are not kept."""

    row = 39
    breaks = (ADY_097,)

    def keep_receipts(self, sale: Sale, payment: PaymentResponse) -> None:
        pass


class RefundIsASale(BackendDefect):
    """A refund that succeeded is entered as if it had been paid."""

    row = 46
    breaks = (ADY_094,)

    def settled_as(self, sale: Sale) -> str:  # noqa: ARG002
        return "paid"


class EveryRefundWorks(BackendDefect):
    """What comes back from a refund is not read: it is taken for done."""

    row = 46
    breaks = (ADY_094,)

    def settle(self, sale: Sale, payment: PaymentResponse) -> Iterator[Output]:
        if self.gives_back(sale):
            yield from self.paid(sale, sale.amount)
        else:
            yield from super().settle(sale, payment)


class AnyResultEndsARefund(BackendDefect):
    """A result that belongs to no request is taken for that of the refund that waits."""

    row = 46
    breaks = (ADY_093,)

    def sale_of(self, header: MessageHeader) -> Sale | None:
        waiting = [sale for sale in self.book.sales("pending") if self.gives_back(sale)]
        return super().sale_of(header) or next(iter(waiting), None)


class RefundsTwice(BackendDefect):
    """The result of a refund that is delivered twice gives back twice."""

    row = 46
    breaks = (ADY_096,)

    def hear_result(self, sale: Sale, payment: PaymentResponse, now: float) -> Iterator[Output]:
        if sale.state == "refunded":
            reference = self.new_reference()
            yield from self.book.open(reference, sale.amount, sale.terminal, service="")
            yield from self.book.turn(reference, "refunded", sale.settled)
        yield from super().hear_result(sale, payment, now)


class RefundsAgain(BackendDefect):
    """No result of a refund in time: it is asked for once more."""

    row = 46
    breaks = (ADY_098,)

    def ask_status(self, sale: Sale, now: float) -> Iterator[Output]:
        if self.gives_back(sale):
            yield from self.refund(self.new_reference(), sale.amount, sale.terminal, sale.memo["of"], now)
        else:
            yield from super().ask_status(sale, now)
