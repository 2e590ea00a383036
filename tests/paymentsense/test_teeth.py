"""Every rule about an EPoS has been seen to catch a planted defect, and to stay silent without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.paymentsense import CATALOGUE
from emulator.paymentsense.defects import DEFECTS
from tests.runs import many
from tests.teeth import Runs, asked_for, assert_caught, assert_never_accused, breaks, by_row, runs_of, toothless

BENCH = ("suites/paymentsense", "--bench", "benches/paymentsense/memory.yaml")

TLS_ALONE = {"accepts-any-certificate"}
"""Defects that show only where lines are encrypted, which is not in memory."""

NAMES = [name for name in by_row(DEFECTS) if name not in TLS_ALONE]

UNSHOWN = {"PSC-027"}
"""What only an encrypted line shows: see below."""


@pytest.fixture(scope="module")
def runs(seeds: range, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    names = asked_for(request, NAMES, "test_defect_is_caught", ["test_no_rule_about_an_epos_is_toothless"])
    selected = lambda name: [*BENCH, "--requirement", breaks(DEFECTS[name])]  # noqa: E731
    return runs_of(names, seeds, selected, tmp_path_factory.mktemp("teeth"))


@pytest.mark.parametrize("name", NAMES)
def test_defect_is_caught(name: str, runs: Runs) -> None:
    assert_caught(name, DEFECTS[name], runs[name])


def test_no_rule_about_an_epos_is_toothless(runs: Runs) -> None:
    assert toothless(CATALOGUE, runs, "EPoS") == UNSHOWN


@pytest.mark.parametrize("defect", [None, *sorted(TLS_ALONE)])
def test_certificates_are_looked_at(defect: str | None, tmp_path: Path) -> None:
    """Over TLS: who trusts anybody FAILs, and the conformant EPoS does not."""
    encrypted = ["suites/paymentsense", "--bench", "benches/paymentsense/emulator.yaml", "--requirement", "PSC-027"]
    (run,) = many([[*encrypted, *(("--defect", defect) if defect else ())]], tmp_path)
    assert run.failed_requirements == ({"PSC-027"} if defect else set())
    assert run.code == (1 if defect else 0)


def test_conformant_epos_is_never_accused(seeds: range, tmp_path: Path) -> None:
    assert_never_accused(BENCH, seeds, tmp_path)
