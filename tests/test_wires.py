"""Which wire a run gets, what it says of it, and what is not run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.alone import POWERLESS
from tests.runs import FIRST, LIMIT, PROJECT, Run, bench_file, run
from tests.wired import needs_namespaces, packet_bench, suite

SUITE = '''
from catalogue.econduit import ECD_027, ECD_042, ECD_087
from fixtures.case import case
from harness.checks import lines, outage
from harness.faults.wire.duplication import Duplication
from harness.faults.wire.reset import ResetToBoth
from harness.rig.bench import Means
from suites.econduit.drops import usable


@case(ECD_027, ECD_042, needs=(Means.RESETS,))
async def test_reset(cloud, terminal, nemesis, campaign, judge):
    """The line is reset at both ends; the terminal is back, and sells."""
    await terminal.online()
    async with nemesis(ResetToBoth()):
        await cloud.watch(5, "the line is reset")
    await usable(cloud, campaign)
    connection = campaign.profile.connection
    judge(lines.back_within, of=ECD_027, limit=connection.reconnect_limit, warn=connection.reconnect_limit, at_least=1)
    judge(lines.registers_first_on_every_line, of=ECD_042, at_least=2)


@case(ECD_087, needs=(Means.PACKETS,))
async def test_duplication(cloud, terminal, nemesis, judge):
    """Packets come twice while it sells."""
    await terminal.online()
    async with nemesis(Duplication(1.0)):
        await cloud.transact(cloud.sale())
    judge(outage.breaks_nothing, fault="duplication", at_least=1)
'''

TIMES = 20
TO_ENABLE = "sysctl -w user.max_user_namespaces="
"""What a user is told who may not have namespaces."""


def wire_in(ended: Run) -> str:
    """Which wire the run has: its header, its summary and its table say the same."""
    told, *_ = (line.removeprefix("wire: ") for line in ended.output.splitlines() if line.startswith("wire: "))
    assert ended.summary["run"]["wire"] == told
    assert f" wire {' '.join(told.split())} " in " ".join(ended.output.split())
    return told


def verdicts(ended: Run) -> dict[str, str]:
    """The verdict of each case by its own name."""
    return {name.rpartition("::")[2]: verdict for name, verdict in ended.verdicts.items()}


def forbidden(out: Path, *arguments: str | Path) -> Run:
    """A whole run by a user who may not have namespaces, on a kernel that says so."""
    return of_python(out, "-c", POWERLESS, "-m", "pytest", "--out", out, *arguments)


def of_python(out: Path, *arguments: str | Path) -> Run:
    """A whole run that a command of Python does."""
    out.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT,
        check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, out, 0)


def auto(folder: Path) -> Path:
    """A bench file that leaves the wire to the harness, as `benches/emulator.yaml` does."""
    return bench_file(folder, dut="emulator", ixit={"time_scale": TIMES})


def of_relay(ended: Run) -> None:
    """The relay did what it can do, and said what it cannot."""
    assert verdicts(ended) == {
        "test_registers_beats_and_sells": "PASS",
        "test_reset": "PASS",
        "test_duplication": "not run",
    }, ended.found
    assert ended.code == 0
    assert "ECD-087: this bench lacks a wire that can harm single packets (bench file: wire)" in " ".join(
        ended.output.split()
    )


def test_the_relay_resets_lines_and_harms_no_packets(tmp_path):
    bench = bench_file(tmp_path, dut="emulator", wire="proxy", ixit={"time_scale": TIMES})
    ended = run(tmp_path / "out", FIRST, *suite(tmp_path, SUITE), "--bench", bench).proven()
    assert wire_in(ended) == "TCP relay on loopback, which cannot harm packets (as the bench file says)"
    of_relay(ended)


def test_namespaces_are_taken_where_they_may_be_had(tmp_path):
    needs_namespaces()
    ended = run(tmp_path / "out", *suite(tmp_path, SUITE), "--bench", auto(tmp_path)).proven()
    assert wire_in(ended).startswith("network namespaces; every frame captured")
    assert verdicts(ended) == {"test_reset": "PASS", "test_duplication": "PASS"}


def test_where_namespaces_are_forbidden_the_relay_is_taken_and_it_is_said_what_to_enable(tmp_path):
    needs_namespaces()
    ended = forbidden(tmp_path / "out", FIRST, *suite(tmp_path, SUITE), "--bench", "benches/emulator.yaml").proven()
    told = wire_in(ended)
    assert told.startswith("TCP relay on loopback, which cannot harm packets (")
    assert TO_ENABLE in told
    of_relay(ended)


def test_namespaces_that_are_asked_for_and_forbidden_are_wrong_usage(tmp_path):
    needs_namespaces()
    ended = forbidden(tmp_path / "out", FIRST, "--bench", packet_bench(tmp_path, times=TIMES))
    assert ended.code == 4
    (message,) = ended.errors
    assert "wire: " in message
    assert TO_ENABLE in message
    assert "Traceback" not in ended.output
    assert not any(path.is_dir() for path in ended.out.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may take two interfaces")
def test_between_two_cards_every_harm_can_be_done(tmp_path):
    needs_namespaces()
    arguments = ["--out", str(tmp_path / "out"), FIRST, *suite(tmp_path, SUITE)]
    ended = of_python(tmp_path / "out", "-m", "tests.between_cards", str(tmp_path), *arguments).proven()
    assert wire_in(ended) == "inline between wt and wc; every frame captured"
    assert verdicts(ended) == dict.fromkeys(
        ("test_registers_beats_and_sells", "test_reset", "test_duplication"), "PASS"
    ), ended.found
    assert len(list(ended.folder.glob("cases/*/wire.pcapng"))) == len(ended.verdicts)
