"""Options of the harness's own tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--repeats", type=int, default=1, help="how many seeds each defect and the conformant terminal get"
    )
