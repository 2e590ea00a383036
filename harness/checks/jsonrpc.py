"""Rules about JSON-RPC 2.0 over WebSocket: the version, ids, replies, what must be answered and what must not.

Each takes the `source`: the name of the counterpart whose lines are judged. Both directions are read from the text
messages of a line, ours from the bytes that were sent. Seconds are those of the run's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from harness.checks.reading import Times, decided
from harness.checks.sockets import Disturbances, Socket, sockets
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import jsonrpc
from harness.wire.framing import Malformed
from harness.wire.jsonrpc import METHOD_NOT_FOUND, Batch, Call, Failure, Message, Notice, Reply
from harness.wire.websocket import Text

Single = Call | Notice | Reply | Failure
Answer = Reply | Failure

T = TypeVar("T")


class Talk:
    """What both sides said on one line, in order. Batches are taken apart."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.heard = [(event, read) for event, text in socket.of(Text) for read in _messages(text.text)]
        self.said = [(event, read) for event, text in socket.told(Text) for read in _messages(text.text)]

    def of(self, kind: type[T]) -> list[tuple[Event, T]]:
        """What the DUT said, of one kind."""
        return [(event, body) for event, body in self.heard if isinstance(body, kind)]

    def told(self, kind: type[T]) -> list[tuple[Event, T]]:
        """What the counterpart said, of one kind."""
        return [(event, body) for event, body in self.said if isinstance(body, kind)]

    def in_order(self) -> list[tuple[Event, Message | Malformed, bool]]:
        """What both said, in order, up to where it is known; and whether it was the counterpart."""
        both = [(event, body, False) for event, body in self.heard] + [(event, body, True) for event, body in self.said]
        known = [one for one in both if one[0].index < self.socket.unclear]
        return sorted(known, key=lambda one: one[0].index)

    @property
    def answers(self) -> list[tuple[Event, Answer]]:
        """What the DUT answered, up to where it is known what it was asked."""
        return [
            (event, body)
            for event, body in self.heard
            if isinstance(body, Reply | Failure) and event.index < self.socket.unclear
        ]


def _key(id: Any) -> tuple[str, str]:
    """What two ids have in common if, and only if, they are the same in type and value."""
    return type(id).__name__, repr(id)


def _messages(text: str) -> Iterator[Message | Malformed]:
    read = jsonrpc.parse(text)
    yield read
    if isinstance(read, Batch):
        for part in read.parts:
            yield jsonrpc.parse(part)


def _talks(trace: Trace, source: str) -> list[Talk]:
    return [Talk(socket) for socket in sockets(trace, source)]


# ---- Each message by itself ------------------------------------------------------------------------------------------


def messages_legal(trace: Trace, source: str, batches: bool = True) -> Finding:
    """Each message keeps JSON-RPC 2.0, with all of its members; `batches`: whether several may come in an array."""
    offences: list[tuple[str, Event]] = []
    judged = 0
    for talk in _talks(trace, source):
        for event, body in talk.heard:
            judged += not isinstance(body, Batch)
            if isinstance(body, Malformed):
                offences.append((body.why, event))
            elif isinstance(body, Batch):
                offences += [] if batches else [(f"a batch of {len(body.parts)}", event)]
            else:
                offences += [(fault, event) for fault in body.faults]
    return decided("each message follows JSON-RPC 2.0", offences, judged, "messages")


def version_given(trace: Trace, source: str) -> Finding:
    """Each message has the member `jsonrpc` with the string "2.0"."""
    return _without(trace, source, 'each message has "jsonrpc": "2.0"', ("no jsonrpc member", "jsonrpc is not"))


def one_of_result_and_error(trace: Trace, source: str) -> Finding:
    """Each reply has exactly one of `result` and `error`."""
    faults = ("both a result and an error", "none of method, result and error")
    return _without(trace, source, "each reply has exactly one of result and error", faults, (Reply, Failure))


def _without(
    trace: Trace,
    source: str,
    expected: str,
    faults: tuple[str, ...],
    kinds: tuple[type, ...] = (Call, Notice, Reply, Failure),
) -> Finding:
    """None of these faults stands in a message of these kinds, nor in a text that is none for that reason."""
    offences: list[tuple[str, Event]] = []
    judged = 0
    for talk in _talks(trace, source):
        for event, body in talk.heard:
            told = body.why.split("; ") if isinstance(body, Malformed) else getattr(body, "faults", ())
            found = [one for one in told if one.startswith(faults)]
            offences += [(one, event) for one in found]
            judged += bool(found) or (isinstance(body, kinds) and not isinstance(body, Batch))
    return decided(expected, offences, judged, "messages")


# ---- Calls of the DUT ------------------------------------------------------------------------------------------------


def ids_unique_while_outstanding(trace: Trace, source: str, given_up: float = 300.0) -> Finding:
    """Each call has an id that is a whole number or a string, and that no call has which still waits on that line.

    After `given_up` seconds without an answer a call waits no longer: the DUT may have settled it by itself."""
    offences: list[tuple[str, Event]] = []
    judged = 0
    for talk in _talks(trace, source):
        waiting: dict[tuple[str, str], float] = {}
        for event, body, ours in talk.in_order():
            if ours and isinstance(body, Reply | Failure):
                waiting.pop(_key(body.id), None)
            if ours or not isinstance(body, Call):
                continue
            since = waiting.get(_key(body.id))
            if isinstance(body.id, bool) or not isinstance(body.id, int | str):
                offences.append(("a call has an id that is neither a whole number nor a string", event))
            elif since is not None and event.at - since < given_up:
                offences.append((f"id {body.id!r} is used again while it waits", event))
            waiting[_key(body.id)] = event.at
            judged += 1
    return decided("each call has an id of its own while it waits", offences, judged, "calls")


