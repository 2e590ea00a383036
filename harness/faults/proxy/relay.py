"""The relay itself: a party on a TcpHost that dials the cloud for each line it is dialled on, a link between the two.

The link is the memory's, without a latency of its own, and the harm on it is played as there (`on_link`). The dialler's
kernel has its line before the relay hears of it: a dial is refused, or hangs, by what the listener does beforehand.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.transports.link import CLOUD, TERMINAL, Kind, Link, Piece
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import (
    Close,
    Dial,
    Hearing,
    Input,
    Listen,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
)

PATIENCE = 5.0
"""Wall seconds in which the cloud's own listener answers on this machine."""

_RESETS = (Kind.RESET, Kind.REJECTION)


@dataclass(eq=False)
class _Line:
    """A line through the relay: `legs`, the relay's own line numbers by the end they lead to; `early`: what is on its
    way to a cloud that has not answered yet, None once it has."""

    connection: int
    to: str
    legs: dict[str, int] = field(default_factory=dict)
    early: list[Piece] | None = field(default_factory=list)


class Relay:
    """An Endpoint. Routes are added by `route`; harm is done to `link`. Implements `Linked`."""

    name = "relay"

    def __init__(self, host: TcpHost) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self.link = Link(time.monotonic, lambda at, do: loop.call_at(at, do), latency=0.0)
        self._host = host
        self._routes: dict[str, str] = {}
        self._hearings: dict[str, Hearing] = {}
        self._lines: dict[int, tuple[_Line, str]] = {}
        self._dialling: defaultdict[str, deque[_Line]] = defaultdict(deque)
        self._connections = 0

    @property
    def now(self) -> float:
        return time.monotonic()

    def route(self, name: str, cloud: str, then: Callable[[], None]) -> None:
        """Lines that come in at the listener of this name go on to this address (`HOST:PORT`); `then` they do.

        Lines of another route end, also those that the kernel has taken and nobody has heard of yet: they are not to
        reach a cloud that their dialler never meant."""
        if self._routes.get(name) == cloud:
            then()
            return
        self._routes[name] = ""
        self.hear(name, Hearing.REFUSED)
        for line, end in list(self._lines.values()):
            if line.to == name:
                self._end(line, end, reset=True)
                if line.early is not None:
                    line.early.append(Piece(line.connection, name, CLOUD, Kind.RESET))

        def settled() -> None:
            if self._host.busy:
                self._loop.call_soon(settled)
                return
            self._routes[name] = cloud
            self.hear(name, Hearing.ANSWERING)
            then()

        settled()

    def to(self, name: str) -> str:
        """Where the lines of this listener go; "" while it has no route."""
        return self._routes.get(name, "")

    def across(self) -> dict[int, str]:
        """The lines that are up at one end at least: by connection, the listener that was dialled."""
        return {line.connection: line.to for line, _ in self._lines.values()}

    def forge(self, connection: int, toward: str, kind: Kind, data: bytes = b"") -> bool:
        """Let something come out at an end that nobody has sent; whether a line was there."""
        line = next((line for line, _ in self._lines.values() if line.connection == connection), None)
        coming = line is not None and toward == CLOUD and line.early is not None
        if line is None or not (toward in line.legs or coming):
            return False
        if kind is Kind.ANSWER:
            line.early = None  # the dialler has its line; the cloud is not to have one
        else:
            self.link.forge(Piece(connection, line.to, toward, kind, data), lambda piece: self._deliver(line, piece))
        return True

    # ---- as a party --------------------------------------------------------------------------------------------------

    def handle(self, event: Input, now: float) -> Iterable[Output]:  # noqa: ARG002 — it has a clock of its own
        match event:
            case Opened(number, to) if self._routes.get(to) == "":
                yield Close(number, reset=True)  # of a route that is no more
            case Opened(number, to) if to in self._routes:
                self._connections += 1
                line = _Line(self._connections, to, {TERMINAL: number})
                self._lines[number] = line, TERMINAL
                self._carry(line, CLOUD, Kind.DIAL)
            case Opened(number, to):
                self._answered(self._dialling[to].popleft(), number)
            case Refused(to, _):
                line = self._dialling[to].popleft()
                line.early = None
                self._end(line, TERMINAL, reset=True)
            case Received(number, data) if number in self._lines:
                line, end = self._lines[number]
                self._carry(line, _beyond(end), Kind.BYTES, data)
            case PeerClosed(number, reset) if number in self._lines:
                line, end = self._lines.pop(number)
                del line.legs[end]
                self._carry(line, _beyond(end), Kind.RESET if reset else Kind.END)

    def _carry(self, line: _Line, toward: str, kind: Kind, data: bytes = b"") -> None:
        piece = Piece(line.connection, line.to, toward, kind, data)
        self.link.carry(
            piece, lambda part: self._deliver(line, part), lambda: self._end(line, _beyond(toward), reset=True)
        )

    def _answered(self, line: _Line, number: int) -> None:
        """The cloud has taken a line: what came meanwhile goes there."""
        line.legs[CLOUD] = number
        self._lines[number] = line, CLOUD
        early, line.early = line.early or [], None
        for piece in early:
            self._deliver(line, piece)

    def _deliver(self, line: _Line, piece: Piece) -> None:
        if piece.kind is Kind.DIAL:
            if TERMINAL in line.legs:  # else the dialler is gone, or was of another route
                address = self._routes[line.to]
                self._dialling[address].append(line)
                self._say(Dial(address, PATIENCE))
        elif piece.toward not in line.legs:
            if piece.toward == CLOUD and line.early is not None:
                line.early.append(piece)
            elif piece.kind not in _RESETS:
                self._end(line, _beyond(piece.toward), reset=True)  # nobody is there: so says the stack that was left
        elif piece.kind is Kind.BYTES:
            self._say(Send(line.legs[piece.toward], piece.data))
        else:
            self._end(line, piece.toward, reset=piece.kind in _RESETS)

    def _end(self, line: _Line, end: str, *, reset: bool) -> None:
        if (number := line.legs.pop(end, None)) is not None:
            del self._lines[number]
            self._say(Close(number, reset))

    def _say(self, output: Output) -> None:
        self._host.say(self.name, [output])

    # ---- who dials it ------------------------------------------------------------------------------------------------

    def hear(self, name: str, hearing: Hearing) -> None:
        """Treat those who dial the listener of this name as its cloud does: answer, refuse, or let them hang."""
        self._hearings[name] = hearing
        self._say(Listen(name, hearing))

    def shut(self, names: Iterable[str]) -> None:
        """Refuse who dials one of these, whatever its cloud does."""
        for name in names:
            self._say(Listen(name, Hearing.REFUSED))

    def reopen(self, names: Iterable[str]) -> None:
        """Treat them as their cloud does again."""
        for name in names:
            self._say(Listen(name, self._hearings.get(name, Hearing.ANSWERING)))


def _beyond(end: str) -> str:
    return CLOUD if end == TERMINAL else TERMINAL
