"""JSON that remembers: names twice, values without quotes, order, byte-order marks; and says why a text is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.strict_json import DEPTH, Document, build, decode, parse

DOCUMENTS = {
    "nothing in it": (b"{}", Document({})),
    "all quoted": (b'{"b":"1","a":"2"}', Document({"b": "1", "a": "2"})),
    "with spaces": (b' { "a" : "1" } \r\n', Document({"a": "1"})),
    "letters of all kinds": ('{"ä":"\\u20ac \\"€\\""}'.encode(), Document({"ä": '€ "€"'})),
    "a name twice": (b'{"a":"1","b":"2","a":"3"}', Document({"a": "3", "b": "2"}, duplicates=("a",))),
    "true": (b'{"a":true}', Document({"a": "true"}, unquoted=("a",))),
    "null": (b'{"a":null}', Document({"a": "null"}, unquoted=("a",))),
    "a number as it was written": (b'{"a":12.40,"b":-0e9}', Document({"a": "12.40", "b": "-0e9"}, unquoted=("a", "b"))),
    "a number of a thousand digits": (b'{"a":' + b"1" * 5000 + b"}", Document({"a": "1" * 5000}, unquoted=("a",))),
    "no number": (b'{"a":NaN}', Document({"a": "NaN"}, unquoted=("a",))),
    "an array": (b'{"a":["1",2,null]}', Document({"a": '["1", 2, null]'}, unquoted=("a",))),
    "an object": (b'{"a":{"b":"1","b":2}}', Document({"a": '{"b": "1", "b": 2}'}, unquoted=("a",))),
    "a byte-order mark": (
        b'\xef\xbb\xbf{"a":"1"}',
        Document({"a": "1"}, blemishes=("begins with a byte-order mark",)),
    ),
}

NO_DOCUMENTS = {
    "nothing": (b"", "not JSON"),
    "a word": (b"OK-REGISTRATION", "not JSON"),
    "curly quotes": ("{“a”:“1”}".encode(), "not JSON"),
    "a comment": (b'{"a":"1" // serial number\n}', "not JSON"),
    "a trailing comma": (b'{"a":"1",}', "not JSON"),
    "single quotes": (b"{'a':'1'}", "not JSON"),
    "no braces": (b'"a":"1"', "not JSON"),
    "two objects": (b'{"a":"1"}{"b":"2"}', "not JSON"),
    "a raw line feed in a string": (b'{"a":"1\n2"}', "not JSON"),
    "a terminator inside": (b'{"a":"\x04"}', "not JSON"),
    "an array": (b'["a"]', "not a JSON object"),
    "a string": (b'"a"', "not a JSON object"),
    "Latin-1": (b'{"a":"\xe9"}', "not UTF-8: byte e9 at offset 6"),
    "UTF-16": ('{"a":"1"}'.encode("utf-16"), "not UTF-8: byte ff at offset 0"),
    "depth without end": (b'{"a":' * 200_000, "not JSON: nested too deeply"),
    "arrays without end": (b"[" * 200_000, "not JSON: nested too deeply"),
}


@pytest.mark.parametrize("sample", DOCUMENTS)
def test_reads_with_all_blemishes(sample):
    raw, document = DOCUMENTS[sample]
    parsed = parse(raw)
    assert parsed == document
    assert isinstance(parsed, Document)
    assert list(parsed.fields) == list(document.fields)


@pytest.mark.parametrize("sample", NO_DOCUMENTS)
def test_says_why_it_is_none(sample):
    raw, why = NO_DOCUMENTS[sample]
    said = parse(raw)
    assert isinstance(said, str)
    assert said.startswith(why)


@given(st.binary(max_size=200))
def test_never_raises(raw):
    assert isinstance(parse(raw), Document | str)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_agrees_with_a_lenient_parser(fields):
    parsed = parse(json.dumps(fields).encode())
    assert isinstance(parsed, Document)
    assert list(parsed.fields) == list(fields)
    assert parsed.unquoted == tuple(name for name, value in fields.items() if not isinstance(value, str))
    for name, value in fields.items():
        assert (parsed.fields[name] if isinstance(value, str) else json.loads(parsed.fields[name])) == value


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_what_is_built_is_read(fields):
    assert parse(build(fields)) == Document(fields)


def test_builds_in_order_and_without_spaces():
    assert build({"b": "1", "a": "ä"}) == '{"b":"1","a":"ä"}'.encode()


# ---- Values of any shape ---------------------------------------------------------------------------------------------

VALUES = {
    "an object": ('{"a":[1,2.5,true,null,"é"]}', {"a": [1, 2.5, True, None, "é"]}, ()),
    "a name twice": ('{"a":1,"b":{"a":2,"a":3}}', {"a": 1, "b": {"a": 3}}, ("repeats the name 'a'",)),
    "half of a pair": ('["\\ud800"]', ["\ufffd"], ("has half of a surrogate pair",)),
    "a pair": ('["\\ud83d\\ude00"]', ["😀"], ()),
    "the deepest": ("[" * DEPTH + "]" * DEPTH, None, ()),
}

NO_VALUES = {
    "nothing": ("", "not JSON: "),
    "a word": ("NaN", "not JSON: NaN is no JSON value"),
    "too deep": ("[" * (DEPTH + 2) + "]" * (DEPTH + 2), "not JSON: nested too deeply"),
    "far too deep": ("[" * 100_000, "not JSON: nested too deeply"),
    "too great": ("1e999", "a number beyond all bounds"),
    "too long": ("1" * 5000, "a number beyond all bounds"),
}


@pytest.mark.parametrize("sample", VALUES)
def test_values_of_any_shape_are_decoded_with_their_blemishes(sample):
    text, value, blemishes = VALUES[sample]
    decoded = decode(text)
    assert not isinstance(decoded, str)
    assert decoded == (decoded[0] if value is None else value, blemishes)


@pytest.mark.parametrize("sample", NO_VALUES)
def test_what_is_no_value_says_why(sample):
    text, why = NO_VALUES[sample]
    told = decode(text)
    assert isinstance(told, str)
    assert told.startswith(why)


@given(st.text())
def test_any_text_is_a_value_or_a_reason(text):
    assert isinstance(decode(text), str | tuple)
