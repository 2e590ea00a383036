"""What to say, in a capture file, of the frames that harm touched: found by comparing both ends of the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.evidence.bench import FaultBegan, FaultEnded
from harness.evidence.captured import Seen
from harness.evidence.segment import ETHERNET, IPV4
from harness.evidence.trace import Trace
from harness.faults.sightings import Sightings, sightings
from harness.wire.endpoint import Hearing, Listen

HELD = 0.005
"""Wall seconds that a frame may take through a wire which does it no harm, on a busy machine."""

LEARNED = 0.05
"""Wall seconds that the harness may learn later of a beginning than it was."""

UDP, DNS = 17, b"\x00\x35"

OUT_OF_REACH = (Hearing.UNREACHABLE, Hearing.NOT_RESOLVED)
"""What a listener is only by harm to the wire."""


@dataclass(frozen=True, slots=True)
class Harmed:
    """A harm to the wire was in force. Document seconds."""

    name: str
    since: float
    until: float


def harms(trace: Trace) -> list[Harmed]:
    """The harms to the wire that a trace tells of, those by which a listener was out of reach too."""
    begun: dict[str, Harmed] = {}
    found: list[Harmed] = []
    for event in trace:
        match event.body:
            case FaultBegan(fault, "wire"):
                begun[fault] = Harmed(fault, event.at, float("inf"))
            case FaultEnded(fault) if fault in begun:
                found.append(replace(begun.pop(fault), until=event.at))
            case Listen(at, hearing):
                if at in begun:
                    found.append(replace(begun.pop(at), until=event.at))
                if hearing in OUT_OF_REACH:
                    begun[at] = Harmed(f"{at}: {hearing}", event.at, float("inf"))
            case _:
                pass
    return [*found, *begun.values()]


def comments(frames: Sequence[Seen], harms: Sequence[Harmed], scale: float = 1.0) -> dict[int, list[str]]:
    """What is to be said of each frame that did not pass as it came, by its place in `frames`.

    `harms`: those in force meanwhile; `scale`: document seconds in a wall second."""
    held = HELD * scale
    place = {id(seen): number for number, seen in enumerate(frames)}
    told: dict[int, list[str]] = {}
    for seen, what in _touched(sightings(frames, (), float("-inf"), float("inf"), under_way=held), held):
        during = [harm.name for harm in harms if harm.since - LEARNED * scale <= seen.at <= harm.until]
        if not during and _asks_for_a_name(seen):
            what = f"{what}; the harness answers for names inside the wire"
        told.setdefault(place[id(seen)], []).append(f"{what}; in force: {', '.join(during) or 'no harm'}")
    return told


def _asks_for_a_name(seen: Seen) -> bool:
    """Whether the frame is a DNS query or its answer."""
    at = ETHERNET + (seen.data[14:15] or b"\0")[0] % 16 * 4
    ports = seen.data[at : at + 2], seen.data[at + 2 : at + 4]
    return seen.data[12:14] == IPV4 and seen.data[23] == UDP and DNS in ports


def _touched(all: Sightings, held: float) -> list[tuple[Seen, str]]:
    found = [(seen, "entered the wire and never left it") for seen in all.lost]
    found += [(seen, "left the wire and never entered it: forged, or changed on its way") for seen in all.forged]
    for passage in all.passed:
        taken = passage.left[0].at - passage.entered.at
        if taken > held:
            found.append((passage.left[0], f"held in the wire for {taken:.6f} s"))
        found += [(again, "left the wire once more") for again in passage.left[1:]]
    return found
