"""What the emulator shows to people: its screens, its journal, its notices, and how they are written to a terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass

from harness.evidence.bench import Journal, Screen

POS_ONLINE = "POS Online"
"""The idle text while registered, in these words and this case (clause "User Feedback", ECD-101, 104)."""

POS_OFFLINE = "POS Offline"
"""The idle text without a registration (ECD-102, 104)."""

PLEASE_WAIT = "PLEASE WAIT"


@dataclass(frozen=True, slots=True)
class Notice:
    """A word to the technician, beside the screen and not on it (ECD-058)."""

    text: str


def screen(text: str, colour: str, in_colour: bool) -> Screen:
    """What the display shows; a monochrome one has no colour to tell (open point 14)."""
    return Screen(text, colour if in_colour else "")


def written(body: object) -> str | None:
    """The JSON line for a screen or a journal entry, as a bench reads them from the DUT; None for anything else."""
    match body:
        case Screen(text, colour):
            return json.dumps({"screen": {"text": text, "colour": colour}})
        case Journal(reference, charge):
            return json.dumps({"journal": {"reference": reference, "charge": charge}})
        case _:
            return None
