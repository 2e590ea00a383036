"""Frames: the vectors of RFC 6455, every rule broken once, bounded and the same in any pieces."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.wire.framing import SHOWN, Malformed
from harness.wire.websocket_frames import (
    Binary,
    Closing,
    Frames,
    FrameSeen,
    Opcode,
    Ping,
    Pong,
    Text,
    WsFrame,
    written,
)

LIMIT = 1 << 17
MASK = bytes.fromhex("37fa213d")

VECTORS: dict[str, tuple[bool, str, list[FrameSeen]]] = {
    "a text from a server": (
        False,
        "81 05 48 65 6c 6c 6f",
        [WsFrame(1, b"Hello", True, False, 0), Text("Hello")],
    ),
    "a text from a client": (
        True,
        "81 85 37 fa 21 3d 7f 9f 4d 51 58",
        [WsFrame(1, b"Hello", True, True, 0), Text("Hello")],
    ),
    "a text in two": (
        False,
        "01 03 48 65 6c 80 02 6c 6f",
        [WsFrame(1, b"Hel", False, False, 0), WsFrame(0, b"lo", True, False, 0), Text("Hello")],
    ),
    "a ping": (False, "89 05 48 65 6c 6c 6f", [WsFrame(9, b"Hello", True, False, 0), Ping(b"Hello")]),
    "its pong": (True, "8a 85 37 fa 21 3d 7f 9f 4d 51 58", [WsFrame(10, b"Hello", True, True, 0), Pong(b"Hello")]),
    "256 bytes": (
        False,
        "82 7e 01 00" + "ab" * 256,
        [WsFrame(2, b"\xab" * 256, True, False, 0), Binary(b"\xab" * 256)],
    ),
    "64 KiB": (
        False,
        "82 7f 00 00 00 00 00 01 00 00" + "ab" * 65536,
        [WsFrame(2, b"\xab" * 65536, True, False, 0), Binary(b"\xab" * 65536)],
    ),
}
"""The examples of section 5.7: masked or not, the bytes, what they are."""


def seen(frames: Frames, data: bytes, size: int) -> list[FrameSeen]:
    return [one for at in range(0, len(data), size) for one in frames.receive_data(data[at : at + size])]


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_the_examples_of_the_document(vector, size):
    masked, data, expected = VECTORS[vector]
    frames = Frames(LIMIT, masked)
    assert seen(frames, bytes.fromhex(data), size) == expected
    assert list(frames.receive_eof()) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_frames_are_written_as_in_the_document(vector):
    masked, data, expected = VECTORS[vector]
    frames = [one for one in expected if isinstance(one, WsFrame)]
    mask = MASK if masked else None
    assert b"".join(written(one.opcode, one.payload, fin=one.fin, rsv=one.rsv, mask=mask) for one in frames) == (
        bytes.fromhex(data)
    )


# ---- Every rule broken -----------------------------------------------------------------------------------------------


def client(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    return written(opcode, payload, fin=fin, rsv=rsv, mask=MASK)


BROKEN = {
    "no mask": (written(1, b"hi", fin=True, rsv=0, mask=None), "unmasked frame from a client", "5.1"),
    "a reserved bit": (client(1, b"hi", rsv=4), "reserved bits set, with no extension agreed on", "5.2"),
    "reserved data": (client(3, b"hi"), "reserved opcode 0x3", "5.2"),
    "reserved control": (client(15), "reserved opcode 0xf", "5.2"),
    "two bytes for 5": (
        b"\x81\xfe\x00\x05" + MASK + b"aaaaa",
        "frame length in more bytes than it needs",
        "5.2",
    ),
    "eight bytes for 5": (
        b"\x82\xff" + bytes(7) + b"\x05" + MASK + b"aaaaa",
        "frame length in more bytes than it needs",
        "5.2",
    ),
    "eight bytes for 65535": (
        b"\x82\xff" + bytes(6) + b"\xff\xff" + MASK + bytes(65535),
        "frame length in more bytes than it needs",
        "5.2",
    ),
    "a length below zero": (b"\x82\xff" + b"\xff" * 8 + MASK, "frame length with its highest bit set", "5.2"),
    "a ping in pieces": (client(9, b"hi", fin=False), "control frame in fragments", "5.5"),
    "a long pong": (client(10, b"a" * 126)[:8], "control frame of 126 bytes, more than 125", "5.5"),
    "a continuation of nothing": (client(0, b"hi"), "continuation of no message", "5.4"),
    "a text in a text": (
        client(1, b"hi", fin=False) + client(1, b"ho"),
        "new message inside an unfinished one",
        "5.4",
    ),
    "no UTF-8": (client(1, b"caf\xe9"), "text that is not UTF-8: byte e9 at offset 3", "8.1"),
    "half a character at the end": (client(1, b"caf\xc3"), "text that is not UTF-8: byte c3 at offset 3", "8.1"),
    "half of a pair": (client(1, b"\xed\xa0\x80"), "text that is not UTF-8: byte ed at offset 0", "8.1"),
    "no UTF-8 over two frames": (
        client(1, b"\xc3", fin=False) + client(0, b"\xc3"),
        "text that is not UTF-8: byte c3 at offset 0",
        "8.1",
    ),
    "half a code": (client(8, b"\x03"), "close frame of one byte, which is no code", "5.5.1"),
    "a reason without UTF-8": (client(8, b"\x03\xe8\xff"), "close reason that is not UTF-8", "5.5.1"),
    "data after goodbye": (client(8) + client(1, b"hi"), "data after a close frame", "5.5.1"),
    "too long": (b"\x82\xff" + (1 << 40).to_bytes(8, "big") + MASK, f"beyond the limit of {LIMIT}", "10.4"),
    "too long in sum": (
        client(2, bytes(LIMIT), fin=False) + client(0, b"a")[:6],
        f"message of {LIMIT + 1} bytes or more, beyond the limit of {LIMIT}",
        "10.4",
    ),
}


@pytest.mark.parametrize("rule", BROKEN)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_broken_rule_is_told_with_its_section_and_nothing_is_read_after_it(rule, size):
    data, why, section = BROKEN[rule]
    frames = Frames(LIMIT, masked=True)
    *before, last = seen(frames, data + client(1, b"later"), size)
    assert isinstance(last, Malformed)
    assert last.why.endswith(f"{why} (RFC 6455 section {section})")
    assert last.size >= len(last.raw) <= SHOWN
    assert not any(isinstance(one, Malformed) for one in before)
    assert Text("later") not in before
    assert list(frames.receive_data(client(1, b"later"))) == []


@pytest.mark.parametrize("rule", ["no mask", "a reserved bit", "reserved data", "two bytes for 5", "no UTF-8"])
def test_an_illegal_frame_is_shown_as_it_came_before_it_is_judged(rule):
    shown, *_ = seen(Frames(LIMIT, masked=True), BROKEN[rule][0], 1)
    assert isinstance(shown, WsFrame)
    assert shown.masked == (rule != "no mask")


def test_every_mistake_of_a_frame_is_told():
    told = seen(Frames(LIMIT, masked=True), written(11, b"hi", fin=False, rsv=7, mask=None), 1)
    assert [one.why.partition(" (")[0] for one in told if isinstance(one, Malformed)] == [
        "unmasked frame from a client",
        "reserved bits set, with no extension agreed on",
        "reserved opcode 0xb",
    ]


def test_a_server_does_not_mask():
    *_, last = seen(Frames(LIMIT, masked=False), client(1, b"hi"), 1)
    assert isinstance(last, Malformed)
    assert last.why == "masked frame from a server (RFC 6455 section 5.1)"


# ---- Goodbye ---------------------------------------------------------------------------------------------------------

MAY = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
MAY_NOT = [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", MAY)
def test_codes_that_may_be_sent(code):
    assert seen(Frames(LIMIT, masked=True), client(8, code.to_bytes(2, "big") + b"so long"), 1)[1:] == [
        Closing(code, "so long")
    ]


@pytest.mark.parametrize("code", MAY_NOT)
def test_codes_that_may_not(code):
    [frame, malformed] = seen(Frames(LIMIT, masked=True), client(8, code.to_bytes(2, "big")), 1)
    assert isinstance(frame, WsFrame)
    assert isinstance(malformed, Malformed)
    assert malformed.why == f"close code {code}, which may not be sent (RFC 6455 section 7.4)"


def test_a_goodbye_without_a_code():
    assert seen(Frames(LIMIT, masked=True), client(8), 1)[1:] == [Closing(None, "")]


def test_control_frames_that_cross_a_goodbye_are_shown_and_mean_nothing():
    told = seen(Frames(LIMIT, masked=True), client(8) + client(9, b"x") + client(8), 1)
    assert [one.opcode if isinstance(one, WsFrame) else one for one in told] == [8, Closing(None, ""), 9, 8]


# ---- Fragments and the end of the line -------------------------------------------------------------------------------


def test_control_frames_stand_between_fragments():
    data = client(1, b"\xe2\x82", fin=False) + client(9, b"p") + client(0, b"", fin=False) + client(0, b"\xac")
    told = seen(Frames(LIMIT, masked=True), data, 1)
    assert [one for one in told if not isinstance(one, WsFrame)] == [Ping(b"p"), Text("€")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x81", "the line ended inside a frame (RFC 6455 section 5.2)"),
        (client(1, b"hi")[:-1], "the line ended inside a frame (RFC 6455 section 5.2)"),
        (client(1, b"hi", fin=False), "the line ended inside a message (RFC 6455 section 5.4)"),
    ],
)
def test_a_line_that_ends_too_early(data, why):
    frames = Frames(LIMIT, masked=True)
    seen(frames, data, 1)
    assert [one.why for one in frames.receive_eof()] == [why]


# ---- Anything at all -------------------------------------------------------------------------------------------------

SMALL = 300
SOME = st.builds(
    client,
    st.sampled_from([0, 1, 1, 2, 8, 9, 10, 3]),
    st.binary(max_size=130) | st.just("é€😀".encode()),
    fin=st.booleans(),
    rsv=st.sampled_from([0, 0, 0, 0, 1]),
)
NOISE = st.lists(SOME | st.binary(max_size=12), max_size=12).map(b"".join)


@given(NOISE, st.integers(1, 40))
@example(b"".join(client(1, b"", fin=False) for _ in range(3)), 1)
def test_any_bytes_are_values_bounded_and_the_same_in_any_pieces(data, size):
    whole, apart = Frames(SMALL, masked=True), Frames(SMALL, masked=True)
    first = list(whole.receive_data(data))
    assert first == seen(apart, data, size)
    assert list(whole.receive_eof()) == list(apart.receive_eof())
    told = [isinstance(one, Malformed) for one in first]
    assert told == sorted(told)
    assert all(len(one.raw) <= SHOWN for one in first if isinstance(one, Malformed))


@given(st.integers(0, (1 << 64) - 1), st.integers(0, 255))
def test_what_is_held_never_exceeds_the_limit(length, first):
    frames = Frames(SMALL, masked=True)
    for _ in range(40):
        list(frames.receive_data(bytes([first, 0xFF]) + length.to_bytes(8, "big") + MASK + bytes(50)))
    assert frames.held <= SMALL + 14 + 125


@given(st.text(max_size=40), st.lists(st.integers(0, 12), max_size=6))
def test_a_text_cut_anywhere_is_the_same_text(text, sizes):
    data, at, frames = text.encode(), 0, Frames(1000, masked=True)
    told: list[FrameSeen] = []
    for number, size in enumerate(sizes):
        told += frames.receive_data(client(Opcode.CONT if number else Opcode.TEXT, data[at : at + size], fin=False))
        at += size
    told += frames.receive_data(client(Opcode.CONT if sizes else Opcode.TEXT, data[at:]))
    assert told[-1] == Text(text)
