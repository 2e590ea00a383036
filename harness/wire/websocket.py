"""WebSocket (RFC 6455) as a framing: bytes of one line to handshakes, frames and messages and back, without sockets.

A library's connection answers pings, closes on a mistake and throws away what it refuses; a counterpart must show every
bit of every frame and answer only what its case wants answered. So frames are read here, each shown as it came
(`WsFrame`) before what it means, and nothing is answered by itself. The handshake is read by h11, through
`harness.wire.http1`; the two computations of the protocol are those of `websockets`, which is also the foreign half of
the tests.

What the other side did wrong is a `Malformed` that names the section it broke, and after one nothing more on that line
is read. A frame or message beyond its limit is refused by what its header says, before it is held. What we send may be
as illegal as a case likes: no builder looks at it.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from websockets.utils import accept_key

from harness.wire.framing import SHOWN, Malformed, malformed
from harness.wire.http1 import HEADER_LIMIT, ClientSide, Headers, Reply, Request, ServerSide, phrase
from harness.wire.websocket_frames import (
    Binary,
    Closing,
    Frames,
    Opcode,
    Ping,
    Pong,
    Text,
    WsFrame,
    section,
    written,
)

if TYPE_CHECKING:
    from random import Random

__all__ = [
    "Binary",
    "Client",
    "Closing",
    "NotUpgraded",
    "Opcode",
    "Ping",
    "Pong",
    "Seen",
    "Server",
    "Text",
    "Upgrade",
    "Upgraded",
    "WsFrame",
    "reply_faults",
    "request_faults",
]

MESSAGE_LIMIT = 1 << 20
"""Bytes for one message, all of its fragments together."""

VERSION = "13"

# ---- Handshakes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A client's handshake, without fault as far as RFC 6455 goes; `accept` or `refuse` answers it."""

    request: Request


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The server took the handshake: the line speaks WebSocket from here on."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class NotUpgraded:
    """The server answered the handshake with another status than 101."""

    reply: Reply


Seen = Upgrade | Upgraded | NotUpgraded | WsFrame | Text | Binary | Ping | Pong | Closing | Malformed

# ---- Judging handshakes ----------------------------------------------------------------------------------------------


def _values(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key.casefold() == name.casefold()]


def _tokens(headers: Headers, name: str) -> set[str]:
    return {token.strip().casefold() for value in _values(headers, name) for token in value.split(",")}


def _is_key(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except ValueError:
        return False


def request_faults(request: Request) -> Iterator[str]:
    """What keeps a request from being a handshake, a sentence each (section 4.2.1)."""
    keys = _values(request.headers, "Sec-WebSocket-Key")
    versions = _values(request.headers, "Sec-WebSocket-Version")
    if request.method != "GET":
        yield section("handshake by another method than GET", "4.2.1")
    if request.version < "1.1":
        yield section("handshake in an HTTP below 1.1", "4.2.1")
    if request.body:
        yield section("handshake with a body", "4.2.1")
    if "websocket" not in _tokens(request.headers, "Upgrade"):
        yield section("no Upgrade header with the value websocket", "4.2.1")
    if "upgrade" not in _tokens(request.headers, "Connection"):
        yield section("no Connection header with the token Upgrade", "4.2.1")
    if len(keys) != 1:
        yield section(f"{len(keys)} Sec-WebSocket-Key headers in place of one", "11.3.1")
    elif not _is_key(keys[0]):
        yield section("Sec-WebSocket-Key that is not 16 bytes in base64", "4.2.1")
    if len(versions) != 1:
        yield section(f"{len(versions)} Sec-WebSocket-Version headers in place of one", "11.3.5")
    elif versions[0] != VERSION:
        yield section(f"Sec-WebSocket-Version other than {VERSION}", "4.2.1")


def reply_faults(reply: Reply, key: str) -> Iterator[str]:
    """What keeps a reply of status 101 from finishing the handshake, a sentence each (section 4.1). We offer neither
    extensions nor subprotocols, so that the server may choose none."""
    if _tokens(reply.headers, "Upgrade") != {"websocket"}:
        yield section("no Upgrade header with the value websocket", "4.1")
    if "upgrade" not in _tokens(reply.headers, "Connection"):
        yield section("no Connection header with the token Upgrade", "4.1")
    accepts = _values(reply.headers, "Sec-WebSocket-Accept")
    if len(accepts) != 1:
        yield section(f"{len(accepts)} Sec-WebSocket-Accept headers in place of one", "11.3.3")
    elif accepts[0] != accept_key(key):
        yield section("Sec-WebSocket-Accept that does not answer the key", "4.1")
    for name in ("Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"):
        if _values(reply.headers, name):
            yield section(f"{name} that nobody offered", "4.1")


# ---- The two sides ---------------------------------------------------------------------------------------------------


def _head(first: str, defaults: Headers, headers: Headers) -> bytes:
    """A first line and its headers; a header handed in takes the place of the default of that name."""
    given = {name.casefold() for name, _ in headers}
    fields = [*(field for field in defaults if field[0].casefold() not in given), *headers]
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in fields), "", ""]).encode("latin-1")


