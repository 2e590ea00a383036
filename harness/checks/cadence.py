"""Rules about heartbeats: their period, their silence while busy, their return, their place between messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from harness.checks import reading
from harness.checks.reading import Times, decided, failed, passed, undecided
from harness.evidence.bench import Exited, Mains
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import econduit, strict_json
from harness.wire.econduit import Ack, Command, Heartbeat, Register, RegistrationAnswer, Response, Strange
from harness.wire.endpoint import Send
from harness.wire.framing import Delimited, Frame, Malformed
from harness.wire.strict_json import Document


@dataclass(frozen=True, slots=True)
class Idle:
    """A stretch in which the terminal was registered and had nothing to work on. `until`: None at the trace's end."""

    since: Event
    until: Event | None
    beats: tuple[Event, ...]


def idle_stretches(trace: Trace) -> list[Idle]:
    """The idle stretches of every registered line, with their heartbeats.

    A heartbeat that crossed a command on the wire still belongs to the idle stretch before it. A harm to the wire ends
    the stretch: whatever is missing or comes in a heap from then on may be the wire's doing, until the terminal returns
    to idle anew. So do mains that go, of which the line may tell nothing for long."""
    stretches = []
    harmed = [harm.began for harm in reading.harms(trace)]
    harmed += [event for event, body in trace.heard(reading.BENCH, Mains, Exited) if not getattr(body, "on", False)]
    for line in reading.lines(trace):
        since: Event | None = None
        beats: list[Event] = []
        running: set[str] = set()
        ends = [line.closed] if line.closed is not None else []
        for event in sorted([*line.messages, *harmed, *ends], key=lambda event: event.index):
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
                    # A response to nothing, while idle, ends no idleness.
                    if since is None and line.registered is not None and not running:
                        since, beats = event, []
                case Heartbeat():
                    beats.append(event)
                case _:
                    if (event is line.closed or event in harmed) and since is not None:
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
    times = Times(trace)
    offences = [
        (times.told(gap, 2), event)
        for gap, event in gaps
        if times.short(gap, earliest, event) or times.beyond(gap, latest, event)
    ]
    if not offences and beats < at_least:
        return failed(expected, f"{beats} heartbeats in {_idle_seconds(trace):.0f} idle seconds")
    if offences or times.close or not gaps:
        return decided(expected, offences, len(gaps), "intervals", times)
    seconds = sorted(gap for gap, _ in gaps)
    return passed(expected, f"{len(gaps)} intervals of {seconds[0]:.2f} to {times.told(seconds[-1], 2)}")


def _idle_seconds(trace: Trace) -> float:
    return sum((idle.until.at if idle.until else trace.end) - idle.since.at for idle in idle_stretches(trace))


def never_silent_for(trace: Trace, limit: float, at_least: float = 0.0) -> Finding:
    """ECD-060, ECD-070: no idle stretch of more than `limit` seconds without a heartbeat.

    `at_least`: seconds in which the terminal must have been registered and idle, so that an absence is no pass."""
    expected = f"a heartbeat at least every {limit:g} s while idle"
    if at_least:
        expected += f", over at least {at_least:g} idle seconds"
    offences: list[tuple[str, Event]] = []
    times = Times(trace)
    beats, longest = 0, 0.0
    for idle in idle_stretches(trace):
        end = idle.until.at if idle.until is not None else trace.end
        marks = [idle.since, *idle.beats]
        for mark, following in zip(marks, [*(beat.at for beat in idle.beats), end], strict=True):
            longest = max(longest, following - mark.at)
            if times.beyond(following - mark.at, limit, mark):
                silence = times.told(following - mark.at)
                offences.append((f"{silence} of idle silence from {mark.at:.1f} s on", mark))
        beats += len(idle.beats)
    watched = _idle_seconds(trace)
    if not offences and watched < at_least:
        return failed(expected, f"registered and idle for {watched:.0f} s only")
    if offences or times.close or not beats:
        return decided(expected, offences, beats, "heartbeats", times)
    silence = times.told(longest, 2)
    return passed(expected, f"{beats} heartbeats in {watched:.0f} idle seconds, the longest silence {silence}")


def resumes_once(trace: Trace, earliest: float, latest: float, at_least: int) -> Finding:
    """ECD-068: after a transaction and after a reconnect the timer starts anew: one heartbeat, no burst, no silence.

    A return to idle is judged once its first heartbeat came, or is overdue; `at_least` of them must be judged."""
    expected = (
        f"after each return to idle a heartbeat within {latest:g} s, and none sooner than {earliest:g} s after it"
    )
    offences, seen, times = [], 0, Times(trace)
    for idle in idle_stretches(trace):
        end = idle.until.at if idle.until is not None else trace.end
        waited = (idle.beats[0].at if idle.beats else end) - idle.since.at
        after = "a registration" if isinstance(idle.since.body, RegistrationAnswer) else "a response"
        late = times.beyond(waited, latest, idle.since)
        if late:
            which = "the first" if idle.beats else "none"
            offences.append((f"{which} {times.told(waited)} after {after}", idle.since))
        seen += bool(idle.beats) or late
        offences += [
            (f"two heartbeats {times.told(later.at - sooner.at, 2)} apart after {after}", later)
            for sooner, later in pairwise(idle.beats)
            if times.short(later.at - sooner.at, earliest, later)
        ]
    if not offences and not times.close and seen < at_least:
        return undecided(expected, f"{seen} returns to idle were watched for long enough")
    return decided(expected, offences, seen, "returns to idle", times)


