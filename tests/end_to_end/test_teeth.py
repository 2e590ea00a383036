"""An order on its way: each defect that costs money is caught, and the conformant pair is not accused."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.end_to_end.defects import DEFECTS
from tests.teeth import Runs, assert_never_accused, runs_of

MEMORY = "benches/end_to_end/memory.yaml"

CAUGHT: dict[str, set[str]] = {
    "connect-retries-sale-after-drop": {"E2E-001"},
    "connect-drop-is-decline": {"E2E-012"},
    "connect-timed-out-is-declined": {"E2E-012"},
    "connect-timed-out-is-paid": {"E2E-012"},
    "connect-any-answer-is-paid": {"E2E-012"},
    "connect-amount-in-pounds": {"E2E-003"},
    "modulus-resends-after-a-drop": {"E2E-001"},
    "modulus-resends-after-the-limit": {"E2E-012"},
    "modulus-no-result-is-no-payment": {"E2E-012"},
    "modulus-amount-in-cents": {"E2E-003"},
    "adyen-pays-again": {"E2E-001"},
    "adyen-every-result-is-paid": {"E2E-012"},
    "adyen-books-twice": {"E2E-012"},
    "webapi-lost-is-declined": {"E2E-012"},
    "webapi-lost-is-paid": {"E2E-012"},
    "webapi-orders-again": {"E2E-001"},
    "webapi-sells-on-without-asking": {"E2E-016"},
    "webapi-asks-without-pause": {"E2E-017"},
    "webapi-never-asks-less-often": {"E2E-017"},
    "webapi-books-what-it-asked-for": {"E2E-003", "E2E-018"},
    "webapi-amount-in-cents": {"E2E-003"},
    "webapi-an-error-is-final": {"E2E-012"},
    "terminal-charges-again-after-a-drop": {"E2E-002"},
    "terminal-silent-when-declined": {"E2E-013"},
}
"""What each breaks here, whatever else fails with it."""

WARNED: dict[str, set[str]] = {
    "webapi-one-reference-for-all": {"E2E-004"},
    "webapi-sells-while-busy": {"E2E-005"},
}
"""What each of those breaks that break no more than a recommendation."""


def arguments(name: str) -> list[str]:
    """The cases of what a defect breaks, in its dialect; a terminal is the same behind every dialect."""
    dialect = name.partition("-")[0].replace("terminal", "modulus")
    return ["--bench", MEMORY, "--requirement", ",".join(sorted((CAUGHT | WARNED)[name])), "-k", dialect]


@pytest.fixture(scope="module")
def runs(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return runs_of(CAUGHT | WARNED, seeds, arguments, tmp_path_factory.mktemp("teeth"))


def test_each_defect_is_here() -> None:
    assert CAUGHT.keys() | WARNED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", CAUGHT)
def test_defect_is_caught(name: str, runs: Runs) -> None:
    for run in runs[name]:
        assert run.failed_requirements >= CAUGHT[name], f"{run.verdicts}\n{run.found}"
        assert run.code == 1


@pytest.mark.parametrize("name", WARNED)
def test_a_broken_recommendation_is_a_warning(name: str, runs: Runs) -> None:
    for run in runs[name]:
        assert run.warned_requirements >= WARNED[name], f"{run.verdicts}\n{run.found}"
        assert run.code == 0


def test_the_conformant_pair_is_never_accused(seeds: range, tmp_path: Path) -> None:
    assert_never_accused(["--bench", MEMORY], seeds, tmp_path)
