"""The cable is out: the terminal's link has no carrier, and nothing passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire.black_hole import Swallow
from harness.faults.wire.fault import WireFault
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


class _Unplug(Swallow):
    def begin(self, now: float) -> Sequence[Out]:
        # An idle line has no frame to lose: what the harm takes hold of is the cable.
        self.bite("the cable")
        return ()


@dataclass(frozen=True)
class CableOut(WireFault):
    """The cable is pulled at the terminal's end, and plugged in again at the end of the harm.

    The rule loses what is under way from the moment on; the rig takes the carrier away."""

    name: ClassVar[str] = "cable out"
    means: ClassVar[Means] = Means.CABLE
    outage: ClassVar[bool] = True
    swallows: ClassVar[bool] = True
    cuts_carrier: ClassVar[bool] = True

    def rule(self, scene: Scene) -> Rule:
        return _Unplug(scene)

    def signs(self, seen: Sightings) -> Sign:
        """The times the carrier went. Lost frames prove nothing here: they are lost on a link that is up, too."""
        gone = [at for at, up in seen.carrier if not up]
        return Sign(len(gone), "the terminal's link lost its carrier") if gone else NO_SIGN
