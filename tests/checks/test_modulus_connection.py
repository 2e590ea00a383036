"""How a POS comes to the gateway, by hand: arrivals, keys, certificates and refusals in a few lines."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import modulus_connection as rules
from harness.evidence.bench import Exited
from harness.evidence.trace import Trace
from harness.evidence.verdict import Verdict
from harness.wire import modulus
from harness.wire.endpoint import Listen, Opened, Unsecured
from tests.checks.modulus import (
    answered,
    at_gateway,
    ended,
    heard,
    left,
    let_in,
    mains,
    of,
    said,
    screen,
    turned_away,
    until,
)
from tests.checks.traces import checks_of

PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL

ASK = modulus.get_terminals()
TOLD = modulus.read_from_gateway('{"action":"terminalsResponse","terminals":[{"deviceId":"T","status":"online"}]}')
NAMELESS = modulus.read_from_gateway('{"action":"terminalsResponse","terminals":[{"status":"online"}]}')

DISPLACED = said(5.1, action="forceDisconnect")


def result(response: str) -> object:
    return modulus.read_from_gateway(f'{{"action":"paymentComplete","terminalId":"T"{response}}}')


SUCCEEDED = '"transactionId":"1","status":"SUCCESS","amount":"1.00"'
RESULT = result(f',"paymentResponse":{{{SUCCEEDED},"authorizationCode":"A"}}')
UNAUTHORISED = result(f',"paymentResponse":{{{SUCCEEDED}}}')
HOLLOW = result("")

SOON = {"within": 1.0}
HERE = {"listener": "gateway", "within": 30.0}
REPORTED = {"words": ["refus", "denied"], "within": 15.0}
THERE = {"listener": "gateway"}
LISTS = {"within": 10.0}
ALIVE = {"silence": 120.0}

DISMISSED = [(0.0, "gateway", 0, Listen("gateway", identity="expired")),
             (5.0, "gateway", 0, Unsecured("gateway", "certificate unknown"))]  # fmt: skip
TRUSTING = (6.0, "gateway", 1, Opened(1, "gateway"))
RIGHT = (6.0, "gateway", 0, Listen("gateway"))
IN_CLEAR = (7.0, "gateway", 0, Unsecured("gateway", "http request"))

CASES: list[tuple[str, dict[str, Any], Trace, Verdict, str]] = [
    ("reaches", HERE, of(mains(0), let_in(5)), PASS, "after 5.00 s"),
    ("reaches", HERE, of(mains(0), let_in(45)), FAIL, "only after 45.00 s"),
    ("reaches", HERE, of(mains(0), let_in(5, to="spare"), until(40)), FAIL, "none in 40.0 s, and 1 lines in all"),
    ("reaches", HERE, of(mains(0), turned_away(5), until(40)), PASS, "after 5.00 s"),
    ("reaches", HERE, of(mains(0), until(20)), INCONC, "none in 20.0 s"),
    ("reaches", HERE, of(mains(0), (1.0, "bench", 0, Exited(1, "")), until(90)), INCONC, "none"),
    ("reaches", HERE, of(), INCONC, "nothing on"),
    ("shows_an_issued_key", {}, of(let_in()), PASS, "1 keys"),
    ("shows_an_issued_key", {}, of(turned_away(0)), FAIL, "not one that was issued"),
    ("shows_an_issued_key", {}, of(), INCONC, "no keys"),
    ("only_issued_keys_are_let_in", {}, of(let_in(), turned_away(9, line=2)), PASS, "1 such"),
    ("only_issued_keys_are_let_in", {}, of(turned_away(0, answer=101)), FAIL, "was let in"),
    ("only_issued_keys_are_let_in", {}, of(let_in()), INCONC, "no such"),
    ("refusal_reported", REPORTED, of(turned_away(0), screen(1, "Connection REFUSED")), PASS, "after 1.00 s"),
    ("refusal_reported", REPORTED, of(turned_away(0), screen(1, "HTTP 401")), PASS, "after 1.00 s"),
    ("refusal_reported", REPORTED, of(turned_away(0, 1008), screen(1, "closed: 1008")), PASS, "after 1.00 s"),
    ("refusal_reported", REPORTED, of(turned_away(0), screen(1, "Connecting"), until(30)), FAIL, "'Connecting'"),
    ("refusal_reported", REPORTED, of(turned_away(0), screen(20, "refused")), FAIL, "only after 20.00 s"),
    ("refusal_reported", REPORTED, of(turned_away(0), screen(1, "Connecting"), until(9)), INCONC, "not yet"),
    ("refusal_reported", REPORTED, of(turned_away(0), until(99)), INCONC, "no screen"),
    ("refusal_reported", REPORTED, of(screen(0, "refused"), let_in()), INCONC, "nothing was refused"),
    ("distrusts", THERE, of(DISMISSED), PASS, "1 dials"),
    ("distrusts", {**THERE, "at_least": 2}, of(DISMISSED), INCONC, "1 dials"),
    ("distrusts", THERE, of(DISMISSED, TRUSTING), FAIL, "line 1 was opened with one that is expired"),
    ("distrusts", THERE, of(DISMISSED, RIGHT, let_in(7)), PASS, "1 dials"),
    ("distrusts", THERE, of(let_in()), INCONC, "0 dials"),
    ("never_in_clear", THERE, of(let_in(), DISMISSED), PASS, "2 dials"),
    ("never_in_clear", THERE, of(let_in(), IN_CLEAR), FAIL, "spoke in clear"),
    ("never_in_clear", THERE, of(), INCONC, "no dials"),
    ("lists_on_every_line", LISTS, of(let_in(), heard(1, ASK)), PASS, "1 lines"),
    (
        "lists_on_every_line",
        LISTS,
        of(let_in(), heard(1, ASK), left(9), let_in(20, 2), until(40)),
        FAIL,
        "not in 20.0 s",
    ),
    ("lists_on_every_line", LISTS, of(let_in(), heard(15, ASK)), FAIL, "only in 15.0 s"),
    ("lists_on_every_line", LISTS, of(let_in(), until(5)), INCONC, "so on 0 lines"),
    ("lists_on_every_line", {**LISTS, "at_least": 2}, of(let_in(), heard(1, ASK)), INCONC, "so on 1 lines"),
    ("lists_on_every_line", LISTS, of(turned_away(0), until(50)), INCONC, "so on 0 lines"),
    (
        "passes_the_self_test",
        {},
        of(
            let_in(),
            heard(1, ASK),
            at_gateway(1, TOLD),
            answered(30),
            at_gateway(30.1, modulus.read_from_gateway('{"action":"pong"}')),
            left(40),
            let_in(45, 2),
        ),
        PASS,
        "all four",
    ),
    (
        "passes_the_self_test",
        {},
        of(let_in(), heard(1, ASK), at_gateway(1, TOLD)),
        FAIL,
        "no ping was answered; no sec",
    ),
    ("passes_the_self_test", {}, of(), INCONC, "nothing was dialled"),
    ("terminals_are_told", {}, of(at_gateway(0, TOLD)), PASS, "1 lists"),
    ("terminals_are_told", {}, of(at_gateway(0, NAMELESS)), FAIL, "terminals.0.deviceId: missing"),
    ("terminals_are_told", {}, of(), INCONC, "no lists"),
    ("newest_wins", SOON, of(let_in(), let_in(5, 2), DISPLACED), PASS, "1 displacements"),
    ("newest_wins", SOON, of(let_in(), let_in(5, 2), said(5, action="forceDisconnect"), ended(5)), PASS, "1 displ"),
    ("newest_wins", SOON, of(let_in(), let_in(5, 2), until(90)), FAIL, "line 1 was not told"),
    ("newest_wins", SOON, of(let_in(), let_in(5, 2), said(5.1, 2, action="forceDisconnect")), FAIL, "2 was told"),
    ("newest_wins", SOON, of(let_in(), left(4), let_in(5, 2)), INCONC, "no displacements"),
    ("results_are_whole", {}, of(at_gateway(0, RESULT)), PASS, "1 results"),
    ("results_are_whole", {}, of(at_gateway(0, UNAUTHORISED)), FAIL, "without an authorizationCode"),
    ("results_are_whole", {}, of(at_gateway(0, HOLLOW)), FAIL, "paymentResponse: missing"),
    ("results_are_whole", {}, of(), INCONC, "no results"),
    ("let_in_again", {"at_least": 2}, of(let_in(), left(1), let_in(6, 2)), PASS, "2 were"),
    ("let_in_again", {"at_least": 2}, of(let_in(), left(1), turned_away(6, line=2)), FAIL, "1 were"),
    ("let_in_again", {"at_least": 2}, of(turned_away(6)), INCONC, "none was ever let in"),
    ("alive_at_the_end", ALIVE, of(let_in(), answered(30), until(100)), PASS, "70.0 s ago"),
    ("alive_at_the_end", ALIVE, of(let_in(), heard(1, ASK), until(200)), FAIL, "199.0 s ago"),
    ("alive_at_the_end", ALIVE, of(let_in(), until(200)), INCONC, "never said anything"),
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
