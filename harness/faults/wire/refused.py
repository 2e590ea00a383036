"""Refused: who dials the cloud is answered with a reset, as by a machine where nobody listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.dials import Directory, Endpoints, Interception, spelled
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ACK, RST, Frame
from harness.faults.wire.rule import Rule, Scene
from harness.rig.bench import Means


@dataclass(frozen=True)
class Refused(WireFault):
    """Each SYN of the terminal to one of `endpoints` (IPv4 address and port; all if none are named) is answered with a
    reset in its place. Lines that are up stay up."""

    name: ClassVar[str] = "refused"
    means: ClassVar[Means] = Means.STREAMS

    endpoints: Endpoints = ()

    def rule(self, scene: Scene) -> Rule:
        return Interception(scene, self.endpoints, lambda frame: forge.answer(frame, RST | ACK))

    def signs(self, seen: Sightings) -> Sign:
        """Resets that no endpoint has sent and that answer a SYN: those alone have the sequence number 0."""
        directory = Directory(self.endpoints)
        frames = [Frame(one.data, one.toward) for one in seen.forged if one.toward is Toward.TERMINAL]
        resets = [
            frame
            for frame in frames
            if frame.is_tcp and frame.flags & RST and not frame.sequence and frame.source in directory
        ]
        return Sign(len(resets), f"a reset as from {spelled(resets[0].source)}") if resets else NO_SIGN
