"""Parties joined without sockets, on a clock that jumps: a day of heartbeats passes while one blinks.

What is due is kept in a heap; `until` takes the earliest, sets the clock to its time and lets it happen. Everything is
deterministic: two runs with the same seed give the same trace, event for event. The DUT is behind a `Link`, which can
be harmed; all other parties reach each other without one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from harness.evidence.bench import Parted
from harness.evidence.trace import Trace
from harness.transports.host import BenchError, HarnessError, Host, OnNoted, Party
from harness.transports.link import CLOUD, LATENCY, TERMINAL, Arrive, Kind, Link, Piece
from harness.transports.security import Security
from harness.wire.endpoint import Endpoint, Hearing, Input, Opened, Output, PeerClosed, Received, Refused, Woke

WIRE = "wire"
"""The source of what is seen between the DUT and the others."""

DUT = "terminal"
"""The party at the terminal's end of the link. All others are beyond it, and reach each other without it."""

MOST_AT_ONCE = 100_000
"""Happenings at one and the same moment after which the clock is taken to be stuck."""

INSTANT = 1e-6
"""Seconds between two things that happen one after the other with no time between them."""

ANSWERS = {
    Hearing.ANSWERING: Kind.ANSWER,
    Hearing.REFUSED: Kind.REJECTION,
    Hearing.UNREACHABLE: Kind.UNREACHABLE,
    Hearing.NOT_RESOLVED: Kind.UNKNOWN,
}
"""What a dialler is told, by how it is heard; one that is to time out is told nothing."""

FAILURES = {kind: hearing for hearing, kind in ANSWERS.items() if kind is not Kind.ANSWER}
"""What a dialler takes from what it is told in place of an answer."""

TOLD_TO_DIALLERS = frozenset({*ANSWERS.values(), Kind.ADDRESS})
"""What a dial that has no answer yet takes for one."""


class _Nobody:
    """Who has a line that was answered in another's name: it hears nothing, and says nothing."""

    name = ""

    def handle(self, event: Input, now: float) -> Iterable[Output]:  # noqa: ARG002 — nobody looks at it
        return ()


_NOBODY = Party(_Nobody(), recorded=False)


@dataclass(slots=True, eq=False)
class _End:
    """One end of a line: who holds it and by which number; `at`: the end of the link where it is. `crosses`: whether
    the line goes over the link, as `connection` there."""

    party: Party
    line: int
    at: str
    connection: int
    to: str
    crosses: bool
    other: _End = field(init=False)
    parted: bool = False


@dataclass(slots=True, eq=False)
class _Dial:
    """A dial that has no answer yet."""

    party: Party
    to: str
    connection: int
    crosses: bool


