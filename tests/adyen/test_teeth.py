"""Every check of the Adyen programme has been seen to catch a planted defect and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.adyen import CATALOGUE
from emulator.adyen.defects import DEFECTS, ROWS
from emulator.adyen.defects.defect import SenderDefect
from harness.evidence.requirement import Level, Seen
from tests.runs import Folder, many

BACKEND, TERMINAL = "benches/adyen/memory.yaml", "benches/adyen/terminal-memory.yaml"
ENCRYPTED = "benches/adyen/emulator.yaml"
"""The bench that has encrypted lines: where a defect of TLS shows."""

NAMES = sorted(DEFECTS, key=lambda name: (DEFECTS[name].row, name))


def _bench(name: str) -> str:
    if DEFECTS[name].speaks is not None:
        return ENCRYPTED
    return TERMINAL if issubclass(DEFECTS[name], SenderDefect) else BACKEND


def _arguments(name: str) -> list[str]:
    breaks = sorted({requirement.id for requirement in DEFECTS[name].breaks})
    return ["--bench", _bench(name), "--requirement", ",".join(breaks), "--defect", name, "--seed", "1", "suites/adyen"]


@pytest.fixture(scope="module")
def caught(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Folder]:
    """A run with each defect that is asked for, of the cases of what it breaks."""
    ours = [item for item in request.session.items if item.module is request.module]
    names = [item.callspec.params["name"] for item in ours if item.originalname == test_defect_is_caught.__name__]
    if any(item.originalname == test_no_rule_about_a_dut_is_toothless.__name__ for item in ours):
        names = NAMES
    runs = many([_arguments(name) for name in names], tmp_path_factory.mktemp("defects"))
    return dict(zip(names, runs, strict=True))


def test_every_row_has_a_defect() -> None:
    assert set(range(1, ROWS + 1)) <= {defect.row for defect in DEFECTS.values()}


@pytest.mark.parametrize("name", NAMES)
def test_defect_is_caught(name: str, caught: dict[str, Folder]) -> None:
    """A DUT with the defect FAILs a requirement that the defect names; one that breaks nothing but recommendations
    passes, with a warning on one of them."""
    run, breaks = caught[name], DEFECTS[name].breaks
    musts = {requirement.id for requirement in breaks if requirement.level is Level.MUST}
    seen = run.failed_requirements if musts else run.warned_requirements
    assert seen & {requirement.id for requirement in breaks}, f"{name}: {run.verdicts}"
    assert run.code == (1 if musts else 0), f"{name}: {run.summary['totals']}"


def test_no_rule_about_a_dut_is_toothless(caught: dict[str, Folder]) -> None:
    """Whatever binds a DUT and can be seen on the wire or its screen is broken by some defect, and found so."""
    seen = {Seen.WIRE, Seen.DISPLAY}
    bound = {one.id for one in CATALOGUE if one.level is not Level.MAY and seen & {*one.seen}}
    broken = {id for run in caught.values() for id in run.failed_requirements | run.warned_requirements}
    assert bound - broken == set()


@pytest.mark.parametrize("bench", [BACKEND, TERMINAL])
def test_the_conformant_are_never_accused(bench: str, pytestconfig: pytest.Config, tmp_path: Path) -> None:
    """Whatever the seed, every case passes."""
    seeds = range(1, 1 + pytestconfig.getoption("--repeats"))
    for run in many([["--bench", bench, "--seed", str(seed), "suites/adyen"] for seed in seeds], tmp_path):
        blamed = {case: verdict for case, verdict in run.verdicts.items() if verdict in ("FAIL", "INCONC", "ERROR")}
        assert not blamed, f"seed {run.summary['run']['seed']}: {blamed}\n{run.found}"
        assert run.code == 0