class _Side:
    """What both ends of a line have in common. `rng`: where a client's masks come from."""

    def __init__(self, message_limit: int, rng: Random | None) -> None:
        self._limit = message_limit
        self._rng = rng
        self._frames: Frames | None = None  # once the handshake is done
        self._over = False
        self._said_goodbye = False
        self._shown = bytearray()  # the beginning of the handshake, for a Malformed
        self._size = 0

    @property
    def open(self) -> bool:
        """Messages may go either way: after the handshake, and before a close frame, a mistake or the line's end."""
        return self._frames is not None and not (self._over or self._said_goodbye or self._frames.closed)

    def receive_data(self, data: bytes) -> list[Seen]:
        """Feed bytes; what they finish, in order, with at most the last ones Malformed."""
        if self._over or not data:
            return []
        return self._told(self._frames.receive_data(data) if self._frames else self._shaking(data))

    def receive_eof(self) -> list[Seen]:
        """The other side ended the line in order; what it left unfinished is its mistake."""
        if self._over:
            return []
        seen = self._told(self._frames.receive_eof() if self._frames else self._shaking_eof())
        self._over = True
        return seen

    def _told(self, stream: Iterator[Seen]) -> list[Seen]:
        seen = list(stream)
        self._over = any(isinstance(one, Malformed | NotUpgraded) for one in seen)
        return seen

    def _shaking(self, data: bytes) -> Iterator[Seen]:
        self._shown += data[: SHOWN - len(self._shown)]
        self._size += len(data)
        return self._handshake(data)

    def _handshake(self, data: bytes) -> Iterator[Seen]:
        raise NotImplementedError

    def _shaking_eof(self) -> Iterator[Seen]:
        raise NotImplementedError

    def _broken(self, why: str) -> Malformed:
        return Malformed(bytes(self._shown), why, self._size)

    # -- Building

    def text(self, text: str) -> bytes:
        """A text message in one frame."""
        return self.frame(Opcode.TEXT, text.encode())

    def binary(self, data: bytes) -> bytes:
        """A binary message in one frame."""
        return self.frame(Opcode.BINARY, data)

    def ping(self, payload: bytes = b"") -> bytes:
        return self.frame(Opcode.PING, payload)

    def pong(self, payload: bytes = b"") -> bytes:
        return self.frame(Opcode.PONG, payload)

    def close(self, code: int | None = 1000, reason: str = "") -> bytes:
        """A close frame; without a code it has no payload."""
        self._said_goodbye = True
        return self.frame(Opcode.CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode())

    def fragments(self, text: str, *sizes: int) -> list[bytes]:
        """A text message in frames of so many bytes, even if that cuts a character, and the rest in a last one."""
        data, at, cuts = text.encode(), 0, []
        for size in sizes:
            cuts.append(data[at : at + size])
            at += size
        cuts.append(data[at:])
        return [
            self.frame(Opcode.CONT if number else Opcode.TEXT, cut, fin=number == len(sizes))
            for number, cut in enumerate(cuts)
        ]

    def frame(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
        """Any frame, legal or not: the raw door."""
        mask = None if self._rng is None else self._rng.randbytes(4)
        return written(opcode, payload, fin=fin, rsv=rsv, mask=mask)


class Server(_Side):
    """The server's end of one line.

    `request`: the handshake as soon as it is whole, also one with faults, of which `receive_data` tells only those.
    Each can be answered once, but after a Malformed nothing more is read, whatever the answer."""

    def __init__(self, header_limit: int = HEADER_LIMIT, message_limit: int = MESSAGE_LIMIT) -> None:
        super().__init__(message_limit, None)
        self._http = ServerSide(header_limit)
        self._answered = False
        self.request: Request | None = None

    def accept(self, headers: Headers = ()) -> bytes:
        """The reply that takes the handshake. `headers` are added, or take the place of ours of the same name."""
        if self._answered or not self.request:
            raise RuntimeError("there is no handshake to accept")
        self._answered = True
        self._frames = Frames(self._limit, masked=True)
        defaults = (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept_key(self.request.header("Sec-WebSocket-Key") or "")),
        )
        return _head("HTTP/1.1 101 Switching Protocols", defaults, headers)

    def refuse(self, status: int, headers: Headers = (), body: bytes = b"") -> bytes:
        """The reply that turns the client away; the line is to be closed after it."""
        if self._answered:
            raise RuntimeError("the handshake is answered already")
        self._over = self._answered = True
        defaults = (("Content-Length", str(len(body))), ("Connection", "close"))
        return _head(f"HTTP/1.1 {status} {phrase(status).decode()}", defaults, headers) + body

    def _handshake(self, data: bytes) -> Iterator[Seen]:
        if self.request:
            yield malformed(data, section("data before the handshake was answered", "4.1"))
            return
        for found in self._http.receive_data(data):
            if isinstance(found, Malformed):
                yield replace(found, why=section(f"no handshake: {found.why}", "4.2.1"))
                continue
            self.request = found
            faults: list[Seen] = [self._broken(why) for why in request_faults(found)]
            yield from faults or [Upgrade(found)]
            if self._http.rest and not faults:
                yield malformed(self._http.rest, section("data before the handshake was answered", "4.1"))

    def _shaking_eof(self) -> Iterator[Seen]:
        for found in self._http.receive_eof():
            yield replace(found, why=section(f"no handshake: {found.why}", "4.2.1"))


