"""When things happened, by the kernel's stamps at the wire in place of the moment at which we woke up.

The cloud's events are first written with the time at which asyncio got round to them: late by what the machine had to
do meanwhile. Each stands for bytes of a TCP stream, though, and those were stamped as they entered the wire. So a line
is matched with its connection, an event with the sequence number of its last byte, and that with the first segment that
carried it: when the DUT *sent*, however often the wire lost it (RFC 9293, section 3.4).

An event keeps its index and gets another time: the index tells the order in which the harness learned, `at` when it
happened at the wire. So `at` may be smaller than that of the event before it; by much where the wire held a segment up.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from harness.evidence.bench import Parted
from harness.evidence.captured import Captured, Toward
from harness.evidence.segment import FIN, RST, SYN, Address, Segment, distance, segment
from harness.evidence.trace import Event, Trace
from harness.wire.econduit import TERMINATOR, FromTerminal, Nonsense, ToTerminal
from harness.wire.endpoint import Close, Opened, PeerClosed, Received, Send
from harness.wire.framing import Delimited, Malformed

CLOUD, WIRE = "cloud", "wire"

_LAST = re.escape(TERMINATOR[-1:])
_CUT = re.compile(b"[^%b]*%b|[^%b]+" % (_LAST, _LAST, _LAST), re.DOTALL)
"""A stream in pieces that end where a frame may end."""

PLACES = 6
"""Decimal places of a stamped time: those of a written trace, so that it is judged the same when read again."""


@dataclass(slots=True)
class _Stream:
    """What one end sent on one connection. `sent` and `stamps`: when it had sent so many bytes for the first time."""

    origin: int
    sent: list[int] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    fin: int | None = None
    reset: int | None = None
    repeated: int = 0

    @property
    def length(self) -> int:
        return self.sent[-1] if self.sent else 0

    def take(self, found: Segment, stamp: int) -> None:
        end = distance(self.origin, found.sequence) + len(found.payload)
        if found.payload and end > self.length:
            self.sent.append(end)
            self.stamps.append(stamp)
        elif found.payload or (found.flags & FIN and self.fin is not None):
            self.repeated += 1
        if found.flags & FIN and self.fin is None:
            self.fin = stamp
        if found.flags & RST and self.reset is None:
            self.reset = stamp

    def when(self, length: int) -> int | None:
        """The stamp by which it had sent that many bytes."""
        place = bisect_left(self.sent, length)
        return self.stamps[place] if place < len(self.stamps) else None

    def ends_at(self, sequence: int) -> bool:
        """Whether this sequence number is the next of the stream."""
        return distance(self.origin, sequence) == self.length + (self.fin is not None)


@dataclass(slots=True)
class _Connection:
    """A connection as the wire saw it. `syn` and `answer`: the stamps of its first SYNs; `terminal` and `cloud`: what
    each end sent; `told`: what of the terminal's *left* toward the cloud, or was forged in its name; `line`: the
    cloud's number for it."""

    syn: int
    terminal: _Stream
    told: _Stream
    answer: int = 0
    cloud: _Stream | None = None
    repeated: int = 0
    line: int = 0

    def answered(self, found: Segment, stamp: int) -> None:
        """The cloud's SYN. A listener that was made anew meanwhile chooses another number."""
        origin = found.sequence + 1
        if self.cloud is None or (origin != self.cloud.origin and not self.cloud.sent):
            self.cloud, self.answer = _Stream(origin), stamp

    def sent_by_cloud(self, length: int) -> int | None:
        return None if self.cloud is None else self.cloud.when(length)

    def ended_by_cloud(self, *, reset: bool) -> int | None:
        return None if self.cloud is None else self.cloud.reset if reset else self.cloud.fin

    def ended_by_terminal(self, *, reset: bool) -> int | None:
        """When its end entered the wire; if it never did, when one that the wire forged left it."""
        entered, left = self.terminal, self.told
        return entered.reset or left.reset if reset else entered.fin or left.fin


@dataclass(slots=True)
class _Line:
    """A line of the cloud, and how far its streams have been followed in the trace.

    `ends`: how long the stream was at the end of each frame whose message has not come yet. `said`: the stream's
    length after a Send, until something else happens: a message is noted right behind the Send that carried it."""

    connection: _Connection
    frames: Delimited
    received: int = 0
    sent: int = 0
    ends: deque[int] = field(default_factory=deque)
    said: int | None = None

    def receive(self, data: bytes) -> None:
        """Follow the frames of the stream. One can only end behind the last byte of a terminator; one that grew too
        long counts from the end of the piece in which it did."""
        for piece in _CUT.findall(data):
            self.received += len(piece)
            self.ends.extend(self.received for _ in self.frames.receive_data(piece))


When = Callable[[], int | None]
"""Gives the stamp of an event, None while no frame tells it."""


