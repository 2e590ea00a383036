"""How checks read a trace: lines with their lives, messages with their places, sentences with their evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from harness.evidence.bench import (
    Actuated,
    ActuatorDelay,
    Done,
    Exited,
    FaultBegan,
    FaultEnded,
    Mains,
    Parted,
    Pressed,
    Timing,
)
from harness.evidence.measure import Measured, Standing
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding, Verdict
from harness.wire.econduit import OK_REGISTRATION, Command, Register, RegistrationAnswer, Response
from harness.wire.endpoint import Close, Opened, PeerClosed, Received

CLOUD = "cloud"
BENCH = "bench"

POWER, LINK = "power", "link"
"""What hangs at a contact of the bench, as `Actuated` and `ActuatorDelay` call it."""

SHOWN = 5
"""How many offences a finding lists; the rest is counted."""

T = TypeVar("T")


@dataclass(slots=True)
class Line:
    """The life of one connection as the cloud saw it.

    `closed` is the event that ended it: a `PeerClosed` (by the terminal) or a `Close` (by the cloud); None if it was up
    at the end of the trace. `registered`: the event of the OK that the cloud sent on it."""

    number: int
    to: str
    opened: Event
    closed: Event | None = None
    registered: Event | None = None
    messages: list[Event] = field(default_factory=list)
    received: list[Event] = field(default_factory=list)

    @property
    def closed_by_terminal(self) -> bool:
        return self.closed is not None and isinstance(self.closed.body, PeerClosed)

    def up_at(self, at: float) -> bool:
        return self.opened.at <= at and (self.closed is None or self.closed.at > at)

    def of(self, kind: type[T]) -> list[tuple[Event, T]]:
        """Its messages of one kind, both directions."""
        return [(event, event.body) for event in self.messages if isinstance(event.body, kind)]

    @property
    def data(self) -> bytes:
        """All bytes the terminal sent on it."""
        return b"".join(event.body.data for event in self.received)


def lines(trace: Trace) -> list[Line]:
    """Every connection the terminal made, in order."""
    found: dict[int, Line] = {}
    for event in trace:
        if event.source != CLOUD or event.line == 0:
            continue
        if isinstance(event.body, Opened):
            found[event.line] = Line(event.line, event.body.to, event)
            continue
        line = found.get(event.line)
        if line is None:
            continue
        match event.body:
            case PeerClosed() | Close():
                line.closed = line.closed or event
            case Received():
                line.received.append(event)
            case _:
                line.messages.append(event)
                if event.body == RegistrationAnswer(OK_REGISTRATION):
                    line.registered = line.registered or event
    return list(found.values())


def commands(trace: Trace) -> list[tuple[Event, Command]]:
    """The commands the cloud put on a line, in order."""
    return [(event, body) for event, body in trace.heard(CLOUD, Command) if event.line]


def responses(trace: Trace, ref_id: str | None = None) -> list[tuple[Event, Response]]:
    """The responses that came, all or those that carry a reference."""
    return [(event, body) for event, body in trace.heard(CLOUD, Response) if ref_id in (None, body.ref_id)]


def registrations(trace: Trace) -> list[tuple[Event, Register]]:
    """The registrations that came, in order."""
    return trace.heard(CLOUD, Register)


def mains_cut(line: Line, dark: list[tuple[float, float]]) -> float | None:
    """When the DUT lost its mains in the life of a line, if it did; `dark` as `without_power` tells.

    The cloud learns of it when it next says something, or never: a dead stack says no goodbye. What a terminal dials in
    its last breath is cut too."""
    closed = float("inf") if line.closed is None else line.closed.at
    return min((since for since, to in dark if since <= closed + 0.5 and line.opened.at < to), default=None)


def powered_at_first(trace: Trace) -> bool:
    """Whether the DUT had its mains before the bench said anything of them: it did not, if it was given them."""
    return next((not body.on for _, body in trace.heard(BENCH, Mains)), True)


def done(trace: Trace, event: Event) -> float:
    """When something of the bench (a `Pressed`, a `Mains`) had been done for certain: at its event where the rig did
    it, else when the person who was asked said so. What came of it may have come before, and after the event."""
    for later in trace.events[event.index + 1 :]:
        match later.body:
            case Done():
                return later.at
            case Pressed() | Mains():
                break
    return event.at


def without_power(trace: Trace) -> list[tuple[float, float]]:
    """The stretches of time in which the DUT had no mains or had ended, as (from, to).

    Mains that a contact gives are back when it has closed, not when it was told to; what a person starts is there when
    he says so."""
    stretches, since = [], None if powered_at_first(trace) else 0.0
    closing = delays(trace).get((POWER, True))
    for event, body in trace.heard(BENCH, Mains, Exited):
        on = isinstance(body, Mains) and body.on
        if on and since is not None:
            stretches.append((since, done(trace, event) + (closing.mean if closing is not None else 0.0)))
            since = None
        elif not on and since is None:
            since = event.at
    return stretches if since is None else [*stretches, (since, float("inf"))]


# ---- Times -----------------------------------------------------------------------------------------------------------


def uncertainty(trace: Trace) -> float:
    """By how many document seconds a time of this trace may be wrong; 0 where nothing says so, as in memory."""
    return max((event.body.uncertainty for event in trace if isinstance(event.body, Timing)), default=0.0)


def delays(trace: Trace) -> dict[tuple[str, bool], ActuatorDelay]:
    """The delays of the bench's contacts, as measured: by what hangs there, and whether it is switched on or off."""
    return {(event.body.what, event.body.on): event.body for event in trace if isinstance(event.body, ActuatorDelay)}


