"""Rules about the heartbeat of a POS at the Modulus gateway: its pings, and what it makes of pongs and of none.

A line is judged from the moment it was let in to its parting: the first close frame, or its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from harness.checks.reading import Times, decided, undecided
from harness.checks.sockets import Disturbances, Socket, sockets
from harness.evidence.bench import Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import modulus
from harness.wire.endpoint import PeerClosed
from harness.wire.framing import Malformed
from harness.wire.modulus import Action, ForceDisconnect, Injected, JsonPing, JsonPong, Payment, PaymentComplete
from harness.wire.websocket_frames import Binary, Closing, Ping, Text

GATEWAY = "gateway"

BESIDE = "rival"
"""The listener at which others than the DUT dial the gateway; what they do is not judged."""

T = TypeVar("T", bound=Action)


@dataclass(frozen=True, slots=True)
class Beating:
    """A line that was let in. `pings` and `pongs`: of the document, not those of the WebSocket; `until`: its parting,
    or the end of the trace."""

    socket: Socket
    since: Event
    until: float
    pings: tuple[Event, ...]
    pongs: tuple[Event, ...]

    @property
    def unanswered(self) -> Event | None:
        """The oldest ping that waited for its pong when the line parted."""
        waiting = None
        for event in sorted((*self.pings, *self.pongs), key=lambda event: event.index):
            if event in self.pongs:
                waiting = None
            elif waiting is None:
                waiting = event
        return waiting

    @property
    def left(self) -> Event | None:
        """The POS's goodbye, or its end of the line, if neither was ours; None while it is up."""
        goodbyes = [event for event, _ in self.socket.of(Closing)]
        ours = [event for event, _ in self.socket.told(Closing)]
        first = min([*goodbyes, *ours], key=lambda event: event.index, default=None)
        if first is not None:
            return None if first in ours else first
        closed = self.socket.closed
        return closed if closed is not None and isinstance(closed.body, PeerClosed) else None


def told(socket: Socket, kind: type[T]) -> list[tuple[Event, T]]:
    """The messages of a kind that the gateway put on a line: read from its bytes, for a harm may have kept back what it
    meant to say."""
    read = ((event, modulus.read_from_gateway(text.text)) for event, text in socket.told(Text))
    return [(event, message) for event, message in read if isinstance(message, kind)]


def beatings(trace: Trace) -> list[Beating]:
    """The lines that were let in, in order, with their heartbeats."""
    found = []
    pinged = defaultdict[int, list[Event]](list)
    for event, _ in trace.heard(GATEWAY, JsonPing):
        pinged[event.line].append(event)
    for socket in sockets(trace, GATEWAY):
        if socket.accepted is None or socket.to == BESIDE:
            continue
        until = min(socket.parting, trace.end)
        pongs = tuple(event for event, _ in told(socket, JsonPong))
        found.append(Beating(socket, socket.accepted, until, tuple(pinged[socket.number]), pongs))
    return found


# ---- The pings -------------------------------------------------------------------------------------------------------


def pings_every(trace: Trace, earliest: float, latest: float, at_least: int) -> Finding:
    """MOD-081: at least `at_least` pings come on one line, `earliest` to `latest` seconds apart.

    A silence longer than `latest` after the opening of a line, or after its last ping, is such a distance too."""
    expected = f"at least {at_least} pings, {earliest:g} to {latest:g} s apart"
    lines, times, away = beatings(trace), Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for line in lines:
        marks = [line.since, *line.pings]
        for place, (mark, following) in enumerate(
            zip(marks, [*(ping.at for ping in line.pings), line.until], strict=True)
        ):
            gap = following - mark.at
            if away.touch(mark.at, following):
                continue
            between = 0 < place < len(line.pings)
            if times.beyond(gap, latest, mark) or (between and times.short(gap, earliest, mark)):
                offences.append((f"{times.told(gap, 2)} {'between pings' if between else 'without a ping'}", mark))
            judged += between
    most = max((len(line.pings) for line in lines), default=0)
    if not offences and not times.close and most < at_least:
        watched = max((line.until - line.since.at for line in lines), default=0.0)
        return undecided(expected, f"{most} pings in {watched:.0f} s on one line")
    return decided(expected, offences, judged, "intervals", times)


