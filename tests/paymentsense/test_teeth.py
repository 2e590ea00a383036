"""Every rule about an EPoS has been seen to catch a planted defect, and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.paymentsense import CATALOGUE
from emulator.paymentsense.defects import DEFECTS
from harness.evidence.requirement import Level, Seen
from tests.runs import Folder, many

BENCH = ("suites/paymentsense", "--bench", "benches/paymentsense/memory.yaml")

TLS_ALONE = {"accepts-any-certificate"}
"""Defects that show only where lines are encrypted, which is not in memory."""

NAMES = sorted(set(DEFECTS) - TLS_ALONE, key=lambda name: (DEFECTS[name].row, name))


@pytest.fixture(scope="module")
def seeds(pytestconfig: pytest.Config) -> list[int]:
    return list(range(1, 1 + pytestconfig.getoption("--repeats")))


@pytest.fixture(scope="module")
def runs(
    seeds: list[int], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Folder]]:
    """A run a seed of each defect whose test was selected, all in one go: the imports are paid for once."""
    ours = [item for item in request.session.items if item.module is request.module]
    names = [item.callspec.params["name"] for item in ours if item.originalname == test_defect_is_caught.__name__]
    if any(item.originalname == test_no_rule_about_an_epos_is_toothless.__name__ for item in ours):
        names = NAMES
    arguments = []
    for name in names:
        breaks = ",".join(sorted(requirement.id for requirement in DEFECTS[name].breaks))
        selected = [*BENCH, "--requirement", breaks, "--defect", name]
        arguments += [[*selected, "--seed", str(seed)] for seed in seeds]
    ended = iter(many(arguments, tmp_path_factory.mktemp("defects")))
    return {name: [next(ended) for _ in seeds] for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_defect_is_caught(name: str, seeds: list[int], runs: dict[str, list[Folder]]) -> None:
    """An EPoS with the defect FAILs a requirement that the defect names, whatever the seed.

    One that breaks nothing but recommendations passes, with a warning on one of them."""
    breaks = {requirement.id for requirement in DEFECTS[name].breaks}
    musts = {requirement.id for requirement in DEFECTS[name].breaks if requirement.level is Level.MUST}
    assert len(runs[name]) == len(seeds)
    for run in runs[name]:
        seen = run.failed_requirements if musts else run.warned_requirements
        assert seen & breaks, f"{name}, seed {run.summary['run']['seed']}: {run.verdicts}"
        assert run.code == (1 if musts else 0), f"{name}: {run.summary['totals']}"


UNSHOWN = {"PSC-027"}
"""What only an encrypted line shows: see below."""


def test_no_rule_about_an_epos_is_toothless(runs: dict[str, list[Folder]]) -> None:
    """Whatever binds an EPoS and can be seen on the wire or its screen is broken by some defect, and found so."""
    seen = {Seen.WIRE, Seen.DISPLAY}
    bound = {one.id for one in CATALOGUE if "EPoS" in one.binds and one.level is not Level.MAY and seen & {*one.seen}}
    broken = {id for of in runs.values() for run in of for id in run.failed_requirements | run.warned_requirements}
    assert bound - broken == UNSHOWN


@pytest.mark.parametrize("defect", [None, *sorted(TLS_ALONE)])
def test_certificates_are_looked_at(defect: str | None, tmp_path: Path) -> None:
    """Over TLS: who trusts anybody FAILs, and the conformant EPoS does not."""
    encrypted = ["suites/paymentsense", "--bench", "benches/paymentsense/emulator.yaml", "--requirement", "PSC-027"]
    (run,) = many([[*encrypted, *(("--defect", defect) if defect else ())]], tmp_path)
    assert run.failed_requirements == ({"PSC-027"} if defect else set())
    assert run.code == (1 if defect else 0)


def test_conformant_epos_is_never_accused(seeds: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The conformant EPoS passes every case, whatever the seed."""
    ended = many([[*BENCH, "--seed", str(seed)] for seed in seeds], tmp_path_factory.mktemp("conformant"))
    assert len(ended) == len(seeds)
    for run in ended:
        blamed = {case: verdict for case, verdict in run.verdicts.items() if verdict in ("FAIL", "INCONC", "ERROR")}
        assert not blamed, f"seed {run.summary['run']['seed']}: {blamed}"
        assert run.code == 0
