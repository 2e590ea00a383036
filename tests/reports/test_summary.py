"""A report may be no milder than what it reports: each path from a finding to the exit code."""

from __future__ import annotations

import pytest

from harness.evidence.record import CaseRecord, Judgement, Skip
from harness.evidence.requirement import MUST, SHOULD, Requirement
from harness.evidence.verdict import Finding, Verdict
from reports.summary import RunInfo, Summary, exit_code, summary

A = MUST("ECD-042", "After any drop, a new registration is sent on the new connection", "Registration")
B = SHOULD("ECD-061", "The heartbeat comes about once per minute", "Heartbeat")
C = MUST("ECD-100", "The end user can easily tell whether the terminal is connected", "User Feedback", seen=(),
         why_unseen="it is a matter of taste")  # fmt: skip
RUN = RunInfo("eConduit Direct", "default", "memory", "answers/emulator", 7, "2026-01-02T03:04:05+00:00")


def judged(verdict: Verdict, *about: Requirement, warning: bool = False, evidence: tuple[int, ...] = ()) -> Judgement:
    finding = Finding(verdict, "what must be", "what was", evidence, warning)
    return Judgement("harness.checks.lines:rule", {"at_least": 2}, tuple(r.id for r in about), finding)


def case(
    verdict: Verdict,
    *judgements: Judgement,
    about: tuple[Requirement, ...] = (A,),
    skip: Skip | None = None,
    reason: str = "",
    name: str = "suites/econduit/test_registration.py::test_registers_again",
) -> CaseRecord:
    return CaseRecord(
        name, "eConduit Direct", "Registration", "It registers.\nMore.", about, verdict, judgements, skip, reason,
        trace="traces/1.jsonl",
    )  # fmt: skip


PASSED = case(Verdict.PASS, judged(Verdict.PASS, A))
FAILED = case(Verdict.FAIL, judged(Verdict.FAIL, A, evidence=(3, 5)))
UNDECIDED = case(Verdict.INCONC, judged(Verdict.INCONC, A))
NO_BITE = case(Verdict.INCONC, judged(Verdict.PASS, A), reason="the reset never took hold")
CRASHED = case(Verdict.ERROR, reason="the relay does not answer")
SILENT = case(Verdict.NONE)
WARNED = case(Verdict.PASS, judged(Verdict.PASS, B, warning=True), about=(B,))
NOT_RUN = case(Verdict.NONE, skip=Skip.NOT_RUN, reason="this bench has no relay")
NOT_APPLICABLE = case(Verdict.NONE, skip=Skip.NOT_APPLICABLE, reason="ICS: no second endpoint")


def of(records: list[CaseRecord], id: str = A.id):
    return next(line for line in summarised(records)["requirements"] if line["id"] == id)


def summarised(records: list[CaseRecord], run: RunInfo = RUN) -> Summary:
    return summary(records, (A, B, C), run=run, show=lambda record, index: f"event {index} of {record.trace}")


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([PASSED], 0),
        ([PASSED, WARNED], 0),
        ([PASSED, NOT_RUN, NOT_APPLICABLE], 0),
        ([PASSED, FAILED], 1),
        ([UNDECIDED, FAILED], 1),
        ([PASSED, UNDECIDED], 2),
        ([PASSED, NO_BITE], 2),
        ([FAILED, CRASHED], 3),
        ([PASSED, SILENT], 3),
        ([case(Verdict.PASS, judged(Verdict.FAIL, A))], 1),
        ([NOT_APPLICABLE], 2),
        ([NOT_APPLICABLE, NOT_RUN], 3),
        ([], 3),
    ],
)
def test_the_exit_code_is_the_worst_ending_and_never_0_for_nothing(records, code):
    assert exit_code(records) == code


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ([PASSED], "PASS"),
        ([PASSED, FAILED, PASSED], "FAIL"),
        ([PASSED, UNDECIDED], "INCONC"),
        ([PASSED, NO_BITE], "INCONC"),
        ([PASSED, CRASHED], "ERROR"),
        ([SILENT], "ERROR"),
        ([case(Verdict.FAIL, judged(Verdict.FAIL, B), judged(Verdict.PASS, A))], "PASS"),
        ([case(Verdict.PASS, judged(Verdict.PASS, B))], "NONE"),
        ([NOT_RUN], "NONE"),
    ],
)
def test_a_requirement_is_as_bad_as_the_worst_that_a_case_says_of_it(records, verdict):
    assert of(records)["verdict"] == verdict


def test_a_requirement_judged_by_a_case_that_does_not_name_it_counts():
    line = of([case(Verdict.FAIL, judged(Verdict.FAIL, B))], B.id)
    assert (line["verdict"], len(line["cases"])) == ("FAIL", 1)


def test_a_skip_is_told_only_where_nothing_was_judged_and_not_run_before_not_applicable():
    lifted = summary([NOT_APPLICABLE], (A,), run=RUN, lifted=lambda _: "ics says no")["requirements"][0]
    assert (lifted["skip"], lifted["reason"]) == ("not applicable", NOT_APPLICABLE.reason)
    assert (of([NOT_RUN, NOT_APPLICABLE])["skip"], of([NOT_RUN])["reason"]) == ("not run", "this bench has no relay")
    assert of([NOT_RUN, PASSED])["skip"] == ""


def test_claims_that_take_away_the_cases_do_not_take_away_the_requirement():
    line = of([NOT_APPLICABLE])
    assert (line["skip"], line["reason"]) == ("not run", f"no case can see it: {NOT_APPLICABLE.reason}")


def test_a_requirement_without_a_case_says_so_and_one_that_nobody_sees_says_why():
    assert of([PASSED], B.id)["reason"] == "no case names it"
    assert of([PASSED], C.id)["unobservable"] == "it is a matter of taste"


def test_a_requirement_that_only_a_case_knows_is_not_lost():
    extra = MUST("ECD-999", "Another", "Elsewhere")
    found = summary([case(Verdict.FAIL, judged(Verdict.FAIL, extra), about=(extra,))], (A,), run=RUN)
    assert [line["id"] for line in found["requirements"]] == ["ECD-042", "ECD-999"]


def test_totals_count_every_case_once():
    records = [PASSED, FAILED, NO_BITE, CRASHED, SILENT, WARNED, NOT_RUN, NOT_APPLICABLE]
    totals = summarised(records)["totals"]
    assert totals["cases"] == {
        "PASS": 2, "FAIL": 1, "INCONC": 1, "ERROR": 2, "not applicable": 1, "not run": 1
    }  # fmt: skip
    assert totals["warnings"] == 1
    assert sum(totals["requirements"].values()) == 3


def test_every_deviation_is_told_with_its_evidence_the_worst_first():
    found = summarised([PASSED, WARNED, NO_BITE, FAILED])["findings"]
    assert [(line["verdict"], line["warning"]) for line in found] == [
        ("FAIL", False),
        ("INCONC", False),
        ("PASS", True),
    ]
    assert found[0]["events"] == [
        {"index": 3, "shown": "event 3 of traces/1.jsonl"},
        {"index": 5, "shown": "event 5 of traces/1.jsonl"},
    ]
    assert (found[1]["expected"], found[1]["actual"]) == ("It registers.", "the reset never took hold")
