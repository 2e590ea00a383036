"""Defects of chapter B, connection and endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.econduit import (
    ECD_022,
    ECD_024,
    ECD_025,
    ECD_026,
    ECD_027,
    ECD_030,
    ECD_031,
    ECD_032,
    ECD_033,
    ECD_034,
    ECD_035,
    ECD_069,
    ECD_085,
    ECD_105,
)
from emulator.defects.defect import Defect
from emulator.uplink import Standing
from harness.wire.endpoint import Output


class NeverTriesSecondary(Defect):
    """The secondary endpoint is configured and never dialled."""

    row = 10
    breaks = (ECD_024,)

    def endpoints(self) -> list[str]:
        return super().endpoints()[:1]


class FallsBackOnlyWhenRefused(Defect):
    """The secondary is tried after a refusal only, not after a time-out, without a route or when a name fails."""

    row = 11
    breaks = (ECD_031,)

    def falls_back(self, why: str) -> bool:
        return why == "refused"


class StuckOnTimeout(Defect):
    """A dial that times out is repeated on the same endpoint; all other failures fall back."""

    row = 11
    breaks = (ECD_031,)

    def falls_back(self, why: str) -> bool:
        return why != "timed out"


class StuckOnUnresolvedName(Defect):
    """A name that does not resolve is asked for again and again; all other failures fall back."""

    row = 11
    breaks = (ECD_031,)

    def falls_back(self, why: str) -> bool:
        return why != "name not resolved"


class EndpointCompiledIn(Defect):
    """The first endpoints it ever saw are for good; what is provisioned later has no effect."""

    row = 12
    breaks = (ECD_025, ECD_026)

    def endpoints(self) -> list[str]:
        return self.flash.setdefault("endpoints", " ".join(super().endpoints())).split()


class GivesUp(Defect):
    """After five rounds in vain it dials no more until it is switched off and on."""

    row = 15
    breaks = (ECD_032, ECD_033)

    def back_off(self, now: float) -> Iterator[Output]:
        if self.failures < 5:
            yield from super().back_off(now)


class WaitsFiveMinutes(Defect):
    """A lost line is dialled again after a fixed wait of 300 s."""

    row = 16
    breaks = (ECD_027,)

    def reconnect(self, now: float) -> Iterator[Output]:
        self.standing = Standing.PAUSING
        yield from self.wake("redial", now + 300.0)

    def back_off(self, now: float) -> Iterator[Output]:
        yield from self.reconnect(now)


class NeverNoticesSilence(Defect):
    """Missing acks are not noticed: with the cable pulled it stays online for ever."""

    row = 20
    breaks = (ECD_030, ECD_035, ECD_069, ECD_105)

    def expects_ack(self) -> bool:
        return False


class ClosesAfterTransaction(Defect):
    """The line is closed after each transaction and dialled anew, as a payment host's line would be."""

    row = 27
    breaks = (ECD_022, ECD_085)

    def finish(self, now: float) -> Iterator[Output]:
        yield from super().finish(now)
        if self.standing is Standing.ONLINE:
            yield from self.hang_up()
            yield from self.line_lost(now)


class LeavesOldLineOpen(Defect):
    """A line it gives up itself is forgotten and not closed, so that two are open after a roam."""

    row = 30
    breaks = (ECD_034,)

    def hang_up(self, *, reset: bool = False) -> Iterator[Output]:  # noqa: ARG002
        yield from ()
