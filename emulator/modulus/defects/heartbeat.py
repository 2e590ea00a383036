"""Defects of the heartbeat (sheet, F)."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.modulus import (
    MOD_078,
    MOD_080,
    MOD_081,
    MOD_082,
    MOD_083,
    MOD_084,
    MOD_085,
    MOD_087,
    MOD_088,
    MOD_089,
    MOD_090,
    MOD_091,
)
from emulator.modulus.defects.defect import Defect
from emulator.modulus.link import Standing
from harness.wire import websocket
from harness.wire.endpoint import Output, Send
from harness.wire.websocket_frames import Pong


class ControlPingsOnly(Defect):
    """It pings by the control frame of the WebSocket, and takes its pong for the gateway's."""

    row = 10
    breaks = (MOD_080, MOD_090)

    def ping(self) -> Iterator[Output]:
        yield Send(self.line, self.client.ping())

    def heard(self, seen: websocket.Seen, now: float) -> Iterator[Output]:
        if isinstance(seen, Pong):
            yield from self.hear_pong()
        yield from super().heard(seen, now)


class NoHeartbeat(Defect):
    """It never pings."""

    row = 11
    breaks = (MOD_080, MOD_087)

    def start_heartbeat(self, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class PingsEveryFiveMinutes(Defect):
    """The interval is ten times too long."""

    row = 11
    breaks = (MOD_080, MOD_081)

    def ping_period(self) -> float:
        return 10.0 * super().ping_period()


class PingsEveryMinute(Defect):
    """The interval is twice what is recommended."""

    row = 11
    breaks = (MOD_081,)

    def ping_period(self) -> float:
        return 2.0 * super().ping_period()


class IgnoresAMissingPong(Defect):
    """Nobody looks whether a pong comes, and it shows `Online` for ever."""

    row = 12
    breaks = (MOD_083,)

    def await_pong(self, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class StaysDownWithoutAPong(Defect):
    """A connection without a pong is ended, and that is that."""

    row = 12
    breaks = (MOD_084,)

    def dead(self, now: float) -> Iterator[Output]:
        yield from super().dead(now)
        yield from self.forget("redial")


class WaitsLongForAPong(Defect):
    """A pong may take half a minute."""

    row = 12
    breaks = (MOD_082,)

    def await_pong(self, now: float) -> Iterator[Output]:
        if "pong" not in self._timers:
            yield from self.wake("pong", now + 3.0 * self.settings.pong_within)


class EveryPingGivesGrace(Defect):
    """Each ping winds the one timer up again, as in the sample, and for longer than until the next ping."""

    row = 12
    breaks = (MOD_083,)

    def await_pong(self, now: float) -> Iterator[Output]:
        yield from self.wake("pong", now + 1.5 * self.ping_period())


class PongDoesNotCount(Defect):
    """A pong does not stop the timer, so that a healthy connection is dropped after each ping."""

    row = 13
    breaks = (MOD_085,)

    def hear_pong(self) -> Iterator[Output]:
        yield from ()


class ATimerPerConnection(Defect):
    """The timer of a connection is not stopped when it closes, and each new one brings its own."""

    row = 14
    breaks = (MOD_088,)
    started = 0

    def start_heartbeat(self, now: float) -> Iterator[Output]:
        self.started += 1
        yield from self.wake(f"beat {self.started}", now + self.ping_period())

    def stop_heartbeat(self) -> Iterator[Output]:
        yield from self.forget("pong")

    def woke(self, name: str, now: float) -> Iterator[Output]:
        if name.startswith("beat "):
            if self.standing is Standing.ONLINE:
                yield from self.ping()
                yield from self.await_pong(now)
            yield from self.wake(name, now + self.ping_period())
        else:
            yield from super().woke(name, now)


class RestsDuringAPayment(Defect):
    """While a payment runs there are no pings."""

    row = 15
    breaks = (MOD_089,)

    def ping(self) -> Iterator[Output]:
        if not self.book.sales("pending"):
            yield from super().ping()

    def await_pong(self, now: float) -> Iterator[Output]:
        if not self.book.sales("pending"):
            yield from super().await_pong(now)


class IgnoresControlPings(Defect):
    """Pings of the gateway's WebSocket are not answered."""

    row = 32
    breaks = (MOD_091,)

    def answer_ping(self, payload: bytes) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class BlocksDuringAPayment(Defect):
    """While a payment runs its dialog has the only thread: no ping of the gateway is answered."""

    row = 32
    breaks = (MOD_078, MOD_091)

    def answer_ping(self, payload: bytes) -> Iterator[Output]:
        if not self.book.sales("pending"):
            yield from super().answer_ping(payload)
