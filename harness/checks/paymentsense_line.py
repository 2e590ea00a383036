"""Rules of Paymentsense Connect about the life of a connection: pings, their absence, breaks, and what they leave."""

from __future__ import annotations

from itertools import pairwise

from harness.checks.paymentsense_reading import CONNECT, ENDED, booked, pressed, ran_for, sales, screens, stands
from harness.checks.reading import BENCH, Times, decided, undecided
from harness.checks.sockets import Disturbances, Socket, sockets
from harness.evidence.bench import Done, Exited, Mains, Pressed, Provisioned, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.framing import Malformed
from harness.wire.paymentsense import Admitted, Demand, Ended, Notification, Pinged, Refusal, Result, Side, TurnedAway
from harness.wire.websocket import Ping

Offence = tuple[str, Event]

SILENT = "pings were left unanswered"
"""Why Connect ends the connection of an EPoS that does not answer."""


# ---- Of Connect ------------------------------------------------------------------------------------------------------


def pings_periodically(trace: Trace, period: float) -> Finding:
    """Of Connect: on each connection it lets in it pings, never more than `period` seconds apart."""
    seen, offences, times = 0, list[Offence](), Times(trace)
    for socket in sockets(trace, CONNECT):
        if socket.accepted is None:
            continue
        pings = [event for event, _ in socket.told(Ping)]
        for before, after in pairwise([socket.accepted, *pings]):
            seen += 1
            if times.beyond(after.at - before.at, period + 1.0, after):
                offences.append((f"no ping for {after.at - before.at:.1f} s", after))
    return decided(f"a ping every {period:g} s", offences, seen, "pings", times)


def ends_the_silent(trace: Trace, within: float, missed: int) -> Finding:
    """Of Connect: it ends a connection on which its pings were left unanswered, by a close frame or a reset.

    `missed`: so many in a row; `within`: seconds from the first of these."""
    seen, offences = 0, list[Offence]()
    for event, _ in ((event, body) for event, body in trace.heard(CONNECT, Ended) if body.why == SILENT):
        pings = [ping for ping, _ in trace.heard(CONNECT, Pinged) if ping.line == event.line and ping.at < event.at]
        closed = [one for one, body in trace.heard(CONNECT, Close) if body.line == event.line]
        seen += 1
        first = pings[-missed:][:1]
        if first and event.at > first[0].at + within:
            offences.append((f"ended only after {event.at - first[0].at:.1f} s", event))
        elif not closed and ran_for(trace, event, within):
            offences.append(("never ended", event))
    return decided("who leaves pings unanswered is ended", offences, seen, "connections")


# ---- Pings -----------------------------------------------------------------------------------------------------------


def ping_is_no_message(trace: Trace, within: float) -> Finding:
    """A ping leads to a pong and to nothing else: `within` seconds of it nothing is said, and no screen changes, but
    what a message, a key or the end of the line leads to.

    A screen that also changes when nothing at all has happened, as one with a clock does, proves nothing."""
    expected = "a ping leads to a pong and to nothing else"
    seen, offences, shown = 0, list[Offence](), list[Offence]()
    reasons = [
        event for event in trace
        if (event.source == CONNECT and _by_connect(event.body)) or (event.source == BENCH and _by_the_user(event.body))
    ]  # fmt: skip
    pings = [ping for socket in sockets(trace, CONNECT) for ping, _ in socket.told(Ping)]
    for socket in sockets(trace, CONNECT):
        said = [event for event in trace if event.source == CONNECT and event.line == socket.number
                and isinstance(event.body, Demand | Notification | Result | Refusal | Malformed)
                and getattr(event.body, "by", Side.EPOS) is Side.EPOS]  # fmt: skip
        for ping, _ in socket.told(Ping):
            until = ping.at + within
            if any(abs(reason.at - ping.at) <= within for reason in reasons) or min(trace.end, socket.parting) < until:
                continue
            seen += 1
            spoke = next((one for one in said if ping.index < one.index and one.at <= until), None)
            if spoke is not None:
                offences.append(("a ping was answered with a message", spoke))
            shown += [("the screen changed at a ping", one) for one, _ in screens(trace, ping, within)]
    of_itself = _unasked(trace, [*reasons, *pings], within)
    if shown and of_itself is not None and not offences:
        return undecided(expected, "the screen changes of itself", [of_itself, shown[0][1]])
    return decided(expected, offences + (shown if of_itself is None else []), seen, "pings")


def _unasked(trace: Trace, reasons: list[Event], within: float) -> Event | None:
    """A screen that came with no reason before it."""
    for event, _ in trace.heard(BENCH, Screen):
        if not any(reason.at <= event.at <= reason.at + within for reason in reasons):
            return event
    return None


