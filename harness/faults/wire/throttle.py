"""Throttle: a line so narrow that what is sent queues up before it.

The queue is never kept: a frame's departure is known when it comes. The line is free when the last frame before it has
left; from then, or from its own coming, it takes as long as its bytes need. What the frames before it still need is how
long the queue is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Passage, Sightings, Sign
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.transports.host import HarnessError

TOLERANCE = 1.1
"""How far above its rate a throttled line may be, for its witness: more is another line."""

HELD = 0.02
"""Document seconds inside the wire from which on a frame was held; an unharmed one takes a tenth of a millisecond."""

EDGE = 0.1
"""The first and the last share of a throttle's time, in which haste proves nothing: what came just before it is still
passing, and its end lets what is queued go at once."""


class _Narrow(Rule):
    def __init__(self, scene: Scene, rate: float, queue: int, toward: Sequence[Toward]) -> None:
        super().__init__(scene)
        self._rate = rate * scene.scale
        self._queue = queue
        self._free = dict.fromkeys(map(Toward, toward), 0.0)

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        free = self._free.get(frame.toward)
        if free is None:
            return None
        size = len(frame.data)
        starts = max(now, free)
        waiting = (starts - now) * self._rate
        if waiting and waiting + size > self._queue:
            self.bite(f"{size} bytes toward the {frame.toward}, lost behind {waiting:.0f} bytes")
            return ()
        leaves = self._free[frame.toward] = starts + size / self._rate
        self.bite(f"{size} bytes toward the {frame.toward}, behind {waiting:.0f} bytes")
        return (Out(frame.data, frame.toward, leaves - now),)


@dataclass(frozen=True)
class Throttle(WireFault):
    """Toward each of these ends no more than `rate` bytes pass in a document second; what comes faster queues up.

    Bytes are those of whole frames, from the Ethernet header on. A frame that would make the queue before it longer
    than `queue` bytes is lost; one that finds no queue never is. What is queued when the throttle ends arrives at
    once. Raises HarnessError for a line that lets nothing pass."""

    name: ClassVar[str] = "throttle"
    means: ClassVar[Means] = Means.STREAMS

    rate: float
    queue: int = 1 << 16
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.queue <= 0:
            raise HarnessError(f"throttle: {self.rate} bytes a second with a queue of {self.queue} let nothing pass")

    def rule(self, scene: Scene) -> Rule:
        return _Narrow(scene, self.rate, self.queue, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Frames that were held, if none left sooner than a line a tenth faster than the rate would have let it.

        How soon that is follows from when the frames entered and how long they are. A frame may be later than that
        without a throttle, so lateness of the harness makes no verdict worse; none of a line in use is ever sooner."""
        edge = (seen.until - seen.since) * EDGE
        held: list[Passage] = []
        for end in map(Toward, self.toward):
            free = seen.since
            passed = [passage for passage in seen.passed if passage.entered.toward is end]
            for passage in sorted(passed, key=lambda passage: passage.left[0].at):
                entered, left = passage.entered.at, passage.left[0].at
                due = max(free, entered) + len(passage.entered.data) / (self.rate * TOLERANCE)
                if left < due:
                    if seen.since + edge <= left <= seen.until - edge:
                        return NO_SIGN
                    free = left
                    continue
                free = due
                if left - entered >= HELD:
                    held.append(passage)
        if not held:
            return NO_SIGN
        first = min(held, key=lambda passage: passage.entered.at)
        seconds = first.left[0].at - first.entered.at
        return Sign(
            len(held), f"{len(first.entered.data)} bytes toward the {first.entered.toward} were held {seconds:.3f} s"
        )
