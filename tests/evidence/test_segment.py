"""Segments: what is read of a frame, and a checksum that follows what is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.segment import distance, replaced, segment
from tests.frames import ACK, CLOUD, PSH, TERMINAL, checksum_is_good, tcp


def test_a_segment_is_read() -> None:
    found = segment(tcp(TERMINAL, CLOUD, 77, PSH | ACK, b"hello"))
    assert found is not None
    assert (found.source, found.destination, found.sequence) == (TERMINAL, CLOUD, 77)
    assert (found.flags, found.payload) == (PSH | ACK, b"hello")


def test_padding_is_no_payload() -> None:
    found = segment(tcp(TERMINAL, CLOUD, 1, ACK) + bytes(6))
    assert found is not None
    assert found.payload == b""


FRAME = tcp(TERMINAL, CLOUD, 1, ACK, b"x")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(FRAME[:12] + b"\x08\x06" + FRAME[14:], id="arp"),
        pytest.param(FRAME[:23] + b"\x11" + FRAME[24:], id="udp"),
        pytest.param(FRAME[:20] + b"\x00\x10" + FRAME[22:], id="later-fragment"),
        pytest.param(FRAME[:50], id="cut"),
    ],
)
def test_what_is_no_segment(data: bytes) -> None:
    assert segment(data) is None


@given(payload=st.binary(min_size=1, max_size=40), data=st.data())
def test_a_checksum_follows_what_is_changed(payload: bytes, data: st.DataObject) -> None:
    places = st.integers(0, len(payload) - 1)
    changes = data.draw(st.dictionaries(places, st.integers(0, 255), min_size=1))
    frame = tcp(TERMINAL, CLOUD, 1, ACK, payload)
    found = segment(frame)
    assert found is not None
    changed = replaced(frame, found, changes)
    assert checksum_is_good(changed)
    wanted = bytes(changes.get(place, byte) for place, byte in enumerate(payload))
    assert changed[found.payload_at :] == wanted


def test_a_bad_checksum_stays_bad() -> None:
    frame = tcp(TERMINAL, CLOUD, 1, ACK, b"abcd")
    found = segment(frame)
    assert found is not None
    assert not checksum_is_good(replaced(frame[:-1] + b"?", found, {0: 0x7A}))


@pytest.mark.parametrize(
    ("origin", "sequence", "far"), [(5, 5, 0), (5, 9, 4), (9, 5, -4), (2**32 - 2, 3, 5), (3, 2**32 - 2, -5)]
)
def test_sequence_numbers_wrap(origin: int, sequence: int, far: int) -> None:
    assert distance(origin, sequence) == far
