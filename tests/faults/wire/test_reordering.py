"""Reordering: held back, and overtaken if something follows."""

from __future__ import annotations

import pytest

from harness.faults.wire.delay import Delay
from harness.faults.wire.reordering import Reordering
from harness.transports.host import HarnessError
from tests.faults.wire.segments import CLOUD, TERMINAL, carry, chatter, proves_itself, rule_of, saw, segment


def test_is_held_back_by_document_seconds():
    (out,) = rule_of(Reordering(1.0, by=0.5), scale=10).frame(segment(), 1.0)
    assert (out.data, out.toward) == (segment().data, CLOUD)
    assert out.after == pytest.approx(0.05)


def test_the_others_pass():
    rule = rule_of(Reordering(0.3, by=0.5))
    passed = sum(rule.frame(frame, 0.0) is None for frame in chatter(100))
    assert 50 <= passed <= 90
    assert len(rule.bites) == 100 - passed


def test_toward_the_end_it_is_told():
    assert rule_of(Reordering(1.0, 0.5, toward=(TERMINAL,))).frame(segment(toward=CLOUD), 0.0) is None


@pytest.mark.parametrize(("share", "by"), [(0, 0.5), (0.5, 0), (0.5, -1)])
def test_what_reorders_nothing_is_refused(share, by):
    with pytest.raises(HarnessError, match="reordering: "):
        Reordering(share, by)


def test_proves_itself():
    assert proves_itself(Reordering(0.3, by=0.25), chatter(40)) > 0


def test_what_is_late_but_not_overtaken_is_no_sign():
    captured = carry(rule_of(Reordering(1.0, by=0.25)), chatter(10))
    assert Reordering(0.3, by=0.25).signs(saw(captured)).count == 0
    captured = carry(rule_of(Delay(0.5, 0.3)), chatter(50))
    assert Reordering(0.3, by=0.25).signs(saw(captured)).count == 0


def test_frames_toward_different_ends_do_not_overtake_each_other():
    frames = [frame for pair in zip(chatter(9), chatter(9, toward=TERMINAL), strict=True) for frame in pair]
    captured = carry(rule_of(Delay(0.5, toward=(CLOUD,))), frames)
    assert Reordering(0.3, by=0.25).signs(saw(captured)).count == 0


def test_counts_each_frame_that_was_overtaken():
    held, *others = chatter(5)
    rule = rule_of(Reordering(1.0, by=0.35))
    captured = sorted(carry(rule, [held]) + carry(None, others, since=0.1), key=lambda seen: seen.at)
    sign = Reordering(0.3, by=0.25).signs(saw(captured))
    assert (sign.count, sign.what) == (1, f"{len(held.data)} bytes toward the cloud were overtaken")
