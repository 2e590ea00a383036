"""Wi-Fi loss: the link is up, as of a radio that is still associated, and nothing passes, ARP neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire.black_hole import Swallow, lost
from harness.faults.wire.fault import WireFault
from harness.faults.wire.rule import Rule, Scene
from harness.rig.bench import Means


@dataclass(frozen=True)
class WifiLoss(WireFault):
    """Everything is lost both ways, and the terminal's link says that it is up."""

    name: ClassVar[str] = "Wi-Fi loss"
    means: ClassVar[Means] = Means.WIRE
    outage: ClassVar[bool] = True
    swallows: ClassVar[bool] = True

    def rule(self, scene: Scene) -> Rule:
        return Swallow(scene)

    def signs(self, seen: Sightings) -> Sign:
        """Frames that entered and never left; none of it counts if the carrier went, for that is another harm."""
        if any(not up for _, up in seen.carrier):
            return NO_SIGN
        return lost(seen.lost)
