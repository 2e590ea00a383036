"""Every row of the sheet's table has its defects, and each says what it breaks. That it shows the suites must prove."""

from __future__ import annotations

import inspect
import random

import pytest

from catalogue.modulus import CATALOGUE
from emulator.modulus.build import build
from emulator.modulus.defects import DEFECTS
from emulator.modulus.pos import Pos
from tests.emulator.modulus.shop import GATEWAY, INQUIRY, KEY

HITS = {
    1: "014", 2: "010", 3: "011", 4: "001 002", 5: "033", 6: "016 038", 7: "030 031 032", 8: "034 036", 9: "035",
    10: "090", 11: "080 081", 12: "083 084", 13: "085", 14: "088", 15: "089", 16: "056 100", 17: "057", 18: "055",
    19: "054", 20: "060", 21: "061 108", 22: "063", 23: "062", 24: "071 072 073", 25: "077", 26: "076", 27: "058 075",
    28: "065 104", 29: "102", 30: "103", 31: "037",
}  # fmt: skip
"""The requirements that the sheet's table has beside each row."""

BEYOND = 32
"""The row of those that the table does not have."""


@pytest.mark.parametrize("row", HITS)
def test_a_row_is_covered(row):
    broken = {requirement.id for defect in DEFECTS.values() if defect.row == row for requirement in defect.breaks}
    assert {f"MOD-{number}" for number in HITS[row].split()} <= broken


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_defect_says_what_it_is(name):
    defect = DEFECTS[name]
    assert inspect.getdoc(defect).endswith(".")
    assert defect.row in (*HITS, BEYOND)
    assert set(defect.breaks) <= set(CATALOGUE)
    assert defect.breaks


def test_a_pos_is_built_from_json_values():
    settings = {"gateway": GATEWAY, "api_key": KEY, "inquiry": INQUIRY}
    rng = random.Random(1)  # noqa: S311
    assert type(build(settings, {}, rng, None)) is Pos
    assert type(build(settings, {}, rng, "root-path")) is DEFECTS["root-path"]
    with pytest.raises(KeyError):
        build(settings, {}, rng, "no such habit")
