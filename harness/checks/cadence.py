"""Rules about heartbeats: their period, their silence while busy, their return, their place between messages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.checks import reading
from harness.checks.reading import decided, failed, passed, undecided
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import econduit
from harness.wire.econduit import Ack, Command, Heartbeat, Register, RegistrationAnswer, Response
from harness.wire.endpoint import Send


@dataclass(frozen=True, slots=True)
class Idle:
    """A stretch in which the terminal was registered and had nothing to work on. `until`: None at the trace's end."""

    since: Event
    until: Event | None
    beats: tuple[Event, ...]


def idle_stretches(trace: Trace) -> list[Idle]:
    """The idle stretches of every registered line, with their heartbeats.

    A heartbeat that crossed a command on the wire still belongs to the idle stretch before it."""
    stretches = []
    for line in reading.lines(trace):
        since: Event | None = None
        beats: list[Event] = []
        running: set[str] = set()
        for event in [*line.messages, *([line.closed] if line.closed is not None else [])]:
            match event.body:
                case RegistrationAnswer(text) if text == econduit.OK_REGISTRATION:
                    since, beats = event, []
                case Command() as command:
                    if since is not None and not running:
                        stretches.append(Idle(since, event, tuple(beats)))
                    running.add(command.ref_id)
                    since = None
                case Response() as response:
                    running.discard(response.ref_id)
                    if line.registered is not None and not running:
                        since, beats = event, []
                case Heartbeat():
                    beats.append(event)
                case _:
                    if event is line.closed and since is not None:
                        stretches.append(Idle(since, event, tuple(beats)))
                        since = None
        if since is not None:
            stretches.append(Idle(since, None, tuple(beats)))
    return stretches


def heartbeat_every(trace: Trace, earliest: float, latest: float, at_least: int) -> Finding:
    """ECD-060, ECD-061: in idle at least `at_least` heartbeats come, `earliest` to `latest` seconds apart."""
    expected = f"at least {at_least} heartbeats, {earliest:g} to {latest:g} s apart while idle"
    beats = sum(len(idle.beats) for idle in idle_stretches(trace))
    gaps = [(later.at - sooner.at, later) for idle in idle_stretches(trace) for sooner, later in pairwise(idle.beats)]
    offences = [(f"{gap:.2f} s", event) for gap, event in gaps if not earliest <= gap <= latest]
    if not offences and beats < at_least:
        return failed(expected, f"{beats} heartbeats in {_idle_seconds(trace):.0f} idle seconds")
    if offences or not gaps:
        return decided(expected, offences, len(gaps), "intervals")
    seconds = sorted(gap for gap, _ in gaps)
    return passed(expected, f"{len(gaps)} intervals of {seconds[0]:.2f} to {seconds[-1]:.2f} s")


def _idle_seconds(trace: Trace) -> float:
    return sum((idle.until.at if idle.until else trace.end) - idle.since.at for idle in idle_stretches(trace))


def never_silent_for(trace: Trace, limit: float) -> Finding:
    """ECD-060, ECD-070: no idle stretch of more than `limit` seconds without a heartbeat."""
    expected = f"a heartbeat at least every {limit:g} s while idle"
    offences, seen = [], 0
    for idle in idle_stretches(trace):
        end = idle.until.at if idle.until is not None else trace.end
        marks = [idle.since.at, *(beat.at for beat in idle.beats), end]
        for sooner, later in pairwise(marks):
            if later - sooner > limit:
                offences.append((f"{later - sooner:.1f} s of idle silence", idle.since))
        seen += len(idle.beats)
    return decided(expected, offences, seen, "heartbeats")


def resumes_once(trace: Trace, earliest: float, latest: float, at_least: int) -> Finding:
    """ECD-068: after a transaction and after a reconnect the timer starts anew: one heartbeat, no burst, no silence.

    Judged on idle stretches that last longer than `latest`; `at_least` of them must be there."""
    expected = f"after each return to idle the first heartbeat comes within {latest:g} s, and no burst"
    offences, seen = [], 0
    for idle in idle_stretches(trace):
        end = idle.until.at if idle.until is not None else trace.end
        if end - idle.since.at <= latest:
            continue
        seen += 1
        if not idle.beats or idle.beats[0].at - idle.since.at > latest:
            offences.append((f"none for {(idle.beats[0].at if idle.beats else end) - idle.since.at:.1f} s", idle.since))
        offences += [
            (f"{later.at - sooner.at:.2f} s apart", later)
            for sooner, later in pairwise(idle.beats)
            if later.at - sooner.at < earliest
        ]
    if not offences and seen < at_least:
        return undecided(expected, f"only {seen} returns to idle were watched")
    return decided(expected, offences, seen, "returns to idle")


