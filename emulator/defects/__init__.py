"""Terminals with one bad habit each: the suites must catch every one of them, and the conformant terminal never.

A module here is a chapter of the document, a class is a defect, and its name on the command line is the class's name in
kebab case. A defect is written as the engineer who made the mistake would have written it: it overrides the one rule it
breaks and inherits all others.
"""

from __future__ import annotations

from emulator.defects import connection, feedback, framing, heartbeat, outage, power, registration, transactions
from emulator.defects.defect import Defect

CHAPTERS = (framing, connection, registration, heartbeat, transactions, feedback, outage, power)

DEFECTS: dict[str, type[Defect]] = {
    found.title(): found
    for chapter in CHAPTERS
    for found in vars(chapter).values()
    if isinstance(found, type) and issubclass(found, Defect) and found.__module__ == chapter.__name__
}
"""Every defect by its name."""
