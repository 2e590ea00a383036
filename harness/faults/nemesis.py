"""Who harms: begins a fault on a party, writes its beginning, its bites and its end into the trace, and heals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from harness.evidence.bench import Bite, FaultBegan, FaultEnded
from harness.transports.host import Host
from harness.wire.endpoint import Output


class Fault(Protocol):
    """One harm. `name`: what the victim notices; `bites`: the times it took hold so far."""

    name: str
    bites: int

    def begin(self, lines: Sequence[int]) -> Iterable[Output]:
        """What is done at once, to the party's lines that are up."""

    def __call__(self, outputs: Iterable[Output]) -> Iterable[Output]:
        """What becomes of what the party says while the fault is in force."""

    def end(self) -> Iterable[Output]:
        """What is undone."""


class Nemesis:
    """Does harm to parties of one Host, with a beginning and an end."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @asynccontextmanager
    async def __call__(self, fault: Fault, *, on: str) -> AsyncIterator[Fault]:
        """Harm the party named `on` while the block runs; whatever ends the block, the fault ends too."""
        host = self._host
        host.record("nemesis", FaultBegan(fault.name, on))
        host.harm(on, fault)
        begun = list(fault.begin(host.lines_of(on)))
        for output in begun:
            host.record("nemesis", Bite(fault.name, f"{type(output).__name__} {_place(output)}"))
        host.say(on, begun)
        try:
            yield fault
        finally:
            host.heal(on, fault)
            host.say(on, fault.end())
            host.record("nemesis", FaultEnded(fault.name, fault.bites))


def _place(output: Output) -> str:
    return str(getattr(output, "at", "") or f"line {getattr(output, 'line', 0)}")
