"""Defects of chapter C, pings and liveness."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.paymentsense import PSC_061, PSC_063, PSC_064, PSC_065, PSC_066, PSC_067
from emulator.paymentsense.counter import ENDINGS
from emulator.paymentsense.defects.defect import Defect
from emulator.paymentsense.dialogue import Asked
from harness.wire.endpoint import Output


class EmptyPong(Defect):
    """A pong without the payload of its ping."""

    row = 18
    breaks = (PSC_061,)

    def pong(self, payload: bytes, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from super().pong(b"", now)


class NoPong(Defect):
    """Pings are left to a library that does not answer them."""

    row = 18
    breaks = (PSC_061, PSC_063)

    def pong(self, payload: bytes, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class DialogBlocksPongs(Defect):
    """Pings are answered by the thread that draws the sale dialog, when that is closed."""

    row = 19
    breaks = (PSC_061, PSC_063)
    unanswered_pings: tuple[bytes, ...] = ()

    def pong(self, payload: bytes, now: float) -> Iterator[Output]:
        if self.running() is not None:
            self.unanswered_pings += (payload,)
            return
        owed, self.unanswered_pings = (*self.unanswered_pings, payload), ()
        for one in owed:
            yield from super().pong(one, now)

    def abandoned(self, now: float) -> Iterator[Output]:
        self.unanswered_pings = ()
        yield from super().abandoned(now)


class PingIsData(Defect):
    """A ping is handed to the JSON parser, which complains to Connect."""

    row = 20
    breaks = (PSC_064,)

    def pong(self, payload: bytes, now: float) -> Iterator[Output]:
        yield from super().pong(payload, now)
        yield from self.hear_text(payload.decode(errors="replace"), now)


class ShowsConnectedForEver(Defect):
    """The end of the line goes unnoticed: it shows what it showed, and does not come back."""

    row = 21
    breaks = (PSC_065,)

    def line_lost(self, why: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from self.forget("upgrade", "quiet", "pong")


class ComesBackUnseen(Defect):
    """A lost line is replaced, and the user never learns that there was none."""

    row = 21
    breaks = (PSC_065,)

    def stand(self, status: str) -> Iterator[Output]:
        if status == "Connected":
            yield from super().stand(status)


class ComesBackElsewhere(Defect):
    """After a drop it connects with the path alone, as if the session were known."""

    row = 21
    breaks = (PSC_065,)
    was_online = False

    def upgraded(self, now: float) -> Iterator[Output]:
        self.was_online = True
        yield from super().upgraded(now)

    def target(self) -> str:
        target = super().target()
        return f"{target}&resume=true" if self.was_online else target


class SaleHangsAfterDrop(Defect):
    """The sale dialog waits for an answer that cannot come any more."""

    row = 22
    breaks = (PSC_066,)

    def unanswered(self, asked: Asked) -> Iterator[Output]:  # noqa: ARG002
        yield from ()

    def abandoned(self, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class RetriesSaleAfterDrop(Defect):
    """A sale that was cut by a drop is sent again as soon as there is a line: a second charge."""

    row = 22
    breaks = (PSC_066,)
    interrupted: tuple[Asked, ...] = ()

    def cut(self, asked: Asked, now: float) -> Iterator[Output]:  # noqa: ARG002
        if asked.method in ENDINGS:
            self.interrupted += (asked,)
        yield from ()

    def upgraded(self, now: float) -> Iterator[Output]:
        yield from super().upgraded(now)
        again, self.interrupted = self.interrupted, ()
        for asked in again:
            yield from self.transact(asked.method, dict(asked.params), asked.reference, now)


class DropIsDecline(Defect):
    """A sale that was cut by a drop is booked as declined, and the card may have been charged."""

    row = 22
    breaks = (PSC_066,)

    def cut(self, asked: Asked, now: float) -> Iterator[Output]:  # noqa: ARG002
        if asked.method in ENDINGS:
            yield from self.book.turn(asked.reference, "declined")
            yield from self.say(f"{asked.reference}: declined")


# ---- Not in the sheet's table ----------------------------------------------------------------------------------------


class NoBackOff(Defect):
    """Connect is dialled anew once a second, for ever."""

    row = 0
    breaks = (PSC_067,)

    def reconnect(self, now: float) -> Iterator[Output]:
        yield from self.pause(1.0, 1.0, now)
