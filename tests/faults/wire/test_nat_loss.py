"""A router that has forgotten its lines carries new ones, and none of the old."""

from __future__ import annotations

import pytest
from scapy.layers.inet import TCP

from harness.faults.wire.nat_loss import NatLoss
from tests.faults.wire.frames import CLOUD, MAC, TERMINAL, Line, Wire, arp, ping, proves_itself, query


def test_old_lines_are_lost_both_ways():
    line = Line()
    line.opening()
    assert Wire(NatLoss()).carry(*line.talk(), *line.goodbye()) == []


def test_new_lines_and_all_that_is_no_line_pass():
    line = Line(40_001)
    frames = [arp(), ping(), query(), *line.opening(), *line.talk(), *line.goodbye()]
    wire = Wire(NatLoss(telling=True))
    assert list(map(bytes, wire.carry(*frames))) == [frame.data for frame in frames]
    assert wire.rule.bites == []


def test_a_dial_that_was_under_way_must_be_made_again():
    syn, answer, *_ = Line().opening()
    wire = Wire(NatLoss())
    assert wire.carry(answer) == []
    assert len(wire.carry(syn, answer)) == 2


def test_an_old_name_may_be_used_again():
    line = Line()
    line.opening()
    wire = Wire(NatLoss())
    assert wire.carry(*line.talk()) == []
    assert len(wire.carry(*line.opening(), *line.talk())) == 7


@pytest.mark.parametrize("by", [TERMINAL, CLOUD])
def test_who_sends_is_told(by):
    line = Line()
    line.opening()
    (reset,) = Wire(NatLoss(telling=True)).carry(line.says(by, b"anybody?"))
    peer = CLOUD if by is TERMINAL else TERMINAL
    assert (reset.src, reset.dst) == (MAC[peer], MAC[by])
    assert (reset[TCP].sport, reset[TCP].dport) == (line.port[peer], line.port[by])
    assert (reset[TCP].seq, reset[TCP].ack, reset[TCP].flags) == (line.next[peer], line.next[by], "RA")


def test_a_reset_is_not_answered():
    line = Line()
    line.opening()
    assert Wire(NatLoss(telling=True)).carry(line.segment(TERMINAL, "RA"), line.segment(CLOUD, "R")) == []


@pytest.mark.parametrize("telling", [False, True])
def test_its_signs(telling):
    line = Line()
    line.opening()
    assert proves_itself(NatLoss(telling), [*line.talk(), *Line(40_001).opening()]) == 4
