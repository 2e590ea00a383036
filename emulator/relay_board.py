"""A relay board in software: bytes in, answers out, contacts moved; and the mishaps that may befall it.

Pure: what runs on the board is a Firmware (`emulator.boards`); this is the hardware around it, its relays and its line.
`python -m emulator relay-board` puts one on a pty (`emulator.relay_board_door`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from emulator.boards import Switch, load


class Mishap(StrEnum):
    """What may befall a board. All but POWERLESS and UNPLUGGED let it go on hearing and doing what it is told."""

    SILENT = "silent"
    """It does not answer."""
    LATE = "late"
    """It answers after longer than anybody waits."""
    WRONG = "wrong"
    """It answers for another relay, or with bytes that are none of its answers."""
    STUCK = "stuck"
    """Its contacts do not move: it accepts the command as if they did, and tells the truth when asked."""
    LIES = "lies"
    """Its contacts do not move, and when asked it says they did."""
    POWERLESS = "powerless"
    """It neither hears nor answers, and its relays are at rest; it starts anew when power is back."""
    UNPLUGGED = "unplugged"
    """Its port is gone; its contacts stay as they are."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A command was carried out; the relays energised after it, whether or not anything changed."""

    contacts: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What it says on its line."""

    data: bytes
    late: bool = False


class RelayBoard:
    """A board by its name, with so many relays, all at rest."""

    def __init__(self, name: str, relays: int) -> None:
        self._kind = load(name)
        self._firmware = self._kind(relays)
        self.contacts: tuple[bool, ...] = (False,) * relays
        self.mishap: Mishap | None = None

    def befall(self, mishap: Mishap | None) -> None:
        """A mishap begins, in place of the one before it; None: all is well again, and the contacts stay."""
        self.mishap = mishap
        if mishap is Mishap.POWERLESS:
            self.contacts = (False,) * len(self.contacts)
            self._firmware = self._kind(len(self.contacts))
        self._firmware.sensed = self.contacts

    def receive(self, data: bytes) -> Iterator[Moved | Answer]:
        """What comes of these bytes, in this order."""
        if self.mishap in (Mishap.POWERLESS, Mishap.UNPLUGGED):
            return
        for said in self._firmware.hear(data):
            if isinstance(said, Switch):
                self._switch(said.states)
                yield Moved(self.contacts)
            elif self.mishap is Mishap.WRONG:
                yield Answer(self._firmware.wrong(said))
            elif self.mishap is not Mishap.SILENT:
                yield Answer(said, late=self.mishap is Mishap.LATE)

    def _switch(self, states: tuple[bool, ...]) -> None:
        if self.mishap not in (Mishap.STUCK, Mishap.LIES):
            self.contacts = states
        self._firmware.sensed = states if self.mishap is Mishap.LIES else self.contacts
