"""Duplication: of the frames that are sent, some arrive twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire.chance import Chance, check_share
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


class _Double(Chance):
    def harmed(self, frame: Frame) -> Sequence[Out]:
        out = Out(frame.data, frame.toward)
        return out, out


@dataclass(frozen=True)
class Duplication(WireFault):
    """A `share` (above 0, at most 1) of the frames `toward` these ends leaves twice, one right behind the other.

    TCP takes a copy for a segment sent again in haste and drops it. Raises HarnessError for a share that is none."""

    name: ClassVar[str] = "duplication"
    means: ClassVar[Means] = Means.PACKETS

    share: float
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        check_share(self.name, self.share)

    def rule(self, scene: Scene) -> Rule:
        return _Double(scene, self.share, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Frames that entered once and left more often. A segment that its sender sent again is another frame."""
        doubled = [
            passage for passage in seen.passed if passage.entered.toward in self.toward and len(passage.left) > 1
        ]
        if not doubled:
            return NO_SIGN
        first = doubled[0]
        size, toward = len(first.entered.data), first.entered.toward
        return Sign(len(doubled), f"{size} bytes toward the {toward} entered once and left {len(first.left)} times")
