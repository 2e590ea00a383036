"""One WebSocket line of the gateway: what a POS says on it, and how things are put on it and it is ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.modulus.terms import Key
from harness.wire import modulus
from harness.wire.endpoint import Close, Noted, Output, Send
from harness.wire.framing import Malformed
from harness.wire.modulus import Injected, UnknownAction
from harness.wire.websocket import Server

PATIENCE = 5.0
"""Seconds that a POS has to answer our close frame before the line is ended anyway."""


@dataclass(slots=True)
class Socket:
    """A line that a POS dialled. `key`: its key, once it was let in; `displaced`: another line took its place."""

    number: int
    server: Server
    key: Key | None = None
    group: str = ""
    accepted: bool = False
    displaced: bool = False
    closing: bool = False

    @property
    def usable(self) -> bool:
        """Messages may be sent to the POS."""
        return self.server.open and not self.closing

    def accept(self) -> Iterator[Output]:
        self.accepted = True
        yield Send(self.number, self.server.accept())

    def put(self, text: str, delivery: Delivery) -> Iterator[Output]:
        """A message, as bent as the delivery says, delays and endings apart."""
        for _ in range(delivery.copies):
            if delivery.binary:
                yield Send(self.number, self.server.binary(text.encode()))
            else:
                for piece in self.server.fragments(text, *delivery.sizes):
                    yield Send(self.number, piece)
            yield Noted(self.number, as_sent(text))

    def goodbye(self, code: int | None, reason: str = "") -> Iterator[Output]:
        """A close frame, once; the line ends when it is answered, or when the gateway's patience does."""
        if not self.closing:
            self.closing = True
            yield Send(self.number, self.server.close(code, reason))

    def end(self, then: Then) -> Iterator[Output]:
        """The end of the line without a word."""
        yield Close(self.number, reset=then is Then.RESET)


def as_sent(text: str) -> object:
    """What the trace shall say was sent: the message, or what a case put in its place."""
    message = modulus.read_from_gateway(text)
    return Injected(text) if isinstance(message, Malformed | UnknownAction) else message
