"""Rules about the bytes between messages: what ends one, what stands nowhere else, and that cuts mean nothing.

The cloud's own splitter only knows where the pair 04 04 stands. These rules look at the stream as it came, so that they
can tell a heartbeat without its end from a response without its end, and what stood there in place of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from harness.checks import reading
from harness.checks.reading import decided, shown, undecided
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import TERMINATOR, Command, Response, ToTerminal
from harness.wire.endpoint import Send
from harness.wire.framing import Delimited, Frame

PATIENCE = 10.0
"""Seconds after which a message without its end will not get one. The document has no figure; a segment takes less."""

STRAYS = b"\r\n\0"
"""Bytes that other protocols put after a message, and that lenient parsers forgive."""

_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes up to a 04 04, which stays out, or up to the end of the line. `ended`: None if no 04 04 came."""

    data: bytes
    begun: Event
    ended: Event | None

    @property
    def tail(self) -> bytes:
        """What follows the first JSON object; nothing if there is none."""
        start = self.data.find(b"{")
        if start < 0 or self.data[:start].strip(STRAYS + b" \t"):
            return b""
        try:
            _, end = _DECODER.raw_decode(self.data.decode("latin-1"), start)
        except (ValueError, RecursionError):
            return b""
        return self.data[end:]

    @property
    def message(self) -> str:
        """What kind of message it begins with: `registration`, `response`, `heartbeat`, or `message`."""
        head = self.data.removesuffix(self.tail).lower()
        if b"softwareversion" in head or b'"register"' in head:
            return "registration"
        if b"resultcode" in head:
            return "response"
        return "heartbeat" if b"heartbeat" in head or not head else "message"


def pieces(line: reading.Line) -> list[Piece]:
    """What the terminal sent on a line, cut at each 04 04."""
    frames = Delimited(TERMINATOR, limit=1 << 62)
    found: list[Piece] = []
    begun: Event | None = None
    rest = b""
    for event in line.received:
        if not rest.strip(STRAYS):
            begun = None
        rest += event.body.data
        for frame in frames.receive_data(event.body.data):
            if isinstance(frame, Frame):
                found.append(Piece(frame.payload, begun or event, event))
                rest = rest[len(frame.payload) + len(TERMINATOR) :]
                begun = None
        begun = (begun or event) if rest else None
    return [*found, Piece(rest, begun, None)] if begun is not None else found


def every_message_terminated(trace: Trace, patience: float, message: str = "") -> Finding:
    """ECD-001 to ECD-004: no message stays for more than `patience` seconds without the 04 04 that ends it.

    `message`: `registration`, `heartbeat` or `response` to judge that kind alone. Excused: a terminal that lost its
    mains in the middle of a message, and a message that a harm to the wire held up."""
    expected = f"every {message or 'message'} ends with the bytes 04 04"
    offences: list[tuple[str, Event]] = []
    dark, harms = reading.without_power(trace), reading.harms(trace)
    seen = 0
    for line in reading.lines(trace):
        cut = reading.mains_cut(line, dark)
        for piece in pieces(line):
            # What stands behind the last message alone is the business of `nothing_between_messages`.
            if (message and piece.message != message) or (piece.ended is None and not piece.data.strip(STRAYS)):
                continue
            ended = piece.ended or line.closed
            end = ended.at if ended is not None else trace.end
            end = end if cut is None else min(end, cut)
            cut_off = piece.ended is None and line.closed_by_terminal and cut is None
            harmed = any(harm.touches(piece.begun.at, end) for harm in harms)
            late = not harmed and (end - piece.begun.at > patience or cut_off)
            what = f"line {line.number}: the {piece.message}"
            if (late and piece.tail) or (piece.ended is not None and piece.tail.strip(STRAYS)):
                offences.append((f"{what} is followed by {shown(piece.tail, 40)} in place of 04 04", piece.begun))
            elif late and piece.ended is None:
                text = f"{what} {shown(piece.data, 60)} was never ended, in {end - piece.begun.at:.1f} s"
                offences.append((text, piece.begun))
            elif late:
                came = shown(piece.data, 40)
                offences.append((f"{what} stood without 04 04 for {end - piece.begun.at:.1f} s: {came}", piece.begun))
            elif piece.ended is not None:
                seen += 1
    return decided(expected, offences, seen, f"{message or 'message'}s")


