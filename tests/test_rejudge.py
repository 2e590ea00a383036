"""A verdict is a pure function of a recorded trace: what is on file can be drawn from the file again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.rejudge import repeat
from tests.runs import Folder, many, run


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> list[Folder]:
    """Two whole runs of one seed, side by side."""
    return many([["--bench", "benches/memory.yaml", "--seed", "7"]] * 2, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def judged(twins: list[Folder]) -> Folder:
    return twins[0]


def test_every_judgement_comes_out_the_same(judged: Folder) -> None:
    repeated = list(repeat(judged.folder))
    assert len(repeated) >= len(judged.verdicts)
    assert [one for one in repeated if not one.same] == []
    assert [one for one in repeated if one.was["actual"] != one.now["actual"]] == []


def test_a_forged_finding_is_noticed(judged: Folder) -> None:
    file = sorted(judged.folder.glob("cases/*/case.json"))[0]
    record = json.loads(file.read_text(encoding="utf-8"))
    record["judgements"][0]["finding"]["verdict"] = 3
    kept = file.read_text(encoding="utf-8")
    try:
        file.write_text(json.dumps(record), encoding="utf-8")
        assert [one.case for one in repeat(judged.folder) if not one.same] == [record["case"]]
    finally:
        file.write_text(kept, encoding="utf-8")


def test_a_card_number_is_judged_alike_in_a_redacted_trace(tmp_path: Path) -> None:
    leaking = run(
        tmp_path, "--bench", "benches/memory.yaml", "--defect", "card-number-in-clear", "--requirement", "ECD-089"
    ).proven()
    assert "ECD-089" in leaking.failed_requirements
    assert [one for one in repeat(leaking.folder) if not one.same] == []
    written = "".join(path.read_text(encoding="utf-8") for path in leaking.folder.rglob("*.json*"))
    assert "4761739001010119" not in written
    assert "476173" + r"\u00a4" * 6 + "0119" in written


def test_two_runs_of_one_seed_are_one_story(twins: list[Folder]) -> None:
    judged, again = twins
    traces = sorted(path.relative_to(judged.folder) for path in judged.folder.glob("cases/*/trace.jsonl"))
    assert traces
    for trace in traces:
        assert (judged.folder / trace).read_bytes() == (again.folder / trace).read_bytes(), trace
