"""JSON-RPC 2.0: what each text is, with all of its faults; ids keep their type; batches are told as what they are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.trace import Trace, dump, load
from harness.wire.framing import Malformed
from harness.wire.jsonrpc import Batch, Call, Failure, Notice, Reply, build, parse, same_id

GOOD = {
    "a call": ('{"jsonrpc":"2.0","id":1,"method":"sale","params":{"amount":1240}}', Call(1, "sale", {"amount": 1240})),
    "a call with an array": ('{"jsonrpc":"2.0","id":"a","method":"sum","params":[1,2]}', Call("a", "sum", [1, 2])),
    "a call without params": ('{"jsonrpc":"2.0","id":0,"method":"list"}', Call(0, "list")),
    "a notice": ('{"jsonrpc":"2.0","method":"told","params":{"tid":"1"}}', Notice("told", {"tid": "1"})),
    "a reply": ('{"jsonrpc":"2.0","id":1,"result":{"accepted":true}}', Reply(1, {"accepted": True})),
    "a reply of null": ('{"jsonrpc":"2.0","id":1,"result":null}', Reply(1, None)),
    "a failure": (
        '{"jsonrpc":"2.0","id":"7","error":{"code":-32601,"message":"Method not found"}}',
        Failure("7", -32601, "Method not found"),
    ),
    "a failure with data": (
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error","data":{"at":3}}}',
        Failure(None, -32700, "Parse error", {"at": 3}),
    ),
}

FAULTY = {
    "no jsonrpc": ('{"id":1,"method":"a"}', Call(1, "a"), ["no jsonrpc member"]),
    "jsonrpc 2": ('{"jsonrpc":"2","method":"a"}', Notice("a"), ['jsonrpc is not the string "2.0"']),
    "jsonrpc as a number": ('{"jsonrpc":2.0,"method":"a"}', Notice("a"), ['jsonrpc is not the string "2.0"']),
    "an id of null": ('{"jsonrpc":"2.0","id":null,"method":"a"}', Call(None, "a"), ["id is null"]),
    "an id of 1.0": ('{"jsonrpc":"2.0","id":1.0,"method":"a"}', Call(1.0, "a"), ["id is a number with a fraction"]),
    "an id of true": (
        '{"jsonrpc":"2.0","id":true,"method":"a"}',
        Call(True, "a"),
        ["id is neither a string nor a number"],
    ),
    "a reply without an id": ('{"jsonrpc":"2.0","result":1}', Reply(None, 1), ["no id"]),
    "a reply to null": ('{"jsonrpc":"2.0","id":null,"result":1}', Reply(None, 1), ["id is null"]),
    "a failure without an id": (
        '{"jsonrpc":"2.0","error":{"code":1,"message":"a"}}',
        Failure(None, 1, "a"),
        ["no id"],
    ),
    "a failure without words": (
        '{"jsonrpc":"2.0","id":1,"error":{"code":1}}',
        Failure(1, 1, ""),
        ["error without a message that is a string"],
    ),
    "result and error": (
        '{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":"a"}}',
        Failure(1, 1, "a"),
        ["both a result and an error"],
    ),
    "a method and a result": (
        '{"jsonrpc":"2.0","id":1,"method":"a","result":1}',
        Call(1, "a"),
        ["a method and a result or an error in one message"],
    ),
    "params of null": (
        '{"jsonrpc":"2.0","method":"a","params":null}',
        Notice("a"),
        ["params is neither an object nor an array"],
    ),
    "a reserved method": ('{"jsonrpc":"2.0","method":"rpc.x"}', Notice("rpc.x"), ["method of the reserved kind rpc.…"]),
    "a name twice": ('{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}', Call(2, "a"), ["repeats the name 'id'"]),
    "several": ('{"id":null,"method":"a","params":1}', Call(None, "a", 1), [
        "no jsonrpc member", "params is neither an object nor an array", "id is null",
    ]),
}  # fmt: skip

NONE = {
    "no JSON": ("{", "not JSON"),
    "nothing": ("", "not JSON"),
    "two values": ("{}{}", "not JSON"),
    "a number that is none": ('{"jsonrpc":"2.0","id":1,"result":NaN}', "NaN is no JSON value"),
    "a string": ('"hi"', "neither an object nor an array"),
    "an empty batch": ("[]", "an empty batch"),
    "an empty object": ("{}", "none of method, result and error"),
    "a method that is no string": ('{"jsonrpc":"2.0","id":1,"method":1}', "method is not a string"),
    "an error that is no object": ('{"jsonrpc":"2.0","id":1,"error":"busy"}', "error is not an object"),
    "an error without a code": (
        '{"jsonrpc":"2.0","id":1,"error":{"message":"a"}}',
        "error without a code that is an integer",
    ),
    "a code in quotes": (
        '{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"a"}}',
        "error without a code that is an integer",
    ),
    "depth": ("[" * 5000, "nested too deeply"),
}


@pytest.mark.parametrize("sample", GOOD)
def test_messages_are_read_and_written(sample):
    text, message = GOOD[sample]
    read = parse(text)
    assert read == message
    assert not isinstance(read, Malformed)
    assert read.raw == text
    assert build(message) == text


@pytest.mark.parametrize("sample", FAULTY)
def test_what_can_be_understood_is_with_its_faults(sample):
    text, message, faults = FAULTY[sample]
    read = parse(text)
    assert isinstance(read, type(message))
    assert [fault.partition(" (JSON-RPC")[0] for fault in read.faults] == faults
    assert read == replace(message, faults=read.faults)


@pytest.mark.parametrize("sample", NONE)
def test_what_cannot_be_understood_says_why(sample):
    text, why = NONE[sample]
    read = parse(text)
    assert isinstance(read, Malformed)
    assert why in read.why
    assert read.size == len(text)


def test_a_message_that_is_none_tells_all_of_its_faults():
    read = parse('{"id":1,"result":1,"error":"busy"}')
    assert isinstance(read, Malformed)
    assert [part.partition(" (")[0] for part in read.why.split("; ")] == [
        "no jsonrpc member",
        "both a result and an error",
        "error is not an object",
    ]


def test_a_batch_is_told_as_one_with_its_parts():
    text = '[{"jsonrpc": "2.0", "id": 1, "method": "a"}, 1, {"jsonrpc": "2.0", "method": "é"}]'
    batch = parse(text)
    assert batch == Batch(('{"jsonrpc":"2.0","id":1,"method":"a"}', "1", '{"jsonrpc":"2.0","method":"é"}'))
    assert [type(parse(part)) for part in batch.parts] == [Call, Malformed, Notice]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(1, 1, True), ("1", "1", True), (1, "1", False), (1, 1.0, False), (1, True, False), (None, None, True)],
)
def test_ids_are_compared_with_their_type(one, other, same):
    assert same_id(one, other) is same


def test_half_of_a_pair_does_no_harm():
    read = parse('{"jsonrpc":"2.0","id":"\\ud800","method":"a"}')
    assert isinstance(read, Call)
    assert read.faults == ("has half of a surrogate pair",)
    assert read.id == "\ufffd"


def test_messages_can_be_written_as_evidence_and_read_again():
    trace = Trace()
    for text, _ in [*GOOD.values(), ("[1]", None)]:
        trace.record(0.0, "connect", 1, parse(text))
    again = load(dump(trace), [Call, Notice, Reply, Failure, Batch])
    assert [event.body for event in again] == [event.body for event in trace]


# ---- Anything at all -------------------------------------------------------------------------------------------------

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
MEMBERS = st.dictionaries(
    st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "code", "message"]),
    st.sampled_from(["2.0", "a", 1, None]) | VALUES | st.fixed_dictionaries({"code": VALUES, "message": VALUES}),
)


@given(st.text() | (VALUES | MEMBERS | st.lists(MEMBERS, max_size=3)).map(json.dumps))
def test_any_text_is_a_value_and_what_was_understood_can_be_built(text):
    read = parse(text)
    if isinstance(read, Malformed):
        assert read.why
    elif isinstance(read, Batch):
        assert all(parse(part) for part in read.parts)
    else:
        again = parse(build(read))
        assert isinstance(again, type(read))
        build(read).encode()


@given(st.integers() | st.text(), st.text(), st.none() | st.lists(VALUES) | st.dictionaries(st.text(), VALUES))
def test_what_is_built_is_read_the_same(id, method, params):
    call = Call(id, method, params)
    read = parse(build(call))
    assert isinstance(read, Call)
    assert (read.id, read.method, read.params) == (id, method, params)
