"""One TCP segment of a captured frame: whose it is, its place in the stream, and its bytes.

Ethernet and IPv4 by offset; a frame that carries no whole TCP header (ARP, UDP, a later fragment) is none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

ETHERNET, IPV4, TCP = 14, b"\x08\x00", 6
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

Address = tuple[str, int]
"""IPv4 address and port, as sockets give them."""


class Segment(NamedTuple):
    """`start`: offset of the TCP header in the frame; `payload_at`: that of the payload."""

    source: Address
    destination: Address
    sequence: int
    flags: int
    start: int
    payload_at: int
    payload: bytes


def segment(frame: bytes) -> Segment | None:
    """The TCP segment in a frame, from its Ethernet header on; None if there is none."""
    if frame[12:14] != IPV4 or len(frame) < ETHERNET + 20 or frame[23] != TCP:
        return None
    start = ETHERNET + (frame[14] & 0x0F) * 4
    if int.from_bytes(frame[20:22]) & 0x1FFF or len(frame) < start + 20:
        return None
    payload_at = start + (frame[start + 12] >> 4) * 4
    # A short frame is padded: the IP header tells where it ends.
    end = ETHERNET + int.from_bytes(frame[16:18])
    return Segment(
        source=(_dotted(frame[26:30]), int.from_bytes(frame[start : start + 2])),
        destination=(_dotted(frame[30:34]), int.from_bytes(frame[start + 2 : start + 4])),
        sequence=int.from_bytes(frame[start + 4 : start + 8]),
        flags=frame[start + 13],
        start=start,
        payload_at=payload_at,
        payload=frame[payload_at:end],
    )


@lru_cache(maxsize=64)
def _dotted(address: bytes) -> str:
    return ".".join(map(str, address))


def replaced(frame: bytes, found: Segment, changes: dict[int, int]) -> bytes:
    """The frame with some bytes of its segment's payload changed, and its TCP checksum with them.

    `changes`: the new byte by its place in the payload. The checksum is moved by what was changed (RFC 1624), not made
    anew: one that was good stays good, and one that was bad stays bad."""
    data = bytearray(frame)
    total = 0xFFFF - int.from_bytes(data[found.start + 16 : found.start + 18])
    for place, byte in changes.items():
        at = found.payload_at + place
        total += (byte - data[at]) << (0 if (at - found.start) % 2 else 8)
        data[at] = byte
    data[found.start + 16 : found.start + 18] = (0xFFFF - total % 0xFFFF).to_bytes(2)
    return bytes(data)


def distance(origin: int, sequence: int) -> int:
    """How far a sequence number lies behind another, which wraps at 2**32; negative if it lies before."""
    return (sequence - origin + (1 << 31)) % (1 << 32) - (1 << 31)
