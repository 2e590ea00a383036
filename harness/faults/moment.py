"""When a harm begins: at a place in the dialogue, named by a message and how much of it still gets through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from harness.evidence.captured import Toward as Toward


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


LONGEST = 1 << 16
"""Bytes of one message that are searched; a longer one is let pass."""


class Watch:
    """Watches the bytes of one line toward the moment's end until the moment comes."""

    def __init__(self, moment: Moment) -> None:
        self._pattern = re.compile(moment.pattern.encode("latin-1"))
        self._terminator = moment.terminator.encode("latin-1")
        self._passed = moment.passed
        self._message = b""

    def cut(self, data: bytes) -> int | None:
        """Feed the next bytes; how many of them still pass, or None if the moment has not come with them.

        A message whose first bytes came in an earlier piece is cut at the beginning of this one at the soonest."""
        before = len(self._message)
        buffer = self._message + data
        start = 0
        while (end := buffer.find(self._terminator, start)) >= 0:
            if self._pattern.search(buffer[start:end]):
                return max(0, start + self._wanted(end - start) - before)
            start = end + len(self._terminator)
        rest = buffer[start:]
        if self._passed in (Passed.NOTHING, Passed.FIRST_BYTE) and self._pattern.search(rest):
            return max(0, start + self._wanted(len(rest)) - before)
        self._message = rest[-LONGEST:]
        return None

    def _wanted(self, body: int) -> int:
        return {
            Passed.NOTHING: 0,
            Passed.FIRST_BYTE: 1,
            Passed.BODY: body,
            Passed.WHOLE: body + len(self._terminator),
        }[self._passed]
