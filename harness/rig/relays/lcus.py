"""LCUS-1, -2, -4 and -8 boards (CH340) and their many clones.

    relay:
      board: lcus
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      channels: 2
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Read-back: sometimes. `FF` asks for the states of all relays: most boards write a line for each, those with eight relays
eight bytes or eight numbers, some nothing; an LCUS-1 has no such question. The first answer may be older than the last
command, so it is asked twice. A clone that answers with one byte, a bit for each relay, is not known here: nobody can
tell that from the beginning of a longer answer.

Bytes: the seller's sheets, and on GitHub bmrzycki/lcus_relay, jarwyg/USB_RELAY, and for eight relays
DJH-Wonderful-you/Mouse_Automation_Testing_Project.
"""

from __future__ import annotations

import re

BAUD = 9600
FIRST = 1
SIZES = (1, 2, 4, 8)
MAY_BE_SILENT = True

_LINE = re.compile(rb"CH(\d): ?(ON|OFF) *\r\n")
_NUMBERS = re.compile(rb"\s*(?:0[01]\s+){7}0[01](?:\s+|$)")


def command(channel: int, on: bool) -> bytes:
    body = bytes((0xA0, channel, on))
    return body + bytes((sum(body) & 0xFF,))


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (b"\xff", b"\xff") if channels > 1 else ()


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    states = _lines(reply)
    if states is None and channels == 8:
        states = _eight(reply)
    return states[channel - 1] if states is not None and len(states) == channels else None


def _lines(reply: bytes) -> list[bool] | None:
    """`CH1: ON \\r\\nCH2: OFF\\r\\n`, the lines in order and nothing between them."""
    lines = list(_LINE.finditer(reply))
    whole = b"".join(line[0] for line in lines) == reply
    in_order = [int(line[1]) for line in lines] == list(range(1, len(lines) + 1))
    return [line[2] == b"ON" for line in lines] if whole and in_order else None


def _eight(reply: bytes) -> list[bool] | None:
    """Eight bytes 00 or 01, or eight numbers 00 or 01 with blanks between them."""
    if len(reply) == 8 and set(reply) <= {0, 1}:
        return [byte == 1 for byte in reply]
    if _NUMBERS.fullmatch(reply):
        return [number == b"01" for number in reply.split()]
    return None
