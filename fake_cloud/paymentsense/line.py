"""One connection of an EPoS: its handshake, its pings, the way of messages onto it, and who waits for which answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from typing import Protocol

from fake_cloud.delivery import Then
from fake_cloud.paymentsense.agenda import Agenda, Entry
from fake_cloud.paymentsense.instructions import Pinging, Way
from fake_cloud.paymentsense.terms import Terms
from harness.wire.endpoint import Close, Noted, Output, Send
from harness.wire.paymentsense import (
    Address,
    Admitted,
    Answer,
    Demand,
    Dialogue,
    Ended,
    Message,
    Pinged,
    Side,
    Unsent,
    build,
    same_id,
)
from harness.wire.websocket import Server

OnAnswer = Callable[[Answer | None, float], Iterator[Output]]
"""What follows an answer, or its absence when the time for it is over."""


class Switchboard(Protocol):
    """How the parts of Connect reach an EPoS, by the number of its line; a line that is gone hears nothing. Each thing
    that is said goes the way that the case wants for its method."""

    def answer(self, line: int, answer: Answer, now: float) -> Iterator[Output]: ...

    def notify(self, line: int | None, method: str, params: object, now: float) -> Iterator[Output]:
        """`line`: None for every connection at a counter."""
        ...

    def ask(
        self, line: int, method: str, params: object, within: float, then: OnAnswer, now: float
    ) -> Iterator[Output]:
        """`within`: seconds for the answer; without one `then` is told None."""
        ...


GONE_WITHIN = 5.0
"""Seconds that a client has to end the line after our close frame."""


class Line:
    """A connection, from its opening on. `up`: until we or the EPoS have ended it; `closing`: we have said
    goodbye and wait for the EPoS to end it."""

    def __init__(self, number: int, listener: str, terms: Terms, agenda: Agenda) -> None:
        self.number, self.listener = number, listener
        self.server = Server(message_limit=terms.message_limit)
        self.dialogue = Dialogue(Side.CONNECT, terms.names)
        self.address: Address | None = None
        self.admitted: Admitted | None = None
        self.up = True
        self.closing = False
        self._terms, self._agenda = terms, agenda
        self._waiting: list[tuple[Demand, OnAnswer, Entry]] = []
        self._ids = count(1)
        self._pings = count(1)
        self._unanswered: list[bytes] = []
        self._missed = 0
        self._ping: Entry | None = None
        self._heeds = True

    @property
    def token(self) -> str:
        return "" if self.address is None else self.address.value("token") or ""

    def serves(self, integration: str) -> bool:
        """Whether messages of this integration type may be said on it."""
        return (
            self.up
            and self.server.open
            and self.admitted is not None
            and (self.admitted.integration == integration and not self.admitted.mute)
        )

    @property
    def version(self) -> str:
        """As what it is served."""
        return self.dialogue.version

    # ---- messages ----------------------------------------------------------------------------------------------------

    def say(self, what: Message | str, way: Way, now: float) -> Iterator[Output]:
        """Put a message, or a text, on the line in the way that was asked for."""
        if way.after:
            self._agenda.at(now + way.after, lambda now: self._put(what, way, now))
        else:
            yield from self._put(what, way, now)

    def ask(self, method: str, params: object, way: Way, within: float, then: OnAnswer, now: float) -> Iterator[Output]:
        """Put a demand on the line, and wait for its answer for so many seconds."""
        demand = Demand(Side.CONNECT, next(self._ids), method, params)
        entry = self._agenda.at(now + way.after + within, lambda now: self._overdue(demand, now))
        self._waiting.append((demand, then, entry))
        yield from self.say(demand, way, now)

    def answered(self, answer: Answer, now: float) -> Iterator[Output]:
        """An answer came; whoever waits for it goes on."""
        yield from self._resolve(lambda demand: bool(answer.of) and same_id(demand.id, answer.id), answer, now)

    def _overdue(self, demand: Demand, now: float) -> Iterator[Output]:
        yield from self._resolve(lambda waited: waited is demand, None, now)

    def _resolve(self, of: Callable[[Demand], bool], answer: Answer | None, now: float) -> Iterator[Output]:
        found = next((waiting for waiting in self._waiting if of(waiting[0])), None)
        if found is not None:
            self._waiting.remove(found)
            found[2].call_off()
            yield from found[1](answer, now)

    def _put(self, what: Message | str, way: Way, now: float) -> Iterator[Output]:
        if not (self.up and self.server.open):
            yield Noted(0, Unsent(getattr(what, "of", "") or getattr(what, "method", "")))
            return
        if not way.silent:
            text, said = self._words(what, way)
            for _ in range(way.copies):
                yield from self._frames(text, way)
            yield Noted(self.number, said)
        if way.then is Then.CLOSE:
            yield from self.end("as the case wants it", 1001, now)
        elif way.then is Then.RESET:
            yield from self.end("as the case wants it", None, now)

    def _words(self, what: Message | str, way: Way) -> tuple[str, object]:
        """The text of a message, and what the trace shall say was sent."""
        if isinstance(what, str):
            return what, self.dialogue.said(what)
        if not way.edited:
            return self.dialogue.say(what), what
        if (text := way.text) is None:
            members = json.loads(build(what, self._terms.names))
            kept = {name: value for name, value in members.items() if name not in way.without}
            text = json.dumps({**kept, **way.members})
        return text, self.dialogue.said(text)

    def _frames(self, text: str, way: Way) -> Iterator[Output]:
        if not way.fragments:
            yield Send(self.number, self.server.text(text))
            return
        cuts = [0, *way.fragments]
        frames = self.server.fragments(text, *(to - since for since, to in pairwise(cuts)))
        for number, frame in enumerate(frames):
            if number and way.ping_between:
                yield from self.ping(f"between {number}".encode())
            yield Send(self.number, frame)

    # ---- pings -------------------------------------------------------------------------------------------------------

    def ping(self, payload: bytes) -> Iterator[Output]:
        """Ping once, out of turn: nobody waits for the pong."""
        yield Send(self.number, self.server.ping(payload))
        yield Noted(self.number, Pinged(payload))

    def begin_pinging(self, pinging: Pinging, now: float) -> None:
        """Ping from now on, in this way."""
        if self._ping is not None:
            self._ping.call_off()
        self._unanswered, self._missed, self._heeds = [], 0, pinging.heeds
        self._ping = self._agenda.at(now + pinging.period, lambda now: self._ping_again(pinging, now))

    def ponged(self, payload: bytes) -> None:
        """A pong came: it answers its ping and all that went before (RFC 6455 section 5.5.3)."""
        if self._heeds and payload in self._unanswered:
            del self._unanswered[: self._unanswered.index(payload) + 1]
            self._missed = 0

    def _ping_again(self, pinging: Pinging, now: float) -> Iterator[Output]:
        if not (self.up and self.server.open):
            return
        payload = f"{self.number}.{next(self._pings)}".encode() if pinging.payload is None else pinging.payload
        self._unanswered.append(payload)
        self._ping = self._agenda.at(now + pinging.period, lambda now: self._ping_again(pinging, now))
        self._agenda.at(now + pinging.pong_within, lambda now: self._ping_over(pinging, payload, now))
        yield from self.ping(payload)

    def _ping_over(self, pinging: Pinging, payload: bytes, now: float) -> Iterator[Output]:
        if self.up and self.server.open and payload in self._unanswered:
            self._missed += 1
            if self._missed >= pinging.missed:
                yield from self.end("pings were left unanswered", pinging.code, now)

    # ---- the end -----------------------------------------------------------------------------------------------------

    def end(self, why: str, code: int | None, now: float, *, reset: bool | None = None) -> Iterator[Output]:
        """End the connection: by a close frame, which the EPoS has some seconds to answer, or without one at once.

        `reset`: by RST at once; if not said, where there is no close frame."""
        if not self.up:
            return
        yield Noted(self.number, Ended(why, code))
        if code is not None and self.server.open:
            self.closing = True
            yield Send(self.number, self.server.close(code, why))
            if not reset:
                self._agenda.at(now + GONE_WITHIN, lambda _: self.drop())
                return
        yield from self.drop(reset=code is None if reset is None else reset)

    def drop(self, *, reset: bool = False) -> Iterator[Output]:
        """End the line, now."""
        if self.up:
            self.gone()
            yield Close(self.number, reset)

    def gone(self) -> None:
        """The line is no more; nobody who waits for an answer will have one."""
        self.up = False
        for _, _, entry in self._waiting:
            entry.call_off()
