"""Defects of chapter A, framing and encoding."""

from __future__ import annotations

from catalogue.econduit import ECD_001, ECD_002, ECD_003, ECD_004, ECD_005, ECD_006, ECD_007, ECD_008, ECD_009, ECD_081
from emulator.defects.defect import Defect
from harness.wire import econduit
from harness.wire.econduit import FromTerminal, ToTerminal
from harness.wire.framing import Malformed


class OnlyOneTerminatorByte(Defect):
    """Messages end with a single 0x04."""

    row = 1
    breaks = (ECD_001, ECD_002, ECD_003, ECD_004)
    terminator = b"\x04"


class HeartbeatUnterminated(Defect):
    """The heartbeat alone goes out without its terminator."""

    row = 2
    breaks = (ECD_001, ECD_003)

    def heartbeat(self) -> bytes:
        return super().heartbeat().removesuffix(self.terminator)


class ResponseUnterminated(Defect):
    """The transaction response alone goes out without its terminator."""

    row = 3
    breaks = (ECD_001, ECD_004, ECD_081)

    def response(self, fields: dict[str, str]) -> bytes:
        return super().response(fields).removesuffix(self.terminator)


class TerminatorAsText(Defect):
    """The document's notation is copied: messages end with the eight characters `0x040x04`."""

    row = 4
    breaks = (ECD_001, ECD_005)
    terminator = b"0x040x04"


class TerminatorIsCrlf(Defect):
    """Messages end with CR LF, as in other line protocols."""

    row = 4
    breaks = (ECD_001, ECD_005)
    terminator = b"\r\n"


class NewlineAfterTerminator(Defect):
    """Each message is written with a println: a line feed follows the terminator and begins the next frame."""

    row = 5
    breaks = (ECD_005,)
    terminator = econduit.TERMINATOR + b"\n"


class TerminalIdInCamelCase(Defect):
    """The registration says `terminalId` where `TerminalID` is demanded."""

    row = 6
    breaks = (ECD_007,)

    def registration_fields(self) -> dict[str, str]:
        fields = super().registration_fields()
        return {"terminalId" if name == "TerminalID" else name: value for name, value in fields.items()}


class AckHeartbeatAsBoolean(Defect):
    """AckHeartbeat is a JSON boolean, without quotation marks."""

    row = 7
    breaks = (ECD_008,)

    def registration(self) -> bytes:
        return super().registration().replace(b':"true"', b":true").replace(b':"false"', b":false")


class AckHeartbeatCapitalised(Defect):
    """AckHeartbeat is `"True"`, as some languages print a boolean."""

    row = 7
    breaks = (ECD_007,)

    def registration_fields(self) -> dict[str, str]:
        fields = super().registration_fields()
        return {**fields, "AckHeartbeat": fields["AckHeartbeat"].capitalize()}


class TypographicQuotes(Defect):
    """The registration is pasted from a word processor, with its curly quotation marks."""

    row = 8
    breaks = (ECD_009,)

    def registration(self) -> bytes:
        return super().registration().replace(b'"', "\u201d".encode())


class CommentInJson(Defect):
    """A `//` comment of the document's example is sent along in the registration."""

    row = 8
    breaks = (ECD_009,)

    def registration(self) -> bytes:
        return super().registration().replace(b",", b", // terminal manufacturer\n", 1)


class SegmentIsMessage(Defect):
    """One read of the socket is taken for one message, so that split or coalesced input is not understood."""

    row = 9
    breaks = (ECD_006,)

    def messages(self, data: bytes) -> list[ToTerminal | FromTerminal | Malformed]:
        return [econduit.read_from_cloud(data.removesuffix(econduit.TERMINATOR))]
