"""What a person's word decides, and what it does not."""

from __future__ import annotations

import pytest

from harness.checks.asked import confirmed
from harness.evidence.bench import Answered, Asked
from harness.evidence.verdict import Verdict
from harness.wire.econduit import Ack
from harness.wire.endpoint import Opened, PeerClosed
from tests.checks.traces import OK, trace

ASKED = (1.0, "operator", 0, Asked("ECD-046", "Is it there?", "Look at the label."))
UP = ((0.0, "cloud", 1, Opened(1, "primary")), (0.1, "cloud", 1, OK))
DOWN = (5.0, "cloud", 1, PeerClosed(1, reset=False))


def answered(answer, remark="", at=9.0, **more):
    return (at, "operator", 0, Answered("ECD-046", answer, remark, **{"by": "ada", **more}))


@pytest.mark.parametrize(
    ("answer", "verdict", "told"),
    [
        (answered("yes"), Verdict.PASS, "ada answered yes"),
        (answered("no", "the label is missing"), Verdict.FAIL, "ada answered no: the label is missing"),
        (answered("cannot tell"), Verdict.INCONC, "ada answered cannot tell"),
        (
            answered("cannot tell", "nobody answered in 15 minutes", by=""),
            Verdict.INCONC,
            "cannot tell: nobody answered in 15 minutes",
        ),
        (
            answered("yes", "on its back", prepared=True, by="ada on 2026-11-21"),
            Verdict.PASS,
            "yes, a prepared answer by ada on 2026-11-21, nobody looked in this run: on its back",
        ),
    ],
)
def test_a_finding_says_who_said_what(answer, verdict, told):
    finding = confirmed(trace(ASKED, answer), "ECD-046")
    assert (finding.verdict, finding.actual) == (verdict, told)
    assert finding.expected == "yes to 'Is it there?'"
    assert finding.evidence == (0, 1)


def test_who_was_not_asked_or_has_not_answered_decides_nothing():
    assert confirmed(trace(), "ECD-046").verdict is Verdict.INCONC
    assert confirmed(trace(ASKED, answered("yes")), "ECD-047").actual == "nobody was asked"
    unanswered = confirmed(trace(ASKED, answered("yes"), ASKED), "ECD-046")
    assert (unanswered.verdict, unanswered.actual) == (Verdict.INCONC, "ada answered yes; no answer")


def test_of_several_questions_the_worst_answer_counts():
    first, second = (*ASKED[:3], Asked("ECD-046", "And there?", "")), answered("yes")
    assert confirmed(trace(ASKED, answered("yes"), first, second), "ECD-046").verdict is Verdict.PASS
    finding = confirmed(trace(ASKED, answered("no", "bare"), first, second), "ECD-046")
    assert finding.verdict is Verdict.FAIL
    assert finding.expected == "yes to 'Is it there?' and to 'And there?'"
    assert finding.actual == "ada answered no: bare; ada answered yes"


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize(
    ("events", "registered", "decides"),
    [
        (UP, True, True),
        ((*UP, DOWN), True, False),
        ((*UP, DOWN), False, False),
        (UP, False, False),
        ((), False, True),
        ((), True, False),
        (((0.0, "cloud", 1, Opened(1, "primary")),), False, True),
    ],
    ids=["up", "lost meanwhile", "up at first", "up", "no line", "not up", "open, not registered"],
)
def test_an_answer_about_another_state_decides_nothing(events, registered, decides, answer):
    """Whether it speaks for the terminal or against it."""
    happened = sorted([*events, ASKED, answered(answer)], key=lambda event: event[0])
    finding = confirmed(trace(*happened), "ECD-046", registered=[registered])
    assert (finding.verdict is not Verdict.INCONC) is decides
    assert ("all the while" in finding.actual) is not decides


def test_each_question_has_a_state_of_its_own():
    later = [(6.0, "operator", 0, ASKED[3]), answered("yes")]
    story = trace(*UP, ASKED, answered("yes", at=5.0), DOWN, *later)
    assert confirmed(story, "ECD-046", registered=[True, False]).verdict is Verdict.PASS, "the line ends as it is said"
    assert confirmed(story, "ECD-046", registered=[False, True]).verdict is Verdict.INCONC


def test_who_answers_before_he_can_have_seen_it_decides_nothing():
    seen = (5.0, "cloud", 1, Ack())
    for answer, verdict in (("yes", Verdict.PASS), ("no", Verdict.FAIL)):
        assert confirmed(trace(ASKED, seen, answered(answer)), "ECD-046", meanwhile="Ack").verdict is verdict
        hasty = confirmed(trace(ASKED, answered(answer, at=4.0), seen), "ECD-046", meanwhile="Ack")
        assert (hasty.verdict, hasty.actual) == (
            Verdict.INCONC,
            f"ada answered {answer}; but no Ack came meanwhile",
        )
    prepared = confirmed(trace(ASKED, answered("yes", prepared=True, at=1.0)), "ECD-046", meanwhile="Ack")
    assert prepared.verdict is Verdict.PASS, "what was prepared was seen in another run"