class Client(_Side):
    """The client's end of one line. `rng` makes the key of the handshake and the mask of every frame; `reply`: the
    answer to the handshake as soon as it is whole, also one with faults."""

    def __init__(self, rng: Random, header_limit: int = HEADER_LIMIT, message_limit: int = MESSAGE_LIMIT) -> None:
        super().__init__(message_limit, rng)
        self._random = rng
        self._http = ClientSide(header_limit)
        self._key = ""
        self.reply: Reply | None = None

    def request(self, target: str, host: str, headers: Headers = ()) -> bytes:
        """The handshake, once a line. `headers` are added, or take the place of ours of the same name."""
        # h11 reads the answer, so it must have asked; what is sent may be a handshake that it would not write.
        self._http.request(Request("GET", "/", (("Host", "x"), ("Connection", "Upgrade"), ("Upgrade", "websocket"))))
        self._key = base64.b64encode(self._random.randbytes(16)).decode()
        self._key = next(iter(_values(headers, "Sec-WebSocket-Key")), self._key)
        defaults = (
            ("Host", host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", self._key),
            ("Sec-WebSocket-Version", VERSION),
        )
        return _head(f"GET {target} HTTP/1.1", defaults, headers)

    def _handshake(self, data: bytes) -> Iterator[Seen]:
        for found in self._http.receive_data(data):
            yield from self._answered(found)

    def _shaking_eof(self) -> Iterator[Seen]:
        for found in self._http.receive_eof():
            yield from self._answered(found)

    def _answered(self, found: Reply | Malformed) -> Iterator[Seen]:
        if isinstance(found, Malformed):
            yield replace(found, why=section(f"no answer to a handshake: {found.why}", "4.1"))
            return
        self.reply = found
        if found.status != 101:
            yield NotUpgraded(found)
            return
        faults: list[Seen] = [self._broken(why) for why in reply_faults(found, self._key)]
        yield from faults or [Upgraded(found)]
        self._frames = Frames(self._limit, masked=False)
        if self._http.rest and not faults:
            yield from self._frames.receive_data(self._http.rest)
