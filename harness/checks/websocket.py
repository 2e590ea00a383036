"""Rules about WebSocket lines once they are up: legal frames, answered pings, one JSON value a message, a goodbye.

Each takes the `source`: the name of the counterpart whose lines are judged. Seconds are those of the run's clock."""

from __future__ import annotations

from bisect import bisect

from harness.checks.reading import Times, decided, done, undecided
from harness.checks.sockets import Disturbances, Socket, sockets
from harness.evidence.bench import Mains, Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import strict_json
from harness.wire.endpoint import PeerClosed
from harness.wire.framing import Malformed
from harness.wire.websocket import Binary, Closing, Ping, Pong, Text, WsFrame

_PROTOCOL = "(RFC 6455 section"
_OUR_LIMIT = "beyond the limit"
_CUT = "the line ended"


def frames_legal(trace: Trace, source: str) -> Finding:
    """Handshakes and frames keep RFC 6455: masked, no reserved bits or opcodes, fragments and lengths as they must be.

    What a cut of mains or wire left unfinished is no offence, and what was longer than we read does not decide."""
    expected = "every handshake and every frame is legal (RFC 6455)"
    away = Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    unread: list[Event] = []
    seen = 0
    for socket in sockets(trace, source):
        seen += len(socket.of(WsFrame)) + (socket.upgrade is not None)
        for event, body in socket.of(Malformed):
            if _PROTOCOL not in body.why:
                continue  # of what stands in the message
            if _OUR_LIMIT in body.why:
                unread.append(event)
            elif not (_CUT in body.why and away.touch(event.at, event.at)):
                offences.append((f"line {socket.number}: {body.why}", event))
    if unread and not offences:
        return undecided(expected, f"{len(unread)} messages were longer than what is read", unread)
    return decided(expected, offences, seen, "handshakes and frames")


def pings_answered(trace: Trace, source: str, within: float) -> Finding:
    """Each ping is answered by a pong with the same payload within so many seconds, on its line.

    One pong may answer several pings, with the payload of the last of them (section 5.5.3). A ping is not judged if
    the line or the trace ended before its time was over, or either side had said goodbye."""
    end = trace.end
    times, away = Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for socket in sockets(trace, source):
        pings, pongs, parting = socket.told(Ping), socket.of(Pong), socket.parting
        for number, (asked, _) in enumerate(pings):
            answer, strange = _answer(pings, number, pongs, asked.at + 2 * within)
            over = answer.at if answer is not None else min(parting, end)
            if away.touch(asked.at, min(over, asked.at + within)):
                continue
            if times.beyond(over - asked.at, within, asked):
                taken = times.told(over - asked.at)
                how = f"not answered for {taken}" if answer is None else f"answered only after {taken}"
                how += ", but by a pong with another payload" if strange else ""
                offences.append((f"a ping on line {socket.number} was {how}", asked))
            elif answer is None:
                continue
            judged += 1
    expected = f"each ping is answered within {within:g} s by a pong with its payload"
    return decided(expected, offences, judged, "pings", times)


def _answer(
    pings: list[tuple[Event, Ping]], number: int, pongs: list[tuple[Event, Pong]], until: float
) -> tuple[Event | None, bool]:
    """The pong that answers a ping, and whether another came that answers neither it nor one after it."""
    strange = False
    for place in range(bisect(pongs, pings[number][0].index, key=lambda one: one[0].index), len(pongs)):
        event, pong = pongs[place]
        if event.at > until:
            break
        for later in range(number, len(pings)):
            asked, ping = pings[later]
            if asked.index > event.index:
                break
            if ping.payload == pong.payload:
                return event, strange
        strange = True
    return None, strange


