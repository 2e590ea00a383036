"""The defects of an EPoS as a set: every row of the sheet's table has one, and each says what it is."""

from __future__ import annotations

import random

import pytest

from catalogue.paymentsense import CATALOGUE
from emulator.paymentsense import DEFECTS, build
from emulator.paymentsense.epos import Epos
from tests.emulator.paymentsense.till import AT, Till

ROWS = range(1, 31)


def test_every_row_has_a_defect():
    assert {defect.row for defect in DEFECTS.values()} == {0, *ROWS}


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_defect_says_what_it_breaks_and_overrides_little(name):
    defect = DEFECTS[name]
    assert defect.__doc__
    assert defect.breaks
    assert set(defect.breaks) <= set(CATALOGUE)
    own = [one for one in vars(defect).values() if callable(one)]
    assert len(own) <= 4


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_defect_lives(name):
    """It dials, is let in, and takes a sale to some end without an exception."""
    till = Till(DEFECTS[name], plain_address="plain", tables={"12": "12.40"}).online()
    till.press("sale", amount="12.40").hears(till.server.ping(b"?")).says(id=5, method="tableListRequest", params={})
    till.press("cancel").dropped().after(30)
    assert till.dials


def test_it_is_built_from_json_with_a_defect_or_none():
    plain = build({"address": AT, "integration": "pat"}, {}, random.Random(1))  # noqa: S311
    assert type(plain) is Epos
    bad = build({"address": AT}, {}, random.Random(1), "unencoded-parameters")  # noqa: S311
    assert bad.site("installer_id") == DEFECTS["unencoded-parameters"].needs["installer_id"]
