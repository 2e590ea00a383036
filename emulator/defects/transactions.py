"""Defects of chapter E, transactions."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.econduit import ECD_034, ECD_082, ECD_083, ECD_084, ECD_086, ECD_087, ECD_089
from emulator.defects.defect import Defect
from harness.wire.econduit import Command
from harness.wire.endpoint import Close, Dial, Output, Send

TEST_PAN = "4761739001010119"
"""A published test card number; no card behind it."""


class SilentWhenDeclined(Defect):
    """A declined transaction gets no response."""

    row = 26
    breaks = (ECD_083,)

    def respond(self, fields: dict[str, str]) -> Iterator[Output]:
        if fields["ResultCode"] != "Declined":
            yield from super().respond(fields)


class SilentWhenCancelled(Defect):
    """A transaction that the customer cancels gets no response."""

    row = 26
    breaks = (ECD_083,)

    def respond(self, fields: dict[str, str]) -> Iterator[Output]:
        if fields["ResultCode"] != "Cancelled":
            yield from super().respond(fields)


class ChargesAgainAfterADrop(Defect):
    """It keeps no journal of RefIDs, and a sale that was cut by a drop is run again: a second charge."""

    row = 28
    breaks = (ECD_082, ECD_087)
    cut: Command | None = None

    def recall(self, command: Command) -> dict[str, str] | None:  # noqa: ARG002
        return None

    def line_lost(self, now: float) -> Iterator[Output]:
        self.cut = self.running or self.cut
        yield from super().line_lost(now)

    def registered(self, now: float) -> Iterator[Output]:
        yield from super().registered(now)
        again, self.cut = self.cut, None
        if again is not None:
            yield from self.finish(now)
            yield from self.start(again, now)


class AnswersOnANewLine(Defect):
    """Each response goes out on a line that is dialled for it, beside the one the command came on."""

    row = 28
    breaks = (ECD_034, ECD_082)
    unsaid = b""

    def respond(self, fields: dict[str, str]) -> Iterator[Output]:
        self.unsaid += self.response(fields)
        yield Dial(self.dialled, self.settings.dial_within)

    def unwanted(self, line: int) -> Iterator[Output]:
        if self.unsaid:
            yield Send(line, self.unsaid)
            self.unsaid = b""
        yield Close(line)


class AnswersTwiceAfterADrop(Defect):
    """The last response is sent once more after each registration."""

    row = 28
    breaks = (ECD_082,)
    last: dict[str, str] | None = None

    def respond(self, fields: dict[str, str]) -> Iterator[Output]:
        self.last = fields
        yield from super().respond(fields)

    def registered(self, now: float) -> Iterator[Output]:
        yield from super().registered(now)
        if self.last is not None:
            yield from self.respond(self.last)


class RefIdTruncated(Defect):
    """RefID comes back cut to four characters."""

    row = 29
    breaks = (ECD_084,)

    def response(self, fields: dict[str, str]) -> bytes:
        return super().response({**fields, "RefID": fields["RefID"][:4]})


class RefIdLowerCased(Defect):
    """RefID comes back in small letters."""

    row = 29
    breaks = (ECD_084,)

    def response(self, fields: dict[str, str]) -> bytes:
        return super().response({**fields, "RefID": fields["RefID"].lower()})


class RefIdMissing(Defect):
    """The response carries no RefID."""

    row = 29
    breaks = (ECD_084,)

    def response(self, fields: dict[str, str]) -> bytes:
        return super().response({name: value for name, value in fields.items() if name != "RefID"})


class CardNumberInClear(Defect):
    """The response carries the full card number where its first six digits belong."""

    row = 32
    breaks = (ECD_089,)

    def response(self, fields: dict[str, str]) -> bytes:
        return super().response({**fields, "CardBin": TEST_PAN})


class TrackInClear(Defect):
    """The response carries the magnetic stripe's second track."""

    row = 32
    breaks = (ECD_089,)

    def response(self, fields: dict[str, str]) -> bytes:
        return super().response({**fields, "Track2": f";{TEST_PAN}=30122010000000000000?"})


class SecondCommandOverwrites(Defect):
    """A command that comes while another runs takes its place; the first is never answered."""

    row = 33
    breaks = (ECD_086,)

    def interrupted(self, command: Command, now: float) -> Iterator[Output]:
        yield from self.start(command, now)
