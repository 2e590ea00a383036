"""Rules about dialling a counterpart: how often, how soon again, not at all, and one line at a time.

An attempt is a line that opened at one of the counterpart's listeners, or a dial of theirs that came to no encryption.
Each rule takes the `source`, the name of the counterpart, and `listeners`: those that count, all if none are given.
"""

from __future__ import annotations

from harness.checks.reading import Times, decided, failed, passed, undecided, warned
from harness.checks.sockets import Disturbances, Socket, sockets
from harness.evidence.bench import Exited, Mains, Pressed, Provisioned
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Close, Hearing, Listen, Opened, Unsecured
from harness.wire.websocket import Closing, Text


def attempts(trace: Trace, source: str, listeners: list[str] | None = None) -> list[Event]:
    """Every dial that reached the counterpart, in order."""
    return [event for event, body in trace.heard(source, Opened, Unsecured) if not listeners or body.to in listeners]


def _own_accord(trace: Trace) -> list[float]:
    """The moments from which the DUT may dial at once: it was switched on, set up anew, or told to by its user."""
    return [
        event.at
        for event in trace
        if (isinstance(event.body, Mains) and event.body.on)
        or (isinstance(event.body, Pressed) and event.body.key == "connect")
        or isinstance(event.body, Provisioned)
    ]


def attempts_spaced(
    trace: Trace, source: str, attempts_at_most: int, window: float, listeners: list[str] | None = None
) -> Finding:
    """At most so many attempts in any `window` seconds in which nobody switched on, set up or told the DUT to dial.

    A single attempt shows restraint once it was watched for longer than that."""
    expected = f"at most {attempts_at_most} attempts in {window:g} s"
    tried, fresh, times = attempts(trace, source, listeners), _own_accord(trace), Times(trace)
    offences: list[tuple[str, Event]] = []
    for first, beyond in zip(tried, tried[attempts_at_most:], strict=False):
        asked_for = any(first.at < moment <= beyond.at for moment in fresh)
        if not asked_for and times.short(beyond.at - first.at, window, beyond):
            offences.append((f"{attempts_at_most + 1} attempts within {times.told(beyond.at - first.at)}", beyond))
    judged = len(tried) > 1 or (bool(tried) and trace.end - tried[0].at > window)
    return decided(expected, offences, len(tried) if judged else 0, "attempts", times)


def no_dial_after(trace: Trace, source: str, words: str, quiet: float, listeners: list[str] | None = None) -> Finding:
    """After each text of ours that holds `words`, the DUT dials nothing for `quiet` seconds of its own accord.

    What it dials after its user, its mains or its settings moved is not of its own accord, and ends the silence."""
    end = trace.end
    times, fresh, tried = Times(trace), _own_accord(trace), attempts(trace, source, listeners)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for socket in sockets(trace, source):
        for said, message in socket.told(Text):
            if words not in message.text:
                continue
            until = min([said.at + quiet, *(moment for moment in fresh if moment > said.at)])
            dialled = next((event for event in tried if event.index > said.index and event.at < until), None)
            if dialled is not None and times.short(dialled.at - said.at, quiet, dialled):
                offences.append((f"dialled again {times.told(dialled.at - said.at)} later", dialled))
            elif until < said.at + quiet or end < until:
                continue
            judged += 1
    return decided(f"no dial for {quiet:g} s after a text with {words!r}", offences, judged, "such texts", times)


