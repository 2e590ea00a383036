"""The document's clock, and what is due on it.

Document time is piecewise linear over the machine's monotonic clock. A piece runs at `scale` document seconds to the
wall second, or stands still; where one piece ends the next may begin further ahead: the clock has jumped. Each piece is
kept with the monotonic moment it began at, so a moment long past, as a kernel stamped it, is mapped as it was then.
Two processes that are told of the same pieces have the same clock, since the monotonic clock is one for the machine.
"""

from __future__ import annotations

import asyncio
import math
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass


class Clock:
    """Document seconds at monotonic seconds. It reads `now` at the monotonic moment `begun`: this one by default."""

    def __init__(self, scale: float = 1.0, *, begun: float | None = None, now: float = 0.0) -> None:
        self.scale = scale
        self._begun = [time.monotonic() if begun is None else begun]
        self._pieces = [(now, scale)]

    @property
    def now(self) -> float:
        return self.at(time.monotonic())

    def at(self, monotonic: float) -> float:
        """Document seconds at a moment of the monotonic clock, past or present."""
        piece = max(0, bisect_right(self._begun, monotonic) - 1)
        reading, rate = self._pieces[piece]
        return reading + (monotonic - self._begun[piece]) * rate

    def hold(self, reading: float, since: float) -> None:
        """From the monotonic moment `since` on the clock stands still at `reading`."""
        self._begin(since, reading, 0.0)

    def release(self, at: float) -> None:
        """From the monotonic moment `at` on the clock runs, on from where it stands."""
        at = max(at, self._begun[-1])
        self._begin(at, self.at(at), self.scale)

    def _begin(self, at: float, reading: float, rate: float) -> None:
        self._begun.append(at)
        self._pieces.append((reading, rate))


@dataclass(eq=False, slots=True)
class Alarm:
    """Something to do at a document second, once."""

    at: float
    do: Callable[[], None]
    handle: asyncio.TimerHandle | None = None


class Alarms:
    """What is due on a clock that may jump. Nothing happens before its time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set: dict[Alarm, None] = {}  # a set that keeps its order

    @property
    def next(self) -> float:
        """The earliest document second at which something is due; infinity if nothing is."""
        return min((alarm.at for alarm in self._set), default=math.inf)

    def set(self, at: float, do: Callable[[], None]) -> Alarm:
        """Do something at a document second; soon, if that has passed."""
        alarm = Alarm(at, do)
        self._set[alarm] = None
        self._arm(alarm)
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Forget it; no harm if it has happened."""
        self._set.pop(alarm, None)
        if alarm.handle is not None:
            alarm.handle.cancel()

    def cancel_all(self) -> None:
        for alarm in list(self._set):
            self.cancel(alarm)

    def catch_up(self) -> None:
        """The clock was moved: do what has become due, in its order, and set the rest anew."""
        for alarm in sorted(self._set, key=lambda alarm: alarm.at):
            if alarm in self._set:  # not undone by one before it
                self._rang(alarm)

    def _arm(self, alarm: Alarm) -> None:
        if alarm.handle is not None:
            alarm.handle.cancel()
        wall = max(0.0, alarm.at - self._clock.now) / self._clock.scale
        alarm.handle = asyncio.get_running_loop().call_later(wall, self._rang, alarm)

    def _rang(self, alarm: Alarm) -> None:
        if alarm.at > self._clock.now:
            self._arm(alarm)
            return
        self.cancel(alarm)
        alarm.do()
