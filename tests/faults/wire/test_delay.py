"""Delay: late, and in order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.wire.delay import Delay
from harness.transports.host import HarnessError
from tests.faults.wire.segments import CLOUD, TERMINAL, carry, chatter, proves_itself, rule_of, saw, segment


def test_each_frame_leaves_later_by_as_much():
    rule = rule_of(Delay(0.5))
    for now in (10.0, 10.2, 99.0):
        (out,) = rule.frame(segment(), now)
        assert out.data == segment().data
        assert out.after == pytest.approx(0.5)


def test_document_seconds_are_shorter_on_a_faster_clock():
    (out,) = rule_of(Delay(0.5), scale=10).frame(segment(), 3.0)
    assert out.after == pytest.approx(0.05)


def test_the_other_end_is_not_kept_waiting():
    rule = rule_of(Delay(0.5, toward=(TERMINAL,)))
    assert rule.frame(segment(toward=CLOUD), 1.0) is None
    assert not rule.bites


@given(
    gaps=st.lists(st.floats(0, 0.5), min_size=2, max_size=30),
    jitter=st.floats(0, 0.3),
    scale=st.sampled_from([1.0, 10.0, 120.0]),
    seed=st.integers(),
)
def test_no_frame_overtakes_another(gaps, jitter, scale, seed):
    rule = rule_of(Delay(0.3, jitter), seed=seed, scale=scale)
    now, departures = 1e6, []
    for gap in gaps:
        now += gap / scale
        (out,) = rule.frame(segment(), now)
        assert out.after * scale >= 0.3 - jitter - 1e-6
        assert out.after * scale <= 0.3 + jitter + 1e-6 * scale * len(gaps)
        departures.append(now + out.after)
    assert all(one < next for one, next in pairwise(departures))


def test_jitter_is_drawn_from_its_seed():
    def delays(seed):
        rule = rule_of(Delay(0.3, 0.1), seed=seed)
        return [rule.frame(segment(), float(now))[0].after for now in range(20)]

    assert delays(1) == delays(1) != delays(2)
    assert max(delays(1)) - min(delays(1)) > 0.1


@pytest.mark.parametrize(("seconds", "jitter"), [(0, 0), (-1, 0), (0.1, 0.2), (0.1, -0.1)])
def test_what_is_no_delay_is_refused(seconds, jitter):
    with pytest.raises(HarnessError, match="is no delay"):
        Delay(seconds, jitter)


def test_proves_itself():
    assert proves_itself(Delay(0.5), chatter(10)) == 10
    assert proves_itself(Delay(0.5, 0.1, toward=(CLOUD,)), chatter(10)) == 10


def test_a_shorter_delay_is_not_its_sign():
    assert Delay(0.5).signs(saw(carry(rule_of(Delay(0.2)), chatter(10)))).count == 0
    assert Delay(0.5).signs(saw(carry(rule_of(Delay(0.3)), chatter(10)))).count == 10


def test_a_delay_toward_the_other_end_is_not_its_sign():
    captured = carry(rule_of(Delay(0.5)), chatter(3, toward=TERMINAL))
    assert Delay(0.5, toward=(CLOUD,)).signs(saw(captured)).count == 0
