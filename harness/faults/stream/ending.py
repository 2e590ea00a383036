"""The line ends under the terminal: by reset, or in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.wire.endpoint import Close, Output


class Reset:
    """Every line that is up is reset at once (RST)."""

    name = "reset"
    by_reset = True

    def __init__(self) -> None:
        self.bites = 0

    def begin(self, lines: Sequence[int]) -> Iterable[Output]:
        self.bites += len(lines)
        return [Close(line, self.by_reset) for line in lines]

    def __call__(self, outputs: Iterable[Output]) -> Iterable[Output]:
        return outputs

    def end(self) -> Iterable[Output]:
        return ()


class OrderlyClose(Reset):
    """Every line that is up is closed in order (FIN)."""

    name = "orderly close"
    by_reset = False
