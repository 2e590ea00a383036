"""Measured returns: their rows, their table, their plot."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from harness.checks.outage import Reconnect
from harness.evidence.bench import Remark
from harness.evidence.trace import Event
from reports.distribution import distribution, svg, table

SVG = "{http://www.w3.org/2000/svg}"


def back(cause: str, seconds: float, uncertainty: float = 0.0) -> Reconnect:
    return Reconnect(cause, seconds, uncertainty, Event(0, 0.0, "cloud", 1, Remark("")))


TEN = distribution(back("Wi-Fi loss", seconds) for seconds in (3.0, 1.0, 2.0, 5.0, 4.0, 9.0, 8.0, 7.0, 6.0, 30.0))


def test_a_row_tells_its_cause():
    (row,) = TEN
    assert (row["cause"], row["number"]) == ("Wi-Fi loss", 10)
    assert (row["least"], row["median"], row["nine_tenths"], row["most"]) == (1.0, 5.5, 9.0, 30.0)
    assert row["seconds"] == sorted(row["seconds"])


@pytest.mark.parametrize(("number", "nine_tenths"), [(1, 1.0), (2, 2.0), (9, 9.0), (10, 9.0), (11, 10.0), (20, 18.0)])
def test_nine_of_ten_is_a_value_that_was_measured(number, nine_tenths):
    (row,) = distribution(back("reset", float(seconds)) for seconds in range(1, number + 1))
    assert row["nine_tenths"] == nine_tenths


def test_causes_stand_apart_and_in_order():
    rows = distribution([back("reset", 1.0, 0.001), back("Cable out", 2.0), back("reset", 3.0, 0.002)])
    assert [(row["cause"], row["number"], row["uncertainty"]) for row in rows] == [
        ("Cable out", 1, 0.0),
        ("reset", 2, 0.002),
    ]
    assert json.loads(json.dumps(rows)) == rows


def test_the_table_has_a_line_for_each_cause():
    text = table(distribution([back("reset", 1.234), back("x" * 60, 2.0)]), limit=30.0)
    assert "limit of the profile: 30 s" in text
    assert any(line.split() == ["reset", "1", "1.23", "1.23", "1.23", "1.23", "0.0000"] for line in text.splitlines())
    assert "x" * 42 + "… " in text
    assert max(map(len, text.splitlines())) <= 118


def test_the_plot_has_a_dot_for_each_return():
    root = ET.fromstring(svg([*TEN, *distribution([back("<reset> & more", 1.0)])], limit=30.0))  # noqa: S314 — our own
    assert len(list(root.iter(f"{SVG}circle"))) == 11
    assert "<reset> & more" in {text.text for text in root.iter(f"{SVG}text")}
    dots = [float(circle.get("cx")) for circle in root.iter(f"{SVG}circle")]
    assert dots == sorted(dots[:10]) + dots[10:]
    assert all(260 < dot < 820 for dot in dots)


@pytest.mark.parametrize(("most", "limit"), [(0.0, 30.0), (1e6, 30.0), (0.5, 0.1)])
def test_the_plot_bears_any_scale(most, limit):
    root = ET.fromstring(svg(distribution([back("reset", most)]), limit))  # noqa: S314 — our own
    ticks = [path for path in root.iter(f"{SVG}path") if path.get("stroke") == "#ddd"]
    assert 1 <= len(ticks) <= 9


def test_nothing_measured_says_nothing():
    assert (table([], 30.0), svg([], 30.0)) == ("", "")
