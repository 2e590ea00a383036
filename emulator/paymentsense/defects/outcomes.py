"""Defects of chapter D, how transactions end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from catalogue.paymentsense import PSC_042, PSC_105, PSC_106, PSC_107, PSC_108, PSC_112, PSC_113
from emulator.paymentsense.counter import ENDINGS
from emulator.paymentsense.defects.defect import Defect
from emulator.paymentsense.dialogue import Asked
from harness.wire.endpoint import Output
from harness.wire.paymentsense import Result, decimal


class TimedOutIsDeclined(Defect):
    """TIMED_OUT is one more word for declined, and the card may have been charged."""

    row = 23
    breaks = (PSC_108,)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:
        yield from super().booked(asked, "DECLINED" if said == "TIMED_OUT" else said, result)

    def is_doubtful(self, said: str) -> bool:
        return said != "TIMED_OUT" and super().is_doubtful(said)


class TimedOutIsPaid(Defect):
    """TIMED_OUT clears the amount, since the card machine had the card."""

    row = 23
    breaks = (PSC_108,)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:
        yield from super().booked(asked, "SUCCESSFUL" if said == "TIMED_OUT" else said, result)

    def is_doubtful(self, said: str) -> bool:
        return said != "TIMED_OUT" and super().is_doubtful(said)


class TimedOutUnchecked(Defect):
    """After TIMED_OUT nobody looks at the card machine."""

    row = 23
    breaks = (PSC_108,)

    def check_terminal(self, asked: Asked, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class CancelIsFinal(Defect):
    """The answer to a cancellation ends the sale, and a SUCCESSFUL that comes after it is lost."""

    row = 24
    breaks = (PSC_105, PSC_106)

    def cancel_answered(self, asked: Asked, result: Result) -> Iterator[Output]:  # noqa: ARG002
        sale = self.running(reference=asked.reference)
        if sale is not None:
            self.asked.remove(sale)
            yield from self.forget(f"answer {sale.id}")
            yield from self.book.turn(asked.reference, "cancelled")
            yield from self.say(f"{asked.reference}: CANCELLED")


class VoidClears(Defect):
    """VOID clears the amount."""

    row = 25
    breaks = (PSC_107,)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:
        yield from super().booked(asked, "SUCCESSFUL" if said == "VOID" else said, result)


class UnsuccessfulClears(Defect):
    """Whatever has SUCCESSFUL in it clears the amount."""

    row = 25
    breaks = (PSC_107,)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:
        yield from super().booked(asked, "SUCCESSFUL" if "SUCCESSFUL" in said else said, result)


# ---- Not in the sheet's table ----------------------------------------------------------------------------------------


class SuccessIsNotBooked(Defect):
    """A successful sale is shown, and the amount stays on the till."""

    row = 0
    breaks = (PSC_106,)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:
        if said == "SUCCESSFUL":
            yield from self.book.turn(asked.reference, "open")
        else:
            yield from super().booked(asked, said, result)


class SilentDecline(Defect):
    """A sale that was not successful ends without a word."""

    row = 0
    breaks = (PSC_107,)

    def ended(self, asked: Asked, result: Result, now: float) -> Iterator[Output]:
        if result.part("transactionResult") == "SUCCESSFUL":
            yield from super().ended(asked, result, now)
        else:
            yield from self.booked(asked, str(result.part("transactionResult")), result)


class OwnWords(Defect):
    """The user reads the vendor's words in place of the userMessage."""

    row = 0
    breaks = (PSC_112,)

    def ended(self, asked: Asked, result: Result, now: float) -> Iterator[Output]:
        value = result.value if isinstance(result.value, dict) else {}
        plain = {**value, "userMessage": "Payment processed"}
        yield from super().ended(asked, Result(result.by, result.id, plain, result.of), now)


class CashbackAsAsked(Defect):
    """The cashback in the book is what was asked for, whatever was charged."""

    row = 0
    breaks = (PSC_113,)

    def settled(self, asked: Asked, result: Result) -> str:  # noqa: ARG002
        return decimal(asked.params["amount"] + asked.params.get("amountCashback", 0))


class AnyAnswerIsPaid(Defect):
    """A sale that was answered is a sale that was paid."""

    row = 0
    breaks = (PSC_107, PSC_108)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:  # noqa: ARG002
        yield from self.book.turn(asked.reference, ENDINGS[asked.method], self.settled(asked, result))


class MethodOfTheOtherVersion(Defect):
    """It speaks v0, and asks how a card machine stands by the method that came with v1."""

    row = 0
    breaks = (PSC_042, PSC_108)
    needs: ClassVar[Mapping[str, object]] = {"version": "v0"}

    def state_inquiry(self, tid: str) -> tuple[str, dict[str, Any]]:
        return "terminalDetails", {"tid": tid}


class CancelledIsBelieved(Defect):
    """It speaks v0, whose answer to a cancellation is *cancelled*, and takes that word for the outcome."""

    row = 0
    breaks = (PSC_105, PSC_106)
    needs: ClassVar[Mapping[str, object]] = {"version": "v0"}

    def cancel_answered(self, asked: Asked, result: Result) -> Iterator[Output]:
        yield from super().cancel_answered(asked, result)
        if result.part("result") == "cancelled":
            yield from self.book.turn(asked.reference, "cancelled")
