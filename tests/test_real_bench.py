"""A bench as an engineer has it: a terminal that is no child of ours, at a relay board, with an operator's answers."""

from __future__ import annotations

import pytest

from fixtures import evidence
from harness.evidence.bench import Actuated, Answered, Mains
from harness.rig.simulated import SimulatedBoard
from tests.benched import Table, at_first_channel, emulator, listeners, table_bench
from tests.runs import PROJECT, run

SUITES = ("suites/sanity", "suites/econduit/test_power.py", "suites/econduit/test_operator.py")
QUICK = "sanity or idle and not bounce or cable or connected_and_at_rest"


@pytest.fixture
def table(tmp_path):
    """A bench file, the board, and how the terminal is started that hangs at it."""
    ports = listeners()
    power = {"channel": 1, "contact": "normally_closed", "settle": 0.1}
    relay = {"board": "devantech", "port": str(tmp_path / "relay"), "channels": 2, "power": power}
    operator = str(PROJECT / "answers" / "emulator" / "operator.yaml")
    board = SimulatedBoard.start("devantech", 2, project=PROJECT, link=tmp_path / "relay")
    try:
        bench = table_bench(tmp_path, ports, relay=relay, operator=operator)
        yield bench, board, emulator(ports, tmp_path / "flash.json")
    finally:
        board.close()


def test_a_terminal_on_a_table_is_certified(tmp_path, table):
    bench, board, command = table
    with Table(at_first_channel(board), command) as terminal:
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
    bench, _, command = table
    with Table(lambda: True, command):  # the contact is welded
        ended = run(tmp_path / "out", *SUITES, "-k", QUICK, "--bench", bench)
    assert ended.code == 3, ended.output
    assert set(ended.cases) <= {"not run", "not applicable"}
    assert "pre-flight: power effect" in ended.output
    assert "has no effect" in ended.output
