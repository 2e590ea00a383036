"""Rules about a wire that was harmed: how soon the terminal is back, which lines it leaves, what it shows meanwhile.

An outage ends at its own time, and the terminal cannot be back before: its time is measured from the end of the outage
to the next accepted registration. A terminal that did not notice, and goes on talking on its old line, was never away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.checks import lines, reading
from harness.checks.reading import CLOUD, NEMESIS, Harm, Line, Times, decided, failed, passed, undecided, warned
from harness.evidence.bench import Bite, FaultBegan, FaultEnded, Mains, Screen
from harness.evidence.measure import Measured
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import OK_REGISTRATION, Command, FromTerminal, Register, RegistrationAnswer, Response
from harness.wire.endpoint import Close

OFFLINE = "POS Offline"

# ---- How soon it is back ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reconnect:
    """One return of a terminal: what had cost it the line, the seconds from there (or from the end of the outage) to
    the next accepted registration, by how many they may be wrong, and the event of that registration."""

    cause: str
    seconds: float
    uncertainty: float
    back: Event


def reconnect_times(trace: Trace) -> list[Reconnect]:
    """Every return after a loss of the line, in order; a start after a power cut is none.

    Time in which no listener could be reached does not count."""
    registered = [line for line in reading.lines(trace) if line.registered is not None]
    dark, harms = lines.unreachable(trace), reading.harms(trace)
    times = Times(trace)
    found = []
    for old, new in pairwise(registered):
        assert old.registered is not None and new.registered is not None  # noqa: S101, PT018 — by the filter above
        back = new.registered
        if any(old.registered.index < event.index < back.index for event, _ in trace.heard(reading.BENCH, Mains)):
            continue
        cause, since = _loss(trace, old, new, harms)
        taken = times.since(since, back.at)
        seconds = max(0.0, taken.value - lines.within(dark, since.at, back.at))
        found.append(Reconnect(cause, seconds, taken.uncertainty, back))
    return found


def _loss(trace: Trace, old: Line, new: Line, harms: list[Harm]) -> tuple[str, Event]:
    """What cost the old line, and from which event on the way back is counted."""
    closed = old.closed
    registering = next((event for event, _ in new.of(Register)), new.opened)
    if closed is not None and isinstance(closed.body, Close) and closed.index > registering.index:
        closed = None  # the cloud let go of it because of the new one
    begun = old.registered.at if old.registered is not None else old.opened.at
    mine = [harm for harm in harms if harm.since <= new.opened.at + reading.LAG and harm.until >= begun]
    outages = [harm for harm in mine if harm.outage and (closed is None or harm.explains(closed.at, reading.LAG))]
    if outages:
        last = max(outages, key=lambda harm: harm.until)
        return " and ".join(dict.fromkeys(harm.fault for harm in outages)), last.ended or new.opened
    if closed is None:
        return (mine[-1].fault, mine[-1].began) if mine else ("no cause that was seen", new.opened)
    others = [body.fault for event, body in trace.heard(NEMESIS, FaultBegan) if begun <= event.at <= closed.at]
    # What the wire has done may stand in the trace a little before its harm does.
    others += [harm.fault for harm in mine if closed.at < harm.since <= closed.at + reading.LAG]
    healed = [event for event, body in trace.heard(NEMESIS, FaultEnded)
              if others and body.fault == others[-1] and closed.at <= event.at < registering.at]  # fmt: skip
    return others[-1] if others else "the end of a line", max([closed, *healed], key=lambda event: event.at)


def back_after(trace: Trace, limit: float, warn: float, at_least: int = 1, fault: str = "") -> Finding:
    """ECD-027 to ECD-030: after each outage the terminal is registered again, or talks on the line it had kept.

    `limit` and `warn`: seconds from the end of the outage (where a contact ends it: from when it has closed) to the
    next accepted registration. A line that was kept is proven by the next message on it. An outage that another harm
    followed too soon to tell is not judged. `fault`: the name of a harm that counts as an outage here, because it kept
    every endpoint away."""
    expected = f"registered again, or still on its line, within {limit:g} s of the end of each of {at_least} outages"
    accepted = [event for event, body in trace.heard(CLOUD, RegistrationAnswer) if body.text == OK_REGISTRATION]
    begun = [event for event, _ in trace.heard(NEMESIS, FaultBegan)]
    times = Times(trace)
    returns: list[tuple[Measured, Event]] = []
    late: list[Event] = []
    never: list[Event] = []
    kept = 0
    for harm in reading.harms(trace):
        ended = harm.ended
        if ended is None or not (harm.outage or harm.fault == fault):
            continue
        bound = next((event for event in begun if event.index > ended.index), None)
        last = bound.index if bound is not None else len(trace)
        back = next((event for event in accepted if ended.index < event.index < last), None)
        if back is not None:
            taken = times.since(ended, back.at)
            returns.append((taken, ended))
            if times.beyond(taken, limit, ended):
                late.append(ended)
        elif _talks(trace, ended, last):
            kept += 1
        elif times.beyond(times.since(ended, bound.at if bound is not None else trace.end), limit, ended):
            never.append(ended)
    measured = "measured: " + (", ".join(times.told(taken, 2) for taken, _ in returns) or "no new registration")
    measured += f"; lines kept: {kept}" if kept else ""
    if late or never:
        return failed(expected, measured + (f"; never back: {len(never)}" if never else ""), late + never)
    if times.close:
        return undecided(expected, f"{measured}; {times.close[0][0]}", [ended for _, ended in times.close])
    if len(returns) + kept < at_least:
        return undecided(expected, measured)
    if slow := [ended for taken, ended in returns if taken.value > warn]:
        return warned(expected, f"{measured}; beyond {warn:g} s is slow", slow)
    return passed(expected, measured, [ended for _, ended in returns])


def _talks(trace: Trace, ended: Event, last: int) -> bool:
    """Whether the terminal says something, between the end of a harm and an event, on a line that is older than that.

    What it had said before, and TCP brings late, tells nothing."""
    return any(
        ended.index < event.index < last and event.at >= ended.at and isinstance(event.body, FromTerminal)
        for line in reading.lines(trace)
        if line.registered is not None and line.registered.index < ended.index
        for event in line.messages
    )


def each_was_tried(trace: Trace, faults: list[str], limit: float) -> Finding:
    """ECD-110: the tester has tried each cause of loss: it took hold, it ended, and what came of it was seen.

    `faults`: the names of the causes; `limit`: seconds after an outage for which an absence must be watched."""
    expected = f"each of {', '.join(faults)} was tried, and the terminal's return watched for"
    harms = [harm for harm in reading.harms(trace) if harm.outage]
    missing = [fault for fault in faults if fault not in {harm.fault for harm in harms}]
    if missing:
        return failed(expected, f"never tried: {', '.join(missing)}")
    bitten = {event.index for event, body in trace.heard(NEMESIS, FaultEnded) if body.bites}
    starts = [(event.index, event.at) for event, _ in trace.heard(NEMESIS, FaultBegan)]
    watched = set()
    for harm in harms:
        if harm.ended is None or harm.ended.index not in bitten:
            continue
        last, end = next((start for start in starts if start[0] > harm.ended.index), (len(trace), trace.end))
        back = any(harm.ended.index < line.registered.index < last
                   for line in reading.lines(trace) if line.registered is not None)  # fmt: skip
        if back or _talks(trace, harm.ended, last) or end - harm.ended.at > limit:
            watched.add(harm.fault)
    unseen = [fault for fault in faults if fault not in watched]
    if unseen:
        return undecided(expected, f"not seen to the end: {', '.join(unseen)}", [harm.began for harm in harms])
    return passed(expected, f"{len(harms)} outages", [harm.began for harm in harms])


# ---- Which lines it leaves -------------------------------------------------------------------------------------------


def leaves_dead_line(trace: Trace, fault: str, within: float, back: float) -> Finding:
    """ECD-035, ECD-069: a line that is dead and says nothing of it is noticed, left and replaced.

    `fault`: the name of the harm that killed it; `within`: seconds in which the terminal must notice; `back`: those
    until it is registered on another, from then on, or from the end of the harm if that was an outage. Where the bench
    can see the terminal's end of the wire, noticing is judged by itself."""
    expected = f"the line that {fault} killed is left within {within:g} s, and replaced within {back:g} s of then"
    offences: list[tuple[str, Event]] = []
    times, measured = Times(trace), []
    for harm in reading.harms(trace):
        if harm.fault != fault:
            continue
        old = next((line for line in reversed(reading.lines(trace)) if _registered_at(line, harm.began)), None)
        if old is None:
            continue
        new = next((event for event, body in trace.heard(CLOUD, RegistrationAnswer)
                    if event.index > harm.began.index and event.line != old.number and body.text == OK_REGISTRATION),
                   None)  # fmt: skip
        due = harm.since + within
        due = (max(due, harm.until) if harm.outage else due) + back
        left = reading.parted(trace, old.number)
        due -= harm.since
        if left is not None and times.beyond(left.at - harm.since, within, left):
            offences.append((f"line {old.number} was left only after {times.told(left.at - harm.since)}", left))
        elif new is not None and times.beyond(new.at - harm.since, due, new):
            offences.append((f"registered again only {times.told(new.at - harm.since)} after the harm", new))
        elif new is None and times.beyond(trace.end - harm.since, due, harm.began):
            offences.append((f"line {old.number} kept for {times.told(trace.end - harm.since)}", harm.began))
        elif new is not None:
            measured.append(times.told((left or new).at - harm.since))
    if offences or times.close or not measured:
        return decided(expected, offences, 0, "dead lines that were watched for long enough", times)
    return passed(expected, f"after {', '.join(measured)}")


