"""How the cloud puts a message on a line: whole and at once, or bent as a case wants it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from harness.wire.econduit import TERMINATOR


class Then(StrEnum):
    """What happens to the line after a message."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message's way onto a line.

    `body`: what stands in place of the message's own, None for its own. `ending`: what ends it, None for what the
    profile says. `after`: seconds of delay. `cuts`: offsets at which the bytes are split into pieces of their own,
    `gap` seconds apart. `hold`: keep it back until the next message on that line, and send both as one piece. `silent`:
    send nothing. `then`: what happens to the line afterwards."""

    body: bytes | None = None
    ending: bytes | None = None
    after: float = 0.0
    cuts: tuple[int, ...] = ()
    gap: float = 0.1
    hold: bool = False
    silent: bool = False
    then: Then = Then.KEEP

    def wire(self, body: bytes, ending: bytes) -> bytes:
        """The bytes of the message: its own body and ending, where the case has no other."""
        return (body if self.body is None else self.body) + (ending if self.ending is None else self.ending)

    def pieces(self, data: bytes) -> list[bytes]:
        """The bytes as the pieces they leave in; cuts outside of them fall away."""
        inside = sorted({cut for cut in self.cuts if 0 < cut < len(data)})
        return [data[start:end] for start, end in zip([0, *inside], [*inside, len(data)], strict=True)]


PLAIN = Delivery()
SILENCE = Delivery(silent=True)
UNTERMINATED = Delivery(ending=b"")
CRLF = Delivery(ending=b"\r\n")
BYTE_BY_BYTE = Delivery(cuts=tuple(range(1, 4096)))
HELD_FOR_NEXT = Delivery(hold=True)
CLOSE_AFTER = Delivery(then=Then.CLOSE)
RESET_AFTER = Delivery(then=Then.RESET)
CLOSE_INSTEAD = Delivery(silent=True, then=Then.CLOSE)
RESET_INSTEAD = Delivery(silent=True, then=Then.RESET)
GARBAGE = Delivery(body=bytes(range(0x80, 0x100)) + b"}{]\x00", ending=TERMINATOR)


def text(words: str, **how: object) -> Delivery:
    """Another text in place of the message."""
    return replace(PLAIN, body=words.encode(), **how)  # type: ignore[arg-type]


def late(seconds: float) -> Delivery:
    """The message itself, but late."""
    return replace(PLAIN, after=seconds)
