"""The desk of who runs the fake cloud by hand: words from the keyboard or by HTTP, and what they make the parties do.

    sale 12.40 [TERMINAL]          order a sale on a terminal
    refuse [TIMES] [PARTY]         refuse the next registrations or handshakes
    drop [LINE] [PARTY]            end a line, or all, in order; `reset` does it by RST
    say PARTY TEXT                 send this text as a message, whatever it is
    event POIID EVENT [DETAILS]    something happens to a terminal: its event goes to the event URLs
    status TERMINAL STATUS         a terminal behind the gateway goes online, offline or reconnecting
    straighten [PARTY]             do all as the documents say again
    help                           these lines

A PARTY is one of those that are served; without one, all of them that can are meant. By HTTP the line is the body of a
POST: `curl -d 'sale 12.40' http://HOST:PORT/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from fake_cloud import delivery, econduit
from fake_cloud.adyen import instructions as adyen
from fake_cloud.delivery import Delivery
from fake_cloud.modulus import delivery as modulus_delivery
from fake_cloud.modulus import instructions as modulus
from fake_cloud.order import Order, Outcome, Reach
from fake_cloud.paymentsense import instructions as paymentsense
from harness.wire.econduit import FAILED_REGISTRATION, Command
from harness.wire.endpoint import (
    Close,
    Input,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Send,
    Tell,
    Told,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import Reply, ServerSide

CLOUD, CONNECT, GATEWAY, ADYEN, EXCHANGE = "cloud", "connect", "gateway", "adyen", "exchange"
STATUSES = ("online", "offline", "reconnecting")
EVENTS = ("Shutdown", "BeginMaintenance", "EndMaintenance", "OutOfOrder", "Initialised", "Reject", "SaleWakeUp")

Instruct = Callable[[list[str]], object]
"""Words after the verb into an instruction. Raises MisspokenError for words that it does not understand."""


class MisspokenError(ValueError):
    """What was typed is no command; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Noted: what somebody at the desk said, and by which way it came."""

    by: str
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """Noted: what the desk answers."""

    text: str


KINDS = (Spoken, Said)
"""What may stand in a trace of work by hand beside what the parties note."""


def _count(words: list[str]) -> int:
    if not words:
        return 1
    if not (words[0].isascii() and words[0].isdigit() and int(words[0])):
        raise MisspokenError(f"found {words[0]!r}; allowed: how often, a number from 1")
    return int(words[0])


def _line(words: list[str]) -> int | None:
    return _count(words) if words else None


REFUSE: Mapping[str, Instruct] = {
    CLOUD: lambda words: econduit.Bend(
        econduit.Answers.REGISTRATION,
        Delivery(body=FAILED_REGISTRATION.encode(), then=delivery.Then.CLOSE),
        _count(words),
    ),
    CONNECT: lambda words: paymentsense.TurnAway(401, times=_count(words)),
    GATEWAY: lambda words: modulus.Refuse(401, times=_count(words)),
}
DROP: Mapping[str, Instruct] = {
    CLOUD: lambda words: econduit.End(_line(words)),
    CONNECT: lambda words: paymentsense.End(_line(words)),
    GATEWAY: lambda words: modulus.End(line=_line(words)),
}
RESET: Mapping[str, Instruct] = {
    CLOUD: lambda words: econduit.End(_line(words), reset=True),
    CONNECT: lambda words: paymentsense.End(_line(words), code=None, reset=True),
    GATEWAY: lambda words: modulus.End(modulus_delivery.Then.RESET, None, line=_line(words)),
}
STRAIGHTEN: Mapping[str, Instruct] = {
    CLOUD: lambda _: econduit.Straighten(),
    CONNECT: lambda _: paymentsense.Straighten(),
    GATEWAY: lambda _: modulus.Straighten(),
    ADYEN: lambda _: adyen.Straighten(),
}
SAY: Mapping[str, Callable[[str], object]] = {
    CLOUD: lambda text: econduit.Say(Command({}), Delivery(body=text.encode())),
    CONNECT: paymentsense.Say,
    GATEWAY: lambda text: modulus.Say(delivery=modulus_delivery.Delivery(text=text)),
}
FOR_ALL: Mapping[str, Mapping[str, Instruct]] = {
    "refuse": REFUSE,
    "drop": DROP,
    "reset": RESET,
    "straighten": STRAIGHTEN,
}
VERBS = ("sale", *FOR_ALL, "say", "event", "status", "help")


class Desk:
    """The party behind keyboard and control port. `served`: the parties that are there; `terminal`: the eConduit
    terminal that a sale goes to if none is named."""

    name = "desk"

    def __init__(self, served: tuple[str, ...], terminal: str) -> None:
        self._served = served
        self._terminal = terminal
        self._callers: dict[int, ServerSide] = {}
        self._orders = 0
        self._events = 0

    def handle(self, event: Input, now: float) -> Iterator[Output]:  # noqa: ARG002 — it acts at once
        match event:
            case Told("keyboard", str() as words):
                yield Noted(0, Spoken("keyboard", words))
                try:
                    yield from self._act(words)
                except MisspokenError as wrong:
                    yield Noted(0, Said(str(wrong)))
            case Told(_, Outcome(number, fate, fields)):
                yield Noted(0, Said(f"sale {number}: {fate}" + (f", {fields}" if fields else "")))
            case Told(_, Reach(terminal, online)):
                yield Noted(0, Said(f"terminal {terminal} is {'online' if online else 'offline'}"))
            case Opened(line):
                self._callers[line] = ServerSide()
            case PeerClosed(line):
                self._callers.pop(line, None)
            case Received(line, data) if line in self._callers:
                for request in self._callers[line].receive_data(data):
                    yield from self._called(line, request)

    def _called(self, line: int, request: object) -> Iterator[Output]:
        side = self._callers[line]
        if isinstance(request, Malformed):
            yield Send(line, side.rejection(request))
            yield Close(line)
            return
        words = request.body.decode(errors="replace").strip()  # type: ignore[attr-defined]
        yield Noted(line, Spoken("http", words))
        status, said = 200, "done"
        try:
            for output in self._act(words):
                yield output
                if isinstance(output, Noted) and isinstance(output.body, Said):
                    said = output.body.text
        except MisspokenError as wrong:
            status, said = 400, str(wrong)
        plain = (("Content-Type", "text/plain; charset=utf-8"),)
        yield Send(line, side.send(Reply(status, plain, f"{said}\n".encode())))
        if side.must_close:
            yield Close(line)

    def _act(self, words: str) -> Iterator[Output]:
        verb, *rest = words.split() or [""]
        if verb in FOR_ALL:
            yield from self._to_all(FOR_ALL[verb], rest)
        elif verb == "sale":
            yield from self._sale(rest)
        elif verb == "say":
            party = self._named(rest[:1], SAY)
            yield Tell(party, SAY[party](words.split(maxsplit=2)[2] if len(rest) > 1 else ""))
            yield Noted(0, Said(f"said by {party}"))
        elif verb == "event":
            yield from self._event(rest)
        elif verb == "status":
            if len(rest) != 2 or rest[1] not in STATUSES:
                raise MisspokenError(f"found {words!r}; allowed: status TERMINAL {' | '.join(STATUSES)}")
            yield Tell(self._named([GATEWAY], (GATEWAY,)), modulus.Goes(rest[0], rest[1]))
            yield Noted(0, Said(f"{GATEWAY}: {rest[0]} is {rest[1]}"))
        elif verb == "help":
            yield Noted(0, Said("\n" + (__doc__ or "").split("\n\n")[1]))
        else:
            raise MisspokenError(f"found {verb!r}; allowed: {', '.join(VERBS)}")

    def _to_all(self, how: Mapping[str, Instruct], rest: list[str]) -> Iterator[Output]:
        party = rest[-1] if rest and not rest[-1].isdigit() else ""
        parties = [self._named([party], how)] if party else [one for one in self._served if one in how]
        if not parties:
            raise MisspokenError("nobody is served who could do that")
        arguments = rest[:-1] if party else rest
        for one in parties:
            yield Tell(one, how[one](arguments))
        yield Noted(0, Said(f"told {', '.join(parties)}"))

    def _named(self, words: list[str], able: Mapping[str, object] | tuple[str, ...]) -> str:
        allowed = [one for one in self._served if one in able]
        if not words or words[0] not in allowed:
            raise MisspokenError(f"found {' '.join(words)!r}; allowed: {' | '.join(allowed) or 'nobody here'}")
        return words[0]

    def _sale(self, rest: list[str]) -> Iterator[Output]:
        amount = rest[0] if rest else ""
        whole, point, cents = amount.partition(".")
        if not (whole.isascii() and whole.isdigit() and (not point or (cents.isdigit() and len(cents) == 2))):
            raise MisspokenError(f"found {amount!r}; allowed: an amount like 12.40")
        self._named([CLOUD], (CLOUD,))
        self._orders += 1
        fields = {"Command": "Sale", "RefID": f"desk-{self._orders}", "Amount": amount if point else f"{amount}.00"}
        terminal = rest[1] if len(rest) > 1 else self._terminal
        yield Noted(0, Said(f"sale {self._orders}: {fields['Amount']} ordered on {terminal}"))
        yield Tell(EXCHANGE, Order(self._orders, terminal, fields))

    def _event(self, rest: list[str]) -> Iterator[Output]:
        if len(rest) < 2 or rest[1] not in EVENTS:
            raise MisspokenError(f"found {' '.join(rest)!r}; allowed: event POIID {' | '.join(EVENTS)}")
        self._named([ADYEN], (ADYEN,))
        self._events += 1
        emitted = adyen.Emit(self._events, rest[0], rest[1])
        yield Noted(0, Said(f"event {self._events}: {rest[1]} of {rest[0]}"))
        yield Tell(ADYEN, replace(emitted, details=" ".join(rest[2:])) if len(rest) > 2 else emitted)
