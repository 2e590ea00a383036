"""The eConduit cloud: registers terminals, acks heartbeats when asked to, carries commands down and responses up.

A case talks to it by `Told("case", …)` with one of the values below and hears of it through what it notes: every
message it reads or sends becomes an event of the trace. Left alone it is the cloud of the document; each of its answers
can be bent by a `Delivery`, once, some times, or until straightened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from fake_cloud.delivery import PLAIN, Delivery, Then
from fake_cloud.order import Fate, Order, Outcome, Reach
from harness.wire import econduit
from harness.wire.econduit import (
    Ack,
    Command,
    Heartbeat,
    Nonsense,
    Reader,
    Register,
    RegistrationAnswer,
    Response,
)
from harness.wire.endpoint import (
    Close,
    Hearing,
    Input,
    Listen,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Send,
    Tell,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import SHOWN

# ---- What a case may say ---------------------------------------------------------------------------------------------


class Answers(StrEnum):
    """The cloud's own answers, which a case can bend."""

    REGISTRATION = "registration"
    ACK = "ack"


@dataclass(frozen=True, slots=True)
class Bend:
    """Deliver these answers like that, from now on or so many times."""

    answers: Answers
    delivery: Delivery
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Straighten:
    """Answer as the document says again."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send a command, or with a `delivery.body` any bytes, on a line; `None` is that of the newest registration."""

    command: Command
    delivery: Delivery = PLAIN
    line: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """End a line, or all of them."""

    line: int | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Hear:
    """Treat those who dial a listener like this."""

    at: str
    hearing: Hearing


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Noted: a command found no registered line to go down on."""

    command: Command


# ---- The cloud -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """How this cloud reads the open points of the document, and which terminals it knows.

    `registration_ending` and `command_ending` are bytes; `newest_wins`: of two lines with one TerminalID the older is
    closed, otherwise the newer is refused; `watcher`: the party that is told when a terminal can be reached."""

    terminal_types: tuple[str, ...] = ("AcmePay",)
    heartbeat_bodies: tuple[str, ...] = econduit.HEARTBEAT_BODIES
    registration_ending: bytes = econduit.TERMINATOR
    command_ending: bytes = econduit.TERMINATOR
    close_after_failure: bool = True
    newest_wins: bool = True
    frame_limit: int = 1 << 20
    watcher: str = ""


@dataclass(slots=True)
class _Line:
    number: int
    reader: Reader
    terminal_id: str = ""
    acks: bool = False
    registered: bool = False
    running: dict[str, Command] = field(default_factory=dict)
    held: bytes = b""
    last_at: float = 0.0
    outbox: list[tuple[float, Output]] = field(default_factory=list)


class Cloud:
    """The party that terminals dial, on any number of listeners."""

    name = "cloud"

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = Terms() if terms is None else terms
        self._lines: dict[int, _Line] = {}
        self._bends: dict[Answers, Bend] = {}
        self._orders: dict[str, tuple[str, Order]] = {}

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Opened(line):
                read = lambda payload: econduit.read_from_terminal(payload, self.terms.heartbeat_bodies)  # noqa: E731
                self._lines[line] = _Line(line, Reader(read, self.terms.frame_limit))
            case Received(line, data) if line in self._lines:
                for message in self._lines[line].reader.receive_data(data):
                    yield Noted(line, message)
                    # An earlier message of the same piece may have ended the line.
                    if line in self._lines:
                        yield from self._answer(self._lines[line], message, now)
            case PeerClosed(line):
                yield from self._forget(line)
            case Woke(name):
                yield from self._pump(int(name.removeprefix("line ")), now)
            case Told(_, Order() as order):
                yield from self._order(event.by, order, now)
            case Told(_, body):
                yield from self._instructed(body, now)

    # ---- what terminals say ------------------------------------------------------------------------------------------

    def _answer(self, line: _Line, message: object, now: float) -> Iterator[Output]:
        match message:
            case Register():
                yield from self._register(line, message, now)
            case Heartbeat() if line.acks:
                yield from self._deliver(line, Ack(), econduit.ACK, econduit.TERMINATOR, self._bent(Answers.ACK), now)
            case Response():
                line.running.pop(message.ref_id, None)
                yield from self._outcome(message)

    def _register(self, line: _Line, message: Register, now: float) -> Iterator[Output]:
        answer = self._judge_registration(line, message)
        delivery = self._bent(Answers.REGISTRATION)
        if answer == econduit.OK_REGISTRATION and not delivery.silent and delivery.body in (None, answer.encode()):
            if self.terms.newest_wins:
                for old in [old for old in self._lines.values() if old.terminal_id == message.terminal_id]:
                    if old is not line:
                        yield Close(old.number)
                        yield from self._forget(old.number)
            line.terminal_id, line.acks, line.registered = message.terminal_id, message.asks_for_acks, True
            if self.terms.watcher:
                yield Tell(self.terms.watcher, Reach(line.terminal_id, online=True))
        elif self.terms.close_after_failure and delivery is PLAIN:
            delivery = Delivery(then=Then.CLOSE)
        body = answer.encode()
        yield from self._deliver(line, RegistrationAnswer(answer), body, self.terms.registration_ending, delivery, now)

    def _judge_registration(self, line: _Line, message: Register) -> str:
        fields = message.document.fields
        if any(not fields.get(name) for name in ("Command", "TerminalType", "TerminalID")):
            return econduit.FAILED_REGISTRATION
        if fields["TerminalType"] not in self.terms.terminal_types:
            return econduit.FAILED_INVALID_TERMINAL_TYPE
        taken = any(old.terminal_id == message.terminal_id and old is not line for old in self._lines.values())
        if taken and not self.terms.newest_wins:
            return econduit.FAILED_REGISTRATION
        return econduit.OK_REGISTRATION

    # ---- orders of a POS ---------------------------------------------------------------------------------------------

    def _order(self, by: str, order: Order, now: float) -> Iterator[Output]:
        line = next(
            (line for line in self._lines.values() if line.registered and line.terminal_id == order.terminal_id), None
        )
        if line is None:
            yield Tell(by, Outcome(order.id, Fate.OFFLINE, {}))
        elif line.running:
            yield Tell(by, Outcome(order.id, Fate.BUSY, {}))
        else:
            command = Command(order.fields)
            self._orders[command.ref_id] = (by, order)
            yield from self._send_command(line, command, PLAIN, now)

    def _outcome(self, response: Response) -> Iterator[Output]:
        if response.ref_id in self._orders:
            by, order = self._orders.pop(response.ref_id)
            busy = response.result == "Busy"
            fields = {} if busy else response.document.fields
            yield Tell(by, Outcome(order.id, Fate.BUSY if busy else Fate.ANSWERED, fields))

    def _forget(self, number: int) -> Iterator[Output]:
        line = self._lines.pop(number, None)
        if line is not None and line.registered and self.terms.watcher:
            yield Tell(self.terms.watcher, Reach(line.terminal_id, online=False))
        for reference in line.running if line is not None else ():
            if reference in self._orders:
                # The order stays known: the terminal may still answer it on its next line.
                by, order = self._orders[reference]
                yield Tell(by, Outcome(order.id, Fate.LOST, {}))

    # ---- what a case says --------------------------------------------------------------------------------------------

    def _instructed(self, body: object, now: float) -> Iterator[Output]:
        match body:
            case Bend():
                self._bends[body.answers] = body
            case Straighten():
                self._bends.clear()
            case Say(command, delivery, number):
                line = self._newest() if number is None else self._lines.get(number)
                if line is None:
                    yield Noted(0, Undelivered(command))
                else:
                    yield from self._send_command(line, command, delivery, now)
            case End(number, reset):
                for line in [line for line in self._lines.values() if number in (None, line.number)]:
                    yield Close(line.number, reset)
                    yield from self._forget(line.number)
            case Hear(at, hearing):
                yield Listen(at, hearing)

    def _newest(self) -> _Line | None:
        return next((line for line in reversed(self._lines.values()) if line.registered), None)

    def _bent(self, answers: Answers) -> Delivery:
        bend = self._bends.get(answers)
        if bend is None:
            return PLAIN
        if bend.times is not None:
            self._bends[answers] = Bend(answers, bend.delivery, bend.times - 1)
            if bend.times <= 1:
                del self._bends[answers]
        return bend.delivery

    # ---- putting messages on a line ----------------------------------------------------------------------------------

    def _send_command(self, line: _Line, command: Command, delivery: Delivery, now: float) -> Iterator[Output]:
        if command.ref_id:
            line.running[command.ref_id] = command
        body = econduit.build(command.fields, terminator=b"")
        yield from self._deliver(line, command, body, self.terms.command_ending, delivery, now)

    def _deliver(
        self, line: _Line, message: object, body: bytes, ending: bytes, delivery: Delivery, now: float
    ) -> Iterator[Output]:
        # What waits in the outbox goes first: nothing may land between the pieces of an earlier message.
        at = max(now, line.last_at) + delivery.after
        if not delivery.silent:
            data = line.held + delivery.wire(body, ending)
            line.held = b""
            sent = _as_sent(message, delivery)
            if delivery.hold:
                line.held = data
                yield Noted(line.number, sent)
            else:
                for number, piece in enumerate(delivery.pieces(data)):
                    at += delivery.gap if number else 0.0
                    line.outbox.append((at, Send(line.number, piece)))
                line.outbox.append((at, Noted(line.number, sent)))
        if delivery.then is not Then.KEEP:
            line.outbox.append((at, Close(line.number, reset=delivery.then is Then.RESET)))
        line.last_at = at
        yield from self._pump(line.number, now)

    def _pump(self, number: int, now: float) -> Iterator[Output]:
        line = self._lines.get(number)
        while line is not None and line.outbox:
            at, output = line.outbox[0]
            if at > now + 1e-6:
                yield WakeAt(f"line {number}", at)
                return
            del line.outbox[0]
            yield output
            if isinstance(output, Close):
                yield from self._forget(number)
                return


def _as_sent(message: object, delivery: Delivery) -> object:
    """What the trace shall say was sent: the message itself, or what a case put in its place."""
    if delivery.body is None:
        return message
    if isinstance(message, RegistrationAnswer):
        # Whatever stands there is the answer, garbage too: `Malformed` is said of what the terminal sends.
        return RegistrationAnswer(delivery.body.decode(errors="backslashreplace"))
    sent = econduit.read_from_cloud(delivery.body)
    return sent if isinstance(sent, Command | Ack) else Nonsense(delivery.body[:SHOWN])