def _by_connect(body: object) -> bool:
    """Whether Connect says something, or begins or ends something, that an EPoS may show or answer."""
    return (
        isinstance(body, Admitted | TurnedAway | Ended | Close | PeerClosed)
        or getattr(body, "by", None) is Side.CONNECT
    )


def _by_the_user(body: object) -> bool:
    return isinstance(body, Pressed | Done | Mains | Provisioned | Exited)


# ---- Breaks ----------------------------------------------------------------------------------------------------------


def _breaks(trace: Trace) -> list[tuple[Socket, Event]]:
    """The accepted connections that Connect ended, with the event from which the EPoS can know it.

    Not those that the mains or the wire took with them, nor one that a newer connection displaced."""
    away = Disturbances(trace)
    found = []
    for socket in sockets(trace, CONNECT):
        ended = next((event for event, _ in trace.heard(CONNECT, Ended) if event.line == socket.number), socket.closed)
        by_us = ended is not None and isinstance(ended.body, Ended | Close)
        if socket.accepted is not None and ended is not None and by_us and not away.touch(ended.at, ended.at + 1.0):
            found.append((socket, ended))
    return found


def break_is_told(trace: Trace, within: float) -> Finding:
    """After each end of a connection the screen changes: the user is told. What comes later than `within` is late."""
    seen, offences = 0, list[Offence]()
    for socket, ended in _breaks(trace):
        if screens(trace, ended, within):
            seen += 1
        elif ran_for(trace, ended, within):
            offences.append((f"nothing was shown of the end of line {socket.number} in {within:g} s", ended))
    return decided("the user is told when a connection ends", offences, seen, "ended connections")


def same_address(trace: Trace) -> Finding:
    """Between two provisionings every handshake has the same target and the same host."""
    seen, offences = 0, list[Offence]()
    set_up = [event.index for event, _ in trace.heard(BENCH, Provisioned)]
    set_up += [event.index for event, _ in pressed(trace, "configure", "terminal")]
    told = [(socket.upgrade, socket.request) for socket in sockets(trace, CONNECT)]
    known = [(event, request) for event, request in told if event is not None and request is not None]
    for (before, was), (after, now) in pairwise(known):
        if any(before.index < index < after.index for index in set_up):
            continue
        seen += 1
        if was.target != now.target:
            offences.append(("connected again with another address", after))
        elif was.header("Host") != now.header("Host"):
            offences.append(("connected again to another host", after))
    return decided("it connects again with the same address", offences, seen, "connections made again")


def outstanding_is_unknown(trace: Trace, within: float) -> Finding:
    """A transaction that was outstanding when its connection ended stands as unknown `within` seconds later, and is
    never asked for again unless the user wants it. One that asks Connect for a duplicate may learn how it ended."""
    seen, offences = 0, list[Offence]()
    ends = {socket.number: ended for socket, ended in _breaks(trace)}
    for sale in sales(trace):
        one = sale.exchange
        if one is None or (ended := ends.get(one.asked.line)) is None or one.asked.index > ended.index:
            continue
        if one.answered is not None and one.answered.index < ended.index:
            continue
        again = _asked_again(trace, one.demand, ended)
        state = stands(trace, sale.reference, ended.at + within)
        learnt = [event.index for event, body in trace.heard(CONNECT, Result) if body.of == "duplicate"]
        wrong = [event for event in booked(trace, sale.reference, ended, ended.at + within)
                 if event.body.state in ENDED and event.body.state != "unknown"
                 and not any(ended.index < index < event.index for index in learnt)]  # fmt: skip
        if again is not None:
            offences.append(("asked for again, though nobody knows how it ended", again))
        elif wrong:
            offences.append((f"{sale.reference} stands as {wrong[0].body.state} after the break", wrong[0]))
        elif state is not None and state.body.state in ENDED:
            seen += 1
        elif ran_for(trace, ended, within):
            how = "is not in the book" if state is None else f"stands as {state.body.state}"
            offences.append((f"{sale.reference or 'the sale'} {how} {within:g} s after the break", ended))
    return decided("what was outstanding at a break is unknown", offences, seen, "transactions outstanding at a break")


def _asked_again(trace: Trace, demand: Demand, ended: Event) -> Event | None:
    """The same transaction, asked for after the break without a key of the user."""
    keys = [event.index for event, _ in pressed(trace, "sale", "refund")]
    for event, body in trace.heard(CONNECT, Demand):
        same = body.by is Side.EPOS and body.method == demand.method and body.params == demand.params
        if event.index > ended.index and same and not any(ended.index < key < event.index for key in keys):
            return event
    return None
