"""What the wire says in another's name: forged segments, ICMP errors and DNS answers, complete to the last checksum.

A stack believes a forgery only if it fits what the stack awaits: a reset must carry exactly the sequence number that is
awaited next (RFC 5961), an ICMP error must quote the datagram that it is about (RFC 792), an answer must repeat its
question (RFC 5452). So everything here is made from a frame that the victim itself has sent, or from its connection.

scapy is imported inside the functions, so that naming a fault does not import it; it takes 0.2 s, and the wire's
process does it before its first frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.faults.moment import Toward
from harness.faults.wire.frame import ACK, ETHERNET, FIN, RST, SYN, Frame
from harness.faults.wire.rule import Flow, Out

if TYPE_CHECKING:
    from scapy.layers.l2 import Ether

TTL = 63
"""Of all that is forged. The ends send with 64: so no forgery is, byte for byte, a frame that an end could have sent,
and a witness tells them apart."""

QUOTED = 548
"""Bytes of a datagram that an ICMP error quotes: with it the error is 576 bytes long (RFC 1812, 4.3.2.3)."""

DESTINATION_UNREACHABLE = 3
NO_ERROR, SERVER_FAILURE, NAME_ERROR = 0, 2, 3

_END_OF_OPTIONS, _NO_OPERATION = 0, 1
_TIME_STAMP = b"\x08\x0a"
"""Kinds of TCP options; of the time stamp its length, too."""

_WRAP = 1 << 32


def back(frame: Frame) -> Toward:
    """The end that a frame came from."""
    return Toward.TERMINAL if frame.toward is Toward.CLOUD else Toward.CLOUD


def reset(flow: Flow, toward: Toward) -> Out:
    """A reset of a connection that its end `toward` believes.

    Raises ValueError while it is not known what both ends will send next."""
    ours, theirs = flow.next_of_cloud, flow.next_of_terminal
    source, destination = (flow.cloud_mac, *flow.cloud), (flow.terminal_mac, *flow.terminal)
    if toward is Toward.CLOUD:
        ours, theirs = theirs, ours
        source, destination = destination, source
    if ours is None or theirs is None:
        raise ValueError("a reset of a connection of which only one end is known would not be believed")
    return Out(_segment(source, destination, ours, theirs, RST | ACK), toward)


def answer(frame: Frame, flags: int, payload: bytes = b"", *, sequence: int | None = None) -> Out:
    """A TCP segment back to the sender of one, as from its addressee: it acknowledges what it answers.

    Its sequence number is what the sender said that it awaits, 0 if it said nothing, unless `sequence` is given."""
    if sequence is None:
        sequence = frame.acknowledged if frame.flags & ACK else 0
    length = len(frame.payload) + (frame.flags & SYN > 0) + (frame.flags & FIN > 0)
    acknowledged = (frame.sequence + length) % _WRAP
    source, destination = (frame.data[0:6], *frame.destination), (frame.data[6:12], *frame.source)
    options = [] if flags & (SYN | RST) else _stamps(frame)
    return Out(_segment(source, destination, sequence, acknowledged, flags, payload, options), back(frame))


def unreachable(frame: Frame, code: int, source: bytes) -> Out:
    """The ICMP error that a datagram could not be delivered, to its sender.

    `source`: IPv4 address (4 bytes) of who says so."""
    from scapy.layers.inet import ICMP

    end = ETHERNET + int.from_bytes(frame.data[16:18])
    quoted = frame.data[ETHERNET:end][:QUOTED]
    packet = _packet(frame.data[0:6], source, frame.data[6:12], frame.data[26:30])
    return Out(bytes(packet / ICMP(type=DESTINATION_UNREACHABLE, code=code) / quoted), back(frame))


def dns_answer(frame: Frame, question: bytes, rcode: int, address: str = "") -> Out:
    """The answer to a DNS query over UDP, as from the resolver that was asked, but without authority.

    `question`: the bytes of the one question in the query (name, type, class); `address`: given in an A record, if that
    was asked for."""
    from scapy.layers.dns import DNS, DNSQR, DNSRR
    from scapy.layers.inet import UDP

    query = frame.data[frame.transport + 8 :]
    (asker, asking), (resolver, port) = frame.source, frame.destination
    asked = DNSQR(question)
    records = [DNSRR(rrname=asked.qname, type="A", ttl=0, rdata=address)] if address and asked.qtype == 1 else []
    told = DNS(id=int.from_bytes(query[:2]), qr=1, rd=query[2] & 1, ra=1, rcode=rcode, qd=[asked], an=records)
    packet = _packet(frame.data[0:6], resolver, frame.data[6:12], asker)
    return Out(bytes(packet / UDP(sport=port, dport=asking) / told), back(frame))


def _segment(
    source: tuple[bytes, bytes, int],
    destination: tuple[bytes, bytes, int],
    sequence: int,
    acknowledged: int,
    flags: int,
    payload: bytes = b"",
    options: list[tuple[str, object]] | None = None,
) -> bytes:
    """A TCP segment between two ends, each with its MAC, address and port."""
    from scapy.layers.inet import TCP

    (mac, ip, port), (to_mac, to_ip, to_port) = source, destination
    window = 0 if flags & RST else 0xFFFF
    header = TCP(
        sport=port, dport=to_port, seq=sequence, ack=acknowledged, flags=flags, window=window, options=options or []
    )
    return bytes(_packet(mac, ip, to_mac, to_ip) / header / payload)


def _packet(mac: bytes, ip: bytes, to_mac: bytes, to_ip: bytes) -> Ether:
    from scapy.layers.inet import IP
    from scapy.layers.l2 import Ether

    return Ether(src=mac.hex(":"), dst=to_mac.hex(":")) / IP(
        src=".".join(map(str, ip)), dst=".".join(map(str, to_ip)), ttl=TTL, id=0, flags="DF"
    )


def _stamps(frame: Frame) -> list[tuple[str, object]]:
    """The time stamp option that fits an answer to this segment, none if the connection has none: a stack may drop what
    lacks it (RFC 7323). What the sender echoes is the last stamp that it took from its peer."""
    options = frame.data[frame.transport + 20 : frame.payload_at]
    while len(options) > 1 and options[0] != _END_OF_OPTIONS:
        length = 1 if options[0] == _NO_OPERATION else max(2, options[1])
        option, options = options[:length], options[length:]
        if option[:2] == _TIME_STAMP and len(option) == option[1]:
            theirs, ours = int.from_bytes(option[2:6]), int.from_bytes(option[6:10])
            return [("NOP", None), ("NOP", None), ("Timestamp", (ours, theirs))]
    return []
