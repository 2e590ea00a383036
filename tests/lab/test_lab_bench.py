"""Whole runs on a place of a lab: the terminal hangs at a relay, or at a power switch, that only labgrid reaches."""

from __future__ import annotations

import pytest

from fixtures import evidence
from harness.evidence.bench import Actuated
from tests.benched import Table, at_first_channel, emulator, listeners, table_bench
from tests.runs import run

CASES = ("suites/sanity", "suites/econduit/test_power.py", "-k", "sanity or idle and not bounce")
POWER = {"channel": 1, "contact": "normally_closed", "settle": 0.1}


def place(site, **more):
    return {"coordinator": site.coordinator, "place": "bench07", "python": site.python, **more}


@pytest.mark.parametrize("by", ["relay", "power switch"])
def test_a_run_on_a_place(site, tmp_path, by):
    ports = listeners()
    if by == "relay":
        relay = {"board": "lcus", "port": "lab:relay", "channels": 2, "power": POWER}
        bench, mains = table_bench(tmp_path, ports, lab=place(site), relay=relay), at_first_channel(site.board)
    else:
        bench, mains = table_bench(tmp_path, ports, lab=place(site, power=True)), lambda: site.outlets.on["7"]
    with Table(mains, emulator(ports, tmp_path / "flash.json")) as terminal:
        ended = run(tmp_path / "out", *CASES, "--bench", bench).proven()
    assert (ended.code, ended.cases) == (0, {"PASS": 4}), ended.output
    assert terminal.boots >= 4
    told = " ".join(ended.summary["run"]["rig"])
    assert f"place bench07 at {site.coordinator}, acquired as " in told
    for path in ended.folder.glob("cases/*idle*/trace.jsonl"):
        assert all(body.confirmed for _, body in evidence.read(path).heard("bench", Actuated))
    with site.acquired():
        assert mains(), "released, and left with its mains"


def test_a_place_that_another_has_ends_the_run_at_once(site, tmp_path):
    bench = table_bench(tmp_path, listeners(), lab=place(site, power=True))
    site.client("-p", "bench07", "acquire")
    try:
        ended = run(tmp_path / "out", *CASES, "--bench", bench)
    finally:
        site.client("-p", "bench07", "release")
    assert ended.code == 3, ended.output
    assert "alice" in ended.output
    assert not list((tmp_path / "out").glob("*/summary.json"))
