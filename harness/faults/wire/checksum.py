"""What must be put right when the wire changes a frame: checksums, and the headers of a segment that is cut in two.

The checksum of IPv4, TCP and UDP (RFC 1071) is the complement of the sum of all 16-bit words with the carries added in
again. Adding carries in again is reckoning modulo 65,535, and modulo 65,535 a number in base 65,536 equals the sum of
its digits, as a decimal number equals its digit sum modulo nine. So the sum over a packet is the packet, read as one
number, modulo 65,535: one division in C, four times as fast as adding up the words of a full frame.
"""

from __future__ import annotations

from harness.faults.wire.frame import ETHERNET, FIN, TCP, UDP, Frame

_CHECKSUM_AT = {TCP: 16, UDP: 6}
"""Where in the header of the transport its checksum stands."""


def internet_checksum(data: bytes) -> int:
    """The checksum over bytes in which its own field is zero (RFC 1071); an odd byte counts as if a zero followed."""
    return 0xFFFF - (_sum(data) or 0xFFFF)


def repair(data: bytearray) -> None:
    """Put the checksums of a frame right, in place: the one of IPv4, and that of TCP or UDP.

    A fragment's transport and a UDP datagram without a checksum are left as they are, and so is what is not IPv4."""
    if not _is_ipv4(data):
        return
    transport = _transport(data)
    data[24:26] = b"\0\0"
    data[24:26] = internet_checksum(bytes(data[ETHERNET:transport])).to_bytes(2)
    field = _field(data)
    if field:
        data[field : field + 2] = b"\0\0"
        # A UDP checksum of zero would mean that there is none; its other form means the same sum (RFC 768).
        checksum = internet_checksum(_covered(data)) or (0xFFFF if data[23] == UDP else 0)
        data[field : field + 2] = checksum.to_bytes(2)


def is_good(data: bytes) -> bool:
    """Whether every checksum of a frame is right; true of what has none."""
    if not _is_ipv4(data):
        return True
    return _sum(data[ETHERNET : _transport(data)]) == 0 and (not _field(data) or _sum(_covered(data)) == 0)


def shortened(frame: Frame, payload_bytes: int) -> bytes:
    """A TCP segment with no more than the first bytes of its payload. A FIN, which stands behind them, is not in it.

    Raises ValueError if the payload is shorter."""
    _check(frame, payload_bytes)
    data = bytearray(frame.data[: frame.payload_at + payload_bytes])
    data[frame.transport + 13] &= ~FIN
    return _relengthened(data)


def remainder(frame: Frame, payload_bytes: int) -> bytes:
    """A TCP segment without the first bytes of its payload: what `shortened` has left out.

    Raises ValueError if the payload is shorter."""
    _check(frame, payload_bytes)
    start = frame.payload_at
    data = bytearray(frame.data[:start] + frame.payload[payload_bytes:])
    data[frame.transport + 4 : frame.transport + 8] = ((frame.sequence + payload_bytes) & 0xFFFFFFFF).to_bytes(4)
    return _relengthened(data)


def _check(frame: Frame, payload_bytes: int) -> None:
    if not 0 <= payload_bytes <= len(frame.payload):
        raise ValueError(f"a payload of {len(frame.payload)} bytes cannot be cut after {payload_bytes}")


def _relengthened(data: bytearray) -> bytes:
    data[16:18] = (len(data) - ETHERNET).to_bytes(2)
    repair(data)
    return bytes(data)


def _sum(data: bytes) -> int:
    """The sum of the 16-bit words modulo 65,535. 0 stands for 65,535 too; no header sums up to a true 0."""
    return (int.from_bytes(data) << 8 * (len(data) & 1)) % 0xFFFF


def _is_ipv4(data: bytes | bytearray) -> bool:
    return data[12:14] == b"\x08\x00" and len(data) >= ETHERNET + 20


def _transport(data: bytes | bytearray) -> int:
    return ETHERNET + (data[14] & 0x0F) * 4


def _field(data: bytes | bytearray) -> int:
    """Offset of the transport's checksum; 0 if it has none that could be reckoned from this frame."""
    if data[23] not in _CHECKSUM_AT or int.from_bytes(data[20:22]) & 0x3FFF:
        return 0
    field = _transport(data) + _CHECKSUM_AT[data[23]]
    if len(data) < field + 2 or (data[23] == UDP and data[field : field + 2] == b"\0\0"):
        return 0
    return field


def _covered(data: bytes | bytearray) -> bytes:
    """What the transport's checksum is taken over: the addresses, the protocol, the length, the segment itself."""
    segment = bytes(data[_transport(data) : ETHERNET + int.from_bytes(data[16:18])])
    return bytes(data[26:34]) + bytes((0, data[23])) + len(segment).to_bytes(2) + segment
