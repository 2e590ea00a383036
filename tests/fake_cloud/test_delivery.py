"""Each answer of the cloud, delivered whole and bent: late, in pieces, twice, held, or with the end of the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud import delivery
from fake_cloud.delivery import Delivery, Then
from fake_cloud.econduit import Answers, Bend, Say, Straighten, Undelivered
from harness.wire import econduit
from harness.wire.econduit import (
    Ack,
    Nonsense,
)
from harness.wire.endpoint import (
    Close,
    Noted,
    Received,
    Send,
)
from tests.fake_cloud.cloud_talk import BEAT, END, OK, OK_BYTES, SALE, SALE_BYTES, Dialogue, said


@pytest.fixture
def online() -> Dialogue:
    """A dialogue with a terminal registered on line 1, which asked for acks."""
    dialogue = Dialogue()
    assert dialogue.register() == said(1, OK_BYTES, OK)
    return dialogue


# ---- Deliveries ------------------------------------------------------------------------------------------------------

PLAIN_ACK = econduit.ACK + END

AT_ONCE = {
    "plain": (delivery.PLAIN, [Send(1, PLAIN_ACK), Noted(1, Ack())]),
    "silence": (delivery.SILENCE, []),
    "unterminated": (delivery.UNTERMINATED, [Send(1, econduit.ACK), Noted(1, Ack())]),
    "CR LF": (delivery.CRLF, [Send(1, econduit.ACK + b"\r\n"), Noted(1, Ack())]),
    "held": (delivery.HELD_FOR_NEXT, [Noted(1, Ack())]),
    "close after": (delivery.CLOSE_AFTER, [Send(1, PLAIN_ACK), Noted(1, Ack()), Close(1)]),
    "reset after": (delivery.RESET_AFTER, [Send(1, PLAIN_ACK), Noted(1, Ack()), Close(1, reset=True)]),
    "close instead": (delivery.CLOSE_INSTEAD, [Close(1)]),
    "reset instead": (delivery.RESET_INSTEAD, [Close(1, reset=True)]),
    "another text": (delivery.text("NO"), [Send(1, b"NO" + END), Noted(1, Nonsense(b"NO"))]),
}


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_delivery_of_an_answer(online, name):
    how, expected = AT_ONCE[name]
    assert online.tell(Bend(Answers.ACK, how)) == []
    assert online.feed(Received(1, BEAT))[1:] == expected
    assert online.alarms == {}


@pytest.mark.parametrize("name", AT_ONCE)
def test_the_same_delivery_of_a_registration_answer(name):
    how, expected = AT_ONCE[name]
    dialogue = Dialogue()
    dialogue.tell(Bend(Answers.REGISTRATION, how))
    done = dialogue.register()
    assert [type(output) for output in done] == [type(output) for output in expected]
    registered = not how.silent and how.body is None and how.then is Then.KEEP
    assert (dialogue.tell(Say(SALE))[0] != Noted(0, Undelivered(SALE))) is registered


def test_garbage_is_noted_as_what_it_was(online):
    garbage = delivery.GARBAGE.body
    assert online.tell(Say(SALE, delivery.GARBAGE)) == said(1, garbage + END, Nonsense(garbage))


def test_a_late_answer_comes_when_its_time_has_come(online):
    online.now = 10.0
    online.tell(Bend(Answers.ACK, delivery.late(7.5)))
    assert len(online.feed(Received(1, BEAT))) == 1
    assert online.later() == [(17.5, output) for output in said(1, PLAIN_ACK, Ack())]


def test_a_message_in_pieces_leaves_piece_by_piece_and_is_noted_with_the_last(online):
    assert online.tell(Say(SALE, Delivery(cuts=(2, 1, 99), gap=0.5))) == [Send(1, b"{")]
    assert online.later() == [
        (0.5, Send(1, b'"')),
        (1.0, Send(1, SALE_BYTES[2:] + END)),
        (1.0, Noted(1, SALE)),
    ]


def test_byte_by_byte(online):
    done = [*online.tell(Say(SALE, delivery.BYTE_BY_BYTE)), *(output for _, output in online.later())]
    pieces = [output.data for output in done if isinstance(output, Send)]
    assert pieces == [bytes([byte]) for byte in SALE_BYTES + END]


def test_nothing_lands_between_the_pieces_of_an_earlier_message(online):
    online.tell(Say(SALE, Delivery(cuts=(5,), gap=3.0)))
    online.now = 1.0
    assert len(online.feed(Received(1, BEAT))) == 1
    assert online.later() == [
        (3.0, Send(1, SALE_BYTES[5:] + END)),
        (3.0, Noted(1, SALE)),
        *((3.0, output) for output in said(1, PLAIN_ACK, Ack())),
    ]


def test_a_message_that_is_held_leaves_with_the_next_as_one_piece(online):
    online.tell(Say(SALE, delivery.HELD_FOR_NEXT))
    assert online.feed(Received(1, BEAT))[1:] == said(1, SALE_BYTES + END + PLAIN_ACK, Ack())


def test_a_bend_lasts_so_many_times_or_until_straightened(online):
    acks = lambda: len(online.feed(Received(1, BEAT))) > 1  # noqa: E731
    online.tell(Bend(Answers.ACK, delivery.SILENCE, times=2))
    assert [acks() for _ in range(3)] == [False, False, True]
    online.tell(Bend(Answers.ACK, delivery.SILENCE))
    assert not acks()
    online.tell(Straighten())
    assert acks()


@given(st.binary(max_size=40), st.lists(st.integers(-5, 60)))
def test_pieces_are_the_whole(data, cuts):
    pieces = Delivery(cuts=tuple(cuts)).pieces(data)
    assert b"".join(pieces) == data
    assert len(pieces) <= len(set(cuts)) + 1
