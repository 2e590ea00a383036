"""MTU black hole: somewhere on the way is a line too narrow for long packets, and nobody says so."""

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
from harness.transports.host import HarnessError

LEAST = 68
"""Bytes of an IPv4 packet that every line must carry (RFC 791)."""


def _length(frame: Frame) -> int:
    """Bytes of the IPv4 packet, 0 for what is none."""
    return int.from_bytes(frame.data[16:18]) if frame.is_ipv4 else 0


class _TooLong(Rule):
    def __init__(self, scene: Scene, size: int, toward: Sequence[Toward]) -> None:
        super().__init__(scene)
        self._size = size
        self._toward = frozenset(toward)

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        # The frame is longer than its packet: one look at its length lets nearly everything pass.
        if len(frame.data) <= self._size or frame.toward not in self._toward or _length(frame) <= self._size:
            return None
        self.bite(f"a packet of {_length(frame)} bytes toward the {frame.toward}")
        return ()


@dataclass(frozen=True)
class MtuBlackHole(WireFault):
    """IPv4 packets `toward` these ends that are longer than `size` bytes are lost, and no ICMP message says why.

    Short messages pass and long ones never do, however often TCP sends them. Raises HarnessError for a `size` that no
    line may have."""

    name: ClassVar[str] = "MTU black hole"
    means: ClassVar[Means] = Means.PACKETS

    size: int
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        if self.size < LEAST:
            raise HarnessError(f"MTU black hole: every line carries packets of {LEAST} bytes, not only {self.size}")

    def rule(self, scene: Scene) -> Rule:
        return _TooLong(scene, self.size, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Packets longer than `size` that entered and never left."""
        lost = [
            frame
            for frame in seen.lost
            if frame.toward in self.toward and _length(Frame(frame.data, frame.toward)) > self.size
        ]
        if not lost:
            return NO_SIGN
        size = _length(Frame(lost[0].data, lost[0].toward))
        return Sign(len(lost), f"a packet of {size} bytes toward the {lost[0].toward} entered and never left")
