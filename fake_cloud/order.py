"""What passes between a POS and the cloud inside our house: an order for a terminal, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of an order. LOST: sent, and the line went before an answer: neither yes nor no."""

    ANSWERED = "answered"
    OFFLINE = "offline"
    BUSY = "busy"
    LOST = "lost"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Order:
    """Carry this command to that terminal. `id` is the sender's; `fields` are those of `econduit.Command`."""

    id: int
    terminal_id: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to an order. `fields`: the terminal's response, empty unless `fate` is ANSWERED.

    For a LOST or TIMED_OUT order a second Outcome with ANSWERED may follow when the terminal answers late."""

    id: int
    fate: Fate
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reach:
    """A terminal can be reached from now on, or no longer. `terminal_id`: as the listener knows it."""

    terminal_id: str
    online: bool
