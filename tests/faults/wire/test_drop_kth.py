"""Exactly the k-th message, packet or byte is lost, however the stream is cut into segments."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.moment import Toward
from harness.faults.wire.checksum import is_good
from harness.faults.wire.drop_kth import DropByte, DropMessage, DropPacket
from harness.faults.wire.frame import Frame
from harness.faults.wire.loss import Loss
from harness.faults.wire.rule import Rule
from harness.transports.host import HarnessError
from tests.faults.wire.segments import TERMINAL, carry, proves_itself, rule_of, saw, segment, stream

BEAT = b'{"Command":"Heartbeat"}\x04\x04'
SALE = b'{"Command":"Sale"}\x04\x04'
TALK = [BEAT, SALE, BEAT, SALE, SALE, BEAT]


def delivered(rule: Rule, frames: Iterable[Frame], *, start: int = 1000) -> dict[int, int]:
    """What a receiver has of the stream: each byte by its distance from its start."""
    have: dict[int, int] = {}
    for frame in frames:
        outs = rule.frame(frame, 0.0)
        for data in [frame.data] if outs is None else [out.data for out in outs]:
            assert is_good(data)
            left = Frame(data, frame.toward)
            place = (left.sequence - start) % 2**32
            have.update(enumerate(left.payload, place))
    return have


def holes(have: dict[int, int], talk: bytes) -> list[int]:
    assert all(talk[place] == byte for place, byte in have.items())
    return [place for place in range(len(talk)) if place not in have]


def cut(talk: bytes, places: Iterable[int], sequence: int = 1000) -> list[Frame]:
    """The talk in segments that end at these places."""
    ends = [*sorted({place for place in places if 0 < place < len(talk)}), len(talk)]
    return stream(
        (talk[start:stop] for start, stop in zip([0, *ends[:-1]], ends, strict=True)), sequence=sequence, ident=1
    )


def place_of(talk: list[bytes], number: int) -> range:
    """The bytes of a message, by its number from 0."""
    start = sum(map(len, talk[:number]))
    return range(start, start + len(talk[number]))


# ---- One message a segment -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "number"), [(1, 1), (2, 3), (3, 4)])
def test_the_kth_message_is_lost(k, number):
    rule = rule_of(DropMessage('"Sale"', k))
    assert holes(delivered(rule, stream(TALK)), b"".join(TALK)) == list(place_of(TALK, number))
    assert rule.bites == [f"{len(SALE)} of {len(SALE)} bytes toward the cloud"]


@pytest.mark.parametrize(("k", "number"), [(1, 0), (6, 5)])
def test_every_message_matches_no_pattern(k, number):
    assert holes(delivered(rule_of(DropMessage(k=k)), stream(TALK)), b"".join(TALK)) == list(place_of(TALK, number))


def test_the_kth_packet_is_lost():
    assert holes(delivered(rule_of(DropPacket(k=4)), stream(TALK)), b"".join(TALK)) == list(place_of(TALK, 3))
    rule = rule_of(DropPacket("Heart", k=2))
    assert holes(delivered(rule, stream(TALK)), b"".join(TALK)) == list(place_of(TALK, 2))


@pytest.mark.parametrize("k", [1, 7, len(SALE)])
def test_the_kth_byte_is_lost_and_those_around_it_pass(k):
    rule = rule_of(DropByte('"Sale"', k))
    assert holes(delivered(rule, stream(TALK)), b"".join(TALK)) == [place_of(TALK, 1)[k - 1]]
    assert rule.bites == [f"1 of {len(SALE)} bytes toward the cloud"]


def test_a_message_shorter_than_k_bytes_is_not_meant():
    talk = [SALE, SALE, BEAT, SALE]
    assert holes(delivered(rule_of(DropByte(k=len(SALE) + 1)), stream(talk)), b"".join(talk)) == [
        place_of(talk, 2)[len(SALE)]
    ]


def test_fewer_messages_than_k_lose_none():
    rule = rule_of(DropMessage('"Sale"', 4))
    assert holes(delivered(rule, stream(TALK)), b"".join(TALK)) == []
    assert not rule.bites


# ---- However TCP cuts it ---------------------------------------------------------------------------------------------


@given(st.sets(st.integers(1, len(b"".join(TALK)) - 1)), st.integers(0, 2**32 - 1))
def test_a_message_in_pieces_is_lost_from_its_match_to_its_end(places, sequence):
    talk = b"".join(TALK)
    frames = cut(talk, places, sequence)
    gone = holes(delivered(rule_of(DropMessage('"Sale"', 2)), frames, start=sequence), talk)
    message = place_of(TALK, 3)
    known = talk.index(b'"Sale"', message.start) + len(b'"Sale"')
    piece = max([place for place in places if place < known], default=0)
    assert gone == list(range(max(piece, message.start), message.stop))


@given(st.sets(st.integers(1, len(b"".join(TALK)) - 1)), st.integers(1, len(SALE)), st.integers(0, 2**32 - 1))
def test_of_a_message_in_pieces_no_more_than_the_byte_is_lost(places, k, sequence):
    talk = b"".join(TALK)
    frames = cut(talk, places, sequence)
    gone = holes(delivered(rule_of(DropByte('"Sale"', k)), frames, start=sequence), talk)
    message = place_of(TALK, 1)
    known = talk.index(b'"Sale"', message.start) + len(b'"Sale"')
    piece = max([place for place in places if place < known], default=0)
    assert gone == ([message[k - 1]] if message[k - 1] >= piece else [])


@given(st.sets(st.integers(1, len(b"".join(TALK)) - 1)), st.sets(st.integers(1, len(b"".join(TALK)) - 1)))
def test_what_was_lost_once_passes_when_it_is_sent_again(places, others):
    talk = b"".join(TALK)
    frames = [*cut(talk, places), *cut(talk, others)]
    for fault in (DropMessage('"Sale"', 2), DropByte('"Sale"', 3), DropPacket(k=1)):
        assert holes(delivered(rule_of(fault), frames), talk) == []


@given(st.sets(st.integers(1, len(b"".join(TALK)) - 1)))
def test_what_is_lost_for_good_is_lost_each_time(others):
    talk = b"".join(TALK)
    frames = [*stream(TALK), *cut(talk, others), *stream(TALK)]
    for fault, gone in (
        (DropMessage('"Sale"', 2, for_good=True), list(place_of(TALK, 3))),
        (DropByte('"Sale"', 3, for_good=True), [place_of(TALK, 1)[2]]),
        (DropPacket(k=2, for_good=True), list(place_of(TALK, 1))),
    ):
        assert holes(delivered(rule_of(fault), frames), talk) == gone


def test_a_segment_sent_again_does_not_count():
    first, second, third = stream([BEAT, SALE, BEAT])
    frames = [first, first, second, first, third]
    assert holes(delivered(rule_of(DropPacket(k=3)), frames), BEAT + SALE + BEAT) == list(range(45, 70))
    assert holes(delivered(rule_of(DropMessage("Heart", k=2)), frames), BEAT + SALE + BEAT) == list(range(45, 70))


def test_what_stands_behind_a_gap_begins_a_message():
    first, _, third, fourth = stream([BEAT[:9], BEAT[9:], SALE, SALE])
    rule = rule_of(DropMessage('"Sale"', 2))
    assert [rule.frame(frame, 0.0) for frame in (first, third, fourth)] == [None, None, []]
    rule = rule_of(DropMessage('"Sale"', 1))
    assert [rule.frame(frame, 0.0) for frame in (first, third, fourth)] == [None, [], None]


# ---- Connections -----------------------------------------------------------------------------------------------------


def test_counts_over_all_connections():
    rule = rule_of(DropMessage(k=2))
    assert rule.frame(segment(BEAT, port=1), 0.0) is None
    assert rule.frame(segment(SALE, port=2), 0.0) == []
    assert rule.frame(segment(SALE, port=3), 0.0) is None


def test_a_new_connection_from_the_same_port_is_another_stream():
    rule = rule_of(DropMessage(for_good=True))
    assert rule.frame(segment(BEAT), 0.0) == []
    assert rule.frame(segment(sequence=999, flags="S"), 0.0) is None
    assert rule.frame(segment(BEAT), 0.0) is None


def test_what_goes_the_other_way_or_carries_nothing_passes():
    rule = rule_of(DropPacket())
    assert rule.frame(segment(BEAT, TERMINAL), 0.0) is None
    assert rule.frame(segment(), 0.0) is None
    assert rule.frame(segment(BEAT), 0.0) == []


@pytest.mark.parametrize("fault", [DropMessage, DropPacket, DropByte])
def test_bad_parameters_are_refused(fault):
    with pytest.raises(HarnessError, match="counting begins at 1, not at 0"):
        fault(k=0)
    with pytest.raises(HarnessError, match=r"'\(' is no regular expression over bytes"):
        fault("(")
    with pytest.raises(HarnessError, match="is no regular expression over bytes"):
        fault("€")


@pytest.mark.parametrize("fault", [DropMessage, DropByte])
def test_messages_that_nothing_ends_are_refused(fault):
    with pytest.raises(HarnessError, match="a message needs a terminator"):
        fault(terminator="")


# ---- The witness -----------------------------------------------------------------------------------------------------

FAULTS = [DropMessage('"Sale"', 2), DropPacket("Heart", 2), DropByte('"Sale"', 3), DropMessage('"Sale"', for_good=True)]


@pytest.mark.parametrize("fault", FAULTS)
def test_proves_itself(fault):
    assert proves_itself(fault, stream(TALK)) == 1


@pytest.mark.parametrize("fault", [DropMessage('"Sale"'), DropByte('"Sale"', 3)])
def test_proves_itself_in_a_segment_with_others(fault):
    assert proves_itself(fault, stream([b"".join(TALK), BEAT])) == 1


def test_each_loss_for_good_is_a_sign():
    again = [segment(SALE, ident=number) for number in range(4)]
    assert proves_itself(DropMessage(for_good=True), again) == 4


@pytest.mark.parametrize("fault", FAULTS)
def test_the_loss_of_something_else_is_not_its_sign(fault):
    captured = carry(rule_of(Loss(1.0)), stream([b"other\x04\x04"]))
    assert fault.signs(saw(captured)).count == 0
    captured = carry(rule_of(Loss(1.0)), stream(TALK, TERMINAL))
    assert fault.signs(saw(captured)).count == 0


def test_a_whole_message_is_not_a_byte():
    captured = carry(rule_of(Loss(1.0)), stream(TALK))
    assert DropByte('"Sale"', 3).signs(saw(captured)).count == 0
    captured = carry(rule_of(DropByte('"Sale"', 3)), stream(TALK))
    assert DropPacket('"Sale"').signs(saw(captured)).count == 0
    assert DropMessage('"Sale"').signs(saw(captured)).count == 0


def test_the_parameters_cross_into_another_process():
    fault = DropMessage('"Sale"', 2, Toward.TERMINAL, for_good=True)
    assert DropMessage(**{**fault.parameters, "toward": "terminal"}).parameters == fault.parameters
    rule = rule_of(DropMessage(**{**fault.parameters, "toward": "terminal"}))
    outs = [rule.frame(frame, 0.0) for frame in stream([SALE, SALE], TERMINAL)]
    assert outs == [None, []]
