"""The LCUS clone that answers, byte by byte as its documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import Mishap, RelayBoard
from tests.emulator.boards.spoken import heard


def test_it_answers_where_it_is_asked_to():
    board = RelayBoard("lcus_feedback", 2)
    assert heard(board, "A0 01 03 A4") == ["10", b"\xa0\x01\x01\xa2"]
    assert heard(board, "A0 02 05 A7") == [b"\xa0\x02\x00\xa2"]
    assert heard(board, "A0 02 04 A6") == ["11", b"\xa0\x02\x01\xa3"]
    assert heard(board, "A0 01 02 A3") == ["01", b"\xa0\x01\x00\xa1"]
    assert heard(board, "A0 01 01 A2") == ["11"]
    assert heard(board, "A0 02 00 A2") == ["10"]


@pytest.mark.parametrize("nonsense", ["FF", "A0 01 06 A7", "A0 03 03 A6", "A0 01 03 A5"])
def test_what_it_does_not_know_it_ignores(nonsense):
    assert heard(RelayBoard("lcus_feedback", 2), nonsense) == []


def test_stuck_it_accepts_the_command_and_tells_the_truth_when_asked():
    board = RelayBoard("lcus_feedback", 1)
    board.befall(Mishap.STUCK)
    assert heard(board, "A0 01 03 A4 A0 01 05 A6") == ["0", b"\xa0\x01\x01\xa2\xa0\x01\x00\xa1"]


def test_a_wrong_answer_is_for_the_next_relay():
    board = RelayBoard("lcus_feedback", 2)
    board.befall(Mishap.WRONG)
    assert heard(board, "A0 01 03 A4") == ["10", b"\xa0\x02\x01\xa3"]
