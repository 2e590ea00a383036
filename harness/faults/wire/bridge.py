"""The wire itself: frames from one end to the other, through the rules in force.

A frame that enters passes the rules in the order of their beginning, as if each were a box of its own in the cable:
what one lets through the next one sees, now or, if it was delayed, when it is due. Behind the last box stand those who
wait for a moment; so a moment comes with what really leaves the wire, and the harm that it begins is the last box.
Then stands the resolver, and then the other end.

With no rule in force and nobody waiting a frame takes the shortest path there is: received, looked at if it is TCP,
sent. The Bridge knows no loop and no process: whoever owns the ends calls `drain` when there is something to read,
and `release` at the time that `alarm` was told.
"""

from __future__ import annotations

import errno
import math
import random
import time
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol

from harness.faults.injector import Began, Bit, Broke, Report
from harness.faults.moment import Moment, Toward
from harness.faults.wire.fault import WireFault
from harness.faults.wire.flows import FlowTable
from harness.faults.wire.frame import TCP, UDP, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.faults.wire.sentry import Sentry, part
from harness.transports.host import HarnessError

BATCH = 64
"""Frames that are carried in one wake-up before the other end has its turn."""

MOST_BATCHES = 64
"""Batches that are carried at once before a harm begins; a flood may go on longer than that."""

LONGEST = 1 << 16
"""Bytes of the longest frame."""

MOST_HELD = 20_000
"""Delayed frames inside the wire; a rule that would hold more breaks."""

MOST_BITES = 1000
"""Bites of one fault that are reported one by one; those after them are counted."""

UNPLUGGED = frozenset({errno.ENETDOWN, errno.ENXIO, errno.ENODEV})
"""What a socket says whose interface is down, or was taken away: no cable is plugged in there."""

DOMAIN = (53).to_bytes(2)
"""The port that names are asked at, where it stands in a frame whose IP header has no options."""

_OTHER = {Toward.TERMINAL: Toward.CLOUD, Toward.CLOUD: Toward.TERMINAL}


