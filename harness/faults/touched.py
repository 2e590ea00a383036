"""What to say, in a capture file, of the frames that harm touched: found by comparing both ends of the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.evidence.bench import FaultBegan, FaultEnded
from harness.evidence.captured import Seen
from harness.evidence.trace import Trace
from harness.faults.sightings import Sightings, sightings

HELD = 0.005
"""Wall seconds that a frame may take through a wire which does it no harm, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Harmed:
    """A harm to the wire was in force. Document seconds."""

    name: str
    since: float
    until: float


def harms(trace: Trace) -> list[Harmed]:
    """The harms to the wire that a trace tells of."""
    begun: dict[str, float] = {}
    found: list[Harmed] = []
    for event, body in trace.heard("nemesis", FaultBegan, FaultEnded):
        if isinstance(body, FaultBegan) and body.on == "wire":
            begun[body.fault] = event.at
        elif isinstance(body, FaultEnded) and body.fault in begun:
            found.append(Harmed(body.fault, begun.pop(body.fault), event.at))
    return [*found, *(Harmed(name, since, trace.end) for name, since in begun.items())]


def comments(frames: Sequence[Seen], harms: Sequence[Harmed], scale: float = 1.0) -> dict[int, list[str]]:
    """What is to be said of each frame that did not pass as it came, by its place in `frames`.

    `harms`: those in force meanwhile; `scale`: document seconds in a wall second."""
    held = HELD * scale
    place = {id(seen): number for number, seen in enumerate(frames)}
    told: dict[int, list[str]] = {}
    for seen, what in _touched(sightings(frames, (), float("-inf"), float("inf"), under_way=held), held):
        during = [harm.name for harm in harms if harm.since <= seen.at <= harm.until]
        told.setdefault(place[id(seen)], []).append(f"{what}; in force: {', '.join(during) or 'no harm'}")
    return told


def _touched(all: Sightings, held: float) -> list[tuple[Seen, str]]:
    found = [(seen, "entered the wire and never left it") for seen in all.lost]
    found += [(seen, "left the wire and never entered it: forged, or changed on its way") for seen in all.forged]
    for passage in all.passed:
        taken = passage.left[0].at - passage.entered.at
        if taken > held:
            found.append((passage.left[0], f"held in the wire for {taken:.6f} s"))
        found += [(again, "left the wire once more") for again in passage.left[1:]]
    return found
