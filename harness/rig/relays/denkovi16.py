"""Denkovi boards with 16 relays and a virtual serial port (FTDI serial numbers DAE…).

    relay:
      board: denkovi16
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Read-back: confirmed. A command is answered by itself; `ask//` is answered with two bytes, relay 1 the highest bit of
the first. The manual allows 5 ms between two commands; users found answers mixed up below 50 ms.

Bytes: Denkovi's manual; on GitHub dimss1979/denkovi, petersbingham/dae-py-relay-controller, oasdflkjo/denkovi.
"""

from __future__ import annotations

BAUD = 9600
FIRST = 1
SIZES = (16,)
MAY_BE_SILENT = False
PAUSE = 0.05


def command(channel: int, on: bool) -> bytes:
    return b"%02d%s//" % (channel, b"+" if on else b"-")


def answered(reply: bytes, channel: int, on: bool) -> bool | None:
    return reply == command(channel, on) or None


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (b"ask//",)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    if len(reply) != 2:
        return None
    return bool(int.from_bytes(reply, "big") >> channels - channel & 1)
