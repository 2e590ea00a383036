"""Transactions and the screen: every command answered once, no card charged twice, whatever becomes of the line."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.payment import CHARGES
from emulator.uplink import POWER_ON, Standing
from harness.evidence.bench import Journal, Screen
from harness.wire import econduit
from harness.wire.endpoint import Dial, Noted, Opened, PeerClosed, Received, Refused, Send
from tests.emulator.dialogue import (
    ACK,
    HEARTBEAT,
    OFFLINE,
    OK,
    ONLINE,
    PRIMARY,
    SECONDARY,
    WAIT,
    After,
    Answer,
    Charge,
    Dialogue,
    command,
    fields_of,
    online,
    powered,
    terminal,
)

DIAL = Dial(PRIMARY, 10.0)
LOST = PeerClosed(1, reset=True)


def sold(**changes):
    """A first sale has been approved on line 1, two seconds after the registration."""
    dialogue = online(**changes) >> Received(1, command()) << WAIT >> After(2)
    return dialogue << Charge("Ref-0001") << Answer(1, "Approved", "Ref-0001") << ONLINE


def responses(dialogue):
    return [fields for output in dialogue.heard if (fields := fields_of(output)) is not None]


def charges(dialogue):
    return [said.body for said in dialogue.heard if isinstance(said, Noted) and isinstance(said.body, Journal)]


# ---- One after the other ---------------------------------------------------------------------------------------------


def test_a_sale_takes_its_time_and_ends_in_one_response():
    dialogue = online() >> Received(1, command()) << WAIT >> After(1.99) >> After(0.01)
    (dialogue << Charge("Ref-0001") << Answer(1, "Approved", "Ref-0001") << ONLINE >> After(59)).silent()


@pytest.mark.parametrize("name", econduit.TRANSACTIONS)
def test_every_command_of_the_list_is_answered_and_only_money_is_journalled(name):
    dialogue = online().play(Received(1, command(name)), After(2))
    (response,) = responses(dialogue)
    assert (response["TransType"], response["ResultCode"]) == (name, "Approved")
    assert [charge.charge for charge in charges(dialogue)] == ([response["AuthCode"]] if name in CHARGES else [])


@pytest.mark.parametrize(
    ("amount", "result"), [("1.05", "Declined"), ("1.06", "Cancelled"), ("1.07", "Error"), ("1.08", "Approved")]
)
def test_every_outcome_is_answered_and_the_panel_returns(amount, result):
    dialogue = online().play(Received(1, command(amount=amount)), After(2))
    (response,) = responses(dialogue)
    assert response["ResultCode"] == result
    assert bool(response["AuthCode"]) is (result == "Approved")
    assert len(charges(dialogue)) == (result == "Approved")
    assert dialogue.heard[-1] == ONLINE


def test_a_response_is_quoted_complete_and_tells_no_card_number():
    (response,) = responses(sold())
    assert set(response) == set(econduit.RESPONSE_FIELDS) - {"Track1", "Track2"}
    assert response["RefID"] == "Ref-0001"
    assert response["Amount"] == response["AmountString"] == "12.40"
    assert (response["CardBin"], response["Last4"]) == ("476173", "0119")
    (message,) = (said for said in sold().heard if fields_of(said))
    read = econduit.read_from_terminal(message.data[:-2])
    assert read.document.unquoted == read.document.duplicates == read.document.blemishes == ()


def test_the_heartbeat_rests_while_busy_and_begins_anew_afterwards():
    dialogue = online(processing=50.0) >> After(30) >> Received(1, command()) << WAIT >> After(50)
    dialogue = dialogue << Charge("Ref-0001") << Answer(1, "Approved", "Ref-0001") << ONLINE
    dialogue >> After(59.99) >> After(0.01) << Send(1, HEARTBEAT)


# ---- One upon the other ----------------------------------------------------------------------------------------------


def test_a_command_while_busy_is_answered_at_once_and_disturbs_nothing():
    dialogue = online() >> Received(1, command()) << WAIT >> After(1)
    dialogue = dialogue >> Received(1, command(ref_id="Ref-0002")) << Answer(1, "Busy", "Ref-0002", "TERMINAL BUSY")
    dialogue = dialogue >> After(1) << Charge("Ref-0001") << Answer(1, "Approved", "Ref-0001") << ONLINE
    dialogue = dialogue >> Received(1, command(ref_id="Ref-0002")) << WAIT >> After(2)
    dialogue << Charge("Ref-0002") << Answer(1, "Approved", "Ref-0002") << ONLINE


def test_an_ack_while_busy_is_only_an_ack():
    dialogue = online() >> After(60) << Send(1, HEARTBEAT) >> Received(1, command()) << WAIT >> Received(1, ACK)
    dialogue >> After(2) << Charge("Ref-0001") << Answer(1, "Approved", "Ref-0001") << ONLINE >> After(30)


# ---- Asked again -----------------------------------------------------------------------------------------------------


def test_the_same_command_again_gets_the_same_response_and_no_second_charge():
    dialogue = sold() >> Received(1, command()) << Answer(1, "Approved", "Ref-0001")
    first, second = responses(dialogue)
    assert first == second
    assert len(charges(dialogue)) == 1


def test_a_follow_up_reuses_the_reference():
    dialogue = sold() >> Received(1, command("Void")) << WAIT >> After(2) << Answer(1, "Approved", "Ref-0001") << ONLINE
    assert responses(dialogue)[-1]["TransType"] == "Void"


def test_a_second_first_transaction_under_one_reference_is_refused():
    sold() >> Received(1, command("Refund")) << Answer(1, "Error", "Ref-0001", "DUPLICATE TRANSACTION")


def test_a_declined_reference_may_be_used_by_another_command():
    dialogue = online().play(Received(1, command(amount="1.05")), After(2))
    dialogue >> Received(1, command("Auth")) << WAIT


def test_a_part_is_approved_of_an_amount_that_is_set_so():
    dialogue = online(parts={"8.08": "5.00"}).play(Received(1, command(amount="8.08")), After(2))
    (response,) = responses(dialogue)
    assert (response["ResultCode"], response["Amount"], response["AmountString"]) == ("Approved", "5.00", "5.00")


def test_check_status_tells_the_outcome():
    dialogue = sold() >> Received(1, command("CheckStatus", amount="")) << Answer(1, "Approved", "Ref-0001")
    first, second = responses(dialogue)
    assert first == second


def test_check_status_tells_the_latest_outcome_under_a_reference():
    dialogue = sold().play(Received(1, command("Void")), After(2), Received(1, command("CheckStatus")))
    assert responses(dialogue)[-1]["TransType"] == "Void"


def test_check_status_of_an_unknown_reference():
    online() >> Received(1, command("CheckStatus", "nobody's")) << Answer(1, "Error", "nobody's", "UNKNOWN REFID")


# ---- Wrong commands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"Command":"Dance","RefID":"r"}', "UNKNOWN COMMAND"),
        (b'{"RefID":"r","Amount":"1.00"}', "UNKNOWN COMMAND"),
        (b'{"Command":"sale","RefID":"r","Amount":"1.00"}', "UNKNOWN COMMAND"),
        (b'{"Command":"Sale","RefID":"r"}', "INVALID AMOUNT"),
        (b'{"Command":"Sale","RefID":"r","Amount":"12"}', "INVALID AMOUNT"),
        (b'{"Command":"Sale","RefID":"r","Amount":"12.4"}', "INVALID AMOUNT"),
        (b'{"Command":"Sale","RefID":"r","Amount":"-1.00"}', "INVALID AMOUNT"),
        (b'{"Command":"Void","RefID":"r","Amount":"much"}', "INVALID AMOUNT"),
        (b'{"Command":"\\ud800","RefID":"r","Amount":"\\ud800"}', "UNKNOWN COMMAND"),
    ],
)
def test_a_wrong_command_gets_an_error_and_the_next_is_served(body, message):
    dialogue = online() >> Received(1, body + b"\x04\x04") << Answer(1, "Error", "r", message)
    dialogue >> Received(1, command()) << WAIT


@pytest.mark.parametrize("ref_id", [""])
def test_a_reference_that_cannot_be_echoed_is_ignored(ref_id):
    body = f'{{"Command":"Sale","RefID":"{ref_id}","Amount":"1.00"}}\x04\x04'.encode()
    (online() >> Received(1, body) >> Received(1, command()) << WAIT).silent()


@pytest.mark.parametrize("ref_id", ["ref 1", "Réf-ß", "a/b\\c\"d'", "\x04\x04", "9" * 300, " "])
def test_a_reference_comes_back_unchanged(ref_id):
    dialogue = online() >> Received(1, command(ref_id=ref_id)) << WAIT >> After(2)
    dialogue << Charge(ref_id) << Answer(1, "Approved", ref_id) << ONLINE


# ---- Cut by a drop ---------------------------------------------------------------------------------------------------


def cut_by_a_drop():
    """A sale was finished without a line; the primary is being dialled."""
    return online() >> Received(1, command()) << WAIT >> LOST << DIAL << OFFLINE >> After(2) << Charge("Ref-0001")


def test_a_transaction_cut_by_a_drop_is_charged_once_and_told_once():
    dialogue = cut_by_a_drop().to_online(2) << ONLINE << Answer(2, "Approved", "Ref-0001")
    dialogue = (dialogue >> PeerClosed(2, reset=True) << DIAL << OFFLINE).to_online(3) << ONLINE
    dialogue >> Received(3, command()) << Answer(3, "Approved", "Ref-0001")
    assert len(charges(dialogue)) == 1


def test_a_new_line_in_the_middle_of_a_transaction_gets_the_response():
    dialogue = online() >> Received(1, command()) << WAIT >> LOST << DIAL << OFFLINE
    dialogue = dialogue.to_online(2) << WAIT >> After(1)
    dialogue = dialogue >> Received(2, command()) << Answer(2, "Busy", "Ref-0001")
    dialogue = dialogue >> After(1) << Charge("Ref-0001") << Answer(2, "Approved", "Ref-0001") << ONLINE
    dialogue >> After(59.99) >> After(0.01) << Send(2, HEARTBEAT)


def test_none_beats_on_a_new_line_while_still_busy():
    dialogue = online(processing=100.0) >> Received(1, command()) << WAIT >> LOST << DIAL << OFFLINE
    dialogue.to_online(2) << WAIT >> After(99.99)


def test_a_failed_registration_gets_no_response():
    dialogue = cut_by_a_drop().play(Opened(2, PRIMARY), Received(2, b"FAILED-REGISTRATION\x04\x04"), After(1))
    assert not responses(dialogue)
    dialogue.to_online(3) << ONLINE << Answer(3, "Approved", "Ref-0001")


def cut_by_power(dialogue):
    """The same terminal with its flash, switched off and on, dialling again."""
    again = Dialogue(terminal(flash=dialogue.terminal.flash)) >> POWER_ON << DIAL << OFFLINE
    return again.to_online() << ONLINE


def test_what_was_owed_is_told_after_a_power_cut():
    cut_by_power(cut_by_power(cut_by_a_drop()) << Answer(1, "Approved", "Ref-0001")).silent()


def test_what_was_finished_is_known_after_a_power_cut():
    cut_by_power(sold()) >> Received(1, command()) << Answer(1, "Approved", "Ref-0001")


def test_what_was_not_finished_at_a_power_cut_was_never_charged():
    dialogue = cut_by_power(online() >> Received(1, command()) << WAIT >> After(1.99))
    dialogue = dialogue >> Received(1, command("CheckStatus")) << Answer(1, "Error", "Ref-0001", "UNKNOWN REFID")
    dialogue >> Received(1, command()) << WAIT >> After(2) << Charge("Ref-0001")


# ---- The screen ------------------------------------------------------------------------------------------------------


def test_a_monochrome_display_tells_no_colour():
    dialogue = Dialogue(terminal(colour_display=False)) >> POWER_ON << DIAL << Noted(0, Screen("POS Offline"))
    dialogue.to_online() << Noted(0, Screen("POS Online"))


# ---- Whatever comes --------------------------------------------------------------------------------------------------

CLOUD = b"".join(
    (OK, ACK, command(), command(ref_id="Ref-0002"), command("CheckStatus"), b"{\x04\x04", ACK, b"\x04\x04")
)


@given(st.lists(st.integers(0, len(CLOUD)), max_size=20))
def test_the_cuts_between_segments_do_not_matter(cuts):
    whole = powered().play(Opened(1, PRIMARY), Received(1, CLOUD), After(2))
    edges = [0, *sorted(cuts), len(CLOUD)]
    pieces = [Received(1, CLOUD[begin:end]) for begin, end in pairwise(edges)]
    assert powered().play(Opened(1, PRIMARY), *pieces, After(2)).said == whole.said


NAMES = st.sampled_from(["Command", "RefID", "Amount", "Status", "ResultCode"])
VALUES = st.sampled_from(["Sale", "Void", "CheckStatus", "OK", "r", "1.00", "1.05"]) | st.text(max_size=8)
JSON = st.dictionaries(NAMES, VALUES).map(lambda fields: econduit.build(fields))
PIECES = (
    JSON | st.binary(max_size=40) | st.sampled_from([OK, ACK, command(), b"\x04", b"\x04\x04", b'{"RefID":"\\udfff"'])
)


@given(st.lists(PIECES | st.floats(0, 40).map(After), max_size=30))
def test_any_bytes_from_the_cloud_are_survived_with_bounded_answers(script):
    dialogue = powered().play(Opened(1, PRIMARY))
    for line, step in enumerate(script, 2):
        said = len(dialogue.said)
        to = dialogue.terminal.line or 99  # without a line, bytes can only be those of a line long gone
        dialogue.play(step if isinstance(step, After) else Received(to, step))
        if isinstance(step, bytes):
            assert len(dialogue.said) - said <= 4 * (1 + step.count(b"\x04"))
        if dialogue.terminal.standing is Standing.DIALLING:
            dialogue.play(Opened(line, PRIMARY))
    assert len(charges(dialogue)) == len({charge.reference for charge in charges(dialogue)})


EVENTS = st.one_of(
    st.builds(Opened, st.integers(1, 4), st.sampled_from([PRIMARY, SECONDARY])),
    st.builds(Refused, st.sampled_from([PRIMARY, SECONDARY]), st.just("refused")),
    st.builds(PeerClosed, st.integers(1, 4), st.booleans()),
    st.builds(Received, st.integers(1, 4), PIECES),
    st.floats(0, 70).map(After),
)


@given(st.lists(EVENTS, max_size=40))
def test_from_every_state_it_finds_its_way_back_to_online(events):
    dialogue = powered().play(*events)
    # The cloud is silent for longer than a transaction, a heartbeat and its ack: whatever it did, it seeks a line anew.
    dialogue.play(After(90))
    assert dialogue.terminal.standing is Standing.DIALLING
    dialogue.to_online(line=5)
    assert dialogue.terminal.standing is Standing.ONLINE
