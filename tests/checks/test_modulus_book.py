"""The book and the screen of a POS by hand: what it made of results, and what each rule says of it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import modulus_book as rules
from harness.evidence.bench import Booked
from harness.evidence.trace import Trace
from harness.evidence.verdict import Verdict
from harness.wire import modulus
from harness.wire.modulus import ApiAnswer, ApiCall
from tests.checks.modulus import Happened, at_gateway, heard, of, pressed, screen, told, until
from tests.checks.traces import checks_of

PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL


def pay(at: float = 1.0, transaction: str = "A") -> Happened:
    return heard(at, modulus.payment("TERM-001", transaction, "12.40"))


def outcome(at: float, status: str = "SUCCESS", transaction: str = "A", **more: str) -> Happened:
    response = {"transactionId": transaction, "status": status, "amount": "12.40", **more}
    return told(at, action="paymentComplete", terminalId="TERM-001", paymentResponse=response)


def booked(at: float, state: str, reference: str = "A", amount: str = "") -> Happened:
    return (at, "bench", 0, Booked(reference, state, amount))


PENDING = [pay(), booked(1, "pending")]
PAID = [*PENDING, outcome(5), booked(5, "paid", amount="12.40")]
QUERY = at_gateway(125, ApiCall("GET", "/v1/transactions/A", "", "A"), 2)
ANSWER = at_gateway(126, ApiAnswer(200, "A", "COMPLETED"), 2)

A = {"transaction": "A"}
STANDS = {**A, "states": ["paid"]}
ONCE = {**A, "amount": "12.40"}
UNKNOWN = {**A, "limit": 135.0}

ERROR = {"action": "error", "error": "Not Found", "message": "Terminal connection not found"}
AWAY = {"action": "forceDisconnect", "reason": "Another till"}

CASES = [
    # -- the book
    ("stands", STANDS, of(PAID), PASS, "paid"),
    ("stands", STANDS, of(PENDING), FAIL, "pending"),
    ("stands", STANDS, of(PAID, booked(9, "voided")), FAIL, "voided"),
    ("stands", STANDS, of(pay(), outcome(5)), INCONC, "nothing of this sale"),
    ("stands", STANDS, of(pay(), booked(1, "paid", "POS-1")), PASS, "paid"),  # a reference of the POS's own
    ("stands", STANDS, of(pay(), booked(1, "paid", "POS-1"), booked(1, "paid", "POS-2")), INCONC, "nothing"),
    ("never_stood", STANDS, of(PENDING, booked(5, "declined")), PASS, "2 entries"),
    ("never_stood", STANDS, of(PAID, booked(9, "voided")), FAIL, "it was paid"),
    ("never_stood", STANDS, of(pay()), INCONC, "no entries"),
    ("settled_once", ONCE, of(PAID), PASS, "1 sales"),
    ("settled_once", ONCE, of(PENDING, booked(5, "paid")), PASS, "1 sales"),
    ("settled_once", ONCE, of(PAID, outcome(6), booked(6, "paid", amount="24.80")), FAIL, "once more"),
    ("settled_once", ONCE, of(PAID, booked(6, "paid", "B")), FAIL, "once more"),
    ("settled_once", ONCE, of(PENDING, booked(5, "paid", amount="1.00")), FAIL, "with 1.00"),
    ("settled_once", ONCE, of(PENDING, until(60)), FAIL, "not booked as paid"),
    ("settled_once", ONCE, of(pay(), until(60)), INCONC, "nothing of this sale"),
    ("strangers_move_nothing", {}, of(PENDING, outcome(5, transaction="X"), until(20)), PASS, "1 results"),
    ("strangers_move_nothing", {}, of(outcome(5, transaction="X"), booked(5, "paid", "X")), FAIL, "another's payment"),
    ("strangers_move_nothing", {}, of(PENDING, outcome(5, transaction="X"), booked(5, "paid")), FAIL, "a sale booked"),
    (
        "strangers_move_nothing",
        {},
        of(PENDING, outcome(5, transaction="X"), outcome(6), booked(6, "paid")),
        PASS,
        "1 results",
    ),
    (
        "strangers_move_nothing",
        {},
        of(PENDING, outcome(5, transaction="X"), at_gateway(6, ApiAnswer(200, "A", "FAILED")), booked(6, "declined")),
        PASS,
        "1 results",
    ),
    (
        "strangers_move_nothing",
        {},
        of(PENDING, outcome(5, transaction="X"), pressed(6, "cancel"), booked(6, "cancelled")),
        PASS,
        "1 results",
    ),
    ("strangers_move_nothing", {}, of(PENDING, outcome(5, transaction="X"), booked(6, "unknown")), PASS, "1 results"),
    ("strangers_move_nothing", {}, of(PAID), INCONC, "no results"),
    (
        "booked_in_order",
        {},
        of(pay(), pay(2, "B"), outcome(5), outcome(5, transaction="B"), booked(5, "paid"), booked(5, "paid", "B")),
        PASS,
        "2 results",
    ),
    (
        "booked_in_order",
        {},
        of(pay(), pay(2, "B"), outcome(5), outcome(5, transaction="B"), booked(5, "paid", "B"), booked(5, "paid")),
        FAIL,
        "booked last",
    ),
    ("booked_in_order", {}, of(PAID), INCONC, "1 results"),
    ("unknown_after", UNKNOWN, of(PENDING, booked(121, "unknown"), until(200)), PASS, "1 payments"),
    ("unknown_after", UNKNOWN, of(PENDING, QUERY, ANSWER, booked(126, "paid"), until(200)), PASS, "1 payments"),
    ("unknown_after", UNKNOWN, of(PENDING, booked(121, "declined"), until(200)), FAIL, "it was declined"),
    ("unknown_after", UNKNOWN, of(PENDING, until(200)), FAIL, "stood as pending for 199.0 s"),
    ("unknown_after", UNKNOWN, of(PENDING, until(60)), INCONC, "no payments"),
    ("unknown_after", UNKNOWN, of(pay(), until(200)), INCONC, "nothing of this sale"),
    # -- the screen
    ("shows_the_reason", {}, of(told(5, **AWAY), screen(5, "Offline: another  TILL.")), PASS, "1 messages"),
    (
        "shows_the_reason",
        {},
        of(told(5, **AWAY), screen(5, "Offline"), until(20)),
        FAIL,
        "'Another till' was not shown",
    ),
    ("shows_the_reason", {}, of(screen(1, "Online"), told(5, **AWAY), until(20)), FAIL, "was not shown"),
    ("shows_the_reason", {}, of(told(5, **AWAY), until(20)), INCONC, "no messages"),
    ("shows_the_reason", {}, of(screen(1, "Online"), told(5, **AWAY), until(6)), INCONC, "no messages"),
    ("shows_the_error", {}, of(told(5, **ERROR), screen(5, "Terminal connection not found")), PASS, "1 messages"),
    ("shows_the_error", {}, of(told(5, **ERROR), screen(5, "Error"), until(20)), FAIL, "was not shown"),
    ("shows_the_error", {}, of(PAID), INCONC, "no messages"),
    (
        "shows_the_failure",
        {},
        of(outcome(5, "FAILED", errorMessage="No funds"), screen(6, "12.40 declined: No funds")),
        PASS,
        "1 messages",
    ),
    (
        "shows_the_failure",
        {},
        of(outcome(5, "FAILED", errorMessage="No funds"), screen(6, "12.40 declined"), until(20)),
        FAIL,
        "'No funds' was not shown",
    ),
    ("shows_the_failure", {}, of(outcome(5, "FAILED"), screen(6, "declined"), until(20)), INCONC, "no messages"),
]


@pytest.mark.parametrize(
    ("check", "limits", "happened", "verdict", "actual"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(CASES)],
)
def test_a_rule(check: str, limits: dict[str, Any], happened: Trace, verdict: Verdict, actual: str) -> None:
    finding = getattr(rules, check)(happened, **limits)
    assert finding.verdict is verdict, finding
    assert actual in finding.actual


def test_every_rule_passes_fails_and_leaves_undecided() -> None:
    shown = {(check, verdict) for check, _, _, verdict, _ in CASES}
    assert shown == {(check.__name__, verdict) for check in checks_of(rules) for verdict in (PASS, FAIL, INCONC)}
