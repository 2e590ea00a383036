"""A trace is written and read back to the same events, whatever kind they are of and whatever a DUT put in them."""

from __future__ import annotations

import json
import types
import typing
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.evidence import KINDS
from harness.evidence.bench import Mains, Remark, Screen
from harness.evidence.trace import Event, Trace, dump, load
from harness.wire.endpoint import Opened, Received, Send

# A JSON escape brings lone surrogates into a text, so they are among the letters.
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PLAIN = {str: TEXT, bytes: st.binary(max_size=40), int: st.integers(), bool: st.booleans(), float: st.floats(0, 1e6)}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of the type that a field of an event's body declares."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([st.none() if one is types.NoneType else values(one) for one in arguments])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(TEXT, TEXT if arguments[1] is str else JSON, max_size=3)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return bodies(hint)


def bodies(kind: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{field.name: values(hints[field.name]) for field in fields(kind)})


def events(body: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Event]]:
    at = st.floats(0, 1e6).map(lambda seconds: round(seconds, 6))
    one = st.tuples(at, TEXT, st.integers(0, 99), body)
    return st.lists(one, max_size=3).map(lambda parts: [Event(index, *part) for index, part in enumerate(parts)])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_comes_back_as_it_was(kind):
    @settings(max_examples=40)
    @given(events(bodies(kind)))
    def round_trip(written):
        lines = list(dump(written))
        assert load(lines, KINDS).events == written
        assert all(line.isascii() and "\n" not in line for line in lines)

    round_trip()


def test_every_kind_has_a_name_of_its_own():
    assert len({kind.__name__ for kind in KINDS}) == len(KINDS)


def test_a_line_can_be_read_by_people():
    trace = Trace()
    trace.record(1.0000004, "cloud", 1, Received(1, b'{"a":"\xff"}\x04\x04'))
    assert list(dump(trace)) == [
        '{"index": 0, "at": 1.0, "source": "cloud", "line": 1,'
        ' "body": {"kind": "Received", "line": 1, "data": "{\\"a\\":\\"\\u00ff\\"}\\u0004\\u0004"}}'
    ]


def test_what_is_redacted_is_written_in_place_of_the_body():
    trace = Trace()
    trace.record(0.0, "cloud", 1, Send(1, b"secret"))
    lines = dump(trace, lambda event: Send(event.body.line, b"*" * len(event.body.data)))
    assert load(lines, KINDS).events == [Event(0, 0.0, "cloud", 1, Send(1, b"******"))]


@dataclass(frozen=True)
class Unknown:
    text: str


GOOD = json.loads(next(iter(dump([Event(0, 0.0, "bench", 0, Mains(on=True))]))))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{}",
        json.dumps({**GOOD, "body": "text"}),
        json.dumps({**GOOD, "body": {}}),
        json.dumps({**GOOD, "body": {"kind": "Mains"}}),
        json.dumps({**GOOD, "body": {"kind": "Received", "line": 1, "data": "\u20ac"}}),
        json.dumps({**GOOD, "body": {"kind": "Listen", "at": "primary", "hearing": "deaf"}}),
        json.dumps({**GOOD, "body": {"kind": ["Mains"], "on": True}}),
        *dump([Event(0, 0.0, "bench", 0, Unknown("a kind that may not stand in a trace"))]),
    ],
)
def test_a_line_that_is_no_event_is_named(line):
    with pytest.raises(ValueError, match=r"^line 2: no event of a trace: "):
        load([json.dumps(GOOD), line], KINDS)


def test_heard_gives_one_sources_events_of_some_kinds_in_order():
    trace = Trace()
    opened = trace.record(0.0, "cloud", 1, Opened(1, "primary"))
    trace.record(0.5, "pos", 1, Opened(1, "pos"))
    trace.record(1.0, "cloud", 1, Send(1, b"x"))
    shown = trace.record(2.0, "bench", 0, Screen("POS Online"))
    again = trace.record(3.0, "cloud", 2, Opened(2, "secondary"))
    assert trace.heard("cloud", Opened) == [(opened, opened.body), (again, again.body)]
    assert trace.heard("bench", Screen, Remark) == [(shown, shown.body)]
    assert trace.heard("till", Opened) == []
    assert [event.index for event in trace] == list(range(len(trace)))
    assert trace.end == 3.0
    assert Trace().end == 0.0


def test_the_end_is_the_latest_moment_not_the_last_that_was_learned_of() -> None:
    trace = Trace()
    assert trace.end == 0.0
    for at in (1.0, 5.0, 3.0):
        trace.record(at, "wire", 0, None)
    assert trace.end == 5.0
