"""The Numato board, byte by byte as its documents have it."""

from __future__ import annotations

import pytest

from emulator.relay_board import RelayBoard
from tests.emulator.boards.spoken import heard


def test_it_echoes_and_prompts():
    board = RelayBoard("numato", 2)
    assert heard(board, b"relay on 1\r") == [b"relay on 1\n\r", "01", b">"]
    assert heard(board, b"relay read 1\r") == [b"relay read 1\n\ron\n\r>"]
    assert heard(board, b"relay read 0\r") == [b"relay read 0\n\roff\n\r>"]
    assert heard(board, b"relay off 1\r") == [b"relay off 1\n\r", "00", b">"]
    assert heard(board, b"ver\r") == [b"ver\n\r00000008\n\r>"]


def test_relays_from_the_eleventh_on_are_letters():
    board = RelayBoard("numato", 32)
    assert heard(board, b"relay on A\r")[1].index("1") == 10
    assert heard(board, b"relay on V\r")[1].rindex("1") == 31
    assert heard(board, b"relay readall\r") == [b"relay readall\n\r80000400\n\r>"]


@pytest.mark.parametrize(
    ("relays", "said", "after"), [(1, "01", "1"), (4, "0a", "0101"), (16, "8001", f"1{'0' * 14}1")]
)
def test_all_relays_are_hex_with_the_first_in_the_lowest_bit(relays, said, after):
    board = RelayBoard("numato", relays)
    command = f"relay writeall {said}\r".encode()
    assert heard(board, command)[1] == after
    assert heard(board, b"relay readall\r") == [b"relay readall\n\r%s\n\r>" % said.encode()]


@pytest.mark.parametrize(
    "nonsense", [b"relay on 2", b"relay on", b"relay on 01", b"relay writeall 1", b"gpio set 0", b""]
)
def test_what_it_does_not_know_it_answers_with_the_prompt(nonsense):
    assert heard(RelayBoard("numato", 2), nonsense + b"\n\r") == [nonsense + b"\n\r>"]
