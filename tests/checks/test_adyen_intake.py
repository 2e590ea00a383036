"""How it is judged what a webhook does with whatever comes, a few lines a trace."""

from __future__ import annotations

import pytest

from harness.checks import adyen_intake as checks
from harness.evidence.verdict import Verdict
from harness.wire.adyen import Acknowledged
from tests.checks.adyen_traces import event, posted, sent, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
DOWN, UP = event("Shutdown"), event("Initialised")
LATE = posted(1.0, 2, UP), (13.0, "adyen", 2, Acknowledged(2, 1, 200, "", "", 12.0))


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*sent(1.0, 1, DOWN), *sent(1.0, 2, UP)), PASS),
        ((*sent(1.0, 1, DOWN), *sent(1.0, 2, UP, 503)), FAIL),
        ((*sent(1.0, 1, DOWN), *sent(1.0, 2, UP, 0)), FAIL),
        ((*sent(1.0, 1, DOWN), *LATE), FAIL),
        (sent(1.0, 1, DOWN), INCONC),
        ((*sent(1.0, 1, DOWN), posted(1.0, 2, UP)), INCONC),
    ],
)
def test_all_are_acknowledged(entries, verdict):
    assert checks.acknowledged_at_once(trace(*entries), ids=[1, 2], within=10.0).verdict is verdict


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*sent(1.0, 1, None, 400), *sent(2.0, 2, UP)), PASS),
        ((*sent(1.0, 1, None, 200), *sent(2.0, 2, UP)), PASS),
        ((*sent(1.0, 1, None, 500), *sent(2.0, 2, UP)), FAIL),
        ((*sent(1.0, 1, None, 302), *sent(2.0, 2, UP)), FAIL),
        ((*sent(1.0, 1, None, 0), *sent(2.0, 2, UP)), FAIL),
        ((*sent(1.0, 1, None, 400), *sent(2.0, 2, UP, 0)), FAIL),
        (sent(1.0, 1, None, 400), INCONC),
        (sent(2.0, 2, UP), INCONC),
    ],
)
def test_bad_messages_are_survived(entries, verdict):
    assert checks.survives(trace(*entries), bad=[1], good=2).verdict is verdict
