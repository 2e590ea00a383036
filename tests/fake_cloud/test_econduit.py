"""The cloud as a dialogue: what it is told and what it does, as the document says; cases, and orders of a POS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud import delivery
from fake_cloud.econduit import Answers, Bend, Cloud, End, Hear, Say, Terms, Undelivered
from fake_cloud.order import Fate, Order, Outcome
from harness.wire.econduit import (
    FAILED_INVALID_TERMINAL_TYPE,
    FAILED_REGISTRATION,
    OK_REGISTRATION,
    Ack,
    Heartbeat,
    RegistrationAnswer,
    Response,
    build,
)
from harness.wire.endpoint import (
    Close,
    Hearing,
    Listen,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Send,
    Tell,
    Told,
    Woke,
)
from harness.wire.framing import Malformed
from tests.fake_cloud.cloud_talk import BEAT, END, FIELDS, OK, OK_BYTES, SALE, SALE_BYTES, Dialogue, said


@pytest.fixture
def online() -> Dialogue:
    """A dialogue with a terminal registered on line 1, which asked for acks."""
    dialogue = Dialogue()
    assert dialogue.register() == said(1, OK_BYTES, OK)
    return dialogue


# ---- Registration ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"TerminalType": "Unknown"}, FAILED_INVALID_TERMINAL_TYPE),
        ({"TerminalType": "acmepay"}, FAILED_INVALID_TERMINAL_TYPE),
        ({"TerminalID": ""}, FAILED_REGISTRATION),
        ({"TerminalID": None}, FAILED_REGISTRATION),
        ({"TerminalType": None}, FAILED_REGISTRATION),
        ({"Command": None, "SoftwareVersion": "1"}, FAILED_REGISTRATION),
    ],
)
@pytest.mark.parametrize("closes", [True, False])
def test_a_registration_that_fails(fields, answer, closes):
    dialogue = Dialogue(Terms(close_after_failure=closes))
    done = dialogue.register(**fields)
    assert done[:2] == said(1, answer.encode() + END, RegistrationAnswer(answer))
    assert done[2:] == ([Close(1)] if closes else [])
    assert dialogue.tell(Say(SALE)) == [Noted(0, Undelivered(SALE))]


@pytest.mark.parametrize("ending", [b"", b"\r\n", END])
def test_the_profile_says_how_an_answer_ends(ending):
    assert Dialogue(Terms(registration_ending=ending)).register()[0] == Send(1, OK_REGISTRATION.encode() + ending)


def test_of_two_lines_of_one_terminal_the_newest_wins(online):
    assert online.register(2) == [Close(1), *said(2, OK_BYTES, OK)]
    assert online.feed(Received(1, BEAT)) == []
    assert online.tell(Say(SALE))[0] == Send(2, SALE_BYTES + END)


def test_or_the_newer_one_is_refused():
    dialogue = Dialogue(Terms(newest_wins=False))
    dialogue.register()
    refused = RegistrationAnswer(FAILED_REGISTRATION)
    assert dialogue.register(2) == [*said(2, FAILED_REGISTRATION.encode() + END, refused), Close(2)]
    dialogue.feed(PeerClosed(1, reset=True))
    assert dialogue.register(3) == said(3, OK_BYTES, OK)


def test_terminals_of_two_names_stand_side_by_side(online):
    assert online.register(2, TerminalID="other") == said(2, OK_BYTES, OK)
    assert online.tell(Say(SALE, line=1))[0] == Send(1, SALE_BYTES + END)


def test_a_second_registration_on_one_line_is_answered_and_the_line_kept(online):
    assert online.feed(Received(1, build(FIELDS)))[1:] == said(1, OK_BYTES, OK)


# ---- Heartbeat -------------------------------------------------------------------------------------------------------


def test_a_heartbeat_is_acked_if_that_was_asked_for(online):
    read, *done = online.feed(Received(1, BEAT))
    assert isinstance(read, Noted)
    assert isinstance(read.body, Heartbeat)
    assert done == said(1, b'{"Status":"OK"}\x04\x04', Ack())


@pytest.mark.parametrize("value", ["false", "True", "", None])
def test_otherwise_it_is_not_answered_at_all(value):
    dialogue = Dialogue()
    dialogue.register(AckHeartbeat=value)
    assert len(dialogue.feed(Received(1, BEAT))) == 1


def test_before_a_registration_nothing_is_acked():
    dialogue = Dialogue()
    dialogue.open()
    assert len(dialogue.feed(Received(1, BEAT))) == 1


def test_messages_of_one_piece_are_answered_one_by_one(online):
    done = online.feed(Received(1, BEAT * 3 + b"half"))
    assert [type(output) for output in done] == [Noted, Send, Noted] * 3


def test_what_is_no_message_is_noted_and_not_answered(online):
    (noted,) = online.feed(Received(1, b"}{" + END))
    assert isinstance(noted, Noted)
    assert isinstance(noted.body, Malformed)


# ---- What a case says ------------------------------------------------------------------------------------------------


def test_a_command_goes_to_the_newest_registration_or_to_a_line_by_its_number(online):
    online.register(2, TerminalID="other")
    assert online.tell(Say(SALE)) == said(2, SALE_BYTES + END, SALE)
    assert online.tell(Say(SALE, line=1)) == said(1, SALE_BYTES + END, SALE)
    assert online.tell(Say(SALE, line=3)) == [Noted(0, Undelivered(SALE))]


def test_the_profile_says_whether_a_command_is_terminated():
    dialogue = Dialogue(Terms(command_ending=b""))
    dialogue.register()
    assert dialogue.tell(Say(SALE)) == said(1, SALE_BYTES, SALE)


@pytest.mark.parametrize("reset", [False, True])
def test_lines_are_ended_one_or_all(online, reset):
    online.open(2)
    online.open(3)
    assert online.tell(End(2, reset)) == [Close(2, reset)]
    assert online.tell(End(reset=reset)) == [Close(1, reset), Close(3, reset)]
    assert online.tell(End()) == []


def test_what_was_to_come_on_a_line_that_ended_does_not_come(online):
    online.tell(Say(SALE, delivery.late(5)))
    online.tell(End())
    assert online.later() == []


def test_a_listener_is_told_how_to_hear(online):
    assert online.tell(Hear("secondary", Hearing.TIMED_OUT)) == [Listen("secondary", Hearing.TIMED_OUT)]


# ---- Orders of a POS -------------------------------------------------------------------------------------------------

ORDER = Order(7, "77001234", SALE.fields)


def order(dialogue: Dialogue, order: Order = ORDER) -> list[Output]:
    return dialogue.feed(Told("pos", order))


def answer(dialogue: Dialogue, line: int = 1, **fields: str) -> list[Output]:
    """What follows the response of the terminal, without the response itself."""
    read, *done = dialogue.feed(Received(line, build({"ResultCode": "Approved", "RefID": "Ref-1", **fields})))
    assert isinstance(read, Noted)
    assert isinstance(read.body, Response)
    return done


def test_an_order_goes_down_and_its_answer_up(online):
    assert order(online) == said(1, SALE_BYTES + END, SALE)
    fields = {"ResultCode": "Approved", "RefID": "Ref-1"}
    assert answer(online) == [Tell("pos", Outcome(7, Fate.ANSWERED, fields))]
    assert answer(online) == []


@pytest.mark.parametrize("terminal_id", ["unknown", ""])
def test_offline_without_a_registered_line(online, terminal_id):
    online.open(2)
    assert order(online, Order(7, terminal_id, SALE.fields)) == [Tell("pos", Outcome(7, Fate.OFFLINE, {}))]


def test_busy_while_a_command_runs(online):
    order(online)
    assert order(online, Order(8, "77001234", SALE.fields)) == [Tell("pos", Outcome(8, Fate.BUSY, {}))]
    answer(online)
    assert order(online, Order(9, "77001234", SALE.fields)) == said(1, SALE_BYTES + END, SALE)


def test_busy_if_the_terminal_says_so(online):
    order(online)
    assert answer(online, ResultCode="Busy") == [Tell("pos", Outcome(7, Fate.BUSY, {}))]


@pytest.mark.parametrize("how", ["by the terminal", "by the case", "by a newer line"])
def test_lost_with_the_line_and_answered_late_on_the_next(online, how):
    order(online)
    match how:
        case "by the terminal":
            done = online.feed(PeerClosed(1, reset=True))
        case "by the case":
            done = online.tell(End())
        case _:
            done = online.register(2)
    assert Tell("pos", Outcome(7, Fate.LOST, {})) in done
    if how != "by a newer line":
        online.register(2)
    assert answer(online, line=2) == [
        Tell("pos", Outcome(7, Fate.ANSWERED, {"ResultCode": "Approved", "RefID": "Ref-1"}))
    ]


# ---- Whatever comes --------------------------------------------------------------------------------------------------

INPUTS = st.one_of(
    st.builds(Opened, st.integers(1, 3), st.just("primary")),
    st.builds(Received, st.integers(1, 3), st.sampled_from([build(FIELDS), BEAT, b"\x04", b"{", END, build("x")])),
    st.builds(PeerClosed, st.integers(1, 3), st.booleans()),
    st.builds(Woke, st.sampled_from(["line 1", "line 2", "line 9"])),
    st.builds(Told, st.just("pos"), st.just(ORDER)),
    st.builds(
        Told,
        st.just("case"),
        st.sampled_from([Say(SALE), Say(SALE, delivery.BYTE_BY_BYTE), Say(SALE, delivery.CLOSE_AFTER, 2), End(), End(1),
                         Bend(Answers.ACK, delivery.late(1)), Bend(Answers.REGISTRATION, delivery.RESET_INSTEAD)]),
    ),
)  # fmt: skip


@given(st.lists(INPUTS, max_size=20))
def test_nothing_is_said_on_a_line_that_is_not_up(events):
    cloud, up = Cloud(), set()
    for now, event in enumerate(events):
        if isinstance(event, Opened):
            up.add(event.line)
        elif isinstance(event, PeerClosed):
            up.discard(event.line)
        for output in cloud.handle(event, float(now)):
            if isinstance(output, Send | Close):
                assert output.line in up
            if isinstance(output, Close):
                up.discard(output.line)
