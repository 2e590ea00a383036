"""What is answered about a backend decides what it is held to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runs import Run, run

BENCH = ("suites/adyen", "--bench", "benches/adyen/memory.yaml")
ANSWERS = Path(__file__).parents[2] / "answers" / "pos-backend"


def held(folder: Path, file: str, was: str, becomes: str, *requirements: str) -> Run:
    """A run with the delivered answers, with something else in one file."""
    shutil.copytree(ANSWERS, folder / "answers")
    path = folder / "answers" / file
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes), "utf-8")
    return run(folder, *BENCH, "--answers", folder / "answers", "--requirement", ",".join(requirements)).proven()


@pytest.mark.parametrize(("words", "warned"), [("is NOT available", set()), ("out of service", {"ADY-077"})])
def test_it_is_held_to_the_words_that_are_said_to_be_its_own(words, warned, tmp_path):
    done = held(tmp_path, "profile.yaml", 'unavailable: ""', f"unavailable: {words}", "ADY-077", "ADY-078")
    assert (done.warned_requirements, done.code) == (warned, 0)


def test_without_refunds_their_cases_do_not_apply(tmp_path):
    done = held(tmp_path, "ics.yaml", "refunds: true", "refunds: false", "ADY-096", "ADY-098")
    assert done.cases == {"PASS": 4, "not applicable": 2}
