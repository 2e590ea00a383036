"""Who dials hears nothing, at the endpoints named and nowhere else."""

from __future__ import annotations

import pytest

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.refused import Refused
from harness.faults.wire.unanswered import Unanswered
from tests.faults.wire.frames import Line, Wire, proves_itself

SECONDARY = ("198.51.100.11", 2010)


def test_every_try_is_lost():
    syn, *_ = Line().opening()
    wire = Wire(Unanswered())
    assert wire.carry(syn, syn, syn) == []
    wire.end()
    assert wire.bites == 3


@pytest.mark.parametrize("endpoints", [[SECONDARY], [list(SECONDARY)]])
def test_only_those_named_are_silent(endpoints):
    wire = Wire(Unanswered(endpoints))
    primary = Line().opening()
    assert list(map(bytes, wire.carry(*primary))) == [frame.data for frame in primary]
    assert wire.carry(Line(40_001, SECONDARY).opening()[0]) == []


def test_lines_that_are_up_stay_up():
    line = Line()
    _, *rest = [*line.opening(), *line.talk(), *line.goodbye()]
    assert list(map(bytes, Wire(Unanswered()).carry(*rest))) == [frame.data for frame in rest]


def test_its_signs():
    line = Line()
    assert proves_itself(Unanswered(), [*line.opening(), *line.talk()]) == 1
    assert proves_itself(Unanswered((line.cloud,)), Line().opening()) == 1


def test_another_harm_leaves_no_signs_of_it():
    wire = Wire(Refused((SECONDARY,)))
    wire.carry(Line(40_001, SECONDARY).opening()[0])
    wire.end()
    during, _ = wire.saw()
    assert during.lost
    assert Unanswered((Line().cloud,)).signs(during) == NO_SIGN
