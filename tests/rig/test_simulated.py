"""A simulated board as the bench has it: started, followed, given mishaps, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest
import serial

from emulator.relay_board import RelayBoard
from harness.rig.simulated import SimulatedBoard
from harness.transports.host import BenchError
from tests.emulator.plugged import PATIENCE, living
from tests.processes import gone
from tests.runs import PROJECT

ON, OFF = bytes.fromhex("A00101A2"), bytes.fromhex("A00100A1")


@pytest.fixture
def lcus(tmp_path):
    """One that does not answer."""
    board = SimulatedBoard.start("lcus", 1, project=PROJECT, link=tmp_path / "port")
    yield board
    board.close()


def test_contacts_follow_a_board_that_does_not_answer(lcus):
    assert lcus.contacts() == (False,)
    with serial.Serial(lcus.port) as line:
        for command, expected in ((ON, True), (ON, True), (OFF, False)):
            line.write(command)
            assert lcus.stands(0, energised=expected, within=PATIENCE) is expected
            assert lcus.contacts() == (expected,)


def test_a_contact_that_does_not_move_is_not_awaited_for_ever(lcus):
    assert not lcus.stands(0, energised=True, within=0.0)
    lcus.mishap("stuck")
    with serial.Serial(lcus.port) as line:
        line.write(ON)
        assert not lcus.stands(0, energised=True, within=0.05)
    assert lcus.contacts() == (False,)


def test_a_mishap_is_ordered_and_taken_back(lcus):
    before = lcus.port
    lcus.mishap("unplugged")
    with pytest.raises(serial.SerialException):
        serial.Serial(before).write(ON)
    lcus.mishap(None)
    with serial.Serial(lcus.port) as line:
        line.write(ON)
        assert lcus.stands(0, energised=True, within=PATIENCE)
    with pytest.raises(BenchError, match=r"simulated lcus: .* is no order; allowed is .*powerless"):
        lcus.mishap("bored")
    assert lcus.contacts() == (True,)


def test_closed_it_leaves_nothing_behind(lcus, tmp_path):
    assert os.readlink(tmp_path / "port") == lcus.port
    lcus.close()
    lcus.close()
    assert list(tmp_path.iterdir()) == []
    assert gone(str(tmp_path / "port"))


def test_a_board_that_cannot_be_started_says_why():
    with pytest.raises(
        BenchError, match=r"simulated lcus is dead, its exit code 4: .*--channels 3: the lcus is sold with"
    ):
        SimulatedBoard.start("lcus", 3, project=PROJECT)
    with pytest.raises(BenchError, match="cannot start the simulated lcus: No such file"):
        SimulatedBoard.start("lcus", 2, project=PROJECT / "nowhere")


def test_a_board_that_was_killed_is_told(lcus):
    os.killpg(lcus._process.pid, signal.SIGKILL)
    with pytest.raises(BenchError, match="simulated lcus is dead, its exit code -9"):
        lcus.stands(0, energised=True, within=PATIENCE)


def test_a_board_of_ones_own_outlives_who_follows_it(tmp_path):
    path = tmp_path / "contacts"
    with living(RelayBoard("lcus", 1), path):
        for before in ((False,), (True,)):
            with closing(SimulatedBoard.connect(path)) as board, serial.Serial(board.port) as line:
                assert board.contacts() == before
                line.write(ON)
                assert board.stands(0, energised=True, within=PATIENCE)
        board = SimulatedBoard.connect(path)
    with closing(board), pytest.raises(BenchError, match=f"simulated board at {path} is dead"):
        board.stands(0, energised=False, within=PATIENCE)
    with pytest.raises(BenchError, match=f"no simulated board at {path}: .*relay-board --board NAME --contacts {path}"):
        SimulatedBoard.connect(path)


def test_one_that_somebody_else_follows_is_not_waited_for_long(tmp_path, monkeypatch):
    path = tmp_path / "contacts"
    with living(RelayBoard("lcus", 1), path), closing(SimulatedBoard.connect(path)):
        monkeypatch.setattr("harness.rig.simulated.STARTED_WITHIN", 0.1)
        with pytest.raises(BenchError, match="says nothing; does another run follow"):
            SimulatedBoard.connect(path)


def test_it_dies_with_the_harness(tmp_path):
    """Killed, the harness can end nothing; neither a board that answers nor one that is stopped may stay."""
    link = str(tmp_path / "port")
    program = (
        "import os, pathlib, signal, sys; from harness.rig.simulated import SimulatedBoard;"
        "board = SimulatedBoard.start('lcus', 1, project=pathlib.Path('.'), link=pathlib.Path(sys.argv[1]));"
        "os.killpg(board._process.pid, signal.SIGSTOP); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, link], cwd=PROJECT, timeout=PATIENCE, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert gone(link)
