"""POS clients with one bad habit each: the suites must catch every one of them, and the conformant POS never.

A module here is a theme of the document, a class is a defect, and its name on the command line is the class's name in
kebab case. A defect is written as the engineer who made the mistake would have written it: it overrides the one rule it
breaks and inherits all others.
"""

from __future__ import annotations

from emulator.modulus.defects import displacement, handshake, heartbeat, messages, payment, reconnection, results
from emulator.modulus.defects.defect import Defect

THEMES = (handshake, reconnection, heartbeat, payment, results, messages, displacement)

DEFECTS: dict[str, type[Defect]] = {
    found.title(): found
    for theme in THEMES
    for found in vars(theme).values()
    if isinstance(found, type) and issubclass(found, Defect) and found.__module__ == theme.__name__
}
"""Every defect by its name."""
