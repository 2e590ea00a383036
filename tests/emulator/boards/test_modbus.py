"""Boards that speak Modbus RTU, byte by byte as the standard and Waveshare have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import Mishap, RelayBoard
from tests.emulator.boards.spoken import heard


def test_a_coil_is_switched_and_the_request_comes_back():
    board = RelayBoard("modbus", 8)
    on, off = bytes.fromhex("01050000FF008C3A"), bytes.fromhex("010500000000CDCA")
    assert heard(board, on) == ["10000000", on]
    assert heard(board, off) == ["00000000", off]


def test_coils_are_read_into_whole_bytes():
    board = RelayBoard("modbus", 8)
    heard(board, "01050000FF008C3A")
    assert heard(board, "0101000000083DCC") == [bytes.fromhex("0101010190 48")]


def test_the_values_of_waveshare():
    board = RelayBoard("modbus", 8)
    assert heard(board, "010500FFFF00BC0A")[0] == "11111111"
    assert heard(board, "010500005500F29A")[0] == "01111111"
    assert heard(board, "010500FF5500C2AA")[0] == "10000000"
    assert heard(board, "010500FF0000FDFA")[0] == "00000000"


def test_several_coils_at_once():
    board = RelayBoard("modbus", 16)
    assert heard(board, "010F0001000A02FE01 6549") == ["0011111111000000", bytes.fromhex("010F0001000A 840C")]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("010200000008 79CC", "018201 8160"),
        ("010500080000 4C08", "018502 C351"),
        ("010500001234 C0BD", "018503 0291"),
        ("010100000000 3C0A", "018103 0051"),
        ("010100000009 FC0C", "018102 C191"),
    ],
)
def test_what_cannot_be_done_is_an_exception(request_, answer):
    assert heard(RelayBoard("modbus", 8), request_) == [bytes.fromhex(answer)]


@pytest.mark.parametrize(
    "nonsense", ["01050000FF008C3B", "02050000FF008C09", "FF050000FF0099E4", "A00101A2 00 00 00 00"]
)
def test_what_is_not_for_it_or_harmed_is_not_answered(nonsense):
    board = RelayBoard("modbus", 8)
    assert heard(board, nonsense) == []
    assert heard(board, "01050000FF008C3A")[0] == "10000000"


def test_one_with_fewer_relays_tells_a_whole_byte():
    board = RelayBoard("modbus", 2)
    assert heard(board, "0101000000083DCC") == [bytes.fromhex("010101005188")]


def test_a_wrong_answer_is_for_the_next_coil_or_upside_down():
    board = RelayBoard("modbus", 8)
    board.befall(Mishap.WRONG)
    assert heard(board, "01050000FF008C3A") == ["10000000", bytes.fromhex("01050001FF00DDFA")]
    assert heard(board, "0101000000083DCC") == [bytes.fromhex("010101FED008")]
