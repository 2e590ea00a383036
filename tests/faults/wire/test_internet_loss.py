"""Without the internet the gateway is still there; told or not, the terminal gets nowhere beyond it."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether

from harness.faults.wire.frame import Frame
from harness.faults.wire.internet_loss import InternetLoss
from tests.faults.wire.frames import (
    ADDRESS,
    CLOUD,
    GATEWAY,
    MAC,
    TERMINAL,
    Line,
    Wire,
    arp,
    framed,
    packet,
    ping,
    proves_itself,
    query,
)

PONG = framed(packet(TERMINAL, GATEWAY) / ICMP(type=0) / b"ping", TERMINAL)
DHCP = framed(IP(src="192.0.2.10", dst="255.255.255.255") / UDP(sport=68, dport=67), CLOUD, to="ff:ff:ff:ff:ff:ff")
IPV6 = Frame(bytes(Ether(src=MAC[TERMINAL], dst=MAC[CLOUD], type=0x86DD)) + bytes(40), CLOUD)


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("frame", [arp(), ping(), PONG, DHCP, query()], ids=["arp", "ping", "pong", "dhcp", "dns"])
def test_what_is_local_passes(told, frame):
    assert list(map(bytes, Wire(InternetLoss(told=told)).carry(frame))) == [frame.data]


def test_beyond_the_gateway_is_silence():
    assert Wire(InternetLoss()).carry(*Line().opening(), *Line().talk(), ping(ADDRESS[CLOUD]), IPV6) == []


def test_the_gateway_says_so():
    frames = Line().talk()
    told = Wire(InternetLoss(told=True)).carry(*frames)
    assert len(told) == 2
    for error, frame in zip(told, [frame for frame in frames if frame.toward is CLOUD], strict=True):
        assert (error.src, error.dst) == (MAC[CLOUD], MAC[TERMINAL])
        assert (error[IP].src, error[IP].dst) == (GATEWAY, ADDRESS[TERMINAL])
        assert (error[ICMP].type, error[ICMP].code) == (3, 0)
        assert bytes(error[ICMP].payload) == frame.data[14:]


def test_a_ping_into_the_internet_is_answered_with_the_error():
    (error,) = Wire(InternetLoss(told=True)).carry(ping(ADDRESS[CLOUD]))
    assert (error[ICMP].type, error[ICMP].code) == (3, 0)


def test_a_long_datagram_is_quoted_as_far_as_an_error_may():
    (error,) = Wire(InternetLoss(told=True)).carry(Line().says(TERMINAL, bytes(1400)))
    assert error[IP].len == 576


@pytest.mark.parametrize(
    "frame",
    [
        framed(packet(CLOUD) / ICMP(type=3, code=3) / bytes(28), CLOUD),
        framed(packet(CLOUD) / ICMP(type=0), CLOUD),
        framed(IP(src=ADDRESS[TERMINAL], dst=ADDRESS[CLOUD], frag=100, proto=17) / bytes(64), CLOUD),
        IPV6,
    ],
    ids=["an error", "an echo reply", "a later fragment", "IPv6"],
)
def test_what_no_router_answers_is_lost_without_a_word(frame):
    assert Wire(InternetLoss(told=True)).carry(frame) == []


def test_the_gateway_may_be_another():
    wire = Wire(InternetLoss(gateway="192.0.2.254"))
    assert wire.carry(ping()) == []
    assert len(wire.carry(ping("192.0.2.254"))) == 1


def test_its_signs():
    assert proves_itself(InternetLoss(), [*Line().talk(), arp(), ping()]) == 4
    assert proves_itself(InternetLoss(told=True), [*Line().talk(), arp(), ping()]) == 2
