"""The pieces of the memory's link as the Ethernet frames that they would be on the bench network, and back.

So the rules of `harness.faults.wire` and the signs by which a witness knows them are the same on both: what a harm does
is written once. What has no meaning in memory is made up, always in the same way: a terminal's port is its connection's
number, and sequence numbers count from one place. TCP's bare acknowledgements do not cross in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from harness.faults.moment import Toward
from harness.faults.wire.checksum import repair
from harness.faults.wire.frame import ACK, FIN, ICMP, PSH, RST, SYN, TCP, UDP, Frame
from harness.faults.wire.rule import Flow
from harness.rig.network import CLOUD, GATEWAY, GATEWAY_MAC, TERMINAL, TERMINAL_MAC
from harness.transports.link import Kind, Piece

PORT = 5000
"""At which each listener of the cloud is dialled."""

NOBODY = "203.0.113.1"
"""Where a dial goes that has been told a wrong address, and a listener that the bench network does not have."""

_FIRST_PORT = 1024
_DNS = 53
_START = {Toward.CLOUD: 1 << 16, Toward.TERMINAL: 1 << 24}
"""The sequence number of place 0, by the end that it is on its way to."""

_FLAGS = {
    Kind.DIAL: SYN,
    Kind.ANSWER: SYN | ACK,
    Kind.BYTES: PSH | ACK,
    Kind.END: FIN | ACK,
    Kind.RESET: RST | ACK,
    Kind.REJECTION: RST | ACK,
}

_HOST_UNREACHABLE = bytes((3, 1))
_QUESTION, _FOUND, _NO_SUCH_NAME = b"\x01\x00", b"\x81\x80", b"\x81\x83"
"""The flags of a DNS message: asked, answered, answered in the negative."""


def endpoint(to: str) -> tuple[str, int]:
    """Address and port of a listener, as frames have them."""
    return CLOUD.get(to, NOBODY), PORT


@dataclass(frozen=True, slots=True)
class Said:
    """What a forged frame says, in the link's words."""

    toward: Toward
    connection: int
    kind: Kind
    data: bytes = b""


def flow(connection: int, to: str, *, toward_cloud: int, toward_terminal: int) -> Flow:
    """A line as rules see it. `toward_…`: the place of what is sent next to that end."""
    address, number = endpoint(to)
    return Flow(
        (IPv4Address(TERMINAL).packed, _port(connection)),
        (IPv4Address(address).packed, number),
        _mac(TERMINAL_MAC),
        _mac(GATEWAY_MAC),
        next_of_terminal=_sequence(Toward.CLOUD, toward_cloud),
        next_of_cloud=_sequence(Toward.TERMINAL, toward_terminal),
    )


def frame_of(piece: Piece, awaits: int = 0) -> Frame:
    """A piece as a frame. `awaits`: the place of what its sender awaits next."""
    toward = Toward(piece.toward)
    if piece.kind in _FLAGS:
        return _frame(piece, toward, TCP, _segment(piece, toward, awaits), endpoint(piece.to)[0])
    if piece.kind is Kind.UNREACHABLE:
        return _frame(piece, toward, ICMP, piece.data or _unreachable(piece), GATEWAY)
    ports = (_port(piece.connection), _DNS) if toward is Toward.CLOUD else (_DNS, _port(piece.connection))
    message = piece.data or _name_message(piece)
    head = b"".join(number.to_bytes(2) for number in (*ports, 8 + len(message), 0))
    return _frame(piece, toward, UDP, head + message, GATEWAY)


def said_in(frame: Frame) -> Iterator[Said]:
    """What a forged frame says to the end that it is on its way to; nothing, if it only acknowledges."""
    toward = frame.toward
    content = frame.data[frame.transport : 14 + int.from_bytes(frame.data[16:18])]
    if frame.protocol == UDP:
        negative = frame.data[frame.transport + 11] & 0x0F
        yield Said(toward, frame.destination[1] - _FIRST_PORT, Kind.UNKNOWN if negative else Kind.ADDRESS, content[8:])
    elif frame.protocol == ICMP:
        quoted = Frame(frame.data[:14] + content[8:], Toward.CLOUD)
        yield Said(toward, quoted.source[1] - _FIRST_PORT, Kind.UNREACHABLE, content)
    elif frame.is_tcp:
        number = (frame.destination if toward is Toward.TERMINAL else frame.source)[1] - _FIRST_PORT
        if frame.flags & RST:
            yield Said(toward, number, Kind.RESET)
        elif frame.flags & SYN:
            yield Said(toward, number, Kind.ANSWER)
        else:
            if frame.payload:
                yield Said(toward, number, Kind.BYTES, frame.payload)
            if frame.flags & FIN:
                yield Said(toward, number, Kind.END)


def _port(connection: int) -> int:
    return _FIRST_PORT + connection


def _sequence(toward: Toward, place: int) -> int:
    return (_START[toward] + place) % (1 << 32)


def _frame(piece: Piece, toward: Toward, protocol: int, content: bytes, far: str) -> Frame:
    addresses = IPv4Address(TERMINAL).packed, IPv4Address(far).packed
    macs = _mac(GATEWAY_MAC), _mac(TERMINAL_MAC)
    if toward is Toward.TERMINAL:
        addresses, macs = addresses[::-1], macs[::-1]
    total = (20 + len(content)).to_bytes(2)
    number = (piece.number % (1 << 16)).to_bytes(2)
    ip = b"\x45\0" + total + number + b"\x40\0" + bytes((64, protocol)) + b"\0\0" + b"".join(addresses)
    data = bytearray(b"".join(macs) + b"\x08\0" + ip + content)
    repair(data)
    return Frame(bytes(data), toward)


def _segment(piece: Piece, toward: Toward, awaits: int) -> bytes:
    ports = _port(piece.connection), PORT
    if toward is Toward.TERMINAL:
        ports = ports[::-1]
    flags = _FLAGS[piece.kind]
    # What answers a SYN by a reset has no number of its own (RFC 9293, 3.10.7.1).
    number = 0 if flags & RST and not piece.place else _sequence(toward, piece.place)
    other = Toward.CLOUD if toward is Toward.TERMINAL else Toward.TERMINAL
    acknowledged = _sequence(other, awaits) if flags & ACK else 0
    head = b"".join(number.to_bytes(2) for number in ports) + number.to_bytes(4) + acknowledged.to_bytes(4)
    return head + bytes((5 << 4, flags)) + b"\xff\xff\0\0\0\0" + piece.data


def _unreachable(piece: Piece) -> bytes:
    dial = Piece(piece.connection, piece.to, Toward.CLOUD, Kind.DIAL)
    return _HOST_UNREACHABLE + b"\0" * 6 + frame_of(dial).data[14:]


def _name_message(piece: Piece) -> bytes:
    flags = {Kind.QUESTION: _QUESTION, Kind.ADDRESS: _FOUND, Kind.UNKNOWN: _NO_SUCH_NAME}[piece.kind]
    records = int(piece.kind is Kind.ADDRESS)
    counts = b"".join(count.to_bytes(2) for count in (1, records, 0, 0))
    labels = b"".join(bytes((len(label),)) + label for label in piece.to.encode("idna").split(b"."))
    record = b"\xc0\x0c\0\x01\0\x01\0\0\0\0\0\x04" + IPv4Address(endpoint(piece.to)[0]).packed
    return _port(piece.connection).to_bytes(2) + flags + counts + labels + b"\0\0\x01\0\x01" + record * records


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
