"""Rules about connections: who is first on a line, how soon the terminal is back, which endpoint it tries, how often.

Times are seconds of the run's clock as the cloud saw them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.checks import framing, reading
from harness.checks.reading import CLOUD, Times, decided, failed, passed, undecided, warned
from harness.evidence.bench import Mains, Provisioned
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import OK_REGISTRATION, Ack, Heartbeat, Register, RegistrationAnswer, Response, Strange
from harness.wire.endpoint import Close, Hearing, Listen, Opened
from harness.wire.framing import Malformed

FROM_TERMINAL = (Register, Heartbeat, Response, Strange, Malformed)


def registers_first_on_every_line(trace: Trace, at_least: int = 1, patience: float = 15.0) -> Finding:
    """ECD-041, ECD-042: the first message of each line is a registration, sent within `patience` seconds.

    A line that the other side ended sooner is not judged, nor one that a harm to the wire kept silent. `at_least`:
    registrations without which it fails."""
    expected = f"a registration is the first message on every line, on at least {at_least}"
    offences: list[tuple[str, Event]] = []
    registered, times, harms = 0, Times(trace), reading.harms(trace)
    for line in reading.lines(trace):
        first = next((event for event in line.messages if isinstance(event.body, FROM_TERMINAL)), None)
        if first is None:
            end = line.closed.at if line.closed is not None else trace.end
            harmed = any(harm.touches(line.opened.at, line.opened.at + patience) for harm in harms)
            if not harmed and times.beyond(end - line.opened.at, patience, line.opened):
                silence = times.told(end - line.opened.at)
                offences.append((f"nothing on line {line.number} for {silence}", line.opened))
        elif not isinstance(first.body, Register):
            offences.append((f"line {line.number} begins with {type(first.body).__name__}", first))
        else:
            registered += 1
    if not offences and not times.close and registered < at_least:
        return failed(expected, f"on {registered} lines of {len(reading.lines(trace))}")
    return decided(expected, offences, registered, "lines", times)


def registers_once_per_line(trace: Trace) -> Finding:
    """ECD-043: exactly one registration on each connection."""
    offences = [
        (f"{len(found)} registrations on line {line.number}", found[-1][0])
        for line in reading.lines(trace)
        if len(found := line.of(Register)) > 1
    ]
    return decided("one registration per line", offences, len(reading.registrations(trace)), "registrations")


def dials_by_itself(trace: Trace, at_least: int = 1) -> Finding:
    """ECD-020: the terminal opens the connection."""
    lines = reading.lines(trace)
    expected = f"the terminal opens at least {at_least} lines to the cloud"
    if len(lines) < at_least:
        return failed(expected, f"{len(lines)} came")
    return passed(expected, f"{len(lines)} came", [line.opened for line in lines])


def lost(trace: Trace) -> list[Event]:
    """The moments at which the cloud ended a registered line, or a silent cloud's line was ended by the terminal."""
    return [line.closed for line in reading.lines(trace) if line.registered is not None and line.closed is not None]


def back_within(trace: Trace, limit: float, warn: float, at_least: int = 1) -> Finding:
    """ECD-027 to ECD-030: a severed line is replaced by a registered one "as quick as possible".

    The document has no figure: the time from the loss to the next accepted registration is measured and told, judged
    against the profile's `limit` and listed from `warn` on. Time in which the DUT had no mains, or in which no listener
    answered, does not count."""
    expected = f"registered again within {limit:g} s of each loss of a line, of at least {at_least}"
    accepted = [event for event, body in trace.heard(CLOUD, RegistrationAnswer) if body.text == OK_REGISTRATION]
    dark = reading.without_power(trace) + unreachable(trace)
    times = Times(trace)
    returns: list[tuple[float, Event]] = []
    late: list[Event] = []
    still: list[Event] = []
    for loss in lost(trace):
        back = next((event for event in accepted if event.index > loss.index), None)
        end = back.at if back is not None else trace.end
        taken = end - loss.at - within(dark, loss.at, end)
        if back is not None:
            returns.append((taken, loss))
        if times.beyond(taken, limit, loss):
            (still if back is None else late).append(loss)
    measured = "measured: " + (", ".join(times.told(taken, 2) for taken, _ in returns) or "never")
    if late or still:
        without = f"; losses without a return: {len(still)}" if still else ""
        return failed(expected, measured + without, late + still)
    if times.close:
        return undecided(expected, f"{measured}; {times.close[0][0]}", [loss for _, loss in times.close])
    if len(returns) < at_least:
        return undecided(expected, f"{measured}; losses with a return: {len(returns)}")
    slow = [loss for taken, loss in returns if taken > warn]
    if slow:
        return warned(expected, f"{measured}; beyond {warn:g} s is slow", slow)
    return passed(expected, measured, [loss for _, loss in returns])