def never_silent_for(trace: Trace, limit: float, at_least: float = 0.0) -> Finding:
    """MOD-080, MOD-087: from its opening on no line is without a ping for more than `limit` seconds.

    `at_least`: seconds for which some line must have been up, so that an absence is no pass."""
    expected = f"a ping at least every {limit:g} s from the opening of a line on"
    times, away = Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    beats, longest = 0, 0.0
    for line in beatings(trace):
        marks = [line.since, *line.pings]
        for mark, following in zip(marks, [*(ping.at for ping in line.pings), line.until], strict=True):
            if not away.touch(mark.at, following) and times.beyond(following - mark.at, limit, mark):
                silence = times.told(following - mark.at)
                what = "its opening" if mark is line.since else "a ping"
                offences.append((f"{silence} without a ping after {what} on line {line.socket.number}", mark))
        beats += len(line.pings)
        longest = max(longest, line.until - line.since.at)
    if not offences and not times.close and longest < at_least:
        return undecided(expected, f"no line was up for longer than {longest:.0f} s")
    return decided(expected, offences, beats, "pings", times)


def pings_in_json(trace: Trace, limit: float) -> Finding:
    """MOD-090: a line that is kept alive by control pings has the ping of the document too, within `limit` seconds."""
    times = Times(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for line in beatings(trace):
        controls = line.socket.of(Ping)
        long = bool(controls) and times.beyond(line.until - line.since.at, limit, line.since)
        if controls and not line.pings and long:
            offences.append(
                (f"{len(controls)} control pings on line {line.socket.number} and no JSON ping", line.since)
            )
        judged += bool(line.pings) or long
    return decided("the heartbeat is the JSON ping", offences, judged, "lines with a heartbeat", times)


def one_heartbeat(trace: Trace, slack: float = 0.7) -> Finding:
    """MOD-088: after a reconnect pings come no denser than on the first line.

    Offence: two pings of a later line nearer to each other than `slack` of the smallest gap on the first line that has
    one; what was left running of an older heartbeat falls in between."""
    expected = "pings come no denser after a reconnect than before"
    lines, times = beatings(trace), Times(trace)
    gaps = [[(later.at - sooner.at, later) for sooner, later in pairwise(line.pings)] for line in lines]
    first = next((number for number, found in enumerate(gaps) if found), None)
    if first is None:
        return undecided(expected, "no line with two pings")
    usual = min(gap for gap, _ in gaps[first])
    later = [(gap, event) for found in gaps[first + 1 :] for gap, event in found]
    offences = [(f"{times.told(gap, 2)} where it was {times.told(usual, 2)}", event)
                for gap, event in later if times.short(gap, slack * usual, event)]  # fmt: skip
    return decided(expected, offences, len(later), "intervals on later lines", times)


def beats_during_payments(trace: Trace, longest: float) -> Finding:
    """MOD-089: a payment that runs for long does not silence the heartbeat.

    Judged are payments that ran for `longest` seconds or one and a half of the POS's own idle periods, whichever is
    more, on a line that stayed up: with at least one ping in any such time."""
    expected = "pings go on while a payment runs"
    times, away = Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for line in beatings(trace):
        for ordered, over in _running(trace, line):
            before = [ping for ping in line.pings if ping.at <= ordered.at]
            usual = max((later.at - sooner.at for sooner, later in pairwise(before)), default=0.0)
            limit = max(longest, 1.5 * usual)
            marks = [ordered.at, *(ping.at for ping in line.pings if ordered.at < ping.at < over), over]
            if over - ordered.at < limit or away.touch(ordered.at, over):
                continue
            judged += 1
            silence = max(later - sooner for sooner, later in pairwise(marks))
            if times.beyond(silence, limit, ordered):
                offences.append((f"{times.told(silence)} without a ping in a payment", ordered))
    return decided(expected, offences, judged, "long payments", times)


def _running(trace: Trace, line: Beating) -> Iterator[tuple[Event, float]]:
    """The payments ordered on a line, and when each was over: its result came, or the line parted."""
    for ordered, payment in trace.heard(GATEWAY, Payment):
        if ordered.line != line.socket.number:
            continue
        results = (
            event.at
            for event, result in told(line.socket, PaymentComplete)
            if event.index > ordered.index and result.transaction_id == payment.transaction_id
        )
        yield ordered, min(next(results, line.until), line.until)


# ---- The pong --------------------------------------------------------------------------------------------------------


def pings_are_answered(trace: Trace, within: float) -> Finding:
    """MOD-086: the gateway answers each ping by a pong within so many seconds. It speaks about our own side."""
    times = Times(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for line in beatings(trace):
        for ping, following in zip(line.pings, (*line.pings[1:], None), strict=False):
            after = (pong for pong in line.pongs if pong.index > ping.index)
            pong = next((pong for pong in after if following is None or pong.index < following.index), None)
            until = line.until if pong is None else pong.at
            late = times.beyond(until - ping.at, within, ping)
            if late:
                offences.append((f"a ping on line {line.socket.number} got no pong in {within:g} s", ping))
            judged += late or pong is not None
    return decided(f"each ping is answered within {within:g} s", offences, judged, "pings", times)


def waits_for_the_pong(trace: Trace, earliest: float, latest: float) -> Finding:
    """MOD-082: a line without a pong is ended `earliest` to `latest` seconds after its oldest unanswered ping."""
    expected = f"a line is ended {earliest:g} to {latest:g} s after a ping without a pong"
    times = Times(trace)
    offences = []
    judged = 0
    for line, ping, waited, given_up in _waits(trace):
        early = given_up and times.short(waited, earliest, ping)
        late = times.beyond(waited, latest, ping)
        if early or late:
            how = "ended" if given_up else "still up"
            offences.append((f"line {line.socket.number} was {how} {times.told(waited)} after its ping", ping))
        judged += given_up or late
    return decided(expected, offences, judged, "lines without a pong", times)


def gives_up_a_dead_line(trace: Trace, limit: float) -> Finding:
    """MOD-083: a line on which a ping gets no pong is ended by the POS within `limit` seconds of that ping."""
    times = Times(trace)
    offences = []
    judged = 0
    for line, ping, waited, given_up in _waits(trace):
        late = times.beyond(waited, limit, ping)
        if late:
            how = "was ended only" if given_up else "is still up"
            offences.append((f"line {line.socket.number} {how} {times.told(waited)} after its ping", ping))
        judged += given_up or late
    expected = f"a line without a pong is ended within {limit:g} s of its ping"
    return decided(expected, offences, judged, "lines without a pong", times)


def _waits(trace: Trace) -> Iterator[tuple[Beating, Event, float, bool]]:
    """The lines on which a ping waited for its pong to the last: that ping, for how long, and whether the POS ended it.

    Not those that something else had ended or disturbed by then."""
    away = Disturbances(trace)
    for line in beatings(trace):
        ping = line.unanswered
        if ping is None or away.touch(ping.at, line.until) or _excuse(trace, line, 0.0):
            continue
        yield line, ping, line.until - ping.at, line.left is not None


def ends_no_healthy_line(trace: Trace, patience: float) -> Finding:
    """MOD-085: the POS ends no line on which its pings were answered, or the pong is not overdue by `patience` seconds.

    It may end one if its user wants so, if it was displaced, if we had broken the protocol, or after a message that a
    case had made up; a cut of mains or wire ends lines by itself."""
    times, away = Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for line in beatings(trace):
        left = line.left
        judged += bool(line.pongs) or left is not None
        if left is None or away.touch(line.since.at, left.at) or _excuse(trace, line, patience):
            continue
        ping = line.unanswered
        if ping is None:
            offences.append((f"line {line.socket.number} was ended with every ping answered", left))
        elif times.short(left.at - ping.at, patience, left):
            waited = times.told(left.at - ping.at)
            offences.append((f"line {line.socket.number} was ended {waited} after its ping", left))
    return decided("no line is ended while its pings are answered", offences, judged, "lines", times)


def _excuse(trace: Trace, line: Beating, patience: float) -> bool:
    """Whether something other than a missing pong may have ended a line."""
    number, left = line.socket.number, line.left
    if any(isinstance(seen, Binary | Malformed) for _, seen in line.socket.said) or told(line.socket, ForceDisconnect):
        return True
    for event in trace.events[line.since.index : left.index if left is not None else 0]:
        match event.body:
            case Pressed("quit" | "connect"):
                return True
            case Injected() if event.line == number and left is not None and left.at - event.at <= patience:
                return True
            case _:
                pass
    return False
