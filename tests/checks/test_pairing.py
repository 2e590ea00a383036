"""The rules about commands and responses, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import pairing
from harness.evidence.bench import Journal, Remark
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, Opened, PeerClosed, Received
from tests.checks.traces import OK, command, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

# ---- What happens, as lines ------------------------------------------------------------------------------------------


def up(line=1, at=0.0):
    return ((at, "cloud", line, Opened(line, "primary")), (at, "cloud", line, OK))


def asked(ref="A", at=1.0, line=1, **how):
    return (at, "cloud", line, command(ref, **how))


def told(ref="A", result="Approved", at=2.0, line=1, **fields):
    return (at, "cloud", line, response(ref, result, **fields))


def end(at):
    return (at, "case", 0, Remark("the end"))


CUT = (1.5, "cloud", 1, Close(1, reset=True))
LEFT = (2.5, "cloud", 1, PeerClosed(1, reset=False))
BACK = up(2, at=3.0)

TABLE = [
    # check, limits, events, verdict, a word of the finding
    (pairing.answered_once, {"within": 10}, [*up(), asked(), told()], PASS, "1 responses"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), end(12)], FAIL, "none to Sale A in 11.0 s"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), told(at=15)], FAIL, "only after 14.0 s"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), told(), told(at=3)], FAIL, "another response to A"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), end(5)], INCONC, "0 commands"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(name="Fly"), end(50)], INCONC, "0 commands"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), CUT, *BACK, end(50)], INCONC, "0 commands"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), CUT, *BACK, told(at=4, line=2)], PASS, "1 responses"),
    (
        pairing.answered_once,
        {"within": 10},
        [*up(), asked(), CUT, *BACK, told(at=4, line=2), asked(at=5, line=2), told(at=6, line=2)],
        PASS,
        "2 responses",
    ),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), told("a")], PASS, "1 responses"),
    (pairing.answered_once, {"within": 10}, [*up(), asked(), told(), LEFT, *BACK, told(at=4, line=2)], FAIL, "another"),
    (pairing.echoes_reference, {}, [*up(), asked(), told()], PASS, "1 responses"),
    (pairing.echoes_reference, {}, [*up(), asked(), told("a")], FAIL, "RefID 'a'"),
    (pairing.echoes_reference, {}, [*up(), asked(), end(90)], INCONC, "0 responses"),
    (pairing.answered_on_its_line, {}, [*up(), asked(), told()], PASS, "1 responses"),
    (pairing.answered_on_its_line, {}, [*up(), *BACK, asked(at=3), told(at=4, line=2)], FAIL, "came up line 2"),
    (pairing.answered_on_its_line, {}, [*up(), asked(), CUT, *BACK, told(at=4, line=2)], PASS, "1 responses"),
    (pairing.answered_on_its_line, {}, [*up(), asked()], INCONC, "0 responses"),
    (pairing.result_is, {"ref_id": "A", "allowed": ["Approved"]}, [*up(), asked(), told()], PASS, "1 responses"),
    (pairing.result_is, {"ref_id": "A", "allowed": ["Error"]}, [*up(), asked(), told()], FAIL, "'Approved'"),
    (pairing.result_is, {"ref_id": "A", "allowed": ["Error"]}, [*up(), asked(), end(61)], FAIL, "no response in 60.0"),
    (pairing.result_is, {"ref_id": "A", "allowed": ["Error"]}, [*up(), end(61)], INCONC, "could not be sent"),
    (pairing.result_is, {"ref_id": "A", "allowed": ["Error"]}, [*up(), asked(), told("a")], INCONC, "not carry"),
    (pairing.result_is, {"ref_id": "A", "allowed": ["Error"]}, [*up(), asked(), CUT, end(61)], INCONC, "line ended"),
    (pairing.tells_what_was_asked, {"ref_id": "A"}, [*up(), asked(), told(TransType="Sale", Amount="1.00")], PASS, "1"),
    (pairing.tells_what_was_asked, {"ref_id": "A"}, [*up(), asked(), told(TransType="Void")], FAIL, "'Void'"),
    (pairing.tells_what_was_asked, {"ref_id": "A"}, [*up(), asked(), told(Amount="10.00")], FAIL, "'10.00' in place"),
    (pairing.tells_what_was_asked, {"ref_id": "A"}, [*up(), asked(), told(Amount="0.50")], PASS, "part approval"),
    (pairing.tells_what_was_asked, {"ref_id": "A"}, [*up(), asked()], INCONC, "no responses"),
    (pairing.never_approved, {"ref_id": "A"}, [*up(), asked(), told(result="Error")], PASS, "'Error'"),
    (pairing.never_approved, {"ref_id": "A"}, [*up(), asked(), end(20)], PASS, "none"),
    (pairing.never_approved, {"ref_id": "A"}, [*up(), asked(), told()], FAIL, "'Approved'"),
    (pairing.never_approved, {"ref_id": "A"}, [*up(), asked(), (2.0, "bench", 0, Journal("A", "X"))], FAIL, "journal"),
    (
        pairing.responses_in_form,
        {"names": ["ResultCode", "RefID"], "required": ["ResultCode"]},
        [*up(), asked(), told()],
        PASS,
        "1 responses",
    ),
    (
        pairing.responses_in_form,
        {"names": ["ResultCode", "RefID"], "required": ["AuthCode"]},
        [*up(), asked(), told()],
        FAIL,
        "no AuthCode",
    ),
    (
        pairing.responses_in_form,
        {"names": [], "required": []},
        [*up(), asked(), (2.0, "cloud", 1, Received(1, b'{"ResultCode":"Approved"}'))],
        FAIL,
        "without the two bytes",
    ),
    (pairing.responses_in_form, {"names": [], "required": []}, [*up(), asked()], INCONC, "no responses"),
    (pairing.charged_once, {"ref_id": "A"}, [*up(), asked(), told(AuthCode="X"), told(AuthCode="X")], PASS, "1 app"),
    (pairing.charged_once, {"ref_id": "A"}, [*up(), asked(), told(AuthCode="X"), told(AuthCode="Y")], FAIL, "X and Y"),
    (
        pairing.charged_once,
        {"ref_id": "A"},
        [(1.0, "bench", 0, Journal("A", "X")), (2.0, "bench", 0, Journal("A", "Y"))],
        FAIL,
        "2 charges",
    ),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict", "word"), TABLE)
def test_rule(check, limits, events, verdict, word):
    finding = check(trace(*events), **limits)
    assert (finding.verdict, word in finding.actual) == (verdict, True), finding.actual


def test_part_approval_is_a_warning():
    finding = pairing.tells_what_was_asked(trace(*up(), asked(), told(Amount="0.50")), ref_id="A")
    assert finding.warning


def test_undocumented_fields_are_a_warning():
    finding = pairing.responses_in_form(trace(*up(), asked(), told(Mood="good")), names=["RefID"], required=[])
    assert (finding.verdict, finding.warning) == (PASS, True)


# ---- Busy ------------------------------------------------------------------------------------------------------------

BOTH = [*up(), asked("A"), asked("B")]
BUSY_B, GOOD_A, GOOD_B = told("B", "Busy", at=1.5), told("A", at=3), told("B", at=5)


@pytest.mark.parametrize(("events", "when_busy", "verdict"), [
    ([BUSY_B, GOOD_A], "either", PASS),
    ([GOOD_A, GOOD_B], "either", PASS),
    ([GOOD_A, GOOD_B], "busy", FAIL),
    ([BUSY_B, GOOD_A], "serial", FAIL),
    ([GOOD_B, told("A", at=6)], "either", FAIL),
    ([GOOD_B], "either", FAIL),
    ([GOOD_A], "either", FAIL),
    ([told("A", "Error"), BUSY_B], "either", FAIL),
    ([told("a"), BUSY_B], "either", INCONC),
])  # fmt: skip
def test_second_command_while_busy(events, when_busy, verdict):
    found = pairing.running_one_undisturbed(trace(*BOTH, *events, end(70)), "A", "B", when_busy, within=60)
    assert found.verdict is verdict, found.actual


# ---- Drops -----------------------------------------------------------------------------------------------------------

DROPPED = [*up(), asked(), CUT, *BACK]
AGAIN = asked(at=10, line=2)


@pytest.mark.parametrize(("events", "after_drop", "verdict"), [
    ([told(at=4, line=2)], "either", PASS),
    ([told(at=4, line=2)], "resend", PASS),
    ([told(at=4, line=2)], "hold", FAIL),
    ([AGAIN, told(at=11, line=2)], "hold", PASS),
    ([AGAIN, told(at=11, line=2)], "resend", FAIL),
    ([told(at=4, line=2), AGAIN, told(at=11, line=2)], "resend", PASS),
    ([told(at=4, line=2), told(at=5, line=2)], "either", FAIL),
    ([AGAIN, end(90)], "either", FAIL),
    ([told("a", at=4, line=2)], "either", INCONC),
])  # fmt: skip
def test_outcome_after_drop(events, after_drop, verdict):
    assert pairing.outcome_after_drop(trace(*DROPPED, *events), "A", after_drop).verdict is verdict


def test_sale_answered_before_the_drop_decides_nothing():
    assert pairing.outcome_after_drop(trace(*up(), asked(), told(), LEFT), "A", "either").verdict is INCONC
