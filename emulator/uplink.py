"""A line to the cloud that is always wanted: found, registered, kept alive with heartbeats, and found again.

The *standing* of the line goes

    off ─power on─▶ dialling ─opened─▶ registering ─OK-REGISTRATION─▶ online
                     ▲  ▲                  │ anything else                │ the line is lost
                     │  └──── pausing ◀────┘ (or both endpoints failed)   │
                     └────────────────────────────────────────────────────┘ at once: ECD-027

Every rule of the document is one small method with a name, so that a defect (`emulator.defects`) can break exactly one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from emulator.panel import Notice
from emulator.settings import Settings
from harness.wire import econduit
from harness.wire.econduit import Ack, Command, RegistrationAnswer
from harness.wire.endpoint import (
    Close,
    Dial,
    Input,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed

if TYPE_CHECKING:
    from random import Random

POWER_ON = Woke("power on")
"""The first Input of a terminal's life: whoever keeps it says this once. A new Terminal is a power cycle."""

LONGEST_MESSAGE = 1 << 16
"""Bytes of the cloud's that are held while their terminator is awaited."""

JITTER = 0.1
"""The part of a back-off that chance may take away, so that a fleet does not dial in step."""


class Standing(Enum):
    """How far the terminal has come with its line."""

    OFF = "off"
    DIALLING = "dialling"
    REGISTERING = "registering"
    ONLINE = "online"
    PAUSING = "pausing"


