"""What every programme shows of its checks: each catches a planted defect, and stays silent without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.requirement import Level, Requirement, Seen
from tests.runs import Folder, many

Runs = Mapping[str, Sequence[Folder]]
"""The runs of each defect, one a seed."""


def by_row(defects: Mapping[str, Any]) -> list[str]:
    """The names of defects, in the order of the sheet's rows."""
    return sorted(defects, key=lambda name: (defects[name].row, name))


def breaks(defect: Any) -> str:
    """What a defect breaks, as `--requirement` takes it."""
    return ",".join(sorted({requirement.id for requirement in defect.breaks}))


def runs_of(
    names: Iterable[str], seeds: Iterable[int], arguments: Callable[[str], Sequence[str]], folder: Path
) -> dict[str, list[Folder]]:
    """A run a seed of each defect, all in one go, so that the imports are paid for once."""
    wanted = [(name, seed) for name in names for seed in seeds]
    done = many([[*arguments(name), "--defect", name, "--seed", str(seed)] for name, seed in wanted], folder)
    assert len(done) == len(wanted)
    found: dict[str, list[Folder]] = {name: [] for name, _ in wanted}
    for (name, _), run in zip(wanted, done, strict=True):
        found[name].append(run)
    return found


def asked_for(request: pytest.FixtureRequest, names: Sequence[str], caught: str, all_of: Sequence[str]) -> list[str]:
    """The defects whose tests of the name `caught` were selected; all, if a test is selected that looks at all."""
    ours = [item for item in request.session.items if item.module is request.module]  # type: ignore[attr-defined]
    if any(item.originalname in all_of for item in ours):  # type: ignore[attr-defined]
        return list(names)
    return [item.callspec.params["name"] for item in ours if item.originalname == caught]  # type: ignore[attr-defined]


def assert_caught(name: str, defect: Any, runs: Sequence[Folder]) -> None:
    """A DUT with the defect FAILs a requirement that the defect names, whatever the seed.

    One that breaks nothing but recommendations passes, with a warning on one of them."""
    named = {requirement.id for requirement in defect.breaks}
    musts = any(requirement.level is Level.MUST for requirement in defect.breaks)
    assert runs
    for run in runs:
        seen = run.failed_requirements if musts else run.warned_requirements
        assert seen & named, f"{name}, seed {run.summary['run']['seed']}: {run.verdicts}"
        assert run.code == (1 if musts else 0), f"{name}: {run.summary['totals']}"


def toothless(catalogue: Iterable[Requirement], runs: Runs, whom: str = "") -> set[str]:
    """What binds a DUT and can be seen on the wire or its screen, and is broken by no defect, or not found so. `whom`:
    as the catalogue calls the DUT; anybody if empty."""
    bound = {
        one.id
        for one in catalogue
        if (not whom or whom in one.binds) and one.level is not Level.MAY and {Seen.WIRE, Seen.DISPLAY} & {*one.seen}
    }
    broken = {id for of in runs.values() for run in of for id in run.failed_requirements | run.warned_requirements}
    return bound - broken


def assert_never_accused(arguments: Sequence[str], seeds: Sequence[int], folder: Path) -> None:
    """The conformant DUT passes every case, whatever the seed."""
    done = many([[*arguments, "--seed", str(seed)] for seed in seeds], folder)
    assert len(done) == len(seeds)
    for run in done:
        blamed = {case: verdict for case, verdict in run.verdicts.items() if verdict in ("FAIL", "INCONC", "ERROR")}
        assert not blamed, f"seed {run.summary['run']['seed']}: {blamed}\n{run.found}"
        assert run.code == 0
