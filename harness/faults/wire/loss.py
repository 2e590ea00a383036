"""Loss: of the frames that are sent, some do not arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import Sightings, Sign
from harness.faults.wire.black_hole import lost
from harness.faults.wire.chance import Chance, check_share
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


class _Lose(Chance):
    def harmed(self, frame: Frame) -> Sequence[Out]:
        return ()


@dataclass(frozen=True)
class Loss(WireFault):
    """A `share` (above 0, at most 1) of the frames `toward` these ends is lost, each by chance, whatever it carries.

    TCP sends a lost segment again, so nothing is missing above it; it comes later. Raises HarnessError for a share
    that is none."""

    name: ClassVar[str] = "loss"
    means: ClassVar[Means] = Means.PACKETS

    share: float
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        check_share(self.name, self.share)

    def rule(self, scene: Scene) -> Rule:
        return _Lose(scene, self.share, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Frames that entered and never left. That a segment was sent again is no sign: the sender may be hasty."""
        return lost([frame for frame in seen.lost if frame.toward in self.toward])
