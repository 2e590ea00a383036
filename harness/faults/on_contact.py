"""The wire of a bench that has none: a cable that hangs at a contact, and can be pulled."""

from __future__ import annotations

from collections.abc import Callable

from harness.faults.injector import Began, Bit, Report
from harness.faults.moment import Moment
from harness.faults.wire.fault import WireFault
from harness.rig.bench import Means
from harness.transports.host import HarnessError

MEANS = frozenset({Means.CABLE})
"""What can be done to the wire of such a bench."""


class ContactWire:
    """Injector of a bench whose cable is its only means: the nemesis moves the contact (`Link`) when a harm begins.

    `clock`: seconds of the machine's monotonic clock. No moment of the dialogue can be awaited: nobody reads along."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.on_report: Callable[[Report], None] = lambda _: None

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:  # noqa: ARG002
        """Pull the cable. Raises HarnessError for any other harm, BenchError if the contact does not move."""
        if not fault.cuts_carrier or moment is not None:
            when = "" if moment is None else f" at: {moment.label}"
            raise HarnessError(f"{fault.name}{when}: this bench can pull the cable, at once, and do no other harm")
        at = self._clock()
        self.on_report(Began(number, at))
        self.on_report(Bit(number, at, "the cable"))

    def end(self, number: int) -> None:
        """Nothing is held here: the nemesis gives the carrier back."""

    def poll(self) -> None:
        """Nothing happens by itself."""

    def close(self) -> None:
        """Nothing is held here."""
