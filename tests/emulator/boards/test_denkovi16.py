"""The Denkovi board, byte by byte as its documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import RelayBoard
from tests.emulator.boards.spoken import heard

REST = "0" * 16


def test_a_command_is_answered_by_itself():
    board = RelayBoard("denkovi16", 16)
    assert heard(board, b"01+//") == ["1" + "0" * 15, b"01+//"]
    assert heard(board, b"16+//") == ["1" + "0" * 14 + "1", b"16+//"]
    assert heard(board, b"01-//") == ["0" * 15 + "1", b"01-//"]
    assert heard(board, b"on//off//") == ["1" * 16, b"on//", REST, b"off//"]


@pytest.mark.parametrize(("said", "states"), [(b"\x80\x01", f"1{'0' * 14}1"), (b"//", "0010111100101111")])
def test_the_highest_bit_of_the_first_byte_is_relay_1(said, states):
    board = RelayBoard("denkovi16", 16)
    assert heard(board, b"x" + said + b"//") == [states, b"x" + said + b"//"]
    assert heard(board, b"ask//") == [said]


@pytest.mark.parametrize("nonsense", [b"17+//", b"00+//", b"1+//", b"01*//", b"//", b"zz01+//", b"x12ab"])
def test_what_it_does_not_know_it_ignores(nonsense):
    board = RelayBoard("denkovi16", 16)
    assert heard(board, nonsense) == []
    assert heard(board, b"ask//") == [b"\0\0"]
