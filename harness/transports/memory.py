"""Parties joined without sockets, on a clock that jumps: a day of heartbeats passes while one blinks.

What is due is kept in a heap; `until` takes the earliest, sets the clock to its time and lets it happen. Everything is
deterministic: two runs with the same seed give the same trace, event for event.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.evidence.trace import Trace
from harness.transports.host import BenchError, HarnessError, Host, OnNoted, Party
from harness.wire.endpoint import Endpoint, Hearing, Opened, PeerClosed, Received, Refused, Woke

LATENCY = 0.001
"""Seconds a byte, a FIN or an answer to a dial is under way: enough that cause stands before effect in the trace."""

MOST_AT_ONCE = 100_000
"""Happenings at one and the same moment after which the clock is taken to be stuck."""


@dataclass(slots=True)
class _End:
    """One end of a line: who holds it and by which number."""

    party: Party
    line: int
    other: _End | None = None


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

    @property
    def now(self) -> float:
        return self._now

    async def attach(
        self, endpoint: Endpoint, listen: Mapping[str, tuple[str, int]] | None = None, *, recorded: bool = True
    ) -> None:
        if endpoint.name in self._parties:
            raise BenchError(f"a party named {endpoint.name!r} takes part already")
        party = self._parties[endpoint.name] = Party(endpoint, recorded)
        for name in listen or ():
            self._listeners[name] = (party, Hearing.ANSWERING)

    def detach(self, name: str) -> None:
        """Take a party away as a kernel does with a killed process: its lines end with a FIN, its timers are gone."""
        party = self._parties.pop(name, None)
        if party is None:
            return
        for end in [end for end in self._ends.values() if end.party is party]:
            self._close(party, end.line, reset=False)
        self._timers = {key: count for key, count in self._timers.items() if key[0] != name}

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

    def _feed_end(self, end: _End, data: bytes) -> None:
        if self._ends.get((end.party.endpoint.name, end.line)) is end:
            self.feed(end.party.endpoint.name, Received(end.line, data))

    def _send(self, party: Party, line: int, data: bytes) -> None:
        end = self._ends.get((party.endpoint.name, line))
        if end is not None and end.other is not None and data:
            other = end.other
            self._at(self._now + LATENCY, lambda: self._feed_end(other, data))

    def _close(self, party: Party, line: int, reset: bool) -> None:
        end = self._ends.pop((party.endpoint.name, line), None)
        if end is None or end.other is None:
            return
        other = end.other

        def gone() -> None:
            if self._ends.pop((other.party.endpoint.name, other.line), None) is not None:
                self.feed(other.party.endpoint.name, PeerClosed(other.line, reset))

        self._at(self._now + LATENCY, gone)

    def _dial(self, party: Party, to: str, within: float) -> None:
        name = party.endpoint.name
        listener, hearing = self._listeners.get(to, (None, Hearing.NOT_RESOLVED))

        def answered() -> None:
            if listener is None or self._parties.get(name) is not party:
                return
            near, far = _End(party, party.new_line()), _End(listener, listener.new_line())
            near.other, far.other = far, near
            self._ends[name, near.line], self._ends[listener.endpoint.name, far.line] = near, far
            self.feed(listener.endpoint.name, Opened(far.line, to))
            self.feed(name, Opened(near.line, to))

        def refused() -> None:
            if self._parties.get(name) is party:
                self.feed(name, Refused(to, hearing.value))

        if hearing is Hearing.ANSWERING:
            self._at(self._now + LATENCY, answered)
        else:
            self._at(self._now + (within if hearing is Hearing.TIMED_OUT else LATENCY), refused)

    def _listen(self, party: Party, at: str, hearing: Hearing) -> None:
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
