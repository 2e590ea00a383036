"""How checks read WebSocket lines of a trace: who dialled, what was said and heard on each, and how it ended.

What the DUT sent is what its counterpart noted, frame by frame. What the counterpart said is read from the bytes it put
on the line, so that a check judges what was really sent and not what was meant; after bytes of ours that break
RFC 6455 nothing of that line is read any more, for nobody can say what the DUT made of them.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import TypeVar

from harness.checks import reading
from harness.evidence.redact import MASK
from harness.evidence.trace import Event, Trace
from harness.wire.endpoint import Close, Opened, PeerClosed, Secured, Send
from harness.wire.framing import Malformed
from harness.wire.http1 import Request
from harness.wire.websocket import Binary, Closing, Ping, Pong, Text, Upgrade, WsFrame
from harness.wire.websocket_frames import Frames, FrameSeen

HEARD = (Upgrade, WsFrame, Text, Binary, Ping, Pong, Closing, Malformed)

_HEAD_END = b"\r\n\r\n"
_UNBOUNDED = 1 << 62

_REDACTED = "signs of redaction"

T = TypeVar("T")


def _sign(error: UnicodeError) -> tuple[str, int]:
    """Signs of redaction stand in the bytes of a text once its trace was written: no UTF-8, and no mistake of ours."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == ord(MASK):
        return MASK, error.start + 1
    raise error


codecs.register_error(_REDACTED, _sign)


@dataclass(slots=True)
class Socket:
    """The life of one connection as the counterpart saw it.

    `to`: the listener; `upgrade`: the event of a sound handshake; `accepted`: that of the 101 sent; `closed`: a
    `PeerClosed` (by the DUT) or a `Close` (by the counterpart), None if it was up at the end of the trace;
    `unclear`: the index of the first bytes of ours that break RFC 6455, for what we said after them is not known."""

    number: int
    to: str
    opened: Event
    secured: bool = False
    upgrade: Event | None = None
    accepted: Event | None = None
    closed: Event | None = None
    heard: list[Event] = field(default_factory=list)
    said: list[tuple[Event, FrameSeen]] = field(default_factory=list)
    unclear: float = float("inf")

    @property
    def request(self) -> Request | None:
        """The handshake, if it was sound."""
        return self.upgrade.body.request if self.upgrade is not None else None

    @property
    def ended(self) -> float:
        """When it ended, infinity if it did not."""
        return float("inf") if self.closed is None else self.closed.at

    @property
    def parting(self) -> float:
        """When the first close frame of either side went, or the line ended: from there on nothing is owed."""
        goodbyes = [event.at for event, _ in (*self.of(Closing), *self.told(Closing))]
        return min([self.ended, *goodbyes])

    def of(self, kind: type[T]) -> list[tuple[Event, T]]:
        """What the DUT sent, of one kind."""
        return [(event, event.body) for event in self.heard if isinstance(event.body, kind)]

    def told(self, kind: type[T]) -> list[tuple[Event, T]]:
        """What the counterpart sent, of one kind."""
        return [(event, seen) for event, seen in self.said if isinstance(seen, kind)]


class _Saying:
    """What the counterpart says on one line: the head of an HTTP reply, and behind a 101 frames."""

    def __init__(self) -> None:
        self._head = b""
        self._frames: Frames | None = None

    def read(self, socket: Socket, event: Event, data: bytes) -> None:
        if self._frames is None:
            self._head += data
            head, found, data = self._head.partition(_HEAD_END)
            if not found or not head.startswith(b"HTTP/1.1 101"):
                return
            socket.accepted = event
            self._frames = Frames(_UNBOUNDED, masked=False, errors=_REDACTED)
        for seen in self._frames.receive_data(data):
            socket.said.append((event, seen))
            if isinstance(seen, Malformed):
                socket.unclear = min(socket.unclear, event.index)


def sockets(trace: Trace, source: str, listeners: list[str] | None = None) -> list[Socket]:
    """Every connection that reached a counterpart, in order; only those at some of its `listeners`, if given."""
    found: dict[int, Socket] = {}
    sayings: dict[int, _Saying] = {}
    for event in trace:
        if event.source != source or event.line == 0:
            continue
        if isinstance(event.body, Opened):
            if not listeners or event.body.to in listeners:
                found[event.line] = Socket(event.line, event.body.to, event)
                sayings[event.line] = _Saying()
            continue
        if (socket := found.get(event.line)) is None:
            continue
        match event.body:
            case PeerClosed() | Close():
                socket.closed = socket.closed or event
            case Send(data=data):
                sayings[event.line].read(socket, event, data)
            case Secured():
                socket.secured = True
            case Upgrade():
                socket.upgrade = event
                socket.heard.append(event)
            case body if isinstance(body, HEARD):
                socket.heard.append(event)
    return list(found.values())


class Disturbances:
    """When the DUT could not be held to anything: without its mains, or while its wire was harmed.

    `dark`: the stretches in which it had none or had ended; `cut`: those in which no conversation was possible."""

    def __init__(self, trace: Trace) -> None:
        self._harms = reading.harms(trace)
        self.dark = reading.without_power(trace)
        self.cut = reading.outages(trace)

    def touch(self, since: float, until: float) -> bool:
        """Whether one fell, or may have fallen, into a stretch of time. It may dial in the moment its mains come."""
        return self.harmed(since, until) or any(dark <= until and since < light for dark, light in self.dark)

    def harmed(self, since: float, until: float) -> bool:
        """Whether the wire was, or may have been; a program that ended is left to who asks."""
        return any(harm.touches(since, until) for harm in self._harms)
