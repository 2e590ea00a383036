"""The words of Paymentsense Connect: addresses as they stand, messages with all their mistakes, answers with what they
answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.framing import Malformed
from harness.wire.paymentsense import (
    METHODS,
    NAMES,
    Demand,
    Dialogue,
    Notification,
    Oddity,
    Parameter,
    Refusal,
    Result,
    Side,
    build,
    build_target,
    decimal,
    matches,
    minor,
    parse,
    read_address,
    receipt,
)
from harness.wire.paymentsense_schema import MOST_MISTAKES, PARAMS, RESULTS, mistakes

EPOS, CONNECT = Side.EPOS, Side.CONNECT
SALE = Demand(EPOS, 7, "sale", {"tid": "2211SIP0", "amount": 1240, "currency": "GBP"})

# ---- The address -----------------------------------------------------------------------------------------------------


def test_address_of_the_document():
    address = read_address(
        "/pat?token=00000000-0000-0000-0000-000000000000&api-version=v1&software-house-id=ABC123"
        "&installer-id=123ABC&final-pos-receipt-request"
    )
    assert address.integration == "pat"
    assert address.value("token") == "00000000-0000-0000-0000-000000000000"
    assert address.parameters[-1] == Parameter("final-pos-receipt-request", None)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", ()),
        ("token", (Parameter("token", None),)),
        ("token=", (Parameter("token", ""),)),
        ("token=a&token=b", (Parameter("token", "a"), Parameter("token", "b"))),
        ("installer-id=[installer-id]", (Parameter("installer-id", "[installer-id]"),)),
        ("&&token=a=b&", (Parameter("token", "a=b"),)),
        ("to%6ben=%zz", (Parameter("token", "%zz"),)),
    ],
)
def test_parameters_as_they_stand(query, parameters):
    assert read_address(f"/pac?{query}").parameters == parameters


def test_address_in_absolute_form():
    assert read_address("wss://host.example/PAC?token=a").integration == "PAC"


@given(st.text())
def test_every_value_comes_back(value):
    assert read_address(build_target("pac", {"token": value})).value("token") == value


def test_the_flag_is_a_bare_name():
    assert build_target("pat", {"token": "a b&c"}, final_receipt=True) == (
        "/pat?token=a%20b%26c&final-pos-receipt-request"
    )


@given(st.text())
def test_no_target_is_too_strange_to_be_read(target):
    read_address(target)


# ---- Messages --------------------------------------------------------------------------------------------------------

WHOLE = [
    SALE,
    Demand(EPOS, "a", "connectedTerminals"),
    Demand(CONNECT, 3, "signatureVerificationRequest", {"tid": "2211SIS0", "receiptLines": receipt("SIGN", bold=1)}),
    Notification(CONNECT, "terminalNotification", {"tid": "2211SIP0", "notificationValue": "PIN_ENTRY"}),
    Result(CONNECT, 7, {"transactionResult": "SUCCESSFUL"}),
    Refusal(CONNECT, 7, -32002, "busy", "The card machine is in use"),
    Refusal(EPOS, None, -32700, "not JSON"),
]


@pytest.mark.parametrize("message", WHOLE, ids=lambda message: type(message).__name__)
def test_what_is_built_is_read_back(message):
    assert parse(build(message), message.by) == message


def test_methods_have_their_names_from_the_profile():
    names = {**NAMES, "tableListRequest": "getTables"}
    asked = Demand(CONNECT, 1, "tableListRequest", {"tid": "1"})
    assert '"method":"getTables"' in build(asked, names)
    assert parse(build(asked, names), CONNECT, names) == asked
    assert parse(build(asked, names), CONNECT) == Demand(CONNECT, 1, "getTables", {"tid": "1"})


@pytest.mark.parametrize(
    "error",
    [
        '{"code":-32002,"message":"busy","userMessage":"In use"}',
        '{"code":-32002,"message":"busy","data":{"userMessage":"In use"}}',
    ],
)
def test_user_message_stands_in_either_place(error):
    read = parse('{"jsonrpc":"2.0","id":1,"error":' + error + "}", CONNECT)
    assert isinstance(read, Refusal)
    assert read.user_message == "In use"


def test_all_mistakes_of_a_message_are_told():
    read = parse('{"id":1,"method":"sale","params":{"amount":"12.50","currency":"USD"}}', EPOS)
    assert isinstance(read, Demand)
    assert read.faults == (
        "no jsonrpc member (JSON-RPC 2.0 section 4)",
        "params lacks tid",
        "params/amount is '12.50', not of type integer",
        "params/currency is 'USD', none of GBP, EUR",
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '[{"jsonrpc":"2.0","method":"a"}]', "3", '{"jsonrpc":"2.0"}'])
def test_what_is_no_message_is_malformed(text):
    assert isinstance(parse(text, EPOS), Malformed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.sampled_from(METHODS), JSON, JSON)
def test_whatever_an_epos_says_is_a_value(method, id, params):
    import json

    for document in ({"jsonrpc": "2.0", "id": id, "method": method, "params": params}, {"id": id, "error": params}):
        parse(json.dumps(document), EPOS)
    assert len(mistakes("params", method, params)) <= MOST_MISTAKES
    mistakes("result", method, params)


@pytest.mark.parametrize(
    ("of", "method", "value", "told"),
    [
        ("params", "sale", {**SALE.params, "amount": 0}, ("params/amount is 0, beyond its minimum of 1",)),
        ("params", "sale", {**SALE.params, "amountCashback": 10_001}, (
            "params/amountCashback is 10001, beyond its maximum of 10000",)),
        ("params", "sale", None, ("params is None, not of type object",)),
        ("result", "tableLockRequest", {"confirmed": True}, ("result lacks amount, currency",)),
        ("result", "tableLockRequest", {"confirmed": False}, ()),
        ("result", "tableListRequest", {"tables": []}, ()),
        ("result", "signatureVerificationRequest", {"accepted": "true"}, (
            "result/accepted is 'true', not of type boolean",)),
        ("result", "cancelTransaction", "cancelling", ()),
        ("result", "sale", {"transactionResult": "OK" * 40}, (
            "result/transactionResult is 'OKOKOKOKOKOKOKOKOKOK…, none of SUCCESSFUL, DECLINED, VOID, UNSUCCESSFUL, "
            "CANCELLED, TIMED_OUT",)),
    ],
)  # fmt: skip
def test_schemas(of, method, value, told):
    assert mistakes(of, method, value) == told


@pytest.mark.parametrize(
    ("of", "method", "value", "version", "told"),
    [
        ("params", "terminalDetails", {"tid": "1"}, "v0", (
            "terminalDetails is a method of v1, and the connection is one of v0",)),
        ("params", "terminalsDetails", {"tpi": ["1"]}, "v1", (
            "terminalsDetails is a method of v0, and the connection is one of v1",)),
        ("params", "terminalsDetails", {"tpi": ["1", "2"]}, "v0", ()),
        ("params", "terminalsDetails", ["1", "2"], "v0", ()),
        ("params", "terminalsDetails", {"tid": "1"}, "v0", ("params lacks tpi",)),
        ("params", "terminalsDetails", "1", "v0", ("params is '1', not of type array",)),
        ("result", "terminalsDetails", [{"tid": "1"}], "v0", ("result/0 lacks status",)),
        ("params", "sale", SALE.params, "v0", ()),
    ],
)  # fmt: skip
def test_versions_have_methods_of_their_own(of, method, value, version, told):
    assert mistakes(of, method, value, version) == told


def test_every_method_has_a_schema_for_what_it_brings():
    assert set(PARAMS) == set(NAMES)
    assert set(RESULTS) < set(NAMES)


# ---- A dialogue ------------------------------------------------------------------------------------------------------


def dialogue() -> Dialogue:
    """Connect's, in which two sales were asked for."""
    of = Dialogue(CONNECT)
    of.hear(build(SALE))
    of.hear(build(Demand(EPOS, "7", "refund", SALE.params)))
    return of


