"""What is answered about an EPoS decides what it is held to, and what the report marks."""

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


@pytest.mark.parametrize(("new", "failed", "code"), [("true", {"PSC-011"}, 1), ("false", set(), 0)])
def test_an_epos_of_v0_is_held_to_v0(new, failed, code, tmp_path):
    answers = answered(tmp_path / "answers", "ics.yaml", "api_version: v1", "api_version: v0")
    text = (answers / "ics.yaml").read_text("utf-8")
    (answers / "ics.yaml").write_text(text.replace("new_integration: true", f"new_integration: {new}"), "utf-8")
    done = run(tmp_path, *BENCH, "--answers", answers).proven()
    lines = {line["id"]: line for line in done.summary["requirements"]}
    assert (done.failed_requirements, done.warned_requirements, done.code) == (failed, {"PSC-013"}, code)
    lifted = {id for id, line in lines.items() if line["skip"] == "not applicable"}
    assert lifted == {"PSC-022", "PSC-023", "PSC-026"} | ({"PSC-011"} - failed)
    assert lines["PSC-021"]["verdict"] == lines["PSC-108"]["verdict"] == "PASS"


def test_an_epos_of_another_version_than_was_claimed_decides_nothing(tmp_path):
    answers = answered(tmp_path / "answers", "ics.yaml", "new_integration: true", "new_integration: false")
    done = run(tmp_path, *BENCH, "--answers", answers, "--requirement", "PSC-010", "--defect", "old-version").proven()
    assert done.code == 2
    assert next(line for line in done.summary["requirements"] if line["id"] == "PSC-010")["verdict"] == "INCONC"


@pytest.mark.parametrize(("words", "failed"), [("pin_entry", set()), ("enter your PIN", {"PSC-102"})])
def test_the_epos_is_held_to_the_words_that_are_said_to_be_its_own(words, failed, tmp_path):
    said = f"notifications: {{PIN_ENTRY: {words}}} #"
    answers = answered(tmp_path / "answers", "profile.yaml", "notifications: {}", said)
    done = run(tmp_path, *BENCH, "--answers", answers, "--requirement", "PSC-102").proven()
    assert done.failed_requirements == failed
