"""Defects of the connection's life (sheet, C)."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.modulus import (
    MOD_016,
    MOD_030,
    MOD_031,
    MOD_032,
    MOD_034,
    MOD_035,
    MOD_036,
    MOD_037,
    MOD_038,
    MOD_040,
)
from emulator.modulus.defects.defect import Defect
from emulator.modulus.link import Standing
from harness.wire.endpoint import Output
from harness.wire.framing import Malformed


class NeverReconnects(Defect):
    """A lost connection stays lost."""

    row = 7
    breaks = (MOD_030, MOD_031, MOD_032)

    def reconnect(self, now: float) -> Iterator[Output]:  # noqa: ARG002
        self.standing = Standing.PAUSING
        yield from ()


class StaysDownAfterAClose(Defect):
    """It reconnects after a loss, but takes a close frame for the end."""

    row = 7
    breaks = (MOD_031,)

    def closing(self, code: int | None, reason: str, now: float) -> Iterator[Output]:
        yield from super().closing(code, reason, now)
        yield from self.forget("redial")


class HammersADeadGateway(Defect):
    """However often it fails, the next attempt follows after two seconds."""

    row = 6
    breaks = (MOD_016, MOD_038)

    def reconnect(self, now: float) -> Iterator[Output]:
        yield from super().reconnect(now)
        yield from self.wake("redial", now + 2.0)


class OpensASecondSocket(Defect):
    """Its start-up runs twice, so that it opens a second socket while the first lives."""

    row = 8
    breaks = (MOD_034, MOD_036)
    is_doubled = False

    def connected(self, now: float) -> Iterator[Output]:
        yield from super().connected(now)
        if not self.is_doubled:
            self.is_doubled = True
            yield from self.dial(now)


class KeepsTheDeadSocket(Defect):
    """Without a pong it opens a new socket, and leaves the old one open beside it."""

    row = 8
    breaks = (MOD_036,)

    def dead(self, now: float) -> Iterator[Output]:
        yield from self.lost("dead: no pong", now)


class ExitsWithoutAGoodbye(Defect):
    """The application ends, and its socket with it."""

    row = 9
    breaks = (MOD_035,)

    def leave(self, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.forget(*self._timers.copy())
        yield from self.left()


class KeepsTheOldList(Defect):
    """The terminals are asked for once, not after a reconnect."""

    row = 31
    breaks = (MOD_037,)

    def connected(self, now: float) -> Iterator[Output]:
        if self.terminals:
            self.say("Connected")
            yield from self.recover(now)
        else:
            yield from super().connected(now)


class DiesOfABrokenFrame(Defect):
    """A frame that breaks the standard ends the client."""

    row = 32
    breaks = (MOD_040,)

    def broken(self, mistake: Malformed, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.crash()