def test_an_answer_is_told_by_the_type_of_its_id_too():
    of = dialogue()
    of.say(Result(CONNECT, "7", {"transactionResult": "DECLINED"}))
    assert of.outstanding(EPOS) == [SALE]


def test_an_answer_has_the_method_it_answers_and_is_held_to_its_schema():
    of = Dialogue(CONNECT)
    of.say(Demand(CONNECT, 1, "signatureVerificationRequest", {"tid": "1"}))
    heard = of.hear('{"jsonrpc":"2.0","id":1,"result":{}}')
    assert heard == Result(EPOS, 1, {}, "signatureVerificationRequest", ("result lacks accepted",))
    assert of.hear('{"jsonrpc":"2.0","id":1,"result":{}}') == Result(EPOS, 1, {})


@pytest.mark.parametrize("id", [1.0, True, None, "1", 2])
def test_another_id_answers_nothing(id):
    of = Dialogue(EPOS)
    of.say(Demand(EPOS, 1, "connectedTerminals"))
    heard = of.hear(build(Result(CONNECT, id, [])))
    assert isinstance(heard, Result)
    assert not heard.of
    assert of.outstanding(EPOS)


def test_what_a_case_puts_in_our_mouth_is_remembered_too():
    of = Dialogue(CONNECT)
    assert isinstance(of.said('{"jsonrpc":"2.0","id":5,"method":"frobnicate"}'), Demand)
    assert of.said("{") == Oddity("{")
    refused = of.hear('{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"unknown"}}')
    assert isinstance(refused, Refusal)
    assert refused.of == "frobnicate"


def test_a_forgotten_demand_is_not_answered_any_more():
    of = dialogue()
    for demand in of.outstanding(EPOS):
        of.forget(demand)
    assert of.outstanding(EPOS) == []


# ---- Patterns and money ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "value", "so"),
    [
        ({"a": ...}, {"a": None, "b": 1}, True),
        ({"a": ...}, {"b": 1}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, True),
        ([1, ...], [1, "x"], True),
        ([1], [1, 2], False),
        (1, True, False),
        (1, 1.0, False),
        ({}, [], False),
    ],
)
def test_a_pattern_may_leave_holes(pattern, value, so):
    assert matches(pattern, value) is so


@given(st.integers(0, 99_999_999))
def test_money_there_and_back(units):
    assert minor(decimal(units)) == units


@pytest.mark.parametrize("amount", ["", "-1.00", "1.0", "1.000", "1,00", "x", "1.x0"])
def test_what_is_no_amount(amount):
    with pytest.raises(ValueError, match="no amount"):
        minor(amount)