def unreachable(trace: Trace) -> list[tuple[float, float]]:
    """The stretches of time in which neither primary nor secondary answered a dial, or no dial could reach them."""
    shut: dict[str, bool] = {"primary": False, "secondary": False}
    since: float | None = None
    stretches = []
    for event, body in trace.heard(CLOUD, Listen):
        if body.at not in shut:
            continue
        shut[body.at] = body.hearing is not Hearing.ANSWERING
        if all(shut.values()) and since is None:
            since = event.at
        elif not all(shut.values()) and since is not None:
            stretches.append((since, event.at))
            since = None
    deaf = stretches if since is None else [*stretches, (since, float("inf"))]
    return deaf + reading.outages(trace)


def tries(trace: Trace, listener: str, within: float) -> Finding:
    """ECD-024, ECD-031, ECD-033: while the other endpoint cannot be reached, the terminal dials `listener`.

    `within`: seconds from the moment the other was shut and the terminal without a line; for a terminal that was
    switched on afterwards, from its power on."""
    shut = [
        (event, body)
        for event, body in trace.heard(CLOUD, Listen)
        if body.at != listener and body.hearing is not Hearing.ANSWERING
    ]
    if not shut:
        return undecided(f"a dial to the {listener}", "the other endpoint was never shut")
    since, other = shut[0]
    expected = f"a dial to the {listener} within {within:g} s, while the {other.at} is: {other.hearing.value}"
    powered = [event for event, body in trace.heard(reading.BENCH, Mains) if body.on and event.index > since.index]
    severed = [event for event in lost(trace) if event.index > since.index]
    begun = min([*powered, *severed], key=lambda event: event.at, default=since)
    times = Times(trace)
    for line in reading.lines(trace):
        if line.to == listener and line.opened.index > since.index:
            return times.within(expected, times.since(begun, line.opened.at), within, [since, line.opened])
    watched = times.since(begun, trace.end)
    if not times.beyond(watched, within, since):
        return undecided(expected, f"not yet, but only {watched.value:.1f} s were watched", [since])
    return failed(expected, f"none in {watched.value:.1f} s", [since])


def keeps_dialling(trace: Trace, longest_pause: float, at_least: int) -> Finding:
    """ECD-032: the terminal goes on dialling for ever, with pauses of at most `longest_pause` seconds.

    A pause is the time without a line, from the end of one to the next dial. Judged on dials that reach a listener, and
    only while one answers and the terminal has mains."""
    expected = f"at least {at_least} dials, never more than {longest_pause:g} s without a line"
    lines = reading.lines(trace)
    dark = reading.without_power(trace) + unreachable(trace)
    offences, times = [], Times(trace)
    for line, following in itertools.zip_longest(lines, lines[1:]):
        if line.closed is None:
            continue
        end = following.opened.at if following is not None else trace.end
        pause = end - line.closed.at - within(dark, line.closed.at, end)
        if times.beyond(pause, longest_pause, line.closed):
            offences.append(
                (f"{times.told(pause)} without a dial after line {line.number} of {len(lines)}", line.closed)
            )
    if not offences and len(lines) < at_least:
        return failed(expected, f"{len(lines)} dials in {trace.end:.1f} s", [line.opened for line in lines])
    return decided(expected, offences, len(lines), "dials", times)


def within(stretches: list[tuple[float, float]], since: float, until: float) -> float:
    """Seconds between two moments that lie in one of the stretches."""
    total, reached = 0.0, since
    for begun, ended in sorted(stretches):
        total += max(0.0, min(ended, until) - max(begun, reached))
        reached = max(reached, min(ended, until))
    return total


