"""The resolver that the wire plays: addresses for the names of our listeners, so that a DUT can be given host names."""

from __future__ import annotations

from collections.abc import Mapping

from harness.faults.wire.frame import Frame

TTL = 0
"""Seconds that an answer may be kept: none, since the next question may have to go unanswered."""

IN, A, AAAA, ANY = 1, 1, 28, 255
NO_ERROR, NAME_ERROR = 0, 3


class Names:
    """Answers questions about `names` (name to IPv4 address); with `all`, any other name is answered NXDOMAIN.

    Only an A record is there to be had: a known name asked for another type is answered without a record."""

    def __init__(self, names: Mapping[str, str], *, all: bool = False) -> None:
        self._names = {_plain(name): address for name, address in names.items()}
        self._all = all

    def answer(self, frame: Frame) -> bytes | None:
        """The answer to the frame if it is a question for us, from the Ethernet header on; else None."""
        from scapy.layers.dns import DNS, DNSRR
        from scapy.layers.inet import IP, UDP
        from scapy.layers.l2 import Ether

        try:
            asked = Ether(frame.data)
            query = DNS(bytes(asked[UDP].payload))
            question = query.qd[0]
            name = _plain(question.qname.decode("ascii"))
        except Exception:  # noqa: BLE001 — whatever it is that scapy or we stumble over, it is no question
            return None
        if query.qr or query.opcode or query.qdcount != 1 or question.qclass not in (IN, ANY):
            return None
        address = self._names.get(name)
        if address is None and not self._all:
            return None
        answer = DNS(
            id=query.id,
            qr=1,
            aa=1,
            rd=query.rd,
            ra=1,
            rcode=NO_ERROR if address else NAME_ERROR,
            qd=[question],
            an=[DNSRR(rrname=question.qname, type="A", ttl=TTL, rdata=address)]
            if address and question.qtype in (A, ANY)
            else [],
        )
        ethernet, ip, udp = asked[Ether], asked[IP], asked[UDP]
        return bytes(
            Ether(src=ethernet.dst, dst=ethernet.src)
            / IP(src=ip.dst, dst=ip.src)
            / UDP(sport=udp.dport, dport=udp.sport)
            / answer
        )


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
