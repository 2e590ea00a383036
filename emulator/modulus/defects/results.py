"""Defects of what is made of a result (sheet, D and H)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from catalogue.modulus import MOD_060, MOD_061, MOD_062, MOD_063, MOD_064, MOD_102, MOD_103, MOD_107, MOD_108
from emulator.book import Sale
from emulator.modulus.defects.defect import Defect
from emulator.modulus.sale import Terminal
from harness.wire import modulus, modulus_schema
from harness.wire.endpoint import Output


class TakesTheNextResult(Defect):
    """The next result is its own, whosever it is."""

    row = 20
    breaks = (MOD_060, MOD_064)

    def hear_result(self, result: modulus.PaymentComplete, now: float) -> Iterator[Output]:
        running = self.book.sales("pending")
        state = self.outcome(result)
        if running and state is not None:
            yield from self.settle(running[0], state, self.words(result), now)
        else:
            yield from super().hear_result(result, now)


class BooksStrangers(Defect):
    """A result of a transaction that it never ordered is entered as a sale."""

    row = 20
    breaks = (MOD_064,)

    def hear_result(self, result: modulus.PaymentComplete, now: float) -> Iterator[Output]:
        name = result.transaction_id
        if name and self.book.find(name) is None:
            yield from self.book.open(name, result.amount, result.terminal_id, ticket="")
        yield from super().hear_result(result, now)


class EveryResultIsPaid(Defect):
    """A result is a success, whatever its status."""

    row = 21
    breaks = (MOD_061, MOD_108)

    def outcome(self, result: modulus.PaymentComplete) -> str | None:  # noqa: ARG002
        return "paid"

    def misfit(self, sale: Sale, terminal_id: str, amount: str, state: str) -> str:  # noqa: ARG002
        return ""


class PendingIsPaid(Defect):
    """A payment that is not decided yet counts as paid."""

    row = 21
    breaks = (MOD_061, MOD_108)

    def outcome(self, result: modulus.PaymentComplete) -> str | None:
        return "paid" if result.status == modulus_schema.PENDING else super().outcome(result)


class CancelledIsFailed(Defect):
    """What the customer cancelled is told as a failure."""

    row = 21
    breaks = (MOD_108,)

    def outcome(self, result: modulus.PaymentComplete) -> str | None:
        return "declined" if result.status == modulus_schema.CANCELLED else super().outcome(result)


class PendingIsFailed(Defect):
    """What is not decided yet is told as a failure."""

    row = 21
    breaks = (MOD_108,)

    def outcome(self, result: modulus.PaymentComplete) -> str | None:
        return "declined" if result.status == modulus_schema.PENDING else super().outcome(result)


class HidesTheErrorMessage(Defect):
    """Why a payment failed is kept from the user."""

    row = 21
    breaks = (MOD_108,)

    def words(self, result: modulus.PaymentComplete) -> str:  # noqa: ARG002
        return ""


class BooksTwice(Defect):
    """A result that comes twice is money that comes twice."""

    row = 22
    breaks = (MOD_063,)

    def settle(self, sale: Sale, state: str, words: str, now: float) -> Iterator[Output]:
        if sale.state == state == "paid":
            yield from self.book.turn(sale.reference, "paid", str(Decimal(sale.settled) + Decimal(sale.amount)))
        yield from super().settle(sale, state, words, now)


class AcceptsLess(Defect):
    """Whatever amount was paid, the sale is settled."""

    row = 23
    breaks = (MOD_062,)

    def misfit(self, sale: Sale, terminal_id: str, amount: str, state: str) -> str:  # noqa: ARG002
        return super().misfit(sale, terminal_id, sale.amount, state)


class AcceptsAnyTerminal(Defect):
    """Whichever terminal was paid at, the sale is settled."""

    row = 23
    breaks = (MOD_062,)

    def misfit(self, sale: Sale, terminal_id: str, amount: str, state: str) -> str:  # noqa: ARG002
        return super().misfit(sale, sale.terminal, amount, state)


class ReconnectingIsFailure(Defect):
    """A terminal that reconnects has failed, so the payment is ordered anew."""

    row = 29
    breaks = (MOD_102,)

    def terminal_changed(self, terminal: Terminal, now: float) -> Iterator[Output]:
        yield from super().terminal_changed(terminal, now)
        for sale in self.book.sales("pending"):
            if sale.terminal == terminal.name and terminal.status == modulus_schema.RECONNECTING:
                yield from self.close_sale(sale, "declined", "the terminal was lost")
                yield from self.order(sale.amount, terminal, "", now)


class IgnoresVoids(Defect):
    """A payment that was undone stays paid."""

    row = 30
    breaks = (MOD_103,)

    def hear_void(self, void: modulus.PaymentVoided) -> Iterator[Output]:
        yield from self.log(f"not handled: {void.name}")


class PaidAfterAVoid(Defect):
    """A result that comes after the void brings the sale back."""

    row = 30
    breaks = (MOD_103,)

    def settle(self, sale: Sale, state: str, words: str, now: float) -> Iterator[Output]:
        if sale.state == "voided":
            yield from self.close_sale(sale, state, words)
        else:
            yield from super().settle(sale, state, words, now)


class SwallowsErrors(Defect):
    """What the gateway refuses is neither shown nor the end of anything."""

    row = 32
    breaks = (MOD_107,)

    def hear_error(self, error: modulus.GatewayError) -> Iterator[Output]:
        yield from self.log(f"error: {error.error}")


class WaitsAfterAnError(Defect):
    """An error is shown, and the payment that was refused goes on running."""

    row = 32
    breaks = (MOD_107,)

    def hear_error(self, error: modulus.GatewayError) -> Iterator[Output]:
        self.say(f"Error: {error.error}: {error.message}")
        yield from ()
