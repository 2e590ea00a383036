"""Frames out of a stream: the same however the bytes are cut, bounded in memory, and nothing after them is lost."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.framing import SHOWN, Delimited, Frame, Malformed, malformed

END = b"\x04\x04"

STREAMS = {
    "one frame": (b"abc" + END, [b"abc"], b""),
    "two frames in one piece": (b"a" + END + b"b" + END, [b"a", b"b"], b""),
    "an empty frame": (END, [b""], b""),
    "the beginning of a frame": (b"a" + END + b"bc", [b"a"], b"bc"),
    "half a terminator": (b"abc\x04", [], b"abc\x04"),
    "a lone 04 inside": (b"a\x04b" + END, [b"a\x04b"], b""),
    "a newline after the pair": (b"a" + END + b"\nb" + END, [b"a", b"\nb"], b""),
    "three 04 and then one": (b"a\x04\x04\x04" + b"\x04", [b"a", b""], b""),
    "all that bytes can be": (bytes(set(range(256)) - {4}) + END, [bytes(set(range(256)) - {4})], b""),
}


def split(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, the rest as one more."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    return [*pieces, data[at:]]


def fed(frames: Delimited, pieces: list[bytes]) -> list[Frame | Malformed]:
    return [found for piece in pieces for found in frames.receive_data(piece)]


@pytest.mark.parametrize("stream", STREAMS)
def test_frames_of_a_stream_whole_and_byte_by_byte(stream):
    data, payloads, pending = STREAMS[stream]
    for pieces in ([data], split(data, [1] * len(data))):
        frames = Delimited(END)
        assert fed(frames, pieces) == [Frame(payload) for payload in payloads]
        assert frames.pending == pending


@given(
    st.lists(st.binary().filter(lambda body: b"\x04" not in body)), st.binary(max_size=9), st.lists(st.integers(0, 9))
)
def test_cuts_do_not_matter(payloads, tail, cuts):
    tail = tail.replace(b"\x04", b"")
    data = b"".join(payload + END for payload in payloads) + tail
    frames = Delimited(END)
    assert fed(frames, split(data, cuts)) == [Frame(payload) for payload in payloads]
    assert frames.pending == tail


@given(st.lists(st.sampled_from([b"\x04", b"a", b"\x04\x04", b"bcdef"]), max_size=40), st.lists(st.integers(0, 5)))
def test_any_mixture_of_04_reads_the_same_in_one_piece_and_in_many(parts, cuts):
    data = b"".join(parts)
    whole, cut = Delimited(END), Delimited(END)
    assert fed(whole, [data]) == fed(cut, split(data, cuts))
    assert whole.pending == cut.pending


@given(st.lists(st.integers(0, 40), min_size=1), st.lists(st.integers(0, 12)), st.integers(1, 20))
def test_a_frame_beyond_the_limit_is_told_once_and_the_next_one_is_read(lengths, cuts, limit):
    data = b"".join(b"x" * length + END for length in lengths)
    found = fed(Delimited(END, limit), split(data, cuts))
    assert [type(one) for one in found] == [Frame if length <= limit else Malformed for length in lengths]
    assert [one.payload for one in found if isinstance(one, Frame)] == [b"x" * n for n in lengths if n <= limit]


def test_a_stream_without_end_is_not_kept():
    frames, piece = Delimited(END, limit=1000), b"x" * 100
    tracemalloc.start()
    found = [one for _ in range(10_000) for one in frames.receive_data(piece)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one.why for one in found] == ["no terminator 04 04 within the limit of 1000 bytes"]
    assert peak < 10_000
    assert list(frames.receive_data(b"\x04")) == []
    assert list(frames.receive_data(b"\x04after" + END)) == [Frame(b"after")]


def test_a_terminator_of_another_length():
    for end in (b"\r\n", b"\x00", b"0x040x04"):
        frames = Delimited(end, limit=8)
        data = b"abc" + end + b"y" * 50 + end + b"def" + end
        assert [type(one) for one in fed(frames, split(data, [1] * len(data)))] == [Frame, Malformed, Frame]


def test_malformed_shows_the_beginning_and_counts_all():
    assert malformed(b"z" * 1000, "why") == Malformed(b"z" * SHOWN, "why", 1000)
