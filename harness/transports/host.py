"""What every transport shares: feeding parties, carrying out what they say, writing it into the trace.

A Host owns parties (Endpoints) and one clock. It feeds a party an Input, passes the party's Outputs through the faults
that are in force on it, records both, and carries the Outputs out. How a line comes about and how time passes is left
to `tcp` (sockets, real time, perhaps scaled) and `memory` (neither).

Times are *document seconds*: the clock of the run may tick faster than the wall (time_scale), and everything above this
package thinks in the seconds of the governing document.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from harness.evidence.bench import Overrun
from harness.evidence.trace import Trace
from harness.wire.endpoint import (
    Close,
    Dial,
    Endpoint,
    Hearing,
    Input,
    Listen,
    Noted,
    Output,
    PeerClosed,
    Received,
    Send,
    Tell,
    Told,
    WakeAt,
    Woke,
)

if TYPE_CHECKING:
    from harness.transports.security import Security

MOST_BYTES = 16 << 20
"""What one line may bring before it is reset; a week of heartbeats, their events weighed, brings half of it."""

EVENT_BYTES = 250
"""What an event counts beside the bytes that caused it: a flood of the shortest messages must not fill the memory."""


class HarnessError(Exception):
    """The harness or the bench broke. Never the DUT's fault; the case ends as ERROR."""


class BenchError(HarnessError):
    """A part of the bench does not do its work: a port in use, a DUT program that cannot be started, a dead relay."""


class StreamFault(Protocol):
    """Harm done to what a party says: Outputs in, Outputs out."""

    def __call__(self, outputs: Iterable[Output]) -> Iterable[Output]: ...


@dataclass(slots=True)
class Party:
    """An Endpoint and what its Host keeps about it."""

    endpoint: Endpoint
    recorded: bool
    lines: int = 0
    faults: list[StreamFault] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    events: dict[int, int] = field(default_factory=dict)

    def new_line(self) -> int:
        self.lines += 1
        return self.lines


OnNoted = Callable[[str, int, object], None]
OnWait = Callable[[str, float, float], None]


