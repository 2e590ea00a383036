"""Rules about what the end user sees: POS Online, POS Offline, in time and in truth."""

from __future__ import annotations

from dataclasses import dataclass

from harness.checks import reading
from harness.checks.reading import BENCH, decided, failed, passed, undecided
from harness.evidence.bench import Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import Ack, Command, Response

ONLINE, OFFLINE = "POS Online", "POS Offline"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time in which the terminal's state, as the wire shows it, did not change."""

    state: str
    since: float
    until: float
    why: Event


def _states(trace: Trace) -> list[_Stretch]:
    """Online, busy, offline and dark by the wire alone, over the whole trace."""
    marks: list[tuple[float, int, str, Event]] = []
    for line in reading.lines(trace):
        if line.registered is None:
            continue
        marks.append((line.registered.at, line.registered.index, "up", line.registered))
        for event in line.messages:
            if isinstance(event.body, Command):
                marks.append((event.at, event.index, "busy", event))
            elif isinstance(event.body, Response):
                marks.append((event.at, event.index, "idle", event))
        if line.closed is not None:
            marks.append((line.closed.at, line.closed.index, "down", line.closed))
    marks.sort(key=lambda mark: mark[1])
    stretches: list[_Stretch] = []
    state, since, running, up = "offline", 0.0, 0, 0
    why = trace.events[0] if trace.events else Event(0, 0.0, "", 0, None)
    for at, _, what, event in marks:
        if what == "up":
            up, running = up + 1, 0
        elif what == "down":
            up, running = max(0, up - 1), 0
        elif what == "busy":
            running += 1
        else:
            running = max(0, running - 1)
        new = "offline" if not up else "busy" if running else "online"
        if new != state:
            stretches.append(_Stretch(state, since, at, why))
            state, since, why = new, at, event
    return [*stretches, _Stretch(state, since, trace.end, why)]


def _screens(trace: Trace) -> list[tuple[Event, Screen]]:
    return trace.heard(BENCH, Screen)


def _shown_at(trace: Trace, at: float) -> Screen | None:
    """What the screen showed at a moment."""
    shown = None
    for event, body in _screens(trace):
        if event.at > at:
            break
        shown = body
    return shown


def _follows(trace: Trace, state: str, wanted: str, within: float, at_least: int) -> Finding:
    expected = f"shows {wanted!r} within {within:g} s of being {state}, and keeps showing it, at least {at_least} times"
    if not _screens(trace):
        return undecided(expected, "no screen was seen")
    dark = reading.without_power(trace)
    offences, seen = [], 0
    for stretch in _states(trace):
        since = max([stretch.since, *(until for _, until in dark if until <= stretch.until)])
        until = min([stretch.until, *(begun for begun, _ in dark if begun >= since)])
        if stretch.state != state or until - since <= within:
            continue
        seen += 1
        for event, body in _screens(trace):
            if since + within < event.at < until and body.text != wanted:
                offences.append((f"{body.text!r} {event.at - since:.1f} s into being {state}", event))
        due = _shown_at(trace, since + within)
        if due is None or due.text != wanted:
            offences.append((f"{due.text if due else 'nothing'!r} {within:g} s after becoming {state}", stretch.why))
    if not offences and seen < at_least:
        return undecided(expected, f"{seen} times {state} for long enough")
    return decided(expected, offences, seen, f"times {state}")


def online_when_registered(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """ECD-101, ECD-104, ECD-105, ECD-107: idle and registered shows `POS Online`, in these letters, in time."""
    return _follows(trace, "online", ONLINE, within, at_least)


def offline_when_not(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """ECD-102, ECD-104, ECD-105: without a registered line it shows `POS Offline`, in these letters, in time."""
    return _follows(trace, "offline", OFFLINE, within, at_least)


def never_online_unregistered(trace: Trace, within: float) -> Finding:
    """ECD-055, ECD-106: `POS Online` never comes up without a registered line, not even for a moment.

    `within`: seconds by which the screen may trail the loss of a line."""
    expected = "'POS Online' only after OK-REGISTRATION"
    if not _screens(trace):
        return undecided(expected, "no screen was seen")
    offences, seen = [], 0
    stretches = _states(trace)
    for event, body in _screens(trace):
        seen += 1
        if body.text.casefold() != ONLINE.casefold():
            continue
        now = next((stretch for stretch in reversed(stretches) if stretch.since <= event.at), stretches[0])
        if now.state == "offline" and event.at - now.since > within / 100 and not _just_ahead(stretches, event.at):
            offences.append((f"shown {event.at - now.since:.1f} s into being offline", event))
    for stretch in stretches:
        shown = _shown_at(trace, stretch.until)
        powered = not any(
            begun < stretch.until and until > stretch.since for begun, until in reading.without_power(trace)
        )
        long = powered and stretch.until - stretch.since > within
        if stretch.state == "offline" and long and shown is not None and shown.text.casefold() == ONLINE.casefold():
            offences.append((f"still shown after {stretch.until - stretch.since:.1f} s offline", stretch.why))
    return decided(expected, offences, seen, "screens")


def _just_ahead(stretches: list[_Stretch], at: float) -> bool:
    """A screen is read beside the wire: it may be stamped a little before the answer that caused it."""
    return any(stretch.state == "online" and 0 <= stretch.since - at < 0.5 for stretch in stretches)


def offline_in_red(trace: Trace) -> Finding:
    """ECD-103: the offline text is red where the display has colours."""
    expected = "the offline text is red"
    offline = [(event, body) for event, body in _screens(trace) if body.text.casefold() == OFFLINE.casefold()]
    offences = [event for event, body in offline if body.colour != "red"]
    if offences:
        colours = " and ".join(sorted({body.colour or "no colour" for _, body in offline}))
        return failed(expected, f"{len(offences)} of {len(offline)} times in {colours}", offences)
    return decided(expected, [], len(offline), "offline screens")


def ack_changes_no_screen(trace: Trace, within: float) -> Finding:
    """ECD-064: no screen changes within `within` seconds of a heartbeat's ack while nothing else happens."""
    expected = "the screen stays as it is when an ack comes"
    acks = [event for event, _ in trace.heard(reading.CLOUD, Ack)]
    busy = [stretch for stretch in _states(trace) if stretch.state != "online"]
    offences = [
        (f"{body.text!r} {event.at - ack.at:.2f} s after an ack", event)
        for event, body in _screens(trace)
        for ack in acks
        if 0 <= event.at - ack.at <= within
        and not any(stretch.since - within <= event.at <= stretch.until + within for stretch in busy)
    ]
    if not _screens(trace):
        return undecided(expected, "no screen was seen")
    return decided(expected, offences, len(acks), "acks")


def tells_connection(trace: Trace) -> Finding:
    """ECD-100: the end user can tell from the screen whether the terminal is connected: the states look different."""
    expected = "a different screen when connected and when not"
    by_state: dict[str, set[str]] = {"online": set(), "offline": set()}
    for stretch in _states(trace):
        shown = _shown_at(trace, stretch.until)
        if shown is not None and stretch.state in by_state and stretch.until > stretch.since:
            by_state[stretch.state].add(shown.text)
    if not by_state["online"] or not by_state["offline"]:
        return undecided(expected, "not both states were seen with a screen")
    both = by_state["online"] & by_state["offline"]
    if both:
        return failed(expected, f"both show {' and '.join(sorted(both))}")
    return passed(expected, f"{sorted(by_state['online'])} and {sorted(by_state['offline'])}")
