"""The one who speaks to relay boards: confirmed where a board can tell, and what is wrong said with its bytes."""

from __future__ import annotations

import os
import socket
import stat
import tempfile

import pytest
import serial

from harness.rig.relay import MOST, Exchange, Relay, check_url
from harness.transports.host import BenchError
from tests.rig.scripted import Script, rfc2217

ON, OFF, ASK, WHO = b"\x65", b"\x6f", b"\x5b", b"\x5a"
RLY08 = {WHO: (b"\x08\x02",), ASK: (b"\x00",), ON: (), OFF: ()}
LCUS_ON = b"\xa0\x01\x01\xa2"


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """No test fails because an answer took long: whoever is to be silent is given less."""
    monkeypatch.setattr("harness.rig.relay.LIMIT", 30.0)
    monkeypatch.setattr("harness.rig.relay.QUIET", 0.02)


@pytest.fixture
def impatient(monkeypatch):
    """To be said when a board is about to fall silent."""
    return lambda: monkeypatch.setattr("harness.rig.relay.LIMIT", 0.02)


@pytest.fixture
def notes(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


# ---- Boards that can tell --------------------------------------------------------------------------------------------


def test_a_switching_is_read_back():
    with Script(RLY08 | {ASK: (b"\x00", b"\x01", b"\x01", b"\x00")}) as script:
        relay = Relay.open("devantech", script.port, 8)
        assert relay.label == f"devantech at {script.port}"
        assert relay.channels == (1, 2, 3, 4, 5, 6, 7, 8)
        assert relay.identity == "USB-RLY08, version 2"
        assert relay.switch(1, on=True) == Exchange(ON + ASK, b"\x01", confirmed=True)
        assert relay.state(1) is True
        assert relay.switch(1, on=False) == Exchange(OFF + ASK, b"\x00", confirmed=True)
        relay.close()
        assert script.heard == WHO + ASK + ON + ASK + ASK + OFF + ASK


def test_to_open_a_board_switches_nothing():
    with Script({b"\xff": (b"CH1: ON \r\nCH2: OFF\r\n",)}) as script:
        relay = Relay.open("lcus", script.port, 2)
        assert (relay.state(1), relay.state(2)) == (True, False)
        relay.close()
        assert set(script.heard) == {0xFF}


def test_of_two_answers_the_first_may_be_stale():
    off, on = b"CH1: OFF\r\nCH2: OFF\r\n", b"CH1: ON \r\nCH2: OFF\r\n"
    with Script({b"\xff": (off, off, off, on), LCUS_ON: ()}) as script:
        relay = Relay.open("lcus", script.port, 2)
        assert relay.switch(1, on=True) == Exchange(LCUS_ON + b"\xff\xff", off + on, confirmed=True)
        relay.close()


def test_what_was_said_before_a_question_is_not_its_answer():
    with Script(RLY08 | {ASK: (b"\x00", b"\x01")}) as script:
        relay = Relay.open("devantech", script.port, 8)
        script.say(b"\x00\x00")
        assert relay.switch(1, on=True).received == b"\x01"
        relay.close()


def test_a_board_that_contradicts_is_an_error_with_all_that_was_said():
    with Script(RLY08) as script:
        relay = Relay.open("devantech", script.port, 8)
        with pytest.raises(BenchError) as error:
            relay.switch(1, on=True)
        relay.close()
    said = "read back off after on was asked of channel 1 (sent 65 5B; received 00)"
    assert str(error.value) == f"relay board devantech at {script.port}: {said}"


def test_a_board_that_falls_silent_is_an_error(impatient):
    with Script(RLY08 | {ASK: (b"\x00", b"")}) as script:
        relay = Relay.open("devantech", script.port, 8)
        impatient()
        with pytest.raises(BenchError, match=r"was asked what channel 1 is and stayed silent \(sent 65 5B; received n"):
            relay.switch(1, on=True)
        relay.close()


def test_a_board_that_does_not_answer_a_command_is_an_error(impatient):
    with Script({b"ver\r": (b"ver\n\r8\n\r>",), b"relay read 0\r": (b"relay read 0\n\roff\n\r>",)}) as script:
        relay = Relay.open("numato", script.port, 1)
        impatient()
        with pytest.raises(BenchError, match="was asked to switch channel 0 on and stayed silent"):
            relay.switch(0, on=True)
        relay.close()


def test_bytes_that_are_no_answer_are_an_error(impatient):
    with Script({WHO: (b"\x0a\x01",), ASK: (b"\x00", b"\xfd"), ON: ()}) as script:
        relay = Relay.open("devantech", script.port, 2)
        impatient()
        with pytest.raises(BenchError, match=r"gave no answer to that \(sent 65 5B; received FD\)"):
            relay.switch(1, on=True)
        relay.close()


def test_an_answer_without_an_end_is_an_error_of_bounded_length():
    with Script({b"\xff": (b"CH1: " * 800,)}) as script:
        with pytest.raises(BenchError, match="gave no answer to that") as error:
            Relay.open("lcus", script.port, 2)
        assert len(str(error.value)) < 2 * MOST * len("43 ") + 200


def test_after_an_error_the_relay_can_be_switched_and_a_late_answer_is_taken_for_no_other(impatient, monkeypatch):
    with Script(RLY08 | {ASK: (b"\x00", b"", b"\x00")}) as script:
        relay = Relay.open("devantech", script.port, 8)
        impatient()
        with pytest.raises(BenchError):
            relay.switch(1, on=True)
        monkeypatch.setattr("harness.rig.relay.LIMIT", 30.0)
        late = iter([b"\x01"])
        read = relay._line.read

        def reads(size):
            for answer in late:
                script.say(answer)
            return read(size)

        monkeypatch.setattr(relay._line, "read", reads)
        assert relay.switch(1, on=False).confirmed is True
        relay.close()


# ---- Boards that sometimes can ---------------------------------------------------------------------------------------


def test_a_board_that_is_silent_when_it_is_opened_is_not_asked_again(impatient):
    with Script({}) as script:
        impatient()
        relay = Relay.open("lcus", script.port, 2)
        assert relay.switch(1, on=True) == Exchange(LCUS_ON, b"", confirmed=None)
        assert relay.state(1) is None
        relay.close()


def test_a_board_that_answered_when_it_was_opened_must_answer_later(impatient):
    with Script({b"\xff\x01\x03": (b"\xff\x01\x00", b""), b"\xff\x01\x01": ()}) as script:
        relay = Relay.open("kmtronic", script.port, 1)
        impatient()
        with pytest.raises(BenchError, match="was asked what channel 1 is and stayed silent"):
            relay.switch(1, on=True)
        relay.close()


def test_a_board_that_answers_nonsense_when_it_is_opened_is_an_error(impatient):
    with Script({b"\xff\x01\x03": (b"?",)}) as script:
        impatient()
        with pytest.raises(BenchError, match=r"gave no answer to that \(sent FF 01 03; received 3F\)"):
            Relay.open("kmtronic", script.port, 1)


def test_an_lcus_1_is_never_asked():
    relay = Relay.open("lcus", "loop://", 1)  # which would say our own question back
    assert relay.switch(1, on=True) == Exchange(LCUS_ON, b"", confirmed=None)
    assert relay.state(1) is None
    relay.close()


# ---- What a board is -------------------------------------------------------------------------------------------------


def test_another_board_than_the_bench_file_says_is_an_error_naming_both():
    with (
        Script({WHO: (b"\x0a\x01",)}) as script,
        pytest.raises(BenchError, match=r"with 8 channels, found USB-RLY02, version 1 \(sent 5A; received 0A 01\)"),
    ):
        Relay.open("devantech", script.port, 8)


def test_a_board_of_no_known_kind_is_an_error():
    with (
        Script({WHO: (b"\x63\x01",)}) as script,
        pytest.raises(BenchError, match="expected one with 2 channels, found a module 99, version 1"),
    ):
        Relay.open("devantech", script.port, 2)


def test_a_board_that_does_not_say_what_it_is_is_an_error_and_the_port_is_given_back(impatient):
    with Script({}) as script:
        impatient()
        with pytest.raises(
            BenchError, match=r"was asked what it is and stayed silent \(sent 76 65 72 0D; received n"
        ) as held:
            Relay.open("numato", script.port, 8)
        assert held.value  # which keeps alive whatever was left open
        serial.Serial(script.port, exclusive=True).close()


def test_a_channel_that_the_board_does_not_have_is_refused():
    relay = Relay.open("lcus", "loop://", 1)
    with pytest.raises(BenchError, match="has no channel 2: its channels are 1 to 1"):
        relay.switch(2, on=True)
    relay.close()


@pytest.mark.parametrize(("board", "channels", "said"), [("lucs", 1, "a board among"), ("lcus", 3, "1 or 2 or 4 or 8")])
def test_a_board_that_there_is_not_is_refused(board, channels, said):
    with pytest.raises(BenchError, match=said):
        Relay.open(board, "loop://", channels)


# ---- A board that must be started once -------------------------------------------------------------------------------


def test_a_board_is_started_once_and_then_told_by_patterns_alone(notes):
    with Script({b"\x50": (b"\xab",), b"\x51": ()}) as script:
        relay = Relay.open("icstation", script.port, 4)
        assert relay.identity == "ICSE012A"
        assert relay.switch(1, on=True) == Exchange(b"\x0e", b"", confirmed=None)
        assert relay.switch(4, on=True).sent == b"\x06"
        assert relay.state(4) is None
        relay.close()
        again = Relay.open("icstation", script.port, 4)
        assert again.identity == ""
        assert again.switch(1, on=False).sent == b"\x07"
        again.close()
        assert script.hears(b"\x50\x51\x0e\x06\x07")


def test_a_board_plugged_anew_is_started_anew(notes):
    with Script({b"\x50": (b"\xad",), b"\x51": ()}) as script:
        Relay.open("icstation", script.port, 2).close()
        os.chmod(script.port, stat.S_IMODE(os.stat(script.port).st_mode))  # another time of birth
        relay = Relay.open("icstation", script.port, 2)
        assert relay.identity == "ICSE013A"
        relay.close()


def test_a_board_that_may_have_been_started_by_someone_else_has_its_relays_let_fall_and_is_never_asked_again(
    notes, impatient
):
    with Script({}) as script:
        impatient()
        with pytest.raises(
            BenchError, match=r"did not say what it is; cut its power.*\(sent 50 0F; received nothing\)"
        ):
            Relay.open("icstation", script.port, 4)
        for _ in range(2):
            with pytest.raises(BenchError, match="did not say what it was when it was asked; cut its power"):
                Relay.open("icstation", script.port, 4)
        assert script.hears(b"\x50\x0f")


def test_a_board_of_another_size_is_not_started(notes):
    with Script({b"\x50": (b"\xac",)}) as script:
        for _ in range(2):
            with pytest.raises(BenchError, match="expected one with 4 channels, found ICSE014A"):
                Relay.open("icstation", script.port, 4)
        assert script.hears(b"\x50\x50")
        assert list(notes.iterdir()) == []


def test_the_note_of_a_device_that_is_no_more_goes_with_the_next(notes, impatient):
    impatient()
    with Script({}) as script:
        device = os.stat(script.port)
        stale, of_another = (notes / f"relay-board-{number:x}-1" for number in (device.st_rdev, device.st_rdev + 1))
        stale.touch()
        of_another.touch()
        with pytest.raises(BenchError, match="did not say what it is"):
            Relay.open("icstation", script.port, 2)
    (kept,) = notes.glob(f"relay-board-{device.st_rdev:x}-*")
    assert kept != stale
    assert of_another.exists()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o666, "for every user"


def test_a_note_that_is_of_no_use_is_an_error(notes):
    with Script({}) as script:
        device = os.stat(script.port)
        note = notes / f"relay-board-{device.st_rdev:x}-{device.st_ctime_ns}"
        note.write_text(f"{device.st_ctime_ns} started all")
        with pytest.raises(BenchError, match=f"noted in {note}, which is of no use .*'all'"):
            Relay.open("icstation", script.port, 4)
        note.unlink()
        note.symlink_to("elsewhere")
        with pytest.raises(BenchError, match=f"noted in {note}, which is of no use"):
            Relay.open("icstation", script.port, 4)
        assert script.heard == b""


def test_a_board_of_unknown_mode_is_refused():
    with pytest.raises(BenchError, match="at a serial port of this machine only"):
        Relay.open("icstation", "loop://", 4)


# ---- Ports -----------------------------------------------------------------------------------------------------------


def test_a_port_is_held_alone():
    with Script(RLY08) as script:
        relay = Relay.open("devantech", script.port, 8)
        with pytest.raises(BenchError, match=f"devantech at {script.port}: the port is held by another program"):
            Relay.open("devantech", script.port, 8)
        relay.close()
        Relay.open("devantech", script.port, 8).close()


def test_a_board_that_is_unplugged_is_an_error_and_the_relay_can_be_closed_twice():
    with Script(RLY08) as script:
        relay = Relay.open("devantech", script.port, 8)
        script.unplug()
        for _ in range(2):
            with pytest.raises(BenchError, match=f"devantech at {script.port}: is gone, or its port is .*sent nothing"):
                relay.switch(1, on=True)
            with pytest.raises(BenchError, match="is gone"):
                relay.state(1)
        relay.close()
        relay.close()


def test_a_port_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(BenchError, match=f"lcus at {tmp_path}/none: the port is not there"):
        Relay.open("lcus", f"{tmp_path}/none", 1)


def test_a_port_that_is_no_serial_port_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BenchError, match="the port cannot be opened: Could not configure port"):
        Relay.open("lcus", f"{tmp_path}/file", 1)


