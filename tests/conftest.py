"""Options of the harness's own tests, how Hypothesis draws for them, and which of them stay together side by side."""

import functools
import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# No test may fail because a machine is slow; and in a CI what is drawn shall not differ from run to run.
hypothesis.settings.register_profile(
    "harness",
    deadline=None,
    database=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("harness")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--repeats", type=int, default=1, help="how many seeds each defect and the conformant terminal get"
    )
    parser.addoption("--failed-to", metavar="FILE", help="write the ids of tests that failed there, one a line")


@pytest.fixture(scope="session")
def seeds(pytestconfig: pytest.Config) -> range:
    """How often what is drawn is drawn anew."""
    return range(1, 1 + pytestconfig.getoption("--repeats"))


@functools.cache
def stays_together(file: str) -> bool:
    """Whether one process is to have all tests of a file: they share what a fixture has made, or are over in no time. A
    file of which each test is a run of its own is for all processes."""
    text = Path(__file__).parent.parent.joinpath(file).read_text("utf-8")
    return 'scope="module"' in text or "from tests.runs import" not in text


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling  # only where tests run side by side

    class ByFixtures(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if stays_together(file) else nodeid

    return ByFixtures(config, log)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if path := config.getoption("--failed-to"):
        reports = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
        ids = dict.fromkeys(report.nodeid for report in reports)
        Path(path).write_text("".join(f"{one}\n" for one in ids), encoding="utf-8")
