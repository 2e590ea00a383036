"""Rules about how a POS comes to the Modulus gateway: where it arrives, with which key, whom it trusts, what it tells
its user of a refusal, and what it asks for on every new line."""

from __future__ import annotations

from itertools import pairwise

from harness.checks.modulus_heartbeat import GATEWAY, told
from harness.checks.reading import BENCH, Times, decided, done, failed, passed, undecided
from harness.checks.sockets import Disturbances, Socket, sockets
from harness.evidence.bench import Exited, Mains, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Listen, Opened, Unsecured
from harness.wire.modulus import (
    ForceDisconnect,
    GetTerminals,
    JsonPing,
    JsonPong,
    KeyShown,
    PaymentComplete,
    TerminalsResponse,
)
from harness.wire.modulus_schema import SUCCESS
from harness.wire.websocket_frames import Closing

LET_IN = 101

PLAIN_HTTP = "http request"
"""What a listener that wants encryption says of a dialler that does not encrypt."""


def reaches(trace: Trace, listener: str, within: float) -> Finding:
    """MOD-001 to MOD-003: a POS opens a line at this listener within so many seconds of its last start.

    Whether it is let in there is not its address's doing. A program that ended by itself has shown nothing."""
    expected = f"a line at the listener {listener!r} within {within:g} s of its start"
    started = next((event for event, body in reversed(trace.heard(BENCH, Mains)) if body.on), None)
    if started is None:
        return undecided(expected, "the bench switched nothing on")
    opened = (socket.opened for socket in sockets(trace, GATEWAY, [listener]))
    arrived = next((event for event in opened if event.index > started.index), None)
    times, on = Times(trace), done(trace, started)
    if arrived is not None:
        return times.within(expected, max(0.0, arrived.at - on), within, [started, arrived])
    if any(trace.heard(BENCH, Exited)) or not times.beyond(trace.end - on, within, started):
        return undecided(expected, f"none in {trace.end - on:.1f} s", [started])
    elsewhere = sum(event.index > started.index for event, _ in trace.heard(GATEWAY, Opened))
    return failed(expected, f"none in {trace.end - on:.1f} s, and {elsewhere} lines in all", [started])


def shows_an_issued_key(trace: Trace) -> Finding:
    """MOD-005: the key of every handshake that has one is a key that was issued."""
    shown = [(event, body) for event, body in trace.heard(GATEWAY, KeyShown) if body.places]
    offences = [("the key is not one that was issued", event) for event, body in shown if not body.known]
    return decided("every key shown was issued", offences, len(shown), "keys")


def only_issued_keys_are_let_in(trace: Trace) -> Finding:
    """MOD-015: a handshake without an issued key is turned away. It speaks about our own side."""
    unknown = [(event, body) for event, body in trace.heard(GATEWAY, KeyShown) if not body.known]
    offences = [("a handshake without an issued key was let in", event) for event, body in unknown
                if body.answer == LET_IN]  # fmt: skip
    return decided("no handshake without an issued key is let in", offences, len(unknown), "such handshakes")


def refusal_reported(trace: Trace, words: list[str], within: float) -> Finding:
    """MOD-016: after a refused handshake the screen says so within so many seconds, in one of these words, or by the
    status or close code itself; letter case does not count."""
    expected = f"the screen tells of a refusal within {within:g} s"
    refused = [(event, body) for event, body in trace.heard(GATEWAY, KeyShown) if body.answer not in (0, LET_IN)]
    screens = trace.heard(BENCH, Screen)
    if not refused or not screens:
        return undecided(expected, "no screen was seen" if refused else "nothing was refused")
    times = Times(trace)
    first, shown = refused[0]
    wanted = [word.casefold() for word in (*words, str(shown.answer))]
    for event, screen in screens:
        if event.index > first.index and any(word in screen.text.casefold() for word in wanted):
            return times.within(expected, event.at - first.at, within, [first, event])
    if not times.beyond(trace.end - first.at, within, first):
        return undecided(expected, f"not yet, but only {trace.end - first.at:.1f} s were watched", [first])
    last = screens[-1][1].text
    return failed(expected, f"it says {last!r}", [first, screens[-1][0]])


def distrusts(trace: Trace, listener: str, at_least: int = 1) -> Finding:
    """MOD-033: while a listener shows a certificate that is wrong, the POS opens no line there.

    `at_least`: dials that were given up, without which nothing is shown."""
    expected = f"no line to {listener!r} while its certificate is wrong"
    bad: Event | None = None
    offences: list[tuple[str, Event]] = []
    declined: list[Event] = []
    for event, body in trace.heard(GATEWAY, Listen, Opened, Unsecured):
        match body:
            case Listen(at=at, identity=identity) if at == listener:
                bad = event if identity != "good" else None
            case Opened(line, to) if bad is not None and to == listener:
                offences.append((f"line {line} was opened with one that is {bad.body.identity}", event))
            case Unsecured(to) if bad is not None and to == listener:
                declined.append(event)
            case _:
                pass
    if not offences and len(declined) < at_least:
        return undecided(expected, f"{len(declined)} dials were given up", declined)
    return decided(expected, offences, len(declined), "dials that were given up")


def never_in_clear(trace: Trace, listener: str) -> Finding:
    """MOD-006: no dial to a listener that is encrypted speaks in clear."""
    dials = [(event, body) for event, body in trace.heard(GATEWAY, Opened, Unsecured) if body.to == listener]
    offences = [(f"spoke in clear: {body.why}", event) for event, body in dials
                if isinstance(body, Unsecured) and PLAIN_HTTP in body.why]  # fmt: skip
    return decided(f"every dial to {listener!r} asks for encryption", offences, len(dials), "dials")


