"""Defects in what events mean to the POS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

from catalogue.adyen import (
    ADY_067,
    ADY_068,
    ADY_076,
    ADY_077,
    ADY_078,
    ADY_079,
    ADY_080,
    ADY_081,
    ADY_082,
    ADY_083,
    ADY_115,
)
from emulator.adyen.defects.defect import BackendDefect
from harness.wire.endpoint import Output
from harness.wire.nexo import STATE_EVENTS, EventNotification, MessageHeader


class ActsTwiceOnAnEvent(BackendDefect):
    """An event that is delivered twice is acted on twice: two payments for one typed reference."""

    row = 9
    breaks = (ADY_083,)

    def was_heard(self, header: MessageHeader, event: EventNotification) -> bool:  # noqa: ARG002
        return False

    def woken(self, terminal: str, event: EventNotification, now: float) -> Iterator[Output]:
        reference = self.typed_reference(event)
        while self.book.find(reference) is not None:
            reference += "-2"
        yield from self.sell(reference, self.due(self.typed_reference(event)), terminal, now)


class TakesReplays(ActsTwiceOnAnEvent):
    """An envelope that somebody recorded and sends again is good once more, since its HMAC is."""

    row = 22
    breaks = (ADY_115,)
    needs = {"encrypted": True}  # noqa: RUF012


class LatestToArriveHolds(BackendDefect):
    """A Shutdown of an hour ago that arrives late overrides the Initialised after it."""

    row = 10
    breaks = (ADY_082,)

    def is_news(self, terminal: str, at: float) -> bool:  # noqa: ARG002
        return True


class NeverAvailableAgain(BackendDefect):
    """A terminal that was once not available stays so."""

    row = 11
    breaks = (ADY_078,)

    def stand(self, terminal: str, event: str, at: float, now: float) -> Iterator[Output]:
        if not STATE_EVENTS[event]:
            yield from super().stand(terminal, event, at, now)


class KnowsNoEndOfMaintenance(BackendDefect):
    """Initialised makes a terminal available, EndMaintenance does not."""

    row = 11
    breaks = (ADY_078,)

    def stand(self, terminal: str, event: str, at: float, now: float) -> Iterator[Output]:
        if event != "EndMaintenance":
            yield from super().stand(terminal, event, at, now)


class OneDownAllDown(BackendDefect):
    """What one terminal says of itself is taken for all of them."""

    row = 12
    breaks = (ADY_068,)

    def hear_state(self, terminal: str, event: EventNotification, now: float) -> Iterator[Output]:  # noqa: ARG002
        for each in self.settings.terminals:
            yield from super().hear_state(each, event, now)


class IgnoresReject(BackendDefect):
    """A Reject is acknowledged, and the sale goes on waiting."""

    row = 13
    breaks = (ADY_079,)

    def rejected(self, header: MessageHeader, event: EventNotification, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class KeepsTheReasonToItself(BackendDefect):
    """A Reject ends the sale, and the user does not learn why."""

    row = 13
    breaks = (ADY_079,)

    def reject_reason(self, event: EventNotification) -> str:  # noqa: ARG002
        return "try again"


class ReferenceReadAsPairs(BackendDefect):
    """The reference typed on a terminal is read as form-encoded pairs, and lost."""

    row = 14
    breaks = (ADY_076, ADY_080, ADY_081)

    def typed_reference(self, event: EventNotification) -> str:
        return parse_qs(event.details).get("reference", [""])[0]


class UnknownIsBad(BackendDefect):
    """An event that it does not know makes its terminal not available."""

    row = 47
    breaks = (ADY_067,)

    def hear_event(self, header: MessageHeader, event: EventNotification, now: float) -> Iterator[Output]:
        known = event if event.is_known else replace(event, event="OutOfOrder")
        yield from super().hear_event(header, known, now)


class SellsAtATerminalThatIsDown(BackendDefect):
    """The state of a terminal is shown and does not keep anybody from asking it for money."""

    row = 38
    breaks = (ADY_077,)

    def place(self, reference: str, now: float) -> Iterator[Output]:
        kept = {key: self.storage.pop(key) for key in list(self.storage) if key.startswith("terminal ")}
        yield from super().place(reference, now)
        self.storage.update(kept)