def dials_bounded(trace: Trace, a_minute: int) -> Finding:
    """ECD-056, ECD-032: no tight loop: at most `a_minute` dials in any minute."""
    expected = f"at most {a_minute} dials in any 60 s"
    dials = [event for event, _ in trace.heard(CLOUD, Opened)]
    worst: list[Event] = []
    for number, first in enumerate(dials):
        burst = [event for event in dials[number : number + a_minute * 20] if event.at - first.at < 60.0]
        worst = max(worst, burst, key=len)
    actual = f"{len(worst)} in the busiest minute, {len(dials)} in all"
    if len(worst) > a_minute:
        return failed(expected, actual, worst[: reading.SHOWN])
    return passed(expected, actual) if dials else undecided(expected, "no dial")


def retries_after_failure(trace: Trace, within: float) -> Finding:
    """ECD-056: a failed registration is tried again, on a new line or the old one, within `within` seconds."""
    expected = f"another registration within {within:g} s of a failed one"
    failures = [event for event, body in trace.heard(CLOUD, RegistrationAnswer) if body.text != OK_REGISTRATION]
    again = [event for event, _ in reading.registrations(trace)]
    offences, seen, times = [], 0, Times(trace)
    for failure in failures:
        following = next((event for event in again if event.index > failure.index), None)
        taken = (following.at if following is not None else trace.end) - failure.at
        if times.beyond(taken, within, failure):
            offences.append((f"{times.told(taken)} without one", failure))
        elif following is not None:
            seen += 1
    return decided(expected, offences, seen, "failed registrations", times)


def leaves_unanswered_registration(trace: Trace, within: float) -> Finding:
    """ECD-057: a registration that is never answered counts as failed: the terminal ends the line or registers anew."""
    expected = f"the terminal gives up a line on which its registration stays unanswered, within {within:g} s"
    offences, seen, times = [], 0, Times(trace)
    for line in reading.lines(trace):
        sent = [event for event, _ in line.of(Register)]
        if not sent or line.of(RegistrationAnswer) or isinstance(line.closed and line.closed.body, Close):
            continue
        end = line.closed.at if line.closed is not None else trace.end
        again = next((event.at for event, _ in reading.registrations(trace) if event.index > sent[0].index), end)
        if times.beyond(min(end, again) - sent[0].at, within, sent[0]):
            offences.append((f"line {line.number} kept for {times.told(end - sent[0].at)}", sent[0]))
        elif line.closed is not None or again < end:
            seen += 1
    return decided(expected, offences, seen, "unanswered registrations", times)


def gives_up_half_open_line(trace: Trace, within: float) -> Finding:
    """ECD-035, ECD-069: with acks asked, a heartbeat that stays without its ack for `within` seconds ends the line.

    A line is given up when the terminal ends it or opens another; whether it closes the old one is `one_live_line`'s
    business."""
    expected = f"a line whose heartbeat stays unacknowledged is given up within {within:g} s"
    offences, seen, times = [], 0, Times(trace)
    lines = reading.lines(trace)
    for line in lines:
        missing = _first_without_ack(line, within)
        if missing is None or not any(body.asks_for_acks for _, body in line.of(Register)):
            continue
        following = next((other.opened for other in lines if other.opened.index > missing.index), None)
        left = min((event for event in (line.closed, following) if event is not None), key=lambda event: event.index,
                   default=None)  # fmt: skip
        end = left.at if left is not None else trace.end
        if times.beyond(end - missing.at, within, missing):
            offences.append((f"line {line.number} kept for {times.told(end - missing.at)} without an ack", missing))
        elif left is not None and not isinstance(left.body, Close):
            seen += 1
    return decided(expected, offences, seen, "half-open lines", times)


def _first_without_ack(line: reading.Line, within: float) -> Event | None:
    """The first heartbeat of a line that no ack followed within so many seconds."""
    acks = [event for event, _ in line.of(Ack)]
    for beat, _ in line.of(Heartbeat):
        if not any(ack.index > beat.index and ack.at - beat.at <= within for ack in acks):
            return beat
    return None


