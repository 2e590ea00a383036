"""What a fault does to frames, inside the process that is the wire.

Frames pass through the rules in force in the order of their beginning; what one lets through, the next one sees. A rule
that raises is a defect of the harness: the frame passes as it came, and the case ends as ERROR naming the rule.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.faults.moment import Toward
from harness.faults.wire.frame import Frame


@dataclass(frozen=True, slots=True)
class Out:
    """A frame that leaves the wire, `after` wall seconds; the frame itself, a changed one, or one that was forged."""

    data: bytes
    toward: Toward
    after: float = 0.0


@dataclass(slots=True)
class Flow:
    """A TCP connection as the wire has seen it. Addresses are (4 bytes, port); `next_…`: the sequence number that end
    will send next, None until it is known; MACs as in the frames of each end."""

    terminal: tuple[bytes, int]
    cloud: tuple[bytes, int]
    terminal_mac: bytes
    cloud_mac: bytes
    next_of_terminal: int | None = None
    next_of_cloud: int | None = None
    ended: bool = False


class Flows(Protocol):
    """The connections the wire has seen."""

    def __iter__(self) -> Iterator[Flow]: ...
    def of(self, frame: Frame) -> Flow | None:
        """The connection a TCP frame belongs to."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule is given: its own chance, how many document seconds a wall second has, and the live connections."""

    rng: random.Random
    scale: float
    flows: Flows


class Rule:
    """One fault at work. A subclass says in `frame` what becomes of each frame, and calls `bite` when it took hold."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.bites: list[str] = []
        """What it took hold of since the wire last looked; the wire reports and clears them."""

    def bite(self, what: str) -> None:
        """Say that the harm took hold once, and of what."""
        self.bites.append(what)

    def wall(self, document: float) -> float:
        """Document seconds in wall seconds."""
        return document / self.scene.scale

    def begin(self, now: float) -> Sequence[Out]:
        """What is done at once. `now`: wall seconds of the wire's monotonic clock."""
        return ()

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        """What becomes of a frame: None for "not mine, let it pass", () for "lost", else what leaves in its place."""
        return None

    def end(self, now: float) -> Sequence[Out]:
        """What is undone or let go."""
        return ()
