"""Numato USB relay modules with 1 to 32 relays (CDC, USB vendor 2a19).

    relay:
      board: numato
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0
      channels: 8
      power: {channel: 0, contact: normally_closed}
      link: {channel: 1, contact: normally_closed}

Its first channel is 0; the bench file says 10 for what the commands call A, and 31 for V.

Read-back: confirmed. It is a line editor: each command comes back as an echo, then what it has to say, then `>`. `ver`
says its version. The echo names the command, so no answer is taken for that of another.

Bytes: Numato's user guides, and on GitHub numato/samplecode (RelayAndGPIOModules).
"""

from __future__ import annotations

import re

from harness.rig.relays import Identity

BAUD = 19200
FIRST = 0
SIZES = (1, 2, 4, 8, 16, 32)
MAY_BE_SILENT = False

_NAMES = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_VERSION = re.compile(rb"\s*ver\s+(\w[\w.]*)\s+>\s*")


def command(channel: int, on: bool) -> bytes:
    return b"%s\r" % _words(channel, on)


def answered(reply: bytes, channel: int, on: bool) -> bool | None:
    return re.fullmatch(rb"\s*%s\s+>\s*" % _words(channel, on), reply) is not None or None


def identify() -> bytes:
    return b"ver\r"


def identity(reply: bytes) -> Identity | None:
    found = _VERSION.fullmatch(reply)
    return Identity(f"Numato, version {found[1].decode()}", SIZES) if found else None


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (b"relay read %s\r" % _name(channel),)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    found = re.fullmatch(rb"\s*relay read %s\s+(on|off)\s+>\s*" % _name(channel), reply)
    return found[1] == b"on" if found else None


def _words(channel: int, on: bool) -> bytes:
    return b"relay %s %s" % (b"on" if on else b"off", _name(channel))


def _name(channel: int) -> bytes:
    return _NAMES[channel].encode()
