"""Ethernet frames with a TCP segment in them, made by hand for tests of whoever reads frames."""

from __future__ import annotations

import socket

from harness.evidence.captured import Captured, Toward

TERMINAL, CLOUD = ("192.0.2.10", 40000), ("198.51.100.10", 7000)
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

Address = tuple[str, int]


def summed(data: bytes) -> int:
    """The Internet checksum's sum (RFC 1071): 0xFFFF over data whose checksum is in place and good."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[place : place + 2]) for place in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


def tcp(source: Address, destination: Address, sequence: int, flags: int, payload: bytes = b"", ack: int = 0) -> bytes:
    """A frame with good checksums."""
    ends = socket.inet_aton(source[0]) + socket.inet_aton(destination[0])
    ports = source[1].to_bytes(2) + destination[1].to_bytes(2)
    numbers = (sequence % (1 << 32)).to_bytes(4) + (ack % (1 << 32)).to_bytes(4)
    header = ports + numbers + bytes([0x50, flags]) + b"\xff\xff" + b"\0\0\0\0"
    pseudo = ends + b"\0\x06" + (len(header) + len(payload)).to_bytes(2)
    checksum = (0xFFFF - summed(pseudo + header + payload)).to_bytes(2)
    header = header[:16] + checksum + header[18:]
    length = (20 + len(header) + len(payload)).to_bytes(2)
    ip = b"\x45\x00" + length + b"\0\0\x40\0\x40\x06\0\0" + ends
    ip = ip[:10] + (0xFFFF - summed(ip)).to_bytes(2) + ip[12:]
    return b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01" + b"\x08\x00" + ip + header + payload


def checksum_is_good(frame: bytes) -> bool:
    """Whether the TCP checksum of such a frame is right."""
    return summed(frame[26:34] + b"\0\x06" + (len(frame) - 34).to_bytes(2) + frame[34:]) == 0xFFFF


def caught(at: float, side: Toward, data: bytes, *, leaving: bool = False) -> Captured:
    """The frame at one end of the wire, at so many seconds of the tests' clock."""
    return Captured(round(at * 1_000_000_000), side, leaving, data)


def across(at: float, data: bytes, side: Toward, delay: float = 0.0001) -> list[Captured]:
    """A frame that enters the wire at one end and leaves it at the other."""
    other = Toward.CLOUD if side is Toward.TERMINAL else Toward.TERMINAL
    return [caught(at, side, data), caught(at + delay, other, data, leaving=True)]
