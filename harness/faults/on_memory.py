"""The wire of the memory bench: the link of its host, harmed, and the link's own record as the witness."""

from __future__ import annotations

from typing import ClassVar

from harness.evidence.bench import Carrier
from harness.faults import as_frames
from harness.faults.injector import Began, Report
from harness.faults.moment import Moment, Toward
from harness.faults.on_link import LinkWire
from harness.faults.sightings import Passage, Seen, Sightings
from harness.faults.wire.fault import WireFault
from harness.rig.bench import Means
from harness.transports.link import Crossing
from harness.transports.memory import WIRE, MemoryHost


class MemoryWire(LinkWire):
    """Injector of the memory bench, and its Witness too: that one asks the link for its record, never the injector.

    `means`: single packets are not among them, for TCP is not played to the last segment. The times that it reports
    are document seconds. A fault that cuts the carrier does so itself; the nemesis needs no Link."""

    means: ClassVar[frozenset[Means]] = frozenset(
        {Means.WIRE, Means.STREAMS, Means.TIME_OUT, Means.UNREACHABLE, Means.NOT_RESOLVED}
    )
    name = "record of the link"

    def __init__(self, host: MemoryHost) -> None:
        super().__init__(host)
        self._memory = host
        self._cut: set[int] = set()

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        """Put a fault in force at once, or when its moment comes."""
        self._memory.instant()
        if fault.cuts_carrier:
            self._cut.add(number)
        super().begin(number, fault, moment, seed, scale)

    def end(self, number: int) -> None:
        """Take a fault out of force; what it lost is sent again, what it delays arrives."""
        self._memory.instant()
        super().end(number)
        if number in self._cut:
            self._cut.discard(number)
            self._carrier(up=True)

    def tell(self, report: Report) -> None:
        super().tell(report)
        if isinstance(report, Began) and report.number in self._cut:
            self._carrier(up=False)

    def saw(self, since: float, until: float) -> Sightings:
        """What crossed the link from one document second until before another, as frames."""
        passed, lost, forged = [], [], []
        for crossing in self._memory.link.crossings:
            if crossing.entered is None:
                if crossing.left is not None and since <= crossing.left < until:
                    forged.append(_seen(crossing, crossing.left, leaving=True))
            elif since <= crossing.entered < until:
                entered = _seen(crossing, crossing.entered, leaving=False)
                if crossing.left is None:
                    lost.append(entered)
                else:
                    passed.append(Passage(entered, (_seen(crossing, crossing.left, leaving=True),)))
        carrier = tuple((at, up) for at, up in self._memory.link.carriers if since <= at < until)
        return Sightings(since, until, tuple(passed), tuple(lost), tuple(forged), carrier)

    def _carrier(self, *, up: bool) -> None:
        link = self._memory.link
        link.carrier(up=up)
        self._memory.record(WIRE, Carrier(link.carriers[-1][1]))


def _seen(crossing: Crossing, at: float, *, leaving: bool) -> Seen:
    toward = Toward(crossing.piece.toward)
    beyond = Toward.CLOUD if toward is Toward.TERMINAL else Toward.TERMINAL
    return Seen(at, toward if leaving else beyond, leaving, as_frames.frame_of(crossing.piece).data)
