"""Defects of handling messages (sheet, E)."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.modulus import MOD_004, MOD_007, MOD_058, MOD_070, MOD_071, MOD_072, MOD_073, MOD_075
from emulator.modulus.defects.defect import Defect
from emulator.modulus.sale import listed
from harness.wire import modulus
from harness.wire.endpoint import Output, Send
from harness.wire.framing import Malformed
from harness.wire.websocket_frames import Opcode


class QuotesAsItsLanguageDoes(Defect):
    """A message is what its language prints of an object, in single quotes: no JSON."""

    row = 32
    breaks = (MOD_004, MOD_007)

    def send(self, text: str) -> Iterator[Output]:
        yield from super().send(text.replace('"', "'"))


class SpeaksInBinary(Defect):
    """Messages go out as binary ones."""

    row = 32
    breaks = (MOD_007,)

    def send(self, text: str) -> Iterator[Output]:
        yield Send(self.line, self.client.frame(Opcode.BINARY, text.encode()))


class CrashesOnAnUnknownAction(Defect):
    """An action without a handler ends the client."""

    row = 24
    breaks = (MOD_071,)

    def hear(self, text: str, now: float) -> Iterator[Output]:
        if isinstance(modulus.read_from_gateway(text), modulus.UnknownAction):
            yield from self.crash()
        else:
            yield from super().hear(text, now)


class CrashesWithoutTerminals(Defect):
    """A list of terminals that has no list ends the client."""

    row = 24
    breaks = (MOD_073,)

    def hear_terminals(self, message: modulus.TerminalsResponse) -> Iterator[Output]:
        yield from self.crash() if listed(message) is None else super().hear_terminals(message)


class CrashesWithoutAResponse(Defect):
    """A paymentComplete that has no paymentResponse ends the client."""

    row = 24
    breaks = (MOD_073,)

    def hear_result(self, result: modulus.PaymentComplete, now: float) -> Iterator[Output]:
        if result.response.fields:
            yield from super().hear_result(result, now)
        else:
            yield from self.crash()


class CrashesOnBadText(Defect):
    """A text that is no JSON ends the client."""

    row = 24
    breaks = (MOD_072,)

    def hear(self, text: str, now: float) -> Iterator[Output]:
        if isinstance(modulus.read_from_gateway(text), Malformed):
            yield from self.crash()
        else:
            yield from super().hear(text, now)


class IgnoresStatusUpdates(Defect):
    """How it stands with a terminal is known from the list, and never changes."""

    row = 27
    breaks = (MOD_058, MOD_070, MOD_075)

    def hear_status(self, push: modulus.TerminalStatusUpdate, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.log(f"not handled: {push.name}")
