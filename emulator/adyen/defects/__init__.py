"""Backends and terminals with one bad habit each: the suites must catch every one of them, and the conformant never.

A module here is a theme, a class is a defect, and its name on the command line is the class's name in kebab case. A
defect is written as the engineer who made the mistake would have written it: it overrides the one rule it breaks and
inherits all others. Rows up to 34 are those of the fact sheet's table; a higher one is a mistake that it leaves out.
"""

from __future__ import annotations

from emulator.adyen.defects import configuring, meaning, receiving, results, sealed, sending
from emulator.adyen.defects.defect import BackendDefect, SenderDefect

THEMES = (receiving, meaning, results, sealed, configuring, sending)

ROWS = 34
"""How many rows the table has."""

DEFECTS: dict[str, type[BackendDefect] | type[SenderDefect]] = {
    found.title(): found
    for theme in THEMES
    for found in vars(theme).values()
    if isinstance(found, type)
    and issubclass(found, BackendDefect | SenderDefect)
    and found.__module__ == theme.__name__
    and not found.__name__.startswith("_")
}
"""Every defect by its name."""
