"""Rules about what the end user sees: POS Online, POS Offline, in time and in truth."""

from __future__ import annotations

from dataclasses import dataclass

from harness.checks import reading
from harness.checks.reading import BENCH, Times, decided, failed, passed, undecided
from harness.evidence.bench import Exited, FaultBegan, Mains, Photographed, Screen, Unread
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding, Verdict
from harness.wire.econduit import Ack, Command, FromTerminal, Response
from harness.wire.endpoint import Opened

ONLINE, OFFLINE = "POS Online", "POS Offline"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time in which the terminal's state, as the wire and the mains show it, did not change.

    `trails`: it follows another state of the same life, whose screen may stay for a moment."""

    state: str
    since: float
    until: float
    why: Event
    trails: bool


def _marks(trace: Trace) -> list[tuple[Event, str]]:
    """What changes the state of the terminal: registrations, losses, commands, responses, mains, harm to the wire.

    Under harm nobody can tell it from the cloud's side, until the terminal is heard again with no outage in force."""
    marks: list[tuple[Event, str]] = [(harm.began, "harmed") for harm in reading.harms(trace)]
    outages = reading.outages(trace)
    for line in reading.lines(trace):
        if line.registered is None:
            continue
        marks.append((line.registered, "up"))
        marks += [(event, "busy") for event, _ in line.of(Command)]
        marks += [(event, "idle") for event, _ in line.of(Response)]
        heard = [event for event in line.messages if isinstance(event.body, FromTerminal)] + [line.registered]
        marks += [(event, "heard") for event in heard if not any(a - reading.LAG <= event.at <= b for a, b in outages)]
        if line.closed is not None:
            marks.append((line.closed, "down"))
    for event, body in trace.heard(BENCH, Mains, Exited):
        on = isinstance(body, Mains) and body.on
        marks.append((event, "on" if on else "off"))
        if on and (booted := _booted(trace, event)) is not None:
            marks.append((booted, "booted"))
    return sorted(marks, key=lambda mark: mark[0].index)


def _booted(trace: Trace, on: Event) -> Event | None:
    """The first sign of life after a power on: a screen, or a dial. How long a boot takes is not the document's matter,
    and on a compressed clock it takes many document seconds."""
    life = (event for event in trace if event.index > on.index and event.at >= on.at)
    return next((event for event in life if isinstance(event.body, Screen | Opened)), None)


def _states(trace: Trace, scope: str = "idle") -> list[_Stretch]:
    """Online, busy, offline, harmed, booting and dark over the whole trace.

    With the scope `always` a busy terminal counts as online. A terminal cut off in mid-transaction counts as busy
    until its response, for nobody can tell from outside when it is through."""
    if not trace.events:
        return []
    stretches: list[_Stretch] = []
    powered = reading.powered_at_first(trace)
    state, since, why, trails = "offline" if powered else "dark", 0.0, trace.events[0], False
    up, booting, harmed, running = 0, False, False, list[str]()
    for event, what in _marks(trace):
        if what in ("up", "down"):
            up = max(0, up + (1 if what == "up" else -1))
        elif what in ("harmed", "heard"):
            harmed = what == "harmed"
        elif what in ("on", "off"):
            powered, booting, up, harmed = what == "on", what == "on", 0, False
            running.clear()
        elif what == "booted":
            booting = False
        elif what == "busy" and event.body.ref_id not in running:
            running.append(event.body.ref_id)
        elif what == "idle" and running:
            running.remove(event.body.ref_id if event.body.ref_id in running else running[0])
        new = _state(powered=powered, up=up > 0, busy=bool(running), scope=scope)
        if powered and (booting or harmed):
            new = "booting" if booting else "harmed"
        if new != state:
            stretches.append(_Stretch(state, since, event.at, why, trails))
            state, since, why, trails = new, event.at, event, state not in ("dark", "booting")
    return [*stretches, _Stretch(state, since, trace.end, why, trails)]


def _state(*, powered: bool, up: bool, busy: bool, scope: str) -> str:
    if not powered:
        return "dark"
    if busy:
        return "online" if scope == "always" and up else "busy"
    return "online" if up else "offline"


def _screens(trace: Trace) -> list[tuple[Event, Screen]]:
    return trace.heard(BENCH, Screen)


def _history(trace: Trace) -> list[tuple[Event, Screen | Unread | None]]:
    """What the rig knew of the display, in the order of its times: a screen, that it could not be read, or nothing
    without mains. A camera tells of a screen only after it has looked often enough."""
    heard = trace.heard(BENCH, Screen, Unread, Mains, Exited)
    known = [(event, body if isinstance(body, Screen | Unread) else None) for event, body in heard]
    return sorted(known, key=lambda one: one[0].at)


