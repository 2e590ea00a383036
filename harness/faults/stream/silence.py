"""The other side falls silent: lines stay up, new ones are accepted, and nothing is ever said on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.wire.econduit import ToTerminal
from harness.wire.endpoint import Noted, Output, Send


class Silence:
    """Swallows whatever the party sends."""

    name = "silence"

    def __init__(self) -> None:
        self.bites = 0

    def begin(self, lines: Sequence[int]) -> Iterable[Output]:  # noqa: ARG002 — silence needs no line to begin
        return ()

    def __call__(self, outputs: Iterable[Output]) -> Iterable[Output]:
        for output in outputs:
            if isinstance(output, Send):
                self.bites += 1
            elif not (isinstance(output, Noted) and isinstance(output.body, ToTerminal)):
                # What was not sent must not stand in the trace as said.
                yield output

    def end(self) -> Iterable[Output]:
        return ()
