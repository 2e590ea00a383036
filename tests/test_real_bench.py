"""A bench as an engineer has it: a terminal that is no child of ours, at a relay board, with an operator's answers."""

from __future__ import annotations

import socket

import pytest

from fixtures import evidence
from harness.evidence.bench import Actuated, Answered, Mains
from harness.rig.simulated import SimulatedBoard
from tests.benched import Table, emulator
from tests.runs import PROJECT, bench_file, run

TIMES = 60
SUITES = ("suites/sanity", "suites/econduit/test_power.py", "suites/econduit/test_operator.py")
QUICK = "sanity or idle and not bounce or cable or connected_and_at_rest"


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, for a terminal that is told its endpoints once and for all."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@pytest.fixture
def table(tmp_path):
    """A bench file, the board, and the terminal that hangs at it, not begun yet. `welded`: at a contact that sticks."""
    ports = dict(zip(("primary", "secondary", "spare", "pos"), free_ports(4), strict=True))
    relay = {"board": "devantech", "port": str(tmp_path / "relay"), "channels": 2}
    power = {"channel": 1, "contact": "normally_closed", "settle": 0.1}
    bench = bench_file(
        tmp_path,
        dut="bench",
        wire="none",
        relay={**relay, "power": power},
        operator=str(PROJECT / "answers" / "emulator" / "operator.yaml"),
        listen={name: f"127.0.0.1:{port}" for name, port in ports.items()},
        ixit={"time_scale": TIMES, "boot_within": 10},
    )
    board = SimulatedBoard.start("devantech", 2, project=PROJECT, link=tmp_path / "relay")
    command = emulator(ports["primary"], ports["secondary"], tmp_path / "flash.json", times=TIMES)
    try:
        yield bench, board, command
    finally:
        board.close()


def test_a_terminal_on_a_table_is_certified(tmp_path, table):
    bench, board, command = table
    with Table(board, command) as terminal:
        ended = run(tmp_path / "out", *SUITES, "-k", QUICK, "--bench", bench).proven()
        assert ended.code == 0, ended.output
        assert ended.cases["PASS"] >= 6
        assert "INCONC" not in ended.cases
        assert ended.cases["not run"], "nothing pulls its cable"
        assert terminal.boots >= 4, "its first, that of the pre-flight, and one for each of two cuts"
        traces = [evidence.read(path) for path in ended.folder.glob("cases/*idle*/trace.jsonl")]
        for trace in traces:
            assert [body.on for _, body in trace.heard("bench", Mains)] == [False, True] * 2, (
                "a start of its own, and a cut"
            )
            assert all(body.confirmed for _, body in trace.heard("bench", Actuated))
        assert traces
        assert not any(board.contacts()), "its safe state"
        asked = [body for path in ended.folder.glob("cases/*rest*/trace.jsonl") for _, body in answered(path)]
        assert asked
        assert all(body.prepared for body in asked)


def answered(path):
    return evidence.read(path).heard("operator", Answered)


def test_a_contact_without_effect_fails_the_pre_flight_before_any_case(tmp_path, table):
    bench, board, command = table
    with Table(board, command, welded=True):
        ended = run(tmp_path / "out", *SUITES, "-k", QUICK, "--bench", bench)
    assert ended.code == 3, ended.output
    assert set(ended.cases) <= {"not run", "not applicable"}
    assert "pre-flight: power effect" in ended.output
    assert "has no effect" in ended.output
