"""The one WebSocket of a POS client: opened with its key, kept alive by JSON pings, and opened again when it is lost.

    off ─power on─▶ dialling ─opened─▶ opening ─101─▶ online ─forceDisconnect─▶ displaced
                      ▲  ▲                │ refused    │ closed, lost, no pong      │ the user says so
                      │  └─── pausing ◀───┴────────────┘                           │
                      └─────────────────────────────────────────────────────────────┘      leaving ─▶ off

Every rule of the document is one small method with a name, so that a defect (`emulator.modulus.defects`) can break
exactly one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING

from emulator.modulus.settings import Settings
from emulator.panel import Notice
from harness.evidence.bench import Pressed
from harness.wire import modulus, websocket
from harness.wire.endpoint import (
    Close,
    Dial,
    Input,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import Headers, Reply
from harness.wire.websocket_frames import Binary, Closing, Ping, Text

if TYPE_CHECKING:
    from random import Random

POWER_ON = Woke("power on")
"""The first Input of a POS's life: whoever keeps it says this once."""

LONGEST_NOTICE = 1000
"""Characters of what goes into the journal at once."""

USER = "user"
"""Who presses the keys."""


class Standing(Enum):
    """How far the POS has come with its WebSocket."""

    OFF = "off"
    DIALLING = "dialling"
    OPENING = "opening"
    ONLINE = "online"
    PAUSING = "pausing"
    DISPLACED = "displaced"
    LEAVING = "leaving"