def _registered_at(line: Line, event: Event) -> bool:
    """Whether a line was registered when a harm began. Its end may have been recorded a little before the harm was."""
    up = line.registered is not None and line.registered.index < event.index
    return up and (line.closed is None or line.closed.at > event.at - reading.LAG)


def breaks_nothing(trace: Trace, fault: str, at_least: int) -> Finding:
    """ECD-022, ECD-027: a wire that is slow or loses packets costs no line: what TCP can mend, the terminal bears.

    `fault`: the name of the harm; `at_least`: messages of the terminal that came while it was in force."""
    expected = f"no registered line is lost to {fault}, over at least {at_least} messages"
    offences: list[tuple[str, Event]] = []
    heard = 0
    for harm in reading.harms(trace):
        if harm.fault != fault:
            continue
        for line in reading.lines(trace):
            heard += sum(isinstance(said.body, FromTerminal) and harm.since <= said.at <= harm.until
                         for said in line.messages)  # fmt: skip
            if line.registered is None or line.closed is None or not line.closed_by_terminal:
                continue
            if harm.since <= line.closed.at <= harm.until + reading.LAG:
                offences.append((f"the terminal ended line {line.number}", line.closed))
    if not offences and heard < at_least:
        return undecided(expected, f"{heard} messages")
    return decided(expected, offences, heard, "messages")


