"""A party for tests: it keeps what happens to it and answers as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from harness.wire.endpoint import Input, Output

T = TypeVar("T")


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
