"""One connection of one party: what asyncio calls back becomes Inputs, what the party says becomes bytes."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from harness.wire.endpoint import Opened, PeerClosed, Received

if TYPE_CHECKING:
    from harness.transports.host import Party
    from harness.transports.tcp import TcpHost

READ_SIZE = 16384
"""asyncio reads 256 KiB at once by default, which costs an mmap and a munmap for each small message."""


class Line(asyncio.Protocol):
    """A line in clear. `to`: the listener it came in by, or the address that was dialled."""

    def __init__(self, host: TcpHost, party: Party, to: str) -> None:
        self._host = host
        self._party = party
        self._to = to
        self.number = 0
        self.transport: asyncio.Transport

    # ---- What happens to it ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 — narrows the type: we only make streams
        self.transport = transport
        transport.max_size = READ_SIZE  # type: ignore[attr-defined]
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._begin()

    def data_received(self, data: bytes) -> None:
        self._take(data)
        if self._host.prompt and not self.transport.is_closing():
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def eof_received(self) -> bool:
        self._gone(reset=False)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._gone(reset=error is not None)

    # ---- What is done with it ----------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Put bytes on the line."""
        self.transport.write(data)

    def end(self, *, reset: bool) -> None:
        """End the line, by FIN or by RST."""
        if reset:
            # Lingering for no time makes the kernel send RST in place of FIN.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self._finish()

    # ---- How it is carried out in clear ------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._opened()

    def _take(self, data: bytes) -> None:
        if self._host.holds(self._party, self):
            self._host.feed(self._party.endpoint.name, Received(self.number, data))

    def _finish(self) -> None:
        self.transport.close()

    def _opened(self) -> None:
        self.number = self._host.opened(self._party, self)
        self._host.feed(self._party.endpoint.name, Opened(self.number, self._to))

    def _gone(self, *, reset: bool) -> None:
        if self._host.let_go(self._party, self):
            self._host.feed(self._party.endpoint.name, PeerClosed(self.number, reset))

    @property
    def _socket(self) -> socket.socket:
        connection: socket.socket = self.transport.get_extra_info("socket")
        return connection
