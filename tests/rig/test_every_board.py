"""Every board, in every size, is driven by its real driver over a pty; and no mishap of one goes unnoticed.

Driver and board were written from the same documents, neither from the other. A mishap may be noticed where the board
can tell; of what it cannot tell, only the effect of its contacts can speak.
"""

from __future__ import annotations

import re
import socket
import tempfile
from contextlib import closing, contextmanager

import pytest

from emulator import boards
from emulator.relay_board import Mishap, RelayBoard
from harness.rig import relay, relays
from harness.rig.relay import Relay
from harness.rig.simulated import SimulatedBoard
from harness.transports.host import BenchError
from tests.emulator.plugged import PATIENCE, living

SIZES = [(name, size) for name in boards.names() for size in boards.load(name).SIZES]
TELLING = [(name, max(sizes)) for name in boards.names() if name != "icstation" and (sizes := boards.load(name).SIZES)]
NEVER_TELLING = [("lcus", 1), ("icstation", 4)]

SHORT = 0.05
"""Wall seconds that a driver waits for an answer which never comes."""


@pytest.fixture(autouse=True)
def patient(monkeypatch, tmp_path):
    """No answer that comes is too late, and no board needs its pauses; what is noted of boards stays in this test."""
    monkeypatch.setattr(relay, "LIMIT", PATIENCE)
    monkeypatch.setattr(relay, "QUIET", SHORT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in relays.names():
        if isinstance(relays.load(name), relays.Slow):
            monkeypatch.setattr(relays.load(name), "PAUSE", 0.0)


@contextmanager
def driven(name, size):
    """A simulated board, and its driver."""
    ours, its = socket.socketpair()
    with (
        living(RelayBoard(name, size), its.detach()),
        closing(SimulatedBoard(name, ours)) as board,
        closing(Relay.open(name, board.port, size)) as driver,
    ):
        yield board, driver


def test_each_side_knows_the_same_boards():
    assert {name: boards.load(name).SIZES for name in boards.names()} == {
        name: relays.load(name).SIZES for name in relays.names()
    }


@pytest.mark.parametrize(("name", "size"), SIZES)
def test_contacts_follow_the_driver_and_are_read_back(name, size):
    with driven(name, size) as (board, driver):
        expected = [False] * size
        for position, channel in [*enumerate(driver.channels), *enumerate(driver.channels)]:
            expected[position] = not expected[position]
            exchange = driver.switch(channel, on=expected[position])
            board.stands(position, energised=expected[position], within=PATIENCE)
            assert board.contacts() == tuple(expected)
            assert exchange.confirmed is (None if (name, size) in NEVER_TELLING or name == "icstation" else True)
            assert driver.state(channel) is (expected[position] if exchange.confirmed else None)
        assert not any(expected)


@pytest.mark.parametrize("mishap", [Mishap.SILENT, Mishap.LATE, Mishap.WRONG, Mishap.POWERLESS])
@pytest.mark.parametrize(("name", "size"), TELLING)
def test_a_board_that_does_not_answer_well_is_broken(name, size, mishap, monkeypatch):
    with driven(name, size) as (board, driver):
        board.mishap(mishap)
        monkeypatch.setattr(relay, "LIMIT", SHORT)
        with pytest.raises(BenchError) as broken:
            driver.switch(driver.channels[0], on=True)
        assert_told(broken.value, name, board.port)


@pytest.mark.parametrize(("name", "size"), TELLING)
def test_a_contact_that_sticks_is_read_back(name, size):
    with driven(name, size) as (board, driver):
        board.mishap(Mishap.STUCK)
        with pytest.raises(BenchError, match="read back off after on was asked") as broken:
            driver.switch(driver.channels[-1], on=True)
        assert_told(broken.value, name, board.port)
        assert not any(board.contacts())


@pytest.mark.parametrize(("name", "size"), TELLING)
def test_a_board_that_lies_is_believed_and_its_contacts_tell(name, size):
    with driven(name, size) as (board, driver):
        board.mishap(Mishap.LIES)
        assert driver.switch(driver.channels[0], on=True).confirmed
        assert not any(board.contacts())


@pytest.mark.parametrize(("name", "size"), [*TELLING, *NEVER_TELLING])
def test_a_board_that_is_unplugged_is_broken_and_its_contacts_stay(name, size):
    with driven(name, size) as (board, driver):
        driver.switch(driver.channels[0], on=True)
        assert board.stands(0, energised=True, within=PATIENCE)
        port = board.port
        board.mishap(Mishap.UNPLUGGED)
        with pytest.raises(BenchError) as broken:
            driver.switch(driver.channels[0], on=False)
        assert_told(broken.value, name, port, sent=r"nothing|[0-9A-F ]+")
        assert board.contacts()[0]


@pytest.mark.parametrize("mishap", [Mishap.SILENT, Mishap.LATE, Mishap.WRONG])
@pytest.mark.parametrize(("name", "size"), NEVER_TELLING)
def test_one_that_never_answers_has_no_answer_to_go_wrong(name, size, mishap):
    with driven(name, size) as (board, driver):
        board.mishap(mishap)
        assert driver.switch(driver.channels[0], on=True).confirmed is None
        assert board.stands(0, energised=True, within=PATIENCE)


@pytest.mark.parametrize("mishap", [Mishap.STUCK, Mishap.LIES, Mishap.POWERLESS])
@pytest.mark.parametrize(("name", "size"), NEVER_TELLING)
def test_of_one_that_never_answers_only_the_contacts_tell_that_they_did_not_move(name, size, mishap):
    with driven(name, size) as (board, driver):
        board.mishap(mishap)
        assert driver.switch(driver.channels[0], on=True).confirmed is None
        assert not board.stands(0, energised=True, within=SHORT)
        assert not any(board.contacts())


@pytest.mark.parametrize(("name", "size"), TELLING)
def test_when_all_is_well_again_it_can_be_switched(name, size, monkeypatch):
    with driven(name, size) as (board, driver):
        board.mishap(Mishap.SILENT)
        monkeypatch.setattr(relay, "LIMIT", SHORT)
        with pytest.raises(BenchError):
            driver.switch(driver.channels[0], on=True)
        board.mishap(None)
        monkeypatch.setattr(relay, "LIMIT", PATIENCE)
        assert driver.switch(driver.channels[0], on=False).confirmed
        assert not any(board.contacts())


def assert_told(broken, name, port, sent="[0-9A-F ]+"):
    """Which board, at which port, what was sent to it and what it said."""
    told = rf"relay board {name} at {port}: .+\(sent ({sent}); received (nothing|[0-9A-F ]+)\)"
    assert re.fullmatch(told, str(broken))
