"""What a defect of the Adyen programme says of itself, beside what it does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from emulator.adyen.backend import Backend
from emulator.adyen.sender import Sender
from harness.evidence.requirement import Requirement


class Habit:
    """A bad one: a rule that is broken; its docstring says which, in one sentence.

    `row`: of the fact sheet's table of plausible defects, or above it; `breaks`: the requirements a suite must find
    broken; `needs`: the settings without which the habit does not show, where the usual ones hide it. `speaks`: the
    lowest and the highest version of TLS at its listener, as `ssl` has them; who puts it on a bench sees to it."""

    row: ClassVar[int]
    breaks: ClassVar[tuple[Requirement, ...]]
    needs: ClassVar[Mapping[str, object]] = {}
    speaks: ClassVar[tuple[str, str] | None] = None

    @classmethod
    def title(cls) -> str:
        """Its name on the command line: `OneDeviceIdForAll` is `one-device-id-for-all`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class BackendDefect(Habit, Backend):
    """A POS backend that breaks one rule."""


class SenderDefect(Habit, Sender):
    """A terminal that emits events and breaks one rule."""
