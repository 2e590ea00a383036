"""Runs of the suites as child processes, for tests about runs; each proves that it ran before it is believed."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent

_MANY = "import sys, json, pytest\nsys.exit(max(int(pytest.main(arguments)) for arguments in json.loads(sys.argv[1])))"
"""Several runs one after another in one process: the imports are paid for once."""


@dataclass(frozen=True)
class Run:
    """A finished run. `summary` is its summary.json; a run that left none, or judged no case, did not run."""

    exit_code: int
    output: str
    folder: Path
    summary: dict[str, Any]

    @property
    def verdicts(self) -> dict[str, str]:
        """Each case's verdict by name, as the summary tells it requirement by requirement."""
        return {case["case"]: case["verdict"] for line in self.summary["requirements"] for case in line["cases"]}

    @property
    def warned_requirements(self) -> set[str]:
        return {line["id"] for line in self.summary["requirements"] if line["warnings"]}

    @property
    def failed_requirements(self) -> set[str]:
        return {line["id"] for line in self.summary["requirements"] if line["verdict"] == "FAIL"}


def ran(folder: Path, exit_code: int, output: str) -> Run:
    """The run that left this folder; an AssertionError if there is no proof that it ran."""
    summary_file = folder / "summary.json"
    assert summary_file.exists(), f"the child left no summary:\n{output}"
    summary = json.loads(summary_file.read_text(encoding="utf-8"))
    run = Run(exit_code, output, folder, summary)
    judged = [verdict for verdict in run.verdicts.values() if verdict in ("PASS", "FAIL", "INCONC", "ERROR")]
    assert judged, f"the child judged no case:\n{output}"
    return run


def certify(*arguments: str, out: Path, timeout: float = 300) -> Run:
    """One run of the suites in a child process."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "--out", str(out)],
        cwd=PROJECT, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    folders = sorted(out.iterdir()) if out.exists() else []
    assert len(folders) == 1, f"the child left {len(folders)} runs:\n{output}"
    return ran(folders[0], done.returncode, output)


def certify_many(runs: list[list[str]], out: Path) -> list[Run]:
    """Several runs, in two child processes side by side; the results in the order of `runs`."""
    with ThreadPoolExecutor(2) as two:
        halves = two.map(_one_after_another, (runs[::2], runs[1::2]), (out / "even", out / "odd"))
        even, odd = halves
    return [(odd if number % 2 else even)[number // 2] for number in range(len(runs))]


def _one_after_another(runs: list[list[str]], out: Path, timeout: float = 900) -> list[Run]:
    if not runs:
        return []
    arguments = [[*run, "-q", "--no-header", "--out", str(out / str(number))] for number, run in enumerate(runs)]
    done = subprocess.run(
        [sys.executable, "-c", _MANY, json.dumps(arguments)],
        cwd=PROJECT, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    found = []
    for number in range(len(runs)):
        folders = sorted((out / str(number)).glob("*"))
        assert len(folders) == 1, f"run {number} left {len(folders)} folders:\n{output[-4000:]}"
        run = ran(folders[0], 0, output)
        found.append(Run(run.summary["exit_code"], output, run.folder, run.summary))
    return found
