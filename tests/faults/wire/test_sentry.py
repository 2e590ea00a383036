"""A moment is found in a connection's bytes however it is cut, repeated or overtaken; its parts are good."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.moment import Moment, Passed, Toward
from harness.faults.wire.checksum import is_good
from harness.faults.wire.flows import FlowTable
from harness.faults.wire.frame import FIN, Frame
from harness.faults.wire.sentry import Sentry, part
from tests.faults.wire.segments import segment

SALE = b'{"Command":"Sale"}\x04\x04'
BEAT = b"{}\x04\x04"
TOP = 1 << 32
UP = Toward.CLOUD


def sentry(passed: Passed = Passed.WHOLE, flows: FlowTable | None = None) -> Sentry:
    return Sentry(Moment("a sale", UP, '"Sale"', passed), FlowTable() if flows is None else flows)


def at(sequence: int, payload: bytes, flags: str = "PA", port: int = 40_000) -> Frame:
    return segment(payload, UP, sequence=sequence % TOP, flags=flags, port=port)


@given(st.lists(st.integers(1, len(SALE)), max_size=6), st.integers(0, TOP - 1))
def test_comes_at_its_byte_in_any_pieces(cuts: list[int], start: int) -> None:
    stream = BEAT + SALE + BEAT
    watch = sentry()
    edges = sorted({0, len(stream), *cuts})
    for begin, end in pairwise(edges):
        cut = watch.cut(at(start + begin, stream[begin:end]))
        if end < len(BEAT + SALE):
            assert cut is None
        else:
            assert cut == len(BEAT + SALE) - begin
            return
    raise AssertionError("the moment never came")


def test_repeated_bytes_are_looked_at_once() -> None:
    watch = sentry()
    assert watch.cut(at(100, SALE[:10])) is None
    assert watch.cut(at(100, SALE[:10])) is None
    assert watch.cut(at(105, SALE[5:])) == len(SALE) - 5


def test_bytes_that_came_too_early_wait_for_those_before_them() -> None:
    watch = sentry()
    assert watch.cut(at(96, BEAT)) is None
    assert watch.cut(at(110, SALE[10:])) is None
    assert watch.cut(at(100, SALE[:10])) == 10  # the rest has passed: it begins as soon as it can


def test_a_gap_that_is_never_closed_is_given_up() -> None:
    watch = sentry()
    watch.cut(at(96, BEAT))
    for number in range(64):
        assert watch.cut(at(200 + len(BEAT) * number, BEAT)) is None
    assert watch.cut(at(1000, SALE)) == len(SALE)


def test_bytes_that_were_on_their_way_before_are_not_looked_at() -> None:
    flows = FlowTable()
    flows.passed(at(100, SALE).data, UP)
    watch = sentry(flows=flows)
    assert watch.cut(at(100, SALE)) is None
    assert watch.cut(at(100 + len(SALE), SALE)) == len(SALE)


def test_each_connection_has_its_own_messages() -> None:
    watch = sentry()
    assert watch.cut(at(100, SALE[:14])) is None
    assert watch.cut(at(114, SALE[14:], port=40_001)) is None
    assert watch.cut(at(114, SALE[14:])) == len(SALE) - 14


def test_a_connection_that_begins_anew_has_new_messages() -> None:
    watch = sentry()
    assert watch.cut(at(100, SALE[:10])) is None
    assert watch.cut(at(4_000_000_000, b"", flags="S")) is None
    assert watch.cut(at(4_000_000_001, SALE)) == len(SALE)


def test_the_other_way_is_not_looked_at() -> None:
    assert sentry().cut(segment(SALE, Toward.TERMINAL)) is None


def test_a_pattern_that_is_none_is_told_at_once() -> None:
    with pytest.raises(re.error):
        Sentry(Moment("?", UP, "("), FlowTable())


@given(st.binary(min_size=2, max_size=40), st.data())
def test_the_parts_of_a_segment_are_good_segments(payload: bytes, data: st.DataObject) -> None:
    frame = at(TOP - 3, payload, flags="FPA")
    cut = data.draw(st.integers(1, len(payload) - 1))
    first, rest = part(frame, 0, cut), part(frame, cut, len(payload))
    assert first.payload + rest.payload == payload
    assert rest.sequence == (frame.sequence + cut) % TOP
    assert (first.flags & FIN, rest.flags & FIN) == (0, FIN)
    assert is_good(first.data)
    assert is_good(rest.data)


def test_all_of_a_segment_is_the_segment_itself() -> None:
    frame = at(1, SALE)
    assert part(frame, 0, len(SALE)) is frame


def test_the_middle_of_a_segment() -> None:
    middle = part(at(1, b"abcdef"), 2, 4)
    assert (middle.payload, middle.sequence) == (b"cd", 3)
    assert is_good(middle.data)
