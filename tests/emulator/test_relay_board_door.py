"""The door of a relay board: its pty, who follows its contacts, what is left of it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys

import pytest
import serial

from emulator.__main__ import USAGE, main
from emulator.relay_board import Mishap, RelayBoard
from emulator.relay_board_door import Follower, Port
from harness.transports.host import BenchError
from tests.emulator.plugged import PATIENCE, followed, living
from tests.runs import PROJECT

ON, ASK = bytes.fromhex("A00103A4"), bytes.fromhex("A00105A6")
ON_SAID = bytes.fromhex("A00101A2")


def board(relays=2):
    return RelayBoard("lcus_feedback", relays)


def told(lines: io.BufferedIOBase) -> dict[str, object]:
    return json.loads(lines.readline())


def order(follower: socket.socket, line: bytes) -> None:
    follower.sendall(line + b"\n")


@contextlib.contextmanager
def driver(port):
    with serial.Serial(port, timeout=PATIENCE, exclusive=True) as line:
        yield line


def test_contacts_are_told_before_the_board_answers():
    with followed(board()) as follower, follower.makefile("rb") as lines:
        standing = told(lines)
        assert standing == {"pty": standing["pty"], "contacts": [False, False], "mishap": None}
        with driver(standing["pty"]) as line:
            line.write(ON)
            assert line.read(4) == ON_SAID
            follower.setblocking(False)
            assert told(lines) == {"contacts": [True, False]}


def test_every_command_is_told_even_if_nothing_changed_and_a_question_is_not():
    with followed(board()) as follower, follower.makefile("rb") as lines:
        with driver(told(lines)["pty"]) as line:
            line.write(ON + ASK + ON)
            assert line.read(12) == ON_SAID * 3
        order(follower, b'{"mishap": null}')
        assert [told(lines)["contacts"] for _ in range(2)] == [[True, False]] * 2
        assert told(lines)["mishap"] is None


def test_drivers_come_and_go():
    with followed(board()) as follower, follower.makefile("rb") as lines:
        port = told(lines)["pty"]
        for _ in range(3):
            with driver(port) as line:
                line.write(ASK)
                line.read(4)
        with driver(port) as line:
            line.write(ON)
            assert line.read(4) == ON_SAID


def test_an_order_is_in_force_when_it_is_answered():
    with followed(board()) as follower, follower.makefile("rb") as lines, driver(told(lines)["pty"]) as line:
        order(follower, b'{"mishap": "stuck"}')
        assert told(lines)["mishap"] == "stuck"
        line.write(ON)
        assert line.read(4) == ON_SAID
        assert told(lines) == {"contacts": [False, False]}


@pytest.mark.parametrize(
    "nonsense", [b"", b"{", b"[]", b"null", b'{"mishap": "none"}', b'{"mishap": 1}', b'{"mishap": []}']
)
def test_what_is_no_order_is_answered_and_the_board_goes_on(nonsense):
    with followed(board()) as follower, follower.makefile("rb") as lines:
        told(lines)
        order(follower, nonsense)
        assert '"powerless"' in told(lines)["error"]
        order(follower, b'{"mishap": "silent"}')
        assert told(lines)["mishap"] == "silent"


def test_a_late_answer_comes_in_the_end():
    with followed(board(), late=0.01) as follower, follower.makefile("rb") as lines, driver(told(lines)["pty"]) as line:
        order(follower, b'{"mishap": "late"}')
        told(lines)
        line.write(ON)
        assert line.read(4) == ON_SAID


def test_unplugged_its_line_is_gone_and_plugged_in_again_it_has_another():
    with followed(board()) as follower, follower.makefile("rb") as lines, driver(told(lines)["pty"]) as line:
        line.write(ON)
        assert told(lines)["contacts"] == [True, False]
        order(follower, b'{"mishap": "unplugged"}')
        assert told(lines) == {"pty": None, "contacts": [True, False], "mishap": "unplugged"}
        with pytest.raises(serial.SerialException):
            line.write(ASK)
        order(follower, b'{"mishap": null}')
        with driver(told(lines)["pty"]) as again:
            again.write(ASK)
            assert again.read(4) == ON_SAID


def test_answers_that_nobody_reads_are_lost_and_hold_nothing_up():
    with followed(board()) as follower, follower.makefile("rb") as lines, driver(told(lines)["pty"]) as line:
        for _ in range(40):
            line.write(ASK * 100)
        line.write(ON)
        assert told(lines) == {"contacts": [True, False]}


def test_who_does_not_read_what_it_is_told_is_given_up():
    ours, its = socket.socketpair()
    its.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    follower = Follower(its.detach())
    with ours:
        while not follower.gone:
            follower.tell({"contacts": [True]})
    follower.close()


def test_at_a_path_one_follows_after_another_and_the_contacts_stay(tmp_path):
    path = tmp_path / "contacts"
    with living(board(), path) as port, driver(port.name) as line:
        for expected in ([False, False], [True, False]):
            with socket.socket(socket.AF_UNIX) as follower:
                follower.settimeout(PATIENCE)
                follower.connect(str(path))
                with follower.makefile("rb") as lines:
                    assert told(lines)["contacts"] == expected
                    line.write(ON)
                    assert told(lines) == {"contacts": [True, False]}
                    assert line.read(4) == ON_SAID
    assert not path.exists()


def test_a_path_that_a_killed_board_left_is_taken_over_and_no_other(tmp_path):
    path = tmp_path / "contacts"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with living(board(), path), pytest.raises(BenchError, match=f"--contacts {path}: cannot be listened on"):
        Follower(path)
    path.write_text("mine")
    with pytest.raises(BenchError, match="cannot be listened on"):
        Follower(path)
    assert path.read_text() == "mine"
    with pytest.raises(BenchError, match="too long"):
        Follower(tmp_path / ("long" * 50))


def test_the_link_follows_the_port_and_goes_with_it(tmp_path):
    link = tmp_path / "port"
    link.symlink_to("/dev/pts/of-a-killed-board")
    port = Port(link)
    port.plug()
    assert os.readlink(link) == port.name
    port.unplug()
    assert not link.is_symlink()
    port.unplug()


def test_a_link_of_somebody_else_is_left_alone(tmp_path):
    link = tmp_path / "port"
    link.write_text("mine")
    port = Port(link)
    with pytest.raises(BenchError, match="no symbolic link"):
        port.plug()
    port.unplug()
    assert link.read_text() == "mine"
    lost = Port(tmp_path / "nowhere" / "port")
    with pytest.raises(BenchError, match="cannot be made"):
        lost.plug()
    lost.unplug()


# ---- As a process ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--board", "lcus"), "--contacts"),
        (("--board", "nothing", "--contacts", "x"), "icstation"),
        (("--board", "lcus", "--contacts", "x", "--channels", "3"), "sold with 1 or 2 or 4 or 8"),
        (("--board", "lcus", "--contacts", "x"), "--channels is missing"),
        (("--board", "denkovi16", "--contacts", "1000000"), "number of an inherited socket"),
        (("--board", "denkovi16", "--contacts", "x", "--mishap", "bored"), "powerless"),
        (("--board", "denkovi16", "--contacts", "x", "--late", "0"), "above 0"),
    ],
)
def test_wrong_usage_is_told_with_what_is_allowed(arguments, said, capsys):
    assert main(("relay-board", *arguments)) == USAGE
    out, err = capsys.readouterr()
    assert not out
    assert said in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_terminated_it_leaves_nothing_behind(tmp_path, number):
    path, link = tmp_path / "contacts", tmp_path / "port"
    options = ("--board", "denkovi16", "--contacts", path, "--pty", link, "--mishap", Mishap.STUCK)
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-s", "-m", "emulator", "relay-board", *options],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            with socket.socket(socket.AF_UNIX) as follower:
                follower.settimeout(PATIENCE)
                port = process.stdout.readline().decode().strip()
                follower.connect(str(path))
                with follower.makefile("rb") as lines:
                    standing = told(lines)
                assert standing["mishap"] == "stuck"
                assert os.readlink(link) == standing["pty"] == port
            process.send_signal(number)
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, out) == (0, b"")
    assert list(tmp_path.iterdir()) == []
