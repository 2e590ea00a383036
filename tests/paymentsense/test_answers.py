"""What is answered about an EPoS reaches the report: names that nobody has confirmed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.wire.paymentsense import ANALOGUE
from tests.runs import Run, run

BENCH = ("suites/paymentsense", "--bench", "benches/paymentsense/memory.yaml")
ANSWERS = Path(__file__).parents[2] / "answers" / "epos"
TABLES = "PSC-049,PSC-114,PSC-117"


def answered(folder: Path, file: str, was: str, becomes: str) -> Path:
    """The delivered answers, with something else in one file."""
    shutil.copytree(ANSWERS, folder)
    text = (folder / file).read_text("utf-8")
    assert was in text
    (folder / file).write_text(text.replace(was, becomes), "utf-8")
    return folder


def cases(done: Run) -> list[dict[str, Any]]:
    return [json.loads(file.read_text("utf-8")) for file in sorted(done.folder.glob("cases/*/case.json"))]


def test_what_rests_on_analogues_is_marked_in_table_summary_and_case(tmp_path):
    done = run(tmp_path, *BENCH, "--requirement", TABLES).proven()
    (line,) = done.summary["assumed"]
    assert set(line["names"]) == set(ANALOGUE)
    assert line["requirements"] == ["PSC-042", "PSC-049", "PSC-114", "PSC-115", "PSC-117"]
    assert f"* unconfirmed   {', '.join(line['requirements'])}: {line['what']}"[:110] in done.output
    assert "PSC-117* MUST" in done.output
    marked = {case["case"] for case in cases(done) if case["assumed"]}
    assert marked == set(line["cases"])
    assert marked < {case["case"] for case in cases(done)}, "pay at counter rests on no analogue"


@pytest.mark.parametrize(
    ("said", "open_"),
    [
        ("names: {tableLockRequest: LockTable, tableUnlock: UnlockTable}", {"PSC-042", "PSC-049"}),
        (f"confirmed: [{', '.join(ANALOGUE)}]", set()),
    ],
)
def test_the_mark_goes_with_a_name_that_is_confirmed_or_changed(said, open_, tmp_path):
    answers = answered(tmp_path / "answers", "profile.yaml", f"{said.partition(':')[0]}: ", f"{said} #")
    done = run(tmp_path, *BENCH, "--answers", answers, "--requirement", "PSC-049,PSC-117").proven()
    assert {id for line in done.summary["assumed"] for id in line["requirements"]} == open_
    assert ("* unconfirmed" in done.output) == bool(open_)
