"""A measured value, how wrong it may be, and what that leaves to say against a limit.

Within its uncertainty of the limit a value is neither within nor beyond: whoever accuses there accuses the clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """Where a measured value stands to a limit."""

    WITHIN = "within"
    BEYOND = "beyond"
    TOO_CLOSE = "too close to tell"


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, and by how many of them the truth may lie to either side."""

    value: float
    uncertainty: float = 0.0

    def at_most(self, limit: float) -> Standing:
        """Against a limit that must not be exceeded."""
        return _standing(self.value - limit, self.uncertainty)

    def at_least(self, limit: float) -> Standing:
        """Against a limit that must be reached."""
        return _standing(limit - self.value, self.uncertainty)

    def told(self, places: int) -> str:
        """For a sentence: with so many decimal places, or as many as show the first digit of the uncertainty."""
        if not self.uncertainty:
            return f"{self.value:.{places}f} s"
        # Rounded up: an uncertainty is never told smaller than it is.
        places = max(places, min(6, -math.floor(math.log10(self.uncertainty))))
        shown = math.ceil(self.uncertainty * 10**places - 1e-9) / 10**places
        return f"{self.value:.{places}f} ± {shown:.{places}f} s"


def _standing(excess: float, uncertainty: float) -> Standing:
    if excess + uncertainty <= 0:
        return Standing.WITHIN
    return Standing.BEYOND if excess - uncertainty > 0 else Standing.TOO_CLOSE
