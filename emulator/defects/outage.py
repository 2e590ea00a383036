"""Defects that only a harmed wire shows: in outages that nobody announces, and after answers that nobody meant."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.econduit import (
    ECD_027,
    ECD_028,
    ECD_032,
    ECD_035,
    ECD_068,
    ECD_069,
    ECD_087,
    ECD_102,
    ECD_105,
)
from emulator.defects.defect import Defect
from emulator.ledger import Fields
from emulator.uplink import Standing
from harness.evidence.bench import Screen
from harness.wire import econduit
from harness.wire.econduit import Command
from harness.wire.endpoint import Output, Send
from harness.wire.framing import Malformed


class ForgetsWhatItHasSent(Defect):
    """A response that was handed to the socket is done with: once the line is replaced, an order that is given again,
    because its response was cut, is charged again."""

    row = 28
    breaks = (ECD_087,)
    sent: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()

    def respond(self, fields: Fields) -> Iterator[Output]:
        self.sent |= {fields["RefID"]}
        yield from super().respond(fields)

    def greet(self, now: float) -> Iterator[Output]:
        self.forgotten |= self.sent
        yield from super().greet(now)

    def recall(self, command: Command) -> Fields | None:
        return None if command.ref_id in self.forgotten else super().recall(command)


class BeatsForTheOutage(Defect):
    """The heartbeats that an outage has swallowed are made up for on the next line, all at once."""

    row = 22
    breaks = (ECD_068,)
    acked_at: float | None = None

    def registered(self, now: float) -> Iterator[Output]:
        yield from super().registered(now)
        missed = 0.0 if self.acked_at is None else (now - self.acked_at) // self.heartbeat_period()
        self.acked_at = now
        for _ in range(int(missed)):
            yield Send(self.line, self.heartbeat())


class SupervisesOnlyTheFirstAck(Defect):
    """Once a heartbeat has been acked the line is taken for good: acks that stay away later are not missed."""

    row = 20
    breaks = (ECD_035, ECD_069)
    is_proven = False

    def registered(self, now: float) -> Iterator[Output]:
        self.is_proven = False
        yield from super().registered(now)

    def hear_ack(self) -> Iterator[Output]:
        self.is_proven = True
        yield from super().hear_ack()

    def expects_ack(self) -> bool:
        return super().expects_ack() and not self.is_proven


class OnlineUntilADialFails(Defect):
    """`POS Offline` waits for a dial that fails with an error; a time-out is none, so in silence it stays online."""

    row = 20
    breaks = (ECD_102, ECD_105)
    knows = True

    def registered(self, now: float) -> Iterator[Output]:
        self.knows = False
        yield from super().registered(now)

    def greet(self, now: float) -> Iterator[Output]:
        self.knows = True
        yield from super().greet(now)

    def unreachable(self, why: str, now: float) -> Iterator[Output]:
        self.knows = self.knows or why != "timed out"
        yield from super().unreachable(why, now)

    def screen(self) -> Screen:
        waits = self.standing in (Standing.DIALLING, Standing.PAUSING)
        return self.online_screen() if waits and not self.knows else super().screen()


class FatalWithoutARoute(Defect):
    """If all endpoints are unreachable it takes its network settings for wrong, and waits for somebody to mend them."""

    row = 15
    breaks = (ECD_028, ECD_032)
    without_a_route = 0

    def unreachable(self, why: str, now: float) -> Iterator[Output]:
        self.without_a_route = self.without_a_route + 1 if why == "unreachable" else 0
        yield from super().unreachable(why, now)

    def back_off(self, now: float) -> Iterator[Output]:
        if self.without_a_route < len(self.endpoints()):
            yield from super().back_off(now)


class GivesUpAtAPortal(Defect):
    """A web page in answer to its registration is taken for a wrong address, which no further dial could put right."""

    row = 15
    breaks = (ECD_032,)
    met_a_portal = False

    def messages(self, data: bytes) -> list[econduit.ToTerminal | econduit.FromTerminal | Malformed]:
        self.met_a_portal = self.met_a_portal or data.startswith(b"HTTP/")
        return super().messages(data)

    def back_off(self, now: float) -> Iterator[Output]:
        if not self.met_a_portal:
            yield from super().back_off(now)


class CountsDropsForLife(Defect):
    """Lost lines are counted and never forgiven: after the eighth it is out of order until it is switched off."""

    row = 15
    breaks = (ECD_027, ECD_032)
    drops = 0

    def reconnect(self, now: float) -> Iterator[Output]:
        self.drops += 1
        if self.drops < 8:
            yield from super().reconnect(now)


class ImpatientDialler(Defect):
    """A dial is given half a second: enough in the laboratory, and never on a slow line."""

    row = 16
    breaks = (ECD_027,)

    def dial_patience(self) -> float:
        return 0.5
