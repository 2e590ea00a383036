"""Harm to the mains, as a case says it: how often they go, for how long, and how long they are back in between.

    await terminal.suffers(PowerBounce(times=3))

It ends with the mains on. Its parameters are document seconds; but what switches is a contact and what boots is a
machine, and neither gets quicker where a clock is compressed: no dip, and no pause between two, is shorter than what
the bench needs to settle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from harness.evidence.bench import Bite, FaultBegan, FaultEnded
from harness.transports.host import Host

MAINS = "mains"
"""The place of such a harm, as `FaultBegan.on` calls it."""


class Switched(Protocol):
    """Who has mains that can be switched."""

    async def power_on(self) -> None:
        """Give it its mains. Raises BenchError."""

    async def power_off(self) -> None:
        """Cut them, without warning. Raises BenchError."""


@dataclass(frozen=True)
class MainsFault:
    """The mains go `times` times, for `off` seconds each time, and are back for `on` seconds in between.

    `name`: what the victim notices."""

    name: ClassVar[str]
    off: float
    times: int = 1
    on: float = 0.0


@dataclass(frozen=True)
class PowerCut(MainsFault):
    """Dark for so long that nothing in the terminal still has a charge, and the cloud still believes in its line."""

    name: ClassVar[str] = "power cut"
    off: float = 30.0


@dataclass(frozen=True)
class BrownOut(MainsFault):
    """A dip just long enough to fell the terminal."""

    name: ClassVar[str] = "brown-out"
    off: float = 0.5


@dataclass(frozen=True)
class PowerBounce(MainsFault):
    """A plug that arcs: the mains come and go quicker than a terminal boots, until at last they stay."""

    name: ClassVar[str] = "power bounce"
    off: float = 0.2
    times: int = 5
    on: float = 0.3


async def play(fault: MainsFault, victim: Switched, host: Host, *, settle: float) -> None:
    """Do this harm to a victim that has its mains, and let the host's parties go on meanwhile.

    `settle`: document seconds of the shortest dip and the shortest pause of this bench. Raises BenchError."""
    host.record("nemesis", FaultBegan(fault.name, MAINS))
    bites = 0
    try:
        for number in range(1, fault.times + 1):
            if number > 1:
                await host.until(
                    lambda: False, max(fault.on, settle), f"{fault.name}: the mains are back, not for long"
                )
            await victim.power_off()
            bites = number
            host.record("nemesis", Bite(fault.name, f"the mains, {number} of {fault.times}"))
            await host.until(lambda: False, max(fault.off, settle), f"{fault.name}: the mains are gone")
            await victim.power_on()
    finally:
        host.record("nemesis", FaultEnded(fault.name, bites))
