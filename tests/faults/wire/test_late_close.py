"""The end of a line comes late, and nothing else does."""

from __future__ import annotations

import pytest

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.late_close import LateClose
from harness.transports.host import HarnessError
from tests.faults.wire.frames import CLOUD, TERMINAL, Line, Wire, arp, proves_itself, query


@pytest.mark.parametrize("flags", ["FA", "R", "RA", "FPA"])
@pytest.mark.parametrize("by", [TERMINAL, CLOUD])
def test_it_is_delivered_late_and_unchanged(flags, by):
    frame = Line().segment(by, flags, b"bye" if "P" in flags else b"")
    (out,) = Wire(LateClose(5.0), scale=10).rule.frame(frame, 1.0)
    assert (out.data, out.toward, out.after) == (frame.data, frame.toward, 0.5)


def test_all_else_is_in_time():
    line = Line()
    for frame in [*line.opening(), *line.talk(), arp(), query()]:
        assert Wire(LateClose(5.0)).rule.frame(frame, 1.0) is None


@pytest.mark.parametrize(("toward", "late"), [((TERMINAL,), 1), ((CLOUD,), 1), (["cloud"], 1), ((TERMINAL, CLOUD), 2)])
def test_it_may_be_late_for_one_end_only(toward, late):
    wire = Wire(LateClose(5.0, toward))
    wire.carry(*Line().goodbye())
    assert len(wire.rule.bites) == late


@pytest.mark.parametrize("after", [0, -1.0, float("nan")])
def test_a_time_that_is_none_is_refused(after):
    with pytest.raises(HarnessError, match="is not late"):
        LateClose(after)


def test_its_signs():
    assert proves_itself(LateClose(5.0), Line().goodbye()) == 2
    assert proves_itself(LateClose(5.0, (CLOUD,)), Line().goodbye()) == 1


def test_a_close_that_is_late_by_less_is_no_sign():
    wire = Wire(LateClose(1.0))
    wire.carry(*Line().goodbye())
    wire.end()
    during, _ = wire.saw()
    assert LateClose(1.0).signs(during).count == 2
    assert LateClose(10.0).signs(during) == NO_SIGN
