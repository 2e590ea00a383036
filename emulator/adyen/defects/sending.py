"""Defects of a terminal that emits events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalogue.adyen import (
    ADY_003,
    ADY_024,
    ADY_029,
    ADY_060,
    ADY_061,
    ADY_062,
    ADY_063,
    ADY_064,
    ADY_065,
    ADY_070,
    ADY_071,
    ADY_072,
    ADY_073,
    ADY_074,
    ADY_075,
    ADY_076,
    ADY_090,
    ADY_091,
    ADY_110,
)
from emulator.adyen.defects.defect import SenderDefect
from harness.wire import nexo
from harness.wire.endpoint import Output
from harness.wire.http1 import Headers
from harness.wire.nexo import Message, MessageHeader, PaymentResponse, SaleToPOIRequest, SaleToPOIResponse


class BootsInSilence(SenderDefect):
    """Nobody is told that it is ready."""

    row = 29
    breaks = (ADY_074,)
    unsaid = "Initialised"

    def emit(self, event: str, details: str, now: float, rejected: str = "", service_id: str = "") -> Iterator[Output]:
        if event != self.unsaid:
            yield from super().emit(event, details, now, rejected, service_id)


class SpellsInitialisedWithZ(SenderDefect):
    """`Initialized`."""

    row = 29
    breaks = (ADY_064, ADY_074)

    def emit(self, event: str, details: str, now: float, rejected: str = "", service_id: str = "") -> Iterator[Output]:
        yield from super().emit(event.replace("Initialised", "Initialized"), details, now, rejected, service_id)


class LocalTimeWithoutZone(SenderDefect):
    """The TimeStamp is that of the wall, in a place an hour ahead, and does not say so."""

    row = 30
    breaks = (ADY_063,)

    def stamp(self, now: float) -> str:
        return super().stamp(now + 3600.0).removesuffix("Z")


class OneDeviceIdForAll(SenderDefect):
    """All events carry the DeviceID of the document's sample."""

    row = 30
    breaks = (ADY_065,)

    def new_device_id(self) -> str:
        return "1517998561"


class TypeRequest(SenderDefect):
    """Events are of the MessageType Request."""

    row = 31
    breaks = (ADY_061,)

    def header(self, service_id: str) -> MessageHeader:
        return replace(super().header(service_id), type="Request")


class CategoryAdmin(SenderDefect):
    """Events are of the MessageCategory Admin."""

    row = 31
    breaks = (ADY_061,)

    def header(self, service_id: str) -> MessageHeader:
        return replace(super().header(service_id), category="Admin")


class WrapsEventsAsResponses(SenderDefect):
    """An event is wrapped into a SaleToPOIResponse."""

    row = 45
    breaks = (ADY_060,)

    def outgoing(self, message: Message) -> bytes:
        return super().outgoing(message).replace(SaleToPOIRequest.WRAPPER.encode(), SaleToPOIResponse.WRAPPER.encode())


class AnswersNobody(SenderDefect):
    """A payment that came asynchronously is paid, and nobody is told."""

    row = 50
    breaks = (ADY_003, ADY_090)

    def paid(self, asked: SaleToPOIRequest, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class AnswersInShort(SenderDefect):
    """The asynchronous response has less in it than the synchronous one: no result, no amount."""

    row = 50
    breaks = (ADY_091,)

    def response_to(self, asked: SaleToPOIRequest, now: float) -> SaleToPOIResponse:
        whole = super().response_to(asked, now)
        return nexo.response(whole.header, PaymentResponse("", "paid"))


class SaysNothing(SenderDefect):
    """It has an event URL, and nothing ever goes there."""

    row = 43
    breaks = (ADY_029,)

    def say(self, message: Message) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class NoDeviceId(SenderDefect):
    """Events have no DeviceID."""

    row = 45
    breaks = (ADY_062,)

    def header(self, service_id: str) -> MessageHeader:
        return replace(super().header(service_id), device_id="")


class ReferenceAsPairs(SenderDefect):
    """The reference that was typed is wrapped into a form-encoded pair."""

    row = 14
    breaks = (ADY_076,)

    def typed(self, reference: str, now: float) -> Iterator[Output]:
        yield from super().typed(f"reference={reference}", now)


class GoesWithoutAWord(BootsInSilence):
    """No Shutdown is sent."""

    row = 41
    breaks = (ADY_070,)
    unsaid = "Shutdown"


class MaintainedInSecret(BootsInSilence):
    """No BeginMaintenance is sent."""

    row = 41
    breaks = (ADY_071,)
    unsaid = "BeginMaintenance"


class MaintenanceWithoutEnd(BootsInSilence):
    """No EndMaintenance is sent."""

    row = 41
    breaks = (ADY_072,)
    unsaid = "EndMaintenance"


class HidesItsFaults(BootsInSilence):
    """No OutOfOrder is sent."""

    row = 41
    breaks = (ADY_073,)
    unsaid = "OutOfOrder"


class RejectsWithoutAReason(SenderDefect):
    """A Reject does not say what was wrong."""

    row = 42
    breaks = (ADY_075,)

    def reject(self, raw: bytes, message: object, reason: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from super().reject(raw, message, "", now)


class KeepsCredentialsToItself(SenderDefect):
    """It calls without the credentials that were set for the URL."""

    row = 43
    breaks = (ADY_024,)

    def credentials(self) -> Headers:
        return ()


class ClearDespiteTheKey(SenderDefect):
    """Events leave in clear, though their URL asks for encryption."""

    row = 44
    breaks = (ADY_110,)
    needs = {"encrypted": True}  # noqa: RUF012

    def outgoing(self, message: Message) -> bytes:
        return message.build()
