"""Defects of chapter D, heartbeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from catalogue.econduit import ECD_060, ECD_061, ECD_064, ECD_065, ECD_067, ECD_068
from emulator.defects.defect import Defect
from harness.wire.econduit import Command
from harness.wire.endpoint import Output, Send


class BeatsTooSeldom(Defect):
    """The heartbeat comes ten times as seldom as it should: every ten minutes."""

    row = 22
    breaks = (ECD_060, ECD_061)

    def heartbeat_period(self) -> float:
        return 10.0 * super().heartbeat_period()


class StopsBeatingAfterATransaction(Defect):
    """The first transaction stops the heartbeat timer, and nothing starts it again."""

    row = 22
    breaks = (ECD_061, ECD_068)
    has_transacted = False

    def start(self, command: Command, now: float) -> Iterator[Output]:
        self.has_transacted = True
        yield from super().start(command, now)

    def restart_heartbeat(self, now: float) -> Iterator[Output]:
        if not self.has_transacted:
            yield from super().restart_heartbeat(now)


class BeatsInsideAResponse(Defect):
    """The heartbeat is written by a thread of its own and lands in the middle of a response."""

    row = 23
    breaks = (ECD_067,)

    def respond(self, fields: dict[str, str]) -> Iterator[Output]:
        response = self.response(fields)
        half = len(response) // 2
        yield Send(self.line, response[:half])
        yield Send(self.line, self.heartbeat())
        yield Send(self.line, response[half:])


class AnswersTheAck(Defect):
    """The ack is taken for a command and answered with an error."""

    row = 24
    breaks = (ECD_064,)

    def hear_ack(self) -> Iterator[Output]:
        yield from super().hear_ack()
        yield from self.respond(self.error(Command({}), "UNKNOWN COMMAND"))


class DropsWithoutUnaskedAck(Defect):
    """It did not ask for acks, and drops the line when none comes."""

    row = 25
    breaks = (ECD_065,)
    needs: ClassVar[Mapping[str, object]] = {"ack_heartbeat": False}

    def expects_ack(self) -> bool:
        return True
