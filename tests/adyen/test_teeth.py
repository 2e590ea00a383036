"""Every check of the Adyen programme has been seen to catch a planted defect and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.adyen import CATALOGUE
from emulator.adyen.defects import DEFECTS, ROWS
from emulator.adyen.defects.defect import SenderDefect
from tests.teeth import Runs, asked_for, assert_caught, assert_never_accused, breaks, by_row, runs_of, toothless

BACKEND, TERMINAL = "benches/adyen/memory.yaml", "benches/adyen/terminal-memory.yaml"
ENCRYPTED = "benches/adyen/emulator.yaml"
"""The bench that has encrypted lines: where a defect of TLS shows."""

NAMES = by_row(DEFECTS)


def arguments(name: str) -> list[str]:
    bench = TERMINAL if issubclass(DEFECTS[name], SenderDefect) else BACKEND
    if DEFECTS[name].speaks is not None:
        bench = ENCRYPTED
    return ["--bench", bench, "--requirement", breaks(DEFECTS[name]), "suites/adyen"]


@pytest.fixture(scope="module")
def runs(seeds: range, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    names = asked_for(request, NAMES, "test_defect_is_caught", ["test_no_rule_about_a_dut_is_toothless"])
    return runs_of(names, seeds, arguments, tmp_path_factory.mktemp("teeth"))


def test_every_row_has_a_defect() -> None:
    assert set(range(1, ROWS + 1)) <= {defect.row for defect in DEFECTS.values()}


@pytest.mark.parametrize("name", NAMES)
def test_defect_is_caught(name: str, runs: Runs) -> None:
    assert_caught(name, DEFECTS[name], runs[name])


def test_no_rule_about_a_dut_is_toothless(runs: Runs) -> None:
    assert toothless(CATALOGUE, runs) == set()


@pytest.mark.parametrize("bench", [BACKEND, TERMINAL])
def test_the_conformant_are_never_accused(bench: str, seeds: range, tmp_path: Path) -> None:
    assert_never_accused(["--bench", bench, "suites/adyen"], seeds, tmp_path)
