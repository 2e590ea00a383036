"""The Devantech boards, byte by byte as their documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import RelayBoard
from tests.emulator.boards.spoken import heard


def test_one_byte_switches_one_relay_and_is_not_answered():
    board = RelayBoard("devantech", 8)
    assert heard(board, "65") == ["10000000"]
    assert heard(board, "6C") == ["10000001"]
    assert heard(board, "6F 76") == ["00000001", "00000000"]


def test_all_relays():
    board = RelayBoard("devantech", 8)
    assert heard(board, "64 6E") == ["11111111", "00000000"]
    assert heard(board, "5C 81 5B") == ["10000001", b"\x81"]


@pytest.mark.parametrize(("relays", "module"), [(2, 10), (8, 8)])
def test_it_says_what_it_is(relays, module):
    board = RelayBoard("devantech", relays)
    assert heard(board, "5A 38") == [bytes((module, 1)) + b"00001234"]


def test_what_it_does_not_know_it_ignores():
    assert heard(RelayBoard("devantech", 2), "67 6C 71 76 00 FF A0 50") == []
