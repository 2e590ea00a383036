"""Another POS with the same key, by which a case has the one on the bench displaced as it would be in a shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.wire import modulus
from harness.wire.endpoint import Close, Dial, Input, Noted, Opened, Output, PeerClosed, Received, Send, Told
from harness.wire.modulus import KEY_NAME, PATH, Action
from harness.wire.websocket import Client, Upgraded
from harness.wire.websocket_frames import Closing, Text

if TYPE_CHECKING:
    from random import Random

PATIENCE = 10.0
"""Seconds in which the gateway must answer its dial."""


@dataclass(frozen=True, slots=True)
class Arrive:
    """It connects to the gateway at this address."""

    to: str


@dataclass(frozen=True, slots=True)
class Leave:
    """It says goodbye, and goes."""


class Rival:
    """It connects, listens, and sends nothing but its goodbye. `rng`: for its masks."""

    name = "rival"

    def __init__(self, key: str, rng: Random) -> None:
        self._key = key
        self._rng = rng
        self._to = ""
        self._line = 0
        self._client = Client(rng)

    def handle(self, event: Input, now: float) -> Iterator[Output]:  # noqa: ARG002 — it is never in a hurry
        match event:
            case Told(_, Arrive(to)):
                self._to = to
                yield Dial(to, PATIENCE, secure=True)
            case Told(_, Leave()) if self._line:
                yield from self._part(1000)
            case Opened(line):
                self._line, self._client = line, Client(self._rng)
                yield Send(line, self._client.request(PATH, self._to, ((KEY_NAME, self._key),)))
            case Received(line, data) if line == self._line:
                yield from self._hear(data)
            case PeerClosed(line) if line == self._line:
                self._line = 0
            case _:
                pass

    def _hear(self, data: bytes) -> Iterator[Output]:
        for seen in self._client.receive_data(data):
            match seen:
                case Upgraded() | Closing():
                    yield Noted(self._line, seen)
                case Text(text):
                    message = modulus.read_from_gateway(text)
                    if isinstance(message, Action):
                        yield Noted(self._line, message)
                case _:
                    pass
            if isinstance(seen, Closing):
                yield from self._part(seen.code)
                return

    def _part(self, code: int | None) -> Iterator[Output]:
        yield Send(self._line, self._client.close(code))
        yield Close(self._line)
        self._line = 0