# ---- Answers of the DUT ----------------------------------------------------------------------------------------------


def replies_repeat_the_id(trace: Trace, source: str) -> Finding:
    """Each reply has the id of a call of ours on that line, in value and type, which was not answered before.

    A failure with the id null is not judged: it answers what could not be read."""
    offences: list[tuple[str, Event]] = []
    judged = 0
    for talk in _talks(trace, source):
        asked: Counter[tuple[str, str]] = Counter()
        words: Counter[str] = Counter()
        answered: set[tuple[str, str]] = set()
        for event, body, ours in talk.in_order():
            if ours and isinstance(body, Call):
                asked[_key(body.id)] += 1
                words[str(body.id)] += 1
            if ours or not isinstance(body, Reply | Failure) or (isinstance(body, Failure) and body.id is None):
                continue
            key = _key(body.id)
            judged += 1
            if asked[key]:
                asked[key] -= 1
                words[str(body.id)] -= 1
                answered.add(key)
            elif words[str(body.id)]:
                offences.append(("a reply repeats an id with another type", event))
            elif key in answered:
                offences.append((f"id {body.id!r} is answered again", event))
            else:
                offences.append((f"id {body.id!r} is that of no call", event))
    return decided("each reply repeats the id of its call, with its type", offences, judged, "replies")


def calls_answered(trace: Trace, source: str, within: float, methods: list[str] | None = None) -> Finding:
    """Each call of ours, or those of some `methods`, is answered on its line within so many seconds.

    Not judged is what had no time for it: the line ended, or the trace, or mains or wire were cut."""
    expected = f"each call is answered within {within:g} s"
    return _answered(trace, source, within, expected, lambda call: not methods or call.method in methods)


def unknown_methods_refused(trace: Trace, source: str, within: float, known: list[str]) -> Finding:
    """Each call of ours whose method is not among the `known` ones is answered with the error -32601, in time."""
    expected = f"a call of an unknown method is answered with {METHOD_NOT_FOUND} within {within:g} s"

    def wrong(answer: Answer) -> str:
        if isinstance(answer, Reply):
            return "a result"
        return "" if answer.code == METHOD_NOT_FOUND else f"the error {answer.code}"

    return _answered(trace, source, within, expected, lambda call: call.method not in known, wrong)


def _answered(
    trace: Trace,
    source: str,
    within: float,
    expected: str,
    chosen: Callable[[Call], bool],
    wrong: Callable[[Answer], str] = lambda _: "",
) -> Finding:
    end = trace.end
    times, away = Times(trace), Disturbances(trace)
    offences: list[tuple[str, Event]] = []
    judged = 0
    for talk in _talks(trace, source):
        parting = talk.socket.parting
        answers: dict[tuple[str, str], list[tuple[Event, Answer]]] = {}
        for event, body in talk.answers:
            answers.setdefault(_key(body.id), []).append((event, body))
        for asked, call in talk.told(Call):
            if not chosen(call):
                continue
            answer = next((one for one in answers.get(_key(call.id), []) if one[0].index > asked.index), None)
            over = answer[0].at if answer is not None else min(parting, end)
            if answer is not None and (instead := wrong(answer[1])):
                offences.append((f"{call.method} was answered with {instead}", answer[0]))
            elif away.touch(asked.at, min(over, asked.at + within)):
                continue
            elif times.beyond(over - asked.at, within, asked):
                how = "only" if answer is not None else "not"
                offences.append((f"{call.method} was answered {how} after {times.told(over - asked.at)}", asked))
            elif answer is None:
                continue
            judged += 1
    return decided(expected, offences, judged, "calls", times)


def notices_unanswered(trace: Trace, source: str, within: float) -> Finding:
    """Nothing answers a notification: for so many seconds no reply comes with no id, with the id null, or with one that
    no call of ours had.

    Not judged is a notification near a text of ours that could not be read, which a failure with the id null answers,
    and one whose line or trace ended too soon."""
    end = trace.end
    offences: list[tuple[str, Event]] = []
    judged = 0
    for talk in _talks(trace, source):
        unreadable = [event for event, body in talk.said
                      if isinstance(body, Malformed) or (not isinstance(body, Batch) and body.faults)]  # fmt: skip
        calls = {str(call.id) for _, call in talk.told(Call)}
        stray = [event for event, body in talk.answers
                 if body.id is None or str(body.id) not in calls]  # fmt: skip
        parting = min(talk.socket.parting, end)
        for said, notice in talk.told(Notice):
            if any(abs(event.at - said.at) <= within for event in unreadable):
                continue
            answer = next((event for event in stray if event.index > said.index and event.at <= said.at + within), None)
            if answer is not None:
                offences.append((f"the notification {notice.method} was answered", answer))
            elif parting < said.at + within:
                continue
            judged += 1
    return decided("no notification is answered", offences, judged, "notifications")
