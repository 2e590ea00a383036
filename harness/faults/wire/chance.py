"""Chance: a rule that befalls a share of the frames, each for itself, whatever befell the one before."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from harness.faults.moment import Toward
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.transports.host import HarnessError


class Chance(Rule):
    """Of the frames `toward` these ends that `can` be harmed, a `share` (above 0, at most 1) is `harmed`."""

    def __init__(self, scene: Scene, share: float, toward: Sequence[Toward]) -> None:
        super().__init__(scene)
        self._share = share
        self._toward = frozenset(toward)

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward not in self._toward or not self.can(frame) or self.scene.rng.random() >= self._share:
            return None
        self.bite(f"{len(frame.data)} bytes toward the {frame.toward}")
        return self.harmed(frame)

    def can(self, frame: Frame) -> bool:
        """Whether the harm can befall this frame."""
        return True

    @abstractmethod
    def harmed(self, frame: Frame) -> Sequence[Out]:
        """What leaves in the place of a frame that was befallen."""


def check_share(fault: str, share: float) -> None:
    """Raise HarnessError unless it is a share of something."""
    if not 0 < share <= 1:
        raise HarnessError(f"{fault}: a share of {share} is not above 0 and at most 1")
