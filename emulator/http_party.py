"""A party that speaks HTTP both ways: it takes calls at its listeners, and makes calls of its own.

Both kinds of line come and go by themselves here, with their timers, so that a DUT is written as what it does: `asked`
when somebody calls, `call` when it wants something of somebody, `after` when something shall happen later. What comes
of a call, or of a time, is a method handed in: it is called with the moment, and yields Outputs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from harness.wire.endpoint import (
    Close,
    Dial,
    Input,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import ClientSide, Reply, Request, ServerSide

POWER_ON = Woke("power on")
"""The first Input of a DUT's life: whoever keeps it says this once."""

DIAL_WITHIN = 10.0
"""Seconds a dial may take."""

IDLE_WITHIN = 60.0
"""Seconds a caller may keep a line without a whole request on it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A call brought no reply. `sent`: the request may have arrived all the same."""

    why: str
    sent: bool


Then = Callable[[Reply | Failed, float], Iterator[Output]]
"""What a party does with the outcome of a call."""

Due = Callable[[float], Iterator[Output]]
"""What a party does when a time has come."""


@dataclass(slots=True, eq=False)
class _Call:
    request: Request
    within: float
    then: Then
    side: ClientSide = field(default_factory=ClientSide)


class HttpParty(ABC):
    """Lines and timers of a DUT. `listener`: by which name those who call it come in."""

    name: str
    listener: str

    def __init__(self) -> None:
        self.on = False
        self._served: dict[int, ServerSide] = {}
        self._dialling: dict[str, deque[_Call]] = {}
        self._calls: dict[int, _Call] = {}
        self._timers: dict[str, Due] = {}

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        """React to one Input. All of it happens before the first Output is carried out, so no Input can cut in."""
        return list(self._react(event, now))

    def _react(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Woke() if event == POWER_ON:
                if not self.on:
                    self.on = True
                    yield from self.started(now)
            case Woke(name) if name in self._timers:
                yield from self._timers.pop(name)(now)
            case Opened(line, to) if to == self.listener:
                yield from self._called(line, now)
            case Opened(line, to):
                yield from self._reached(line, to, now)
            case Refused(to, why) if self._dialling.get(to):
                yield from self._dialling[to].popleft().then(Failed(why, sent=False), now)
            case Received(line, data) if line in self._served:
                yield from self.hear(line, data, now)
            case Received(line, data) if line in self._calls:
                yield from self._replied(line, self._calls[line].side.receive_data(data), now)
            case PeerClosed(line, reset):
                yield from self._parted(line, reset, now)
            case Told(_, body):
                yield from self.told(body, now)
            case _:
                pass  # of a line or a timer that is no longer ours

    @abstractmethod
    def started(self, now: float) -> Iterator[Output]:
        """It has power."""

    @abstractmethod
    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        """Somebody calls; `reply` answers."""

    @abstractmethod
    def told(self, body: object, now: float) -> Iterator[Output]:
        """Its user did something."""

    # ---- Time --------------------------------------------------------------------------------------------------------

    def after(self, name: str, seconds: float, now: float, do: Due) -> Iterator[Output]:
        """Do something later. One time a name: the next replaces it."""
        self._timers[name] = do
        yield WakeAt(name, now + seconds)

    def forget(self, name: str) -> Iterator[Output]:
        if self._timers.pop(name, None) is not None:
            yield WakeAt(name, None)

    # ---- Being called ------------------------------------------------------------------------------------------------

    def _called(self, line: int, now: float) -> Iterator[Output]:
        if not self.on:
            yield Close(line, reset=True)
            return
        self._served[line] = ServerSide()
        yield from self._await_request(line, now)

    def _await_request(self, line: int, now: float) -> Iterator[Output]:
        yield from self.after(f"idle {line}", IDLE_WITHIN, now, lambda _: self.hang_up(line))

    def hear(self, line: int, data: bytes, now: float) -> Iterator[Output]:
        """Take the requests that these bytes finish, one after the other; no bytes: those that wait."""
        side = self._served[line]
        found = side.receive_data(data)
        if interim := side.data_to_send():
            yield Send(line, interim)
        while found:
            for item in found:
                if isinstance(item, Malformed):
                    yield from self.illegible(line, item)
                else:
                    yield from self._await_request(line, now)
                    yield from self.asked(line, item, now)
            found = side.receive_data(b"") if line in self._served else []

    def illegible(self, line: int, what: Malformed) -> Iterator[Output]:
        """What is no HTTP is told so, and the line ends."""
        if rejection := self._served[line].rejection(what):
            yield Send(line, rejection)
        yield from self.hang_up(line)

    def callers(self) -> list[int]:
        """The lines of those who are connected, in the order in which they came."""
        return list(self._served)

    def reply(self, line: int, reply: Reply) -> Iterator[Output]:
        """Answer the request at hand, if its caller is still there."""
        if (side := self._served.get(line)) is None:
            return
        yield Send(line, side.send(reply))
        if side.must_close:
            yield from self.hang_up(line)

    def hang_up(self, line: int, *, reset: bool = False) -> Iterator[Output]:
        """End the line of a caller."""
        if self._served.pop(line, None) is not None:
            yield from self.forget(f"idle {line}")
            yield Close(line, reset)

    # ---- Calling -----------------------------------------------------------------------------------------------------

    def call(self, to: str, request: Request, then: Then, within: float, *, secure: bool = False) -> Iterator[Output]:
        """Ask somebody on a line of its own. `within`: seconds for the reply, from when the line is up."""
        self._dialling.setdefault(to, deque()).append(_Call(request, within, then))
        yield Dial(to, DIAL_WITHIN, secure)

    def _reached(self, line: int, to: str, now: float) -> Iterator[Output]:
        """Calls to one address are alike: the line that is up first serves the one that has waited longest."""
        if not self._dialling.get(to):
            yield Close(line)
            return
        call = self._calls[line] = self._dialling[to].popleft()
        yield Send(line, call.side.request(call.request))
        yield from self.after(f"call {line}", call.within, now, lambda at: self._unanswered(line, at))

    def _unanswered(self, line: int, now: float) -> Iterator[Output]:
        yield from self._settled(line, Failed("no reply in time", sent=True), now)

    def _replied(self, line: int, found: list[Reply | Malformed], now: float) -> Iterator[Output]:
        """The first thing heard settles the call."""
        if found:
            outcome = found[0] if isinstance(found[0], Reply) else Failed(found[0].why, sent=True)
            yield from self._settled(line, outcome, now)

    def _settled(self, line: int, outcome: Reply | Failed, now: float, *, up: bool = True) -> Iterator[Output]:
        call = self._calls.pop(line)
        yield from self.forget(f"call {line}")
        if up:
            yield Close(line)
        yield from call.then(outcome, now)

    def _parted(self, line: int, reset: bool, now: float) -> Iterator[Output]:
        if self._served.pop(line, None) is not None:
            yield from self.forget(f"idle {line}")
        elif (call := self._calls.get(line)) is not None:
            found = [] if reset else call.side.receive_eof()
            reply = next((item for item in found if isinstance(item, Reply)), None)
            yield from self._settled(line, reply or Failed("the line ended", sent=True), now, up=False)
