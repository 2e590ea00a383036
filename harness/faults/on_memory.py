"""The wire of the memory bench: the link of its host, harmed, and the link's own record as the witness."""

from __future__ import annotations

from harness.evidence.bench import Carrier
from harness.faults import as_frames
from harness.faults.moment import Moment, Toward
from harness.faults.on_link import LinkWire
from harness.faults.sightings import Passage, Seen, Sightings
from harness.faults.wire.fault import WireFault
from harness.rig.bench import Means
from harness.transports.link import Crossing, Link
from harness.transports.memory import WIRE, MemoryHost

MEANS = frozenset(
    {Means.CABLE, Means.WIRE, Means.RESETS, Means.STREAMS, Means.TIME_OUT, Means.UNREACHABLE, Means.NOT_RESOLVED}
)
"""What a bench in memory can do to its wire. Single packets are not among it: TCP is not played to the last segment."""


class MemoryWire(LinkWire):
    """Injector of the memory bench. The times that it reports are document seconds."""

    def __init__(self, host: MemoryHost) -> None:
        super().__init__(host)
        self._memory = host

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        """Put a fault in force an instant later, or when its moment comes."""
        self._memory.instant()
        super().begin(number, fault, moment, seed, scale)

    def end(self, number: int) -> None:
        """Take a fault out of force an instant later; what it lost is sent again, what it delays arrives."""
        self._memory.instant()
        super().end(number)

    def carrier(self, *, up: bool) -> None:
        """Implements `Link` of the nemesis: the carrier at the terminal's end."""
        self._memory.link.carrier(up=up)
        self._memory.record(WIRE, Carrier(up))


class LinkRecord:
    """Implements `Witness`: what the link itself has on record, whoever harmed it or did not."""

    name = "record of the link"

    def __init__(self, link: Link) -> None:
        self._link = link

    def saw(self, since: float, until: float) -> Sightings:
        """What crossed from one document second until before another, as frames."""
        passed, lost, forged = [], [], []
        for crossing in self._link.crossings:
            if crossing.entered is None:
                if crossing.left is not None and since <= crossing.left < until:
                    forged.append(_seen(crossing, crossing.left, leaving=True))
            elif since <= crossing.entered < until:
                entered = _seen(crossing, crossing.entered, leaving=False)
                if crossing.left is None:
                    lost.append(entered)
                else:
                    passed.append(Passage(entered, (_seen(crossing, crossing.left, leaving=True),)))
        carrier = tuple((at, up) for at, up in self._link.carriers if since <= at < until)
        return Sightings(since, until, tuple(passed), tuple(lost), tuple(forged), carrier)


def _seen(crossing: Crossing, at: float, *, leaving: bool) -> Seen:
    toward = Toward(crossing.piece.toward)
    beyond = Toward.CLOUD if toward is Toward.TERMINAL else Toward.TERMINAL
    return Seen(at, toward if leaving else beyond, leaving, as_frames.frame_of(crossing.piece).data)
