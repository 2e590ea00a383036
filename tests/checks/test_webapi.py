"""A POS that orders by URL, in traces of a few lines: each rule kept, broken, and without anything to judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.checks import end_to_end, webapi
from harness.evidence.bench import Booked, Mains, Pressed, Screen
from harness.evidence.verdict import Finding, Verdict
from harness.wire.endpoint import Close
from harness.wire.webapi import OFFLINE, PosAnswer, PosCall
from tests.checks.traces import checks_of, command, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
Happened = tuple[float, str, int, object]

UNKNOWN = "Receive error: outcome unknown"


def sells(at: float = 0.0, amount: str = "12.40") -> Happened:
    return (at, "bench", 0, Pressed("sale", {"amount": amount}))


def orders(at: float = 1.0, ref_id: str = "A", line: int = 1, amount: str = "12.40") -> Happened:
    return (at, "pos", line, PosCall("runTransaction", {"command": "Sale", "refID": ref_id, "amount": amount,
                                                         "terminalId": "77001234"}))  # fmt: skip


def asks(at: float, ref_id: str = "A", line: int = 2) -> Happened:
    return (at, "pos", line, PosCall("checkStatus", {"command": "Sale", "refID": ref_id, "terminalId": "77001234"}))


def told(at: float, result: str = "Approved", message: str = "", line: int = 1, **fields: Any) -> Happened:
    return (at, "pos", line, PosAnswer(200, {"ResultCode": result, "Message": message, **fields}))


def lost(at: float = 2.0) -> Happened:
    return told(at, "Error", UNKNOWN)


def cut(at: float = 2.0, line: int = 1) -> Happened:
    return (at, "pos", line, Close(line, reset=True))


def books(at: float, state: str, amount: str = "") -> Happened:
    return (at, "bench", 0, Booked("A", state, amount))


def approves(at: float = 3.0, amount: str = "12.40") -> Happened:
    return (at, "cloud", 1, response("1-A", Amount=amount))


def mains(at: float, on: bool) -> Happened:
    return (at, "bench", 0, Mains(on))


LATER: Happened = (500.0, "bench", 0, Screen("later"))
WITHIN = {"within": 30.0}
PART = [sells(), orders(), (1.5, "cloud", 1, command("1-A", amount="12.40")), approves(amount="5.00")]

fresh, one_at_a_time = webapi.fresh_references, webapi.one_at_a_time
asks_for_the_lost, asks_no_faster, takes_a_part = webapi.asks_for_the_lost, webapi.asks_no_faster, webapi.takes_a_part

SAMPLES: list[tuple[Callable[..., Finding], dict[str, Any], list[Happened], Verdict]] = [
    (fresh, {}, [orders(), told(2.0), orders(3.0, "B")], PASS),
    (fresh, {}, [orders(), told(2.0), orders(3.0, "A")], FAIL),
    (fresh, {}, [sells()], INCONC),
    (one_at_a_time, {}, [orders(), told(2.0), orders(3.0, "B", 2)], PASS),
    (one_at_a_time, {}, [orders(), orders(1.5, "B", 2), told(2.0)], FAIL),
    (one_at_a_time, {}, [orders(), cut(1.2), orders(1.5, "B", 2)], PASS),
    (one_at_a_time, {}, [orders(), orders(1.5, "B", 2)], FAIL),
    (one_at_a_time, {}, [sells()], INCONC),
    (asks_for_the_lost, WITHIN, [orders(), lost(), asks(2.0)], PASS),
    (asks_for_the_lost, WITHIN, [orders(), cut(), asks(7.0), told(7.1, line=2), orders(9.0, "B", 3)], PASS),
    (asks_for_the_lost, WITHIN, [orders(), cut(), orders(9.0, "B", 3), asks(9.5)], FAIL),
    (asks_for_the_lost, WITHIN, [orders(), lost(), asks(3.0, "B"), LATER], FAIL),
    (asks_for_the_lost, WITHIN, [orders(), lost(), asks(60.0)], FAIL),
    (asks_for_the_lost, WITHIN, [orders(), cut(), mains(2.1, False), mains(50.0, True), asks(60.0)], PASS),
    (asks_for_the_lost, WITHIN, [orders(), lost(), (9.0, "bench", 0, Screen("later"))], INCONC),
    (asks_for_the_lost, WITHIN, [orders(), told(2.0)], INCONC),
    (asks_for_the_lost, WITHIN, [orders(), told(2.0, "Error", OFFLINE)], INCONC),
    (asks_no_faster, {}, [asks(2.0), asks(7.0), asks(12.0)], PASS),
    (asks_no_faster, {}, [asks(2.0), asks(6.95)], PASS),
    (asks_no_faster, {}, [asks(2.0), asks(6.0)], FAIL),
    (asks_no_faster, {"slack": 1.5}, [asks(2.0), asks(6.0)], PASS),
    (asks_no_faster, {}, [asks(2.0), asks(3.0, "B")], INCONC),
    (asks_no_faster, {}, [asks(2.0), asks(183.0), asks(213.0)], PASS),
    (asks_no_faster, {}, [asks(2.0), asks(183.0), asks(188.0)], FAIL),
    (asks_no_faster, {}, [asks(2.0), asks(7.0), mains(8.0, False), mains(8.5, True), asks(9.0)], PASS),
    (asks_no_faster, {}, [asks(2.0)], INCONC),
    (takes_a_part, {}, [*PART, books(3.1, "paid", "5.00")], PASS),
    (takes_a_part, {}, [*PART, books(3.1, "paid", "12.40")], FAIL),
    (takes_a_part, {}, [*PART, books(3.1, "declined")], FAIL),
    (takes_a_part, {}, PART, FAIL),
    (takes_a_part, {}, [sells(), orders(), approves()], INCONC),
]

OF_THE_WHOLE_WAY: list[tuple[Callable[..., Finding], dict[str, Any], list[Happened], Verdict]] = [
    (end_to_end.ordered_once, {}, [sells(), orders()], PASS),
    (end_to_end.ordered_once, {}, [sells(), orders(), lost(), orders(9.0, "B", 2)], FAIL),
    (end_to_end.amount_as_typed, {}, [sells(), orders(amount="1240.00")], FAIL),
    (end_to_end.amount_as_typed, {}, [*PART, books(3.1, "paid", "5.00")], PASS),
    (end_to_end.amount_as_typed, {}, [*PART, books(3.1, "paid", "12.40")], FAIL),
    (end_to_end.amount_as_typed, {}, [sells(), orders(), approves(amount="50.00")], FAIL),
    (end_to_end.unknown_until_told, {}, [sells(), orders(), lost(), books(2.1, "unknown")], PASS),
    (end_to_end.unknown_until_told, {}, [sells(), orders(), lost(), books(2.1, "declined")], FAIL),
    (
        end_to_end.unknown_until_told,
        {},
        [sells(), orders(), told(2.0, "Error", OFFLINE), books(2.1, "cancelled")],
        PASS,
    ),
    (
        end_to_end.unknown_until_told,
        {},
        [sells(), orders(), cut(), asks(3.0), told(3.1, "Error", "x", 2, ResultFinal=False), books(3.2, "declined")],
        FAIL,
    ),
    (
        end_to_end.unknown_until_told,
        {},
        [sells(), orders(), cut(), asks(3.0), told(3.1, line=2, ResultFinal=True), books(3.2, "paid", "12.40")],
        PASS,
    ),
    (end_to_end.outcome_comes_back, {"within": 10.0}, [orders(), approves(), told(3.1)], PASS),
    (end_to_end.outcome_comes_back, {"within": 10.0}, [orders(), approves(), told(30.0)], FAIL),
    (
        end_to_end.outcome_comes_back,
        {"within": 10.0},
        [orders(), cut(), approves(), asks(30.0), told(30.1, line=2, ResultFinal=True)],
        PASS,
    ),
    (
        end_to_end.drop_and_return_told,
        {},
        [orders(), told(1.1, "Error", OFFLINE), orders(9.0, "B", 3), told(12.0, line=3)],
        PASS,
    ),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), [*SAMPLES, *OF_THE_WHOLE_WAY])
def test_each_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize("check", sorted(checks_of(webapi), key=lambda check: check.__name__))
def test_each_rule_was_seen_both_ways(check):
    assert {verdict for one, _, _, verdict in SAMPLES if one is check} == {PASS, FAIL, INCONC}


def test_what_is_no_answer_about_a_sale_says_nothing():
    assert webapi.says(PosAnswer(200, {"Status": "Success"})) is None
