"""KMTronic USB relay boards with 1, 2, 4 or 8 relays.

    relay:
      board: kmtronic
      port: /dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0
      channels: 4
      power: {channel: 1, contact: normally_closed}
      link: {channel: 2, contact: normally_closed}

Read-back: sometimes. Boards with one or two relays are asked for each relay, those with four or eight for all at once;
some answer nothing.

Bytes: info.kmtronic.com (KMTronic USB Relay Test software); on GitHub Zurha/KMTronicToDevantechCommandTranslator, and
donatmarko/kmtronic-usb-relaybox-mqtt for a board that does not answer.
"""

from __future__ import annotations

BAUD = 9600
FIRST = 1
SIZES = (1, 2, 4, 8)
MAY_BE_SILENT = True


def command(channel: int, on: bool) -> bytes:
    return bytes((0xFF, channel, on))


def queries(channel: int, channels: int) -> tuple[bytes, ...]:
    return (bytes((0xFF, channel, 3)) if channels <= 2 else b"\xff\x09\x00",)


def state(reply: bytes, channel: int, channels: int) -> bool | None:
    if channels <= 2:
        return {command(channel, False): False, command(channel, True): True}.get(reply)
    if len(reply) != channels or not set(reply) <= {0, 1}:
        return None
    return reply[channel - FIRST] == 1
