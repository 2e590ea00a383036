"""A measured value against a limit: within, beyond, or too close to tell."""

import pytest

from harness.evidence.measure import Measured, Standing

WITHIN, BEYOND, TOO_CLOSE = Standing.WITHIN, Standing.BEYOND, Standing.TOO_CLOSE


@pytest.mark.parametrize(
    ("value", "uncertainty", "at_most", "at_least"),
    [
        (9.0, 0.5, WITHIN, BEYOND),
        (9.5, 0.5, WITHIN, TOO_CLOSE),
        (9.75, 0.5, TOO_CLOSE, TOO_CLOSE),
        (10.25, 0.5, TOO_CLOSE, TOO_CLOSE),
        (10.5, 0.5, TOO_CLOSE, WITHIN),
        (11.0, 0.5, BEYOND, WITHIN),
        (10.0, 0.0, WITHIN, WITHIN),
        (10.001, 0.0, BEYOND, WITHIN),
        (9.999, 0.0, WITHIN, BEYOND),
    ],
)
def test_against_a_limit(value: float, uncertainty: float, at_most: Standing, at_least: Standing) -> None:
    measured = Measured(value, uncertainty)
    assert (measured.at_most(10.0), measured.at_least(10.0)) == (at_most, at_least)


@pytest.mark.parametrize(
    ("value", "uncertainty", "places", "told"),
    [
        (12.345, 0.0, 1, "12.3 s"),
        (12.345, 0.0, 2, "12.35 s"),
        (12.345, 0.5, 1, "12.3 ± 0.5 s"),
        (12.345, 0.051, 1, "12.35 ± 0.06 s"),
        (12.3456789, 0.00002, 2, "12.34568 ± 0.00002 s"),
        (12.3456789, 0.000021, 2, "12.34568 ± 0.00003 s"),
        (12.3456789, 0.0000000001, 2, "12.345679 ± 0.000001 s"),
        (123.0, 20.0, 1, "123.0 ± 20.0 s"),
    ],
)
def test_told(value: float, uncertainty: float, places: int, told: str) -> None:
    assert Measured(value, uncertainty).told(places) == told
