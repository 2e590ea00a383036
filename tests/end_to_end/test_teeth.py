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
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Folder]:
    """A run of each defect, of the cases of what it breaks in its dialect, and of the conformant pair: all in one go.
    A terminal is the same behind every dialect."""
    wanted = []
    for name, broken in (CAUGHT | WARNED).items():
        dialect = name.partition("-")[0].replace("terminal", "modulus")
        chosen = ["--requirement", ",".join(broken), "-k", dialect]
        wanted.append(["--bench", MEMORY, "--seed", "1", "--defect", name, *chosen])
    done = many([["--bench", MEMORY, "--seed", "1"], *wanted], tmp_path_factory.mktemp("teeth"))
    return dict(zip(("", *CAUGHT, *WARNED), done, strict=True))


def test_each_defect_is_here() -> None:
    assert CAUGHT.keys() | WARNED.keys() == DEFECTS.keys()


@pytest.mark.parametrize("name", CAUGHT)
def test_defect_is_caught(name: str, runs: Mapping[str, Folder]) -> None:
    assert runs[name].failed_requirements >= CAUGHT[name], f"{runs[name].verdicts}\n{runs[name].found}"
    assert runs[name].code == 1


@pytest.mark.parametrize("name", WARNED)
def test_a_broken_recommendation_is_a_warning(name: str, runs: Mapping[str, Folder]) -> None:
    assert runs[name].warned_requirements >= WARNED[name], f"{runs[name].verdicts}\n{runs[name].found}"
    assert runs[name].code == 0


def test_the_conformant_pair_is_never_accused(runs: Mapping[str, Folder]) -> None:
    assert set(runs[""].verdicts.values()) == {"PASS"}, runs[""].verdicts
    assert runs[""].code == 0
