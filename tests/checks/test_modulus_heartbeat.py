"""The heartbeat of a POS by hand: pings and pongs in a few lines, and what each rule says of them."""

from __future__ import annotations

import pytest

from harness.checks import modulus_heartbeat as rules
from harness.evidence.bench import Pressed
from harness.evidence.trace import Trace
from harness.evidence.verdict import Verdict
from harness.wire import modulus
from harness.wire.modulus import Injected
from harness.wire.websocket_frames import Opcode, Ping
from tests.checks.modulus import (
    answered,
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
    pong,
    said,
    until,
)
from tests.checks.traces import checks_of

PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL

PAYMENT = modulus.payment("TERM-001", "T", "12.40")
RESULT = {"action": "paymentComplete", "terminalId": "TERM-001", "paymentResponse": {"transactionId": "T"}}

EVERY = {"earliest": 25.0, "latest": 35.0, "at_least": 3}
SILENT = {"limit": 120.0}
WAITS = {"earliest": 8.0, "latest": 15.0}
DEAD = {"limit": 60.0}
HEALTHY = {"patience": 8.0}
DURING = {"longest": 70.0}

CASES = [
    # -- period
    ("pings_every", EVERY, of(let_in(), answered(30, 60, 91)), PASS, "2 intervals"),
    ("pings_every", EVERY, of(let_in(), answered(30, 60, 80)), FAIL, "20.00 s"),
    ("pings_every", EVERY, of(let_in(), answered(30, 330, 630)), FAIL, "300.00 s"),
    ("pings_every", EVERY, of(let_in(), answered(30), until(500)), FAIL, "470.00 s without a ping"),
    ("pings_every", EVERY, of(let_in(), until(90)), FAIL, "90.00 s without a ping"),
    ("pings_every", EVERY, of(let_in(), answered(30), mains(40, on=False), until(500)), INCONC, "1 pings"),
    ("pings_every", EVERY, of(let_in(), answered(30, 60), until(70)), INCONC, "2 pings in 70 s"),
    (
        "pings_every",
        EVERY,
        of(let_in(), answered(30), left(40), let_in(45, 2), answered(75, line=2)),
        INCONC,
        "1 pings",
    ),
    ("pings_every", EVERY, of(), INCONC, "0 pings"),
    # -- silence
    ("never_silent_for", SILENT, of(let_in(), answered(30, 60), until(100)), PASS, "2 pings"),
    ("never_silent_for", SILENT, of(let_in(), until(121)), FAIL, "121.0 s without a ping after its opening"),
    ("never_silent_for", SILENT, of(let_in(), answered(30), until(200)), FAIL, "after a ping on line 1"),
    ("never_silent_for", SILENT, of(let_in(), answered(30), left(40), until(900)), PASS, "1 pings"),
    ("never_silent_for", SILENT, of(let_in(), until(100)), INCONC, "no pings"),
    ("never_silent_for", {**SILENT, "at_least": 600.0}, of(let_in(), answered(30), until(90)), INCONC, "than 90 s"),
    ("never_silent_for", SILENT, of(mains(0), let_in(), mains(10, on=False), until(900)), INCONC, "no pings"),
    # -- in JSON
    ("pings_in_json", SILENT, of(let_in(), at_gateway(30, Ping(b"")), until(200)), FAIL, "1 control pings on line 1"),
    ("pings_in_json", SILENT, of(let_in(), at_gateway(30, Ping(b"")), pings(30), until(200)), PASS, "1 lines"),
    ("pings_in_json", SILENT, of(let_in(), until(200)), INCONC, "no lines"),
    ("pings_in_json", SILENT, of(let_in(), at_gateway(30, Ping(b"")), until(50)), INCONC, "no lines"),
    # -- one timer
    (
        "one_heartbeat",
        {},
        of(let_in(), pings(30, 60), left(61), let_in(66, 2), pings(96, 126, line=2)),
        PASS,
        "1 interv",
    ),
    (
        "one_heartbeat",
        {},
        of(let_in(), pings(30, 60), left(61), let_in(66, 2), pings(90, 96, line=2)),
        FAIL,
        "6.00 s whe",
    ),
    (
        "one_heartbeat",
        {},
        of(let_in(), pings(30, 40), left(61), let_in(66, 2), pings(90, 100, line=2)),
        PASS,
        "1 interv",
    ),
    ("one_heartbeat", {}, of(let_in(), pings(30, 60), left(61), let_in(66, 2), pings(90, line=2)), INCONC, "no interv"),
    ("one_heartbeat", {}, of(let_in(), pings(30)), INCONC, "no line with two pings"),
    # -- payments
    (
        "beats_during_payments",
        DURING,
        of(let_in(), pings(30, 60), heard(70, PAYMENT), pings(90, 120, 150), said(170, **RESULT)),
        PASS,
        "1 long payments",
    ),
    (
        "beats_during_payments",
        DURING,
        of(let_in(), pings(30, 60), heard(70, PAYMENT), said(170, **RESULT), pings(180)),
        FAIL,
        "100.0 s without a ping in a payment",
    ),
    ("beats_during_payments", DURING, of(let_in(), heard(70, PAYMENT), until(150)), FAIL, "80.0 s without"),
    ("beats_during_payments", DURING, of(let_in(), pings(60, 160), heard(170, PAYMENT), until(300)), INCONC, "no long"),
    (
        "beats_during_payments",
        DURING,
        of(let_in(), heard(70, PAYMENT), said(90, **RESULT), until(200)),
        INCONC,
        "no long",
    ),
    # -- our own pongs
    ("pings_are_answered", {"within": 1.0}, of(let_in(), answered(30, 60)), PASS, "2 pings"),
    ("pings_are_answered", {"within": 1.0}, of(let_in(), answered(30), pings(60), until(70)), FAIL, "no pong in 1 s"),
    ("pings_are_answered", {"within": 1.0}, of(let_in(), pings(60), until(60.5)), INCONC, "no pings"),
    ("pings_are_answered", {"within": 1.0}, of(let_in(), until(60.5)), INCONC, "no pings"),
    # -- no pong
    ("waits_for_the_pong", WAITS, of(let_in(), answered(30), pings(60), left(70)), PASS, "1 lines"),
    ("waits_for_the_pong", WAITS, of(let_in(), pings(30), left(60)), FAIL, "ended 30.0 s after its ping"),
    ("waits_for_the_pong", WAITS, of(let_in(), pings(30), goodbye(33)), FAIL, "ended 3.0 s after its ping"),
    ("waits_for_the_pong", WAITS, of(let_in(), pings(30), until(60)), FAIL, "still up 30.0 s after its ping"),
    ("waits_for_the_pong", WAITS, of(let_in(), pings(30), ended(40)), INCONC, "no lines"),
    ("waits_for_the_pong", WAITS, of(let_in(), answered(30), until(90)), INCONC, "no lines"),
    ("gives_up_a_dead_line", DEAD, of(let_in(), pings(30), left(40)), PASS, "1 lines"),
    ("gives_up_a_dead_line", DEAD, of(let_in(), pings(30, 60, 90), until(100)), FAIL, "still up 70.0 s after"),
    ("gives_up_a_dead_line", DEAD, of(let_in(), pings(30, 60), left(105)), FAIL, "ended only 75.0 s after"),
    ("gives_up_a_dead_line", DEAD, of(let_in(), pings(30), until(50)), INCONC, "no lines"),
    # -- a healthy line
    ("ends_no_healthy_line", HEALTHY, of(let_in(), answered(30, 60)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), answered(30), left(40)), FAIL, "with every ping answered"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), answered(30), goodbye(40), ended(40)), FAIL, "every ping answered"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), pings(30), left(33)), FAIL, "3.0 s after its ping"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), pings(30), left(40)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), control(5, Opcode.CLOSE), goodbye(5), left(5)), INCONC, "no lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), said(5, action="forceDisconnect"), left(5)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), (4.0, "bench", 0, Pressed("quit", {})), left(5)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), at_gateway(4, Injected("{")), left(5)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), at_gateway(4, Injected("{")), left(15)), FAIL, "1 was ended"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), control(4, Opcode.BINARY), left(5)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(mains(0), let_in(), mains(9, on=False), left(9)), PASS, "1 lines"),
    ("ends_no_healthy_line", HEALTHY, of(let_in(), until(100)), INCONC, "no lines"),
]


@pytest.mark.parametrize(
    ("check", "limits", "happened", "verdict", "actual"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(CASES)],
)
def test_a_rule(check: str, limits: dict[str, float], happened: Trace, verdict: Verdict, actual: str) -> None:
    finding = getattr(rules, check)(happened, **limits)
    assert finding.verdict is verdict, finding
    assert actual in finding.actual


def test_every_rule_passes_fails_and_leaves_undecided() -> None:
    shown = {(check, verdict) for check, _, _, verdict, _ in CASES}
    assert shown == {(check.__name__, verdict) for check in checks_of(rules) for verdict in (PASS, FAIL, INCONC)}


def test_a_pong_that_never_left_is_none() -> None:
    """A harm may keep back what the gateway noted: only bytes count."""
    noted = at_gateway(30.1, modulus.read_from_gateway('{"action":"pong"}'))
    silent = of(let_in(), pings(30), noted, left(40))
    assert rules.waits_for_the_pong(silent, **WAITS).verdict is PASS
    assert rules.waits_for_the_pong(of(let_in(), pings(30), pong(30.1), left(40)), **WAITS).verdict is INCONC
