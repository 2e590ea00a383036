"""Corruption: of the segments that are sent, some arrive with a wrong bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Seen, Sightings, Sign
from harness.faults.wire.chance import Chance, check_share
from harness.faults.wire.checksum import is_good, repair
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


class _Flip(Chance):
    def __init__(self, scene: Scene, share: float, repaired: bool, toward: Sequence[Toward]) -> None:
        super().__init__(scene, share, toward)
        self._repaired = repaired

    def can(self, frame: Frame) -> bool:
        return frame.is_tcp and bool(frame.payload)

    def harmed(self, frame: Frame) -> Sequence[Out]:
        bit = self.scene.rng.randrange(len(frame.payload) * 8)
        data = bytearray(frame.data)
        data[frame.payload_at + bit // 8] ^= 1 << bit % 8
        if self._repaired:
            repair(data)
        return (Out(bytes(data), frame.toward),)


@dataclass(frozen=True)
class Corruption(WireFault):
    """One bit of the payload is flipped in a `share` (above 0, at most 1) of the TCP segments `toward` these ends.

    The checksum of the segment stays as it was, so that the receiver's kernel drops it and it is sent again; or it is
    `repaired`, so that nobody notices and the application reads a wrong byte. Segments without payload are let pass.
    Raises HarnessError for a share that is none."""

    name: ClassVar[str] = "corruption"
    means: ClassVar[Means] = Means.PACKETS

    share: float
    repaired: bool = False
    toward: tuple[Toward, ...] = (Toward.TERMINAL, Toward.CLOUD)

    def __post_init__(self) -> None:
        check_share(self.name, self.share)

    def rule(self, scene: Scene) -> Rule:
        return _Flip(scene, self.share, self.repaired, self.toward)

    def signs(self, seen: Sightings) -> Sign:
        """Segments of which another one left that has the same headers, a payload that differs in one bit, and a
        checksum that is right or wrong, as was asked for."""
        left: dict[bytes, list[Seen]] = defaultdict(list)
        for forged in seen.forged:
            if forged.toward in self.toward and (header := _header(forged)) and is_good(forged.data) == self.repaired:
                left[header].append(forged)
        corrupted = [
            lost
            for lost in seen.lost
            if any(lost.at <= forged.at and _bits_apart(lost, forged) == 1 for forged in left.get(_header(lost), ()))
        ]
        if not corrupted:
            return NO_SIGN
        first = corrupted[0]
        return Sign(len(corrupted), f"{len(first.data)} bytes toward the {first.toward} left with another bit")


def _header(seen: Seen) -> bytes:
    """All that stands before the payload of a TCP segment but its checksum; empty for what is no TCP."""
    frame = Frame(seen.data, seen.toward)
    if not frame.is_tcp:
        return b""
    checksum = frame.transport + 16
    return frame.data[:checksum] + frame.data[checksum + 2 : frame.payload_at]


def _bits_apart(one: Seen, other: Seen) -> int:
    """In how many bits the payloads of two segments with the same headers differ."""
    payloads = (Frame(seen.data, seen.toward).payload for seen in (one, other))
    first, second = (int.from_bytes(payload) for payload in payloads)
    return (first ^ second).bit_count()
