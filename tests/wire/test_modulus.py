"""The Modulus messages against the document's own text, and against everything that is none."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire import modulus
from harness.wire.framing import Malformed
from harness.wire.modulus import (
    Action,
    ForceDisconnect,
    GatewayError,
    GetTerminals,
    JsonPing,
    JsonPong,
    Listed,
    Payment,
    PaymentComplete,
    PaymentVoided,
    TerminalsResponse,
    TerminalStatusUpdate,
    UnknownAction,
    matches,
    read_from_gateway,
    read_from_pos,
)

PAYMENT = """{
  "action": "payment",
  "terminalId": "TERM-001",
  "paymentRequest": {
    "transactionId": "TXN-20240115-001",
    "amount": "99.99",
    "currency": "USD",
    "paymentMethod": "CARD"
  }
}"""
TERMINALS = """{
  "action": "terminalsResponse",
  "terminals": [
    {
      "deviceId": "TERM-001",
      "status": "online"
    }
  ]
}"""
COMPLETE = """{
  "action": "paymentComplete",
  "terminalId": "TERM-001",
  "paymentResponse": {
    "transactionId": "TXN-20240115-001",
    "status": "SUCCESS",
    "amount": "99.99",
    "authorizationCode": "AUTH123456"
  }
}"""
"""As the document prints them."""


def from_pos(text: str) -> Action:
    message = read_from_pos(text)
    assert isinstance(message, Action)
    return message


def from_gateway(text: str) -> Action:
    message = read_from_gateway(text)
    assert isinstance(message, Action)
    return message


# ---- The document's own examples -------------------------------------------------------------------------------------


def test_the_payment_of_the_document():
    message = from_pos(PAYMENT)
    assert isinstance(message, Payment)
    assert (message.terminal_id, message.transaction_id, message.amount) == ("TERM-001", "TXN-20240115-001", "99.99")
    assert message.faults == ()
    assert list(message.request.fields) == ["transactionId", "amount", "currency", "paymentMethod"]


def test_the_list_of_the_document():
    message = from_gateway(TERMINALS)
    assert isinstance(message, TerminalsResponse)
    assert message.terminals == (Listed("TERM-001", "", "online"),)
    assert message.faults == ()


def test_the_result_of_the_document():
    message = from_gateway(COMPLETE)
    assert isinstance(message, PaymentComplete)
    assert (message.terminal_id, message.transaction_id) == ("TERM-001", "TXN-20240115-001")
    assert (message.status, message.amount, message.faults) == ("SUCCESS", "99.99", ())


def test_what_is_built_is_what_the_document_prints():
    assert json.loads(modulus.get_terminals()) == {"action": "getTerminals"}
    assert json.loads(modulus.ping()) == {"action": "ping"}
    built = modulus.payment("TERM-001", "TXN-20240115-001", "99.99", "USD")
    assert json.loads(built) == json.loads(PAYMENT)


# ---- What kind of message it is --------------------------------------------------------------------------------------

KINDS = [
    (read_from_pos, '{"action":"getTerminals"}', GetTerminals, 0),
    (read_from_pos, '{"action":"GETTERMINALS"}', GetTerminals, 1),
    (read_from_pos, '{"action":"ping","action":"ping"}', JsonPing, 1),
    (read_from_pos, '{"action":"pong"}', UnknownAction, 0),
    (read_from_pos, '{"paymentRequest":{}}', Payment, 6),
    (read_from_pos, '{"action":5}', UnknownAction, 1),
    (read_from_pos, "{}", UnknownAction, 1),
    (read_from_pos, "[]", Malformed, 0),
    (read_from_pos, '"ping"', Malformed, 0),
    (read_from_pos, "ping", Malformed, 0),
    (read_from_pos, "[" * 9000, Malformed, 0),
    (read_from_pos, "\ud800", Malformed, 0),
    (read_from_gateway, '{"action":"pong","timestamp":"2026-01-01T00:00:00Z"}', JsonPong, 0),
    (read_from_gateway, '{"action":"ping"}', UnknownAction, 0),
    (read_from_gateway, '{"action":"forceDisconnect","reason":"elsewhere"}', ForceDisconnect, 0),
    (read_from_gateway, '{"action":"forceDisconnect"}', ForceDisconnect, 0),
    (read_from_gateway, '{"action":"terminalStatusUpdate"}', TerminalStatusUpdate, 1),
    (read_from_gateway, '{"action":"terminalStatusUpdate","status":"connected"}', TerminalStatusUpdate, 0),
    (read_from_gateway, '{"action":"paymentVoided","transactionId":"1"}', PaymentVoided, 0),
    (read_from_gateway, '{"error":"Not Found","message":"Terminal connection not found"}', GatewayError, 0),
    (read_from_gateway, '{"action":"error","error":"Not Found"}', GatewayError, 0),
    (read_from_gateway, '{"action":"paymentAccepted","error":"x"}', UnknownAction, 0),
]


@pytest.mark.parametrize(("read", "text", "kind", "faults"), KINDS)
def test_kinds_are_told_apart_and_their_faults_counted(read, text, kind, faults):
    message = read(text)
    assert type(message) is kind
    assert len(getattr(message, "faults", ())) == faults


def test_all_that_is_wrong_is_told_and_not_what_stood_there():
    message = from_pos(
        '{"action":"Payment","terminalId":"","paymentRequest":{"transactionId":5,"amount":true,"amount":null,'
        '"currency":"php","paymentMethod":"secret","products":[7]}}'
    )
    assert message.faults == (
        "paymentRequest.amount: given twice",
        "action: not 'payment' in this spelling",
        "paymentRequest.amount: no string or number",
        "paymentRequest.currency: does not fit pattern '^[A-Z]{3}$'",
        "paymentRequest.paymentMethod: none of CARD, CASH, MOBILE, OTHER",
        "paymentRequest.products.0: no object",
        "paymentRequest.transactionId: no string",
        "terminalId: empty",
    )


@pytest.mark.parametrize(
    ("status", "more", "faults"),
    [
        ("SUCCESS", "", ("paymentResponse.amount: missing",)),
        ("FAILED", "", ()),
        ("success", "", ("paymentResponse.status: none of SUCCESS, FAILED, PENDING, CANCELLED",)),
        ("SUCCESS", ',"amount":99.99', ()),
        ("SUCCESS", ',"amount":[]', ("paymentResponse.amount: no string or number",)),
    ],
)
def test_a_success_says_how_much(status, more, faults):
    response = f'{{"transactionId":"1","status":"{status}"{more}}}'
    text = f'{{"action":"paymentComplete","terminalId":"T","paymentResponse":{response}}}'
    assert from_gateway(text).faults == faults


def test_a_terminal_without_a_lasting_name_goes_by_its_connection():
    message = from_gateway(
        '{"action":"terminalsResponse","terminals":[{"connectionId":"c-1","status":"online"},{"status":"lost"},1]}'
    )
    assert isinstance(message, TerminalsResponse)
    assert [listed.id for listed in message.terminals] == ["c-1", ""]
    assert message.faults == (
        "terminals.1.deviceId: missing",
        "terminals.1.status: none of online, offline, reconnecting",
        "terminals.2: no object",
    )


# ---- Amounts and patterns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("99.9", Decimal("99.90")), ("-1", Decimal(-1)), ("1e3", None), ("99,99", None), ("", None), ("9" * 40, None)],
)
def test_amounts_are_compared_by_value(text, value):
    assert modulus.decimal(text) == value


def test_an_amount_keeps_how_it_was_written():
    message = from_pos(PAYMENT.replace('"99.99"', "99.9900001"))
    assert isinstance(message, Payment)
    assert message.amount == "99.9900001"
    assert "amount" in message.request.unquoted
    assert message.faults == ()


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({}, True),
        ({"action": "payment", "terminalId": ...}, True),
        ({"paymentRequest": {"amount": "99.99", "currency": ...}}, True),
        ({"paymentRequest": {"amount": "99.98"}}, False),
        ({"paymentRequest": {"products": ...}}, False),
        ({"terminalId": {"amount": "1"}}, False),
        ({"reason": ...}, False),
    ],
)
def test_a_pattern_may_leave_holes(pattern, fits):
    assert matches(from_pos(PAYMENT).document, pattern) is fits


# ---- The HTTP side ---------------------------------------------------------------------------------------------------


def test_a_signature_made_by_hand():
    # printf 'POST\n/v1/x\n1700000000\n<sha256 of hello>' | openssl dgst -sha256 -hmac key -binary
    assert (
        modulus.signature("key", "POST", "/v1/x", "1700000000", b"hello")
        == "J9o64ZIKlXN2UqUYthvIKcqXtWVtf5+02GljboqrKMw="
    )


# ---- Never an exception ----------------------------------------------------------------------------------------------

NAMES = ("action", "terminalId", "terminals", "paymentRequest", "paymentResponse", "amount", "status", "error", "x")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=8,
)


@given(st.text(max_size=80))
def test_no_text_raises(text):
    for read in (read_from_pos, read_from_gateway):
        assert isinstance(read(text), Action | Malformed)


@given(st.sampled_from([*modulus.FROM_POS, *modulus.TO_POS]), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5))
def test_no_object_raises_and_all_it_holds_can_be_asked_for(action, fields):
    for read in (read_from_pos, read_from_gateway):
        message = read(json.dumps({**fields, "action": action}))
        assert isinstance(message, Action)
        for name in dir(message):
            getattr(message, name)
