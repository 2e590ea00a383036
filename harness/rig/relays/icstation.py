"""ICStation ICSE012A (4 relays), ICSE013A (2) and ICSE014A (8), sold as HW-034 and HW-149 too (PL2303).

    relay:
      board: icstation
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      channels: 4
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Read-back: never; whether a contact moved is seen only by its effect.

A board that has been given power answers `50` with what it is; `51` brings it into command mode, and from then on every
byte is a pattern for all its relays, inverted. Another `50` would switch relays: only cutting its power ends command
mode. The board cannot be asked which mode it is in, so whoever starts it must remember that, and drive a started board
by patterns alone. `harness.rig.relay` keeps a note of it in the folder for temporary files, which holds for as long as
the port is plugged as it was. Therefore:

- plug the board in anew before it is used the first time, if another program may have used it;
- a supply of its own keeps it in command mode while it is unplugged: cut that too;
- it cannot be used behind a network port, where nobody knows what has been said to it.

Bytes: on GitHub sigrokproject/libsigrok (src/hardware/icstation-usbrelay), asm-co/icstation-5185.
"""

from __future__ import annotations

from harness.rig.relays import Identity

BAUD = 9600
FIRST = 1
SIZES = (2, 4, 8)
START = b"\x51"

_BOARDS = {0xAB: ("ICSE012A", 4), 0xAC: ("ICSE014A", 8), 0xAD: ("ICSE013A", 2)}


def pattern(energised: frozenset[int], channels: int) -> bytes:
    mask = sum(1 << channel - FIRST for channel in energised)
    return bytes((mask ^ (1 << channels) - 1,))


def identify() -> bytes:
    return b"\x50"


def identity(reply: bytes) -> Identity | None:
    if len(reply) != 1:
        return None
    if reply[0] not in _BOARDS:
        return Identity(f"a board {reply[0]:02X}", ())
    name, size = _BOARDS[reply[0]]
    return Identity(name, (size,))