class Uplink(ABC):
    """What a terminal does for its line, whatever it is used for. `rng` gives the jitter."""

    name = "terminal"
    terminator: ClassVar[bytes] = econduit.TERMINATOR

    def __init__(self, settings: Settings, rng: Random) -> None:
        self.settings = settings
        self.rng = rng
        self.standing = Standing.OFF
        self.line = 0
        self.dialled = ""
        self.untried: list[str] = []
        self.failures = 0
        self.beat_at = 0.0
        self._timers: set[str] = set()
        self._reader = self._new_reader()

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        """React to one Input. All of it happens before the first Output is carried out, so no Input can cut in."""
        return [*self._react(event, now), *self.show()]

    def _react(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Woke() if event == POWER_ON and self.standing is Standing.OFF:
                yield from self.dial_round(now)
            case Woke(name) if name in self._timers:
                self._timers.discard(name)
                yield from self.woke(name, now)
            case Opened(line, to) if self._awaits(to):
                self.line = line
                self._reader = self._new_reader()
                self.standing = Standing.REGISTERING
                yield from self.greet(now)
            case Opened(line):
                yield from self.unwanted(line)
            case Refused(to, why) if self._awaits(to):
                yield from self.unreachable(why, now)
            case Received(line, data) if line == self.line:
                yield from self._receive(data, now)
            case PeerClosed(line) if line == self.line:
                yield from self.line_lost(now)
            case _:
                pass  # of a line or a timer that is no longer ours

    def woke(self, name: str, now: float) -> Iterator[Output]:
        """A timer ran out."""
        match name:
            case "redial":
                yield from self.dial_round(now)
            case "answer":
                yield from self.rejected(now)
            case "quiet":
                yield from self._settle(now)
            case "heartbeat":
                yield from self.beat(now)
            case "ack":
                yield from self.severed(now)

    @abstractmethod
    def show(self) -> Iterator[Output]:
        """Bring the display up to date; asked after everything that happens."""

    @abstractmethod
    def hear_command(self, command: Command, now: float) -> Iterator[Output]:
        """A command came on a registered line."""

    # ---- Time --------------------------------------------------------------------------------------------------------

    def wake(self, name: str, at: float) -> Iterator[Output]:
        self._timers.add(name)
        yield WakeAt(name, at)

    def forget(self, *names: str) -> Iterator[Output]:
        for name in names:
            if name in self._timers:
                self._timers.discard(name)
                yield WakeAt(name, None)

    # ---- Finding a line ----------------------------------------------------------------------------------------------

    def endpoints(self) -> list[str]:
        """Where the cloud is, in the order of trying (ECD-024)."""
        return [to for to in (self.settings.primary, self.settings.secondary) if to is not None]

    def dial_round(self, now: float) -> Iterator[Output]:
        """Begin with the primary, whichever endpoint served last (ECD-036)."""
        self.untried = self.endpoints()
        yield from self._dial_next(now)

    def _dial_next(self, now: float) -> Iterator[Output]:
        if not self.untried:
            yield from self.back_off(now)
            return
        self.standing = Standing.DIALLING
        self.dialled = self.untried.pop(0)
        yield Dial(self.dialled, self.dial_patience())

    def dial_patience(self) -> float:
        """How long a dial may take before the next endpoint is tried."""
        return self.settings.dial_within

    def _awaits(self, to: str) -> bool:
        return self.standing is Standing.DIALLING and to == self.dialled

    def unreachable(self, why: str, now: float) -> Iterator[Output]:
        """The next endpoint at once, whatever the reason (ECD-031)."""
        if not self.falls_back(why):
            self.untried.clear()
        yield from self._dial_next(now)

    def falls_back(self, why: str) -> bool:  # noqa: ARG002  # a defect looks at the reason
        return True

    def back_off(self, now: float) -> Iterator[Output]:
        """Try again after 1, 2, 4 … seconds, at most `backoff_most`, for ever (ECD-032, 056)."""
        self.failures += 1
        self.standing = Standing.PAUSING
        doubled = self.settings.backoff_first * 2.0 ** min(self.failures - 1, 32)
        pause = min(doubled, self.settings.backoff_most)
        yield from self.wake("redial", now + pause * (1.0 - JITTER * self.rng.random()))

    def unwanted(self, line: int) -> Iterator[Output]:
        """A line that came up too late: at most one is ours (ECD-034)."""
        yield Close(line)

    # ---- Losing it ---------------------------------------------------------------------------------------------------

    def hang_up(self, *, reset: bool = False) -> Iterator[Output]:
        """The old line goes before a new one is dialled (ECD-034)."""
        yield Close(self.line, reset)

    def severed(self, now: float) -> Iterator[Output]:
        """The cloud has been silent for too long: the line is as good as cut (ECD-035, 069)."""
        yield from self.hang_up(reset=True)
        yield from self.line_lost(now)

    def line_lost(self, now: float) -> Iterator[Output]:
        """A good line is replaced at once (ECD-027); one that never came to a registration counts as a failure."""
        was_online = self.standing is Standing.ONLINE
        yield from self._leave_line()
        yield from self.reconnect(now) if was_online else self.back_off(now)

    def reconnect(self, now: float) -> Iterator[Output]:
        yield from self.dial_round(now)

    def _leave_line(self) -> Iterator[Output]:
        self.line = 0
        yield from self.forget("answer", "quiet", "heartbeat", "ack")

    # ---- Registering -------------------------------------------------------------------------------------------------

    def terminal_id(self) -> str:
        """The number on the label, the same on every line (ECD-048)."""
        return self.settings.terminal_id

    def registration_fields(self) -> dict[str, str]:
        return {
            "Command": "Register",
            "TerminalType": self.settings.terminal_type,
            "TerminalModel": self.settings.terminal_model,
            "TerminalID": self.terminal_id(),
            "SoftwareVersion": self.settings.software,
            "AckHeartbeat": "true" if self.settings.ack_heartbeat else "false",
        }

    def registration(self) -> bytes:
        return econduit.build(self.registration_fields(), self.terminator)

    def greet(self, now: float) -> Iterator[Output]:
        """The registration is the first message of every line, and comes once (ECD-041, 042, 043)."""
        yield Send(self.line, self.registration())
        yield from self.wake("answer", now + self.settings.answer_within)

    def is_success(self, answer: str) -> bool:
        """The whole text, in its case (ECD-052, 053)."""
        return answer == econduit.OK_REGISTRATION

    def answered(self, answer: str, now: float) -> Iterator[Output]:
        if self.is_success(answer):
            yield from self.registered(now)
            return
        if answer == econduit.FAILED_INVALID_TERMINAL_TYPE:
            kind = self.settings.terminal_type
            yield Noted(0, Notice(f"{answer}: the cloud does not know the terminal type {kind!r}; have it provisioned"))
        yield from self.rejected(now)

    def registered(self, now: float) -> Iterator[Output]:
        """Waiting for commands (ECD-054)."""
        self.standing = Standing.ONLINE
        self.failures = 0
        yield from self.forget("answer", "quiet")
        yield from self.show()
        yield from self.restart_heartbeat(now)

    def rejected(self, now: float) -> Iterator[Output]:
        """A failure, or no answer in time (ECD-057): leave the line and come back later (ECD-056)."""
        yield from self.hang_up()
        yield from self._leave_line()
        yield from self.back_off(now)

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def _new_reader(self) -> econduit.Reader:
        return econduit.Reader(econduit.read_from_cloud, LONGEST_MESSAGE)

    def messages(self, data: bytes) -> list[econduit.ToTerminal | econduit.FromTerminal | Malformed]:
        """Limits come from the terminator alone, not from the segment (ECD-006)."""
        return self._reader.receive_data(data)

    def _receive(self, data: bytes, now: float) -> Iterator[Output]:
        line = self.line
        for message in self.messages(data):
            yield from self._hear(message, now)
            yield from self.show()
            if self.line != line:
                return
        if self.standing is Standing.REGISTERING and self._reader.pending:
            yield from self.wake("quiet", now + self.settings.quiet)

    def _settle(self, now: float) -> Iterator[Output]:
        """An answer that lies there whole, bare or with a line end, is taken without its terminator (open point 2)."""
        rest = self._reader.pending.removesuffix(b"\r\n").decode("latin-1")
        if rest in econduit.REGISTRATION_ANSWERS:
            self._reader = self._new_reader()
            yield from self.answered(rest, now)

    def _hear(self, message: object, now: float) -> Iterator[Output]:
        if self.standing is Standing.REGISTERING:
            yield from self.answered(message.text if isinstance(message, RegistrationAnswer) else "", now)
        elif isinstance(message, Ack):
            yield from self.hear_ack()
        elif isinstance(message, Command):
            yield from self.hear_command(message, now)

    # ---- Beating -----------------------------------------------------------------------------------------------------

    def heartbeat(self) -> bytes:
        return econduit.build(econduit.HEARTBEAT_BODIES[0], self.terminator)

    def heartbeat_period(self) -> float:
        """About a minute (ECD-061)."""
        return self.settings.heartbeat

    def restart_heartbeat(self, now: float) -> Iterator[Output]:
        """Count anew after a registration and after a transaction, so that none is late and none is early (ECD-068)."""
        self.beat_at = now + self.heartbeat_period()
        yield from self.wake("heartbeat", self.beat_at)

    def beat(self, now: float) -> Iterator[Output]:
        """Beats keep to their schedule; those that were slept through are not made up for (ECD-068)."""
        yield Send(self.line, self.heartbeat())
        yield from self._await_ack(now)
        missed = max(0, (now - self.beat_at) // self.heartbeat_period())
        self.beat_at += (missed + 1) * self.heartbeat_period()
        yield from self.wake("heartbeat", self.beat_at)

    def expects_ack(self) -> bool:
        """Only who asked for acks may miss them (ECD-065)."""
        return self.settings.ack_heartbeat

    def _await_ack(self, now: float) -> Iterator[Output]:
        if self.expects_ack() and "ack" not in self._timers:
            yield from self.wake("ack", now + self.settings.ack_within)

    def hear_ack(self) -> Iterator[Output]:
        """Consumed in silence, asked for or not (ECD-064)."""
        yield from self.forget("ack")
