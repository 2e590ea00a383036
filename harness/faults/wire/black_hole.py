"""Silence: whatever is sent one way, or both, is lost, and nothing says so."""

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


class _Swallow(Rule):
    def __init__(self, scene: Scene, toward: tuple[Toward, ...]) -> None:
        super().__init__(scene)
        self._toward = toward

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward not in self._toward:
            return None
        self.bite(f"{len(frame.data)} bytes toward the {frame.toward}")
        return ()


@dataclass(frozen=True)
class BlackHole(WireFault):
    """Everything `toward` these ends is lost, ARP too. Both by default."""

    name: ClassVar[str] = "black hole"
    means: ClassVar[Means] = Means.WIRE
    outage: ClassVar[bool] = True

    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def rule(self, scene: Scene) -> Rule:
        return _Swallow(scene, tuple(Toward(end) for end in self.toward))

    def signs(self, seen: Sightings) -> Sign:
        lost = [frame for frame in seen.lost if frame.toward in self.toward]
        if not lost:
            return NO_SIGN
        return Sign(len(lost), f"{len(lost[0].data)} bytes toward the {lost[0].toward} entered and never left")
