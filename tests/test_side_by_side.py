"""Tests that run side by side: those of a file stay together if one pays for all, and only then."""

from __future__ import annotations

import pytest

from tests.conftest import stays_together


@pytest.mark.parametrize(
    ("file", "together"),
    [
        ("tests/test_teeth.py", True),  # the runs of all defects are a fixture of the module
        ("tests/wire/test_framing.py", True),  # over in no time
        ("tests/test_exit_codes.py", False),  # each a run of its own
    ],
)
def test_what_stays_together(file: str, together: bool) -> None:
    assert stays_together(file) is together
