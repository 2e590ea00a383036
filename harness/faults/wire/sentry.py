"""Waits for a moment in what leaves the wire, and cuts the segment in which it comes.

The bytes of a connection are looked at once and in order, however TCP cuts, repeats or overtakes them. Bytes that came
too early have left already: a moment among them comes when the gap before them is closed.
"""

from __future__ import annotations

from harness.faults.moment import Moment, Watch
from harness.faults.wire.checksum import remainder, shortened
from harness.faults.wire.frame import SYN, Frame
from harness.faults.wire.rule import Flows

_WRAP = 1 << 32
_HALF = 1 << 31
_MOST_EARLY = 64
"""Segments of one connection that are kept until the gap before them is closed; with more it is given up."""


class _Line:
    """One way of one connection: its watch, and the sequence number up to which it has seen all."""

    def __init__(self, moment: Moment, expected: int) -> None:
        self.watch = Watch(moment)
        self.expected = expected
        self.early: dict[int, bytes] = {}


class Sentry:
    """Waits for one Moment on all connections. Raises re.error if its pattern cannot be compiled."""

    def __init__(self, moment: Moment, flows: Flows) -> None:
        Watch(moment)  # a pattern that cannot be compiled is told now, not at the first frame
        self._moment = moment
        self._flows = flows
        self._lines: dict[bytes, _Line] = {}

    def cut(self, frame: Frame) -> int | None:
        """The bytes of this TCP frame's payload that still pass, or None if the moment has not come with it.

        To be asked before the frame is told to the table of connections as one that left."""
        if frame.toward is not self._moment.toward:
            return None
        key = frame.data[26:34] + frame.data[frame.transport : frame.transport + 4]
        if frame.flags & SYN:
            self._lines[key] = _Line(self._moment, (frame.sequence + 1) % _WRAP)
            return None
        payload = frame.payload
        if not payload:
            return None
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(self._moment, self._awaited(frame))
        return _next(line, frame.sequence, payload)

    def _awaited(self, frame: Frame) -> int:
        flow = self._flows.of(frame)
        awaited = None
        if flow is not None:
            awaited = flow.next_of_terminal if frame.source == flow.terminal else flow.next_of_cloud
        return frame.sequence if awaited is None else awaited


def _next(line: _Line, sequence: int, payload: bytes) -> int | None:
    ahead = (sequence - line.expected) % _WRAP
    if 0 < ahead < _HALF:
        if len(line.early) < _MOST_EARLY:
            line.early[sequence] = payload
            return None
        line.early.clear()
        line.expected, ahead = sequence, 0
    seen = -ahead % _WRAP
    if seen >= len(payload):
        return None
    line.expected = (sequence + len(payload)) % _WRAP
    cut = line.watch.cut(payload[seen:])
    if cut is not None:
        return seen + cut
    while (early := line.early.pop(line.expected, None)) is not None:
        line.expected = (line.expected + len(early)) % _WRAP
        if line.watch.cut(early) is not None:
            return len(payload)
    return None


def part(frame: Frame, start: int, stop: int) -> Frame:
    """The TCP frame with only these bytes of its payload, as a segment of its own; the frame itself for all of them."""
    if stop < len(frame.payload):
        frame = Frame(shortened(frame, stop), frame.toward)
    if start > 0:
        frame = Frame(remainder(frame, start), frame.toward)
    return frame
