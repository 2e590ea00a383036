"""The line: found, registered, kept alive, lost and found again. Limits are tried on both sides."""

from __future__ import annotations

import pytest

from emulator.panel import Notice
from emulator.uplink import LONGEST_MESSAGE, POWER_ON
from harness.wire.endpoint import Close, Dial, Noted, Opened, PeerClosed, Received, Refused, Send, Told, Woke
from tests.emulator.dialogue import (
    ACK,
    HEARTBEAT,
    OFFLINE,
    OK,
    ONLINE,
    PRIMARY,
    REGISTRATION,
    SECONDARY,
    WAIT,
    After,
    Answer,
    Charge,
    Dialogue,
    command,
    online,
    powered,
    terminal,
)

DIAL_PRIMARY, DIAL_SECONDARY = Dial(PRIMARY, 10.0), Dial(SECONDARY, 10.0)
WHYS = ("refused", "timed out", "unreachable", "name not resolved")

# ---- Finding a line --------------------------------------------------------------------------------------------------


def test_nothing_happens_without_power():
    (Dialogue(terminal()) >> Opened(1, PRIMARY) << Close(1)).silent() >> Received(1, OK) >> Woke("redial") >> After(99)


def test_power_comes_once():
    powered() >> POWER_ON >> After(99)


def test_registers_first_and_is_online_only_after_the_ok():
    (powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, OK) << ONLINE).silent()


@pytest.mark.parametrize("why", WHYS)
def test_tries_the_secondary_at_once_whatever_the_reason(why):
    powered() >> Refused(PRIMARY, why) << DIAL_SECONDARY >> Opened(1, SECONDARY) << Send(1, REGISTRATION)


def test_cycles_for_ever_with_growing_pauses():
    dialogue = powered()
    for pause in (1, 2, 4, 8, 16, 30, 30, 30):
        dialogue = dialogue >> Refused(PRIMARY, "refused") << DIAL_SECONDARY >> Refused(SECONDARY, "timed out")
        dialogue = dialogue >> After(0.9 * pause - 0.01) >> After(0.1 * pause + 0.02) << DIAL_PRIMARY
    dialogue.terminal.failures = 5000  # two days later, far beyond the largest power of two that a float holds
    dialogue = dialogue >> Refused(PRIMARY, "refused") << DIAL_SECONDARY >> Refused(SECONDARY, "refused")
    dialogue >> After(26.99) >> After(3.01) << DIAL_PRIMARY


def test_without_a_secondary_the_primary_is_tried_again_after_a_pause():
    powered(secondary=None) >> Refused(PRIMARY, "refused") >> After(0.89) >> After(0.11) << DIAL_PRIMARY


def test_pauses_begin_anew_after_a_registration():
    dialogue = powered() >> Refused(PRIMARY, "refused") << DIAL_SECONDARY >> Refused(SECONDARY, "refused")
    dialogue = (dialogue >> After(1) << DIAL_PRIMARY).to_online() << ONLINE >> PeerClosed(1, reset=True)
    dialogue = dialogue << DIAL_PRIMARY << OFFLINE >> Refused(PRIMARY, "refused") << DIAL_SECONDARY
    dialogue >> Refused(SECONDARY, "refused") >> After(0.89) >> After(0.11) << DIAL_PRIMARY


def test_a_line_that_comes_unasked_is_closed():
    online() >> Opened(2, PRIMARY) << Close(2) >> Received(2, command()) >> PeerClosed(2, reset=False)


def test_the_outcome_of_another_dial_is_not_taken_for_this_one():
    dialogue = powered() >> Refused(PRIMARY, "timed out") << DIAL_SECONDARY >> Opened(1, PRIMARY) << Close(1)
    dialogue >> Refused(PRIMARY, "refused") >> Opened(2, SECONDARY) << Send(2, REGISTRATION)


# ---- Losing it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", [True, False])
def test_a_good_line_is_replaced_at_once_from_the_primary_on(reset):
    dialogue = (powered() >> Refused(PRIMARY, "refused") << DIAL_SECONDARY).to_online() << ONLINE
    dialogue = dialogue >> PeerClosed(1, reset) << DIAL_PRIMARY << OFFLINE
    dialogue >> Opened(2, PRIMARY) << Send(2, REGISTRATION) >> Received(2, OK) << ONLINE