class Link(ABC):
    """What a POS client does for its connection, whatever it is used for. `rng` gives masks and identifiers."""

    name = "client"

    def __init__(self, settings: Settings, rng: Random) -> None:
        self.settings = settings
        self.rng = rng
        self.standing = Standing.OFF
        self.line = 0
        self.failures = 0
        self.client = websocket.Client(rng)
        self._timers: set[str] = set()

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        """React to one Input. All of it happens before the first Output is carried out, so no Input can cut in."""
        return [*self.react(event, now), *self.show()]

    def react(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Woke() if event == POWER_ON and self.standing is Standing.OFF:
                yield from self.start(now)
            case Woke(name) if name in self._timers:
                self._timers.discard(name)
                yield from self.woke(name, now)
            case Opened(line, to) if self._awaits(to):
                yield from self.upgrade(line, now)
            case Opened(line):
                yield Close(line)  # it came too late: at most one is ours (MOD-036)
            case Refused(to, why) if self._awaits(to):
                yield from self.lost(f"not reached: {why}", now)
            case Received(line, data) if line == self.line:
                yield from self._receive(data, now)
            case PeerClosed(line) if line == self.line:
                yield from self.parted(now)
            case Told(by, Pressed() as pressed) if by == USER:
                yield from self.pressed(pressed, now)
            case _:
                pass  # of a line or a timer that is no longer ours

    def woke(self, name: str, now: float) -> Iterator[Output]:
        """A timer ran out."""
        match name:
            case "redial":
                yield from self.dial(now)
            case "answer":
                yield from self.hang_up()
                yield from self.lost("no answer to the handshake", now)
            case "ping":
                yield from self.beat(now)
            case "pong":
                yield from self.dead(now)
            case "leave":
                yield from self.left()

    @abstractmethod
    def show(self) -> Iterator[Output]:
        """Bring the display up to date; asked after everything that happens."""

    @abstractmethod
    def pressed(self, pressed: Pressed, now: float) -> Iterator[Output]:
        """The user did something."""

    @abstractmethod
    def connected(self, now: float) -> Iterator[Output]:
        """The WebSocket is open."""

    @abstractmethod
    def hear(self, text: str, now: float) -> Iterator[Output]:
        """A text message came."""

    @abstractmethod
    def say(self, text: str) -> None:
        """The user is to read this from now on."""

    # ---- Time and journal --------------------------------------------------------------------------------------------

    def wake(self, name: str, at: float) -> Iterator[Output]:
        self._timers.add(name)
        yield WakeAt(name, at)

    def forget(self, *names: str) -> Iterator[Output]:
        for name in names:
            if name in self._timers:
                self._timers.discard(name)
                yield WakeAt(name, None)

    def log(self, text: str) -> Iterator[Output]:
        """A line for whoever must find out what happened; the key is no part of it, whoever wrote it (MOD-019)."""
        if self.settings.api_key:
            text = text.replace(self.settings.api_key, "(the key)")
        yield Noted(0, Notice(text[:LONGEST_NOTICE]))

    # ---- Opening -----------------------------------------------------------------------------------------------------

    def start(self, now: float) -> Iterator[Output]:
        yield from self.dial(now)

    def endpoint(self) -> str:
        """The provisioned one, before and after a loss, wherever a reply may point (MOD-002, 033)."""
        return self.settings.gateway

    def dial(self, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect uses the time
        """By TLS or not at all (MOD-001, 006)."""
        yield from self.forget("redial")
        self.standing = Standing.DIALLING
        yield Dial(self.endpoint(), self.settings.dial_within, secure=True)

    def _awaits(self, to: str) -> bool:
        return self.standing is Standing.DIALLING and to == self.endpoint()

    def target(self) -> str:
        """The path, and no key in it (MOD-001, 014)."""
        return self.settings.path

    def headers(self) -> Headers:
        """The key goes with the handshake, of every connection (MOD-010, 011, 037)."""
        group = ((modulus.GROUP_NAME, self.settings.group),) if self.settings.group else ()
        return ((modulus.KEY_NAME, self.settings.api_key), *group)

    def upgrade(self, line: int, now: float) -> Iterator[Output]:
        self.line = line
        self.client = websocket.Client(self.rng)
        self.standing = Standing.OPENING
        yield Send(line, self.client.request(self.target(), self.endpoint(), self.headers()))
        yield from self.wake("answer", now + self.settings.answer_within)

    def opened(self, now: float) -> Iterator[Output]:
        self.standing = Standing.ONLINE
        yield from self.forget("answer")
        yield from self.start_heartbeat(now)
        yield from self.connected(now)

    def denied(self, reply: Reply, now: float) -> Iterator[Output]:
        """The gateway will not have it: told, and tried again later, at the same place (MOD-016, 033)."""
        yield from self.hang_up()
        yield from self.lost(f"refused by the gateway: HTTP {reply.status}", now)

    # ---- Losing ------------------------------------------------------------------------------------------------------

    def hang_up(self, *, reset: bool = False) -> Iterator[Output]:
        """The old line goes before a new one is dialled (MOD-036)."""
        yield Close(self.line, reset)

    def lost(self, why: str, now: float) -> Iterator[Output]:
        """Whatever the cause, a new connection follows (MOD-030, 031, 032)."""
        self.say(f"Connection {why}")
        yield from self.log(f"connection {why}")
        yield from self._leave_line()
        yield from self.reconnect(now)

    def reconnect(self, now: float) -> Iterator[Output]:
        """After 5 s; after 10, 20, 40, 60 … s while it fails (MOD-031, 038)."""
        self.standing = Standing.PAUSING
        doubled = self.settings.reconnect * 2.0 ** min(self.failures, 32)
        self.failures += 1
        yield from self.wake("redial", now + min(doubled, self.settings.reconnect_most))

    def _leave_line(self) -> Iterator[Output]:
        self.line = 0
        yield from self.forget("answer")
        yield from self.stop_heartbeat()

    def parted(self, now: float) -> Iterator[Output]:
        if self.standing is Standing.LEAVING:
            yield from self.left()
        else:
            yield from self.lost("lost", now)

    def closing(self, code: int | None, reason: str, now: float) -> Iterator[Output]:
        """The gateway ends the connection: its close frame is answered as the standard demands."""
        if self.standing is Standing.LEAVING:
            yield from self.left()
            return
        yield Send(self.line, self.client.close(code))
        yield from self.hang_up()
        yield from self.lost(f"closed by the gateway: {code} {reason}".rstrip(), now)

    def broken(self, mistake: Malformed, now: float) -> Iterator[Output]:
        """What came is no WebSocket: nothing more on this line can be trusted (MOD-040)."""
        if self.standing is not Standing.OPENING:
            yield Send(self.line, self.client.close(1002))
        yield from self.hang_up()
        yield from self.lost(f"broken: {mistake.why}", now)

    def displaced(self, reason: str, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect uses the time
        """Another POS has the connection now: its reason is shown, and no war is waged for it (MOD-076, 077)."""
        self.say(f"Disconnected by the gateway: {reason or 'no reason given'}")
        yield Send(self.line, self.client.close(1000))
        yield from self.hang_up()
        yield from self._leave_line()
        self.standing = Standing.DISPLACED

    def connect(self, now: float) -> Iterator[Output]:
        """The user wants a connection: after a displacement nobody else may (MOD-077)."""
        if self.standing in (Standing.DISPLACED, Standing.PAUSING):
            self.failures = 0
            yield from self.dial(now)

    def leave(self, now: float) -> Iterator[Output]:
        """The application ends: a close frame first (MOD-035)."""
        yield from self.forget(*self._timers.copy())
        if self.standing is Standing.ONLINE:
            self.standing = Standing.LEAVING
            yield Send(self.line, self.client.close(1000, "POS closed"))
            yield from self.wake("leave", now + self.settings.close_within)
        else:
            yield from self.left()

    def left(self) -> Iterator[Output]:
        if self.line:
            yield from self.hang_up()
        yield from self._leave_line()
        yield from self.forget("leave")
        self.standing = Standing.OFF

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def _receive(self, data: bytes, now: float) -> Iterator[Output]:
        """In the order of arrival, and no message waits for a person (MOD-078)."""
        line = self.line
        for seen in self.client.receive_data(data):
            yield from self.heard(seen, now)
            yield from self.show()
            if self.line != line:
                return

    def heard(self, seen: websocket.Seen, now: float) -> Iterator[Output]:
        match seen:
            case websocket.Upgraded():
                yield from self.opened(now)
            case websocket.NotUpgraded(reply):
                yield from self.denied(reply, now)
            case Closing(code, reason):
                yield from self.closing(code, reason, now)
            case Malformed():
                yield from self.broken(seen, now)
            case Ping(payload) if self.standing is Standing.ONLINE:
                yield from self.answer_ping(payload)
            case Text(text) if self.standing is Standing.ONLINE:
                self.failures = 0  # not sooner: a gateway may take a handshake only to close it
                yield from self.log(f"heard {text}")
                yield from self.hear(text, now)
            case Binary(content):
                yield from self.log(f"heard {len(content)} bytes that are no text")
            case _:
                pass  # a frame by itself, or a pong: nothing follows from them

    def answer_ping(self, payload: bytes) -> Iterator[Output]:
        """As RFC 6455 demands: with the same bytes (MOD-091)."""
        yield Send(self.line, self.client.pong(payload))

    def send(self, text: str) -> Iterator[Output]:
        """One message, one JSON object (MOD-007)."""
        yield Send(self.line, self.client.text(text))

    # ---- Beating -----------------------------------------------------------------------------------------------------

    def ping_period(self) -> float:
        return self.settings.ping_every

    def start_heartbeat(self, now: float) -> Iterator[Output]:
        """With the connection (MOD-087)."""
        yield from self.wake("ping", now + self.ping_period())

    def stop_heartbeat(self) -> Iterator[Output]:
        """So that the next connection has one timer (MOD-088)."""
        yield from self.forget("ping", "pong")

    def beat(self, now: float) -> Iterator[Output]:
        """A JSON ping, whatever else goes on (MOD-080, 089, 090)."""
        yield from self.ping()
        yield from self.await_pong(now)
        yield from self.wake("ping", now + self.ping_period())

    def ping(self) -> Iterator[Output]:
        yield from self.send(modulus.ping())

    def await_pong(self, now: float) -> Iterator[Output]:
        """The oldest unanswered ping counts: a later one gives no grace (open point 2)."""
        if "pong" not in self._timers:
            yield from self.wake("pong", now + self.settings.pong_within)

    def hear_pong(self) -> Iterator[Output]:
        """In time: nothing is amiss (MOD-085)."""
        yield from self.forget("pong")

    def dead(self, now: float) -> Iterator[Output]:
        """No pong: terminated without a goodbye that nobody would hear, and opened anew (MOD-083, 084)."""
        yield from self.hang_up(reset=True)
        yield from self.lost("dead: no pong", now)
