"""A contact of the relay board as what hangs at it: the mains of the DUT, or its cable.

What is commanded and what the board says of it goes into the trace each time (`Actuated`). A board that falls silent,
or reads a contact back otherwise than it was asked, is a broken bench, never a defect of the DUT.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.evidence.bench import Actuated
from harness.rig.bench_file import Contact


class Exchange(Protocol):
    """What was said on the line of a board, and heard. `confirmed`: read back as asked; None if it cannot tell."""

    @property
    def sent(self) -> bytes: ...
    @property
    def received(self) -> bytes: ...
    @property
    def confirmed(self) -> bool | None: ...


class Board(Protocol):
    """A relay board that is open; `harness.rig.relay.Relay` is one."""

    @property
    def label(self) -> str:
        """The board and its port."""

    def switch(self, channel: int, *, on: bool) -> Exchange:
        """Energise a relay or let it go. Raises BenchError."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One contact. `what`: `power` or `link`; `record` writes into the trace of the case."""

    board: Board
    contact: Contact
    what: str
    record: Callable[[object], None]

    def __call__(self, *, on: bool) -> None:
        """What hangs there is on (up) from now on, or off. Raises BenchError."""
        exchange = self.board.switch(self.contact.channel, on=self.contact.energised(on=on))
        self.record(
            Actuated(
                self.what,
                on,
                self.board.label,
                exchange.sent.hex(" "),
                exchange.received.hex(" "),
                exchange.confirmed,
            )
        )