CROSSING = 1.0
"""Seconds into a transaction in which a heartbeat may come that was on its way when the command went."""


def busy_heartbeats(trace: Trace, allowed: bool) -> Finding:
    """ECD-066: while busy no heartbeat is required; whether one may come is the profile's reading (open point 8)."""
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
                case Heartbeat() if busy and (into := event.at - next(iter(busy.values())).at) > CROSSING:
                    offences.append((f"a heartbeat {into:.1f} s into a transaction", event))
                case _:
                    pass
    if allowed:
        return passed(expected, f"{len(offences)} came in {running} transactions")
    return decided(expected, offences, running, "transactions")


def never_inside_a_message(trace: Trace, bodies: list[str]) -> Finding:
    """ECD-067: no heartbeat lands inside another message. `bodies`: the readings of the heartbeat, `*` for any value.

    Its own terminator then cuts the other message in two: the first piece ends in a heartbeat, and without that the two
    pieces are whole again."""
    expected = "heartbeats stand between messages"
    endings = [re.compile(re.escape(body.encode()).replace(rb"\*", rb'[^"]*') + rb"\Z") for body in bodies]
    offences, seen = [], 0
    for line in reading.lines(trace):
        seen += len(line.of(Heartbeat))
        for (event, first), (_, second) in pairwise(_frames(line)):
            for ending in endings:
                found = ending.search(first)
                if found and _is_cut(first[: found.start()], second):
                    offences.append((f"inside {reading.shown(first[: found.start()] + second)}", event))
                    break
    return decided(expected, offences, seen, "heartbeats")


def _frames(line: reading.Line) -> list[tuple[Event, bytes]]:
    """The payloads of a line's frames, each with the event that finished it."""
    frames = Delimited(econduit.TERMINATOR, limit=1 << 62)
    return [
        (event, frame.payload)
        for event in line.received
        for frame in frames.receive_data(event.body.data)
        if isinstance(frame, Frame)
    ]


def _is_cut(head: bytes, tail: bytes) -> bool:
    """Whether two pieces that are no JSON by themselves are some together."""
    if not head or any(isinstance(strict_json.parse(piece), Document) for piece in (head, tail)):
        return False
    return isinstance(strict_json.parse(head + tail), Document)


def acks_when_asked(trace: Trace, within: float) -> Finding:
    """ECD-062, ECD-063: the cloud acks each heartbeat of a terminal that asked, and no other. Judges our own side."""
    expected = f'{{"Status":"OK"}} within {within:g} s for each heartbeat of a terminal that asks, nothing for others'
    offences: list[tuple[str, Event]] = []
    seen, times = 0, Times(trace)
    for line in reading.lines(trace):
        asks = any(body.asks_for_acks for _, body in line.of(Register))
        waiting: list[Event] = []
        for event in line.messages:
            match event.body:
                case Heartbeat():
                    seen += 1
                    waiting += [event] * asks
                case Ack() if not waiting:
                    offences.append((f"an ack that nobody asked for on line {line.number}", event))
                case Ack():
                    beat = waiting.pop(0)
                    if times.beyond(event.at - beat.at, within, beat):
                        offences.append((f"an ack after {times.told(event.at - beat.at)}", beat))
                case _:
                    pass
        end = line.closed.at if line.closed is not None else trace.end
        offences += [
            (f"no ack for the heartbeat at {beat.at:.1f} s", beat)
            for beat in waiting
            if times.beyond(end - beat.at, within, beat)
        ]
    acks = trace.heard(reading.CLOUD, Ack)
    sent = econduit.ACK + econduit.TERMINATOR
    if acks and not any(isinstance(event.body, Send) and sent in event.body.data for event in trace):
        offences.append((f"the bytes {sent!r} never left", acks[-1][0]))
    return decided(expected, offences, seen, "heartbeats", times)


def ack_changes_nothing(trace: Trace) -> Finding:
    """ECD-064: an ack is no command: the terminal answers nothing to it.

    What comes while a command runs is not judged: it may be that command's answer, damaged."""
    expected = "nothing comes in answer to an ack"
    offences, acks = [], 0
    for line in reading.lines(trace):
        after_ack: Event | None = None
        running: set[str] = set()
        for event in line.messages:
            match event.body:
                case Ack():
                    after_ack, acks = event, acks + 1
                case Command() as command:
                    running.add(command.ref_id)
                case Heartbeat():
                    after_ack = None
                case Response() as response if response.ref_id in running:
                    running.discard(response.ref_id)
                case Response() | Strange() | Malformed() if after_ack is not None and not running:
                    what = f"a {type(event.body).__name__} {event.at - after_ack.at:.2f} s after an ack"
                    offences.append((what, event))
                case _:
                    pass
    return decided(expected, offences, acks, "acks")


def heartbeat_form(trace: Trace, bodies: list[str]) -> Finding:
    """Open point 1: which of the profile's readings of the heartbeat was seen."""
    expected = f"one of {', '.join(bodies)}"
    beats = trace.heard(reading.CLOUD, Heartbeat)
    offences = [(f"came {reading.shown(body.body)}", event) for event, body in beats if body.body not in bodies]
    if not offences and beats:
        return passed(expected, f"seen: {', '.join(sorted({body.body or 'an empty body' for _, body in beats}))}")
    return decided(expected, offences, len(beats), "heartbeats")
