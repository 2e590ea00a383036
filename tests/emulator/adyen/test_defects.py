"""Every defect of the sheet's table is there, hits what its row says, and can be built; that each bites is for
`tests/adyen/test_teeth.py` to show."""

from __future__ import annotations

import random

import pytest

from emulator.adyen.build import build
from emulator.adyen.defects import DEFECTS, ROWS
from emulator.adyen.defects.defect import SenderDefect

RNG = random.Random(1)  # noqa: S311 — reproducible on purpose

HITS = {
    1: {8, 9}, 2: {9, 10}, 3: {67}, 4: {5, 6, 7}, 5: {6, 7, 51}, 6: {25}, 7: {94}, 8: {93}, 9: {83, 96}, 10: {82},
    11: {78}, 12: {68}, 13: {79}, 14: {76, 81}, 15: {66}, 16: {60, 61, 62}, 17: {92}, 18: {111}, 19: {112},
    20: {110, 111}, 21: {114}, 22: {115}, 23: {49, 50}, 24: {44}, 25: {46, 47}, 26: {26, 48}, 27: {42}, 28: {2},
    29: {64, 74}, 30: {63, 65}, 31: {61}, 32: {120, 122}, 33: {98}, 34: {95},
}  # fmt: skip
"""Section (e) of the fact sheet: what each row's defect hits."""


@pytest.mark.parametrize("row", range(1, ROWS + 1))
def test_a_rows_defects_hit_what_the_row_says(row: int) -> None:
    of_row = [found for found in DEFECTS.values() if found.row == row]
    broken = [{int(requirement.id[4:]) for requirement in found.breaks} for found in of_row]
    assert broken, "no defect"
    assert HITS[row] <= set().union(*broken)
    assert all(hit & HITS[row] for hit in broken)


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_defect_is_built_for_its_own_role_alone(name: str) -> None:
    kind = DEFECTS[name]
    own, other = ("sender", "backend") if issubclass(kind, SenderDefect) else ("backend", "sender")
    assert type(build({"role": own}, {}, RNG, name)) is kind
    with pytest.raises(ValueError, match="is no defect of a"):
        build({"role": other}, {}, RNG, name)
    assert kind.__doc__


def test_settings_that_nobody_knows_are_an_error() -> None:
    with pytest.raises(ValueError, match="no such setting: colour"):
        build({"colour": "red"}, {}, RNG, None)
    with pytest.raises(ValueError, match="is no role"):
        build({"role": "till"}, {}, RNG, None)
    with pytest.raises(KeyError):
        build({}, {}, RNG, "no-such-habit")


def test_settings_come_as_json_has_them() -> None:
    key = {"passphrase": "Harness-Passphrase-1!", "identifier": "k", "version": 2}
    made = build({"terminals": ["A-1", "B-2"], "key": key}, {}, RNG, None)
    assert made.settings.terminals == ("A-1", "B-2")
    assert made.settings.key.version == 2
    assert "Passphrase" not in repr(made.settings)