def _shown_at(trace: Trace, at: float) -> Screen | Unread | None:
    """What the screen showed at a moment; nothing without mains."""
    return next((body for event, body in reversed(_history(trace)) if event.at <= at), None)


def _displays(trace: Trace, stretch: _Stretch, after: float) -> list[tuple[float, Event, Screen]]:
    """What is on the display from `after` seconds into a stretch: the screen then, and each that follows.

    As (seconds into the stretch, the event to show, the screen). What was not read is not among them; a display that
    has shown nothing yet is a screen without a text, unless nobody could read it then."""
    due = stretch.since + after
    first = _shown_at(trace, due)
    if first is None and not _unread(trace, stretch.since, stretch.until):
        first = Screen("")
    later = [
        (event.at - stretch.since, event, body) for event, body in _screens(trace) if due < event.at < stretch.until
    ]
    return [(after, stretch.why, first), *later] if isinstance(first, Screen) else later


def _unread(trace: Trace, since: float, until: float) -> list[tuple[str, Event]]:
    """The times within a time in which the rig could not read the display, for `Times.close`: whatever was or was not
    shown then, no rule can tell."""
    history = _history(trace)
    ends = [event.at for event, _ in history[1:]] + [float("inf")]
    return [
        (f"the display could not be read at {event.at:.1f} s: {body.why}", event)
        for (event, body), end in zip(history, ends, strict=True)
        if isinstance(body, Unread) and event.at < until and max(since, event.at) < end
    ]


def _times(trace: Trace) -> Times:
    """Durations that end with a screen: it may have come up sooner than the rig could see it."""
    times = Times(trace)
    times.uncertainty += max((body.late for _, body in trace.heard(BENCH, Photographed)), default=0.0)
    return times


def _not_seen(trace: Trace, expected: str) -> Finding:
    return undecided(expected, "no screen was seen", [event for event, _ in trace.heard(BENCH, Unread)])


def _follows(trace: Trace, state: str, wanted: str, within: float, at_least: int, scope: str = "idle") -> Finding:
    expected = f"shows {wanted!r} within {within:g} s of being {state}, and keeps showing it, at least {at_least} times"
    if not _screens(trace):
        return _not_seen(trace, expected)
    stretches = [stretch for stretch in _states(trace, scope) if stretch.state == state]

    def offences(limit: float) -> list[tuple[str, Event]]:
        return [
            (f"{shown.text or 'nothing'!r} {into:.1f} s into being {state}", event)
            for stretch in stretches
            if stretch.until - stretch.since > limit
            for into, event, shown in _displays(trace, stretch, limit)
            if shown.text != wanted
        ]

    seen = sum(stretch.until - stretch.since > within for stretch in stretches)
    times = _times(trace)
    found = times.around(within, offences)
    for stretch in stretches:
        times.close += _unread(trace, stretch.since + within + times.uncertainty, stretch.until)
    if not found and not times.close and seen < at_least:
        return undecided(expected, f"{seen} times {state} for long enough")
    return decided(expected, found, seen, f"times {state}", times)


def online_when_registered(trace: Trace, within: float, at_least: int = 1, scope: str = "idle") -> Finding:
    """ECD-101, ECD-104, ECD-105, ECD-107: idle and registered shows `POS Online`, in these letters, in time.

    `scope`: `idle`, or `always` if the profile reads the clause so that a busy terminal shows it too."""
    return _follows(trace, "online", ONLINE, within, at_least, scope)


