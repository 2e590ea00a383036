"""Options of the harness's own tests, and how Hypothesis draws for them."""

import os
from pathlib import Path

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


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if path := config.getoption("--failed-to"):
        reports = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
        ids = dict.fromkeys(report.nodeid for report in reports)
        Path(path).write_text("".join(f"{one}\n" for one in ids), encoding="utf-8")
