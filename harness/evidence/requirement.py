"""One sentence of a governing document that a party is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Seen(StrEnum):
    """How compliance with a requirement can be observed."""

    WIRE = "wire"
    DISPLAY = "display"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Condition:
    """An ICS item and the answers that make a requirement apply, with the words the plan prints when they do not.

    `item` is the attribute of the programme's ICS, `wanted` the values under which the requirement applies."""

    item: str
    wanted: tuple[object, ...] = (True,)


@dataclass(frozen=True, slots=True)
class Requirement:
    """`binds`: the party it holds (T terminal, C cloud, POS, tester); `when`: all must hold, else *not applicable*.

    `seen` is empty for a requirement that nobody can observe; `why_unseen` then says why. `implied`: not written in the
    document, but follows from it."""

    id: str
    text: str
    clause: str
    level: Level = Level.MUST
    binds: tuple[str, ...] = ("T",)
    implied: bool = False
    when: tuple[Condition, ...] = ()
    seen: tuple[Seen, ...] = (Seen.WIRE,)
    why_unseen: str = ""
    source: str = "seed"

    def __str__(self) -> str:
        return self.id


def _at(level: Level) -> Callable[..., Requirement]:
    def requirement(
        id: str,
        text: str,
        clause: str,
        *,
        binds: tuple[str, ...] = ("T",),
        implied: bool = False,
        when: tuple[Condition, ...] = (),
        seen: tuple[Seen, ...] = (Seen.WIRE,),
        why_unseen: str = "",
        source: str = "seed",
    ) -> Requirement:
        return Requirement(id, text, clause, level, binds, implied, when, seen, why_unseen, source)

    return requirement


MUST = _at(Level.MUST)
SHOULD = _at(Level.SHOULD)
MAY = _at(Level.MAY)
