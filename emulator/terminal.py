"""A payment terminal in software: it registers with the cloud, transacts on its orders, and shows how it stands.

Its life has two threads that must not be tangled. The line comes and goes (`emulator.uplink`), while a transaction,
once begun, runs to its end whatever becomes of the line: the card has been charged or it has not, and only the telling
waits for the next registration (ECD-087). The screen follows from both and is never set by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from emulator import payment
from emulator.ledger import Fields, Ledger
from emulator.panel import PLEASE_WAIT, POS_OFFLINE, POS_ONLINE, screen
from emulator.settings import Settings
from emulator.uplink import Standing, Uplink
from harness.evidence.bench import Journal, Screen
from harness.wire import econduit
from harness.wire.econduit import Command
from harness.wire.endpoint import Noted, Output, Send

if TYPE_CHECKING:
    from random import Random

_AUTH_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


class Terminal(Uplink):
    """The conformant terminal, an `Endpoint`. `flash` outlives it; `rng` gives AuthCodes and jitter."""

    def __init__(self, settings: Settings, flash: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, rng)
        self.flash = flash
        self.ledger = Ledger(flash)
        self.running: Command | None = None
        self._shown: Screen | None = None

    def woke(self, name: str, now: float) -> Iterator[Output]:
        yield from self.finish(now) if name == "processed" else super().woke(name, now)

    def registered(self, now: float) -> Iterator[Output]:
        """What was finished without a line is told now, once (ECD-087)."""
        yield from super().registered(now)
        for response in self.ledger.pay():
            yield from self.respond(response)
        if self.running is not None:
            yield from self.forget("heartbeat")

    # ---- Showing -----------------------------------------------------------------------------------------------------

    def online_screen(self) -> Screen:
        return screen(POS_ONLINE, "white", self.settings.colour_display)

    def offline_screen(self) -> Screen:
        """Red where the display can (ECD-103)."""
        return screen(POS_OFFLINE, "red", self.settings.colour_display)

    def screen(self) -> Screen:
        """What must be on the display now: online needs a registration, not a mere socket (ECD-106)."""
        if self.standing is not Standing.ONLINE:
            return self.offline_screen()
        if self.running is not None:
            return screen(PLEASE_WAIT, "white", self.settings.colour_display)
        return self.online_screen()

    def show(self) -> Iterator[Output]:
        if self.standing is not Standing.OFF and (wanted := self.screen()) != self._shown:
            self._shown = wanted
            yield Noted(0, wanted)

    # ---- Transacting -------------------------------------------------------------------------------------------------

    def hear_command(self, command: Command, now: float) -> Iterator[Output]:
        """Every command that can be answered is answered (ECD-083, 088); one whose RefID nobody can echo cannot."""
        if not _can_be_echoed(command.ref_id):
            return
        if self.running is not None:
            yield from self.interrupted(command, now)
        elif command.name == "CheckStatus":
            yield from self.respond(self.ledger.latest(command.ref_id) or self.error(command, "UNKNOWN REFID"))
        elif reason := payment.objection(command):
            yield from self.respond(self.error(command, reason))
        elif (known := self.recall(command)) is not None:
            yield from self.respond(known)
        else:
            yield from self.start(command, now)

    def error(self, command: Command, message: str) -> Fields:
        return payment.refusal(command, self.terminal_id(), "Error", message)

    def interrupted(self, command: Command, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect uses the time
        """A second command is told to wait and leaves the first in peace (ECD-086)."""
        yield from self.respond(payment.refusal(command, self.terminal_id(), "Busy", "TERMINAL BUSY"))

    def recall(self, command: Command) -> Fields | None:
        """The answer to a command that must not run again, so that no card is charged twice (ECD-087); else None."""
        if (response := self.ledger.recall(command)) is not None:
            return response
        if command.name in payment.CHARGES and self.ledger.has_charged(command.ref_id):
            return self.error(command, "DUPLICATE TRANSACTION")
        return None

    def start(self, command: Command, now: float) -> Iterator[Output]:
        """Busy from here on; the heartbeat belongs to the idle state (ECD-066)."""
        self.running = command
        yield from self.forget("heartbeat")
        yield from self.wake("processed", now + self.settings.processing)

    def finish(self, now: float) -> Iterator[Output]:
        """Make the outcome, keep it, tell it: in this order, so that a drop or a power cut only delays the telling."""
        command, self.running = self.running, None
        if command is None:
            return
        amount = command.fields.get("Amount", "")
        result, part = self.settings.outcomes.get(amount, "Approved"), self.settings.parts.get(amount, "")
        auth_code = "".join(self.rng.choice(_AUTH_CODE) for _ in range(6))
        response = payment.outcome(command, self.terminal_id(), result, auth_code, part)
        self.ledger.record(command, response)
        if result == "Approved" and command.name in payment.CHARGES:
            yield Noted(0, Journal(command.ref_id, auth_code))
        if self.standing is Standing.ONLINE:
            yield from self.respond(response)
            yield from self.restart_heartbeat(now)
        else:
            self.ledger.owe(command)

    def response(self, fields: Fields) -> bytes:
        return econduit.build(fields, self.terminator)

    def respond(self, fields: Fields) -> Iterator[Output]:
        """One response for one command (ECD-082)."""
        yield Send(self.line, self.response(fields))


def _can_be_echoed(ref_id: str) -> bool:
    """JSON may name half a character (`"\\ud800"`), which no UTF-8 can carry back."""
    return bool(ref_id) and ref_id.encode(errors="replace").decode() == ref_id
