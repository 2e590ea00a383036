"""When a harm begins: at a place in the dialogue, named by a message and how much of it still gets through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Toward(StrEnum):
    """The end of the wire that a frame is on its way to."""

    TERMINAL = "terminal"
    CLOUD = "cloud"


class Passed(StrEnum):
    """How much of the message gets through before the harm begins."""

    NOTHING = "nothing"
    FIRST_BYTE = "its first byte"
    BODY = "all but its terminator"
    WHOLE = "the whole message"


@dataclass(frozen=True, slots=True)
class Moment:
    """The next message `toward` an end whose bytes match `pattern`, and how much of it passes.

    `pattern`: a regular expression over the message's bytes as Latin-1 text, searched from its beginning; `label`: the
    moment as a reader of the trace would call it; `terminator`: the bytes that end a message, as Latin-1 text."""

    label: str
    toward: Toward
    pattern: str
    passed: Passed = Passed.WHOLE
    terminator: str = "\x04\x04"
