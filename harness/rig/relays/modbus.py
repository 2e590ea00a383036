"""Relay boards that are Modbus-RTU slaves with a coil for each relay (Waveshare and many without a name).

    relay:
      board: modbus
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      channels: 8
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Slave address 1, 9600 8N1. Channel 1 is coil 0.

Read-back: confirmed. Function 05 (write a coil) is answered with its echo; function 01 reads all coils. Every frame
ends with a CRC.

Bytes: the Modbus specification; on GitHub huynguyen2310/IO-Box prints whole frames.
"""

from __future__ import annotations

BAUD = 9600
FIRST = 1
SIZES = (1, 2, 4, 8, 16, 32)
MAY_BE_SILENT = False
PAUSE = 0.005
"""A frame ends with a silence of 3.5 characters: 3.6 ms at 9600 baud."""

ADDRESS = 1
READ_COILS, WRITE_COIL = 0x01, 0x05


def command(channel: int, on: bool) -> bytes:
    return _frame(bytes((ADDRESS, WRITE_COIL, 0, channel - FIRST, 0xFF if on else 0, 0)))


def answered(reply: bytes, channel: int, on: bool) -> bool | None:
    return reply == command(channel, on) or None


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (_frame(bytes((ADDRESS, READ_COILS, 0, 0, 0, channels))),)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    size = (channels + 7) // 8
    head = bytes((ADDRESS, READ_COILS, size))
    if len(reply) != len(head) + size + 2 or not reply.startswith(head) or _frame(reply[:-2]) != reply:
        return None
    byte, bit = divmod(channel - FIRST, 8)
    return bool(reply[len(head) + byte] >> bit & 1)


def _frame(body: bytes) -> bytes:
    """With its CRC-16: polynomial 8005, bits reversed, begun with all ones, low byte first."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return body + crc.to_bytes(2, "little")
