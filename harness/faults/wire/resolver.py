"""The resolver that the wire plays: addresses for the names of our listeners, so that a DUT can be given host names.

It answers by offset, without scapy: a terminal that is back from an outage asks a dozen times at once, and while an
answer is made no frame is carried. RFC 1035, section 4.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import IPv4Address

from harness.faults.wire.checksum import repair
from harness.faults.wire.frame import ETHERNET, UDP, Frame

TTL = 0
"""Seconds that an answer may be kept: none, since the next question may have to go unanswered."""

PORT = 53
IN, A, ANY = 1, 1, 255
NO_ERROR, NAME_ERROR = 0, 3

_RESPONSE, _OPCODE, _AUTHORITY, _DESIRED, _AVAILABLE = 0x8000, 0x7800, 0x0400, 0x0100, 0x0080
_HEADER = struct.Struct("!HHHHHH")
"""Of a message: id, flags, and how many questions, answers, authorities and additional records."""

_RECORD = struct.Struct("!HHHIH4s")
"""An address: where its name stands, type, class, TTL, length, address."""

_NAME_OF_QUESTION = 0xC000 | _HEADER.size
_LONGEST_LABEL = 63


class Names:
    """Answers questions about `names` (name to IPv4 address); with `all`, any other name is answered NXDOMAIN.

    Only an A record is there to be had: a known name asked for another type is answered without a record. Raises
    ValueError for an address that is none."""

    def __init__(self, names: Mapping[str, str], *, all: bool = False) -> None:
        self._names = {_plain(name.encode()): IPv4Address(address).packed for name, address in names.items()}
        self._all = all

    def answer(self, frame: Frame) -> bytes | None:
        """The answer to the frame if it is a question for us, from the Ethernet header on; else None."""
        at = frame.transport
        if frame.protocol != UDP or not at or frame.destination[1] != PORT:
            return None
        answer = self._answer(frame.data[at + 8 : at + int.from_bytes(frame.data[at + 4 : at + 6])])
        return None if answer is None else _back(frame, answer)

    def _answer(self, message: bytes) -> bytes | None:
        try:
            id, flags, questions, *_ = _HEADER.unpack_from(message)
            name, end = _name(message)
            type, kind = struct.unpack_from("!HH", message, end)
        except (struct.error, IndexError):
            return None  # cut short
        if flags & (_RESPONSE | _OPCODE) or questions != 1 or kind not in (IN, ANY):
            return None
        address = self._names.get(_plain(name))
        if address is None and not self._all:
            return None
        flags = _RESPONSE | _AUTHORITY | flags & _DESIRED | _AVAILABLE | (NAME_ERROR if address is None else NO_ERROR)
        record = b""
        if address is not None and type in (A, ANY):
            record = _RECORD.pack(_NAME_OF_QUESTION, A, IN, TTL, len(address), address)
        return _HEADER.pack(id, flags, 1, bool(record), 0, 0) + message[_HEADER.size : end + 4] + record


def _name(message: bytes) -> tuple[bytes, int]:
    """The name that the first question asks for, and the offset behind it. Raises IndexError if it is not whole."""
    labels, at = [], _HEADER.size
    while length := message[at]:
        if length > _LONGEST_LABEL:
            raise IndexError("a question that points elsewhere")
        labels.append(message[at + 1 : at + 1 + length])
        at += 1 + length
    return b".".join(labels), at + 1


def _plain(name: bytes) -> bytes:
    return name.rstrip(b".").lower()


def _back(frame: Frame, message: bytes) -> bytes:
    """A datagram from where the frame goes to where it comes from."""
    data, at = frame.data, frame.transport
    length = 8 + len(message)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0x4000, 64, UDP, 0) + data[30:34] + data[26:30]
    udp = data[at + 2 : at + 4] + data[at : at + 2] + struct.pack("!HH", length, 0xFFFF)  # a checksum, yet to be right
    whole = bytearray(data[6:12] + data[0:6] + data[12:ETHERNET] + ip + udp + message)
    repair(whole)
    return bytes(whole)