Duration = float | Measured
"""Seconds between two events of a trace; `Measured` where they are known worse than the trace's times are."""


class Times:
    """Durations of one trace against limits. What lies so close to its limit that the trace cannot tell is gathered in
    `close`, for `decided`: no offence, and no proof of the contrary."""

    def __init__(self, trace: Trace) -> None:
        self.uncertainty = 2 * uncertainty(trace)
        """That of a duration, which has two ends."""
        self.close: list[tuple[str, Event]] = []
        self._trace = trace
        self._delays = delays(trace)

    def since(self, event: Event, until: float) -> Measured:
        """The seconds from what an event of the bench set in motion, until a moment.

        Where a contact did it, whose delay was measured, they count from its effect, not from the command; the spread
        of the delay makes them less certain."""
        delay = self._delays.get(_actuated(self._trace, event)) if self._delays else None
        if delay is None:
            return Measured(until - event.at, self.uncertainty)
        return Measured(max(0.0, until - event.at - delay.mean), self.uncertainty + delay.spread)

    def beyond(self, seconds: Duration, limit: float, event: Event) -> bool:
        """Whether a duration certainly exceeds its limit. `event`: what a reader is to look at."""
        return self._certain(self._measured(seconds).at_most(limit), seconds, limit, event)

    def short(self, seconds: Duration, limit: float, event: Event) -> bool:
        """Whether a duration certainly falls short of its limit."""
        return self._certain(self._measured(seconds).at_least(limit), seconds, limit, event)

    def _measured(self, seconds: Duration) -> Measured:
        return seconds if isinstance(seconds, Measured) else Measured(seconds, self.uncertainty)

    def _certain(self, standing: Standing, seconds: Duration, limit: float, event: Event) -> bool:
        if standing is Standing.TOO_CLOSE:
            self.close.append((f"{self.told(seconds)} is too close to {limit:g} s to tell", event))
        return standing is Standing.BEYOND

    def within(self, expected: str, seconds: Duration, limit: float, evidence: Sequence[Event]) -> Finding:
        """What a duration that is over says of its limit, by itself."""
        if self.beyond(seconds, limit, evidence[0]):
            return failed(expected, f"only after {self.told(seconds, 2)}", evidence)
        if self.close:
            return undecided(expected, self.close[-1][0], evidence)
        return passed(expected, f"after {self.told(seconds, 2)}", evidence)

    def around(self, limit: float, offences: Callable[[float], list[tuple[str, Event]]]) -> list[tuple[str, Event]]:
        """The offences against a limit that are certain; those that a stricter limit would bring are too close to tell.

        For rules that look at what stands at a moment, `limit` seconds into something."""
        certain = offences(limit + self.uncertainty)
        if not certain and self.uncertainty:
            self.close += offences(limit - self.uncertainty)
        return certain

    def told(self, seconds: Duration, places: int = 1) -> str:
        """A duration for a sentence, with its uncertainty if it has one."""
        return self._measured(seconds).told(places)


def _actuated(trace: Trace, event: Event) -> tuple[str, bool]:
    """Which contact an event speaks of, and what it did; ("", False) if none did it.

    The end of a harm is a contact's doing if the cable was plugged in by one in the course of it."""
    if isinstance(event.body, Mains):
        return POWER, event.body.on
    if isinstance(event.body, FaultEnded):
        for before in reversed(trace.events[: event.index]):
            if isinstance(before.body, FaultBegan) and before.body.fault == event.body.fault:
                break
            if isinstance(before.body, Actuated) and before.body.what == LINK and before.body.on:
                return LINK, True
    return "", False


# ---- Harm to the wire ------------------------------------------------------------------------------------------------

