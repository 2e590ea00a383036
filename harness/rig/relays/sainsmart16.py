"""SainSmart's board with 16 relays, 9 to 36 V, and a CH340 (sku 101-70-208): Modbus ASCII, slave address 254.

    relay:
      board: sainsmart16
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Read-back: sometimes. The seller's table prints a "status" whose checksum is wrong, and as its "return" what is a good
question for 16 coils: that is what is asked here. Some who own a board heard nothing back. Commands may be echoed; what
is not the answer to the question is passed over, so an echo does no harm.

Bytes: the seller's table as kept in a GitHub gist of omenlabs (some of its checksums of channels 15 and 16 are wrong;
here all are computed); ldnelso2/sainsmart for a board that does not answer.
"""

from __future__ import annotations

BAUD = 9600
FIRST = 1
SIZES = (16,)
MAY_BE_SILENT = True

ADDRESS = 0xFE
READ_COILS, WRITE_COIL = 0x01, 0x05


def command(channel: int, on: bool) -> bytes:
    return _line(bytes((ADDRESS, WRITE_COIL, 0, channel - FIRST, 0xFF if on else 0, 0)))


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (_line(bytes((ADDRESS, READ_COILS, 0, 0, 0, channels))),)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    byte, bit = divmod(channel - FIRST, 8)
    for line in reply.splitlines(keepends=True):
        coils = _read(line)
        if coils is not None:
            return bool(coils[byte] >> bit & 1)
    return None


def _read(line: bytes) -> bytes | None:
    """The two bytes of coils, the lowest first, if this line brings them."""
    head = b":%02X%02X02" % (ADDRESS, READ_COILS)
    try:
        coils = bytes.fromhex(line[len(head) : len(head) + 4].decode("ascii"))
    except ValueError:
        return None
    return coils if line == _line(bytes((ADDRESS, READ_COILS, 2)) + coils) and len(coils) == 2 else None


def _line(body: bytes) -> bytes:
    """As Modbus ASCII writes it: a colon, hexadecimal digits, the LRC that makes the sum zero, CR LF."""
    return b":%s\r\n" % (body + bytes((-sum(body) & 0xFF,))).hex().upper().encode()
