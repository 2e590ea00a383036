"""A party for tests, which keeps what happens to it and answers as it is told; and time that passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from harness.transports.host import Host
from harness.wire.endpoint import Input, Output

T = TypeVar("T")

PATIENCE = 60.0
"""Wall seconds for what takes a second or two."""


@dataclass
class Recorder:
    """An Endpoint that remembers its Inputs with their times. `answer`: what it does about each."""

    name: str
    answer: Callable[[Input], Iterable[Output]] = lambda _: ()
    inputs: list[tuple[float, Input]] = field(default_factory=list)

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        self.inputs.append((now, event))
        return self.answer(event)

    def of(self, kind: type[T]) -> list[T]:
        return [event for _, event in self.inputs if isinstance(event, kind)]


async def pass_by(host: Host, seconds: float) -> None:
    """Let document seconds pass on a clock that jumps."""
    async with asyncio.timeout(PATIENCE):
        assert not await host.until(lambda: False, seconds, "time to pass")
