"""Every check of a terminal has been seen to catch a planted defect and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.defects import DEFECTS
from harness.evidence.requirement import Level
from tests.teeth import Runs, assert_caught, assert_never_accused, breaks, by_row, runs_of

ROWS = range(1, 36)
"""Those of the sheet, and from 34 on what only the mains show."""

MEMORY = ("--bench", "benches/memory.yaml")


@pytest.fixture(scope="module")
def runs(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    selected = lambda name: [*MEMORY, "--requirement", breaks(DEFECTS[name])]  # noqa: E731
    return runs_of(DEFECTS, seeds, selected, tmp_path_factory.mktemp("teeth"))


def test_every_row_has_a_defect() -> None:
    failing = [defect.row for defect in DEFECTS.values() if any(r.level is Level.MUST for r in defect.breaks)]
    assert set(failing) == set(ROWS)


@pytest.mark.parametrize("name", by_row(DEFECTS))
def test_defect_is_caught(name: str, runs: Runs) -> None:
    assert_caught(name, DEFECTS[name], runs[name])


def test_conformant_terminal_is_never_accused(seeds: range, tmp_path: Path) -> None:
    assert_never_accused(MEMORY, seeds, tmp_path)
