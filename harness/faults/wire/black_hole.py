"""Silence: whatever is sent one way, or both, is lost, and nothing says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Seen, Sightings, Sign
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means

BOTH = (Toward.TERMINAL, Toward.CLOUD)


class Swallow(Rule):
    """Loses every frame `toward` these ends."""

    def __init__(self, scene: Scene, toward: Sequence[Toward] = BOTH) -> None:
        super().__init__(scene)
        self._toward = frozenset(map(Toward, toward))

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward not in self._toward:
            return None
        self.bite(f"{len(frame.data)} bytes toward the {frame.toward}")
        return ()


def lost(frames: Sequence[Seen]) -> Sign:
    """The sign that these frames entered the wire and never left it; none if there are none."""
    if not frames:
        return NO_SIGN
    return Sign(len(frames), f"{len(frames[0].data)} bytes toward the {frames[0].toward} entered and never left")


@dataclass(frozen=True)
class BlackHole(WireFault):
    """Everything `toward` these ends is lost, ARP too. Both by default."""

    name: ClassVar[str] = "black hole"
    means: ClassVar[Means] = Means.WIRE
    outage: ClassVar[bool] = True
    swallows: ClassVar[bool] = True

    toward: tuple[Toward, ...] = BOTH

    def rule(self, scene: Scene) -> Rule:
        return Swallow(scene, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        return lost([frame for frame in seen.lost if frame.toward in self.toward])
