"""An impaired harness accuses nobody, and a whole one is believed."""

from __future__ import annotations

import pytest

from harness.checks.impairment import FLOOD, excused, harness_was_fit
from harness.evidence.bench import Impaired, Mains, Overrun, Remark
from harness.evidence.verdict import Finding, Verdict
from harness.wire.endpoint import Opened, Received
from tests.checks.traces import BEAT, OK, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

LOST = Impaired("frames lost by the capture: 3")
STALL = Impaired("the harness stalled for 0.50 s of its own time", seconds=60.0)
BROKEN = Finding(FAIL, "an answer within 10 s", "none in 11.0 s", (1,))


@pytest.mark.parametrize("what", [LOST, STALL])
def test_no_fail_stands_in_an_impaired_trace(what: Impaired) -> None:
    happened = trace((0.0, "case", 0, Remark("a step")), (1.0, "bench", 0, what), (2.0, "bench", 0, what))
    finding = excused(BROKEN, happened)
    assert finding.verdict is INCONC
    assert finding.actual == f"none in 11.0 s (not held against the DUT: {what.what})"
    assert finding.evidence == (1, 1, 2)


def test_no_fail_stands_if_the_mains_never_went() -> None:
    alive = [(0.0, "bench", 0, Mains(on=True)), (1.0, "cloud", 1, Opened(1, "primary")), (2.0, "cloud", 1, OK)]
    cut = [(9.0, "bench", 0, Mains(on=False)), (10.0, "bench", 0, Mains(on=True))]
    finding = excused(BROKEN, trace(*alive, *cut, (62.0, "cloud", 1, BEAT)))
    assert finding.verdict is INCONC
    assert finding.actual.endswith("(not held against the DUT: it was heard 53.0 s after the power was cut)")
    assert excused(BROKEN, trace(*alive, *cut)) is BROKEN


def test_in_a_whole_trace_a_fail_stands() -> None:
    assert excused(BROKEN, trace((0.0, "case", 0, Remark("a step")))) is BROKEN


@pytest.mark.parametrize("verdict", [PASS, INCONC, Verdict.NONE, Verdict.ERROR])
def test_only_a_fail_is_excused(verdict: Verdict) -> None:
    finding = Finding(verdict, "", "")
    assert excused(finding, trace((1.0, "bench", 0, LOST))) is finding


@pytest.mark.parametrize(
    ("found", "verdict", "actual"),
    [
        pytest.param([], PASS, "so it was", id="whole"),
        pytest.param([STALL], PASS, "so it was", id="late-but-whole"),
        pytest.param([STALL, LOST], INCONC, "frames lost by the capture: 3", id="frames-lost"),
        pytest.param([Impaired("the clock stepped by +0.100 s"), LOST], INCONC,
                     "the clock stepped by +0.100 s; frames lost by the capture: 3", id="two-things"),
    ],
)  # fmt: skip
def test_harness_was_fit(found: list[Impaired], verdict: Verdict, actual: str) -> None:
    finding = harness_was_fit(trace(*((1.0, "bench", 0, what) for what in found)))
    assert (finding.verdict, finding.actual) == (verdict, actual)
    assert bool(finding.evidence) == (verdict is INCONC)


@pytest.mark.parametrize("flood", [Received(1, b"x" * (FLOOD + 1)), Overrun(1, 100)], ids=["bytes", "overrun"])
def test_a_dut_that_floods_the_harness_is_not_excused_by_its_stall(flood: object) -> None:
    late = Finding(FAIL, "in time", "late")
    events = [(1, "cloud", 1, flood), (2, "wire", 0, STALL)]
    assert excused(late, trace(*events)) == late
    assert excused(late, trace(*events, (3, "wire", 0, LOST))).verdict is INCONC