def offline_when_not(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """ECD-102, ECD-104, ECD-105: without a registered line it shows `POS Offline`, in these letters, in time."""
    return _follows(trace, "offline", OFFLINE, within, at_least)


def never_online_unregistered(trace: Trace, within: float) -> Finding:
    """ECD-055, ECD-106: `POS Online` is never shown without a registered line, not even for a moment.

    A screen may trail the loss of a line by `within` seconds; before the first registration of a life there is nothing
    to trail."""
    expected = "'POS Online' only after OK-REGISTRATION"
    if not _screens(trace):
        return _not_seen(trace, expected)
    stretches = [stretch for stretch in _states(trace) if stretch.state == "offline"]

    def offences(limit: float) -> list[tuple[str, Event]]:
        return [
            (f"shown {into:.1f} s into being without a registration", event)
            for stretch in stretches
            for trail in [limit if stretch.trails else 0.0]
            if stretch.until - stretch.since > trail
            for into, event, shown in _displays(trace, stretch, trail)
            if shown.text.casefold() == ONLINE.casefold()
        ]

    seen = sum(stretch.until - stretch.since > within * stretch.trails for stretch in stretches)
    times = _times(trace)
    found = times.around(within, offences)
    for stretch in stretches:
        trail = within if stretch.trails else 0.0
        times.close += _unread(trace, stretch.since + trail + times.uncertainty, stretch.until)
    return decided(expected, found, seen, "times without a registration", times)


def offline_when_silent(trace: Trace, within: float) -> Finding:
    """ECD-105: a cloud that has fallen silent on a line that stays up counts as lost, and the screen says so.

    `within`: seconds from the beginning of the silence."""
    expected = f"shows {OFFLINE!r} within {within:g} s of the cloud falling silent"
    begun = [event for event, body in trace.heard("nemesis", FaultBegan) if body.fault == "silence"]
    if not begun or not _screens(trace):
        return undecided(expected, "no silence, or no screen, was seen")
    times = _times(trace)
    for event, body in _screens(trace):
        if event.at >= begun[0].at and body.text.casefold() == OFFLINE.casefold():
            finding = times.within(expected, event.at - begun[0].at, within, [begun[0], event])
            unread = _unread(trace, begun[0].at, event.at)
            return finding if finding.verdict is Verdict.PASS or not unread else _blind(expected, unread)
    if unread := _unread(trace, begun[0].at, trace.end):
        return _blind(expected, unread)
    watched = trace.end - begun[0].at
    if not times.beyond(watched, within, begun[0]):
        return undecided(expected, f"not yet, but only {watched:.1f} s were watched", begun)
    shown = _shown_at(trace, trace.end)
    text = shown.text if isinstance(shown, Screen) else "nothing"
    return failed(expected, f"still {text!r} after {watched:.1f} s", begun)


def _blind(expected: str, unread: list[tuple[str, Event]]) -> Finding:
    return undecided(expected, unread[0][0], [event for _, event in unread])


def offline_in_red(trace: Trace, colour: bool = True) -> Finding:
    """ECD-103: the offline text is red where the display has colours. `colour`: whether the profile expects that."""
    expected = "the offline text is red" if colour else "the offline text in any colour, by the profile"
    offline = [(event, body) for event, body in _screens(trace) if body.text.casefold() == OFFLINE.casefold()]
    offences = [
        (f"{body.text!r} in {body.colour or 'no colour that is told'}", event)
        for event, body in offline
        if colour and body.colour != "red"
    ]
    return decided(expected, offences, len(offline), "offline screens")


def ack_changes_no_screen(trace: Trace, within: float) -> Finding:
    """ECD-064: no screen changes within `within` seconds of a heartbeat's ack while the terminal stays online."""
    expected = "the screen stays as it is when an ack comes"
    if not _screens(trace):
        return _not_seen(trace, expected)
    offences, seen, times = [], 0, _times(trace)
    for stretch in _states(trace):
        for ack, _ in trace.heard(reading.CLOUD, Ack):
            if stretch.state != "online" or not stretch.since + within < ack.at < stretch.until - within:
                continue
            seen += 1
            before = _shown_at(trace, ack.at)
            times.close += _unread(trace, ack.at, ack.at + within)
            offences += [
                (f"{body.text!r} {event.at - ack.at:.2f} s after an ack", event)
                for event, body in _screens(trace)
                if ack.at + times.uncertainty < event.at <= ack.at + within
                and body != before
                and not isinstance(before, Unread)
            ]
    return decided(expected, offences, seen, "acks", times)


def tells_connection(trace: Trace, online_within: float, offline_within: float) -> Finding:
    """ECD-100: the end user can tell from the screen whether the terminal is connected: the states look different.

    Both limits: seconds after which the screen of a state must have come up."""
    expected = "a different screen when connected and when not"
    late = _times(trace).uncertainty
    settled = {"online": online_within + late, "offline": offline_within + late}
    texts: dict[str, set[str]] = {"online": set(), "offline": set()}
    for stretch in _states(trace):
        if stretch.state in settled and stretch.until - stretch.since > settled[stretch.state]:
            displays = _displays(trace, stretch, settled[stretch.state])
            texts[stretch.state] |= {shown.text for _, _, shown in displays if shown.text}
    if not texts["online"] or not texts["offline"]:
        return undecided(expected, "not both states were seen with a screen")
    if both := texts["online"] & texts["offline"]:
        return failed(expected, f"both show {' and '.join(map(repr, sorted(both)))}")
    return passed(expected, f"{sorted(texts['online'])} and {sorted(texts['offline'])}")
