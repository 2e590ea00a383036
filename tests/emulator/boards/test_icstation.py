"""The ICStation boards, byte by byte as their documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import Mishap, RelayBoard
from tests.emulator.boards.spoken import heard


@pytest.mark.parametrize(("relays", "model"), [(2, b"\xad"), (4, b"\xab"), (8, b"\xac")])
def test_it_says_what_it_is_until_it_is_started(relays, model):
    board = RelayBoard("icstation", relays)
    assert heard(board, "50") == [model]
    assert heard(board, "50 51 FF") == [model, "0" * relays]


def test_then_every_byte_is_a_mask_whose_zeros_switch_on():
    board = RelayBoard("icstation", 8)
    assert heard(board, "51 01 00 AA") == ["01111111", "11111111", "10101010"]


def test_asked_again_what_it_is_it_switches_relays():
    board = RelayBoard("icstation", 8)
    assert heard(board, "50 51 50 51") == [b"\xac", "11110101", "01110101"]


def test_only_a_power_cut_ends_that():
    board = RelayBoard("icstation", 2)
    heard(board, "51 00")
    board.befall(Mishap.POWERLESS)
    board.befall(None)
    assert board.contacts == (False, False)
    assert heard(board, "00 50") == [b"\xad"]
