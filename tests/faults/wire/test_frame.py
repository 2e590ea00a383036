"""A Frame reads at offsets what scapy reads by dissecting, and claims nothing about what it cannot read."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP, IPOption_Router_Alert
from scapy.layers.l2 import Ether

from harness.faults.wire.frame import ACK, FIN, PSH, Frame
from tests.faults.wire.frames import CLOUD, TERMINAL, Line, arp, framed, packed, ping, query

IPS = {"src": "192.0.2.10", "dst": "198.51.100.10"}


@pytest.mark.parametrize("options", [[], [IPOption_Router_Alert()]], ids=["plain", "with IP options"])
@pytest.mark.parametrize("stamped", [[], [("Timestamp", (1, 2))]], ids=["", "with TCP options"])
@pytest.mark.parametrize("payload", [b"", b"x", b"y" * 1400])
def test_a_segment(options, stamped, payload):
    tcp = TCP(sport=40_000, dport=2010, seq=1 << 31, ack=0xFFFF_FFFF, flags="FPA", options=stamped)
    frame = framed(IP(**IPS, options=options) / tcp / payload, CLOUD)
    assert frame.is_tcp
    assert frame.source == (packed(IPS["src"]), 40_000)
    assert frame.destination == (packed(IPS["dst"]), 2010)
    assert frame.way == packed(IPS["src"]) + packed(IPS["dst"]) + bytes.fromhex("9c40 07da")
    assert frame.way_back == packed(IPS["dst"]) + packed(IPS["src"]) + bytes.fromhex("07da 9c40")
    assert (frame.sequence, frame.acknowledged, frame.flags) == (1 << 31, 0xFFFF_FFFF, FIN | PSH | ACK)
    assert frame.payload == payload


def test_the_padding_of_a_short_frame_is_no_payload():
    frame = Line(stamps=False).hears(TERMINAL)
    assert Frame(frame.data.ljust(60, b"\0"), CLOUD).payload == b""


def test_a_connection_has_two_ways():
    line = Line()
    there, back = line.says(TERMINAL, b"?"), line.says(CLOUD, b"!")
    assert (there.way, there.way_back) == (back.way_back, back.way)


@pytest.mark.parametrize(
    ("frame", "protocol"),
    [
        (arp(), 0),
        (ping(), 1),
        (query(), 17),
        (framed(IP(**IPS, frag=1, proto=6) / bytes(40), CLOUD), 6),
        (framed(IP(**IPS, frag=0x100, proto=6) / bytes(40), CLOUD), 6),
        (Frame(framed(IP(**IPS) / TCP(), CLOUD).data[:50], CLOUD), 6),
        (Frame(bytes(Ether(type=0x86DD)) + bytes(60), CLOUD), 0),
        (Frame(b"", CLOUD), 0),
    ],
    ids=["ARP", "ping", "DNS", "a later fragment", "a fragment far behind", "a stump of TCP", "IPv6", "nothing"],
)
def test_what_is_no_segment(frame, protocol):
    assert frame.protocol == protocol
    assert not frame.is_tcp


def test_only_what_has_ports_or_a_type_has_a_transport():
    assert [frame.transport for frame in (ping(), query(), arp())] == [34, 34, 0]