def dials_again(
    trace: Trace,
    source: str,
    limit: float,
    warn: float | None = None,
    at_least: int = 1,
    unless_said: list[str] | None = None,
) -> Finding:
    """After each accepted line that ended, the DUT dials again within `limit` seconds; from `warn` on that is slow.

    Time in which it had no mains or the listener did not answer does not count. A line is not judged whose end the
    user wanted, that another was up beside, or on which we said one of the words of `unless_said`."""
    end = trace.end
    expected = f"dialled again within {limit:g} s of each lost line, of at least {at_least}"
    found, times = sockets(trace, source), Times(trace)
    tried, pauses = attempts(trace, source), _pauses(trace, source)
    told: list[tuple[str, float, Event]] = []
    late: list[Event] = []
    for socket in found:
        lost = socket.closed
        if socket.accepted is None or lost is None or _wanted(trace, found, socket, unless_said or []):
            continue
        back = next((event for event in tried if event.index > lost.index), None)
        until = back.at if back is not None else end
        taken = until - lost.at - sum(max(0.0, min(to, until) - max(since, lost.at)) for since, to in pauses)
        if times.beyond(taken, limit, lost):
            late.append(lost)
        if back is not None or lost in late:
            told.append((times.told(taken, 2) if back is not None else f"not in {times.told(taken, 2)}", taken, lost))
    measured = "measured: " + (", ".join(words for words, _, _ in told) or "never")
    evidence = [lost for _, _, lost in told]
    if late:
        return failed(expected, measured, late)
    if times.close or len(told) < at_least:
        return undecided(expected, times.close[0][0] if times.close else measured, evidence)
    if warn is not None and any(taken > warn for _, taken, _ in told):
        return warned(expected, f"{measured}; beyond {warn:g} s is slow", evidence)
    return passed(expected, measured, evidence)


def _wanted(trace: Trace, found: list[Socket], socket: Socket, unless_said: list[str]) -> bool:
    """Whether nobody expects the DUT back after this line."""
    assert socket.closed is not None  # noqa: S101 - asked of ended lines only
    at = socket.closed.at
    quit = any(
        isinstance(event.body, Exited) or (isinstance(event.body, Pressed) and event.body.key == "quit")
        for event in trace
        if event.line == 0 and socket.opened.at <= event.at <= at + 1.0
    )
    beside = any(
        other is not socket and other.opened.at <= at < other.ended and other.accepted is not None for other in found
    )
    said = any(words in message.text for _, message in socket.told(Text) for words in unless_said)
    return quit or beside or said


def _pauses(trace: Trace, source: str) -> list[tuple[float, float]]:
    """The stretches in which the DUT could reach nobody, joined: no mains, harm to the wire, or nobody listening."""
    stretches = [*Disturbances(trace).dark, *Disturbances(trace).cut]
    since: float | None = None
    for event, body in trace.heard(source, Listen):
        shut = body.hearing is not Hearing.ANSWERING
        if shut and since is None:
            since = event.at
        elif not shut and since is not None:
            stretches.append((since, event.at))
            since = None
    if since is not None:
        stretches.append((since, float("inf")))
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(stretches):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def one_line_at_a_time(trace: Trace, source: str, grace: float = 1.0, listeners: list[str] | None = None) -> Finding:
    """A line is dialled only when the one before it has ended, or is ended by the DUT within `grace` seconds, for its
    end may be under way. Lines that a cut of mains or wire may have left standing are not judged."""
    found = [socket for socket in sockets(trace, source, listeners) if socket.accepted is not None]
    end = trace.end
    away, times = Disturbances(trace), Times(trace)
    offences: list[tuple[str, Event]] = []
    for place, newer in enumerate(found):
        for older in found[:place]:
            over = min(older.ended, end)
            gone = older.closed is not None and older.closed.index < newer.opened.index
            if gone or away.touch(older.opened.at, newer.opened.at):
                continue
            displaced = _ended_by_us_after(older, newer)
            if displaced or times.beyond(over - newer.opened.at, grace, newer.opened):
                offences.append((f"line {newer.number} was dialled while line {older.number} was up", newer.opened))
    return decided("one line at a time", offences, len(found), "lines", times)


def _ended_by_us_after(older: Socket, newer: Socket) -> bool:
    """Whether a line stood until we ended it, when the newer one was accepted already."""
    if older.closed is None or newer.accepted is None or not isinstance(older.closed.body, Close):
        return False
    return older.closed.index > newer.accepted.index and not older.of(Closing)