class Stamping:
    """Gives the events of the cloud their times at the wire, again and again as trace and capture grow.

    `peer`: the address of a cloud's line at the other end; `addresses`: IPv4 addresses of the cloud; `clock`: the
    document seconds of a stamp; `frame_limit`: that of the cloud's reader."""

    def __init__(
        self,
        trace: Trace,
        peer: Callable[[int], Address | None],
        addresses: Collection[str],
        clock: Callable[[int], float],
        frame_limit: int = 1 << 20,
    ) -> None:
        self._trace = trace
        self._peer = peer
        self._addresses = frozenset(addresses)
        self._clock = clock
        self._frame_limit = frame_limit
        self._connections: dict[tuple[Address, Address], list[_Connection]] = defaultdict(list)
        self._lines: dict[int, _Line] = {}
        self._waiting: list[tuple[int, When]] = []
        self._parted: set[int] = set()
        self._frames = self._events = self._lost = 0
        self.stamped = 0
        """Events that have their time from the wire."""

    @property
    def missing(self) -> int:
        """Events that should have it and keep that of the harness: the capture has no frame that tells it."""
        return self._lost + len(self._waiting)

    @property
    def repeated(self) -> int:
        """Segments that one of the ends had to send again, on all lines of the cloud."""
        ours = [line.connection for line in self._lines.values()]
        return sum(one.repeated + one.terminal.repeated + (one.cloud.repeated if one.cloud else 0) for one in ours)

    def stamp(self, frames: Sequence[Captured]) -> None:
        """Give what has been added to the trace its times. `frames`: those of the case so far, drained just now."""
        for frame in frames[self._frames :]:
            found = segment(frame.data)
            if found is not None:
                self._sort(frame, found)
        self._frames = len(frames)
        events = self._trace.events
        while self._events < len(events):
            event = events[self._events]
            if event.source == CLOUD and event.line:
                self._ask(event)
            self._events += 1
        # What is on its way from a queue to the wire has its stamp when we look again.
        self._waiting = [(index, when) for index, when in self._waiting if not self._date(index, when())]
        self._part()

    # ---- The streams, from the frames --------------------------------------------------------------------------------

    def _sort(self, frame: Captured, found: Segment) -> None:
        """Put a segment into the stream it belongs to: as it entered the wire, and the terminal's also as it left."""
        if found.destination[0] in self._addresses and (frame.side is Toward.TERMINAL) != frame.leaving:
            known = self._connections[found.source, found.destination]
            if found.flags & SYN:
                if not frame.leaving:
                    _dialled(known, found, frame.stamp)
                return
            connection = _of(known, found)
            if connection is not None:
                (connection.told if frame.leaving else connection.terminal).take(found, frame.stamp)
        elif found.source[0] in self._addresses and frame.side is Toward.CLOUD and not frame.leaving:
            known = self._connections[found.destination, found.source]
            if known and found.flags & SYN:
                known[-1].answered(found, frame.stamp)
            elif known and known[-1].cloud is not None:
                known[-1].cloud.take(found, frame.stamp)

    def _connection(self, opened: Event) -> _Connection | None:
        """The connection of a line: the latest of its peer that was up when the harness learned of the line."""
        peer = self._peer(opened.line)
        up = [
            connection
            for (terminal, _), connections in self._connections.items()
            if terminal == peer
            for connection in connections
            if connection.cloud is not None and not connection.line and self._clock(connection.answer) <= opened.at
        ]
        return max(up, key=lambda connection: connection.syn, default=None)

    # ---- The events, from the streams --------------------------------------------------------------------------------

    def _ask(self, event: Event) -> None:
        """Find out what tells the time of an event: how far which stream must have come."""
        body = event.body
        if isinstance(body, Opened):
            connection = self._connection(event)
            if connection is None:
                self._lost += 1
                return
            connection.line = event.line
            self._lines[event.line] = _Line(connection, Delimited(TERMINATOR, self._frame_limit))
        line = self._lines.get(event.line)
        if line is None:
            self._lost += 1
            return
        when = self._told_by(line, body)
        if when is not None:
            self._waiting.append((event.index, when))

    def _told_by(self, line: _Line, body: object) -> When | None:
        of, said = line.connection, line.said
        line.said = None
        match body:
            case Opened():
                return lambda: of.syn
            case Received(_, data):
                line.receive(data)
                return partial(of.terminal.when, line.received)
            case _ if isinstance(body, FromTerminal | Malformed) and line.ends:
                return partial(of.terminal.when, line.ends.popleft())
            case Send(_, data):
                line.sent += len(data)
                line.said = line.sent
                return partial(of.sent_by_cloud, line.sent)
            case _ if isinstance(body, ToTerminal | Nonsense) and said is not None:
                return partial(of.sent_by_cloud, said)
            case PeerClosed(_, reset):
                return partial(of.ended_by_terminal, reset=reset)
            case Close(_, reset):
                return partial(of.ended_by_cloud, reset=reset)
            case _:
                return None

    def _date(self, index: int, stamp: int | None) -> bool:
        """Give an event the time of a stamp; whether there was one."""
        if stamp is None:
            return False
        events = self._trace.events
        events[index] = replace(events[index], at=round(self._clock(stamp), PLACES))
        self.stamped += 1
        return True

    def _part(self) -> None:
        """Write down, once for each line, that the terminal's stack ended it: the cloud may never have heard of it."""
        for number, line in self._lines.items():
            ended = line.connection.terminal
            stamps = [stamp for stamp in (ended.fin, ended.reset) if stamp is not None]
            if not stamps or number in self._parted:
                continue
            self._parted.add(number)
            at, reset = round(self._clock(min(stamps)), PLACES), min(stamps) == ended.reset
            self._trace.record(at, WIRE, number, Parted(number, reset))


def _dialled(known: list[_Connection], found: Segment, stamp: int) -> None:
    """A SYN of the terminal: another connection, or the same once more."""
    origin = found.sequence + 1
    if known and known[-1].terminal.origin == origin:
        known[-1].repeated += 1
    else:
        known.append(_Connection(stamp, _Stream(origin), _Stream(origin)))


def _of(known: Sequence[_Connection], found: Segment) -> _Connection | None:
    """Which of the connections between two ports a segment of the terminal belongs to: the newest.

    But a terminal that was switched off and dials from the same port again first resets its old connection, by an RST
    in the numbers of that (RFC 5961, section 4)."""
    if found.flags & RST:
        for connection in reversed(known):
            if connection.terminal.ends_at(found.sequence):
                return connection
    return known[-1] if known else None
