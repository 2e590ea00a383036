"""Options of the harness's own tests, and how Hypothesis draws for them."""

import os

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
