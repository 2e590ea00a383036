"""The LCUS board, byte by byte as its documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import RelayBoard
from tests.emulator.boards.spoken import heard


def test_it_switches_and_does_not_answer():
    board = RelayBoard("lcus", 4)
    assert heard(board, "A0 01 01 A2") == ["1000"]
    assert heard(board, "A0 04 01 A5 A0 01 00 A1") == ["1001", "0001"]
    assert heard(board, "A0 01 00 A1") == ["0001"]


def test_asked_it_tells_all_relays_and_the_first_time_those_of_before():
    board = RelayBoard("lcus", 2)
    assert heard(board, "FF") == [b"CH1: OFF\r\nCH2: OFF\r\n"]
    heard(board, "A0 01 01 A2")
    assert heard(board, "FF") == [b"CH1: OFF\r\nCH2: OFF\r\n"]
    assert heard(board, "FF") == [b"CH1: ON \r\nCH2: OFF\r\n"]


def test_with_one_relay_it_cannot_be_asked():
    board = RelayBoard("lcus", 1)
    assert heard(board, "FF A0 01 01 A2 FF FF") == ["1"]


@pytest.mark.parametrize("nonsense", ["A0 01 01 A3", "A0 00 01 A1", "A0 03 01 A4", "A0 01 02 A3", "00 64 50", "A0 A0"])
def test_what_it_does_not_know_it_ignores_and_finds_the_next_command(nonsense):
    board = RelayBoard("lcus", 2)
    assert heard(board, nonsense) == []
    assert heard(board, "A0 02 01 A3") == ["01"]