def test_a_board_behind_a_network_port_is_spoken_to_and_its_end_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        relay = Relay.open("lcus", f"socket://{host}:{port}", 1)
        with server.accept()[0] as far:
            relay.switch(1, on=True)
            assert far.recv(4, socket.MSG_WAITALL) == LCUS_ON
    relay.close()
    with pytest.raises(BenchError, match="the port cannot be opened"):
        Relay.open("lcus", f"socket://{host}:{port}", 1)


def test_a_board_behind_a_server_of_rfc_2217_is_read_back():
    with Script(RLY08 | {ASK: (b"\x00", b"\xff")}) as script, rfc2217(script) as port:
        relay = Relay.open("devantech", port, 8)
        assert relay.identity == "USB-RLY08, version 2"
        assert relay.switch(1, on=True) == Exchange(ON + ASK, b"\xff", confirmed=True)
        relay.close()


@pytest.mark.parametrize(
    "port",
    ["/dev/ttyUSB0", "socket://bench-3:4001", "rfc2217://[::1]:2217", "rfc2217://b:1?ign_set_control", "loop://"],
)
def test_the_names_of_ports_that_are_allowed(port):
    assert check_url(port) is None


@pytest.mark.parametrize(
    "port",
    [
        "",
        "ttyUSB0",
        "COM3",
        "socket:/x",
        "socket://",
        "socket://b",
        "socket://b:port",
        "socket://b:70000",
        "spy:///dev/x",
    ],
)
def test_the_names_of_ports_that_are_not(port):
    assert check_url(port) == (
        "a port like /dev/serial/by-path/… (an absolute path), socket://HOST:PORT, rfc2217://HOST:PORT, loop:// or "
        f"simulated (found {port!r})"
    )
    with pytest.raises(BenchError, match="expected a port like /dev/serial/by-path/"):
        Relay.open("lcus", port, 1)


def test_a_simulated_board_must_have_been_started():
    assert check_url("simulated") is None
    with pytest.raises(BenchError, match="the simulated board has not been started"):
        Relay.open("lcus", "simulated", 1)
