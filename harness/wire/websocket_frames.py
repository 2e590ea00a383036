"""The frames of WebSocket (RFC 6455 section 5) as they came, what they mean put together, and how they are written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from websockets.utils import apply_mask

from harness.wire.framing import Malformed, malformed

CONTROL_LIMIT = 125
"""Bytes for the payload of a control frame (section 5.5)."""


class Opcode(IntEnum):
    """What a frame is (section 5.2); the other ten values are reserved."""

    CONT = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


# ---- What is seen ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WsFrame:
    """One frame as it came, its payload unmasked. `rsv`: the three reserved bits as a number, 0 to 7."""

    opcode: int
    payload: bytes
    fin: bool
    masked: bool
    rsv: int


@dataclass(frozen=True, slots=True)
class Text:
    """A whole text message, fragments put together."""

    text: str


@dataclass(frozen=True, slots=True)
class Binary:
    """A whole binary message, fragments put together."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? To be answered by a pong with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping, or one that nobody asked for, which is allowed."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Closing:
    """The other side says goodbye. `code`: None for a close frame without one."""

    code: int | None
    reason: str


FrameSeen = WsFrame | Text | Binary | Ping | Pong | Closing | Malformed

# ---- Reading frames --------------------------------------------------------------------------------------------------

CONTROL = frozenset({Opcode.CLOSE, Opcode.PING, Opcode.PONG})
DATA = frozenset({Opcode.CONT, Opcode.TEXT, Opcode.BINARY})


def section(why: str, number: str) -> str:
    """A sentence that names what it is an offence against."""
    return f"{why} (RFC 6455 section {number})"


