"""Verdicts, and the findings that alone may accuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Verdict(IntEnum):
    """The five verdicts of the trade (TTCN-3); the worst is the greatest.

    NONE: nothing was judged. PASS: the requirement is met. INCONC: the trace does not decide. FAIL: the DUT broke the
    requirement. ERROR: the bench or the harness broke, and nothing is said about the DUT."""

    NONE = 0
    PASS = 1
    INCONC = 2
    FAIL = 3
    ERROR = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check concluded from one trace.

    `expected` and `actual` are sentences for a reader who has the requirement before him; `evidence` holds indices of
    the events that show it. `warning`: a SHOULD was broken; the verdict stays PASS and the report lists it."""

    verdict: Verdict
    expected: str
    actual: str
    evidence: tuple[int, ...] = ()
    warning: bool = False


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; NONE for none at all."""
    return max(verdicts, default=Verdict.NONE)
