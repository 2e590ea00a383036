"""Late close: a line has ended at one end, and the other learns of it only after a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire.black_hole import BOTH
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import FIN, RST, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.transports.host import HarnessError

_ENDING = FIN | RST


class _Retain(Rule):
    def __init__(self, scene: Scene, after: float, toward: Sequence[Toward]) -> None:
        super().__init__(scene)
        self._after = self.wall(after)
        self._toward = frozenset(map(Toward, toward))

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward not in self._toward or not frame.is_tcp or not frame.flags & _ENDING:
            return None
        self.bite(f"{_what(frame)} toward the {frame.toward}")
        return (Out(frame.data, frame.toward, self._after),)


@dataclass(frozen=True)
class LateClose(WireFault):
    """Each FIN and each reset `toward` these ends is delivered `after` document seconds.

    What it has not delivered when it ends is delivered then. Raises HarnessError for a time that is none."""

    name: ClassVar[str] = "late close"
    means: ClassVar[Means] = Means.WIRE

    after: float
    toward: tuple[Toward, ...] = BOTH

    def __post_init__(self) -> None:
        if not self.after > 0:
            raise HarnessError(f"late close: a close after {self.after} s is not late")

    def rule(self, scene: Scene) -> Rule:
        return _Retain(scene, self.after, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """FIN and resets that were inside the wire for more than half of the time asked for."""
        late = []
        for passage in seen.passed:
            frame = Frame(passage.entered.data, passage.entered.toward)
            seconds = passage.left[0].at - passage.entered.at
            if frame.toward in self.toward and frame.is_tcp and frame.flags & _ENDING and seconds > self.after / 2:
                late.append(f"{_what(frame)} toward the {frame.toward} took {seconds:.3f} s")
        return Sign(len(late), late[0]) if late else NO_SIGN


def _what(frame: Frame) -> str:
    return "a reset" if frame.flags & RST else "a FIN"
