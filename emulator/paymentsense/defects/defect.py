"""What a defect says of itself, beside what it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from emulator.paymentsense.epos import Epos
from harness.evidence.requirement import Requirement


class Defect(Epos):
    """An EPoS that breaks one rule; its docstring says which, in one sentence.

    `row`: of the fact sheet's table of plausible defects, 0 if it is ours; `breaks`: the requirements a suite must find
    broken; `needs`: the settings without which the habit does not show, where the usual ones hide it."""

    row: ClassVar[int]
    breaks: ClassVar[tuple[Requirement, ...]]
    needs: ClassVar[Mapping[str, object]] = {}

    @classmethod
    def title(cls) -> str:
        """Its name on the command line: `CancelIsFinal` is `cancel-is-final`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
