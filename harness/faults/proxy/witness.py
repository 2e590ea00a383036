"""A second look at the lines from the cloud's side: what is left for a witness where there are no frames.

The cloud's trace tells of two harms without asking the relay. A line that ends there by a reset got one out of the
wire. And a terminal that dials again while its old line stands, as the cloud believes, has lost that one without the
cloud's hearing of it: its end was reset. Both could be the terminal's own doing, if it did so just then.

Delays, throttles, refused dials and portals leave no such sign: on this wire their cases are INCONC, not believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.trace import Trace
from harness.faults import as_frames
from harness.faults.moment import Toward
from harness.faults.sightings import Seen, Sightings
from harness.transports.link import Kind, Piece
from harness.wire.endpoint import Close, Opened, PeerClosed


@dataclass(slots=True)
class _Line:
    """A line as the cloud knows it. `ended`: when; `reset`: whether by a reset that came."""

    number: int
    to: str
    opened: float
    ended: float = float("inf")
    reset: bool = False


class CloudsLook:
    """Implements `Witness`: what the trace of the cloud tells, as the frames that must have been."""

    name = "the cloud's side of the lines"

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def saw(self, since: float, until: float) -> Sightings:
        """The resets that must have come out of the wire between two document seconds."""
        lines = self._lines()
        old = [line for line in lines if line.opened < since <= line.ended]
        forged = [_reset(line, line.ended, Toward.CLOUD) for line in old if line.reset and line.ended < until]
        for line in old:
            again = [new.opened for new in lines if since <= new.opened < until and new.number > line.number]
            if again and (line.reset or line.ended > again[0]):
                forged.append(_reset(line, again[0], Toward.TERMINAL))
        return Sightings(since, until, forged=tuple(sorted(forged, key=lambda seen: seen.at)))

    def _lines(self) -> list[_Line]:
        lines: dict[int, _Line] = {}
        for event, body in self._trace.heard("cloud", Opened, PeerClosed, Close):
            if isinstance(body, Opened):
                lines[body.line] = _Line(body.line, body.to, event.at)
            elif (line := lines.get(body.line)) is not None and line.ended > event.at:
                line.ended, line.reset = event.at, isinstance(body, PeerClosed) and body.reset
        return list(lines.values())


def _reset(line: _Line, at: float, toward: Toward) -> Seen:
    piece = Piece(line.number, line.to, toward, Kind.RESET, place=1)
    return Seen(at, toward, leaving=True, data=as_frames.frame_of(piece).data)