# ---- Which endpoints it tries ----------------------------------------------------------------------------------------


def falls_back(trace: Trace, fault: str, listener: str, within: float) -> Finding:
    """ECD-024, ECD-031, ECD-033: while the wire keeps the other endpoint away, the terminal dials `listener`.

    `within`: seconds from the moment the harm was in force and the terminal without a line."""
    expected = f"a dial to the {listener} within {within:g} s, while the other meets: {fault}"
    harm = next((harm for harm in reading.harms(trace) if harm.fault == fault), None)
    if harm is None:
        return undecided(expected, "the harm never began")
    severed = [event for event in lines.lost(trace) if event.index > harm.began.index]
    powered = [event for event, body in trace.heard(reading.BENCH, Mains) if body.on and event.at > harm.since]
    begun = min([*severed, *powered], key=lambda event: event.at, default=harm.began)
    times = Times(trace)
    for line in reading.lines(trace):
        if line.to == listener and line.opened.index > harm.began.index:
            return times.within(expected, times.since(begun, line.opened.at), within, [harm.began, line.opened])
    watched = times.since(begun, min(harm.until, trace.end))
    if not times.beyond(watched, within, harm.began):
        return undecided(expected, f"not yet, but only {watched.value:.1f} s were watched", [harm.began])
    return failed(expected, f"none in {watched.value:.1f} s", [harm.began])


