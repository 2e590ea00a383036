"""The rules about transactions at the counter, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import paymentsense_sales as rules
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import PeerClosed
from harness.wire.paymentsense import Admitted
from tests.checks.paymentsense_traces import answers, asks, books, end, press, refuses, replies, says, shows, wants
from tests.checks.traces import checks_of, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
TEN = {"within": 10}
WORDS = {"within": 10.0, "words": {"INSERT_CARD": "Insert a card"}}
SIGNED = {"within": 10, "window": 80}
NONE: dict[str, int] = {}

UP = (0, "connect", 1, Admitted("pac", "v1", final_receipt=False))
DOWN = (0.5, "connect", 1, PeerClosed(1, reset=True))
SALE = [press(1, "sale", amount="12.40", reference="R1"), asks(2, "sale", tid="T1", amount=1240, currency="GBP")]
PENDING = books(2, "pending")
REFUND = press(1, "refund", amount="12.40")


def sale(**params):
    return [SALE[0], asks(2, "sale", **{"tid": "T1", "amount": 1240, **params})]


def notice(at, value):
    return says(at, "terminalNotification", tid="T1", notificationValue=value)


def ended(outcome, at=20, **members):
    return answers(at, transactionResult=outcome, **members)


SIGN = wants(5, "signatureVerificationRequest", 9, tid="T1")
ACCEPT = press(8, "signature", accepted="true")
CANCEL = [press(5, "cancel"), asks(6, "cancelTransaction", 2, tid="T1"), answers(7, "cancelTransaction", 2)]
CHECK = asks(21, "terminalDetails", 3, tid="T1")
STATUS = answers(22, "terminalDetails", 3, status="AVAILABLE")

TABLE = [
    # check, limits, events, verdict
    (rules.transaction_started, TEN, SALE, PASS),
    (rules.transaction_started, TEN, [REFUND, asks(2, "sale", tid="T1", amount=1240), end(20)], FAIL),
    (rules.transaction_started, TEN, [UP, REFUND, end(20)], FAIL),
    (rules.transaction_started, TEN, [REFUND, end(20)], INCONC),
    (rules.transaction_started, TEN, [UP, DOWN, REFUND, end(20)], INCONC),
    (rules.transaction_started, TEN, [REFUND, end(5)], INCONC),
    (rules.terminal_as_chosen, NONE, [press(1, "sale", amount="1.00", terminal="T1"), SALE[1]], PASS),
    (rules.terminal_as_chosen, NONE, [press(1, "sale", amount="1.00", terminal="T2"), SALE[1]], FAIL),
    (rules.terminal_as_chosen, NONE, SALE, INCONC),
    (rules.amounts_in_minor_units, NONE, SALE, PASS),
    (rules.amounts_in_minor_units, NONE, sale(amount="12.40"), FAIL),
    (rules.amounts_in_minor_units, NONE, sale(amount=12), FAIL),
    (rules.amounts_in_minor_units, NONE, sale(amount=True), FAIL),
    (rules.amounts_in_minor_units, NONE, sale(amountCashback=10_001), FAIL),
    (rules.amounts_in_minor_units, NONE, [asks(2, "sale", amount=0)], FAIL),
    (rules.amounts_in_minor_units, NONE, [SALE[0]], INCONC),
    (rules.cancellation_asked, TEN, [*SALE, *CANCEL], PASS),
    (rules.cancellation_asked, TEN, [*SALE, CANCEL[0], end(30)], FAIL),
    (rules.cancellation_asked, TEN, [*SALE, CANCEL[0], asks(6, "cancelTransaction", 2, tid="T2")], FAIL),
    (rules.cancellation_asked, TEN, [*SALE, CANCEL[0], end(9)], INCONC),
    (rules.cancellation_asked, TEN, [*SALE, ended("SUCCESSFUL", 3), CANCEL[0], end(30)], INCONC),
    (
        rules.report_run,
        TEN,
        [press(1, "report"), asks(2, "reportEndOfDay"), answers(3, "reportEndOfDay"), shows(4, "kept"), end(20)],
        PASS,
    ),
    (
        rules.report_run,
        TEN,
        [press(1, "report"), asks(2, "reportEndOfDay"), answers(3, "reportEndOfDay"), end(20)],
        FAIL,
    ),
    (rules.report_run, TEN, [UP, press(1, "report"), end(20)], FAIL),
    (rules.report_run, TEN, [press(1, "report"), end(20)], INCONC),
    (rules.report_run, TEN, [press(1, "report"), asks(2, "reportEndOfDay"), end(20)], INCONC),
    (rules.notifications_shown, TEN, [*SALE, notice(5, "INSERT_CARD"), shows(6, "Insert"), end(30)], PASS),
    (rules.notifications_shown, TEN, [*SALE, notice(5, "INSERT_CARD"), shows(16, "Insert"), end(30)], FAIL),
    (
        rules.notifications_shown,
        TEN,
        [*SALE, notice(5, "INSERT_CARD"), shows(6, "Insert"), notice(17, "INSERT_CARD"), end(50)],
        PASS,
    ),
    (rules.notifications_shown, WORDS, [*SALE, notice(5, "INSERT_CARD"), shows(6, "insert a Card"), end(30)], PASS),
    (rules.notifications_shown, WORDS, [*SALE, notice(5, "INSERT_CARD"), shows(6, "PIN please"), end(30)], FAIL),
    (rules.notifications_shown, WORDS, [*SALE, notice(5, "PIN_ENTRY"), shows(6, "PIN please"), end(30)], PASS),
    (rules.notifications_shown, TEN, [notice(5, "INSERT_CARD"), end(30)], INCONC),
    (rules.notifications_shown, TEN, [*SALE, notice(5, "INSERT_CARD"), end(14)], INCONC),
    (
        rules.signature_asked_and_answered,
        SIGNED,
        [SIGN, shows(6, "?"), ACCEPT, replies(9, "", 9, accepted=True), end(99)],
        PASS,
    ),
    (
        rules.signature_asked_and_answered,
        SIGNED,
        [SIGN, shows(6, "?"), ACCEPT, replies(9, "", 9, accepted=False), end(99)],
        FAIL,
    ),
    (
        rules.signature_asked_and_answered,
        SIGNED,
        [SIGN, shows(6, "?"), ACCEPT, replies(9, "", "9", accepted=True), end(99)],
        FAIL,
    ),
    (rules.signature_asked_and_answered, SIGNED, [SIGN, ACCEPT, replies(9, "", 9, accepted=True), end(99)], FAIL),
    (
        rules.signature_asked_and_answered,
        SIGNED,
        [SIGN, shows(6, "?"), replies(7, "", 9, accepted=True), ACCEPT, end(99)],
        FAIL,
    ),
    (
        rules.signature_asked_and_answered,
        SIGNED,
        [SIGN, shows(6, "?"), ACCEPT, replies(90, "", 9, accepted=True), end(99)],
        FAIL,
    ),
    (rules.signature_asked_and_answered, SIGNED, [SIGN, shows(6, "?"), ACCEPT, end(50)], INCONC),
    (rules.signature_asked_and_answered, SIGNED, [SIGN, shows(6, "?"), end(99)], INCONC),
    (rules.user_messages_shown, TEN, [*SALE, ended("VOID", userMessage="So."), shows(21, "R1: So."), end(40)], PASS),
    (rules.user_messages_shown, TEN, [*SALE, refuses(20, user_message="In use"), shows(21, "In use")], PASS),
    (rules.user_messages_shown, TEN, [*SALE, ended("VOID", userMessage="So."), shows(21, "Void"), end(40)], FAIL),
    (rules.user_messages_shown, TEN, [*SALE, ended("VOID", userMessage=""), end(40)], INCONC),
    (
        rules.cancellation_is_no_outcome,
        NONE,
        [*SALE, PENDING, *CANCEL, ended("SUCCESSFUL"), books(21, "paid")],
        PASS,
    ),
    (
        rules.cancellation_is_no_outcome,
        NONE,
        [*SALE, PENDING, *CANCEL, books(8, "cancelled"), ended("SUCCESSFUL")],
        FAIL,
    ),
    (rules.cancellation_is_no_outcome, NONE, [*SALE, PENDING, *CANCEL], INCONC),
    (
        rules.cancellation_is_no_outcome,
        NONE,
        [*SALE, PENDING, *CANCEL, books(8, "unknown"), ended("SUCCESSFUL")],
        PASS,
    ),
    (rules.success_clears, TEN, [*SALE, PENDING, ended("SUCCESSFUL"), books(21, "paid", "12.40"), end(40)], PASS),
    (rules.success_clears, TEN, [*SALE, PENDING, ended("SUCCESSFUL"), end(40)], FAIL),
    (rules.success_clears, TEN, [*SALE, PENDING, ended("SUCCESSFUL"), books(21, "open"), end(40)], FAIL),
    (rules.success_clears, TEN, [*SALE, PENDING, ended("DECLINED"), end(40)], INCONC),
    (
        rules.failure_keeps_the_amount,
        TEN,
        [*SALE, ended("VOID"), books(21, "voided"), shows(21, "VOID"), end(40)],
        PASS,
    ),
    (rules.failure_keeps_the_amount, TEN, [*SALE, ended("VOID"), books(21, "paid"), shows(21, "VOID"), end(40)], FAIL),
    (rules.failure_keeps_the_amount, TEN, [*SALE, ended("DECLINED"), books(21, "declined"), end(40)], FAIL),
    (rules.failure_keeps_the_amount, TEN, [*SALE, ended("SUCCESSFUL"), books(21, "paid"), end(40)], INCONC),
    (
        rules.timed_out_is_checked,
        TEN,
        [*SALE, ended("TIMED_OUT"), books(20, "unknown"), CHECK, STATUS, shows(23, "look"), end(40)],
        PASS,
    ),
    (
        rules.timed_out_is_checked,
        TEN,
        [*SALE, ended("TIMED_OUT"), books(20, "declined"), CHECK, STATUS, shows(23, "look"), end(40)],
        FAIL,
    ),
    (rules.timed_out_is_checked, TEN, [*SALE, ended("TIMED_OUT"), books(20, "unknown"), end(40)], FAIL),
    (
        rules.timed_out_is_checked,
        TEN,
        [*SALE, ended("TIMED_OUT"), books(20, "unknown"), CHECK, STATUS, end(40)],
        FAIL,
    ),
    (rules.timed_out_is_checked, TEN, [*SALE, ended("TIMED_OUT"), books(20, "unknown"), end(25)], INCONC),
    (
        rules.charged_as_the_result_says,
        TEN,
        [*SALE, ended("SUCCESSFUL", amountTotal=1440), books(21, "paid", "14.40"), end(40)],
        PASS,
    ),
    (
        rules.charged_as_the_result_says,
        TEN,
        [*SALE, ended("SUCCESSFUL", amountTotal=1440), books(21, "paid", "12.40"), end(40)],
        FAIL,
    ),
    (
        rules.charged_as_the_result_says,
        TEN,
        [*SALE, ended("SUCCESSFUL", amountTotal=1240), books(21, "paid", "12.40"), end(40)],
        INCONC,
    ),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize("check", sorted(checks_of(rules), key=lambda check: check.__name__))
def test_every_rule_has_been_seen_to_pass_to_fail_and_not_to_decide(check):
    assert {verdict for shown, _, _, verdict in TABLE if shown is check} == {PASS, FAIL, INCONC}