NEMESIS = "nemesis"
WIRE = "wire"
"""The place of a harm that lies between the terminal and the cloud, as `FaultBegan.on` calls it."""

LAG = 10.0
"""Seconds by which the record of a harm may trail what it did: another process does it and tells of it afterwards."""


@dataclass(frozen=True, slots=True)
class Harm:
    """A harm to the wire. `ended`: None if it was in force at the end of the trace."""

    fault: str
    outage: bool
    began: Event
    ended: Event | None

    @property
    def since(self) -> float:
        return self.began.at

    @property
    def until(self) -> float:
        return float("inf") if self.ended is None else self.ended.at

    def touches(self, since: float, until: float) -> bool:
        """Whether it was in force at some moment of a stretch of time, or may have been, as its record may trail."""
        return self.since - LAG <= until and since <= self.until + LAG

    def explains(self, at: float, patience: float) -> bool:
        """Whether what happened at a moment may be its doing: while it lasted, or soon after its end.

        Afterwards the terminal may wait for `patience` seconds in vain for what was lost, and its stack goes on sending
        again what got lost, each time after twice as long a pause: so for as long again as the harm lasted."""
        return self.since - LAG <= at <= self.until + LAG + max(patience, self.until - self.since)


def harms(trace: Trace) -> list[Harm]:
    """Every harm to the wire, in the order of beginning."""
    found: list[Harm] = []
    for event, body in trace.heard(NEMESIS, FaultBegan, FaultEnded):
        if isinstance(body, FaultBegan) and body.on == WIRE:
            found.append(Harm(body.fault, body.outage, event, None))
        elif isinstance(body, FaultEnded):
            for number, harm in enumerate(found):
                if harm.fault == body.fault and harm.ended is None:
                    found[number] = replace(harm, ended=event)
                    break
    return found


def unplugged(trace: Trace, harm: Harm) -> bool:
    """Whether a contact pulled the cable for this harm: it had done so when the harm stood in force."""
    moved = [event.body.on for event in trace.events[: harm.began.index]
             if isinstance(event.body, Actuated) and event.body.what == LINK]  # fmt: skip
    return bool(moved) and not moved[-1]


def outages(trace: Trace) -> list[tuple[float, float]]:
    """The stretches of time in which a harm allowed no conversation, as (from, to); those that overlap are one."""
    stretches: list[tuple[float, float]] = []
    for harm in harms(trace):
        if not harm.outage:
            continue
        if stretches and harm.since <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], harm.until))
        else:
            stretches.append((harm.since, harm.until))
    return stretches


def parted(trace: Trace, line: int) -> Event | None:
    """The moment at which the terminal's stack ended a line, where the bench can see that end of the wire."""
    ends = (event for event in trace if isinstance(event.body, Parted) and event.body.line == line)
    return min(ends, key=lambda event: event.at, default=None)


# ---- Sentences -------------------------------------------------------------------------------------------------------


def passed(expected: str, actual: str, evidence: Iterable[Event] = ()) -> Finding:
    return Finding(Verdict.PASS, expected, actual, tuple(event.index for event in evidence))


def failed(expected: str, actual: str, evidence: Iterable[Event] = ()) -> Finding:
    return Finding(Verdict.FAIL, expected, actual, tuple(event.index for event in evidence))


def warned(expected: str, actual: str, evidence: Iterable[Event] = ()) -> Finding:
    return Finding(Verdict.PASS, expected, actual, tuple(event.index for event in evidence), warning=True)


def undecided(expected: str, actual: str, evidence: Iterable[Event] = ()) -> Finding:
    return Finding(Verdict.INCONC, expected, actual, tuple(event.index for event in evidence))


def decided(
    expected: str, offences: Sequence[tuple[str, Event]], seen: int, what: str, times: Times | None = None
) -> Finding:
    """FAIL with the offences listed; INCONC if one of the `times` was too close to its limit, or if there was nothing
    to judge; else PASS that says how much was judged."""
    if offences:
        return failed(expected, *_listed(offences))
    if times is not None and times.close:
        return undecided(expected, *_listed(times.close))
    if not seen:
        return undecided(expected, f"no {what} to judge")
    return passed(expected, f"so in {seen} {what}")


def _listed(told: Sequence[tuple[str, Event]]) -> tuple[str, list[Event]]:
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(text for text, _ in told[:SHOWN]) + more, [event for _, event in told]


def shown(data: bytes | str, most: int = 80) -> str:
    """Bytes for a sentence: readable where they are, cut where they are many."""
    text = repr(data)
    return text if len(text) <= most else f"{text[: most - 3]}… ({len(data)} bytes)"
