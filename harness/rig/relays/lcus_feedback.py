"""The clone of LCUS boards that answers its commands (sold as SAMIROB or SAMIORE ROBOT).

    relay:
      board: lcus_feedback
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      channels: 4
      power: {channel: 1, contact: normally_closed}

Read-back: confirmed. The commands `02` (off) and `03` (on) are answered with the state of the relay, and `05` asks for
it. `FF`, which other LCUS boards know, it does not.

Bytes: on GitHub Pebble94464/lcus-usb-relay-module-controller.
"""

from __future__ import annotations

BAUD = 9600
FIRST = 1
SIZES = (1, 2, 4, 8)
MAY_BE_SILENT = False

OFF, ON, ASK = 0x02, 0x03, 0x05


def command(channel: int, on: bool) -> bytes:
    return _frame(channel, ON if on else OFF)


def answered(reply: bytes, channel: int, on: bool) -> bool | None:
    return state(reply, channel, 0) is not None or None


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (_frame(channel, ASK),)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    return {_frame(channel, 0): False, _frame(channel, 1): True}.get(reply)


def _frame(channel: int, word: int) -> bytes:
    body = bytes((0xA0, channel, word))
    return body + bytes((sum(body) & 0xFF,))
