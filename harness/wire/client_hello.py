"""What a TLS client says first, in clear: which versions it offers, and whom it asks for (RFC 8446, section 4.1.2).

It is read here and not by the TLS library: that one throws at a server name which is no ASCII, and says nothing of a
client that it turns down. Whatever cannot be read is not there; nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1 << 16
"""Bytes of a connection within which the hello is looked for; a real one has a few hundred."""

_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
_HANDSHAKE, _CLIENT_HELLO = 22, 1
_SERVER_NAME, _SUPPORTED_VERSIONS = 0, 43
_HOST_NAME = 0


@dataclass(frozen=True, slots=True)
class ClientHello:
    """`versions`: those offered that have a name, in the client's order. `server_name`: None if it asks for nobody;
    what is no ASCII in it is escaped."""

    versions: tuple[str, ...]
    server_name: str | None


class _Reader:
    """Takes numbers and lengths from the front of bytes. Raises IndexError where they end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __bool__(self) -> bool:
        return bool(self._data)

    def take(self, size: int) -> bytes:
        if size > len(self._data):
            raise IndexError
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """Bytes that follow their length, which has so many bytes."""
        return self.take(self.number(size))


def client_hello(data: bytes) -> ClientHello | None:
    """The hello at the beginning of what a client sent; None while it is not whole, or is none."""
    try:
        handshake = _handshake(data)
        return _hello(_Reader(_Reader(handshake).take(4 + int.from_bytes(handshake[1:4]))))
    except IndexError:
        return None


def _handshake(data: bytes) -> bytes:
    """What the records carry, a hello being split over several or not."""
    reader, carried = _Reader(data[:LONGEST]), b""
    try:
        while reader and reader.number(1) == _HANDSHAKE:
            reader.take(2)
            carried += reader.vector(2)
    except IndexError:
        pass  # the last record has not come whole
    return carried


def _hello(reader: _Reader) -> ClientHello | None:
    if reader.number(1) != _CLIENT_HELLO:
        return None
    reader.take(3)
    versions = [reader.number(2)]
    reader.take(32)
    reader.vector(1)  # session
    reader.vector(2)  # ciphers
    reader.vector(1)  # compression
    server_name = None
    for kind, content in _extensions(reader.vector(2) if reader else b""):
        if kind == _SERVER_NAME:
            server_name = _host_name(content)
        elif kind == _SUPPORTED_VERSIONS:
            offered = _Reader(content).vector(1)
            versions = [int.from_bytes(offered[place : place + 2]) for place in range(0, len(offered), 2)]
    return ClientHello(tuple(_VERSIONS[version] for version in versions if version in _VERSIONS), server_name)


def _extensions(data: bytes) -> Iterator[tuple[int, bytes]]:
    reader = _Reader(data)
    while reader:
        yield reader.number(2), reader.vector(2)


def _host_name(content: bytes) -> str | None:
    names = _Reader(_Reader(content).vector(2) if content else b"")
    while names:
        kind, name = names.number(1), names.vector(2)
        if kind == _HOST_NAME:
            return name.decode("ascii", "backslashreplace")
    return None