def cycles(trace: Trace, fault: str, longest_pause: float, a_minute: int, at_least: int) -> Finding:
    """ECD-032, ECD-056: while every dial is in vain, dials go on: with pauses, but never for longer than one may be.

    `fault`: the name of a harm that takes hold once for each dial; `at_least`: dials in vain that must be seen."""
    expected = f"at least {at_least} dials in vain, at most {a_minute} a minute, never {longest_pause:g} s without one"
    harm = next((harm for harm in reading.harms(trace) if harm.fault == fault), None)
    if harm is None:
        return undecided(expected, "the harm never began")
    dials = [event for event, body in trace.heard(NEMESIS, Bite) if body.fault == fault]
    end, times = min(harm.until, trace.end), Times(trace)
    offences = [
        (f"{times.told(later - sooner.at)} without a dial from {sooner.at:.1f} s on", sooner)
        for sooner, later in zip(dials, [*(dial.at for dial in dials[1:]), end], strict=False)  # there may be none
        if times.beyond(later - sooner.at, longest_pause, sooner)
    ]
    busiest = max((sum(0.0 <= dial.at - first.at < 60.0 for dial in dials) for first in dials), default=0)
    if busiest > a_minute:
        offences.append((f"{busiest} dials in a minute", dials[0]))
    if not offences and len(dials) < at_least:
        return undecided(expected, f"{len(dials)} dials in {end - harm.since:.1f} s")
    return decided(expected, offences, len(dials), "dials in vain", times)


# ---- What it shows meanwhile -----------------------------------------------------------------------------------------


def offline_during(trace: Trace, noticed_within: float, within: float) -> Finding:
    """ECD-102, ECD-105: in an outage that lasts, the screen says offline once the terminal could know.

    `noticed_within`: seconds into the outage after which it must have noticed; `within`: those the screen may trail.
    Where the bench saw it leave its line, it knew then. A terminal that works on a command is not judged."""
    expected = f"shows {OFFLINE!r} within {noticed_within + within:g} s of the beginning of an outage"
    screens = trace.heard(reading.BENCH, Screen)
    if not screens:
        return undecided(expected, "no screen was seen")
    offences, seen = [], 0
    for harm in reading.harms(trace):
        due = harm.since + noticed_within + within
        for line in reading.lines(trace):
            left = reading.parted(trace, line.number)
            if line.registered is not None and left is not None and left.at > harm.since:
                due = min(due, left.at + within)
        end = min(harm.until, trace.end)
        if not harm.outage or end <= due or _works(trace, harm.since):
            continue
        seen += 1
        before = [(event, body) for event, body in screens if event.at <= due][-1:]
        later = [(event, body) for event, body in screens if due < event.at < end]
        offences += [
            (f"{body.text!r} {max(event.at, due) - harm.since:.1f} s into the outage", event)
            for event, body in [*before, *later]
            if body.text != OFFLINE
        ]
        if not before:
            offences.append((f"nothing {due - harm.since:.1f} s into the outage", harm.began))
    return decided(expected, offences, seen, "outages of sufficient length")


def _works(trace: Trace, at: float) -> bool:
    """Whether a command without its response was with the terminal at a moment."""
    asked = {body.ref_id for event, body in trace.heard(CLOUD, Command) if event.line and event.at <= at}
    answered = {body.ref_id for event, body in trace.heard(CLOUD, Response) if event.at <= at}
    return bool(asked - answered)
