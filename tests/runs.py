"""Whole runs of suites as child processes, and the proof that they ran."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

PROJECT = Path(__file__).resolve().parent.parent
FIRST = "suites/sanity/test_first.py"
LIMIT = 420.0
"""Wall seconds after which a run is killed; only a failing test waits so long."""


class Left:
    """What a run has left in its folder."""

    folder: Path

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.folder / "summary.json").read_text("utf-8"))

    @property
    def cases(self) -> dict[str, int]:
        """How many cases ended with each verdict."""
        return {word: number for word, number in self.summary["totals"]["cases"].items() if number}

    @property
    def verdicts(self) -> dict[str, str]:
        """Each case's verdict by name, as the summary tells it requirement by requirement."""
        return {case["case"]: case["verdict"] for line in self.summary["requirements"] for case in line["cases"]}

    @property
    def failed_requirements(self) -> set[str]:
        return {line["id"] for line in self.summary["requirements"] if line["verdict"] == "FAIL"}

    @property
    def warned_requirements(self) -> set[str]:
        return {line["id"] for line in self.summary["requirements"] if line["warnings"]}

    @property
    def junit(self) -> int:
        """How many cases the JUnit report lists."""
        return len(list(ET.parse(self.folder / "junit.xml").iter("testcase")))  # noqa: S314 — our own file

    @property
    def found(self) -> str:
        """What the findings say, one a line."""
        return "\n".join(
            f"{finding['verdict']} {' '.join(finding['requirements'])}: {finding['actual']}"
            for finding in self.summary["findings"]
        )

    def proven(self) -> Self:
        """Itself, if it judged at least one case: nothing else of a run is believed before."""
        assert {"PASS", "FAIL", "INCONC", "ERROR"} & set(self.verdicts.values()), f"{self.folder}: no case was judged"
        return self


@dataclass(frozen=True)
class Folder(Left):
    """A run known by its folder alone."""

    folder: Path

    @property
    def code(self) -> int:
        """Its exit code, as its summary tells it."""
        return int(self.summary["exit_code"])


@dataclass(frozen=True)
class Run(Left):
    """A run that has ended. `output`: what it printed, both streams; `peak`: its largest memory in bytes."""

    code: int
    output: str
    out: Path
    peak: int

    @property
    def folder(self) -> Path:
        """Where it left its evidence, as its header says."""
        return Path(re.findall(r"^evidence: (.+)$", self.output, re.MULTILINE)[0])

    @property
    def errors(self) -> list[str]:
        """The messages of wrong usage."""
        return [line.removeprefix("ERROR: ") for line in self.output.splitlines() if line.startswith("ERROR: ")]


def begin(out: Path, *arguments: str | Path, directory: Path = PROJECT) -> subprocess.Popen[bytes]:
    """Start a run. What it prints goes to `output.txt` beside its folder."""
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "--out", str(out), *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    with (out / "output.txt").open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=directory, env=environment)


def end(process: subprocess.Popen[bytes], out: Path) -> Run:
    """Await the end of a run."""
    watchdog = threading.Timer(LIMIT, process.kill)
    watchdog.start()
    _, status, usage = os.wait4(process.pid, 0)
    watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(process.returncode, (out / "output.txt").read_text("utf-8"), out, usage.ru_maxrss * 1024)


def run(out: Path, *arguments: str | Path) -> Run:
    """A whole run."""
    return end(begin(out, *arguments), out)


_MANY = "import sys, json, pytest\nsys.exit(max(int(pytest.main(arguments)) for arguments in json.load(sys.stdin)))"
"""Several runs one after another in one process: the imports are paid for once. There may be a thousand of them, more
than a command line bears."""


SIDE_BY_SIDE = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
"""Processes for many runs; where tests are side by side already, more would only starve what lives in real time."""


def many(runs: list[list[str]], out: Path) -> list[Folder]:
    """Several runs, each proven, in a few processes side by side; the results in the order of `runs`."""
    shares = [runs[first::SIDE_BY_SIDE] for first in range(SIDE_BY_SIDE)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as processes:
        done = list(processes.map(_one_after_another, shares, (out / str(share) for share in range(SIDE_BY_SIDE))))
    return [done[number % SIDE_BY_SIDE][number // SIDE_BY_SIDE] for number in range(len(runs))]


def _one_after_another(runs: list[list[str]], out: Path) -> list[Folder]:
    if not runs:
        return []
    arguments = [[*run, "-q", "--no-header", "--out", str(out / str(number))] for number, run in enumerate(runs)]
    done = subprocess.run(
        [sys.executable, "-c", _MANY], input=json.dumps(arguments),
        cwd=PROJECT, capture_output=True, text=True, timeout=LIMIT * len(runs), check=False,
    )  # fmt: skip
    folders = [sorted((out / str(number)).glob("*")) for number in range(len(runs))]
    assert all(len(left) == 1 for left in folders), f"{folders}:\n{(done.stdout + done.stderr)[-4000:]}"
    return [Folder(left[0]).proven() for left in folders]


def bench_file(folder: Path, **fields: Any) -> Path:
    """A bench file of a process that is no terminal of ours; `fields` stand over what is common to all of them."""
    common = {"dut": "process", "answers": str(PROJECT / "answers" / "emulator")}
    ixit = {"time_scale": 100, "boot_within": 10, **fields.pop("ixit", {})}
    path = folder / "bench.yaml"
    path.write_text(yaml.safe_dump({**common, "ixit": ixit, **fields}), encoding="utf-8")
    return path


TWO_CASES = '''
from catalogue.econduit import ECD_040
from fixtures.case import case
from harness.checks import lines


@case(ECD_040)
async def test_one(terminal, judge):
    """It registers."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)


@case(ECD_040)
async def test_two(terminal, judge):
    """It registers again."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)
'''


def two_cases(folder: Path) -> list[str]:
    """A suite of two cases, as arguments of a run: what happens after the first one."""
    path = folder / "test_two_cases.py"
    path.write_text(TWO_CASES, encoding="utf-8")
    return [str(path), "-c", "pyproject.toml", "--rootdir", ".", "-p", "fixtures.plugin"]