def nothing_between_messages(trace: Trace) -> Finding:
    """ECD-005: 04 stands nowhere but in the pair that ends a message, and nothing stands between two messages."""
    expected = "no 04 inside a message, nothing between the pair and the next message"
    offences, seen = [], 0
    for line in reading.lines(trace):
        for piece in pieces(line):
            data, tail = piece.data, piece.tail
            seen += piece.ended is not None
            # The first half of a pair may be all that has come when the trace ends.
            if b"\x04" in (data if piece.ended else data.removesuffix(b"\x04")):
                offences.append((f"a lone 04 in {shown(data)}", piece.begun))
            elif b"0x04" in tail:
                offences.append((f"the text '0x04' after a {piece.message}", piece.begun))
            elif data[:1] and data[:1] in STRAYS:
                place = f"before {shown(data[1:])}" if data[1:] else "after the last message"
                offences.append((f"a stray {data[:1]!r} {place}", piece.begun))
            elif tail[:1] and tail[:1] in STRAYS:
                offences.append((f"a stray {tail[:1]!r} after a {piece.message}", piece.begun))
    return decided(expected, offences, seen, "messages")


def ill_framed(line: reading.Line) -> bool:
    """Whether something on the line was never ended, so that neither side could know what the other waited for."""
    return any(piece.ended is None or piece.tail.strip(STRAYS) for piece in pieces(line))


def understood_however_cut(trace: Trace, within: float, at_least: int) -> Finding:
    """ECD-006: each command is answered, in whatever pieces its bytes came and whatever shared a piece with them.

    A message counts as not understood if the terminal ended the line on it, or if it was a command and no response came
    within `within` seconds. `at_least`: commands that must have been answered."""
    expected = f"a response to each of at least {at_least} commands, however the bytes were cut"
    offences: list[tuple[str, Event]] = []
    answered = 0
    for line in reading.lines(trace):
        answers = [event.at for event, _ in line.of(Response)]
        # The next command may cross the end of a line that is closed on a response: that is a breach of ECD-022.
        closed_on_response = line.closed is not None and bool(answers) and line.closed.at - answers[-1] < 1.0
        manners, unfinished = _manners(line)
        if unfinished and line.closed is not None and line.closed_by_terminal and not closed_on_response:
            text = f"line {line.number} was ended by the terminal after {unfinished} of an unfinished message"
            offences.append((text, line.closed))
        for event, command in line.of(Command):
            end = line.closed.at if line.closed is not None else trace.end
            if command.ref_id.encode() in line.data:
                answered += 1
            elif (line.closed_by_terminal and not closed_on_response) or (not line.closed and end - event.at >= within):
                offences.append((f"none to the {command.name} {manners[event.index]} in {end - event.at:.1f} s", event))
    if not offences and answered < at_least:
        return undecided(expected, f"{answered} commands were answered")
    return decided(expected, offences, answered, "commands")


def _manners(line: reading.Line) -> tuple[dict[int, str], str]:
    """How each message of the cloud was sent, by the index of its event; and what had left of an unfinished one."""
    manners: dict[int, str] = {}
    sizes: list[int] = []
    shares = ""
    for event in line.messages:
        if isinstance(event.body, Send):
            sizes.append(len(event.body.data))
        elif isinstance(event.body, ToTerminal) and not sizes:
            # Held back by the case: it left together with the next.
            manners[event.index] = "that shared a segment with the message after it"
            shares = "with the message before it "
        elif isinstance(event.body, ToTerminal):
            manners[event.index] = f"sent {shares}in {_listed(sizes)}"
            sizes, shares = [], ""
    return manners, _listed(sizes) if sizes else ""


def _listed(sizes: list[int]) -> str:
    count = "one segment" if len(sizes) == 1 else f"{len(sizes)} segments"
    return f"{count} of {' + '.join(map(str, sizes[:4]))}{' + …' if len(sizes) > 4 else ''} bytes"
