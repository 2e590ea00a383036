"""Payments by hand: what is ordered, on which terminal, how often, and what each rule says of it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import modulus_payments as rules
from harness.evidence.trace import Trace
from harness.evidence.verdict import Verdict
from harness.wire import modulus
from harness.wire.modulus import ApiAnswer, ApiCall
from tests.checks.modulus import Happened, at_gateway, heard, let_in, of, pressed, told, turned_away, until
from tests.checks.traces import checks_of

PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL

UUID = "019b76da-abef-782b-94fc-ae192d9b72a9"
ONE = {"deviceId": "TERM-001", "connectionId": "conn-1", "status": "online"}
AWAY = {"deviceId": "TERM-002", "connectionId": "conn-2", "status": "offline"}
LIST = told(1, action="terminalsResponse", terminals=[ONE, AWAY])
ASKED = heard(1, modulus.get_terminals())


def pay(
    at: float = 5.0, transaction: str = UUID, terminal: str = "TERM-001", amount: Any = "12.40", **more: Any
) -> Happened:
    return heard(at, modulus.payment(terminal, transaction, amount, **more))


def bare(at: float, **fields: Any) -> Happened:
    """A payment of any members."""
    return heard(at, modulus.build({"action": "payment", **fields}))


def sale(at: float = 4.5, **fields: str) -> Happened:
    return pressed(at, "sale", **{"amount": "12.40", **fields})


def push(at: float, status: str, connection: str = "conn-1") -> Happened:
    return told(at, action="terminalStatusUpdate", deviceId="TERM-001", connectionId=connection, status=status)


def outcome(at: float, status: str, transaction: str = UUID) -> Happened:
    response = {"transactionId": transaction, "status": status, "amount": "12.40"}
    return told(at, action="paymentComplete", terminalId="TERM-001", paymentResponse=response)


def query(at: float, transaction: str = UUID, refused: str = "") -> Happened:
    return at_gateway(at, ApiCall("GET", f"/v1/transactions/{transaction}", refused, transaction), 2)


BARE_PUSH = told(2, action="terminalStatusUpdate", connectionId="conn-2", status="connected")

WITHIN = {"within": 10.0}
NO_NUMBER = {"number": "warn"}
LIMIT = {"limit": 120.0, "within": 15.0}

CASES = [
    # -- form
    ("requests_have_an_action", {}, of(let_in(), ASKED, pay()), PASS, "2 messages"),
    ("requests_have_an_action", {}, of(let_in(), heard(1, '{"type":"ping"}')), FAIL, "without an action"),
    ("requests_have_an_action", {}, of(let_in(), until(60)), INCONC, "no messages"),
    ("asks_for_terminals", WITHIN, of(let_in(), ASKED), PASS, "after 1.00 s"),
    ("asks_for_terminals", WITHIN, of(let_in(), heard(12, modulus.get_terminals())), FAIL, "only after 12.00 s"),
    ("asks_for_terminals", WITHIN, of(let_in(), heard(1, '{"action":"getterminals"}')), FAIL, "spelling"),
    ("asks_for_terminals", WITHIN, of(let_in(), until(12)), FAIL, "none in 12.0 s"),
    ("asks_for_terminals", WITHIN, of(let_in(), until(5)), INCONC, "none in the 5.0 s"),
    ("asks_for_terminals", WITHIN, of(until(5)), INCONC, "no handshake"),
    ("asks_for_terminals", WITHIN, of(turned_away(0, known=True), until(60)), INCONC, "no handshake"),
    ("payments_are_formed", {}, of(pay()), PASS, "1 payments"),
    ("payments_are_formed", {}, of(bare(5, terminalId="TERM-001", amount="12.40")), FAIL, "paymentRequest: missing"),
    ("payments_are_formed", {}, of(bare(5, terminalId=1, paymentRequest={})), FAIL, "terminalId: no string"),
    ("payments_are_formed", {}, of(ASKED), INCONC, "no payments"),
    ("payments_are_complete", {}, of(pay()), PASS, "1 payments"),
    ("payments_are_complete", {}, of(pay(currency="php")), FAIL, "currency"),
    ("payments_are_complete", {}, of(pay(method="card")), FAIL, "paymentMethod"),
    ("payments_are_complete", {}, of(pay(products=7)), PASS, "1 payments"),
    ("payments_are_complete", {}, of(bare(5, paymentRequest={"amount": "1.00"})), FAIL, "transactionId: missing"),
    ("payments_are_complete", {}, of(bare(5, terminalId="TERM-001")), INCONC, "no payments"),
    ("amounts_are_decimal_texts", NO_NUMBER, of(pay()), PASS, "1 amounts"),
    ("amounts_are_decimal_texts", NO_NUMBER, of(pay(amount="1240")), FAIL, "'1240'"),
    ("amounts_are_decimal_texts", NO_NUMBER, of(pay(amount="12,40")), FAIL, "'12,40'"),
    ("amounts_are_decimal_texts", NO_NUMBER, of(pay(amount=12.4)), FAIL, "12.4 as a number"),
    ("amounts_are_decimal_texts", {"number": "allow"}, of(pay(amount=12.4)), PASS, "1 amounts"),
    ("amounts_are_decimal_texts", {"number": "allow"}, of(pay(amount=99.99000001)), FAIL, "99.99000001"),
    ("amounts_are_decimal_texts", NO_NUMBER, of(ASKED), INCONC, "no amounts"),
    ("pays_what_was_typed", {}, of(sale(), pay()), PASS, "1 payments"),
    ("pays_what_was_typed", {}, of(sale(), pay(amount="12.4")), PASS, "1 payments"),
    ("pays_what_was_typed", {}, of(sale(), pay(amount="1240")), FAIL, "'1240' for a sale of 12.40"),
    ("pays_what_was_typed", {}, of(pay()), INCONC, "no payments"),
    ("transactions_are_uuid7", {}, of(pay()), PASS, "1 transactionIds"),
    ("transactions_are_uuid7", {}, of(pay(transaction="TXN-20240115-001")), FAIL, "TXN-20240115-001"),
    ("transactions_are_uuid7", {}, of(pay(transaction=UUID.replace("-7", "-4"))), FAIL, "-482b-"),
    ("transactions_are_uuid7", {}, of(ASKED), INCONC, "no transactionIds"),
    ("transactions_are_unique", {}, of(pay(transaction="A"), pay(9, "B")), PASS, "2 payments"),
    ("transactions_are_unique", {}, of(pay(transaction="A"), pay(9, "A")), FAIL, "A was used 4.0 s before"),
    ("transactions_are_unique", {}, of(pay()), INCONC, "1 payments"),
    # -- on which terminal
    ("pays_on_discovered_terminals", {}, of(LIST, pay()), PASS, "1 sales"),
    ("pays_on_discovered_terminals", {}, of(LIST, pay(terminal="conn-1")), PASS, "1 sales"),
    ("pays_on_discovered_terminals", {}, of(LIST, sale(), until(20)), PASS, "1 sales"),
    ("pays_on_discovered_terminals", {}, of(LIST, pay(terminal="TERM-9")), FAIL, "'TERM-9' was in no list"),
    ("pays_on_discovered_terminals", {}, of(pay(0.5), LIST), FAIL, "in no list"),
    ("pays_on_discovered_terminals", {}, of(LIST), INCONC, "no sales"),
    ("pays_on_online_terminals", {}, of(LIST, pay()), PASS, "1 payments"),
    ("pays_on_online_terminals", {}, of(LIST, pay(terminal="TERM-002")), FAIL, "TERM-002 was offline for 4.0 s"),
    ("pays_on_online_terminals", {}, of(LIST, push(4.7, "disconnected"), pay()), PASS, "1 payments"),
    ("pays_on_online_terminals", {}, of(LIST, push(2, "disconnected"), pay()), FAIL, "offline for 3.0 s"),
    ("pays_on_online_terminals", {}, of(LIST, push(2, "reconnecting"), pay()), FAIL, "reconnecting"),
    ("pays_on_online_terminals", {}, of(LIST, sale(terminal="TERM-002"), until(30)), PASS, "1 payments"),
    ("pays_on_online_terminals", {}, of(LIST, push(2, "busy"), pay()), PASS, "1 payments"),
    ("pays_on_online_terminals", {}, of(LIST, BARE_PUSH, pay(terminal="TERM-002")), PASS, "1 payments"),
    ("pays_on_online_terminals", {}, of(LIST), INCONC, "no payments"),
    ("names_terminals_by_device", {}, of(LIST, pay()), PASS, "1 payments"),
    ("names_terminals_by_device", {}, of(LIST, pay(terminal="conn-1")), FAIL, "TERM-001 by the name"),
    (
        "names_terminals_by_device",
        {},
        of(LIST, push(2, "connected", "conn-9"), pay(terminal="conn-9")),
        FAIL,
        "TERM-001",
    ),
    (
        "names_terminals_by_device",
        {},
        of(
            told(1, action="terminalsResponse", terminals=[{"connectionId": "c", "status": "online"}]),
            pay(terminal="c"),
        ),
        INCONC,
        "no payments",
    ),
    ("orders_as_terminals_stand", WITHIN, of(LIST, sale(terminal="TERM-001"), pay()), PASS, "1 sales"),
    (
        "orders_as_terminals_stand",
        WITHIN,
        of(LIST, sale(terminal="TERM-001"), until(30)),
        FAIL,
        "no payment on TERM-001",
    ),
    ("orders_as_terminals_stand", WITHIN, of(LIST, sale(terminal="TERM-002"), until(30)), PASS, "1 sales"),
    (
        "orders_as_terminals_stand",
        WITHIN,
        of(LIST, push(2, "disconnected"), sale(terminal="TERM-001"), pay()),
        FAIL,
        "TERM-001, which is offline",
    ),
    ("orders_as_terminals_stand", WITHIN, of(LIST, sale(terminal="TERM-001"), until(6)), INCONC, "no sales"),
    # -- how often
    ("no_payment_unasked", {}, of(sale(), pay()), PASS, "1 sales"),
    ("no_payment_unasked", {}, of(sale(), pay(), pay(130)), FAIL, "nobody asked for"),
    ("no_payment_unasked", {}, of(sale(), pay(), outcome(8, "FAILED"), pay(9, "B")), PASS, "1 sales"),
    ("no_payment_unasked", {}, of(sale(), pay(), outcome(8, "SUCCESS"), pay(9, "B")), FAIL, "nobody asked for"),
    (
        "no_payment_unasked",
        {},
        of(sale(), pay(), at_gateway(130, ApiAnswer(200, UUID, "CANCELLED")), pay(131, "B")),
        PASS,
        "1 sales",
    ),
    ("no_payment_unasked", {}, of(sale(), pay(), told(6, action="error", error="Busy"), pay(9, "B")), PASS, "1 sales"),
    ("no_payment_unasked", {}, of(pay(), pay(130)), INCONC, "no sales"),
    ("queries_after_the_limit", LIMIT, of(pay(), query(125), until(200)), PASS, "1 payments"),
    ("queries_after_the_limit", LIMIT, of(pay(), query(150)), FAIL, "the first in 145.0 s"),
    ("queries_after_the_limit", LIMIT, of(pay(), query(125, "other"), until(200)), FAIL, "none in 195.0 s"),
    ("queries_after_the_limit", LIMIT, of(pay(), outcome(9, "SUCCESS"), until(200)), INCONC, "no payments"),
    ("queries_after_the_limit", LIMIT, of(pay(), until(60)), INCONC, "no payments"),
    ("queries_are_signed", {}, of(query(125)), PASS, "1 requests"),
    ("queries_are_signed", {}, of(query(125, refused="no signature")), FAIL, "no signature"),
    ("queries_are_signed", {}, of(pay()), INCONC, "no requests"),
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
