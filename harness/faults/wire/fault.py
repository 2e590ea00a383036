"""A harm to the wire, as a case says it: its name, its parameters, the rule that does it, the signs that prove it.

The parameters are document seconds and counts. The same value is carried out by the wire process, by the proxy, or by
the memory's link, each as far as it can: `means` says what a bench needs for it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from harness.faults.sightings import Sightings, Sign
from harness.faults.wire.rule import Rule, Scene
from harness.rig.bench import Means


@dataclass(frozen=True)
class WireFault:
    """`name`: what the victim notices. `means`: what a bench needs to play it. `outage`: while it lasts no
    conversation between the ends is possible. `cuts_carrier`: the link at the terminal's end goes down with it.
    `swallows`: what it takes is gone, and no repetition gets through by chance: who waits for it waits in vain."""

    name: ClassVar[str]
    means: ClassVar[Means] = Means.PACKETS
    outage: ClassVar[bool] = False
    cuts_carrier: ClassVar[bool] = False
    swallows: ClassVar[bool] = False

    @abstractmethod
    def rule(self, scene: Scene) -> Rule:
        """The rule that does the harm, made inside the wire's process."""

    @abstractmethod
    def signs(self, seen: Sightings) -> Sign:
        """What an independent witness sees of the harm in what was captured while it lasted; none if it did not.

        Applied to what was captured after its end it must find nothing."""

    @property
    def deaf(self) -> tuple[tuple[str, int], ...]:
        """Addresses at which it leaves dials without any answer; port 0 stands for every port."""
        return ()

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters as JSON values."""
        return asdict(self)

    @property
    def kind(self) -> str:
        """Its module and class, by which the wire's process finds it: `black_hole.BlackHole`."""
        return f"{type(self).__module__.rpartition('.')[2]}.{type(self).__qualname__}"
