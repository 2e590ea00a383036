"""Reordering: of the frames that are sent, some are overtaken by later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Passage, Sightings, Sign
from harness.faults.wire.chance import Chance, check_share
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.transports.host import HarnessError


class _HoldBack(Chance):
    def __init__(self, scene: Scene, share: float, by: float, toward: Sequence[Toward]) -> None:
        super().__init__(scene, share, toward)
        self._by = self.wall(by)

    def harmed(self, frame: Frame) -> Sequence[Out]:
        return (Out(frame.data, frame.toward, self._by),)


@dataclass(frozen=True)
class Reordering(WireFault):
    """A `share` (above 0, at most 1) of the frames `toward` these ends is held back `by` document seconds.

    Those behind it pass meanwhile; where none follows in that time it is late and nothing more. Raises HarnessError
    for a share or a time that is none."""

    name: ClassVar[str] = "reordering"
    means: ClassVar[Means] = Means.PACKETS

    share: float
    by: float
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        check_share(self.name, self.share)
        if self.by <= 0:
            raise HarnessError(f"reordering: nothing overtakes a frame that is held back by {self.by} s")

    def rule(self, scene: Scene) -> Rule:
        return _HoldBack(scene, self.share, self.by, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Frames that left after one that had entered later on its way toward the same end."""
        overtaken: list[Passage] = []
        for end in self.toward:
            passed = [passage for passage in seen.passed if passage.entered.toward == end]
            soonest = float("inf")  # when the first of all that entered later left
            for passage in sorted(passed, key=lambda passage: passage.entered.at, reverse=True):
                left = passage.left[0].at
                if left > soonest:
                    overtaken.append(passage)
                soonest = min(soonest, left)
        if not overtaken:
            return NO_SIGN
        first = min(overtaken, key=lambda passage: passage.entered.at).entered
        return Sign(len(overtaken), f"{len(first.data)} bytes toward the {first.toward} were overtaken")
