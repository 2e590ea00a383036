"""The rules about the web API, on exchanges written by hand."""

from __future__ import annotations

import json

import pytest

from harness.checks import web
from harness.evidence.verdict import Verdict
from harness.wire.econduit import RESPONSE_FIELDS
from harness.wire.endpoint import Opened, Received, Send
from tests.checks.traces import OK, command, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
UP = ((0.0, "cloud", 1, Opened(1, "primary")), (0.0, "cloud", 1, OK))
WENT = (2.0, "cloud", 1, command("A"))


def asks(name="runTransaction", at=1.0, line=1, **parameters):
    given = {"command": "Sale", "key": "\xa4\xa4", "refID": "A", "amount": "1.00", **parameters}
    query = "&".join(f"{key}={value}" for key, value in given.items())
    return (at, "till", line, Send(line, f"GET /services/api.asmx/{name}?{query} HTTP/1.1\r\n\r\n".encode("latin-1")))


def answers(fields, at=5.0, line=1, status=200):
    body = json.dumps(fields).encode() if isinstance(fields, dict) else fields
    head = f"HTTP/1.1 {status} OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return (at, "till", line, Received(line, head + body))


def said(result="Approved", at=4.0, **fields):
    return (at, "cloud", 1, response("A", result, **fields))


def shape(result="Approved", message="", **fields):
    return {**dict.fromkeys(RESPONSE_FIELDS, ""), "ResultCode": result, "Message": message, "RefID": "A", **fields}


GOOD = shape(AuthCode="X")
UNKNOWN = shape("Error", "Receive error")
OFFLINE = shape("Error", "Terminal offline")

TABLE = [
    # check, limits, events, verdict, a word of the finding
    (web.answers_in_shape, {}, [asks(), answers(GOOD)], PASS, "so it came"),
    (web.answers_in_shape, {}, [asks(), answers({"ResultCode": "Approved"})], FAIL, "without TerminalID"),
    (web.answers_in_shape, {}, [asks(), answers(b"<html>")], FAIL, "<html>"),
    (web.answers_in_shape, {}, [asks(), answers(GOOD, status=500)], FAIL, "HTTP 500"),
    (web.answers_in_shape, {}, [asks("checkStatus"), answers(GOOD)], FAIL, "without ResultFinal"),
    (web.answers_in_shape, {}, [asks()], INCONC, "no answer"),
    (web.answers_in_shape, {}, [], INCONC, "no answer"),
    (web.tells_the_truth, {}, [*UP, asks(), WENT, said(AuthCode="X"), answers(GOOD)], PASS, "in its own words"),
    (web.tells_the_truth, {}, [*UP, asks(), WENT, said("Declined"), answers(GOOD)], FAIL, "'Approved' in place of"),
    (web.tells_the_truth, {}, [*UP, asks(), WENT, answers(GOOD)], FAIL, "'Approved'"),
    (web.tells_the_truth, {}, [*UP, asks(), WENT, answers(UNKNOWN)], PASS, "Receive error"),
    (web.tells_the_truth, {}, [*UP, asks(), WENT, said("Busy"), answers(UNKNOWN)], PASS, "Receive error"),
    (web.tells_the_truth, {}, [asks(), answers(OFFLINE)], PASS, "Terminal offline"),
    (web.tells_the_truth, {}, [asks(), answers(shape("Error"))], FAIL, "''"),
    (
        web.tells_the_truth,
        {},
        [*UP, WENT, asks("checkStatus", at=3.0), answers({**UNKNOWN, "ResultFinal": False})],
        PASS,
        "final: False",
    ),
    (
        web.tells_the_truth,
        {},
        [*UP, WENT, asks("checkStatus", at=3.0), answers({**UNKNOWN, "ResultFinal": True})],
        FAIL,
        "final: True",
    ),
    (
        web.tells_the_truth,
        {},
        [*UP, WENT, said(AuthCode="X"), asks("checkStatus", at=4.5), answers({**GOOD, "ResultFinal": False})],
        FAIL,
        "not final",
    ),
    (web.tells_the_truth, {}, [asks()], INCONC, "no answer"),
    (web.tells, {"ResultCode": "Approved"}, [asks(), answers(GOOD)], PASS, "so it came"),
    (web.tells, {"ResultCode": "Error"}, [asks(), answers(GOOD)], FAIL, "'Approved'"),
    (web.tells, {"ResultCode": "Error"}, [asks()], INCONC, "no answer"),
    (web.refuses, {"because": "offline"}, [asks(), answers(OFFLINE)], PASS, "Terminal offline"),
    (web.refuses, {"because": "busy"}, [asks(), answers(OFFLINE)], FAIL, "Terminal offline"),
    (web.refuses, {"because": "offline"}, [*UP, asks(), WENT, answers(OFFLINE)], FAIL, "1 commands went down"),
    (web.refuses, {"because": "offline"}, [asks(), answers(GOOD)], FAIL, "no error"),
    (
        web.refuses,
        {"because": "paired"},
        [asks("unPairTerminal"), answers({"Status": "Error", "ErrorMessage": "not paired"})],
        PASS,
        "not paired",
    ),
    (
        web.refuses,
        {"because": "busy"},
        [asks("closeBatch"), answers({"ResultCodeCredit": "0", "MessageCredit": "Terminal busy"})],
        PASS,
        "busy",
    ),
    (web.refuses, {"because": "offline"}, [asks()], INCONC, "no answer"),
    (web.reaches_the_terminal, {}, [*UP, asks(), WENT], PASS, "so it went"),
    (web.reaches_the_terminal, {}, [*UP, asks()], FAIL, "0 such commands"),
    (web.reaches_the_terminal, {}, [*UP, asks(amount="2.00"), WENT], FAIL, "0 such commands, 1 with this RefID"),
    (web.reaches_the_terminal, {}, [*UP, asks(), WENT, WENT], FAIL, "2 such commands"),
    (web.reaches_the_terminal, {}, [asks()], INCONC, "no terminal"),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict", "word"), TABLE)
def test_rule(check, limits, events, verdict, word):
    finding = check(trace(*events), call=1, **limits)
    assert (finding.verdict, word in finding.actual) == (verdict, True), finding.actual


def test_exchanges_are_told_apart_by_line():
    events = [asks(refID="A"), asks(refID="B", line=2), answers(OFFLINE, line=2), answers(GOOD)]
    first, second = (web.exchange(trace(*events), call) for call in (1, 2))
    assert first is not None
    assert second is not None
    assert (first.ref_id, first.fields["ResultCode"]) == ("A", "Approved")
    assert (second.ref_id, second.fields["ResultCode"]) == ("B", "Error")


def test_answer_may_come_in_pieces():
    at, source, line, body = answers(GOOD)
    pieces = [(at, source, line, Received(line, bytes([byte]))) for byte in body.data]
    assert web.answers_in_shape(trace(asks(), *pieces), call=1).verdict is PASS
