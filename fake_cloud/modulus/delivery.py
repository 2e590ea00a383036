"""How the gateway puts a message on a line: whole and at once, or bent as a case wants it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.wire import modulus


class Then(StrEnum):
    """What happens to the line after a message."""

    KEEP = "keep"
    CLOSE = "close"
    DROP = "drop"
    RESET = "reset"


class Gone:
    """In `Delivery.changes`: the member is left out."""

    def __repr__(self) -> str:
        return "GONE"


GONE = Gone()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message's way onto a line.

    `text`: what stands in place of the message's own, None for its own. `changes`: members by their dotted path, as
    `paymentResponse.amount`, with the value they get, or `GONE`. `after`: seconds of delay. `copies`: how often it is
    sent. `sizes`: bytes of its first fragments. `binary`: as a binary message. `silent`: send nothing. `then`: what
    happens to the line afterwards: a close frame, an end without one, a reset. `status`: of an HTTP reply."""

    text: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    after: float = 0.0
    copies: int = 1
    sizes: tuple[int, ...] = ()
    binary: bool = False
    silent: bool = False
    then: Then = Then.KEEP
    status: int | None = None

    def written(self, fields: Mapping[str, Any]) -> str:
        """The text that is sent in the message's place."""
        return modulus.build(changed(fields, self.changes)) if self.text is None else self.text


def changed(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A message with members changed; a path that leads into no object changes nothing."""
    whole = copy.deepcopy(dict(fields))
    for path, value in changes.items():
        *above, name = path.split(".")
        inner: Any = whole
        for part in above:
            inner = inner.get(part) if isinstance(inner, dict) else None
        if not isinstance(inner, dict):
            continue
        if isinstance(value, Gone):
            inner.pop(name, None)
        else:
            inner[name] = value
    return whole


PLAIN = Delivery()
SILENCE = Delivery(silent=True)
TWICE = Delivery(copies=2)
"""A duplicate right behind the message."""
