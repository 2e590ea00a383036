"""The DSD TECH boards, byte by byte as their documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import Mishap, RelayBoard
from tests.emulator.boards.spoken import heard


def test_every_command_is_answered():
    board = RelayBoard("dsdtech", 2)
    assert heard(board, b"AT\r\n") == [b"OK\r\n"]
    assert heard(board, b"AT+CH2=1\r\n") == ["01", b"OK+CH2=1\r\n"]
    assert heard(board, b"AT+CH2=?\r\nAT+CH1=?\r\n") == [b"OK+CH2=1\r\nOK+CH1=0\r\n"]
    assert heard(board, b"AT+CH2=0\r\n") == ["00", b"OK+CH2=0\r\n"]


def test_without_its_line_end_nothing_is_done():
    board = RelayBoard("dsdtech", 1)
    assert heard(board, b"AT+CH1=1") == []
    assert heard(board, b"\r\n") == ["1", b"OK+CH1=1\r\n"]


@pytest.mark.parametrize("nonsense", [b"AT+CH3=1", b"AT+CH1=2", b"at+ch1=1", b"AT+CH1=1AT+CH1=1", b""])
def test_what_it_does_not_know_it_ignores(nonsense):
    assert heard(RelayBoard("dsdtech", 2), nonsense + b"\r\n") == []


def test_a_wrong_answer_is_for_the_next_relay():
    board = RelayBoard("dsdtech", 8)
    board.befall(Mishap.WRONG)
    assert heard(board, b"AT+CH1=1\r\n")[1] == b"OK+CH2=1\r\n"
    assert heard(board, b"AT+CH8=?\r\n") == [b"OK+CH1=0\r\n"]
