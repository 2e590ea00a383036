"""What holds in the catalogue of eConduit Direct alone."""

from __future__ import annotations

import pytest

from catalogue import econduit
from harness.evidence.requirement import Requirement, Seen

each = pytest.mark.parametrize("requirement", econduit.CATALOGUE, ids=str)


@each
def test_what_only_a_screen_shows_is_asked_only_of_a_terminal_that_has_one(requirement: Requirement):
    if requirement.seen == (Seen.DISPLAY,):
        assert econduit.STATUS_DISPLAY in requirement.when


@each
def test_the_pos_is_judged_only_when_it_is_under_test(requirement: Requirement):
    assert ("POS" in requirement.binds) == (econduit.POS_API_EXTENDED in requirement.when)
