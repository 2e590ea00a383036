"""The KMTronic board, byte by byte as its documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import RelayBoard
from tests.emulator.boards.spoken import heard


def test_it_switches_without_an_answer_and_tells_one_relay():
    board = RelayBoard("kmtronic", 2)
    assert heard(board, "FF 02 01") == ["01"]
    assert heard(board, "FF 02 03") == [b"\xff\x02\x01"]
    assert heard(board, "FF 01 03") == [b"\xff\x01\x00"]
    assert heard(board, "FF 02 00") == ["00"]


@pytest.mark.parametrize(("relays", "answer"), [(4, b"\0\1\0\0"), (8, b"\0\1\0\0\0\0\0\0")])
def test_the_larger_ones_tell_all_relays(relays, answer):
    board = RelayBoard("kmtronic", relays)
    heard(board, "FF 02 01")
    assert heard(board, "FF 09 00") == [answer]


@pytest.mark.parametrize("nonsense", ["FF 09 00", "FF 03 01", "FF 00 01", "FF 01 02", "A0 01 01"])
def test_what_it_does_not_know_it_ignores(nonsense):
    assert heard(RelayBoard("kmtronic", 2), nonsense) == []
