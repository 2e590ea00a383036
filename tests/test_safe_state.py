"""A bench with a relay has one run at a time, which leaves it safe; after a killed one the next run does so."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from fixtures import evidence
from harness.evidence.bench import Actuated
from tests.benched import board_of_its_own, relay_bench, stands
from tests.runs import LIMIT, PROJECT, begin, end, run, two_cases
from tests.wired import suite

IN_THE_DARK = '''
from pathlib import Path

from catalogue.econduit import ECD_040
from fixtures.case import case
from harness.checks import lines


@case(ECD_040)
async def test_dark(cloud, terminal, judge):
    """The mains are cut, and stay away."""
    await terminal.online()
    await terminal.power_off()
    Path({mark!r}).touch()
    {then}
    judge(lines.registers_first_on_every_line)
'''

WAITS = "import asyncio; await asyncio.Event().wait()"
BREAKS = "raise RuntimeError('the case is broken')"


def dark(folder, then: str) -> list[str]:
    return suite(folder, IN_THE_DARK.format(mark=str(folder / "mark"), then=then))


def until_dark(folder, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LIMIT
    while not (folder / "mark").exists():
        assert process.poll() is None, (folder / "out" / "output.txt").read_text()
        assert time.monotonic() < deadline


def test_a_killed_run_leaves_the_dark_and_the_next_one_restores_it_first_and_says_so(tmp_path):
    with board_of_its_own(tmp_path) as relay:
        bench = relay_bench(tmp_path, relay)
        process = begin(tmp_path / "out", *dark(tmp_path, WAITS), "--bench", bench)
        until_dark(tmp_path, process)
        process.send_signal(signal.SIGKILL)
        assert end(process, tmp_path / "out").code == -signal.SIGKILL
        assert stands(relay) == (True, False), "normally closed: energised is dark"

        again = run(tmp_path / "again", *two_cases(tmp_path), "--bench", bench).proven()
        assert again.code == 0, again.output
        assert f"(pid {process.pid})" in again.output
        assert "its power was off and has been restored" in again.output
        assert "its power was off and has been restored" in " ".join(again.summary["run"]["rig"])
        assert stands(relay) == (False, False)

        after = run(tmp_path / "after", *two_cases(tmp_path), "--bench", bench).proven()
        assert "taken over" not in after.output


@pytest.mark.parametrize(
    ("how", "then", "code"),
    [(None, BREAKS, 3), (signal.SIGINT, WAITS, 2), (signal.SIGTERM, WAITS, 2)],
    ids=["exception", "Ctrl-C", "SIGTERM"],
)
def test_however_a_run_ends_the_bench_is_in_its_safe_state(tmp_path, how, then, code):
    with board_of_its_own(tmp_path) as relay:
        process = begin(tmp_path / "out", *dark(tmp_path, then), "--bench", relay_bench(tmp_path, relay))
        if how is not None:
            until_dark(tmp_path, process)
            process.send_signal(how)
        ended = end(process, tmp_path / "out")
        assert ended.code == code, ended.output
        (trace,) = (evidence.read(path) for path in ended.folder.glob("cases/*/trace.jsonl"))
        assert [body.on for _, body in trace.heard("bench", Actuated)][:2] == [True, False]
        assert stands(relay) == (False, False)


def test_a_second_run_on_one_bench_is_refused_with_the_owners_name(tmp_path):
    with board_of_its_own(tmp_path) as relay:
        bench = relay_bench(tmp_path, relay)
        first = begin(tmp_path / "first", *dark(tmp_path, WAITS), "--bench", bench)
        until_dark(tmp_path, first)
        second = run(tmp_path / "second", *two_cases(tmp_path), "--bench", bench)
        listed = subprocess.run(
            [sys.executable, "-m", "harness.rig", "leases"], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        first.send_signal(signal.SIGINT)
        ended = end(first, tmp_path / "first")
        assert second.code == 3, second.output
        assert f"pid {first.pid}" in second.output
        assert not list((tmp_path / "second").glob("*/summary.json")), "a run that is refused leaves no folder"
        assert str(first.pid) in listed.stdout
        assert ended.code == 2
        assert json.loads((ended.folder / "summary.json").read_text())["exit_code"] == 2
