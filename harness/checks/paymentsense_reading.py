"""How the checks of Paymentsense Connect read a trace: demands with their answers, keys with what came of them, the
screen and the book after a moment."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from harness.checks.reading import BENCH, done, uncertainty
from harness.evidence.bench import Booked, Pressed, Screen
from harness.evidence.trace import Event, Trace
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.paymentsense import TRANSACTIONS, Admitted, Answer, Demand, Ended, Refusal, Result, Side, same_id

CONNECT = "connect"
"""The party of ours that hears the EPoS."""

KEYS = ("sale", "refund")
"""Keys that begin a transaction, called as its method."""

ENDED = ("paid", "refunded", "declined", "cancelled", "voided", "unknown")
"""How it stands in a book with a sale for which nobody waits any more."""

SETTLED = ("paid", "refunded")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A demand and its answer; None for one that has none in the trace. `asked`, `answered`: their events."""

    asked: Event
    demand: Demand
    answered: Event | None = None
    answer: Answer | None = None

    @property
    def outcome(self) -> str:
        """What the answer says of a transaction: a `transactionResult`, `error`, or nothing."""
        if isinstance(self.answer, Refusal):
            return "error"
        return str(self.answer.part("transactionResult")) if isinstance(self.answer, Result) else ""


@dataclass(frozen=True, slots=True)
class Sale:
    """A key that begins a transaction, and the demand that came of it. `reference`: under which it is in the book, ""
    if it is not."""

    pressed: Event
    key: Pressed
    exchange: Exchange | None
    reference: str

    @property
    def asked(self) -> int | None:
        """Minor units that the user typed; None where he typed no amount."""
        whole, _, cents = self.key.fields.get("amount", "").partition(".")
        return int(whole + cents) if whole.isdecimal() and cents.isdecimal() and len(cents) == 2 else None


def exchanges(trace: Trace, by: Side, methods: Container[str]) -> list[Exchange]:
    """What one side asked by these methods, in order, each with the first answer of the other side to it.

    An answer is one on the same line with the same id, before that id is used again."""
    messages = trace.heard(CONNECT, Demand, Result, Refusal)
    found: list[Exchange] = []
    for event, body in messages:
        if isinstance(body, Demand) and body.by is by and body.method in methods:
            found.append(_answered(Exchange(event, body), messages))
    return found


def _answered(exchange: Exchange, messages: list[tuple[Event, Any]]) -> Exchange:
    demand = exchange.demand
    for event, body in messages:
        if event.index <= exchange.asked.index or event.line != exchange.asked.line or not same_id(body.id, demand.id):
            continue
        if isinstance(body, Demand):
            if body.by is demand.by:
                break
        elif body.by is demand.by.other:
            return Exchange(exchange.asked, demand, event, body)
    return exchange


def sales(trace: Trace) -> list[Sale]:
    """Each key that begins a transaction, with the first demand for one that no key before it has explained."""
    waiting = exchanges(trace, Side.EPOS, TRANSACTIONS)
    found = []
    for event, key in pressed(trace, *KEYS):
        mine = next((one for one in waiting if one.asked.index > event.index), None)
        if mine is not None:
            waiting.remove(mine)
        found.append(Sale(event, key, mine, _reference(trace, event, key)))
    return found


def _reference(trace: Trace, event: Event, key: Pressed) -> str:
    """What the user has named it, or else the first that is new in the book after the key."""
    known = {body.reference for one, body in trace.heard(BENCH, Booked) if one.index < event.index}
    after = [body.reference for one, body in trace.heard(BENCH, Booked) if one.index > event.index]
    named = key.fields.get("reference", "")
    return named if named in after else next((one for one in after if one not in known), "")


def pressed(trace: Trace, *keys: str) -> list[tuple[Event, Pressed]]:
    """Each time that one of these keys was pressed."""
    return [(event, body) for event, body in trace.heard(BENCH, Pressed) if body.key in keys]


def connected(trace: Trace, at: Event) -> bool:
    """Whether an EPoS was let in and not ended at a moment: without that nobody can ask Connect anything."""
    up: set[int] = set()
    for event, body in trace.heard(CONNECT, Admitted, Ended, Close, PeerClosed):
        if event.index > at.index:
            break
        if isinstance(body, Admitted) and not body.mute:
            up.add(event.line)
        else:
            up.discard(event.line)
    return bool(up)


def screens(trace: Trace, since: Event, within: float) -> list[tuple[Event, Screen]]:
    """What came onto the screen after an event, for so many seconds; what may have come in time, did."""
    until = since.at + within + 2 * uncertainty(trace)
    shown = trace.heard(BENCH, Screen)
    return [(event, body) for event, body in shown if event.index > since.index and event.at <= until]


def booked(trace: Trace, reference: str, since: Event | None = None, until: float = float("inf")) -> list[Event]:
    """How it came to stand with a sale, after an event and up to a time."""
    first = -1 if since is None else since.index
    of = [event for event, body in trace.heard(BENCH, Booked) if body.reference == reference]
    return [event for event in of if event.index > first and event.at <= until]


def stands(trace: Trace, reference: str, at: float = float("inf")) -> Event | None:
    """The latest word of the book about a sale at a moment."""
    return next(reversed(booked(trace, reference, until=at)), None)


def ran_for(trace: Trace, since: Event, seconds: float) -> bool:
    """Whether the trace goes on for so long after an event, a key's from when it was pressed for certain; what should
    come by then has had its time."""
    return trace.end > done(trace, since) + seconds + 2 * uncertainty(trace)
