"""What became of a payment whose result is missing: the gateway's HTTP side is asked, never the terminal again.

One question at a time, each on a line of its own, signed by HMAC (sheet, table b, "HTTP side").
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from emulator.modulus.link import Link, Standing
from emulator.modulus.settings import Settings
from harness.wire import http1, modulus, strict_json
from harness.wire.endpoint import Close, Dial, Input, Opened, Output, PeerClosed, Received, Refused, Send
from harness.wire.http1 import Headers, Reply, Request
from harness.wire.strict_json import Document

if TYPE_CHECKING:
    from random import Random


class Inquirer(Link):
    """A link whose holder can ask what became of a transaction."""

    def __init__(self, settings: Settings, rng: Random) -> None:
        super().__init__(settings, rng)
        self._questions: list[str] = []
        self._dialled = False
        self._asking = 0
        self._http = http1.ClientSide()

    @abstractmethod
    def found(self, transaction: str, status: str, answer: Document, now: float) -> Iterator[Output]:
        """The gateway tells how it stands with a transaction."""

    @abstractmethod
    def not_found(self, transaction: str, why: str, now: float) -> Iterator[Output]:
        """Nobody can tell: the question may be asked again later."""

    def inquire(self, transaction: str) -> Iterator[Output]:
        """Ask about a transaction (MOD-104); a question that waits already is not asked twice."""
        if self.settings.inquiry is None or transaction in self._questions:
            return
        self._questions.append(transaction)
        if len(self._questions) == 1:
            yield from self._dial_inquiry(self.settings.inquiry)

    def react(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Opened(line, to) if self._expects(to):
                yield from self._ask(line, now)
            case Refused(to, why) if self._expects(to):
                yield from self._unanswered(f"not reached: {why}", now)
            case Received(line, data) if line == self._asking:
                for reply in self._http.receive_data(data)[:1]:
                    yield from self._replied(reply, now)
            case PeerClosed(line) if line == self._asking:
                replies = self._http.receive_eof()
                yield from self._replied(replies[0], now) if replies else self._unanswered("no reply", now)
            case _:
                yield from super().react(event, now)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        yield from self._unanswered("no reply in time", now) if name == "inquiry" else super().woke(name, now)

    def left(self) -> Iterator[Output]:
        """What is not answered at the end is asked after the next start."""
        yield from super().left()
        self._questions.clear()
        yield from self._hang_up_inquiry()

    def _expects(self, to: str) -> bool:
        """The WebSocket comes first where both are served at one address: lines are alike until they are used."""
        return self._dialled and to == self.settings.inquiry and not self._awaits(to)

    def _dial_inquiry(self, to: str) -> Iterator[Output]:
        self._dialled = True
        yield Dial(to, self.settings.dial_within, secure=True)

    def _ask(self, line: int, now: float) -> Iterator[Output]:
        self._dialled = False
        self._asking = line
        self._http = http1.ClientSide()
        target = f"{self.settings.path}/transactions/{quote(self._questions[0], safe='')}"
        host = ("Host", self.settings.inquiry or "")
        yield Send(line, self._http.request(Request("GET", target, (host, *self.signed("GET", target, now)))))
        yield from self.wake("inquiry", now + self.settings.answer_within)

    def signed(self, method: str, path: str, now: float, body: bytes = b"") -> Headers:
        """What proves that the holder of the key asks, and asks now."""
        timestamp = str(int(self.settings.epoch + now))
        return (
            (modulus.KEY_NAME, self.settings.api_key),
            (modulus.TIMESTAMP_NAME, timestamp),
            (modulus.SIGNATURE_NAME, modulus.signature(self.settings.secret, method, path, timestamp, body)),
        )

    def _replied(self, reply: Reply | object, now: float) -> Iterator[Output]:
        if not isinstance(reply, Reply):
            yield from self._unanswered("a reply that is no HTTP", now)
            return
        answer = strict_json.parse(reply.body)
        transaction = self._questions[0]
        if reply.status != 200:
            yield from self._unanswered(f"HTTP {reply.status}", now)
        elif isinstance(answer, str) or answer.fields.get("transactionId") != transaction:
            yield from self._unanswered("an answer to another question", now)
        else:
            yield from self._next()
            yield from self.found(transaction, answer.fields.get("status", ""), answer, now)

    def _unanswered(self, why: str, now: float) -> Iterator[Output]:
        transaction = self._questions[0]
        yield from self._next()
        yield from self.not_found(transaction, why, now)

    def _next(self) -> Iterator[Output]:
        """The question at hand is done with."""
        del self._questions[0]
        yield from self._hang_up_inquiry()
        if self._questions and self.settings.inquiry is not None and self.standing is not Standing.OFF:
            yield from self._dial_inquiry(self.settings.inquiry)

    def _hang_up_inquiry(self) -> Iterator[Output]:
        self._dialled = False
        if self._asking:
            yield Close(self._asking)
            self._asking = 0
        yield from self.forget("inquiry")
