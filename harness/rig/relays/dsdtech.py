"""DSD TECH SH-UR01, -UR02, -UR04 and -UR08 (CP2102).

    relay:
      board: dsdtech
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      channels: 4
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Commands end with CR LF and are answered with `OK`, perhaps `+CH1=1`, and a line end. Some boards say a zero byte behind
it, which is passed over wherever it turns up.

Read-back: sometimes. `AT+CH1=?` is answered with `OK+CH1=0` by boards that users wrote about; the manual does not name
it, so a board that says nothing to it cannot tell.

Bytes: the maker's manual.
"""

from __future__ import annotations

import re

BAUD = 9600
FIRST = 1
SIZES = (1, 2, 4, 8)
MAY_BE_SILENT = True


def command(channel: int, on: bool) -> bytes:
    return b"AT+CH%d=%d\r\n" % (channel, on)


def answered(reply: bytes, channel: int, on: bool) -> bool | None:
    done = rb"[\s\0]*OK(\+CH%d=%d)?[\r\n][\s\0]*" % (channel, on)
    return re.fullmatch(done, reply) is not None or None


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (b"AT+CH%d=?\r\n" % channel,)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    found = re.fullmatch(rb"[\s\0]*OK\+CH%d=([01])[\r\n][\s\0]*" % channel, reply)
    return found[1] == b"1" if found else None
