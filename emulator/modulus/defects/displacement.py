"""Defects of being displaced by another POS (sheet, E)."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.modulus import MOD_076, MOD_077
from emulator.modulus.defects.defect import Defect
from emulator.modulus.link import Standing
from harness.wire.endpoint import Close, Output


class FightsForTheConnection(Defect):
    """Displaced, it connects again at once, and the other till does likewise."""

    row = 25
    breaks = (MOD_077,)

    def displaced(self, reason: str, now: float) -> Iterator[Output]:
        yield from super().displaced(reason, now)
        yield from self.dial(now)


class ReconnectsAfterADisplacement(Defect):
    """A displacement is a loss like any other: it connects again after the usual pause."""

    row = 25
    breaks = (MOD_077,)

    def displaced(self, reason: str, now: float) -> Iterator[Output]:
        yield from super().displaced(reason, now)
        yield from self.reconnect(now)


class SwallowsTheDisplacement(Defect):
    """A forceDisconnect has no handler: it shows `Online` for ever, on a connection that is gone."""

    row = 26
    breaks = (MOD_076,)

    def displaced(self, reason: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.stop_heartbeat()
        yield Close(self.line)
        self.line = 0

    def send(self, text: str) -> Iterator[Output]:
        if self.line:
            yield from super().send(text)


class HidesTheReason(Defect):
    """It stays away, and does not tell the user why."""

    row = 26
    breaks = (MOD_076,)

    def displaced(self, reason: str, now: float) -> Iterator[Output]:
        yield from super().displaced(reason, now)
        self.say("No connection")
        self.standing = Standing.DISPLACED