def keeps_line(trace: Trace, at_least: float, ack_within: float = 20.0) -> Finding:
    """ECD-022, ECD-065: one registered line stays up for `at_least` seconds, ended by nobody but the cloud."""
    expected = f"one registered line stays up for {at_least:g} s"
    dark, harms = reading.without_power(trace), reading.harms(trace)
    best = 0.0
    for line in reading.lines(trace):
        if line.registered is None:
            continue
        up = (line.closed.at if line.closed is not None else trace.end) - line.registered.at
        best = max(best, up)
        if line.closed is not None and line.closed_by_terminal and not excused(line, dark, ack_within, harms):
            return failed(expected, f"the terminal ended line {line.number} after {up:.1f} s", [line.closed])
    judged = passed if best >= at_least else undecided
    return judged(expected, f"up for {best:.1f} s")


def excused(
    line: reading.Line, dark: list[tuple[float, float]], ack_within: float, harms: Sequence[reading.Harm] = ()
) -> bool:
    """Whether the terminal had a reason to end a line: it lost its mains, an ack it had asked for was missing for
    `ack_within` seconds (ECD-069), it had sent what the cloud could not read and waits for in vain, or the wire was
    harmed, so that what came may not be the terminal's word at all.

    Half of `ack_within` will do: how long a terminal waits is its own choice. It asks for acks in any letter case:
    `"True"` is a breach of ECD-007, not of ECD-022."""
    if line.closed is None or reading.mains_cut(line, dark) is not None:
        return True
    if framing.ill_framed(line) or any(harm.explains(line.closed.at, 2 * ack_within) for harm in harms):
        return True
    missing = _first_without_ack(line, 0.5 * ack_within)
    asks = any(body.document.fields.get("AckHeartbeat", "").casefold() == "true" for _, body in line.of(Register))
    return asks and missing is not None and line.closed.at - missing.at >= 0.5 * ack_within


def terminal_id_is(trace: Trace, terminal_id: str, at_least: int = 1) -> Finding:
    """ECD-044, ECD-046, ECD-048: every registration carries the TerminalID that the end user reads on the terminal."""
    expected = f"TerminalID {terminal_id!r} in at least {at_least} registrations"
    found = reading.registrations(trace)
    offences = [(f"TerminalID {body.terminal_id!r}", event) for event, body in found if body.terminal_id != terminal_id]
    if not offences and len(found) < at_least:
        return failed(expected, f"{len(found)} registrations")
    return decided(expected, offences, len(found), "registrations")


def follows_provisioning(trace: Trace, listener: str, within: float) -> Finding:
    """ECD-025, ECD-026: moved by the management system to `listener`, the terminal dials there after its next start."""
    expected = f"dials {listener} within {within:g} s of the start after being provisioned"
    moved = [event for event, body in trace.heard(reading.BENCH, Provisioned) if listener in body.settings.values()]
    started = [
        event
        for event, body in trace.heard(reading.BENCH, Mains)
        if body.on and moved and event.index > moved[-1].index
    ]
    if not started:
        return undecided(expected, "it was not provisioned and started")
    dials = [(event, body) for event, body in trace.heard(CLOUD, Opened) if event.index > started[0].index]
    reached = [event for event, body in dials if body.to == listener]
    if reached:
        times = Times(trace)
        taken = times.since(started[0], reached[0].at)
        return times.within(expected, taken, within, [started[0], reached[0]])
    elsewhere = sorted({body.to for _, body in dials if body.to != listener})
    actual = f"dialled {' and '.join(elsewhere)}, not {listener}" if elsewhere else "dialled nobody"
    return failed(expected, actual, [event for event, _ in dials[:3]])


def returns_to_primary(trace: Trace, required: bool) -> Finding:
    """ECD-036: after a time on the secondary, a later reconnect can come to the primary. Noted, or required."""
    expected = "a later reconnect comes to the primary again"
    registered = [line for line in reading.lines(trace) if line.registered is not None]
    seconds = [line for line in registered if line.to == "secondary"]
    if not seconds:
        return undecided(expected, "the terminal never ran on the secondary")
    later = [line for line in registered if line.number > seconds[0].number]
    if not later:
        return undecided(expected, "no later reconnect")
    if any(line.to == "primary" for line in later):
        return passed(expected, "so it did", [line.opened for line in later if line.to == "primary"])
    actual = f"{len(later)} later lines, none to the primary"
    return (failed if required else warned)(expected, actual, [later[-1].opened])
