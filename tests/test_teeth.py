"""Every check has been seen to catch a planted defect and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.defects import DEFECTS
from harness.evidence.requirement import Level
from tests.runs import many

ROWS = range(1, 36)
"""Those of the sheet, and from 34 on what only the mains show."""


@pytest.fixture
def seeds(pytestconfig: pytest.Config) -> list[int]:
    return list(range(1, 1 + pytestconfig.getoption("--repeats")))


def test_every_row_has_a_defect() -> None:
    failing = [defect.row for defect in DEFECTS.values() if any(r.level is Level.MUST for r in defect.breaks)]
    assert set(failing) == set(ROWS)


@pytest.mark.parametrize("name", sorted(DEFECTS, key=lambda name: (DEFECTS[name].row, name)))
def test_defect_is_caught(name: str, seeds: list[int], tmp_path: Path) -> None:
    """A terminal with the defect FAILs a requirement that the defect names, whatever the seed.

    One that breaks nothing but recommendations passes, with a warning on one of them."""
    breaks = {requirement.id for requirement in DEFECTS[name].breaks}
    musts = {requirement.id for requirement in DEFECTS[name].breaks if requirement.level is Level.MUST}
    selected = ["--bench", "benches/memory.yaml", "--requirement", ",".join(sorted(breaks)), "--defect", name]
    runs = many([[*selected, "--seed", str(seed)] for seed in seeds], tmp_path)
    assert len(runs) == len(seeds)
    for run in runs:
        seen = run.failed_requirements if musts else run.warned_requirements
        assert seen & breaks, f"{name}, seed {run.summary['run']['seed']}: {run.verdicts}"
        assert run.code == (1 if musts else 0), f"{name}: {run.summary['totals']}"


def test_conformant_terminal_is_never_accused(seeds: list[int], tmp_path: Path) -> None:
    """The conformant terminal passes every case, whatever the seed."""
    runs = many([["--bench", "benches/memory.yaml", "--seed", str(seed)] for seed in seeds], tmp_path)
    assert len(runs) == len(seeds)
    for run in runs:
        blamed = {case: verdict for case, verdict in run.verdicts.items() if verdict in ("FAIL", "INCONC", "ERROR")}
        assert not blamed, f"seed {run.summary['run']['seed']}: {blamed}"
        assert run.code == 0