def one_value_a_message(trace: Trace, source: str, objects: bool = False) -> Finding:
    """Each message is a text with exactly one JSON value; `objects`: which is an object."""
    offences: list[tuple[str, Event]] = []
    judged = 0
    for socket in sockets(trace, source):
        offences += [(f"a binary message on line {socket.number}", event) for event, _ in socket.of(Binary)]
        judged += len(socket.of(Binary)) + len(socket.of(Text))
        for event, message in socket.of(Text):
            read = strict_json.decode(message.text)
            if isinstance(read, str):
                offences.append((f"a text that is no JSON value: {read}", event))
            elif objects and not isinstance(read[0], dict):
                offences.append(("a JSON value that is no object", event))
    value = "object" if objects else "value"
    return decided(f"each message is a text with one JSON {value}", offences, judged, "messages")


def says_goodbye(trace: Trace, source: str, patience: float, key: str = "quit") -> Finding:
    """After the user ends the program (`key`), it says goodbye by a close frame on each line within `patience` s."""
    end = trace.end
    times, away = Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for pressed in _pressed(trace, key):
        for socket in sockets(trace, source):
            if socket.accepted is None or not socket.accepted.at <= pressed.at < socket.parting:
                continue
            goodbye = next((event for event, _ in socket.of(Closing) if event.index > pressed.index), None)
            over = min(socket.ended, end) if goodbye is None else goodbye.at
            waited = over - done(trace, pressed)
            if _cut(trace, pressed.at, over) or away.harmed(pressed.at, over):
                continue
            if goodbye is None and socket.closed is None and not times.beyond(waited, patience, pressed):
                continue
            if goodbye is None:
                offences.append((f"line {socket.number} got no close frame", socket.closed or pressed))
            elif times.beyond(waited, patience, pressed):
                offences.append((f"the close frame came after {times.told(waited)}", goodbye))
            judged += 1
    expected = f"a close frame within {patience:g} s of the program's end"
    return decided(expected, offences, judged, "lines that were up", times)


def survives(trace: Trace, source: str, patience: float, words: str = "") -> Finding:
    """After each text of ours that holds `words` (none: that is no JSON), the DUT keeps the line for `patience` s.

    A line that we ended ourselves, or that a cut of mains or wire ended, is not judged; one that ended because the
    program did is."""
    end = trace.end
    offences: list[tuple[str, Event]] = []
    times, away = Times(trace), Disturbances(trace)
    judged = 0
    for socket in sockets(trace, source):
        for said, message in socket.told(Text):
            if not (words in message.text if words else isinstance(strict_json.decode(message.text), str)):
                continue
            left = _left_at(socket, said)
            until = said.at + patience
            if _cut(trace, said.at, until) or away.harmed(said.at, until):
                continue
            if left is not None and times.short(left.at - said.at, patience, said):
                offences.append((f"line {socket.number} was given up {times.told(left.at - said.at)} later", left))
            elif min(socket.parting, end) < until:
                continue
            judged += 1
    what = f"a text with {words!r}" if words else "a text that is no JSON"
    return decided(f"the line is kept for {patience:g} s after {what}", offences, judged, "such texts", times)


def _left_at(socket: Socket, after: Event) -> Event | None:
    """The DUT's goodbye, or its end of the line, if it came first."""
    goodbye = next((event for event, _ in socket.of(Closing) if event.index > after.index), None)
    ours = next((event for event, _ in socket.told(Closing)), None)
    if ours is not None and (goodbye is None or ours.index < goodbye.index):
        return None
    if goodbye is not None:
        return goodbye
    return socket.closed if socket.closed is not None and isinstance(socket.closed.body, PeerClosed) else None


def _pressed(trace: Trace, key: str) -> list[Event]:
    return [event for event in trace if isinstance(event.body, Pressed) and event.body.key == key]


def _cut(trace: Trace, since: float, until: float) -> bool:
    """Whether the mains went, or the user ended the program, meanwhile."""
    return any(
        (isinstance(event.body, Mains) and not event.body.on and since <= event.at <= until)
        or (isinstance(event.body, Pressed) and event.body.key == "quit" and since < event.at <= until)
        for event in trace
    )