def busy_heartbeats(trace: Trace, allowed: bool) -> Finding:
    """ECD-066: while busy no heartbeat is required; whether one may come is the profile's reading."""
    expected = "heartbeats while busy are allowed, not required" if allowed else "no heartbeat while busy"
    offences: list[tuple[str, Event]] = []
    running = 0
    for line in reading.lines(trace):
        busy: dict[str, Event] = {}
        for event in line.messages:
            match event.body:
                case Command() as command:
                    busy[command.ref_id] = event
                    running += 1
                case Response() as response:
                    busy.pop(response.ref_id, None)
                case Heartbeat() if busy and event.at - next(iter(busy.values())).at > 1.0:
                    offences.append((f"{event.at - next(iter(busy.values())).at:.1f} s into a transaction", event))
                case _:
                    pass
    if allowed:
        return passed(expected, f"{len(offences)} came in {running} transactions")
    return decided(expected, offences, running, "transactions")


def never_inside_a_message(trace: Trace) -> Finding:
    """ECD-067: no heartbeat lands inside another message: its text stands in no other frame and splits none."""
    expected = "heartbeats stand between messages"
    offences, seen = [], 0
    for line in reading.lines(trace):
        frames = line.data.split(econduit.TERMINATOR)
        seen += len(line.of(Heartbeat))
        for frame in frames:
            # The terminator of the intruding heartbeat cuts the other message, whose first part then begins an object
            # that never ends.
            if frame.count(b'"Heartbeat"') and frame.strip() and not _is_heartbeat(frame):
                offences.append((f"inside {reading.shown(frame)}", line.opened))
    return decided(expected, offences, seen, "heartbeats")


def _is_heartbeat(frame: bytes) -> bool:
    return isinstance(econduit.read_from_terminal(frame), Heartbeat)


def acks_when_asked(trace: Trace, within: float) -> Finding:
    """ECD-062, ECD-063: the cloud acks each heartbeat of a terminal that asked, and no other. Judges our own side."""
    expected = f'{{"Status":"OK"}} within {within:g} s for each heartbeat of a terminal that asks, nothing for others'
    offences, seen = [], 0
    for line in reading.lines(trace):
        asks = any(body.asks_for_acks for _, body in line.of(Register))
        beats, acks = [event for event, _ in line.of(Heartbeat)], [event for event, _ in line.of(Ack)]
        seen += len(beats)
        if not asks and acks:
            offences.append((f"{len(acks)} acks on line {line.number}, which did not ask", acks[0]))
        for beat in beats if asks else ():
            if not any(0 <= ack.at - beat.at <= within for ack in acks) and trace.end - beat.at > within:
                offences.append((f"no ack for the heartbeat at {beat.at:.1f} s", beat))
    sent = econduit.ACK + econduit.TERMINATOR
    seen_bytes = any(isinstance(event.body, Send) and sent in event.body.data for event in trace)
    if any(line.of(Ack) for line in reading.lines(trace)) and not seen_bytes:
        offences.append((f"the bytes {sent!r} never left", trace.events[-1]))
    return decided(expected, offences, seen, "heartbeats")


def ack_changes_nothing(trace: Trace) -> Finding:
    """ECD-064: an ack is no command: the terminal answers nothing to it and its line stays up."""
    expected = "nothing comes in answer to an ack"
    offences, acks = [], 0
    for line in reading.lines(trace):
        after_ack: Event | None = None
        running = 0
        for event in line.messages:
            match event.body:
                case Ack():
                    after_ack, acks = event, acks + 1
                case Command():
                    running += 1
                case Heartbeat():
                    after_ack = None
                case Response() if running:
                    running -= 1
                case Register() | RegistrationAnswer():
                    pass
                case _:
                    if after_ack is not None:
                        offences.append(
                            (f"{event.at - after_ack.at:.2f} s after an ack: {type(event.body).__name__}", event)
                        )
    return decided(expected, offences, acks, "acks")


def heartbeat_form(trace: Trace, bodies: list[str]) -> Finding:
    """Open point 1: which of the profile's readings of the heartbeat was seen."""
    expected = f"one of {', '.join(bodies)}"
    beats = trace.heard(reading.CLOUD, Heartbeat)
    offences = [(f"came {reading.shown(body.body)}", event) for event, body in beats if body.body not in bodies]
    if not offences and beats:
        return passed(expected, f"seen: {', '.join(sorted({body.body or 'an empty body' for _, body in beats}))}")
    return decided(expected, offences, len(beats), "heartbeats")
