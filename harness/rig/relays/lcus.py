"""LCUS-1, -2, -4 and -8 boards (CH340)."""

from __future__ import annotations

BAUD = 9600
FIRST = 1
SIZES = (1, 2, 4, 8)


def command(channel: int, on: bool) -> bytes:
    body = bytes((0xA0, channel, on))
    return body + bytes((sum(body) & 0xFF,))
