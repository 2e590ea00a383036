"""What carries a harm to the wire out: the wire's own process, the proxy, or the memory's link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.faults.moment import Moment
from harness.faults.wire.fault import WireFault


@dataclass(frozen=True, slots=True)
class Began:
    """A harm has begun: at once, or when its moment came. `at`: seconds of the machine's monotonic clock."""

    number: int
    at: float


@dataclass(frozen=True, slots=True)
class Bit:
    """A harm took hold once."""

    number: int
    at: float
    what: str


@dataclass(frozen=True, slots=True)
class Broke:
    """A rule raised: a defect of the harness. The frame passed as it came, and the rule is out of force."""

    number: int
    at: float
    why: str


Report = Began | Bit | Broke


class Injector(Protocol):
    """`on_report` is told what happens, in order; whoever sets it is the nemesis of the case."""

    on_report: Callable[[Report], None]

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        """Put a fault in force at once, or when its moment comes. On return it is in force (or armed).

        `number` names it from now on; `scale`: document seconds in a wall second. Raises HarnessError."""

    def end(self, number: int) -> None:
        """Take a fault out of force. On return nothing of it is left in the wire, and all its bites were reported."""

    def poll(self) -> None:
        """Report what has happened since."""

    def close(self) -> None:
        """End every fault that is left."""
