"""What stood on both sides of the wire: frames that entered it, frames that left it, and which of them are the same.

A witness never asks the injector. It looks at what was captured on the two interfaces of the wire: a frame that
entered on one side and left unchanged on the other has passed; one that never left was lost; one that left and never
entered was forged, or changed on its way. Times are document seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.evidence.captured import Seen as Seen
from harness.evidence.captured import Toward


@dataclass(frozen=True, slots=True)
class Passage:
    """A frame that entered and left unchanged; more than once if it was duplicated. The delay is `left[0].at -
    entered.at`."""

    entered: Seen
    left: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Sightings:
    """What was seen from `since` to `until`, in order. `carrier`: the link at the terminal's end, as (at, up)."""

    since: float
    until: float
    passed: tuple[Passage, ...] = ()
    lost: tuple[Seen, ...] = ()
    forged: tuple[Seen, ...] = ()
    carrier: tuple[tuple[float, bool], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Sign:
    """Signs of a harm: how many, and the first one in words ("" for none)."""

    count: int = 0
    what: str = ""


NO_SIGN = Sign()


_DNS = (53).to_bytes(2)
_SOURCE, _DESTINATION = slice(34, 36), slice(36, 38)
_AUTHORITY = 0x04


def _about(seen: Seen, port: slice) -> bytes | None:
    """What a question and its answer have in common, both ends and the id; None for what has another port there."""
    data = seen.data
    if data[12:15] != b"\x08\x00\x45" or data[23:24] != b"\x11" or data[port] != _DNS or len(data) < 45:
        return None
    ends = sorted((data[26:30] + data[_SOURCE], data[30:34] + data[_DESTINATION]))
    return b"".join(ends) + data[42:44]


def _resolved(lost: Iterable[Seen], forged: Iterable[Seen]) -> set[Seen]:
    """Questions that never left, and the answers with authority to them that never entered."""
    asked: dict[bytes, list[Seen]] = defaultdict(list)
    for seen in lost:
        if about := _about(seen, _DESTINATION):
            asked[about].append(seen)
    found: set[Seen] = set()
    for answer in forged:
        if (about := _about(answer, _SOURCE)) and answer.data[44] & _AUTHORITY:
            # Of questions that were put again it answers the newest; those before it were lost indeed.
            questions = [one for one in asked[about] if one.at <= answer.at and one not in found]
            found.update([questions[-1], answer] if questions else [])
    return found


def sightings(
    frames: Sequence[Seen], carrier: Iterable[tuple[float, bool]], since: float, until: float, under_way: float = 0.0
) -> Sightings:
    """Match what entered with what left. `under_way`: seconds before the end of the capture in which a frame that has
    entered may still be inside the wire and does not count as lost.

    Of frames that are equal to the byte, as ARP requests are, the newest is the one that left: had it been an older
    one, every loss would be blamed on a frame that came long after it."""
    waiting: dict[tuple[Toward, bytes], list[int]] = defaultdict(list)
    entered: list[Seen] = []
    left: list[list[Seen]] = []
    forged: list[Seen] = []
    last: dict[tuple[Toward, bytes], int] = {}
    for seen in frames:
        key = (seen.toward, seen.data)
        if not seen.leaving:
            waiting[key].append(len(entered))
            entered.append(seen)
            left.append([])
        elif waiting[key]:
            number = last[key] = waiting[key].pop()
            left[number].append(seen)
        elif key in last:
            left[last[key]].append(seen)
        else:
            forged.append(seen)
    resolved = _resolved((seen for seen, out in zip(entered, left, strict=True) if not out), forged)
    newest = max((seen.at for seen in frames), default=until) - under_way
    inside = [(seen, out) for seen, out in zip(entered, left, strict=True) if since <= seen.at <= until]
    return Sightings(
        since,
        until,
        passed=tuple(Passage(seen, tuple(out)) for seen, out in inside if out),
        lost=tuple(seen for seen, out in inside if not out and seen.at <= newest and seen not in resolved),
        forged=tuple(seen for seen in forged if since <= seen.at <= until and seen not in resolved),
        carrier=tuple((at, up) for at, up in carrier if since <= at <= until),
    )
