"""Each check of the Modulus programme has been seen to catch a planted defect, and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.modulus import CATALOGUE
from emulator.modulus.defects import DEFECTS
from tests.teeth import Runs, assert_caught, assert_never_accused, breaks, by_row, runs_of, toothless

MEMORY, EMULATOR = "benches/modulus/memory.yaml", "benches/modulus/emulator.yaml"

UNSHOWN = {"MOD-003"}
"""A POS without access dials nobody, so it shows nothing: such a case is inconclusive."""


def arguments(name: str) -> list[str]:
    bench = EMULATOR if DEFECTS[name].needs_tls else MEMORY
    return ["--bench", bench, "--requirement", breaks(DEFECTS[name])]


@pytest.fixture(scope="module")
def runs(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return runs_of(DEFECTS, seeds, arguments, tmp_path_factory.mktemp("teeth"))


@pytest.mark.parametrize("name", by_row(DEFECTS))
def test_defect_is_caught(name: str, runs: Runs) -> None:
    assert_caught(name, DEFECTS[name], runs[name])


def test_no_rule_about_a_pos_is_toothless(runs: Runs) -> None:
    assert toothless(CATALOGUE, runs, "POS") == UNSHOWN


def test_conformant_pos_is_never_accused(seeds: range, tmp_path: Path) -> None:
    assert_never_accused(["--bench", MEMORY], seeds, tmp_path)
