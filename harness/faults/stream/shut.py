"""A listener that does not answer: those who dial it are refused, time out, or find no way or no name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.wire.endpoint import Close, Hearing, Listen, Output


class Shut:
    """Listeners treat diallers like `hearing`; with `severing`, lines that are up are reset as well."""

    def __init__(self, *listeners: str, hearing: Hearing = Hearing.REFUSED, severing: bool = True) -> None:
        self.name = f"{' and '.join(listeners)} {hearing.value}"
        self.bites = 0
        self._listeners = listeners
        self._hearing = hearing
        self._severing = severing

    def begin(self, lines: Sequence[int]) -> Iterable[Output]:
        shut: list[Output] = [Listen(at, self._hearing) for at in self._listeners]
        if self._severing:
            shut += [Close(line, reset=True) for line in lines]
        self.bites += len(shut)
        return shut

    def __call__(self, outputs: Iterable[Output]) -> Iterable[Output]:
        return outputs

    def end(self) -> Iterable[Output]:
        return [Listen(at) for at in self._listeners]
