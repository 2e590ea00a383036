"""The TCP connections that the wire has seen, and what each end awaits next: what an exact forged reset must carry.

A stack accepts a reset only at exactly the sequence number it awaits (RFC 5961). That number is not what the other end
has sent but what has come through: a segment that a rule swallowed was sent and is still awaited. So the table follows
what *leaves* the wire, in order, and what each end acknowledges as it *enters*. A gap is closed when the end that had
it acknowledges what lies behind it.

An end is gone when it sent a reset or was sent one; a connection has ended when both ends are gone, or both have said
FIN. A connection that one end still believes in is kept: it is half-open, and the next harm may be meant for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.faults.moment import Toward
from harness.faults.wire.frame import ACK, ETHERNET, FIN, RST, SYN, Frame
from harness.faults.wire.rule import Flow

MOST_FLOWS = 20_000
"""Connections that are remembered; with more, the one seen first is forgotten. Twice what the load profile has."""

_HEADERS = struct.Struct("!16xH8x12sIIH").unpack_from
"""Of a TCP frame whose IP header has no options: total length, addresses and ports in one, sequence, acknowledged, and
in one the data offset and the flags."""

_WRAP = 1 << 32
_HALF = 1 << 31
_MARKS = SYN | FIN | RST | ACK
"""Flags of which nearly every frame has ACK and no other."""


class _Way:
    """One way of a connection. `awaited`: the sequence number that is to come through next; `finished`: a FIN came
    through; `gone`: the end that sends this way has sent a reset, or was sent one; `back`: the other way."""

    __slots__ = ("awaited", "back", "finished", "flow", "gone")

    back: _Way
    flow: _Tracked

    def __init__(self) -> None:
        self.awaited: int | None = None
        self.finished = False
        self.gone = False

    def acknowledge(self, ack: int) -> None:
        """The other end says what it awaits."""
        if self.awaited is None or 0 < (ack - self.awaited) % _WRAP < _HALF:
            self.awaited = ack

    def advance(self, sequence: int, length: int) -> None:
        """Bytes came through. Those before what is awaited are a retransmission, and behind it there is a gap."""
        if self.awaited is None or (self.awaited - sequence) % _WRAP < length:
            self.awaited = (sequence + length) % _WRAP


class _Tracked(Flow):
    """A Flow whose numbers are those of its two ways, now."""

    __slots__ = ("down", "key", "up")

    def __init__(self, key: bytes, terminal_mac: bytes, cloud_mac: bytes) -> None:
        self.key = key
        self.up, self.down = _Way(), _Way()
        self.up.back, self.down.back = self.down, self.up
        self.up.flow = self.down.flow = self
        ports = int.from_bytes(key[8:10]), int.from_bytes(key[10:12])
        super().__init__((key[:4], ports[0]), (key[4:8], ports[1]), terminal_mac, cloud_mac)

    @property
    def next_of_terminal(self) -> int | None:
        return self.up.awaited

    @next_of_terminal.setter
    def next_of_terminal(self, number: int | None) -> None:
        self.up.awaited = number

    @property
    def next_of_cloud(self) -> int | None:
        return self.down.awaited

    @next_of_cloud.setter
    def next_of_cloud(self, number: int | None) -> None:
        self.down.awaited = number


class FlowTable:
    """Implements `Flows`. Fed with TCP frames: `entered`, then `left` for what leaves; `passed` if it is one."""

    def __init__(self) -> None:
        self._ways: dict[bytes, _Way] = {}
        self._flows: dict[bytes, _Tracked] = {}

    def __len__(self) -> int:
        return len(self._flows)

    def __iter__(self) -> Iterator[Flow]:
        return iter(tuple(self._flows.values()))

    def of(self, frame: Frame) -> Flow | None:
        """The connection a TCP frame belongs to, None for another frame or a connection not seen yet."""
        way = self._ways.get(_key(frame)) if frame.is_tcp else None
        return None if way is None else way.flow

    def passed(self, data: bytes, toward: Toward) -> None:
        """A frame came in and leaves at once, as it is: `entered` and `left` in one, since this is the usual way."""
        # Here and below what nearly every frame needs is written out. What is no TCP hits none of the keys.
        try:
            total, key, sequence, ack, bits = _HEADERS(data)
        except struct.error:
            return
        way = self._ways.get(key)
        if way is None or bits & _MARKS != ACK:
            self._enter(data, toward)
            self._leave(data, toward)
            return
        if ack != way.back.awaited:
            way.back.acknowledge(ack)
        if length := total - 20 - (bits >> 12) * 4:
            way.advance(sequence, length)

    def entered(self, data: bytes, toward: Toward) -> None:
        """A frame came into the wire; whether it leaves is not known yet. It says what its sender awaits."""
        try:
            _, key, _, ack, bits = _HEADERS(data)
        except struct.error:
            return
        way = self._ways.get(key)
        if way is None or bits & _MARKS != ACK:
            self._enter(data, toward)
        elif ack != way.back.awaited:
            way.back.acknowledge(ack)

    def left(self, data: bytes, toward: Toward) -> None:
        """A frame leaves the wire: one that entered, a changed one, or a forged one. It says what has come through."""
        try:
            total, key, sequence, _, bits = _HEADERS(data)
        except struct.error:
            return
        way = self._ways.get(key)
        if way is None or bits & _MARKS != ACK:
            self._leave(data, toward)
        elif length := total - 20 - (bits >> 12) * 4:
            way.advance(sequence, length)

    def _enter(self, data: bytes, toward: Toward) -> None:
        frame = Frame(data, toward)
        if not frame.is_tcp or (way := self._ways.get(_key(frame))) is None:
            return
        if frame.flags & RST:
            way.gone = True
            self._forget_if_ended(way)
        elif frame.flags & ACK:
            way.back.acknowledge(frame.acknowledged)

    def _leave(self, data: bytes, toward: Toward) -> None:
        frame = Frame(data, toward)
        if not frame.is_tcp:
            return
        key, sequence, flags = _key(frame), frame.sequence, frame.flags
        length = ETHERNET + int.from_bytes(data[16:18]) - frame.payload_at
        way = self._ways.get(key)
        if flags & RST:
            if way is not None:
                way.back.gone = True
                self._forget_if_ended(way)
            return
        if way is not None and flags & (SYN | ACK) == SYN and way.awaited != (sequence + 1) % _WRAP:
            self._forget(way.flow)  # it is not the same SYN again, but a new connection in the old one's name
            way = None
        if way is None:
            if not (flags & SYN or length > 0):
                return  # the last words of a connection that was forgotten
            way = self._remember(key, frame)
        way.advance(sequence, length + (flags & SYN > 0) + (flags & FIN > 0))
        if flags & FIN:
            way.finished = True
            self._forget_if_ended(way)

    def _remember(self, key: bytes, frame: Frame) -> _Way:
        if len(self._flows) >= MOST_FLOWS:
            self._forget(next(iter(self._flows.values())))
        here, there = frame.data[6:12], frame.data[0:6]
        if frame.toward is Toward.CLOUD:
            flow = _Tracked(key, here, there)
            way = flow.up
        else:
            flow = _Tracked(_back(key), there, here)
            way = flow.down
        self._flows[flow.key] = flow
        self._ways[flow.key], self._ways[_back(flow.key)] = flow.up, flow.down
        if frame.flags & ACK:
            way.back.acknowledge(frame.acknowledged)
        return way

    def _forget_if_ended(self, way: _Way) -> None:
        if (way.finished and way.back.finished) or (way.gone and way.back.gone):
            self._forget(way.flow)

    def _forget(self, flow: _Tracked) -> None:
        flow.ended = True
        if self._flows.pop(flow.key, None) is not None:
            del self._ways[flow.key], self._ways[_back(flow.key)]


def _key(frame: Frame) -> bytes:
    return frame.data[26:34] + frame.data[frame.transport : frame.transport + 4]


def _back(key: bytes) -> bytes:
    """The key of the other way."""
    return key[4:8] + key[:4] + key[10:12] + key[8:10]