def _may_be_sent(code: int) -> bool:
    """Whether a close frame may carry this code: sections 7.4.1 and 7.4.2, and 1012 to 1014 as registered since."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


class Frames:
    """The frames of one direction, and what they mean put together.

    Holds a header of 14 bytes, one unfinished message and one control frame, and no more. `masked`: whether they must
    be; `errors`: what becomes of text that is not UTF-8, as in `bytes.decode`; by default it is Malformed."""

    def __init__(self, limit: int, masked: bool, errors: str = "strict") -> None:
        self._limit = limit
        self._masked = masked
        self._errors = errors
        self._head = bytearray()
        self._length: int | None = None  # that of the payload in progress; None while the header is
        self._payload = bytearray()
        self._kind: int | None = None  # TEXT or BINARY while a message is unfinished
        self._message = bytearray()
        self.closed = False  # a close frame came
        self._over = False

    def receive_data(self, data: bytes) -> Iterator[FrameSeen]:
        """What these bytes finish, in order, with at most the last ones Malformed: nothing is read after them."""
        at = 0
        while not self._over:
            if self._length is None:
                while (missing := self._head_size() - len(self._head)) and at < len(data):
                    self._head += data[at : at + missing]
                    at += missing
                if missing:
                    return
                self._length = self._announced()
                if why := self._too_long(self._length):
                    self._over = True
                    yield Malformed(bytes(self._head), why, len(self._head) + self._length)
                    return
            missing = self._length - len(self._payload)
            self._payload += data[at : at + missing]
            at += missing
            if len(self._payload) < self._length:
                return
            yield from self._finished()

    @property
    def held(self) -> int:
        """How many bytes wait for what completes them."""
        return len(self._head) + len(self._payload) + len(self._message)

    def receive_eof(self) -> Iterator[Malformed]:
        """What the end of the line cut off."""
        if self._head:
            yield malformed(bytes(self._head + self._payload), section("the line ended inside a frame", "5.2"))
        elif self._kind is not None:
            yield malformed(bytes(self._message), section("the line ended inside a message", "5.4"))

    def _head_size(self) -> int:
        if len(self._head) < 2:
            return 2
        return 2 + {126: 2, 127: 8}.get(self._head[1] & 0x7F, 0) + (4 if self._head[1] & 0x80 else 0)

    def _announced(self) -> int:
        short = self._head[1] & 0x7F
        if short < 126:
            return short
        return int.from_bytes(self._head[2 : 4 if short == 126 else 10], "big")

    def _too_long(self, length: int) -> str:
        if length >> 63:
            return section("frame length with its highest bit set", "5.2")
        if self._head[0] & 0x0F in CONTROL:
            why = section(f"control frame of {length} bytes, more than {CONTROL_LIMIT}", "5.5")
            return why if length > CONTROL_LIMIT else ""
        why = section(
            f"message of {len(self._message) + length} bytes or more, beyond the limit of {self._limit}", "10.4"
        )
        return why if len(self._message) + length > self._limit else ""

    def _finished(self) -> Iterator[FrameSeen]:
        head, payload = bytes(self._head), bytes(self._payload)
        self._head, self._length, self._payload = bytearray(), None, bytearray()
        masked = bool(head[1] & 0x80)
        frame = WsFrame(
            opcode=head[0] & 0x0F,
            payload=apply_mask(payload, head[-4:]) if masked else payload,
            fin=bool(head[0] & 0x80),
            masked=masked,
            rsv=head[0] >> 4 & 0x07,
        )
        yield frame
        faults = [*self._faults(frame, head), *self._out_of_place(frame)]
        meaning = [] if faults else list(self._meaning(frame))
        for one in faults or meaning:
            self._over = self._over or isinstance(one, str)
            yield malformed(head + payload, one) if isinstance(one, str) else one

    def _faults(self, frame: WsFrame, head: bytes) -> Iterator[str]:
        """What is wrong with a frame by itself."""
        if frame.masked and not self._masked:
            yield section("masked frame from a server", "5.1")
        if self._masked and not frame.masked:
            yield section("unmasked frame from a client", "5.1")
        if frame.rsv:
            yield section("reserved bits set, with no extension agreed on", "5.2")
        if frame.opcode not in CONTROL | DATA:
            yield section(f"reserved opcode {frame.opcode:#x}", "5.2")
        if head[1] & 0x7F > 125 and len(frame.payload) < {126: 126, 127: 1 << 16}[head[1] & 0x7F]:
            yield section("frame length in more bytes than it needs", "5.2")
        if frame.opcode in CONTROL and not frame.fin:
            yield section("control frame in fragments", "5.5")

    def _out_of_place(self, frame: WsFrame) -> Iterator[str]:
        """What is wrong with a frame where it stands."""
        if frame.opcode not in DATA:
            return
        if self.closed:
            yield section("data after a close frame", "5.5.1")
        elif frame.opcode == Opcode.CONT and self._kind is None:
            yield section("continuation of no message", "5.4")
        elif frame.opcode != Opcode.CONT and self._kind is not None:
            yield section("new message inside an unfinished one", "5.4")

    def _meaning(self, frame: WsFrame) -> Iterator[FrameSeen | str]:
        if self.closed:
            return  # control frames may still be under way, and nobody is to answer them
        match frame.opcode:
            case Opcode.PING:
                yield Ping(frame.payload)
            case Opcode.PONG:
                yield Pong(frame.payload)
            case Opcode.CLOSE:
                self.closed = True
                yield from _closing(frame.payload)
            case _:
                yield from self._joined(frame)

    def _joined(self, frame: WsFrame) -> Iterator[Text | Binary | str]:
        if frame.opcode != Opcode.CONT:
            self._kind = frame.opcode
        self._message += frame.payload
        if not frame.fin:
            return
        kind, message = self._kind, bytes(self._message)
        self._kind, self._message = None, bytearray()
        if kind == Opcode.BINARY:
            yield Binary(message)
            return
        try:
            yield Text(message.decode(errors=self._errors))
        except UnicodeDecodeError as error:
            yield section(f"text that is not UTF-8: byte {message[error.start]:02x} at offset {error.start}", "8.1")


def _closing(payload: bytes) -> Iterator[Closing | str]:
    if not payload:
        yield Closing(None, "")
        return
    if len(payload) == 1:
        yield section("close frame of one byte, which is no code", "5.5.1")
        return
    code = int.from_bytes(payload[:2], "big")
    if not _may_be_sent(code):
        yield section(f"close code {code}, which may not be sent", "7.4")
    try:
        reason = payload[2:].decode()
    except UnicodeDecodeError:
        yield section("close reason that is not UTF-8", "5.5.1")
        return
    if _may_be_sent(code):
        yield Closing(code, reason)


# ---- Writing frames --------------------------------------------------------------------------------------------------


def written(opcode: int, payload: bytes, *, fin: bool, rsv: int, mask: bytes | None) -> bytes:
    """Any frame, legal or not, its length in the fewest bytes. `rsv`: 0 to 7; `mask`: four bytes, or None for none."""
    size, masked = len(payload), 0 if mask is None else 0x80
    head = bytes([fin << 7 | rsv << 4 | opcode])
    if size < 126:
        head += bytes([masked | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", masked | 126, size)
    else:
        head += struct.pack("!BQ", masked | 127, size)
    return head + payload if mask is None else head + mask + apply_mask(payload, mask)
