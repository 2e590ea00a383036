"""Devantech USB-RLY02, USB-RLY08, USB-RLY16 and USB-RLY16L (CDC, any baud rate).

    relay:
      board: devantech
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0
      channels: 8
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

A USB-RLY16 has 8 relays, of 16 A.

Read-back: confirmed. A command is not answered; `5B` asks for the states, one bit for each relay; `5A` asks for the
number of the module, which says which of them it is, and its version.

Bytes: Devantech's data sheets; on GitHub jkesanen/usbrly08.
"""

from __future__ import annotations

from harness.rig.relays import Identity

BAUD = 19200
FIRST = 1
SIZES = (2, 8)
MAY_BE_SILENT = False

_MODULES = {8: ("USB-RLY08", 8), 9: ("USB-RLY16", 8), 10: ("USB-RLY02", 2), 15: ("USB-RLY16L", 8)}


def command(channel: int, on: bool) -> bytes:
    return bytes(((0x65 if on else 0x6F) + channel - FIRST,))


def identify() -> bytes:
    return b"\x5a"


def identity(reply: bytes) -> Identity | None:
    if len(reply) != 2:
        return None
    module, version = reply
    if module not in _MODULES:
        return Identity(f"a module {module}, version {version}", ())
    name, size = _MODULES[module]
    return Identity(f"{name}, version {version}", (size,))


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (b"\x5b",)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    if len(reply) != 1 or reply[0] >> channels:
        return None
    return bool(reply[0] >> channel - FIRST & 1)
