"""What a defect says of itself, beside what it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from emulator.terminal import Terminal
from harness.evidence.requirement import Requirement


class Defect(Terminal):
    """A terminal that breaks one rule; its docstring says which, in one sentence.

    `row`: of the fact sheet's table of plausible defects; `breaks`: the requirements a suite must find broken; `needs`:
    the settings without which the habit does not show, where the usual ones hide it."""

    row: ClassVar[int]
    breaks: ClassVar[tuple[Requirement, ...]]
    needs: ClassVar[Mapping[str, object]] = {}

    @classmethod
    def title(cls) -> str:
        """Its name on the command line: `OnlyOneTerminatorByte` is `only-one-terminator-byte`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
