"""One Ethernet frame as a rule sees it: addresses, ports, flags and payload by offset.

Frames pass a rule 200,000 times a second, and scapy takes 100 µs to dissect one: so a rule looks at offsets first, and
hands to scapy only what it must understand or forge. Only IPv4 without fragments has ports here; all else is passed.
"""

from __future__ import annotations

from harness.faults.moment import Toward

ETHERNET = 14
TCP, UDP, ICMP = 6, 17, 1
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10


class Frame:
    """`data`: from the Ethernet header on; `toward`: the end it is on its way to."""

    __slots__ = ("_transport", "data", "toward")

    def __init__(self, data: bytes, toward: Toward) -> None:
        self.data = data
        self.toward = toward
        self._transport = -1

    @property
    def is_ipv4(self) -> bool:
        return self.data[12:14] == b"\x08\x00" and len(self.data) >= ETHERNET + 20

    @property
    def is_arp(self) -> bool:
        return self.data[12:14] == b"\x08\x06"

    @property
    def protocol(self) -> int:
        """The IP protocol; 0 for what is not IPv4."""
        return self.data[23] if self.is_ipv4 else 0

    @property
    def transport(self) -> int:
        """Offset of the TCP, UDP or ICMP header; 0 for what has none here (not IPv4, or a later fragment)."""
        if self._transport < 0:  # looked for once: every other property needs it
            whole = self.is_ipv4 and not (self.data[20] & 0x1F or self.data[21])
            self._transport = ETHERNET + (self.data[14] & 0x0F) * 4 if whole else 0
        return self._transport

    @property
    def is_tcp(self) -> bool:
        start = self.transport
        return start > 0 and self.data[23] == TCP and len(self.data) >= start + 20

    @property
    def way(self) -> bytes:
        """The connection, seen from its sender: both addresses, then both ports; only for TCP and UDP."""
        return self.data[26:34] + self.data[self.transport : self.transport + 4]

    @property
    def way_back(self) -> bytes:
        """The same connection, seen from its addressee."""
        ports = self.data[self.transport : self.transport + 4]
        return self.data[30:34] + self.data[26:30] + ports[2:] + ports[:2]

    @property
    def source(self) -> tuple[bytes, int]:
        """IPv4 address (4 bytes) and port; only for TCP and UDP."""
        return self.data[26:30], int.from_bytes(self.data[self.transport : self.transport + 2])

    @property
    def destination(self) -> tuple[bytes, int]:
        return self.data[30:34], int.from_bytes(self.data[self.transport + 2 : self.transport + 4])

    @property
    def sequence(self) -> int:
        return int.from_bytes(self.data[self.transport + 4 : self.transport + 8])

    @property
    def acknowledged(self) -> int:
        return int.from_bytes(self.data[self.transport + 8 : self.transport + 12])

    @property
    def flags(self) -> int:
        return self.data[self.transport + 13]

    @property
    def payload_at(self) -> int:
        """Offset of the TCP payload."""
        return self.transport + (self.data[self.transport + 12] >> 4) * 4

    @property
    def payload(self) -> bytes:
        """The TCP payload, without the padding of a short frame."""
        end = ETHERNET + int.from_bytes(self.data[16:18])
        return self.data[self.payload_at : end]
