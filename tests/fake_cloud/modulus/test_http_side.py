"""The HTTP side: who may ask, what is told of transactions, payments by long poll, replies that are bent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.modulus.instructions import Answers, Bend, Decide, Decision, Goes, Settle, Void
from harness.wire.endpoint import Opened, PeerClosed, Received
from harness.wire.framing import Malformed
from harness.wire.http1 import Reply
from harness.wire.modulus import ApiAnswer, ApiCall
from tests.fake_cloud.modulus.dialogue import EPOCH, Dialogue

PAYMENTS = "/v1/terminals/TERM-001/payments"
ORDER = json.dumps({"transactionId": "TXN-1", "amount": "12.40", "currency": "PHP", "paymentMethod": "CARD"}).encode()


def read(replies: list[Reply]) -> tuple[int, Any]:
    (reply,) = replies
    return reply.status, json.loads(reply.body)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"key": "stolen"}, "unknown API key"),
        ({"secret": "guessed"}, "wrong signature"),
        ({"timestamp": str(int(EPOCH) - 301)}, "stale"),
        ({"timestamp": str(int(EPOCH) + 301)}, "stale"),
        ({"timestamp": "noon"}, "no time in seconds"),
        ({"timestamp": "9" * 30}, "no time in seconds"),
        ({"timestamp": str(int(EPOCH) - 299)}, ""),
        ({}, ""),
    ],
)
def test_a_request_is_signed(changes, refused):
    dialogue = Dialogue()
    status, fields = read(dialogue.ask("GET", "/v1/terminals", **changes))
    assert status == (401 if refused else 200)
    assert fields.get("error", "") == refused
    assert dialogue.noted[0][1] == ApiCall("GET", "/v1/terminals", refused)


def test_a_signature_covers_the_body():
    dialogue = Dialogue()
    assert read(dialogue.ask("POST", PAYMENTS, b"{}"))[0] == 400


def test_terminals_are_listed():
    dialogue = Dialogue()
    dialogue.tell(Goes("TERM-002", "offline"))
    status, fields = read(dialogue.ask("GET", "/v1/terminals"))
    assert [(entry["deviceId"], entry["status"]) for entry in fields["terminals"]] == [
        ("TERM-001", "online"),
        ("TERM-002", "offline"),
    ]
    assert status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1"),
        ("DELETE", "/v1/terminals"),
        ("POST", "/v1/transactions/TXN-1"),
        ("GET", "/v1/transactions/TXN-9"),
    ],
)
def test_what_is_not_there_is_not_found(method, path):
    assert read(Dialogue().ask(method, path))[0] == 404


def test_a_transaction_is_told_as_it_stands():
    dialogue = Dialogue()
    line = dialogue.connect()
    dialogue.tell(Decide(Decision("PENDING", withheld=True)))
    states = []

    def look() -> None:
        status, fields = read(dialogue.ask("GET", "/v1/transactions/TXN-1"))
        assert (status, fields["transactionId"], fields["terminalId"]) == (200, "TXN-1", "TERM-001")
        assert fields["amount"] == "12.40"
        states.append(fields["status"])

    dialogue.pay(line)
    look()
    dialogue.tell(Goes("TERM-001", "reconnecting"))
    look()
    for settled in ("SUCCESS", "FAILED", "CANCELLED"):
        dialogue.tell(Settle(Decision(settled)))
        look()
    dialogue.tell(Void())
    look()
    assert states == ["PENDING", "AWAITING_RECONNECT", "COMPLETED", "FAILED", "CANCELLED", "VOIDED"]
    assert dialogue.noted[-1][1] == ApiAnswer(200, "TXN-1", "VOIDED")


def test_a_payment_is_polled_for():
    dialogue = Dialogue()
    replies = dialogue.ask("POST", PAYMENTS, ORDER)
    assert replies == []
    dialogue.wait(10)
    status, fields = read(replies)
    assert (status, fields["status"], fields["authorizationCode"]) == (200, "COMPLETED", "AUTH123456")
    assert read(dialogue.ask("POST", PAYMENTS, ORDER))[0] == 409


@pytest.mark.parametrize(
    ("path", "gone", "body", "status"),
    [
        ("/v1/terminals/TERM-009/payments", "", ORDER, 404),
        (PAYMENTS, "TERM-001", ORDER, 503),
        (PAYMENTS, "", b"no json", 400),
        (PAYMENTS, "", b"{}", 400),
    ],
)
def test_a_payment_that_cannot_be(path, gone, body, status):
    dialogue = Dialogue()
    if gone:
        dialogue.tell(Goes(gone, "offline"))
    assert read(dialogue.ask("POST", path, body))[0] == status


def test_a_busy_terminal_is_a_conflict_and_a_silent_one_a_timeout():
    dialogue = Dialogue()
    dialogue.tell(Decide(Decision(withheld=True)), Decide(Decision(after=500.0)))
    dialogue.pay(dialogue.connect(), "TXN-0")
    assert read(dialogue.ask("POST", PAYMENTS, ORDER))[0] == 409
    dialogue.wait(10)
    replies = dialogue.ask("POST", PAYMENTS, ORDER)
    dialogue.wait(89)
    assert replies == []
    dialogue.wait(1)
    assert read(replies) == (504, {"error": "Timeout", "transactionId": "TXN-1"})


def test_a_reply_is_bent():
    dialogue = Dialogue()
    dialogue.tell(Bend(Answers.API, Delivery(status=500, text="<html>", after=3.0), times=1))
    replies = dialogue.ask("GET", "/v1/terminals")
    assert replies == []
    dialogue.wait(3)
    assert [(reply.status, reply.body) for reply in replies] == [(500, b"<html>")]
    dialogue.tell(Bend(Answers.API, Delivery(silent=True, then=Then.RESET), times=1))
    assert dialogue.ask("GET", "/v1/terminals") == []
    assert list(dialogue.closed.values()) == [(3.0, True)]


def test_two_requests_on_one_line_are_answered_in_turn_and_nonsense_ends_it():
    dialogue = Dialogue()
    replies = dialogue.ask("GET", "/v1/terminals")
    side, _ = dialogue._http[1]
    dialogue.feed(Received(1, b"GET /x HTTP/1.1\r\nHost: g\r\n\r\nGET /y HTTP/1.1\r\nHost: g\r\n\r\n"))
    assert len(replies) == 1
    assert side.must_close, "our client asked once, and was answered three times"
    assert [body.path for _, body in dialogue.noted if isinstance(body, ApiCall)] == ["/v1/terminals", "/x", "/y"]
    dialogue.feed(Received(1, b"\x00\x01\r\n\r\n"))
    assert isinstance(dialogue.noted[-1][1], Malformed)
    assert 1 in dialogue.closed
    dialogue.feed(Received(1, b"more"))


def test_a_line_that_asks_nothing_is_left_alone():
    dialogue = Dialogue()
    dialogue.feed(Opened(5, "api"))
    assert dialogue.noted == []


@given(st.lists(st.binary(max_size=60) | st.just(b"GET /v1/terminals HTTP/1.1\r\nHost: g\r\n\r\n"), max_size=5))
def test_no_bytes_raise(pieces):
    dialogue = Dialogue()
    dialogue.ask("GET", "/v1/terminals")
    for piece in pieces:
        dialogue.feed(Received(1, piece))
    dialogue.feed(PeerClosed(1, reset=True))
