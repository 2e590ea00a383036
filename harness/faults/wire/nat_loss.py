"""NAT state lost: the router has forgotten the lines that were up; new ones it carries as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.black_hole import lost
from harness.faults.wire.dials import spelled
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ACK, RST, SYN, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


class _Forget(Rule):
    """Knows the lines whose SYN it has seen, and no other: as a router does that was restarted."""

    def __init__(self, scene: Scene, telling: bool) -> None:
        super().__init__(scene)
        self._telling = telling
        self._known: set[bytes] = set()
        """Each line twice: by one way and the other."""

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if not frame.is_tcp:
            return None
        if frame.flags & (SYN | ACK) == SYN:
            self._known |= {frame.way, frame.way_back}
            return None
        if frame.way in self._known:
            return None
        self.bite(f"{len(frame.data)} bytes toward the {frame.toward}, of a line that is not known")
        if self._telling and frame.flags & (RST | ACK) == ACK:
            return (forge.answer(frame, RST | ACK),)
        return ()


@dataclass(frozen=True)
class NatLoss(WireFault):
    """What belongs to a line that was there when it began is lost, both ways; lines dialled since are carried.

    With `telling` who sends on an old line is answered with a reset."""

    name: ClassVar[str] = "NAT state lost"
    means: ClassVar[Means] = Means.WIRE
    swallows: ClassVar[bool] = True

    telling: bool = False

    def rule(self, scene: Scene) -> Rule:
        return _Forget(scene, self.telling)

    def signs(self, seen: Sightings) -> Sign:
        """Segments of lines that are up which entered and never left; with `telling`, resets that nobody has sent."""
        if not self.telling:
            return lost([one for one in seen.lost if _of_a_line(Frame(one.data, one.toward))])
        frames = [Frame(one.data, one.toward) for one in seen.forged]
        resets = [frame for frame in frames if frame.is_tcp and frame.flags & RST]
        if not resets:
            return NO_SIGN
        return Sign(len(resets), f"a reset toward the {resets[0].toward}, as from {spelled(resets[0].source)}")


def _of_a_line(frame: Frame) -> bool:
    return frame.is_tcp and not frame.flags & SYN
