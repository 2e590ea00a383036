"""Nonsense, pings and displacements by hand, and what each rule says of a POS that met them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import modulus_messages as rules
from harness.evidence.bench import Exited
from harness.evidence.trace import Trace
from harness.evidence.verdict import Verdict
from harness.wire import modulus
from harness.wire.endpoint import Opened
from harness.wire.modulus import Injected
from harness.wire.websocket_frames import Opcode, Pong
from tests.checks.modulus import (
    Happened,
    at_gateway,
    control,
    ended,
    goodbye,
    heard,
    left,
    let_in,
    mains,
    of,
    pings,
    pressed,
    told,
    until,
)
from tests.checks.traces import checks_of

PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL

NONSENSE = at_gateway(5, Injected("no json"))
EMPTY_LIST = told(5, action="terminalsResponse")
AWAY = told(5, action="forceDisconnect", reason="Another till")
PAY = heard(1, modulus.payment("TERM-001", "A", "12.40"))
PAID = told(
    5,
    action="paymentComplete",
    terminalId="TERM-001",
    paymentResponse={"transactionId": "A", "status": "SUCCESS", "amount": "12.40"},
)


def back(at: float, line: int = 2, to: str = "gateway") -> Happened:
    return at_gateway(at, Opened(line, to), line)


def answer(at: float, payload: bytes = b"abc", line: int = 1) -> Happened:
    return at_gateway(at, Pong(payload), line)


SOON = {"within": 120.0}
PROMPTLY = {"within": 15.0}
LONG = {"at_least": 60.0}

CASES = [
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, pings(30)), PASS, "1 strange messages"),
    ("bears_what_is_strange", SOON, of(let_in(), EMPTY_LIST, pings(30)), PASS, "1 strange messages"),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, left(5.1)), FAIL, "ended after 0.1 s"),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, goodbye(6)), FAIL, "ended after 1.0 s"),
    (
        "bears_what_is_strange",
        SOON,
        of(let_in(), NONSENSE, (6.0, "bench", 0, Exited(1, "KeyError"))),
        FAIL,
        "ended after 1.0 s",
    ),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, until(150)), FAIL, "nothing more was heard in 145.0 s"),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, until(50)), INCONC, "no strange"),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, ended(6), until(150)), INCONC, "no strange"),
    (
        "bears_what_is_strange",
        SOON,
        of(let_in(), NONSENSE, control(6, Opcode.CLOSE), goodbye(6.1), until(150)),
        INCONC,
        "no strange",
    ),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, mains(6, on=False), left(6)), INCONC, "no strange"),
    ("bears_what_is_strange", SOON, of(let_in(), NONSENSE, pressed(6, "quit"), goodbye(6)), INCONC, "no strange"),
    ("bears_what_is_strange", SOON, of(let_in(), PAID, pings(30)), INCONC, "no strange"),
    ("answers_pings_while_it_pays", PROMPTLY, of(PAY, control(2, Opcode.PING, b"abc"), answer(3)), PASS, "1 pings"),
    (
        "answers_pings_while_it_pays",
        PROMPTLY,
        of(PAY, control(2, Opcode.PING, b"abc"), answer(3, b"old"), until(20)),
        FAIL,
        "no pong in 18.0 s",
    ),
    (
        "answers_pings_while_it_pays",
        PROMPTLY,
        of(PAY, control(2, Opcode.PING, b"abc"), answer(30)),
        FAIL,
        "the pong in 28.0 s",
    ),
    ("answers_pings_while_it_pays", PROMPTLY, of(PAY, control(2, Opcode.PING), until(10)), INCONC, "no pings"),
    ("answers_pings_while_it_pays", PROMPTLY, of(PAY, PAID, control(6, Opcode.PING), until(60)), INCONC, "no pings"),
    ("stays_away", LONG, of(let_in(), AWAY, left(5.1), until(70)), PASS, "1 displacements"),
    ("stays_away", LONG, of(let_in(), AWAY, left(5.1), back(80)), PASS, "1 displacements"),
    ("stays_away", LONG, of(let_in(), AWAY, back(10)), FAIL, "back after 5.0 s"),
    ("stays_away", LONG, of(let_in(), AWAY, back(10, to="api"), until(70)), PASS, "1 displacements"),
    ("stays_away", LONG, of(let_in(), AWAY, pressed(8, "connect"), back(10), until(20)), INCONC, "no displacements"),
    ("stays_away", LONG, of(let_in(), AWAY, mains(8), back(10), until(20)), INCONC, "no displacements"),
    ("stays_away", LONG, of(let_in(), AWAY, until(20)), INCONC, "no displacements"),
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
