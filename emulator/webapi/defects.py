"""POS that order by URL with one bad habit each: the suites must catch every one of them, and the conformant POS never.

A class is a defect, and its name on the command line is the class's name in kebab case. A defect is written as the
engineer who made the mistake would have written it: it overrides the one rule it breaks and inherits all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

from catalogue.end_to_end import E2E_001, E2E_003, E2E_004, E2E_005, E2E_012, E2E_016, E2E_017, E2E_018
from emulator.book import Sale
from emulator.http_party import Failed
from emulator.webapi.pos import Pos
from harness.evidence.requirement import Requirement
from harness.wire.endpoint import Output
from harness.wire.http1 import Reply


class Defect(Pos):
    """A POS that breaks one rule; its docstring says which, in one sentence. `row`: its place in this list; `breaks`:
    the requirements a suite must find broken."""

    row: ClassVar[int]
    breaks: ClassVar[tuple[Requirement, ...]]

    @classmethod
    def title(cls) -> str:
        """Its name on the command line: `LostIsDeclined` is `lost-is-declined`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class LostIsDeclined(Defect):
    """No answer means that nothing was paid."""

    row = 1
    breaks = (E2E_012,)

    def lost(self, sale: Sale, why: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.end(sale, "declined", why)


class LostIsPaid(Defect):
    """The terminal had the order, so it will have been paid."""

    row = 2
    breaks = (E2E_012,)

    def lost(self, sale: Sale, why: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.paid(sale, sale.amount)


class OrdersAgain(Defect):
    """No answer means that the order did not arrive: it is given up, and given once more ten seconds later."""

    row = 3
    breaks = (E2E_001,)

    def lost(self, sale: Sale, why: str, now: float) -> Iterator[Output]:
        yield from self.end(sale, "cancelled", why)
        again = lambda at: self.order(sale.amount, sale.terminal, at)  # noqa: E731
        yield from self.after(f"again {sale.reference}", 10.0, now, again)


class SellsOnWithoutAsking(Defect):
    """A sale without an answer stands as unknown, and nobody ever asks about it."""

    row = 4
    breaks = (E2E_016,)

    def lost(self, sale: Sale, why: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.end(sale, "unknown", why)


class AsksWithoutPause(Defect):
    """It asks again each second until it knows."""

    row = 5
    breaks = (E2E_017,)

    def pause(self, since: float) -> float:  # noqa: ARG002
        return 1.0


class NeverAsksLessOften(Defect):
    """It asks every five seconds for as long as it takes."""

    row = 6
    breaks = (E2E_017,)

    def pause(self, since: float) -> float:  # noqa: ARG002
        return self.settings.ask_every


class BooksWhatItAskedFor(Defect):
    """Approved is approved: the amount of the answer is not looked at."""

    row = 7
    breaks = (E2E_003, E2E_018)

    def settled_amount(self, sale: Sale, fields: dict[str, str]) -> str:  # noqa: ARG002
        return sale.amount


class AmountInCents(Defect):
    """The till counts in cents, and so does its order: `1240.00` for 12.40."""

    row = 8
    breaks = (E2E_003,)

    def asked_amount(self, amount: str) -> str:
        return f"{Decimal(amount) * 100:.2f}"

    def objection_to(self, sale: Sale, fields: dict[str, str]) -> str:  # noqa: ARG002
        return ""


class OneReferenceForAll(Defect):
    """The RefID is the number of the lane."""

    row = 9
    breaks = (E2E_004,)

    def ref_id(self, reference: str) -> str:  # noqa: ARG002
        return "LANE-1"


class SellsWhileBusy(Defect):
    """The next customer is served while the terminal is at work."""

    row = 10
    breaks = (E2E_005,)

    def objection(self, amount: str, terminal: str, now: float) -> str:
        reason = super().objection(amount, terminal, now)
        return "" if reason.endswith("is at work") else reason


class AnErrorIsFinal(Defect):
    """An answer to checkStatus that names an Error ends the sale, whatever it says of being final."""

    row = 11
    breaks = (E2E_012,)

    def status(self, reference: str, outcome: Reply | Failed, now: float) -> Iterator[Output]:
        yield from super().status(reference, outcome, now)
        sale = self.book.find(reference)
        if sale is not None and sale.state == "unknown" and isinstance(outcome, Reply):
            yield from self.end(sale, "declined", "error")


DEFECTS: dict[str, type[Defect]] = {
    found.title(): found
    for found in list(globals().values())
    if isinstance(found, type) and issubclass(found, Defect) and found is not Defect
}
"""Every defect by its name."""
