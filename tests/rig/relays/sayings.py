"""What boards answer, written a second time and by other means than their modules: tests hold the two against each
other. Checksums are computed bit by bit from their definitions."""

from __future__ import annotations

import re

from harness.rig import relays
from harness.rig.relays import Asked

ASKED = [name for name in relays.names() if isinstance(relays.load(name), Asked)]
"""The boards that can be asked what their relays are."""


def crc16(data: bytes) -> bytes:
    """Of Modbus, by long division: x^16 + x^15 + x^2 + 1, the lowest bit of each byte first, begun with ones."""
    remainder = [1] * 16
    for bit in (byte >> place & 1 for byte in data for place in range(8)):
        fed = bit ^ remainder[0]
        remainder = [*remainder[1:], 0]
        for place in (0, 13, 15):
            remainder[place] ^= fed
    number = sum(bit << place for place, bit in enumerate(remainder))
    return bytes((number % 256, number // 256))


def lrc(digits: bytes) -> bytes:
    """Of Modbus ASCII: what makes the sum of all bytes a multiple of 256."""
    total = sum(int(digits[at : at + 2], 16) for at in range(0, len(digits), 2))
    return b"%02X" % ((256 - total % 256) % 256)


def packed(states: list[bool]) -> bytes:
    """Eight relays a byte, the first in the lowest bit of the first byte."""
    bits = "".join("1" if on else "0" for on in states).ljust((len(states) + 7) // 8 * 8, "0")
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def sayings(name: str, states: list[bool], channel: int) -> list[bytes]:
    """All ways in which a board in these states answers the question about a channel."""
    on = states[channel - relays.load(name).FIRST]
    match name:
        case "lcus":
            lines = "".join(f"CH{at}: {'ON ' if on else 'OFF'}\r\n" for at, on in enumerate(states, 1)).encode()
            numbers = " ".join(f"{on:02}" for on in states).encode()
            return [lines, bytes(states), numbers] if len(states) == 8 else [lines]
        case "lcus_feedback":
            return [bytes((0xA0, channel, on, 0xA0 + channel + on))]
        case "kmtronic":
            return [bytes(states) if len(states) > 2 else b"\xff" + bytes((channel, on))]
        case "devantech":
            return [packed(states)]
        case "denkovi16":
            return [int("".join(str(int(on)) for on in states), 2).to_bytes(2)]
        case "modbus":
            said = bytes((1, 1, len(packed(states)))) + packed(states)
            return [said + crc16(said)]
        case "sainsmart16":
            said = b"FE0102" + packed(states).hex().upper().encode()
            return [b":" + said + lrc(said) + b"\r\n"]
        case "numato":
            index = "0123456789ABCDEFGHIJKLMNOPQRSTUV"[channel]
            return [f"relay read {index}\n\r{'on' if on else 'off'}\n\r>".encode()]
        case "dsdtech":
            return [f"OK+CH{channel}={on:d}\r\n".encode()]
    raise ValueError(name)


def essence(name: str, reply: bytes) -> bytes:
    """A reply without what a board may say more or less of: blanks in a text, zero bytes behind its lines, lines before
    the one that answers. Unused bits stay: they are covered by a checksum, or must be zero."""
    match name:
        case "numato" | "dsdtech":
            return re.sub(rb"[\s\0]+", b" ", reply).strip()
        case "lcus" if reply.startswith(b"CH"):
            return re.sub(rb" *", b"", reply)
        case "lcus" if len(reply) > 8:
            return re.sub(rb"\s+", b" ", reply).strip()
        case "sainsmart16":
            return next((line for line in reply.splitlines(keepends=True) if line.startswith(b":FE0102")), reply)
    return reply
