"""The Modulus terminal gateway: lets a POS in by its key, lists terminals, carries payments to them, answers pings.

A case talks to it by `Told("case", …)` with what `fake_cloud.modulus.instructions` holds, and hears of it through what
it notes: handshakes, frames, and each message it reads or sends. Left alone it is the gateway of the document. Its
listeners: `api` speaks HTTP (`http_side`), every other one WebSocket, so that a case sees what a POS would do there
that dials `plain`, or a place it was redirected to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from fake_cloud.modulus import sayings
from fake_cloud.modulus.delivery import PLAIN, Delivery, Then
from fake_cloud.modulus.fleet import Fleet, Transaction
from fake_cloud.modulus.http_side import HttpSide
from fake_cloud.modulus.instructions import Answers, Bend, Refuse
from fake_cloud.modulus.sockets import PATIENCE, Socket
from fake_cloud.modulus.steering import Steering
from fake_cloud.modulus.terms import Key, Terms
from harness.wire import modulus
from harness.wire.endpoint import (
    Close,
    Input,
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
from harness.wire.modulus import Action, GetTerminals, JsonPing, KeyShown, Payment
from harness.wire.websocket import Server, Upgrade
from harness.wire.websocket_frames import Closing, Ping, Text

API = "api"
"""The listener of the HTTP side."""

GATEWAY = "gateway"
PLAIN_LISTENER = "plain"

Doing = Callable[[float], Iterator[Output]]


class Gateway:
    """The party that POS clients dial."""

    name = GATEWAY

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = Terms() if terms is None else terms
        self.fleet = Fleet(self.terms)
        self.sockets: dict[int, Socket] = {}
        self.missed: list[Transaction] = []
        self.bends: dict[Answers, Bend] = {}
        self.refusing: Refuse | None = None
        self.steering = Steering(self)
        self._http = HttpSide(self)
        self._due: dict[str, Doing] = {}
        self._count = 0

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Opened(line, to) if to == API:
                self._http.opened(line)
            case Opened(line):
                self.sockets[line] = Socket(line, Server(message_limit=self.terms.frame_limit))
            case Received(line, data) if line in self.sockets:
                yield from self._received(self.sockets[line], data, now)
            case Received(line, data):
                yield from self._http.received(line, data, now)
            case PeerClosed(line) if line in self.sockets:
                for seen in self.sockets[line].server.receive_eof():
                    yield Noted(line, seen)
                self.forget(line)
            case PeerClosed(line):
                self._http.closed(line)
            case Woke(name) if name in self._due:
                yield from self._due.pop(name)(now)
            case Told(_, body):
                yield from self.steering.told(body, now)

    # ---- what a POS says ---------------------------------------------------------------------------------------------

    def _received(self, socket: Socket, data: bytes, now: float) -> Iterator[Output]:
        for seen in socket.server.receive_data(data):
            yield Noted(socket.number, seen)
            if socket.number not in self.sockets:
                return  # what it said before has ended it
            match seen:
                case Upgrade(request):
                    yield from self._handshake(socket, request, now)
                case Text(text):
                    message = modulus.read_from_pos(text)
                    yield Noted(socket.number, message)
                    if isinstance(message, Action):
                        yield from self._answer(socket, message, now)
                case Ping(payload) if not socket.closing:
                    yield Send(socket.number, socket.server.pong(payload))
                case Closing(code):
                    yield from socket.goodbye(code)
                    yield from self.end(socket, Then.DROP)
                case Malformed():
                    yield from self._broken(socket)
        if socket.key is not None:
            yield from self.later(f"idle {socket.number}", now + self.terms.idle_after, self._idle(socket))

    def _broken(self, socket: Socket) -> Iterator[Output]:
        """Nothing more is read from a line after a mistake in its framing."""
        if not socket.accepted:
            yield Send(socket.number, socket.server.refuse(400))
        else:
            yield from socket.goodbye(1002)
        yield from self.end(socket, Then.DROP)

    def _idle(self, socket: Socket) -> Doing:
        def closed(now: float) -> Iterator[Output]:
            yield from self.close(socket, self.terms.idle_code, "idle", now)

        return closed

    def _handshake(self, socket: Socket, request: Request, now: float) -> Iterator[Output]:
        header, query = request.header(modulus.KEY_NAME), request.query.get(modulus.KEY_NAME, [None])[-1]
        places = tuple(place for place, value in (("header", header), ("query", query)) if value)
        key = next((known for known in self.terms.keys if known.key == (header or query)), None)
        group = request.header(modulus.GROUP_NAME) or ""
        refusal = self._refusal(request, key)
        answer = 101 if refusal is None else refusal.status or 0
        yield Noted(socket.number, KeyShown(places, key is not None and key.websocket, request.path, group, answer))
        if refusal is not None:
            yield from self._turn_away(socket, refusal, now)
            return
        socket.key, socket.group = key, group or (key.group if key else "")
        yield from socket.accept()
        for older in self.of(key):
            if older is not socket:
                yield from self.displace(older, "Another connection was opened with this API key", now)
        yield from self._replay(socket, now)

    def _refusal(self, request: Request, key: Key | None) -> Refuse | None:
        """How a handshake is turned away, None if it is let in."""
        if self.refusing is not None:
            refusing = self.refusing
            left = None if refusing.times is None else refusing.times - 1
            self.refusing = None if left == 0 else replace(refusing, times=left)
            return refusing
        if request.path != modulus.PATH:
            return Refuse(404)
        if key is None:
            return Refuse(self.terms.refusal)
        return None if key.websocket else Refuse(403)

    def _turn_away(self, socket: Socket, refusal: Refuse, now: float) -> Iterator[Output]:
        if refusal.status is not None and refusal.status >= 1000:
            yield from socket.accept()
            yield from self.close(socket, refusal.status, "API key refused", now)
            return
        if refusal.status is not None:
            yield Send(socket.number, socket.server.refuse(refusal.status, refusal.headers))
        yield from self.end(socket, Then.DROP)

    def _answer(self, socket: Socket, message: Action, now: float) -> Iterator[Output]:
        match message:
            case JsonPing():
                yield from self.push(socket, sayings.PONG, Answers.PONG, now)
            case GetTerminals():
                fields = sayings.terminals(self.fleet.listed(now), sayings.stamp(self.terms.epoch, now))
                yield from self.push(socket, fields, Answers.TERMINALS, now)
            case Payment():
                yield from self._ordered(socket, message, now)

    # ---- payments ----------------------------------------------------------------------------------------------------

    def _ordered(self, socket: Socket, message: Payment, now: float) -> Iterator[Output]:
        refusal = self._unfit(message) or self.fleet.refusal(message.terminal_id, socket.group)
        if refusal is not None:
            fields = sayings.error(self.terms.shape, refusal, message.transaction_id)
            yield from self.push(socket, fields, Answers.ERROR, now)
            return
        order = self.fleet.open(socket.key.key if socket.key else "", message.terminal_id, message.request)
        if self.terms.ack == "unknown_action":
            fields = {"action": "paymentAccepted", "transactionId": order.id}
            yield from self._put(socket, modulus.build(fields), PLAIN, now)
        yield from self.steering.ordered(order, now)

    def _unfit(self, message: Payment) -> tuple[str, str] | None:
        if "terminalId" not in message.document.fields:
            return sayings.TERMINAL_ID_REQUIRED
        if not message.request.fields:
            return sayings.PAYMENT_REQUEST_REQUIRED
        if faults := [
            fault for fault in message.faults if not fault.startswith("paymentRequest.transactionId: missing")
        ]:
            return "Bad Request", faults[0]
        return sayings.USED if message.transaction_id in self.fleet.transactions else None

    def conclude(
        self, order: Transaction, fields: Mapping[str, Any], delivery: Delivery, now: float
    ) -> Iterator[Output]:
        """Push the result of a payment to whoever ordered it, now; it is missed if he is not there."""
        if order.waits is not None:
            yield from self._http.concluded(order, now)
            return
        socket = next((socket for socket in reversed(self.of_key(order.key)) if not socket.displaced), None)
        if socket is None:
            self.missed.append(order)
            return
        how = self.bent(Answers.RESULT) if delivery == PLAIN else delivery
        yield from self._deliver(socket, fields, how, now)

    def _replay(self, socket: Socket, now: float) -> Iterator[Output]:
        """Results that came while the POS was away, once (open point 13)."""
        key = socket.key.key if socket.key else ""
        missed = [order for order in self.missed if order.key == key]
        self.missed = [order for order in self.missed if order.key != key]
        for order in missed if self.terms.replay == "once" else ():
            yield from self.push(socket, sayings.result(order.named, order.result), Answers.RESULT, now)

    # ---- putting messages on a line ----------------------------------------------------------------------------------

    def of_key(self, key: str) -> list[Socket]:
        """The lines that were let in with a key and can be used, the oldest first."""
        return [socket for socket in self.sockets.values() if socket.usable and socket.key and socket.key.key == key]

    def of(self, key: Key | None) -> list[Socket]:
        return self.of_key(key.key) if key else []

    def newest(self, line: int | None) -> Socket | None:
        """A line, None for the newest that can be used."""
        if line is not None:
            return self.sockets.get(line)
        return next((socket for socket in reversed(self.sockets.values()) if socket.usable and socket.key), None)

    def everyone(self) -> list[Socket]:
        """The lines to which terminals' news are pushed."""
        return [socket for socket in self.sockets.values() if socket.usable and socket.key and not socket.displaced]

    def bent(self, answers: Answers) -> Delivery:
        bend = self.bends.get(answers)
        if bend is None:
            return PLAIN
        if bend.times is not None:
            self.bends[answers] = replace(bend, times=bend.times - 1)
            if bend.times <= 1:
                del self.bends[answers]
        return bend.delivery

    def push(self, socket: Socket, fields: Mapping[str, Any], answers: Answers, now: float) -> Iterator[Output]:
        """Send a message of the gateway's own, as a case has bent it."""
        yield from self._deliver(socket, fields, self.bent(answers), now)

    def _deliver(self, socket: Socket, fields: Mapping[str, Any], delivery: Delivery, now: float) -> Iterator[Output]:
        if not delivery.silent:
            yield from self._put(socket, delivery.written(fields), delivery, now)
        elif delivery.then is not Then.KEEP:
            yield from self._then(socket, delivery, now)

    def say(self, socket: Socket, fields: Mapping[str, Any], delivery: Delivery, now: float) -> Iterator[Output]:
        """Send what a case has put into the gateway's mouth."""
        yield from self._deliver(socket, fields, delivery, now)

    def _put(self, socket: Socket, text: str, delivery: Delivery, now: float) -> Iterator[Output]:
        def put(now: float) -> Iterator[Output]:
            if socket.number in self.sockets and socket.usable:
                yield from socket.put(text, delivery)
                yield from self._then(socket, delivery, now)

        if delivery.after > 0:
            yield from self.later(self.new_name("message"), now + delivery.after, put)
        else:
            yield from put(now)

    def _then(self, socket: Socket, delivery: Delivery, now: float) -> Iterator[Output]:
        if delivery.then is Then.CLOSE:
            yield from self.close(socket, 1001, "", now)
        elif delivery.then is not Then.KEEP:
            yield from self.end(socket, delivery.then)

    def displace(self, socket: Socket, reason: str, now: float) -> Iterator[Output]:
        """Tell a line that another took its place, and close it (open point 5)."""
        socket.displaced = True
        yield from self.push(socket, sayings.force_disconnect(reason), Answers.DISPLACED, now)
        if self.terms.displaced_after is not None:
            close = lambda now: self.close(socket, self.terms.displaced_code, "displaced", now)  # noqa: E731
            yield from self.later(self.new_name("displaced"), now + self.terms.displaced_after, close)

    def close(self, socket: Socket, code: int | None, reason: str, now: float) -> Iterator[Output]:
        """End a line in order: a close frame, and when it is answered, the line."""
        if socket.number in self.sockets and not socket.closing:
            yield from socket.goodbye(code, reason)
            end = lambda _: self.end(socket, Then.DROP)  # noqa: E731
            yield from self.later(f"patience {socket.number}", now + PATIENCE, end)

    def end(self, socket: Socket, then: Then) -> Iterator[Output]:
        """End a line at once."""
        if socket.number in self.sockets:
            self.forget(socket.number)
            yield Close(socket.number, reset=then is Then.RESET)

    def forget(self, line: int) -> None:
        self.sockets.pop(line, None)
        for name in (f"idle {line}", f"patience {line}"):
            self._due.pop(name, None)

    # ---- time --------------------------------------------------------------------------------------------------------

    def new_name(self, what: str) -> str:
        self._count += 1
        return f"{what} {self._count}"

    def later(self, name: str, at: float, doing: Doing) -> Iterator[Output]:
        """Do something at a moment; what was to be done under the same name is not done."""
        self._due[name] = doing
        yield WakeAt(name, at)

    def never(self, name: str) -> Iterator[Output]:
        """Do not do what was to be done under a name."""
        if self._due.pop(name, None) is not None:
            yield WakeAt(name, None)
