"""A forged reset carries exactly the number that its victim awaits, and only the victim learns of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from tests.faults.wire.frames import ADDRESS, CLOUD, MAC, TERMINAL, Line, Wire, proves_itself

KINDS = [(ResetToTerminal(), (TERMINAL,)), (ResetToCloud(), (CLOUD,)), (ResetToBoth(), (TERMINAL, CLOUD))]


def talking(port: int = 40_000) -> Line:
    line = Line(port)
    line.opening()
    line.talk()
    return line


@pytest.mark.parametrize(("fault", "to"), KINDS)
def test_each_victim_gets_the_number_that_it_awaits(fault, to):
    line = talking()
    wire = Wire(fault, line.flow)
    assert [reset.dst for reset in wire.began] == [MAC[end] for end in to]
    for reset, end in zip(wire.began, to, strict=True):
        peer = CLOUD if end is TERMINAL else TERMINAL
        assert (reset.src, reset[IP].src, reset[IP].dst) == (MAC[peer], ADDRESS[peer], ADDRESS[end])
        assert (reset[TCP].sport, reset[TCP].dport) == (line.port[peer], line.port[end])
        assert (reset[TCP].seq, reset[TCP].ack) == (line.next[peer], line.next[end])
        assert reset[TCP].flags == "RA"


def test_every_line_is_reset_and_each_is_a_bite():
    lines = [talking(40_001), talking(40_002)]
    wire = Wire(ResetToBoth(), *(line.flow for line in lines))
    assert [reset[TCP].dport for reset in wire.began] == [40_001, 2010, 40_002, 2010]
    wire.end()
    assert wire.bites == 2


def test_what_has_ended_or_was_only_dialled_is_left_alone():
    ended = replace(talking().flow, ended=True)
    dialled = replace(talking().flow, next_of_cloud=None)
    wire = Wire(ResetToBoth(), ended, dialled)
    assert wire.began == []
    assert len(wire.carry(*Line().opening())) == 3


@pytest.mark.parametrize(("fault", "to"), KINDS)
def test_nothing_more_of_the_line_is_carried(fault, to):
    line = talking()
    wire = Wire(fault, line.flow)
    untold = [end for end in (TERMINAL, CLOUD) if end not in to]
    assert wire.carry(*(line.says(end, b"?") for end in untold)) == []
    assert wire.carry(line.segment(TERMINAL, "RA"), line.segment(CLOUD, "R")) == []


def test_a_victim_that_still_speaks_is_told_again_with_the_number_it_names():
    line = talking()
    wire = Wire(ResetToTerminal(), line.flow)
    line.next[CLOUD] -= 100  # what the terminal really awaits: a segment was lost behind the wire
    (reset,) = wire.carry(line.says(TERMINAL, b"x" * 10))
    assert reset.dst == MAC[TERMINAL]
    assert (reset[TCP].seq, reset[TCP].ack) == (line.next[CLOUD], line.next[TERMINAL])


def test_new_lines_live_even_one_in_the_old_ones_name():
    line = talking()
    wire = Wire(ResetToBoth(), line.flow)
    assert len(wire.carry(*Line(40_001).opening())) == 3
    again = [*line.opening(), *line.talk()]
    assert list(map(bytes, wire.carry(*again))) == [frame.data for frame in again]


@pytest.mark.parametrize(("fault", "to"), KINDS)
def test_its_signs(fault, to):
    line = talking()
    assert proves_itself(fault, [*Line(40_001).opening(), *Line(40_001).talk()], line.flow) == len(to)


def test_both_are_to_be_told():
    line = talking()
    wire = Wire(ResetToTerminal(), line.flow)
    wire.end()
    during, _ = wire.saw()
    assert ResetToTerminal().signs(during).count == 1
    assert ResetToBoth().signs(during) == NO_SIGN


def test_a_reset_of_an_ends_own_is_no_sign():
    line = talking()
    wire = Wire(None)
    wire.carry(line.segment(CLOUD, "RA"), line.segment(TERMINAL, "R"))
    wire.end()
    during, _ = wire.saw()
    assert len(during.passed) == 2
    assert ResetToBoth().signs(during) == NO_SIGN
