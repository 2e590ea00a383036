"""MTU black hole: short packets pass, long ones never."""

from __future__ import annotations

import pytest

from harness.faults.wire.frame import ETHERNET, Frame
from harness.faults.wire.mtu_black_hole import MtuBlackHole
from harness.transports.host import HarnessError
from tests.faults.wire.segments import CLOUD, TERMINAL, arp, carry, chatter, datagram, proves_itself, rule_of, saw

HEADERS = 20 + 32
"""Bytes of the IP and the TCP header of a segment here."""


@pytest.mark.parametrize(("size", "passes"), [(99, True), (100, True), (101, False), (1400, False)])
@pytest.mark.parametrize("toward", [TERMINAL, CLOUD])
def test_packets_are_lost_by_their_length(size, passes, toward):
    (frame,) = chatter(1, size - HEADERS, toward)
    assert len(frame.data) == size + ETHERNET
    rule = rule_of(MtuBlackHole(100))
    assert rule.frame(frame, 0.0) == (None if passes else ())
    assert rule.bites == ([] if passes else [f"a packet of {size} bytes toward the {toward}"])


def test_the_padding_of_a_frame_makes_its_packet_no_longer():
    (frame,) = chatter(1, 100 - HEADERS)
    assert rule_of(MtuBlackHole(100)).frame(Frame(frame.data + b"\0" * 50, CLOUD), 0.0) is None


def test_datagrams_too_but_nothing_else_than_ipv4():
    rule = rule_of(MtuBlackHole(100))
    assert rule.frame(datagram(bytes(200)), 0.0) == ()
    assert rule.frame(Frame(arp().data + bytes(200), CLOUD), 0.0) is None


def test_toward_the_end_it_is_told():
    rule = rule_of(MtuBlackHole(100, toward=(TERMINAL,)))
    assert rule.frame(chatter(1, 500)[0], 0.0) is None


def test_a_size_that_every_line_must_carry_is_refused():
    with pytest.raises(HarnessError, match="every line carries packets of 68 bytes, not only 67"):
        MtuBlackHole(67)


def test_proves_itself():
    frames = [*chatter(5, 10), *chatter(3, 500)]
    assert proves_itself(MtuBlackHole(100), frames) == 3


def test_a_lost_packet_that_was_short_is_not_its_sign():
    captured = carry(rule_of(MtuBlackHole(100)), chatter(5, 500))
    assert MtuBlackHole(100).signs(saw(captured)).count == 5
    assert MtuBlackHole(1000).signs(saw(captured)).count == 0
    assert MtuBlackHole(100, toward=(TERMINAL,)).signs(saw(captured)).count == 0
