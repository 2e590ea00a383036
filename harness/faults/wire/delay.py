"""Delay: all that is sent arrives, and in its order, but late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.transports.host import HarnessError

APART = 1e-6
"""Wall seconds between two frames that would leave at once: a line carries one at a time, and so keeps their order."""


class _Hold(Rule):
    def __init__(self, scene: Scene, seconds: float, jitter: float, toward: Sequence[Toward]) -> None:
        super().__init__(scene)
        self._seconds = self.wall(seconds)
        self._jitter = self.wall(jitter)
        self._last = dict.fromkeys(map(Toward, toward), 0.0)

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        last = self._last.get(frame.toward)
        if last is None:
            return None
        drawn = self._seconds + self.scene.rng.uniform(-self._jitter, self._jitter)
        leaves = self._last[frame.toward] = max(now + drawn, last + APART)
        self.bite(f"{len(frame.data)} bytes toward the {frame.toward}")
        return (Out(frame.data, frame.toward, leaves - now),)


@dataclass(frozen=True)
class Delay(WireFault):
    """Every frame `toward` these ends arrives `seconds` late, more or less by up to `jitter` seconds.

    Document seconds, one way: a round trip takes both. No frame overtakes another one toward the same end: one that
    drew a short delay waits for the one before it. What is under way when the delay ends arrives at once. Raises
    HarnessError for a delay that cannot be."""

    name: ClassVar[str] = "delay"
    means: ClassVar[Means] = Means.STREAMS

    seconds: float
    jitter: float = 0.0
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        if not 0 <= self.jitter <= self.seconds or not self.seconds:
            raise HarnessError(f"delay: {self.seconds} s, more or less by {self.jitter} s, is no delay")

    def rule(self, scene: Scene) -> Rule:
        return _Hold(scene, self.seconds, self.jitter, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Frames that were inside the wire for more than half of the time asked for."""
        late = [
            (passage.left[0].at - passage.entered.at, passage.entered)
            for passage in seen.passed
            if passage.entered.toward in self.toward and passage.left[0].at - passage.entered.at > self.seconds / 2
        ]
        if not late:
            return NO_SIGN
        seconds, first = late[0]
        return Sign(len(late), f"{len(first.data)} bytes toward the {first.toward} took {seconds:.3f} s")