class Port(Protocol):
    """One end of the wire: a non-blocking socket that carries frames."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...


class Resolver(Protocol):
    """Who answers what is asked of the wire itself."""

    def answer(self, frame: Frame) -> bytes | None:
        """The answer to a UDP frame to port 53; None for a question that others are to answer."""


class _Harm:
    """A fault that is armed, in force, or broken. `order`: its place among the rules."""

    def __init__(self, number: int, fault: WireFault, scene: Scene, sentry: Sentry | None) -> None:
        self.number = number
        self.fault = fault
        self.scene = scene
        self.sentry = sentry
        self.rule: Rule | None = None
        self.order = 0
        self.bites = 0


class Bridge:
    """Joins two ends.

    `report` is told what happens to faults, `alarm` the time at which `release` is to be called next; `clock` is the
    monotonic one, and `stamp(port)` the time on it at which the frame that was read last from a port came in."""

    def __init__(
        self,
        terminal: Port,
        cloud: Port,
        *,
        report: Callable[[Report], None],
        alarm: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        stamp: Callable[[Port], float] | None = None,
    ) -> None:
        self.flows = FlowTable()
        self.resolver: Resolver | None = None
        self.lost = 0
        """Frames that could not be sent although a cable was plugged in: no room, or too long."""
        self._ports = {Toward.TERMINAL: terminal, Toward.CLOUD: cloud}
        self._report = report
        self._alarm = alarm
        self._clock = clock
        self._stamp = stamp
        self._reading: Port | None = None
        self._harms: dict[int, _Harm] = {}
        self._rules: tuple[_Harm, ...] = ()
        self._armed: tuple[_Harm, ...] = ()
        self._order = 0
        self._held: list[tuple[float, int, int, Out]] = []
        self._serial = 0
        self._ahead = 0.0

    @property
    def held(self) -> int:
        """Delayed frames that are inside the wire now."""
        return len(self._held)

    @property
    def next_due(self) -> float:
        """Seconds until the next delayed frame goes; infinity if there is none."""
        return max(0.0, self._held[0][0] - self._now()) if self._held else math.inf

    def advance(self, seconds: float) -> None:
        """Time passes at once, for delayed frames and for rules: the clock of the bench has jumped."""
        self._ahead += seconds
        self.release()

    def _now(self) -> float:
        """The monotonic clock, ahead of itself by all that was jumped over."""
        return self._clock() + self._ahead

    # ---- Carrying ----------------------------------------------------------------------------------------------------

    def drain(self, side: Toward) -> bool:
        """Carry what has come in at one end, at most BATCH frames; whether there may be more."""
        toward = _OTHER[side]
        recv, send, passed = self._ports[side].recv, self._ports[toward].send, self.flows.passed
        self._reading = self._ports[side]
        try:
            for _ in range(BATCH):
                try:
                    data = recv(LONGEST)
                except BlockingIOError:
                    return False
                protocol = data[23] if len(data) > 23 else 0
                if self._rules or self._armed:
                    if protocol == TCP:
                        self.flows.entered(data, toward)
                    self._pass(Frame(data, toward), 0)
                    continue
                if protocol == TCP:
                    passed(data, toward)
                elif protocol == UDP and data[36:38] == DOMAIN and self._answered(Frame(data, toward)):
                    continue
                try:
                    send(data)
                except OSError as error:
                    self._unsent(error)
        except OSError as error:
            if error.errno not in UNPLUGGED:
                raise
            return False
        finally:
            self._reading = None
        return True

    def release(self) -> None:
        """Let the delayed frames go that are due; each passes the rules behind the one that delayed it."""
        now = self._now()
        while self._held and self._held[0][0] <= now:
            _, _, order, out = heappop(self._held)
            self._pass(Frame(out.data, out.toward), order)
        if self._held:
            self._alarm(self._held[0][0] - self._ahead)

    def _pass(self, frame: Frame, order: int) -> None:
        """Pass a frame through the rules behind this place, and let what comes of it go."""
        now = self._now()
        for harm in self._rules:
            if harm.order <= order or (rule := harm.rule) is None:
                continue
            try:
                outs = rule.frame(frame, now)
                if outs:
                    outs = self._checked(outs)
            except Exception as error:  # noqa: BLE001 — reported as Broke; the frame passes as it came
                self._broke(harm, error)
                continue
            if rule.bites:
                self._bitten(harm)
            if outs is not None:
                self._go_on(harm, outs, now)
                return
        self._leave(frame)

    def _checked(self, outs: Sequence[Out]) -> Sequence[Out]:
        for out in outs:
            if not isinstance(out, Out):
                raise TypeError(f"{out!r} is no Out")
        if len(self._held) + len(outs) > MOST_HELD:
            raise OverflowError(f"more than {MOST_HELD} frames inside the wire")
        return outs

    def _go_on(self, harm: _Harm, outs: Sequence[Out], now: float) -> None:
        for out in outs:
            if out.after > 0:
                self._serial += 1
                heappush(self._held, (now + out.after, self._serial, harm.order, out))
                if self._held[0][1] == self._serial:
                    self._alarm(self._held[0][0] - self._ahead)
            else:
                self._pass(Frame(out.data, out.toward), harm.order)

    def _leave(self, frame: Frame) -> None:
        """A frame is behind the last rule."""
        if self._armed and frame.is_tcp:
            come = [(cut, harm) for harm in self._armed if harm.sentry and (cut := harm.sentry.cut(frame)) is not None]
            if come:
                self._begin_at(frame, come)
                return
        data, toward = frame.data, frame.toward
        protocol = data[23] if len(data) > 23 else 0
        if protocol == TCP:
            self.flows.left(data, toward)
        elif protocol == UDP and data[36:38] == DOMAIN and self._answered(frame):
            return
        try:
            self._ports[toward].send(data)
        except OSError as error:
            self._unsent(error)

    def _answered(self, frame: Frame) -> bool:
        if self.resolver is None or (answer := self.resolver.answer(frame)) is None:
            return False
        # The resolver stands at the far end: its answer takes the whole way back.
        self._pass(Frame(answer, _OTHER[frame.toward]), 0)
        return True

    def _unsent(self, error: OSError) -> None:
        if error.errno not in UNPLUGGED:
            self.lost += 1

    # ---- Harm --------------------------------------------------------------------------------------------------------

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        """Put a fault in force, or arm it. Raises HarnessError if the number is taken."""
        if number in self._harms:
            raise HarnessError(f"fault {number} is in force already")
        scene = Scene(random.Random(seed), scale, self.flows)  # noqa: S311 — chance that can be had again, not secrets
        harm = self._harms[number] = _Harm(number, fault, scene, None if moment is None else Sentry(moment, self.flows))
        now = self._clock()
        self.catch_up()
        if moment is None:
            self._begin(harm, now)
        else:
            self._armed = (*self._armed, harm)

    def catch_up(self) -> None:
        """Carry what came before a harm: it is not to be harmed, though it may not have been read yet."""
        for side in self._ports:
            for _ in range(MOST_BATCHES):
                if not self.drain(side):
                    break

    def end(self, number: int) -> None:
        """Take a fault out of force; what it held goes on at once. Raises HarnessError if there is no such fault."""
        if (harm := self._harms.pop(number, None)) is None:
            raise HarnessError(f"no fault {number} is in force")
        self._withdraw(harm)
        now = self._now()
        let_go: list[Out] = [out for *_, order, out in sorted(self._held) if order == harm.order] if harm.order else []
        if let_go:
            self._held = [held for held in self._held if held[2] != harm.order]
            heapify(self._held)
        if harm.rule is not None:
            try:
                let_go += self._checked(sorted(harm.rule.end(now), key=lambda out: out.after))
            except Exception as error:  # noqa: BLE001 — reported as Broke
                self._broke(harm, error)
            else:
                self._bitten(harm)
        for out in let_go:
            self._pass(Frame(out.data, out.toward), harm.order)
        if harm.bites > MOST_BITES:
            self._report(Bit(number, self._clock(), f"and {harm.bites - MOST_BITES} times more"))

    def _begin(self, harm: _Harm, now: float) -> None:
        self._order += 1
        harm.order = self._order
        try:
            harm.rule = harm.fault.rule(harm.scene)
            self._report(Began(harm.number, now))
            outs = self._checked(harm.rule.begin(now + self._ahead))
        except Exception as error:  # noqa: BLE001 — reported as Broke
            self._broke(harm, error)
            return
        self._bitten(harm)
        self._rules = (*self._rules, harm)
        self._go_on(harm, outs, now + self._ahead)

    def _begin_at(self, frame: Frame, come: list[tuple[int, _Harm]]) -> None:
        """Moments have come with this frame: let the part before each pass, and the rest fall to what has begun."""
        now = self._clock()
        if self._reading is not None and self._stamp is not None:
            # The frame came in before it was read; its capture must lie inside of the harm's time.
            now = min(now, self._stamp(self._reading))
        begun = self._order
        done, length = 0, len(frame.payload)
        self._armed = tuple(harm for harm in self._armed if all(harm is not other for _, other in come))
        for cut, harm in sorted(come, key=lambda pair: pair[0]):
            if cut > done:
                self._pass(part(frame, done, cut), begun)
                done = cut
            self._begin(harm, now)
        if done < length:
            self._pass(part(frame, done, length), begun)

    def _bitten(self, harm: _Harm) -> None:
        if harm.rule is None or not harm.rule.bites:
            return
        for what in harm.rule.bites:
            harm.bites += 1
            if harm.bites <= MOST_BITES:
                self._report(Bit(harm.number, self._clock(), what))
        harm.rule.bites.clear()

    def _broke(self, harm: _Harm, error: Exception) -> None:
        self._withdraw(harm)
        harm.rule = None
        why = f"{type(harm.fault).__name__}: {type(error).__name__}: {error}"
        self._report(Broke(harm.number, self._clock(), why))

    def _withdraw(self, harm: _Harm) -> None:
        self._rules = tuple(other for other in self._rules if other is not harm)
        self._armed = tuple(other for other in self._armed if other is not harm)
