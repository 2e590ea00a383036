"""What may befall a board, and that no board minds how its bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import boards
from emulator.relay_board import Answer, Mishap, Moved, RelayBoard
from tests.emulator.boards.spoken import heard

ON, ASK = "A0 01 03 A4", "A0 01 05 A6"
"""To the LCUS clone, which answers both."""

ON_SAID, OFF_SAID = b"\xa0\x01\x01\xa2", b"\xa0\x01\x00\xa1"

KINDS = [(name, relays) for name in boards.names() for relays in boards.load(name).SIZES]


@pytest.mark.parametrize(
    ("mishap", "switched", "asked", "back"),
    [
        (None, ["10", ON_SAID], [ON_SAID], [ON_SAID]),
        (Mishap.SILENT, ["10"], [], [ON_SAID]),
        (Mishap.WRONG, ["10", b"\xa0\x02\x01\xa3"], [b"\xa0\x02\x01\xa3"], [ON_SAID]),
        (Mishap.STUCK, ["00", ON_SAID], [OFF_SAID], [OFF_SAID]),
        (Mishap.LIES, ["00", ON_SAID], [ON_SAID], [OFF_SAID]),
        (Mishap.POWERLESS, [], [], [OFF_SAID]),
        (Mishap.UNPLUGGED, [], [], [OFF_SAID]),
    ],
)
def test_a_mishap_and_what_is_found_after_it(mishap, switched, asked, back):
    board = RelayBoard("lcus_feedback", 2)
    board.befall(mishap)
    assert heard(board, ON) == switched
    assert heard(board, ASK) == asked
    board.befall(None)
    assert heard(board, ASK) == back


def test_late_is_said_of_the_answer():
    board = RelayBoard("lcus_feedback", 1)
    board.befall(Mishap.LATE)
    assert list(board.receive(bytes.fromhex(ON))) == [Moved((True,)), Answer(ON_SAID, late=True)]


def test_without_power_its_relays_are_at_rest_and_without_its_port_they_stay():
    board = RelayBoard("lcus_feedback", 2)
    heard(board, ON)
    board.befall(Mishap.UNPLUGGED)
    assert board.contacts == (True, False)
    board.befall(Mishap.POWERLESS)
    assert board.contacts == (False, False)


def test_a_liar_moves_nothing_later_that_it_only_said():
    board = RelayBoard("lcus_feedback", 2)
    board.befall(Mishap.LIES)
    heard(board, ON)
    board.befall(None)
    assert heard(board, "A0 02 01 A3") == ["01"]


@pytest.mark.parametrize(("name", "relays"), KINDS)
def test_a_board_has_as_many_relays_as_it_is_sold_with_and_all_are_at_rest(name, relays):
    assert RelayBoard(name, relays).contacts == (False,) * relays


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_cuts_change_nothing_and_no_bytes_break_it(kind, data):
    commands = (
        b"\xa0\x01\x01\xa2",
        b"\xff\x01\x03",
        b"\x51",
        b"relay on 0\r",
        b"01+//",
        b"x//",
        b"AT+CH1=1\r\n",
        b":FE05",
    )
    said = b"".join(data.draw(st.lists(st.sampled_from(commands) | st.binary(max_size=12), max_size=12)))
    cut = data.draw(st.integers(0, len(said)))
    whole, parts = RelayBoard(*kind), RelayBoard(*kind)
    expected = list(whole.receive(said))
    assert [*parts.receive(said[:cut]), *parts.receive(said[cut:])] == expected
    assert whole.contacts == parts.contacts
    assert all(len(outcome.contacts) == kind[1] for outcome in expected if isinstance(outcome, Moved))


def test_what_never_ends_is_not_kept():
    board = RelayBoard("dsdtech", 1)
    for _ in range(10):
        assert heard(board, b"A" * 100) == []
    assert heard(board, b"\r\nAT+CH1=1\r\n") == ["1", b"OK+CH1=1\r\n"]
