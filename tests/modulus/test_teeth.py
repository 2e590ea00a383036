"""Each check of the Modulus programme has been seen to catch a planted defect, and to stay silent without it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from catalogue.modulus import CATALOGUE
from emulator.modulus.defects import DEFECTS
from harness.evidence.requirement import Level, Seen
from tests.runs import Folder, many

MEMORY, EMULATOR = "benches/modulus/memory.yaml", "benches/modulus/emulator.yaml"


def arguments(name: str, seed: int) -> list[str]:
    """A run of the cases of what a defect breaks."""
    defect = DEFECTS[name]
    bench = EMULATOR if defect.needs_tls else MEMORY
    breaks = ",".join(sorted(requirement.id for requirement in defect.breaks))
    return ["--bench", bench, "--requirement", breaks, "--defect", name, "--seed", str(seed)]


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


@pytest.mark.parametrize("name", sorted(DEFECTS, key=lambda name: (DEFECTS[name].row, name)))
def test_defect_is_caught(name: str, runs: Mapping[str, list[Folder]]) -> None:
    """A POS with the defect FAILs a requirement that the defect names, whatever the seed.

    One that breaks nothing but recommendations passes, with a warning on one of them."""
    breaks = {requirement.id for requirement in DEFECTS[name].breaks}
    musts = any(requirement.level is Level.MUST for requirement in DEFECTS[name].breaks)
    for run in runs[name]:
        seen = run.failed_requirements if musts else run.warned_requirements
        assert seen & breaks, f"{name}, seed {run.summary['run']['seed']}: {run.verdicts}"
        assert run.code == (1 if musts else 0), f"{name}: {run.summary['totals']}"


UNSHOWN = {"MOD-003"}
"""A POS without access dials nobody, so it shows nothing: such a case is inconclusive."""


def test_no_rule_about_a_pos_is_toothless(runs: Mapping[str, list[Folder]]) -> None:
    """Whatever binds a POS and can be seen on the wire or its screen is broken by some defect, and found so."""
    seen = {Seen.WIRE, Seen.DISPLAY}
    bound = {one.id for one in CATALOGUE if "POS" in one.binds and one.level is not Level.MAY and seen & {*one.seen}}
    broken = {id for of in runs.values() for run in of for id in run.failed_requirements | run.warned_requirements}
    assert bound - broken == UNSHOWN


def test_conformant_pos_is_never_accused(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The conformant POS passes every case, whatever the seed."""
    wanted = [["--bench", MEMORY, "--seed", str(seed)] for seed in seeds]
    done = many(wanted, tmp_path_factory.mktemp("conformant"))
    assert len(done) == len(wanted)
    for run in done:
        blamed = {case: verdict for case, verdict in run.verdicts.items() if verdict in ("FAIL", "INCONC", "ERROR")}
        assert not blamed, f"seed {run.summary['run']['seed']}: {blamed}"
        assert run.code == 0
