"""Every check has been seen to catch a planted defect and to stay silent without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from emulator.defects import DEFECTS
from harness.evidence.requirement import Level
from tests.runs import Folder, many

ROWS = range(1, 36)
"""Those of the sheet, and from 34 on what only the mains show."""


MEMORY = ["--bench", "benches/memory.yaml"]


@pytest.fixture(scope="module")
def seeds(pytestconfig: pytest.Config) -> range:
    return range(1, 1 + pytestconfig.getoption("--repeats"))


@pytest.fixture(scope="module")
def runs(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Folder]]:
    """The runs of each defect, one a seed: all in one go, so that the imports are paid for once."""
    wanted = [(name, seed) for name in DEFECTS for seed in seeds]
    done = many([arguments(name, seed) for name, seed in wanted], tmp_path_factory.mktemp("teeth"))
    assert len(done) == len(wanted)
    return {name: [run for (of, _), run in zip(wanted, done, strict=True) if of == name] for name in DEFECTS}


def arguments(name: str, seed: int) -> list[str]:
    """A run of the cases of what a defect breaks."""
    breaks = ",".join(sorted(requirement.id for requirement in DEFECTS[name].breaks))
    return [*MEMORY, "--requirement", breaks, "--defect", name, "--seed", str(seed)]


def test_every_row_has_a_defect() -> None:
    failing = [defect.row for defect in DEFECTS.values() if any(r.level is Level.MUST for r in defect.breaks)]
    assert set(failing) == set(ROWS)


@pytest.mark.parametrize("name", sorted(DEFECTS, key=lambda name: (DEFECTS[name].row, name)))
def test_defect_is_caught(name: str, runs: Mapping[str, list[Folder]]) -> None:
    """A terminal with the defect FAILs a requirement that the defect names, whatever the seed.

    One that breaks nothing but recommendations passes, with a warning on one of them."""
    breaks = {requirement.id for requirement in DEFECTS[name].breaks}
    musts = any(requirement.level is Level.MUST for requirement in DEFECTS[name].breaks)
    for run in runs[name]:
        seen = run.failed_requirements if musts else run.warned_requirements
        assert seen & breaks, f"{name}, seed {run.summary['run']['seed']}: {run.verdicts}"
        assert run.code == (1 if musts else 0), f"{name}: {run.summary['totals']}"


def test_conformant_terminal_is_never_accused(seeds: range, tmp_path: Path) -> None:
    """The conformant terminal passes every case, whatever the seed."""
    runs = many([[*MEMORY, "--seed", str(seed)] for seed in seeds], tmp_path)
    assert len(runs) == len(seeds)
    for run in runs:
        blamed = {case: verdict for case, verdict in run.verdicts.items() if verdict in ("FAIL", "INCONC", "ERROR")}
        assert not blamed, f"seed {run.summary['run']['seed']}: {blamed}"
        assert run.code == 0
