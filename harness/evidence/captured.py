"""Frames as they were caught at the two ends of the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Toward(StrEnum):
    """The end of the wire that a frame is on its way to."""

    TERMINAL = "terminal"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame at one interface of the wire. `side`: which; `leaving`: out of the wire to that side, or into it from
    there; `data`: from the Ethernet header on; `at`: document seconds."""

    at: float
    side: Toward
    leaving: bool
    data: bytes

    @property
    def toward(self) -> Toward:
        """The end it is on its way to."""
        if self.leaving:
            return self.side
        return Toward.CLOUD if self.side is Toward.TERMINAL else Toward.TERMINAL


@dataclass(frozen=True, slots=True)
class Captured:
    """The same, as the kernel told it. `stamp`: nanoseconds of CLOCK_REALTIME."""

    stamp: int
    side: Toward
    leaving: bool
    data: bytes

    def seen(self, clock: Callable[[int], float]) -> Seen:
        """The frame on the clock of the run; `clock` gives the document seconds of a stamp."""
        return Seen(clock(self.stamp), self.side, self.leaving, self.data)