def test_a_line_lost_before_its_registration_counts_as_a_failure():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> PeerClosed(1, reset=False)
    dialogue = dialogue >> After(0.89) >> After(0.11) << DIAL_PRIMARY >> Opened(2, PRIMARY) << Send(2, REGISTRATION)
    dialogue >> PeerClosed(2, reset=True) >> After(1.79) >> After(0.21) << DIAL_PRIMARY


def test_what_is_left_of_an_old_line_is_not_read_into_the_new_one():
    dialogue = online() >> Received(1, b"FAILED-") >> PeerClosed(1, reset=True)
    dialogue << DIAL_PRIMARY << OFFLINE >> Opened(2, PRIMARY) << Send(2, REGISTRATION) >> Received(2, OK) << ONLINE


# ---- Registering -----------------------------------------------------------------------------------------------------

NO_SUCCESS = (
    b"FAILED-REGISTRATION", b"ok-registration", b"OK-REGISTRATION2", b" OK-REGISTRATION", b"OK-REGISTRATION\r\n",
    b"OK-REGISTRATION\x00", b"OK", b"", b"\xff", b'{"Status":"OK"}', b'{"Command":"Sale","RefID":"1","Amount":"1.00"}',
)  # fmt: skip


@pytest.mark.parametrize("answer", NO_SUCCESS)
def test_only_the_whole_word_is_success(answer):
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, answer + b"\x04\x04") << Close(1)
    dialogue >> After(0.89) >> After(0.11) << DIAL_PRIMARY


def test_pauses_grow_over_repeated_failures_to_register():
    dialogue = powered()
    for line, pause in enumerate((1, 2, 4, 8, 16, 30, 30), 1):
        dialogue = dialogue >> Opened(line, PRIMARY) << Send(line, REGISTRATION)
        dialogue = dialogue >> Received(line, b"FAILED-REGISTRATION\x04\x04") << Close(line) >> PeerClosed(line, False)
        dialogue = dialogue >> After(0.9 * pause - 0.01) >> After(0.1 * pause + 0.02) << DIAL_PRIMARY


def test_an_unknown_terminal_type_is_told_to_the_technician():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION)
    dialogue = dialogue >> Received(1, b"FAILED-INVALID-TERMINAL-TYPE\x04\x04")
    notice = dialogue.heard[-2]
    assert isinstance(notice, Noted)
    assert isinstance(notice.body, Notice)
    assert "AcmePay" in notice.body.text
    dialogue << notice << Close(1)


def test_no_answer_in_time_is_a_failure():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> After(14.99)
    dialogue >> After(0.02) << Close(1) >> After(0.87) >> After(0.13) << DIAL_PRIMARY


def test_an_answer_that_never_ends_is_bounded_and_a_failure():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, b"O" * LONGEST_MESSAGE)
    dialogue >> Received(1, b"OOO") << Close(1)


@pytest.mark.parametrize("ending", [b"", b"\r\n"])
def test_a_bare_answer_counts_after_a_second_of_silence(ending):
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, b"OK-REGISTR") >> After(0.9)
    dialogue = dialogue >> Received(1, b"ATION" + ending) >> After(0.99) >> After(0.02) << ONLINE >> After(59)
    dialogue >> After(1) << Send(1, HEARTBEAT) >> Received(1, ACK) >> After(60) << Send(1, HEARTBEAT)


def test_a_bare_failure_counts_too():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, b"FAILED-REGISTRATION")
    dialogue >> After(0.99) >> After(0.02) << Close(1)


def test_half_an_answer_is_waited_for():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, b"OK-REG") >> After(5)
    dialogue = dialogue >> Received(1, b"ISTRATION\x04") >> After(5) >> Received(1, b"\x04") << ONLINE


def test_the_answer_in_time_stops_the_clock():
    online() >> After(59.99)


# ---- Hearing ---------------------------------------------------------------------------------------------------------


def test_several_messages_in_one_piece_are_taken_one_by_one():
    dialogue = powered() >> Opened(1, PRIMARY) << Send(1, REGISTRATION) >> Received(1, OK + command() + ACK)
    dialogue << ONLINE << WAIT >> After(2) << Charge("Ref-0001") << Answer(1, "Approved", "Ref-0001") << ONLINE


