"""What stands under masks can be rewritten, cut anywhere; what is no WebSocket line is left as it stands."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.redact import redact_bytes
from harness.wire.unmasking import rewritten
from harness.wire.websocket import Client, Server, Text

PAN = b"4111111111111111"


def without_cards(pieces: list[bytes]) -> list[bytes]:
    return [redact_bytes(piece) for piece in pieces]


def line(*texts: str) -> tuple[bytes, bytes]:
    """A handshake, and a client's frames behind it."""
    client = Client(Random(1))  # noqa: S311 - masks need no secrecy here
    return client.request("/pac?x=1", "host"), b"".join(client.text(text) for text in texts)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("length", [0, 200, 70000])
def test_a_card_number_under_a_mask_is_found_and_the_frame_stays_one(length):
    handshake, frames = line(f'{{"pan":"{PAN.decode()}","more":"{"x" * length}"}}', "later")
    cut = [handshake, frames]
    clean = rewritten(cut, without_cards)
    assert [len(piece) for piece in clean] == [len(piece) for piece in cut]
    server = Server()
    server.receive_data(clean[0])
    server.accept()
    told = [bytes(frame.payload) for frame in server.receive_data(clean[1])[:1]]
    assert told[0].startswith(b'{"pan":"411111\xa4\xa4\xa4\xa4\xa4\xa41111","more"')


def test_what_comes_behind_is_as_it_was():
    handshake, frames = line("a", "b")
    clean = rewritten([handshake, frames], lambda given: [piece.replace(b"a", b"A", 1) for piece in given])
    server = Server()
    server.receive_data(handshake)
    server.accept()
    assert [one for one in server.receive_data(clean[1]) if isinstance(one, Text)] == [Text("A"), Text("b")]


@pytest.mark.parametrize("data", [PAN, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\x81\x90mask" + PAN, b"\r\n\r\n" + PAN])
def test_what_is_no_websocket_line_is_changed_as_it_stands(data):
    assert rewritten([data], without_cards) == without_cards([data])


@given(st.binary(max_size=60), st.integers(1, 50), st.booleans())
def test_nothing_is_lost_whatever_comes_in_any_pieces(noise, size, websocket):
    cut = pieces((line("hi")[0] if websocket else b"") + noise, size)
    assert rewritten(cut, lambda given: given) == cut
