"""Throttle: no more than so many bytes a second, and a queue with an end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.sightings import Seen
from harness.faults.wire.frame import Frame
from harness.faults.wire.throttle import Throttle
from harness.transports.host import HarnessError
from tests.faults.wire.segments import CLOUD, LEAST, TERMINAL, carry, chatter, proves_itself, rule_of, saw


def raw(size: int, toward=CLOUD) -> Frame:
    return Frame(bytes(size), toward)


def test_a_frame_takes_as_long_as_its_bytes_need_and_waits_for_those_before_it():
    rule = rule_of(Throttle(1000))
    assert [rule.frame(raw(100), 5.0)[0].after for _ in range(3)] == pytest.approx([0.1, 0.2, 0.3])
    assert rule.frame(raw(100), 5.25)[0].after == pytest.approx(0.15)
    assert rule.frame(raw(100), 9.0)[0].after == pytest.approx(0.1)


def test_the_rate_is_one_of_document_seconds():
    assert rule_of(Throttle(1000), scale=10).frame(raw(100), 5.0)[0].after == pytest.approx(0.01)


def test_each_direction_has_its_own_queue():
    rule = rule_of(Throttle(1000))
    assert rule.frame(raw(100, CLOUD), 5.0)[0].after == pytest.approx(0.1)
    assert rule.frame(raw(100, TERMINAL), 5.0)[0].after == pytest.approx(0.1)
    assert rule_of(Throttle(1000, toward=(CLOUD,))).frame(raw(100, TERMINAL), 5.0) is None


def test_what_finds_the_queue_full_is_lost_and_makes_nobody_wait():
    rule = rule_of(Throttle(1000, queue=250))
    fates = [rule.frame(raw(100), 5.0) for _ in range(4)]
    assert [outs == () for outs in fates] == [False, False, True, True]
    assert rule.bites[-1] == "100 bytes toward the cloud, lost behind 200 bytes"
    assert rule.frame(raw(100), 5.1)[0].after == pytest.approx(0.2)


def test_a_frame_longer_than_the_queue_passes_an_idle_line():
    rule = rule_of(Throttle(1000, queue=50))
    assert rule.frame(raw(100), 5.0) != ()
    assert rule.frame(raw(100), 5.0) == ()


@given(st.lists(st.tuples(st.floats(0, 0.5), st.integers(60, 1514)), min_size=2, max_size=40), st.integers(100, 50_000))
def test_never_more_than_the_rate(frames, rate):
    rule = rule_of(Throttle(rate, queue=1 << 30))
    now, departures = 100.0, []
    for gap, size in frames:
        now += gap
        departures.append((now + rule.frame(raw(size), now)[0].after, size))
    for (before, _), (after, size) in pairwise(departures):
        assert after - before >= size / rate - 1e-6


@pytest.mark.parametrize("fault", [{"rate": 0}, {"rate": -1}, {"rate": 1, "queue": 0}])
def test_a_line_that_lets_nothing_pass_is_none(fault):
    with pytest.raises(HarnessError, match="let nothing pass"):
        Throttle(**fault)


# ---- The witness -----------------------------------------------------------------------------------------------------


def test_proves_itself():
    frames = chatter(20)
    assert proves_itself(Throttle(2000), frames) == 20
    assert proves_itself(Throttle(1000, queue=500), frames) < 20


def test_a_faster_line_is_not_its_sign():
    burst = chatter(20)
    for faster, count in ((2050, 20), (2300, 0)):
        captured = carry(rule_of(Throttle(faster)), burst, every=0.001)
        assert Throttle(2000).signs(saw(captured, 0.0, 4.0)).count == count


def test_a_slower_line_or_a_late_harness_makes_it_no_worse():
    captured = carry(rule_of(Throttle(500)), chatter(20), every=0.001)
    assert Throttle(2000).signs(saw(captured, 0.0, 10.0)).count == 20


def test_one_stall_is_no_throttle():
    captured = carry(None, chatter(20))
    stalled = [
        Seen(seen.at + 0.3 * (seen.leaving and seen.at < 0.05), seen.side, seen.leaving, seen.data) for seen in captured
    ]
    assert Throttle(2000).signs(saw(stalled, 0.0, 2.0)).count == 0


def test_the_queue_that_its_end_lets_go_is_no_haste():
    captured = carry(rule_of(Throttle(2000)), chatter(20), every=0.001)
    cut = [
        Seen(min(seen.at, 1.0 - LEAST) if seen.leaving else seen.at, seen.side, seen.leaving, seen.data)
        for seen in captured
    ]
    assert Throttle(2000).signs(saw(cut, 0.0, 1.0)).count >= 10
    assert Throttle(2000).signs(saw(cut, 0.0, 2.0)).count == 0


def test_what_passed_just_before_its_beginning_is_no_haste():
    first, *others = chatter(20)
    captured = carry(None, [first]) + carry(rule_of(Throttle(2000)), others, every=0.001, since=LEAST)
    assert Throttle(2000).signs(saw(captured, 0.0, 4.0)).count == 19
