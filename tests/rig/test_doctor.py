"""Each probe of the doctor, on a machine that is well and on one that is not."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.rig import doctor
from harness.rig.bench_file import CameraFile, Contact, Corner, Inline, RelayFile
from harness.rig.doctor import ROOM, Line, State
from harness.rig.integrity import ClockWatch
from harness.rig.ports import Port
from harness.transports.host import BenchError

OURS = b"__version__ = '3.5'\n"
THEIRS = b"__version__ = '3.5.0.2'\n"


def installed(site: Path, name: str, version: str, content: bytes) -> None:
    """A distribution with a `serial` of its own, as pip leaves it: what was there before is overwritten."""
    module = site / "serial" / "__init__.py"
    module.parent.mkdir(exist_ok=True)
    module.write_bytes(content)
    record = site / f"{name.replace('-', '_')}-{version}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    (record / "RECORD").write_text(f"serial/__init__.py,sha256={digest},{len(content)}\n")


def serial_at(site: Path) -> Line:
    module = site / "serial" / "__init__.py"
    return doctor.serial_library(lambda: importlib.metadata.distributions(path=[str(site)]), module)


# ---- The harness's own installation ----------------------------------------------------------------------------------


def test_pyserial_alone_is_well(tmp_path):
    installed(tmp_path, "pyserial", "3.5", OURS)
    assert serial_at(tmp_path) == Line("serial library", State.OK, "pyserial 3.5")


def test_this_machine_has_it():
    assert doctor.serial_library().state is State.OK


@pytest.mark.parametrize("first", ["pyserial", "pyserial-labgrid"])
def test_two_that_overwrite_each_other_are_noticed_whoever_came_last(tmp_path, first):
    both = [("pyserial", "3.5", OURS), ("pyserial-labgrid", "3.5.0.2", THEIRS)]
    for name, version, content in sorted(both, key=lambda one: one[0] != first):
        installed(tmp_path, name, version, content)
    line = serial_at(tmp_path)
    assert line.state is State.BROKEN
    assert "belongs to pyserial 3.5 and pyserial-labgrid 3.5.0.2: one has overwritten the other" in line.found
    assert line.do.startswith("pip uninstall pyserial pyserial-labgrid; pip install --force-reinstall 'pyserial>=3.5")


def test_one_that_was_overwritten_is_noticed_though_the_culprit_is_gone(tmp_path):
    installed(tmp_path, "pyserial", "3.5", OURS)
    (tmp_path / "serial" / "__init__.py").write_bytes(THEIRS)
    line = serial_at(tmp_path)
    assert line.state is State.BROKEN
    assert line.found.endswith("is not the one of pyserial 3.5: something has overwritten it")


def test_one_that_was_removed_with_the_culprit_is_noticed(tmp_path):
    installed(tmp_path, "pyserial", "3.5", OURS)
    (tmp_path / "serial" / "__init__.py").unlink()
    line = serial_at(tmp_path)
    assert line.state is State.BROKEN
    assert line.found.endswith("is not there: something has removed it")


def test_another_serial_is_none(tmp_path):
    installed(tmp_path, "serial", "0.0.97", THEIRS)
    line = serial_at(tmp_path)
    assert line.found == "pyserial is not installed (serial/__init__.py belongs to serial 0.0.97)"
    assert line.do.startswith("pip uninstall pyserial serial; ")


def test_a_folder_that_stands_in_its_way_is_noticed(tmp_path):
    installed(tmp_path, "pyserial", "3.5", OURS)
    there = lambda: importlib.metadata.distributions(path=[str(tmp_path)])  # noqa: E731
    line = doctor.serial_library(there, Path("/elsewhere/serial/__init__.py"))
    assert line.state is State.BROKEN
    assert line.found.startswith("Python takes /elsewhere/serial/__init__.py for it, not ")


CORNERS = (Corner(x=0, y=0), Corner(x=9, y=0), Corner(x=9, y=3), Corner(x=0, y=3))


def test_a_camera_needs_what_reads_it():
    looks = CameraFile(source="/dev/video0", corners=CORNERS)
    assert doctor.camera("none").state is State.ABSENT
    seen = doctor.camera(looks, ["json"], lambda _: "'POS Online' in white")
    assert seen == Line("camera", State.OK, "/dev/video0 shows 'POS Online' in white")

    def unplugged(_: object) -> None:
        raise BenchError("/dev/video0 gives no picture")

    assert doctor.camera(looks, ["json"], unplugged).state is State.BROKEN
    line = doctor.camera(looks, ["json", "no_such_module", "nor_this"])
    assert (line.state, line.do) == (State.BROKEN, "pip install '.[camera]'")
    assert line.found == "/dev/video0 is to be read, and there is no no_such_module and no nor_this"


# ---- This machine ----------------------------------------------------------------------------------------------------


def test_a_run_needs_room(tmp_path):
    folder = tmp_path / "not" / "there" / "yet"
    asked = []

    def free(at: Path) -> int:
        asked.append(at)
        return ROOM

    assert doctor.disk(folder, free).state is State.OK
    assert asked == [tmp_path.resolve()]
    line = doctor.disk(folder, lambda _: ROOM - 1)
    assert line.state is State.BROKEN
    assert line.found == f"1.0 GB free for traces and captures in {folder}; a run may need 1 GB"


def test_a_folder_that_cannot_be_made_is_none(tmp_path):
    (tmp_path / "file").touch()
    line = doctor.disk(tmp_path / "file" / "out")
    assert line.state is State.BROKEN
    assert line.found == f"{tmp_path.resolve()}/file is no folder that can be written to"


def test_a_clock_that_steps_is_told():
    now = 0
    watch = ClockWatch(lambda: now)
    assert doctor.clock(watch).state is State.OK
    now = 1_000_000_000
    assert (doctor.clock(watch).state, doctor.clock(watch).found) == (State.BROKEN, "the clock stepped by +1.000 s")


def test_all_listeners_that_cannot_listen_are_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        line = doctor.listeners({"primary": "127.0.0.1:0", "secondary": address, "pos": f"{'ü' * 70}:1"})
    assert line.state is State.BROKEN
    first, second = line.found.split("; ")
    assert first == f"listen.secondary: cannot have {address}: Address already in use"
    assert second.startswith("listen.pos: ")
    line = doctor.listeners({"primary": address, "secondary": address})
    assert line.found == f"listen.secondary: cannot have {address}: Address already in use"
    assert doctor.listeners({"pos": address}) == Line("listeners", State.OK, f"pos {address}")
    assert doctor.listeners({}) == Line("listeners", State.ABSENT, "none takes a port of this machine")


def test_interfaces_are_there_or_those_that_are_are_told(tmp_path):
    for card in ("eth0", "eth1"):
        (tmp_path / card).mkdir()
    assert doctor.interfaces(Inline(terminal="eth0", cloud="eth1"), tmp_path).state is State.OK
    line = doctor.interfaces(Inline(terminal="eth0", cloud="enp4s0"), tmp_path)
    assert (line.state, line.found) == (State.BROKEN, "there is no enp4s0")
    assert line.do == "plug the adapter in; there are: eth0, eth1"
    line = doctor.interfaces(Inline(terminal="eth0", cloud="eth0"), tmp_path)
    assert (line.state, line.found) == (State.BROKEN, "eth0 is to be both ends")


def test_an_operator_needs_a_terminal():
    ours, theirs = os.openpty()
    pipe, end = os.pipe()
    try:
        assert doctor.operator("none").state is State.ABSENT
        assert doctor.operator("terminal", theirs).state is State.OK
        line = doctor.operator("terminal", pipe)
        assert (line.state, line.found.partition(":")[0]) == (
            State.ABSENT,
            "stdin is no terminal that somebody sits at",
        )
        assert doctor.operator("anna.yaml", pipe).found == "answers prepared in anna.yaml"
    finally:
        for fd in (ours, theirs, pipe, end):
            os.close(fd)


# ---- The relay board -------------------------------------------------------------------------------------------------


def relay_at(port: str) -> RelayFile:
    return RelayFile(board="lcus", channels=1, port=port, power=Contact(channel=1))


@pytest.mark.parametrize(
    ("ports", "listed"),
    [
        (lambda: [Port("/dev/serial/by-path/x", "/dev/ttyUSB0", "USB Serial")], "x (now /dev/ttyUSB0): USB Serial"),
        (list, "(none)"),
    ],
)
def test_a_port_that_is_missing_is_told_with_those_that_are_there(tmp_path, ports: Callable[[], list[Port]], listed):
    line = doctor.port(relay_at(f"{tmp_path}/ttyUSB9"), ports)
    assert (line.state, line.found) == (State.BROKEN, f"there is no {tmp_path}/ttyUSB9")
    assert line.do.startswith("plug it in, or name another:\n")
    assert line.do.endswith(listed)


def test_a_port_that_is_there_and_one_that_may_not_be_opened(tmp_path):
    port = tmp_path / "ttyUSB0"
    port.touch()
    assert doctor.port(relay_at(str(port))) == Line("relay port", State.OK, str(port))
    line = doctor.port(relay_at(str(port)), may=lambda *_: False)
    assert (line.state, line.found) == (State.BROKEN, f"{port} may not be opened by this user")


@pytest.mark.parametrize("port", ["simulated", "socket://192.0.2.7:4001"])
def test_a_port_of_another_kind_is_seen_when_it_is_opened(port):
    assert doctor.port(relay_at(port)).state is State.OK


# ---- How it is told --------------------------------------------------------------------------------------------------


def test_a_line_says_what_to_do_below():
    assert str(Line("DUT", State.OK, "dials")) == "ok      DUT              dials"
    assert str(Line("relay port", State.BROKEN, "gone", "plug it in:\n    x")).splitlines() == [
        "broken  relay port       gone",
        "                         do: plug it in:",
        "                             x",
    ]


# ---- A DUT that is software ------------------------------------------------------------------------------------------


def test_a_command_that_is_there_is_well(tmp_path):
    assert doctor.command(["sh", "-c", "true"], tmp_path).state is State.OK
    own = tmp_path / "till"
    own.write_text("#!/bin/sh\n")
    assert doctor.command(["./till"], tmp_path).found == "./till may not be executed"
    own.chmod(0o755)
    assert doctor.command(["./till"], tmp_path).state is State.OK


@pytest.mark.parametrize(
    ("words", "folder", "found"),
    [
        (["no-such-till"], ".", "there is no no-such-till"),
        (["./no-such-till"], ".", "there is no ./no-such-till"),
        (["sh"], "nowhere", "nowhere is no folder to run it in"),
    ],
)
def test_a_command_that_is_not_there_is_told(tmp_path, words, folder, found):
    line = doctor.command(words, tmp_path / folder)
    assert line.state is State.BROKEN
    assert line.found.endswith(found)


def test_keys_and_screens_are_there_or_absent():
    nobody = os.open(os.devnull, os.O_RDWR)
    person, its = os.openpty()
    try:
        assert doctor.keys("stdin").state is State.OK
        assert doctor.keys("none").state is State.ABSENT
        assert doctor.keys("operator", nobody).state is State.ABSENT
        assert doctor.keys("operator", its).found == "pressed by who sits at this terminal"
    finally:
        for fd in (nobody, person, its):
            os.close(fd)
    assert doctor.shown("stdout").state is State.OK
    assert doctor.shown("none").state is State.ABSENT


def test_an_authority_is_made_when_it_is_looked_for_first(tmp_path):
    line = doctor.authority(tmp_path / "kept", ["bench.example"], serves=True)
    assert (line.state, line.found) == (State.OK, f"{tmp_path / 'kept' / 'ca.pem'}, for bench.example")
    assert line.do.endswith("listen with dut.pem")
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"ca.pem", "ca-key.pem", "dut.pem"}
    (tmp_path / "kept" / "ca-key.pem").chmod(0o644)
    assert doctor.authority(tmp_path / "kept", []).state is State.BROKEN
    assert doctor.authority(None, ["localhost"]).state is State.OK


def test_a_machine_that_is_dialled_by_no_name_is_told():
    everywhere, here = {"gateway": "0.0.0.0:8443"}, {"gateway": "192.0.2.10:8443"}
    assert doctor.names(everywhere, ["bench.example"]).state is State.OK
    assert doctor.names(here, []).state is State.OK
    assert doctor.names(everywhere, []).found.startswith("listen.gateway is every address of this machine")


def test_where_the_dut_listens_somebody_does_or_nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert doctor.reached("webhook", address).state is State.OK
    line = doctor.reached("webhook", address)
    assert (line.state, line.found) == (State.ABSENT, f"nobody listens at {address} yet: Connection refused")