def lists_on_every_line(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """MOD-037, MOD-051: on every line that is let in the POS asks for the terminals, within so many seconds.

    `at_least`: lines without which nothing is shown."""
    expected = f"the terminals are asked for within {within:g} s on every line, on at least {at_least}"
    times, away = Times(trace), Disturbances(trace)
    first: dict[int, Event] = {}
    for event, _ in trace.heard(GATEWAY, GetTerminals):
        first.setdefault(event.line, event)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for socket in sockets(trace, GATEWAY):
        since = socket.accepted
        if since is None:
            continue
        asked = first.get(socket.number)
        until = min(socket.parting, trace.end) if asked is None else asked.at
        if away.touch(since.at, until):
            continue
        late = times.beyond(until - since.at, within, since)
        if late:
            how = "not" if asked is None else "only"
            offences.append((f"{how} in {times.told(until - since.at)} on line {socket.number}", since))
        judged += late or asked is not None
    if not offences and not times.close and judged < at_least:
        return undecided(expected, f"so on {judged} lines")
    return decided(expected, offences, judged, "lines", times)


def passes_the_self_test(trace: Trace) -> Finding:
    """MOD-095: the four steps of the page: a line open, terminals received, a ping answered, a reconnection."""
    expected = "opened, terminals received, ping answered, reconnected"
    if not trace.heard(GATEWAY, Opened):
        return undecided(expected, "nothing was dialled")
    opened = [socket for socket in sockets(trace, GATEWAY) if socket.accepted is not None]
    steps = {
        "no line was let in": bool(opened),
        "no terminals were asked for and told": bool(
            trace.heard(GATEWAY, GetTerminals) and trace.heard(GATEWAY, TerminalsResponse)
        ),
        "no ping was answered": bool(trace.heard(GATEWAY, JsonPing) and trace.heard(GATEWAY, JsonPong)),
        "no second line was let in": len(opened) > 1,
    }
    missing = [words for words, done in steps.items() if not done]
    evidence = [socket.opened for socket in opened]
    return failed(expected, "; ".join(missing), evidence) if missing else passed(expected, "all four", evidence)


def terminals_are_told(trace: Trace) -> Finding:
    """MOD-052: the gateway answers with deviceId and status of each terminal. It speaks about our own side."""
    lists = trace.heard(GATEWAY, TerminalsResponse)
    offences = [(fault, event) for event, body in lists for fault in body.faults]
    return decided("every list has deviceId and status of each terminal", offences, len(lists), "lists")


def let_in_again(trace: Trace, at_least: int) -> Finding:
    """MOD-030: handshakes are let in on so many lines."""
    expected = f"handshakes that are let in on at least {at_least} lines"
    arrived = [socket.accepted for socket in sockets(trace, GATEWAY) if socket.accepted is not None]
    if not arrived:
        return undecided(expected, "none was ever let in")
    return (passed if len(arrived) >= at_least else failed)(expected, f"{len(arrived)} were", arrived)


def alive_at_the_end(trace: Trace, silence: float) -> Finding:
    """MOD-040, MOD-072: within the last `silence` seconds the POS said something that is a message."""
    expected = f"a message of the POS in the last {silence:g} s"
    said = [event for event, _ in trace.heard(GATEWAY, GetTerminals, JsonPing)]
    if not said:
        return undecided(expected, "it never said anything")
    since = trace.end - said[-1].at
    times = Times(trace)
    return (failed if times.beyond(since, silence, said[-1]) else passed)(
        expected, f"the last {since:.1f} s ago", said[-1:]
    )


def newest_wins(trace: Trace, within: float) -> Finding:
    """MOD-101: when a line is let in while another with its key is up, the older is told forceDisconnect, and not the
    newer. It speaks about our own side."""
    times = Times(trace)
    lines = [socket for socket in sockets(trace, GATEWAY) if socket.accepted is not None]
    offences: list[tuple[str, Event]] = []
    judged = 0
    for older, newer in pairwise(lines):
        if newer.accepted is None or _parted_before(older, newer.accepted):
            continue
        judged += 1
        displaced = next((event for event, _ in told(older, ForceDisconnect)), None)
        at = min(older.ended, trace.end) if displaced is None else displaced.at
        if displaced is None or times.beyond(at - newer.accepted.at, within, newer.accepted):
            offences.append((f"line {older.number} was not told", newer.accepted))
        wrong = (event for event, _ in told(newer, ForceDisconnect) if event.at <= newer.accepted.at + within)
        offences += [(f"line {newer.number} was told, which is newer", event) for event in wrong]
    return decided("of two lines with one key the older is told to go", offences, judged, "displacements", times)


def _parted_before(socket: Socket, event: Event) -> bool:
    """Whether a line had ended, or either side had said goodbye on it; by order, for both may come in one moment."""
    ends = [said for said, _ in (*socket.of(Closing), *socket.told(Closing))]
    ends += [socket.closed] if socket.closed is not None else []
    return any(end.index < event.index for end in ends)


def results_are_whole(trace: Trace) -> Finding:
    """MOD-059: each result has terminalId, and a response of transactionId, status, amount and, of a success, the
    authorizationCode. It speaks about our own side."""
    results = trace.heard(GATEWAY, PaymentComplete)
    offences = [(fault, event) for event, result in results for fault in result.faults]
    offences += [("a success without an authorizationCode", event) for event, result in results
                 if result.status == SUCCESS and not result.response.fields.get("authorizationCode")]  # fmt: skip
    return decided("each result is whole", offences, len(results), "results")