STRANGE = (b"", b"\xff", b"[1]", b"{", b"{}", b'{"a":{"b":[]}}', b"OK-REGISTRATION", b"FAILED-REGISTRATION")


@pytest.mark.parametrize("strange", STRANGE)
def test_what_cannot_be_answered_is_ignored(strange):
    (online() >> Received(1, strange + b"\x04\x04") >> Received(1, command()) << WAIT).silent()


def test_oversized_input_is_bounded_and_the_next_message_heard():
    dialogue = online()
    for _ in range(3):
        dialogue = dialogue >> Received(1, b"x" * LONGEST_MESSAGE)
    dialogue >> Received(1, b"\x04\x04" + command()) << WAIT


def test_what_other_parties_say_is_not_for_a_terminal():
    online() >> Told("case", "hello") >> Woke("nothing it asked for")


# ---- Beating ---------------------------------------------------------------------------------------------------------


def test_beats_on_an_absolute_schedule():
    dialogue = online() >> After(59.99)
    for _ in range(5):
        dialogue = dialogue >> After(0.01) << Send(1, HEARTBEAT) >> After(0.5) >> Received(1, ACK) >> After(59.49)
    assert len(dialogue.heard) == 4 + 5


def test_beats_that_were_slept_through_are_not_made_up_for():
    dialogue = online(ack_heartbeat=False)
    dialogue.now += 200.0  # the host slept
    dialogue = dialogue >> After(0) << Send(1, HEARTBEAT)
    dialogue >> After(39.99) >> After(0.01) << Send(1, HEARTBEAT)


def test_a_missing_ack_severs_the_line():
    dialogue = online() >> After(60) << Send(1, HEARTBEAT) >> After(19.99) >> After(0.01)
    dialogue << Close(1, reset=True) << DIAL_PRIMARY << OFFLINE


def test_an_ack_at_the_last_moment_saves_the_line():
    (
        online()
        >> After(60)
        << Send(1, HEARTBEAT)
        >> After(19.99)
        >> Received(1, ACK)
        >> After(40.01)
        << Send(1, HEARTBEAT)
    )


def test_each_heartbeat_wants_its_own_ack():
    dialogue = online() >> After(60) << Send(1, HEARTBEAT) >> Received(1, ACK) >> After(60) << Send(1, HEARTBEAT)
    dialogue >> After(20) << Close(1, reset=True) << DIAL_PRIMARY << OFFLINE


def test_a_missing_ack_is_noticed_in_the_middle_of_a_transaction():
    dialogue = online(processing=30.0) >> After(60) << Send(1, HEARTBEAT) >> Received(1, command()) << WAIT
    dialogue >> After(20) << Close(1, reset=True) << DIAL_PRIMARY << OFFLINE


def test_who_did_not_ask_for_acks_does_not_wait_for_them():
    dialogue = online(ack_heartbeat=False)
    for _ in range(3):
        dialogue = dialogue >> After(60) << Send(1, HEARTBEAT)


def test_an_ack_that_comes_unasked_is_consumed_in_silence():
    (online(ack_heartbeat=False) >> Received(1, ACK) >> After(60) << Send(1, HEARTBEAT) >> Received(1, ACK)).silent()


def test_whether_acks_are_asked_for_is_told_in_the_registration():
    wanted = REGISTRATION.replace(b'"true"', b'"false"')
    powered(ack_heartbeat=False) >> Opened(1, PRIMARY) << Send(1, wanted)


def test_the_old_deadline_does_not_reach_the_new_line():
    dialogue = online() >> After(60) << Send(1, HEARTBEAT) >> After(19) >> PeerClosed(1, reset=True)
    (
        (dialogue << DIAL_PRIMARY << OFFLINE).to_online(line=2)
        << ONLINE
        >> After(59.99)
        >> After(0.01)
        << Send(2, HEARTBEAT)
    )


def test_none_beats_while_offline():
    dialogue = online() >> PeerClosed(1, reset=True) << DIAL_PRIMARY << OFFLINE >> After(300)
    dialogue >> Refused(PRIMARY, "timed out") << DIAL_SECONDARY
