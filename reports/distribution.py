"""How soon the terminal was back after each cause of a loss: a table for people, rows for machines, a plot for both.

"As quick as possible" has no figure in the document, so a verdict alone would tell a reader too little: every return
that was measured is shown, in document seconds, with what it may be wrong by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from statistics import median
from typing import TypedDict

from harness.checks.outage import Reconnect


class ReturnsLine(TypedDict):
    """The returns after one cause. Times in document seconds; `uncertainty`: the largest of any of them."""

    cause: str
    number: int
    least: float
    median: float
    nine_tenths: float  # nine of ten were back by then
    most: float
    uncertainty: float
    seconds: list[float]  # all of them, the shortest first


PLACES = 3
"""Decimal places of a time: milliseconds, which is what a wire's stamps are good for."""


def distribution(found: Iterable[Reconnect]) -> list[ReturnsLine]:
    """A row for each cause, in the order of the alphabet."""
    causes: dict[str, list[Reconnect]] = {}
    for one in found:
        causes.setdefault(one.cause, []).append(one)
    return [_row(cause, causes[cause]) for cause in sorted(causes, key=str.casefold)]


def _row(cause: str, found: Sequence[Reconnect]) -> ReturnsLine:
    seconds = sorted(round(one.seconds, PLACES) for one in found)
    return {
        "cause": cause,
        "number": len(seconds),
        "least": seconds[0],
        "median": round(median(seconds), PLACES),
        "nine_tenths": seconds[-(-9 * len(seconds) // 10) - 1],
        "most": seconds[-1],
        "uncertainty": round(max(one.uncertainty for one in found), 6),
        "seconds": seconds,
    }


# ---- For people ------------------------------------------------------------------------------------------------------

_COLUMNS = "  {:<44}{:>7}{:>10}{:>10}{:>10}{:>10}{:>12}"
_HEAD = ("back after", "times", "least", "median", "9 of 10", "most", "± s")


def table(rows: Sequence[ReturnsLine], limit: float) -> str:
    """The rows as text, 103 columns wide; "" if nothing was measured. `limit`: the profile's, in document seconds."""
    if not rows:
        return ""
    lines = [f"Measured: seconds until the terminal was registered again (limit of the profile: {limit:g} s)", ""]
    lines.append(_COLUMNS.format(*_HEAD))
    for row in rows:
        cause = row["cause"] if len(row["cause"]) <= 43 else row["cause"][:42] + "…"
        figures = (f"{row[key]:.2f}" for key in ("least", "median", "nine_tenths", "most"))
        lines.append(_COLUMNS.format(cause, row["number"], *figures, f"{row['uncertainty']:.4f}"))
    return "\n".join(lines) + "\n\n"


# ---- The plot --------------------------------------------------------------------------------------------------------

_LEFT, _WIDTH, _RIGHT, _TOP, _PITCH = 260, 560, 60, 44, 26
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_MOST_TICKS = 8


def svg(rows: Sequence[ReturnsLine], limit: float) -> str:
    """The rows as a plot: a line for each cause, a dot for each return, a stroke at its median, a dashed line at the
    limit. A complete SVG document without scripts or fonts of its own; "" if nothing was measured."""
    if not rows:
        return ""
    longest = max(limit, *(row["most"] for row in rows)) * 1.05
    bottom = _TOP + _PITCH * len(rows)

    def x(seconds: float) -> float:
        return round(_LEFT + _WIDTH * seconds / longest, 1)

    step = next((step for step in _STEPS if longest / step <= _MOST_TICKS), longest / _MOST_TICKS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + _RIGHT}" height="{bottom + 44}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        "<title>How soon the terminal was registered again</title>",
        f'<rect width="{_LEFT + _WIDTH + _RIGHT}" height="{bottom + 44}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">seconds until registered again, by cause</text>',
    ]
    for number in range(int(longest / step) + 1):
        at = x(number * step)
        parts.append(f'<path d="M{at} {_TOP - 10}V{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{at}" y="{bottom + 16}" text-anchor="middle">{number * step:g}</text>')
    parts.append(f'<path d="M{x(limit)} {_TOP - 10}V{bottom}" stroke="#c00" stroke-dasharray="5 3"/>')
    told = f"limit {limit:g} s from when the loss can be noticed"
    parts.append(f'<text x="{x(limit)}" y="{bottom + 34}" text-anchor="middle" fill="#c00">{told}</text>')
    for number, row in enumerate(rows):
        y = _TOP + _PITCH * number + _PITCH // 2
        parts.append(f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(row["cause"][:38])}</text>')
        parts.append(f'<path d="M{x(row["least"])} {y}H{x(row["most"])}" stroke="#9bd"/>')
        parts += [f'<circle cx="{x(one)}" cy="{y}" r="4" fill="#058" fill-opacity=".5"/>' for one in row["seconds"]]
        parts.append(f'<path d="M{x(row["median"])} {y - 8}V{y + 8}" stroke="#024" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