class Host(ABC):
    """Carries out what parties say on one clock.

    `trace` receives what happens to recorded parties; `on_noted(party, line, body)` what unrecorded ones note.
    `most_bytes` bounds what one line may bring into the trace; more resets the line, and an `Overrun` says so."""

    hearings: frozenset[Hearing]
    """How the listeners of this transport are able to treat a dialler."""

    def __init__(
        self, trace: Trace | None = None, on_noted: OnNoted | None = None, most_bytes: int = MOST_BYTES
    ) -> None:
        self.trace = Trace() if trace is None else trace
        self.on_wait: OnWait | None = None
        """Told what is awaited, for how many wall seconds so far, of how many; 0 so far when the wait is over."""
        self._on_noted = on_noted
        self._most_bytes = most_bytes
        self._parties: dict[str, Party] = {}
        self._broken: Exception | None = None

    @property
    @abstractmethod
    def now(self) -> float:
        """Document seconds since the start of the run."""

    @abstractmethod
    async def attach(
        self,
        endpoint: Endpoint,
        listen: Mapping[str, tuple[str, int]] | None = None,
        *,
        recorded: bool = True,
        security: Security | None = None,
    ) -> None:
        """Let a party take part. `listen`: its listeners by name, each with host and port (0: any free one).
        `security`: which of its lines are encrypted, and how, where the transport has sockets.

        Raises BenchError if a port cannot be had."""

    @abstractmethod
    async def until(self, seen: Callable[[], bool], within: float, what: str) -> bool:
        """Let things happen until `seen()` or for `within` document seconds; the last answer of `seen()`.

        `what` names what is awaited, for the progress line. Raises HarnessError if a party broke meanwhile."""

    @abstractmethod
    async def close(self) -> None:
        """End every line, listener and timer."""

    def record(self, source: str, body: object, line: int = 0) -> None:
        """Write something that happened beside the wire into the trace, now."""
        self.trace.record(self.now, source, line, body)
        self._happened()

    def feed(self, name: str, event: Input) -> None:
        """Let something happen to a party, and carry out what it says about it."""
        party = self._parties.get(name)
        if party is None or self._broken is not None:
            return
        if party.recorded and not isinstance(event, Woke | Told):
            self.record(name, event, getattr(event, "line", 0))
        before = len(self.trace)
        try:
            outputs: Iterable[Output] = party.endpoint.handle(event, self.now)
            for fault in party.faults:
                outputs = fault(outputs)
            for output in outputs:
                self._perform(party, output)
        except Exception as error:  # noqa: BLE001 — kept, and raised to the case that waits as HarnessError
            self._broken = error
            self._happened()
            return
        if isinstance(event, Received) and party.recorded:
            self._bound(party, event, len(self.trace) - before)

    def say(self, name: str, outputs: Iterable[Output]) -> None:
        """Carry out Outputs in a party's name that it did not say itself: how a fault ends a line.

        The party learns of an ended line as of one that its peer closed."""
        party = self._parties[name]
        for output in list(outputs):
            self._perform(party, output)
            if isinstance(output, Close):
                self.feed(name, PeerClosed(output.line, output.reset))

    @abstractmethod
    def lines_of(self, name: str) -> list[int]:
        """The numbers of a party's lines that are up."""

    def harm(self, name: str, fault: StreamFault) -> None:
        """From now on what this party says passes through the fault."""
        self._parties[name].faults.append(fault)

    def heal(self, name: str, fault: StreamFault) -> None:
        """Take a fault away again."""
        self._parties[name].faults.remove(fault)

    def _bound(self, party: Party, event: Received, events: int) -> None:
        size = party.received[event.line] = party.received.get(event.line, 0) + len(event.data)
        events = party.events[event.line] = party.events.get(event.line, 0) + events
        if size + events * EVENT_BYTES > self._most_bytes:
            party.received[event.line] = party.events[event.line] = 0
            self.record(party.endpoint.name, Overrun(event.line, size), event.line)
            self.say(party.endpoint.name, [Close(event.line, reset=True)])

    def _perform(self, party: Party, output: Output) -> None:
        name = party.endpoint.name
        if isinstance(output, Noted):
            if party.recorded:
                self.record(name, output.body, output.line)
            elif self._on_noted is not None:
                self._on_noted(name, output.line, output.body)
            return
        if party.recorded and not isinstance(output, WakeAt | Tell):
            self.record(name, output, getattr(output, "line", 0))
        match output:
            case Send(line, data):
                self._send(party, line, data)
            case Close(line, reset):
                self._close(party, line, reset)
            case Dial(to, within, secure):
                self._dial(party, to, within, secure)
            case Listen(at, hearing, identity):
                self._listen(party, at, hearing, identity)
            case WakeAt(timer, at):
                self._wake(party, timer, at)
            case Tell(to, body):
                self._soon(lambda: self.feed(to, Told(name, body)))

    def broke(self, error: HarnessError) -> None:
        """Something of the harness broke beside the parties: whoever waits is told."""
        self._broken = self._broken or error
        self._happened()

    def _check(self) -> None:
        if isinstance(self._broken, HarnessError):
            raise self._broken
        if self._broken is not None:
            raise HarnessError(f"a party of the harness broke: {self._broken!r}") from self._broken

    def _happened(self) -> None:
        """Something was recorded: whoever waits should look again."""
        return

    @abstractmethod
    def _send(self, party: Party, line: int, data: bytes) -> None: ...

    @abstractmethod
    def _close(self, party: Party, line: int, reset: bool) -> None: ...

    @abstractmethod
    def _dial(self, party: Party, to: str, within: float, secure: bool) -> None: ...

    @abstractmethod
    def _listen(self, party: Party, at: str, hearing: Hearing, identity: str) -> None: ...

    @abstractmethod
    def _wake(self, party: Party, timer: str, at: float | None) -> None: ...

    @abstractmethod
    def _soon(self, do: Callable[[], None]) -> None: ...
