"""EPoS with one bad habit each: the suites must catch every one of them, and the conformant EPoS never.

A module here is a chapter of the catalogue or a part of one, a class is a defect, and its name on the command line is
the class's name in kebab case. Each is written as the engineer who made the mistake would have written it.
"""

from __future__ import annotations

from emulator.paymentsense.defects import address, liveness, messages, outcomes, sales, tables
from emulator.paymentsense.defects.defect import Defect

CHAPTERS = (address, messages, liveness, sales, outcomes, tables)

DEFECTS: dict[str, type[Defect]] = {
    found.title(): found
    for chapter in CHAPTERS
    for found in vars(chapter).values()
    if isinstance(found, type) and issubclass(found, Defect) and found.__module__ == chapter.__name__
}
"""Every defect by its name."""
