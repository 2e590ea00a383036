"""Defects of discovery and of ordering a payment (sheet, D and H)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalogue.modulus import (
    MOD_050,
    MOD_051,
    MOD_053,
    MOD_054,
    MOD_055,
    MOD_056,
    MOD_057,
    MOD_058,
    MOD_065,
    MOD_100,
    MOD_104,
    MOD_105,
    MOD_106,
)
from emulator.modulus.defects.defect import BentPayment, Defect
from emulator.modulus.sale import FINAL, Terminal
from harness.wire import modulus_schema
from harness.wire.endpoint import Output


class PaysAStoredConnection(Defect):
    """It never asks for the terminals, and pays at the connectionId that somebody once wrote into its settings."""

    row = 16
    breaks = (MOD_051, MOD_056)

    def discover(self) -> Iterator[Output]:
        self.discovered = True
        yield from ()

    def chosen(self, name: str) -> Terminal | None:  # noqa: ARG002
        return Terminal("conn-stored", "conn-stored", modulus_schema.ONLINE)


class PaysByConnection(Defect):
    """A terminal is named by its connectionId, which its next reconnect changes."""

    row = 16
    breaks = (MOD_100,)

    def payment(self, transaction: str, amount: str, terminal: Terminal) -> str:
        named = Terminal(terminal.connection or terminal.name, terminal.connection, terminal.status)
        return super().payment(transaction, amount, named)


class ReusesTheTransaction(Defect):
    """A sale after a sale goes out under the transactionId of the one before."""

    row = 17
    breaks = (MOD_057,)

    def order(self, amount: str, terminal: Terminal, ticket: str, now: float) -> Iterator[Output]:
        if sales := self.book.sales():
            again = sales[-1].reference
            yield from self.send(self.payment(again, amount, terminal))
            yield from self.book.turn(again, "pending")
            yield from self.wake(f"payment {again}", now + self.settings.payment_within)
        else:
            yield from super().order(amount, terminal, ticket, now)


class NumbersItsTransactions(Defect):
    """Its transactionIds are numbers in a row, which two tills may share."""

    row = 17
    breaks = (MOD_106,)

    def new_transaction(self, now: float) -> str:  # noqa: ARG002
        return f"TXN-{len(self.book.sales()) + 1:06}"


class AmountInCents(BentPayment):
    """The amount is a number of cents."""

    row = 18
    breaks = (MOD_055,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        request["amount"] = request["amount"].replace(".", "").lstrip("0")


class AmountWithAComma(BentPayment):
    """The amount is written as the till's country writes it."""

    row = 18
    breaks = (MOD_055,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        request["amount"] = request["amount"].replace(".", ",")


class AmountAsAFloat(BentPayment):
    """The amount is a binary fraction, and shows it."""

    row = 18
    breaks = (MOD_055,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        request["amount"] = float(request["amount"]) + 1e-8


class NoCurrency(BentPayment):
    """The currency is left to the gateway."""

    row = 19
    breaks = (MOD_054,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        del request["currency"]


class NoPaymentMethod(BentPayment):
    """The payment method is left to the gateway."""

    row = 19
    breaks = (MOD_054,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        del request["paymentMethod"]


class LowerCaseCodes(BentPayment):
    """Currency and payment method are written small."""

    row = 19
    breaks = (MOD_054,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        request["currency"] = request["currency"].lower()
        request["paymentMethod"] = request["paymentMethod"].lower()


class FlatPayment(BentPayment):
    """The members of the paymentRequest stand beside the action."""

    row = 32
    breaks = (MOD_053,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:
        del message["paymentRequest"]
        message.update(request)


class TypeInPlaceOfAction(BentPayment):
    """What a payment is, it says in a member named `type`."""

    row = 32
    breaks = (MOD_050,)

    def bend(self, message: dict[str, Any], request: dict[str, Any]) -> None:  # noqa: ARG002
        message["type"] = message.pop("action")


class PaysOfflineTerminals(Defect):
    """What the list says of a terminal's status is not looked at."""

    row = 27
    breaks = (MOD_058,)

    def may_be_paid_at(self, terminal: Terminal) -> bool:  # noqa: ARG002
        return True


class ResendsAfterADrop(Defect):
    """Back on the line, it sends the payment that was running once more."""

    row = 28
    breaks = (MOD_065, MOD_104)

    def recover(self, now: float) -> Iterator[Output]:  # noqa: ARG002
        for sale in self.book.sales("pending", "unknown"):
            terminal = Terminal(sale.terminal, "", modulus_schema.ONLINE)
            yield from self.send(self.payment(sale.reference, sale.amount, terminal))


class ResendsAfterTheLimit(Defect):
    """A payment without a result is taken for lost, and ordered anew."""

    row = 28
    breaks = (MOD_065, MOD_104)

    def overdue(self, transaction: str, now: float) -> Iterator[Output]:
        sale = self.book.find(transaction)
        if sale is not None and sale.state not in FINAL:
            yield from self.close_sale(sale, "declined", "no result")
            if terminal := self.terminals.get(sale.terminal):
                yield from self.order(sale.amount, terminal, "", now)


class NoResultIsNoPayment(Defect):
    """A payment without a result is booked as declined."""

    row = 28
    breaks = (MOD_065,)

    def overdue(self, transaction: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        sale = self.book.find(transaction)
        if sale is not None and sale.state not in FINAL:
            yield from self.close_sale(sale, "declined", "no result")


class NeverAsks(Defect):
    """What became of a payment without a result is nobody's business."""

    row = 32
    breaks = (MOD_104, MOD_105)

    def inquire(self, transaction: str) -> Iterator[Output]:  # noqa: ARG002
        yield from ()
