"""The book of a POS in software: its sales, how it stands with each, and what its user is shown.

Every POS has these two whatever dialect it speaks. The book is kept in a mapping of strings that outlives the POS (its
disk), and tells the trace (`Booked`) each time that it comes to stand otherwise with a sale, never when it is told what
it knows already. Whether a sale *may* go from one state to another is the dialect's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field, replace

from harness.evidence.bench import Booked, Screen
from harness.wire.endpoint import Noted

STATES = ("open", "pending", "paid", "refunded", "declined", "cancelled", "unknown", "voided")
"""How it may stand with a sale."""

_SALE = "sale "


@dataclass(frozen=True, slots=True)
class Sale:
    """One entry. `amount`: what is asked for, as `12.40`; `settled`: what was moved, "" until then; `memo`: what its
    dialect wants to find again after a restart."""

    number: int
    reference: str
    amount: str
    terminal: str = ""
    state: str = "open"
    settled: str = ""
    memo: Mapping[str, str] = field(default_factory=dict)


class Book:
    """Sales by reference, on a disk that somebody else keeps."""

    def __init__(self, storage: MutableMapping[str, str]) -> None:
        self._storage = storage

    def open(self, reference: str, amount: str, terminal: str = "", **memo: str) -> Iterator[Noted]:
        """Enter a sale. A reference is used once: entering it again is an error of the POS (`KeyError`)."""
        if self.find(reference) is not None:
            raise KeyError(f"the sale {reference!r} is in the book already")
        yield from self._enter(Sale(len(self.sales()) + 1, reference, amount, terminal, memo=memo))

    def turn(self, reference: str, state: str, settled: str = "") -> Iterator[Noted]:
        """From now on it stands so with a sale that is in the book (else `KeyError`); told if that is news."""
        if (sale := self.find(reference)) is None:
            raise KeyError(f"no sale {reference!r} is in the book")
        if (state, settled) != (sale.state, sale.settled):
            yield from self._enter(replace(sale, state=state, settled=settled))

    def find(self, reference: str) -> Sale | None:
        """The sale, None if it is in no book of ours."""
        text = self._storage.get(_SALE + reference)
        return None if text is None else Sale(**json.loads(text))

    def sales(self, *states: str) -> list[Sale]:
        """The sales that stand in one of these states, of all if none is named, in the order in which they began."""
        kept = (Sale(**json.loads(text)) for key, text in self._storage.items() if key.startswith(_SALE))
        return sorted((sale for sale in kept if not states or sale.state in states), key=lambda sale: sale.number)

    def _enter(self, sale: Sale) -> Iterator[Noted]:
        if sale.state not in STATES:
            raise ValueError(f"{sale.state!r} is no state of a sale")
        self._storage[_SALE + sale.reference] = json.dumps(asdict(sale))
        yield Noted(0, Booked(sale.reference, sale.state, sale.settled))


class Display:
    """What the user sees: a text stands until another takes its place."""

    def __init__(self) -> None:
        self.shown = Screen("")

    def show(self, text: str, colour: str = "") -> Iterator[Noted]:
        """Show a text, told if it is not there already. `colour`: a CSS colour name, "" if it says nothing."""
        if (screen := Screen(text, colour)) != self.shown:
            self.shown = screen
            yield Noted(0, screen)
