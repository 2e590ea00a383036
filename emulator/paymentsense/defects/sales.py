"""Defects of chapter D, how transactions are ordered and what comes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catalogue.paymentsense import (
    PSC_042,
    PSC_100,
    PSC_101,
    PSC_102,
    PSC_103,
    PSC_104,
    PSC_109,
    PSC_111,
)
from emulator.paymentsense.defects.defect import Defect
from emulator.paymentsense.dialogue import Asked
from harness.wire.endpoint import Output
from harness.wire.paymentsense import Demand, Notification, Result, Side

TOO_LATE = 5.0
"""Seconds beyond the window at which a late answer comes."""


class DecimalAmount(Defect):
    """Amounts go out as they are shown, `"12.50"`."""

    row = 26
    breaks = (PSC_042, PSC_111)

    def amounts(self, method: str, fields: dict[str, str]) -> dict[str, Any] | None:
        amounts = super().amounts(method, fields)
        return amounts and {**amounts, "amount": fields["amount"]}


class AmountInPounds(Defect):
    """Amounts go out in major units, and the pence are lost."""

    row = 26
    breaks = (PSC_111,)

    def amounts(self, method: str, fields: dict[str, str]) -> dict[str, Any] | None:
        amounts = super().amounts(method, fields)
        return amounts and {**amounts, "amount": max(1, amounts["amount"] // 100)}


class SignatureUnderNewId(Defect):
    """The answer to a signature question is a request of its own, under the next id."""

    row = 27
    breaks = (PSC_103,)

    def answer_signature(self, demand: Demand, *, accepted: bool) -> Iterator[Output]:  # noqa: ARG002
        yield from self.speak(Result(Side.EPOS, self.next_id(), {"accepted": accepted}))


class SignatureTooLate(Defect):
    """What the user says of a signature is sent when Connect waits for it no longer."""

    row = 27
    breaks = (PSC_103,)
    held: tuple[tuple[Demand, bool], ...] = ()

    def answer_signature(self, demand: Demand, *, accepted: bool) -> Iterator[Output]:
        self.held += ((demand, accepted),)
        yield from ()

    def ask_for_signature(self, demand: Demand, now: float) -> Iterator[Output]:
        yield from super().ask_for_signature(demand, now)
        yield from self.wake("late", now + self.settings.signature_window + TOO_LATE)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        if name != "late":
            yield from super().woke(name, now)
            return
        held, self.held = self.held, ()
        for demand, accepted in held:
            yield from super().answer_signature(demand, accepted=accepted)


class AcceptsEverySignature(Defect):
    """Nobody is asked: every signature is good."""

    row = 27
    breaks = (PSC_103,)

    def ask_for_signature(self, demand: Demand, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.answer_signature(demand, accepted=True)


# ---- Not in the sheet's table ----------------------------------------------------------------------------------------


class OneTerminalForAll(Defect):
    """The terminal is built in, whatever the user chooses."""

    row = 0
    breaks = (PSC_100,)

    def transact(self, method: str, params: dict[str, Any], reference: str, now: float) -> Iterator[Output]:
        yield from super().transact(method, {**params, "tid": self.settings.tid}, reference, now)


class RefundIsSale(Defect):
    """A refund goes out as a sale."""

    row = 0
    breaks = (PSC_101,)

    def ask(self, method: str, params: Any, now: float, patience: float, reference: str = "") -> Iterator[Output]:
        yield from super().ask("sale" if method == "refund" else method, params, now, patience, reference)


class SilentWhileRunning(Defect):
    """What the card machine does is shown to nobody."""

    row = 0
    breaks = (PSC_102,)

    def hear_notification(self, notice: Notification, now: float) -> Iterator[Output]:
        if notice.method != "terminalNotification":
            yield from super().hear_notification(notice, now)


class CancelsOnlyItself(Defect):
    """The cancel key closes the dialog, and tells nobody."""

    row = 0
    breaks = (PSC_104,)

    def cancel(self, reference: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.say("Cancelled")


class KeepsNoReport(Defect):
    """A report is asked for and thrown away."""

    row = 0
    breaks = (PSC_109,)

    def keep_report(self, asked: Asked, result: Result) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class NoReports(Defect):
    """It has no key for reports."""

    row = 0
    breaks = (PSC_109,)

    def report(self, name: str, terminal: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.say("Not in this version")
