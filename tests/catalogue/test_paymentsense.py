"""What holds in the catalogue of Paymentsense Connect alone."""

from __future__ import annotations

import pytest

from catalogue.paymentsense import CATALOGUE, EXTENDED
from harness.evidence.requirement import Requirement


@pytest.mark.parametrize("requirement", CATALOGUE, ids=str)
def test_what_goes_beyond_the_page_is_behind_its_own_switch(requirement: Requirement):
    assert (requirement.source != "seed") == (EXTENDED in requirement.when)
