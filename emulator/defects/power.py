"""Defects that only the mains show: what a terminal has not kept through a cut, and what it should not have kept."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from catalogue.econduit import ECD_040, ECD_041, ECD_042, ECD_048, ECD_055, ECD_087, ECD_106
from emulator.defects.defect import Defect
from emulator.ledger import Ledger
from emulator.settings import Settings
from emulator.uplink import Standing
from harness.evidence.bench import Screen
from harness.wire.endpoint import Output, Send

if TYPE_CHECKING:
    from random import Random

STARTS, ONLINE = "starts", "online"
"""Where in the flash a start counts itself, and where a registration leaves its mark."""


class IdCountsStarts(Defect):
    """From the second start on their number stands behind TerminalID, so that no line is taken for an older one."""

    row = 31
    breaks = (ECD_048,)

    def __init__(self, settings: Settings, flash: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, flash, rng)
        self.starts = flash.get(STARTS, "")
        flash[STARTS] = str(int(self.starts or "0") + 1)

    def terminal_id(self) -> str:
        return super().terminal_id() + self.starts


class AsksForAKeyAfterACut(Defect):
    """A start after an unclean stop shows a question that nobody is there to answer, and no mains stop cleanly."""

    row = 34
    breaks = (ECD_040,)

    def dial_round(self, now: float) -> Iterator[Output]:
        if ONLINE not in self.flash or self.standing is not Standing.OFF:
            yield from super().dial_round(now)

    def registered(self, now: float) -> Iterator[Output]:
        self.flash[ONLINE] = "yes"
        yield from super().registered(now)


class StaysInItsBootLoader(Defect):
    """After four starts none of which lived to a heartbeat it takes its software for broken, and waits for another."""

    row = 34
    breaks = (ECD_040,)

    def dial_round(self, now: float) -> Iterator[Output]:
        if self.standing is Standing.OFF:
            self.flash[STARTS] = str(int(self.flash.get(STARTS, "0")) + 1)
        if int(self.flash[STARTS]) <= 4:
            yield from super().dial_round(now)

    def beat(self, now: float) -> Iterator[Output]:
        self.flash[STARTS] = "0"
        yield from super().beat(now)


class BeatsBeforeItRegisters(Defect):
    """It takes up where the mains left it: with the heartbeat that was due, and then with its registration."""

    row = 35
    breaks = (ECD_041, ECD_042)

    def registered(self, now: float) -> Iterator[Output]:
        self.flash[ONLINE] = "yes"
        yield from super().registered(now)

    def greet(self, now: float) -> Iterator[Output]:
        if self.flash.pop(ONLINE, None) is not None:
            yield Send(self.line, self.heartbeat())
        yield from super().greet(now)


class ScreenFromFlash(Defect):
    """The idle text is kept over a cut, and shown from the first moment of a start until the cloud has answered."""

    row = 19
    breaks = (ECD_055, ECD_106)

    def registered(self, now: float) -> Iterator[Output]:
        self.flash[ONLINE] = "yes"
        yield from super().registered(now)

    def line_lost(self, now: float) -> Iterator[Output]:
        self.flash.pop(ONLINE, None)
        yield from super().line_lost(now)

    def rejected(self, now: float) -> Iterator[Output]:
        self.flash.pop(ONLINE, None)
        yield from super().rejected(now)

    def screen(self) -> Screen:
        return self.online_screen() if ONLINE in self.flash and self.running is None else super().screen()


class OutcomesInRam(Defect):
    """What it has charged is kept where a cut takes it away: an order that is given again is charged again."""

    row = 28
    breaks = (ECD_087,)

    def __init__(self, settings: Settings, flash: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, flash, rng)
        self.ledger = Ledger({})
