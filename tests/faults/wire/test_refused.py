"""Who dials is refused at once, at the endpoints named and nowhere else."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.refused import Refused
from harness.faults.wire.reset import ResetToTerminal
from tests.faults.wire.frames import ADDRESS, MAC, TERMINAL, Line, Wire, proves_itself

SECONDARY = ("198.51.100.11", 2010)


def test_the_reset_answers_the_syn():
    line = Line()
    syn, *_ = line.opening()
    (reset,) = Wire(Refused()).carry(syn)
    assert (reset.src, reset.dst) == (syn.data[0:6].hex(":"), MAC[TERMINAL])
    assert (reset[IP].src, reset[IP].dst) == (line.cloud[0], ADDRESS[TERMINAL])
    assert (reset[TCP].sport, reset[TCP].dport) == (2010, 40_000)
    assert (reset[TCP].flags, reset[TCP].seq, reset[TCP].ack) == ("RA", 0, syn.sequence + 1)


def test_every_try_is_refused():
    syn, *_ = Line().opening()
    wire = Wire(Refused())
    assert len(wire.carry(syn, syn, syn)) == 3
    wire.end()
    assert wire.bites == 3


@pytest.mark.parametrize("endpoints", [[SECONDARY], [list(SECONDARY)]])
def test_only_those_named_refuse(endpoints):
    wire = Wire(Refused(endpoints))
    primary = Line().opening()
    assert list(map(bytes, wire.carry(*primary))) == [frame.data for frame in primary]
    (reset,) = wire.carry(Line(40_001, SECONDARY).opening()[0])
    assert reset[IP].src == SECONDARY[0]
    assert wire.carry(Line(40_001, (SECONDARY[0], 2011)).opening()[0])[0][TCP].flags == "S"


def test_lines_that_are_up_stay_up():
    line = Line()
    _, *rest = [*line.opening(), *line.talk(), *line.goodbye()]
    assert list(map(bytes, Wire(Refused()).carry(*rest))) == [frame.data for frame in rest]


def test_its_signs():
    line = Line()
    assert proves_itself(Refused(), [*line.opening(), *line.talk()]) == 1
    assert proves_itself(Refused((line.cloud,)), Line().opening()) == 1


def test_another_harm_leaves_no_signs_of_it():
    line = Line()
    line.opening()
    for fault, frames in ((ResetToTerminal(), []), (Refused((SECONDARY,)), [Line(40_001, SECONDARY).opening()[0]])):
        wire = Wire(fault, line.flow)
        wire.carry(*frames)
        wire.end()
        during, _ = wire.saw()
        assert during.forged
        assert Refused((line.cloud,)).signs(during) == NO_SIGN
