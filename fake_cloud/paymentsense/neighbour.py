"""Another till of the same house: it connects with the same API key, answers pings, and leaves when it is told to.

No DUT, but what a DUT has to live beside: any number of tills at the counter, and at the tables one that is newer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.wire.endpoint import Close, Dial, Input, Opened, Output, PeerClosed, Received, Send, Told
from harness.wire.framing import Malformed
from harness.wire.websocket import Client, NotUpgraded, Seen
from harness.wire.websocket_frames import Closing, Ping

if TYPE_CHECKING:
    from random import Random

DIAL_WITHIN = 10.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Join:
    """Connect. `at`: what is dialled; `target`, `host`: what the handshake asks for, and of whom."""

    at: str
    target: str
    host: str


@dataclass(frozen=True, slots=True)
class Part:
    """Leave in order."""


class Neighbour:
    """The party that is told to come and go. `rng` makes its keys and masks."""

    name = "neighbour"

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._join = Join("", "", "")
        self._line = 0
        self._client = Client(rng)

    def handle(self, event: Input, now: float) -> Iterator[Output]:  # noqa: ARG002  # it knows no time
        match event:
            case Told(_, Join() as join):
                self._join = join
                yield Dial(join.at, DIAL_WITHIN)
            case Told(_, Part()) if self._line:
                yield Send(self._line, self._client.close())
            case Opened(line):
                self._line, self._client = line, Client(self._rng)
                yield Send(line, self._client.request(self._join.target, self._join.host))
            case Received(line, data) if line == self._line:
                for seen in self._client.receive_data(data):
                    yield from self._saw(line, seen)
            case PeerClosed(line) if line == self._line:
                self._line = 0

    def _saw(self, line: int, seen: Seen) -> Iterator[Output]:
        match seen:
            case Ping(payload):
                yield Send(line, self._client.pong(payload))
            case Closing(code):
                if self._client.open:
                    yield Send(line, self._client.close(code))
                yield from self._hang_up(line)
            case NotUpgraded() | Malformed():
                yield from self._hang_up(line)

    def _hang_up(self, line: int) -> Iterator[Output]:
        self._line = 0
        yield Close(line)
