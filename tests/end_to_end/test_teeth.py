"""An order on its way: each defect that costs money is caught, and the conformant pair is not accused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emulator.end_to_end.defects import DEFECTS
from tests.runs import Folder, many

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


@pytest.fixture(scope="module")
def seeds(pytestconfig: pytest.Config) -> range:
    return range(1, 1 + pytestconfig.getoption("--repeats"))


@pytest.fixture(scope="module")
def runs(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Folder]]:
    """The runs of each defect, one a seed, of the cases of what it breaks in its dialect: all in one go. A terminal is
    the same behind every dialect."""
    wanted = [(name, seed) for name in CAUGHT | WARNED for seed in seeds]
    done = many([arguments(name, seed) for name, seed in wanted], tmp_path_factory.mktemp("teeth"))
    return {name: [run for (of, _), run in zip(wanted, done, strict=True) if of == name] for name in CAUGHT | WARNED}


def arguments(name: str, seed: int) -> list[str]:
    dialect = name.partition("-")[0].replace("terminal", "modulus")
    chosen = ["--requirement", ",".join(sorted((CAUGHT | WARNED)[name])), "-k", dialect]
    return ["--bench", MEMORY, "--seed", str(seed), "--defect", name, *chosen]


def test_each_defect_is_here() -> None:
    assert CAUGHT.keys() | WARNED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", CAUGHT)
def test_defect_is_caught(name: str, runs: Mapping[str, list[Folder]]) -> None:
    for run in runs[name]:
        assert run.failed_requirements >= CAUGHT[name], f"{run.verdicts}\n{run.found}"
        assert run.code == 1


@pytest.mark.parametrize("name", WARNED)
def test_a_broken_recommendation_is_a_warning(name: str, runs: Mapping[str, list[Folder]]) -> None:
    for run in runs[name]:
        assert run.warned_requirements >= WARNED[name], f"{run.verdicts}\n{run.found}"
        assert run.code == 0


def test_the_conformant_pair_is_never_accused(seeds: range, tmp_path_factory: pytest.TempPathFactory) -> None:
    """POS and terminal pass every case in every dialect, whatever the seed."""
    done = many([["--bench", MEMORY, "--seed", str(seed)] for seed in seeds], tmp_path_factory.mktemp("conformant"))
    assert len(done) == len(seeds)
    for run in done:
        assert set(run.verdicts.values()) == {"PASS"}, f"seed {run.summary['run']['seed']}: {run.verdicts}"
        assert run.code == 0
