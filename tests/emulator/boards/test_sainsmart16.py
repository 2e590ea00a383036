"""The SainSmart board, byte by byte as its documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import Mishap, RelayBoard
from tests.emulator.boards.spoken import heard


def test_a_relay_is_switched_and_the_request_comes_back():
    board = RelayBoard("sainsmart16", 16)
    assert heard(board, b":FE050000FF00FE\r\n") == ["1" + "0" * 15, b":FE050000FF00FE\r\n"]
    assert heard(board, b":FE05000FFF00EF\r\n") == ["1" + "0" * 14 + "1", b":FE05000FFF00EF\r\n"]
    assert heard(board, b":FE0500000000FD\r\n") == ["0" * 15 + "1", b":FE0500000000FD\r\n"]


def test_all_relays_at_once_and_asked():
    board = RelayBoard("sainsmart16", 16)
    assert heard(board, b":FE0100000010F1\r\n") == [b":FE01020000FF\r\n"]
    assert heard(board, b":FE0F0000001002FFFFE3\r\n") == ["1" * 16, b":FE0F00000010E3\r\n"]
    assert heard(board, b":fe0100000010f1\r\n") == [b":FE0102FFFF01\r\n"]


@pytest.mark.parametrize(
    "nonsense",
    [b":FE050000FF00FF", b":01050000FF00FB", b":FE050000FF0FE", b"FE050000FF00FE", b":FE05", b":FE0Z0000FF00FE", b""],
)
def test_what_is_not_for_it_or_harmed_is_not_answered(nonsense):
    board = RelayBoard("sainsmart16", 16)
    assert heard(board, nonsense + b"\r\n") == []
    assert heard(board, b":FE050000FF00FE\r\n")[0] == "1" + "0" * 15


def test_what_cannot_be_done_is_an_exception():
    assert heard(RelayBoard("sainsmart16", 16), b":FE0F0000001000E3\r\n") == [b":FE8F0370\r\n"]


def test_a_wrong_answer_is_for_the_next_relay():
    board = RelayBoard("sainsmart16", 16)
    board.befall(Mishap.WRONG)
    assert heard(board, b":FE050000FF00FE\r\n") == ["1" + "0" * 15, b":FE050001FF00FD\r\n"]