class MemoryHost(Host):
    """Carries lines between parties of this process. Addresses are the names of listeners."""

    hearings = frozenset(Hearing)

    def __init__(self, trace: Trace | None = None, on_noted: OnNoted | None = None) -> None:
        super().__init__(trace, on_noted)
        self._now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._timers: dict[tuple[str, str], int] = {}
        self._listeners: dict[str, tuple[Party, Hearing]] = {}
        self._ends: dict[tuple[str, int], _End] = {}
        self._dials: dict[int, _Dial] = {}
        self._connections = 0
        self.link = Link(lambda: self._now, self._at)
        """What lies between the DUT and everybody else."""

    @property
    def now(self) -> float:
        return self._now

    async def attach(
        self,
        endpoint: Endpoint,
        listen: Mapping[str, tuple[str, int]] | None = None,
        *,
        recorded: bool = True,
        security: Security | None = None,  # noqa: ARG002 — nothing here could be read by others
    ) -> None:
        if endpoint.name in self._parties:
            raise BenchError(f"a party named {endpoint.name!r} takes part already")
        party = self._parties[endpoint.name] = Party(endpoint, recorded)
        for name in listen or ():
            self._listeners[name] = (party, Hearing.ANSWERING)
        if endpoint.name == DUT:
            self.link.power(on=True)

    def detach(self, name: str) -> None:
        """Take a party away as a cut of its mains does: no goodbye, and its lines stay up at their other ends."""
        if (party := self._parties.pop(name, None)) is None:
            return
        for key in [key for key, end in self._ends.items() if end.party is party]:
            del self._ends[key]
        self._timers = {key: count for key, count in self._timers.items() if key[0] != name}
        if name == DUT:
            self.link.power(on=False)

    def lines_of(self, name: str) -> list[int]:
        return [line for party, line in self._ends if party == name]

    async def until(self, seen: Callable[[], bool], within: float, what: str) -> bool:
        deadline = self._now + within
        at_once = 0
        while not seen():
            self._check()
            if not self._due or self._due[0][0] > deadline:
                self._now = deadline
                return False
            at, _, do = heapq.heappop(self._due)
            at_once = at_once + 1 if at <= self._now else 0
            if at_once > MOST_AT_ONCE:
                raise HarnessError(f"the clock stands still at {self._now:.3f} s while waiting for {what}")
            self._now = max(self._now, at)
            do()
        self._check()
        return True

    async def close(self) -> None:
        self._due.clear()
        self._ends.clear()
        self._parties.clear()

    # ---- carrying out ------------------------------------------------------------------------------------------------

    def _at(self, at: float, do: Callable[[], None]) -> int:
        self._count += 1
        heapq.heappush(self._due, (max(at, self._now), self._count, do))
        return self._count

    def _soon(self, do: Callable[[], None]) -> None:
        self._at(self._now, do)

    def _post(self, end: _End, kind: Kind, data: bytes = b"") -> None:
        """Send something from this end of a line to the other."""
        other = end.other
        if kind is not Kind.BYTES:
            self._parted(end, reset=kind is not Kind.END)
        piece = Piece(end.connection, end.to, other.at, kind, data)
        self._carry(end.crosses, piece, lambda part: self._arrived(other, part), lambda: self._lost(end))

    def _carry(self, crosses: bool, piece: Piece, arrive: Arrive, given_up: Callable[[], None] = lambda: None) -> None:
        if crosses:
            self.link.carry(piece, arrive, given_up)
        else:
            self._at(self._now + LATENCY, lambda: arrive(piece))

    def _up(self, end: _End) -> bool:
        return self._ends.get((end.party.endpoint.name, end.line)) is end

    def _arrived(self, end: _End, piece: Piece) -> None:
        if not self._up(end):
            if piece.kind not in (Kind.RESET, Kind.REJECTION):
                self._post(end, Kind.REJECTION)
        elif piece.kind is Kind.BYTES:
            self.feed(end.party.endpoint.name, Received(end.line, piece.data))
        elif piece.kind is not Kind.UNREACHABLE:  # on a line that is up nobody believes that (RFC 1122, 4.2.3.9)
            self._lost(end, reset=piece.kind is not Kind.END)

    def _lost(self, end: _End, reset: bool = True) -> None:
        if self._up(end):
            del self._ends[end.party.endpoint.name, end.line]
            if not reset:
                self._parted(end, reset=False)  # what is closed by the one is closed by the other
            self.feed(end.party.endpoint.name, PeerClosed(end.line, reset))

    def _parted(self, end: _End, *, reset: bool) -> None:
        """The DUT's stack ends a line: written down whether or not the cloud will learn of it."""
        if end.crosses and end.at == TERMINAL and end.other.party.recorded and not end.parted:
            end.parted = True
            self.record(WIRE, Parted(end.other.line, reset), end.other.line)

    def _send(self, party: Party, line: int, data: bytes) -> None:
        end = self._ends.get((party.endpoint.name, line))
        if end is not None and data:
            self._post(end, Kind.BYTES, data)

    def _close(self, party: Party, line: int, reset: bool) -> None:
        end = self._ends.pop((party.endpoint.name, line), None)
        if end is not None:
            self._post(end, Kind.RESET if reset else Kind.END)

    def forge(self, connection: int, toward: str, kind: Kind, data: bytes = b"") -> bool:
        """Let something come out of the link that nobody has sent; whether its addressee was there.

        An answer to a dial opens the line for the dialler alone: what it sends then goes to nobody, as does a dial of a
        forged address."""
        if (dial := self._dials.get(connection)) is not None and kind in TOLD_TO_DIALLERS:
            answer = Piece(connection, dial.to, toward, kind, data)
            if kind is Kind.ADDRESS:
                self.link.forge(answer, lambda _: self._misled(dial))
            else:
                self.link.forge(answer, lambda _: self._answered(dial, kind, _NOBODY))
            return True
        end = next((end for end in self._ends.values() if end.connection == connection and end.at == toward), None)
        if end is not None:
            piece = Piece(connection, end.to, toward, kind, data)
            self.link.forge(piece, lambda _: self._arrived(end, piece))
        return end is not None

    def across(self) -> dict[int, str]:
        """The lines across the link that are up at one end at least: by connection, the listener that was dialled."""
        return {end.connection: end.to for end in self._ends.values() if end.crosses}

    def instant(self) -> None:
        """Let an instant pass, in which nothing happens: so that the order of two things shows in their times."""
        self._now += INSTANT

    # ---- dialling ----------------------------------------------------------------------------------------------------

    def _dial(self, party: Party, to: str, within: float, secure: bool) -> None:  # noqa: ARG002 — see attach
        self._connections += 1
        dial = self._dials[self._connections] = _Dial(party, to, self._connections, crosses=party.endpoint.name == DUT)
        self._at(self._now + within, lambda: self._failed(dial, Hearing.TIMED_OUT))
        self._ask(dial, Kind.QUESTION, CLOUD, lambda: self._asked(dial))

    def _ask(self, dial: _Dial, kind: Kind, toward: str, arrive: Callable[[], None]) -> None:
        self._carry(dial.crosses, Piece(dial.connection, dial.to, toward, kind), lambda _: arrive())

    def _asked(self, dial: _Dial) -> None:
        """The resolver is asked for an address."""
        _, hearing = self._listeners.get(dial.to, (_NOBODY, Hearing.NOT_RESOLVED))
        kind = Kind.UNKNOWN if hearing is Hearing.NOT_RESOLVED else Kind.ADDRESS
        self._ask(dial, kind, TERMINAL, lambda: self._answered(dial, kind, _NOBODY))

    def _knocked(self, dial: _Dial) -> None:
        """The cloud is dialled."""
        listener, hearing = self._listeners.get(dial.to, (_NOBODY, Hearing.NOT_RESOLVED))
        if (kind := ANSWERS.get(hearing)) is not None:
            self._ask(dial, kind, TERMINAL, lambda: self._answered(dial, kind, listener))

    def _answered(self, dial: _Dial, kind: Kind, listener: Party) -> None:
        """The dialler is told what it asked for, or by whom it is heard."""
        if kind is Kind.ADDRESS:
            self._ask(dial, Kind.DIAL, CLOUD, lambda: self._knocked(dial))
        elif kind is Kind.ANSWER:
            self._opened(dial, listener)
        else:
            self._failed(dial, FAILURES[kind])

    def _misled(self, dial: _Dial) -> None:
        """The dialler was told the address of nobody: it dials there until its patience ends."""
        self._carry(dial.crosses, Piece(dial.connection, "", CLOUD, Kind.DIAL), lambda _: None)

    def _opened(self, dial: _Dial, listener: Party) -> None:
        if (
            self._dials.pop(dial.connection, None) is None
            or self._parties.get(dial.party.endpoint.name) is not dial.party
        ):
            return
        near = _End(dial.party, dial.party.new_line(), TERMINAL, dial.connection, dial.to, dial.crosses)
        far = _End(listener, listener.new_line(), CLOUD, dial.connection, dial.to, dial.crosses)
        near.other, far.other = far, near
        ends = (near,) if listener is _NOBODY else (far, near)
        for end in ends:
            self._ends[end.party.endpoint.name, end.line] = end
        for end in ends:
            self.feed(end.party.endpoint.name, Opened(end.line, dial.to))

    def _failed(self, dial: _Dial, why: Hearing) -> None:
        if self._dials.pop(dial.connection, None) is None:
            return
        self.link.forget(dial.connection)
        if self._parties.get(dial.party.endpoint.name) is dial.party:
            self.feed(dial.party.endpoint.name, Refused(dial.to, why.value))

    def _listen(self, party: Party, at: str, hearing: Hearing, identity: str) -> None:  # noqa: ARG002 — see attach
        self._listeners[at] = (party, hearing)

    def _wake(self, party: Party, timer: str, at: float | None) -> None:
        key = (party.endpoint.name, timer)
        if at is None:
            self._timers.pop(key, None)
            return

        def woke() -> None:
            if self._timers.get(key) == count and self._parties.get(key[0]) is party:
                del self._timers[key]
                self.feed(key[0], Woke(timer))

        count = self._timers[key] = self._at(at, woke)
