"""What a party means to do later, in the order of its time, so that it needs no more than one alarm clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.wire.endpoint import Output

SAME = 1e-6
"""Seconds by which an alarm may ring early."""


@dataclass(order=True, slots=True)
class Entry:
    """One thing to do. `off`: it was called off."""

    at: float
    number: int
    do: Callable[[float], Iterator[Output]] = field(compare=False)
    off: bool = field(default=False, compare=False)

    def call_off(self) -> None:
        self.off = True


class Agenda:
    """Things to do, each a function from the time to what is said."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._count = 0

    def at(self, at: float, do: Callable[[float], Iterator[Output]]) -> Entry:
        """Do something at a time; of two things at one time, the one first asked for."""
        self._count += 1
        entry = Entry(at, self._count, do)
        heapq.heappush(self._entries, entry)
        return entry

    def due(self, now: float) -> Iterator[Output]:
        """Do what is due."""
        while self._entries and (self._entries[0].off or self._entries[0].at <= now + SAME):
            entry = heapq.heappop(self._entries)
            if not entry.off:
                yield from entry.do(now)

    @property
    def next(self) -> float | None:
        """When something is due next; None if nothing is planned."""
        while self._entries and self._entries[0].off:
            heapq.heappop(self._entries)
        return self._entries[0].at if self._entries else None
