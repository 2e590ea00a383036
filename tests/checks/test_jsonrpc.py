"""JSON-RPC in traces of a few lines: versions, ids, what is answered with what, and what must not be."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checks import jsonrpc
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close
from harness.wire.jsonrpc import Call, Failure, Notice, Reply, build
from tests.checks.talks import (
    Happened,
    Sample,
    concludes,
    ended,
    framed,
    heard,
    mains,
    named,
    on,
    said,
    seen_both_ways,
    up,
)

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

UP = up(1, 0)
TEN = {"within": 10.0}


def asks(at: float, id: Any, method: str = "sale", line: int = 1) -> Happened:
    """The DUT calls."""
    return heard(line, at, build(Call(id, method)))


def told(at: float, id: Any) -> Happened:
    """We reply."""
    return said(1, at, build(Reply(id, {})))


def call(at: float, id: Any, method: str = "signature") -> Happened:
    """We call."""
    return said(1, at, build(Call(id, method)))


def notice(at: float) -> Happened:
    return said(1, at, build(Notice("told")))


def reply(at: float, id: Any) -> Happened:
    """The DUT replies."""
    return heard(1, at, build(Reply(id, {})))


def failure(at: float, id: Any, code: int = -32601) -> Happened:
    return heard(1, at, build(Failure(id, code, "no")))


KNOWN = {**TEN, "known": ["signature"]}
BENT = said(1, 2, framed(3))

SAMPLES = [
    # each message by itself
    Sample(jsonrpc.messages_legal, [*UP, asks(1, 1), reply(2, "a")], PASS, "2 messages"),
    Sample(jsonrpc.messages_legal, [*UP, heard(1, 1, "{")], FAIL, "not JSON"),
    Sample(jsonrpc.messages_legal, [*UP, asks(1, None)], FAIL, "id is null"),
    Sample(jsonrpc.messages_legal, [*UP, heard(1, 1, f"[{build(Call(1, 'a'))}]")], PASS, "1 message"),
    Sample(jsonrpc.messages_legal, [*UP, heard(1, 1, f"[{build(Call(1, 'a'))}]")], FAIL, "batch of 1",
           {"batches": False}),
    Sample(jsonrpc.messages_legal, UP, INCONC, "no messages"),
    Sample(jsonrpc.version_given, [*UP, asks(1, 1), heard(1, 1, "[]")], PASS, "1 message"),
    Sample(jsonrpc.version_given, [*UP, heard(1, 1, '{"id":1,"method":"a"}')], FAIL, "no jsonrpc member"),
    Sample(jsonrpc.version_given, [*UP, heard(1, 1, '{"jsonrpc":"2","id":1}')], FAIL, "jsonrpc is not"),
    Sample(jsonrpc.version_given, [*UP, heard(1, 1, "{")], INCONC, "no messages"),
    Sample(jsonrpc.one_of_result_and_error, [*UP, reply(1, 1), failure(2, 2)], PASS, "2 messages"),
    Sample(jsonrpc.one_of_result_and_error, [*UP, heard(1, 1, '{"jsonrpc":"2.0","id":1}')], FAIL, "none of method"),
    Sample(jsonrpc.one_of_result_and_error,
           [*UP, heard(1, 1, '{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}')], FAIL, "both a"),
    Sample(jsonrpc.one_of_result_and_error, [*UP, asks(1, 1)], INCONC, "no messages"),
    # calls of the DUT
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), asks(2, 2), asks(3, "1")], PASS, "3 calls"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), told(2, 1), asks(3, 1)], PASS, "2 calls"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), asks(3, 1)], FAIL, "id 1 is used again"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), told(2, "1"), asks(3, 1)], FAIL, "used again"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), asks(302, 1)], PASS, "2 calls"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1.5)], FAIL, "neither a whole number nor a string"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), *up(2, 2), asks(3, 1, line=2)], PASS, "2 calls"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, asks(1, 1), BENT, told(2, 1), asks(3, 1)], PASS, "1 call"),
    Sample(jsonrpc.ids_unique_while_outstanding, [*UP, reply(1, 1)], INCONC, "no calls"),
    # answers of the DUT
    Sample(jsonrpc.replies_repeat_the_id, [*UP, call(1, 7), call(1, 8), failure(2, 8), reply(3, 7)], PASS, "2 replies"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, call(1, 7), reply(2, "7")], FAIL, "another type"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, call(1, 7), reply(2, 8)], FAIL, "id 8 is that of no call"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, reply(1, 7), call(2, 7)], FAIL, "id 7 is that of no call"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, call(1, 7), reply(2, 7), reply(3, 7)], FAIL, "answered again"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, call(1, 7), reply(2, 7), call(3, 7), reply(4, 7)], PASS, "2 replies"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, failure(1, None, -32700)], INCONC, "no replies"),
    Sample(jsonrpc.replies_repeat_the_id, [*UP, BENT, reply(3, 7)], INCONC, "no replies"),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), reply(2, 7)], PASS, "1 call", TEN),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), failure(2, 7)], PASS, "1 call", TEN),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), reply(12, 7)], FAIL, "only after 11.0 s", TEN),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), reply(2, "7"), ended(12)], FAIL, "not after 11.0 s", TEN),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), ended(12)], INCONC, "no calls", {**TEN, "methods": ["other"]}),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), ended(9)], INCONC, "no calls", TEN),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), on(1, 9, Close(1)), ended(99)], INCONC, "no calls", TEN),
    Sample(jsonrpc.calls_answered, [*UP, call(1, 7), mains(2, on=False), ended(99)], INCONC, "no calls", TEN),
    Sample(jsonrpc.unknown_methods_refused, [*UP, call(1, 7, "odd"), failure(2, 7)], PASS, "1 call", KNOWN),
    Sample(jsonrpc.unknown_methods_refused, [*UP, call(1, 7, "odd"), reply(2, 7)], FAIL, "a result", KNOWN),
    Sample(jsonrpc.unknown_methods_refused, [*UP, call(1, 7, "odd"), failure(2, 7, -1)], FAIL, "the error -1", KNOWN),
    Sample(jsonrpc.unknown_methods_refused, [*UP, call(1, 7, "odd"), ended(12)], FAIL, "not after 11.0 s", KNOWN),
    Sample(jsonrpc.unknown_methods_refused, [*UP, call(1, 7), reply(2, 7)], INCONC, "no calls", KNOWN),
    Sample(jsonrpc.notices_unanswered, [*UP, notice(1), call(2, 7), reply(3, 7), ended(12)], PASS, "1 notif", TEN),
    Sample(jsonrpc.notices_unanswered, [*UP, notice(1), reply(2, None)], FAIL, "notification told was answered", TEN),
    Sample(jsonrpc.notices_unanswered, [*UP, notice(1), heard(1, 2, '{"jsonrpc":"2.0","result":1}')], FAIL, "", TEN),
    Sample(jsonrpc.notices_unanswered, [*UP, notice(1), reply(2, 99)], FAIL, "told was answered", TEN),
    Sample(jsonrpc.notices_unanswered, [*UP, call(1, 7), notice(1), reply(2, "7"), ended(12)], PASS, "1 notif", TEN),
    Sample(jsonrpc.notices_unanswered, [*UP, notice(1), said(1, 1, "{"), failure(2, None), ended(12)], INCONC, "", TEN),
    Sample(jsonrpc.notices_unanswered, [*UP, notice(1), ended(10)], INCONC, "no notifications", TEN),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_finding(sample: Sample) -> None:
    concludes(sample)


def test_every_check_was_seen_both_ways() -> None:
    seen_both_ways(jsonrpc, SAMPLES)
