"""Connect itself: lets EPoSes in, pings them, and carries messages between them and the card machines behind it.

A case talks to it by `Told("case", …)` with the values of `fake_cloud.paymentsense.instructions` and hears of it
through what it notes: handshakes, frames and messages, each as it came, and each thing it says. Left alone it is the
Connect of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle

from fake_cloud.order import Outcome, Reach
from fake_cloud.paymentsense import instructions as case
from fake_cloud.paymentsense.admission import judge
from fake_cloud.paymentsense.agenda import Agenda
from fake_cloud.paymentsense.counter import Counter
from fake_cloud.paymentsense.instructions import PLAIN, Bend, Refuse, TurnAway, Way
from fake_cloud.paymentsense.line import Line, OnAnswer
from fake_cloud.paymentsense.tables import Tables
from fake_cloud.paymentsense.terms import Terms
from harness.wire.endpoint import (
    Input,
    Listen,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import Request
from harness.wire.paymentsense import (
    DISCONTINUED,
    INVALID_REQUEST,
    PAC,
    PARSE_ERROR,
    PAT,
    UNKNOWN_METHOD,
    Admitted,
    Answer,
    Demand,
    Ended,
    Message,
    Notification,
    Refusal,
    Result,
    Side,
    TurnedAway,
    Unsent,
    read_address,
)
from harness.wire.websocket import Seen, Upgrade
from harness.wire.websocket_frames import Closing, Ping, Pong, Text

DISPLACED = -32010
"""The code of what an older PAT connection is told."""

PROTOCOL_ERROR, NORMAL = 1002, 1000

ALARM = "agenda"


class Connect:
    """The party that EPoSes dial. Those who come by any of its listeners are served alike, also by one that is there
    to stay untouched: what follows is evidence too."""

    name = "connect"

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = Terms() if terms is None else terms
        self._agenda = Agenda()
        self._lines: dict[int, Line] = {}
        self._counter = Counter(self.terms, self._agenda, self)
        self._tables = Tables(self.terms, self)
        self._pinging = self.terms.pinging
        self._close_codes = cycle(self.terms.close_codes)
        self._bends: dict[str, Bend] = {}
        self._refusals: dict[str, Refuse] = {}
        self._turning: TurnAway | None = None

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Opened(line, to):
                self._lines[line] = Line(line, to, self.terms, self._agenda)
            case Received(line, data) if line in self._lines:
                for seen in self._lines[line].server.receive_data(data):
                    yield Noted(line, seen)
                    yield from self._saw(line, seen, now)
            case PeerClosed(line, reset) if line in self._lines:
                for seen in () if reset else self._lines[line].server.receive_eof():
                    yield Noted(line, seen)
                self._lines.pop(line).gone()
            case Told(_, Outcome() as outcome):
                yield from self._counter.decided(outcome, now)
            case Told(_, Reach(tid, online)):
                self._counter.stand(case.Stand(tid, "AVAILABLE" if online else None))
            case Told(_, body):
                yield from self._instructed(body, now)
            case Woke():
                yield from self._agenda.due(now)
        self._lines = {number: line for number, line in self._lines.items() if line.up}
        yield WakeAt(ALARM, self._agenda.next)

    # ---- what comes on a line ----------------------------------------------------------------------------------------

    def _saw(self, number: int, seen: Seen, now: float) -> Iterator[Output]:
        line = self._lines[number]
        if not line.up:
            return  # something earlier in the same piece has ended it
        match seen:
            case Upgrade(request):
                yield from self._shake(line, request, now)
            case Text(text):
                yield from self._hear(line, text, now)
            case Ping(payload):
                yield Send(number, line.server.pong(payload))
            case Pong(payload):
                line.ponged(payload)
            case Closing(code):
                if not line.closing:
                    yield Send(number, line.server.close(code))
                yield from line.drop()
            case Malformed() if line.admitted is None:
                yield from self._turn_away(line, TurnedAway(400, "no handshake"), "")
            case Malformed():
                yield from line.end("broke the rules of WebSocket", PROTOCOL_ERROR, now)

    def _shake(self, line: Line, request: Request, now: float) -> Iterator[Output]:
        line.address = read_address(request.target)
        yield Noted(line.number, line.address)
        turning = self._turning_now()
        if turning is not None and turning.status is None:
            yield Noted(line.number, Ended("as the case wants it", None))
            yield from line.drop(reset=True)
            return
        judged = judge(request, line.address, self.terms)
        if turning is not None and turning.status is not None:
            yield from self._turn_away(line, TurnedAway(turning.status, "as the case wants it"), turning.body)
        elif isinstance(judged, TurnedAway):
            yield from self._turn_away(line, judged, "")
        else:
            yield from self._let_in(line, judged, now)

    def _turn_away(self, line: Line, why: TurnedAway, body: str) -> Iterator[Output]:
        content = (("Content-Type", "application/json"),) if body else ()
        yield Send(line.number, line.server.refuse(why.status, content, body.encode()))
        yield Noted(line.number, why)
        yield from line.drop()

    def _let_in(self, line: Line, admitted: Admitted, now: float) -> Iterator[Output]:
        yield Send(line.number, line.server.accept())
        yield Noted(line.number, admitted)
        line.admitted = admitted
        line.dialogue.version = admitted.version
        if admitted.integration == PAT and not admitted.mute:
            for old in list(self._lines.values()):
                if old is not line and old.serves(PAT) and old.token == line.token:
                    yield from self._displace(old, now)
        line.begin_pinging(self._how_to_ping(), now)

    def _displace(self, line: Line, now: float) -> Iterator[Output]:
        params = {"code": DISPLACED, "message": DISCONTINUED, "userMessage": DISCONTINUED}
        yield from self._say(line, Notification(Side.CONNECT, "errorMessage", params), "errorMessage", now)
        yield from line.end(DISCONTINUED, NORMAL, now)

    def _how_to_ping(self) -> case.Pinging:
        """As it stands; a connection whose end no case has chosen takes the next of the ways the profile wants."""
        if self._pinging is not self.terms.pinging:
            return self._pinging
        return replace(self._pinging, code=next(self._close_codes))

    def _hear(self, line: Line, text: str, now: float) -> Iterator[Output]:
        message = line.dialogue.hear(text)
        yield Noted(line.number, message)
        if line.admitted is None or line.admitted.mute:
            return
        match message:
            case Malformed(_, why):
                code = INVALID_REQUEST if why.startswith(("a batch", "none of")) else PARSE_ERROR
                yield from line.say(Refusal(Side.CONNECT, None, code, why), PLAIN, now)
            case Demand(method=method) if (refuse := self._refused(method)) is not None:
                refusal = Refusal(Side.CONNECT, message.id, refuse.code, refuse.message, refuse.user_message, method)
                yield from self._say(line, refusal, method, now)
            case Demand() if line.admitted.integration == PAC:
                yield from self._counter.handle(line, message, now)
            case Demand():
                unknown = Refusal(
                    Side.CONNECT, message.id, UNKNOWN_METHOD, "no such method with pat", of=message.method
                )
                yield from self._say(line, unknown, message.method, now)
            case Result() | Refusal():
                yield from line.answered(message, now)

    # ---- reaching an EPoS --------------------------------------------------------------------------------------------

    def answer(self, line: int, answer: Answer, now: float) -> Iterator[Output]:
        if (to := self._lines.get(line)) is None:
            yield Noted(0, Unsent(answer.of))
        else:
            yield from self._say(to, answer, answer.of, now)

    def notify(self, line: int | None, method: str, params: object, now: float) -> Iterator[Output]:
        for to in list(self._lines.values()):
            if to.number == line or (line is None and to.serves(PAC)):
                yield from self._say(to, Notification(Side.CONNECT, method, params), method, now)

    def ask(
        self, line: int, method: str, params: object, within: float, then: OnAnswer, now: float
    ) -> Iterator[Output]:
        if (to := self._lines.get(line)) is None:
            yield Noted(0, Unsent(method))
            self._agenda.at(now + within, lambda now: then(None, now))
        else:
            yield from to.ask(method, params, self._way(method), within, then, now)

    def _say(self, line: Line, message: Message, method: str, now: float) -> Iterator[Output]:
        yield from line.say(message, self._way(method), now)

    def _way(self, method: str) -> Way:
        bend = self._bends.get(method)
        if bend is None:
            return PLAIN
        if bend.times is not None:
            self._bends[method] = replace(bend, times=bend.times - 1)
            if bend.times <= 1:
                del self._bends[method]
        return bend.way

    def _refused(self, method: str) -> Refuse | None:
        refuse = self._refusals.get(method)
        if refuse is not None and refuse.times is not None:
            self._refusals[method] = replace(refuse, times=refuse.times - 1)
            if refuse.times <= 1:
                del self._refusals[method]
        return refuse

    def _turning_now(self) -> TurnAway | None:
        turning = self._turning
        if turning is not None and turning.times is not None:
            self._turning = replace(turning, times=turning.times - 1) if turning.times > 1 else None
        return turning

    # ---- what a case says --------------------------------------------------------------------------------------------

    def _instructed(self, body: object, now: float) -> Iterator[Output]:
        match body:
            case Bend(method):
                self._bends[method] = body
            case Refuse(method):
                self._refusals[method] = body
            case TurnAway():
                self._turning = body
            case case.Straighten():
                self._bends, self._refusals, self._turning = {}, {}, None
            case case.Run():
                self._counter.run(body)
            case case.Stand():
                self._counter.stand(body)
            case case.Hear(at, hearing, identity):
                yield Listen(at, hearing, identity)
            case case.Pinging():
                self._pinging = body
                for line in self._lines.values():
                    if line.admitted is not None:
                        line.begin_pinging(body, now)
            case case.End(number, code, reset):
                for line in [line for line in self._lines.values() if number in (None, line.number)]:
                    yield from line.end("as the case wants it", code, now, reset=reset)
            case _:
                yield from self._on_a_line(body, now)

    def _on_a_line(self, body: object, now: float) -> Iterator[Output]:
        match body:
            case case.Say(what, way, number):
                yield from self._with(number, lambda line: line.say(what, way, now))
            case case.SayBytes(data, number):
                yield from self._with(number, lambda line: iter([Send(line.number, data)]))
            case case.Ping(payload, number):
                yield from self._with(number, lambda line: line.ping(payload))
            case case.Visit():
                served = next((line for line in reversed(self._lines.values()) if line.serves(PAT)), None)
                if served is None:
                    yield Noted(0, Unsent("tableListRequest"))
                else:
                    yield from self._tables.begin(body, served, now)

    def _with(self, number: int | None, do: Callable[[Line], Iterator[Output]]) -> Iterator[Output]:
        """Do something on a line; `None` is that of the newest connection that can be spoken on."""
        lines = [line for line in self._lines.values() if line.serves(PAC) or line.serves(PAT)]
        line = self._lines.get(number) if number is not None else lines[-1] if lines else None
        if line is None:
            yield Noted(0, Unsent(""))
        else:
            yield from do(line)
