"""Captured card numbers are masked in every frame that holds a piece of one, and nothing else is touched."""

from harness.evidence.captured import Captured, Toward
from harness.evidence.masking import MASKED, masked
from harness.evidence.redact import redact_bytes
from tests.frames import ACK, CLOUD, PSH, SYN, TERMINAL, across, caught, checksum_is_good, tcp

PAN = b"4111111111111111"
DIALLED = across(0.0, tcp(TERMINAL, CLOUD, 99, SYN), Toward.TERMINAL)


def said(sequence: int, payload: bytes) -> list[Captured]:
    return across(1.0, tcp(TERMINAL, CLOUD, sequence, PSH | ACK, payload), Toward.TERMINAL)


def payloads(frames: list[Captured]) -> list[bytes]:
    return [frame.data[54:] for frame in frames]


def test_a_number_in_one_piece_is_masked_at_both_ends() -> None:
    clean, remarks = masked([*DIALLED, *said(100, b'"' + PAN + b'"')], redact_bytes)
    assert payloads(clean)[2:] == [b'"411111\xa4\xa4\xa4\xa4\xa4\xa41111"'] * 2
    assert remarks == {2: [MASKED], 3: [MASKED]}
    assert all(checksum_is_good(frame.data) for frame in clean)


def test_a_number_split_over_segments_out_of_order_and_repeated() -> None:
    pieces = [said(108, PAN[8:]), said(100, PAN[:8]), said(104, PAN[4:12])]
    clean, _ = masked([*DIALLED, *(frame for piece in pieces for frame in piece)], redact_bytes)
    assert payloads(clean)[2::2] == [b"\xa4\xa4\xa4\xa41111", b"411111\xa4\xa4", b"11" + b"\xa4" * 6]
    assert all(checksum_is_good(frame.data) for frame in clean)


def test_what_harm_changed_on_its_way_is_masked_by_itself() -> None:
    frames = [*DIALLED, *said(100, b"harmless, and long enough")]
    forged = tcp(TERMINAL, CLOUD, 100, PSH | ACK, b"a number: " + PAN)
    clean, remarks = masked([*frames, caught(2.0, Toward.CLOUD, forged, leaving=True)], redact_bytes)
    assert PAN not in clean[-1].data
    assert remarks == {4: [MASKED]}


def test_streams_of_two_connections_are_not_mixed() -> None:
    again = across(2.0, tcp(TERMINAL, CLOUD, 5000, SYN), Toward.TERMINAL)
    frames = [*DIALLED, *said(100, PAN[:8]), *again, *said(5009, PAN[8:])]
    clean, remarks = masked(frames, redact_bytes)
    assert clean == frames
    assert not remarks


def test_bytes_from_before_the_first_that_was_seen() -> None:
    frames = [*said(100, PAN), *said(99, b"\0"), *said(95, b"name:")]
    clean, _ = masked(frames, redact_bytes)
    assert all(PAN not in frame.data for frame in clean)
    assert payloads(clean)[2:] == payloads(frames)[2:]


def test_a_hole_parts_what_is_before_from_what_is_behind() -> None:
    frames = [*DIALLED, *said(100, PAN[:8]), *said(109, PAN[8:])]
    assert masked(frames, redact_bytes)[0] == frames
