"""The worst verdict counts, and none at all is NONE."""

from __future__ import annotations

import pytest

from harness.evidence.verdict import Verdict, overall


def test_the_order_is_from_nothing_judged_to_nothing_can_be_said():
    assert list(Verdict) == [Verdict.NONE, Verdict.PASS, Verdict.INCONC, Verdict.FAIL, Verdict.ERROR]
    assert sorted(Verdict) == list(Verdict)


@pytest.mark.parametrize("one", Verdict)
@pytest.mark.parametrize("other", Verdict)
def test_of_two_the_worse_one_counts(one, other):
    better, worse = sorted((one, other))
    assert overall([one, other]) is worse
    assert overall(iter([better, worse, better])) is worse


def test_nothing_is_none():
    assert overall([]) is Verdict.NONE
