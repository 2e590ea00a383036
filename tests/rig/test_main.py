"""The rig's door: what it lists, what it refuses, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import preflight
from harness.rig import __main__ as door
from harness.rig import lease, relays
from harness.rig.__main__ import BROKEN, INTERRUPTED, USAGE, main
from harness.rig.doctor import Line, State
from harness.rig.lease import Lease
from harness.rig.ports import Port

MEMORY = Path(__file__).parents[2] / "benches" / "memory.yaml"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "doctor | calibrate | boards | ports | leases"),
        (("nurse",), "invalid choice: 'nurse'"),
        (("doctor",), "--bench"),
        (("doctor", "--bench", "nowhere.yaml"), "--bench: cannot read nowhere.yaml: No such file or directory"),
        (("boards", "--all"), "--all"),
    ],
)
def test_wrong_usage_is_told_in_one_line(arguments, told, capsys):
    assert main(arguments) == USAGE == 4
    out, err = capsys.readouterr()
    assert not out
    assert told in err
    assert err.count("\n") == 1


def test_a_bench_file_with_mistakes_is_told_with_each_of_them(tmp_path, capsys):
    bench = tmp_path / "b.yaml"
    bench.write_text("dut: bench\nrelay: {board: acme, port: COM3}\n")
    assert main(("doctor", "--bench", str(bench))) == USAGE
    out, err = capsys.readouterr()
    assert not out
    assert [line.split(" found")[0] for line in err.splitlines()] == [
        f"{bench}:2: relay.board:",
        f"{bench}:2: relay.port:",
    ]


def test_every_board_is_listed_with_its_sizes(capsys):
    assert main(("boards",)) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["board", "channels", "first", "read-back"]
    assert [line.split()[0] for line in lines] == relays.names()
    assert lines[relays.names().index("numato")].split() == ["numato", "1", "2", "4", "8", "16", "32", "0", "yes"]
    assert lines[relays.names().index("icstation")].endswith("1      no")
    assert lines[relays.names().index("lcus")].endswith("1      some do")


def test_ports_are_listed(monkeypatch, capsys):
    monkeypatch.setattr(door, "serial_ports", list)
    assert main(("ports",)) == 0
    monkeypatch.setattr(door, "serial_ports", lambda: [Port("/dev/serial/by-path/x", "/dev/ttyUSB0", "USB Serial")])
    assert main(("ports",)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "no serial port is plugged in",
        "/dev/serial/by-path/x (now /dev/ttyUSB0): USB Serial",
    ]


def test_leases_are_listed_with_what_is_not_as_it_should_be(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lease, "shared_folder", lambda: tmp_path)
    assert main(("leases",)) == 0
    with Lease.take("/dev/ttyUSB0", "counter", "anna@desk", clock=lambda: 0.0) as mine:
        mine.note("power", on=False)
        assert main(("leases",)) == 0
    assert main(("leases",)) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "no bench of this machine is held"
    assert second.startswith("/dev/ttyUSB0: held by anna@desk (pid ")
    assert second.endswith(
        ", bench counter) since 1970-01-01 00:00:00 UTC, last heartbeat 1970-01-01 00:00:00 UTC; power off"
    )
    assert third == second.replace("held by", "left by the run, now dead, of")


def test_the_doctor_ends_with_what_it_found(monkeypatch, capsys):
    found = [Line("relay port", State.OK, "there"), Line("camera", State.ABSENT, "none")]
    monkeypatch.setattr(preflight, "examine", lambda *_: (line for line in found))
    assert main(("doctor", "--bench", str(MEMORY))) == 0
    found.append(Line("DUT", State.BROKEN, "silent", "look"))
    assert main(("doctor", "--bench", str(MEMORY))) == BROKEN == 3
    assert capsys.readouterr().out.splitlines() == [
        *map(str, found[:2]),
        "memory: fit for a run",
        *"\n".join(map(str, found)).splitlines(),
        "memory: broken: DUT",
    ]


def test_whoever_interrupts_the_doctor_ends_the_examination_too(monkeypatch):
    ended = []

    def examine(campaign, out):
        try:
            yield Line("relay port", State.OK, "there")
        finally:
            ended.append(True)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(preflight, "examine", examine)
    monkeypatch.setattr("builtins.print", interrupted)
    assert main(("doctor", "--bench", str(MEMORY))) == INTERRUPTED
    assert ended == [True]
