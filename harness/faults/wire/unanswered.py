"""Unanswered: who dials the cloud hears nothing, as of a machine that is off or behind a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire.dials import Directory, Endpoints, spelled
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ACK, SYN, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means


def _is_dial(frame: Frame) -> bool:
    return frame.toward is Toward.CLOUD and frame.is_tcp and frame.flags & (SYN | ACK) == SYN


class _Ignore(Rule):
    def __init__(self, scene: Scene, endpoints: Endpoints) -> None:
        super().__init__(scene)
        self._directory = Directory(endpoints)

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if not _is_dial(frame) or frame.destination not in self._directory:
            return None
        self.bite(f"a dial of {spelled(frame.destination)}")
        return ()


@dataclass(frozen=True)
class Unanswered(WireFault):
    """Each SYN of the terminal to one of `endpoints` (IPv4 address and port; all if none are named) is lost, so that
    dials time out. Lines that are up stay up."""

    name: ClassVar[str] = "unanswered"
    means: ClassVar[Means] = Means.WIRE
    swallows: ClassVar[bool] = True

    endpoints: Endpoints = ()

    def rule(self, scene: Scene) -> Rule:
        return _Ignore(scene, self.endpoints)

    @property
    def deaf(self) -> tuple[tuple[str, int], ...]:
        return tuple((host, port) for host, port in self.endpoints) or (("0.0.0.0", 0),)  # noqa: S104 — no listener

    def signs(self, seen: Sightings) -> Sign:
        """SYNs to one of the endpoints that entered and never left."""
        directory = Directory(self.endpoints)
        frames = [Frame(one.data, one.toward) for one in seen.lost]
        dials = [frame for frame in frames if _is_dial(frame) and frame.destination in directory]
        return Sign(len(dials), f"a dial of {spelled(dials[0].destination)} was lost") if dials else NO_SIGN
