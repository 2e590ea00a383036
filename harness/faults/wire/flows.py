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
from dataclasses import dataclass

from harness.faults.moment import Toward
from harness.faults.wire.frame import ACK, FIN, RST, SYN, TCP, Frame
from harness.faults.wire.rule import Flow

MOST_FLOWS = 20_000
"""Connections that are remembered; with more, the one seen first is forgotten. Twice what the load profile has."""

_HEADERS = struct.Struct("!12xHBxH2xHxB2x12sIIBB").unpack_from
"""Ethernet type, IP version and header length, total length, fragment, protocol; addresses and ports in one; sequence,
acknowledged, data offset, flags: of a frame whose IP header has no options."""

_WRAP = 1 << 32
_HALF = 1 << 31
_MARKS = SYN | FIN | RST


@dataclass(slots=True, eq=False)
class _Tracked(Flow):
    """A Flow and what only the table must know of it."""

    keys: tuple[bytes, bytes] = (b"", b"")
    terminal_gone: bool = False
    cloud_gone: bool = False
    finished: int = 0
    """Which ends have said FIN and were heard: bit 0 the terminal, bit 1 the cloud."""


class FlowTable:
    """Implements `Flows`. Fed with every frame: `entered`, then `left` for what leaves; `passed` if it is one."""

    def __init__(self) -> None:
        self._up: dict[bytes, _Tracked] = {}
        self._down: dict[bytes, _Tracked] = {}

    def __len__(self) -> int:
        return len(self._up)

    def __iter__(self) -> Iterator[Flow]:
        return iter(tuple(self._up.values()))

    def of(self, frame: Frame) -> Flow | None:
        """The connection a TCP frame belongs to, None for another frame or a connection not seen yet."""
        if not frame.is_tcp:
            return None
        table = self._up if frame.toward is Toward.CLOUD else self._down
        return table.get(_key(frame))

    def entered(self, data: bytes, toward: Toward) -> None:
        """A frame came into the wire; whether it leaves is not known yet."""
        if (read := _read(data, toward)) is not None:
            key, _, ack, flags, _ = read
            if (flow := (self._up if toward is Toward.CLOUD else self._down).get(key)) is not None:
                self._acknowledge(flow, toward, ack, flags)

    def left(self, data: bytes, toward: Toward) -> None:
        """A frame leaves the wire: one that entered, a changed one, or a forged one."""
        if (read := _read(data, toward)) is not None:
            key, sequence, _, flags, length = read
            flow = (self._up if toward is Toward.CLOUD else self._down).get(key)
            self._advance(flow, data, toward, key, sequence, flags, length)

    def passed(self, data: bytes, toward: Toward) -> None:
        """A frame came in and leaves at once, as it is: `entered` and `left` in one, since this is the usual way."""
        if (read := _read(data, toward)) is not None:
            key, sequence, ack, flags, length = read
            flow = (self._up if toward is Toward.CLOUD else self._down).get(key)
            if flow is not None:
                self._acknowledge(flow, toward, ack, flags)
            self._advance(flow, data, toward, key, sequence, flags, length)

    def _acknowledge(self, flow: _Tracked, toward: Toward, ack: int, flags: int) -> None:
        """What an end says in a frame, heard or not: that it has reset the connection, or what it awaits next."""
        up = toward is Toward.CLOUD
        if flags & RST:
            if up:
                flow.terminal_gone = True
            else:
                flow.cloud_gone = True
            self._forget_if_ended(flow)
        elif flags & ACK:
            awaited = flow.next_of_cloud if up else flow.next_of_terminal
            if ack != awaited and (awaited is None or (ack - awaited) % _WRAP < _HALF):
                if up:
                    flow.next_of_cloud = ack
                else:
                    flow.next_of_terminal = ack

    def _advance(
        self, flow: _Tracked | None, data: bytes, toward: Toward, key: bytes, sequence: int, flags: int, length: int
    ) -> None:
        """What a frame does to the end that it reaches."""
        up = toward is Toward.CLOUD
        if flags & _MARKS or flow is None:
            flow = self._mark(flow, data, toward, key, sequence, flags, length)
            if flow is None:
                return
            length += (flags & SYN > 0) + (flags & FIN > 0)
        awaited = flow.next_of_terminal if up else flow.next_of_cloud
        # Only what continues the awaited bytes: before it is a retransmission, behind it a gap.
        if awaited is None or (awaited - sequence) % _WRAP < length:
            if up:
                flow.next_of_terminal = (sequence + length) % _WRAP
            else:
                flow.next_of_cloud = (sequence + length) % _WRAP

    def _mark(
        self, flow: _Tracked | None, data: bytes, toward: Toward, key: bytes, sequence: int, flags: int, length: int
    ) -> _Tracked | None:
        """What a frame that begins or ends something does to its connection; the connection, if there is one now."""
        up = toward is Toward.CLOUD
        if flags & RST:
            if flow is not None:
                if up:
                    flow.cloud_gone = True
                else:
                    flow.terminal_gone = True
                self._forget_if_ended(flow)
            return None
        if flow is not None and flags & (SYN | ACK) == SYN:
            awaited = flow.next_of_terminal if up else flow.next_of_cloud
            if awaited != (sequence + 1) % _WRAP:  # not the same SYN again, but a new connection in the old one's name
                self._forget(flow)
                flow = None
        if flow is None:
            if not (flags & SYN or length):
                return None  # the last words of a connection that has been forgotten
            flow = self._remember(data, toward, key)
            if flags & ACK:
                self._acknowledge(flow, toward, Frame(data, toward).acknowledged, flags)
        if flags & FIN:
            flow.finished |= 1 if up else 2
            self._forget_if_ended(flow)
        return flow

    def _remember(self, data: bytes, toward: Toward, key: bytes) -> _Tracked:
        if len(self._up) >= MOST_FLOWS:
            self._forget(next(iter(self._up.values())))
        back = key[4:8] + key[:4] + key[10:12] + key[8:10]
        here = key[:4], int.from_bytes(key[8:10])
        there = key[4:8], int.from_bytes(key[10:12])
        if toward is Toward.CLOUD:
            flow = _Tracked(here, there, data[6:12], data[0:6], keys=(key, back))
        else:
            flow = _Tracked(there, here, data[0:6], data[6:12], keys=(back, key))
        self._up[flow.keys[0]] = self._down[flow.keys[1]] = flow
        return flow

    def _forget_if_ended(self, flow: _Tracked) -> None:
        if flow.finished == 3 or (flow.terminal_gone and flow.cloud_gone):
            self._forget(flow)

    def _forget(self, flow: _Tracked) -> None:
        flow.ended = True
        self._up.pop(flow.keys[0], None)
        self._down.pop(flow.keys[1], None)


def _key(frame: Frame) -> bytes:
    return frame.data[26:34] + frame.data[frame.transport : frame.transport + 4]


def _read(data: bytes, toward: Toward) -> tuple[bytes, int, int, int, int] | None:
    """Key, sequence, acknowledged, flags and length of the payload of a TCP frame; None for another."""
    try:
        kind, version, total, fragment, protocol, key, sequence, ack, offset, flags = _HEADERS(data)
    except struct.error:
        return None
    if protocol != TCP or kind != 0x0800:
        return None
    if version == 0x45 and not fragment & 0x3FFF:
        return key, sequence, ack, flags, total - 20 - (offset >> 4) * 4
    frame = Frame(data, toward)
    if fragment & 0x3FFF or not frame.is_tcp:
        return None
    return _key(frame), frame.sequence, frame.acknowledged, frame.flags, len(frame.payload)
