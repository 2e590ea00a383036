"""The EPoS's line to Connect: dialled over TLS, upgraded to a WebSocket, pings answered, and found again when lost.

The *standing* of the line goes

    off ─power on─▶ dialling ─opened─▶ upgrading ─101─▶ online ─"Connection Discontinued"─▶ displaced
                       ▲                   │ any other       │ closed, cut, silent              │
                       └───── pausing ◀────┴─────────────────┘                                  │
                                 ▲ the pause is over            the user says `connect` ────────╯

How long the pause is depends on why there is one: a line that was good is found again within seconds, while a handshake
that was refused (a wrong key stays wrong) is repeated seldom. Every rule is one small method with a name, so that a
defect (`emulator.paymentsense.defects`) can break exactly one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, MutableMapping
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

from emulator.book import Display
from emulator.paymentsense.address import Addressed
from emulator.paymentsense.settings import Settings
from harness.evidence.bench import Pressed
from harness.wire.endpoint import (
    Close,
    Dial,
    Input,
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
from harness.wire.websocket import Client, NotUpgraded, Seen, Upgraded
from harness.wire.websocket_frames import Closing, Ping, Text

if TYPE_CHECKING:
    from random import Random

POWER_ON = Woke("power on")
"""The first Input of an EPoS's life. A new object over the same storage is a restart."""

JITTER = 0.2
"""The part of a pause that chance may take away, so that the tills of a chain do not dial in step."""

PROTOCOL_ERROR, NORMAL = 1002, 1000


class Standing(Enum):
    """How far the EPoS has come with its line."""

    OFF = "off"
    DIALLING = "dialling"
    UPGRADING = "upgrading"
    ONLINE = "online"
    PAUSING = "pausing"
    DISPLACED = "displaced"


class Uplink(Addressed, ABC):
    """What an EPoS does for its line, whatever it is used for. `storage` outlives it; `rng`: jitter, masks and keys."""

    name = "epos"

    def __init__(self, settings: Settings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, storage)
        self.rng = rng
        self.standing = Standing.OFF
        self.line = 0
        self.failures = 0
        self.online_since = 0.0
        self.client = self._new_client()
        self._leaving: set[int] = set()
        self._timers: set[str] = set()
        self._display = Display()
        self._status = ""
        self._message = ("", "")

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        """React to one Input. All of it happens before the first Output is carried out, so no Input can cut in."""
        return list(self._react(event, now))

    def _react(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Woke() if event == POWER_ON and self.standing is Standing.OFF:
                yield from self.start(now)
            case Woke(name) if name in self._timers:
                self._timers.discard(name)
                yield from self.woke(name, now)
            case Told("user", Pressed(key, fields)):
                yield from self.press(key, fields, now)
            case Opened(line) if self.standing is Standing.DIALLING:
                yield from self.upgrade(line, now)
            case Opened(line):
                yield Close(line)
            case Refused(_, why) if self.standing is Standing.DIALLING:
                yield from self.not_reached(why, now)
            case Received(line, data) if line == self.line:
                yield from self._receive(data, now)
            case PeerClosed(line) if line == self.line:
                yield from self.line_ended(now)
            case PeerClosed(line):
                self._leaving.discard(line)
            case _:
                pass  # of a line or a timer that is no longer ours

    def start(self, now: float) -> Iterator[Output]:
        """Power has come."""
        yield from self.dial(now)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        """A timer ran out."""
        match name.split():
            case ["redial"]:
                yield from self.dial(now)
            case ["upgrade"]:
                yield Close(self.line)
                yield from self.refused("no answer to the handshake", now)
            case ["quiet"]:
                yield from self.look(now)
            case ["pong"]:
                yield Close(self.line, reset=True)
                yield from self.line_lost("Connect does not answer", now)
            case ["leave", line] if int(line) in self._leaving:
                self._leaving.discard(int(line))
                yield Close(int(line))

    # ---- What is built upon the line ---------------------------------------------------------------------------------

    @abstractmethod
    def hear_text(self, text: str, now: float) -> Iterator[Output]:
        """A whole text message has come."""

    @abstractmethod
    def abandoned(self, now: float) -> Iterator[Output]:
        """The line is gone: whatever was asked on it will not be answered."""

    def press(self, key: str, fields: dict[str, str], now: float) -> Iterator[Output]:
        """The user did something (PSC-004, 008, 019, 110: the site's own values are the installer's to set)."""
        match key:
            case "configure":
                for name, value in fields.items():
                    self.storage[f"site {name}"] = value
                yield from self.leave(now)
                yield from self.abandoned(now)
                yield from self.dial(now)
            case "connect" if self.standing in (Standing.OFF, Standing.PAUSING, Standing.DISPLACED):
                yield from self.dial(now)
            case "quit":
                yield from self.leave(now)
                yield from self.abandoned(now)
                self.standing = Standing.OFF
                yield from self.stand("Closed")

    # ---- Time and display --------------------------------------------------------------------------------------------

    def wake(self, name: str, at: float) -> Iterator[Output]:
        self._timers.add(name)
        yield WakeAt(name, at)

    def forget(self, *names: str) -> Iterator[Output]:
        for name in names:
            if name in self._timers:
                self._timers.discard(name)
                yield WakeAt(name, None)

    def stand(self, status: str) -> Iterator[Output]:
        """The first line of the display: how it stands with Connect."""
        self._status = status
        yield from self._show()

    def say(self, message: str, colour: str = "") -> Iterator[Output]:
        """The rest of the display: what the user must know, until something else takes its place."""
        self._message = (message, colour)
        yield from self._show()

    def _show(self) -> Iterator[Output]:
        message, colour = self._message
        yield from self._display.show(f"{self._status}\n{message}" if message else self._status, colour)

    # ---- Finding Connect ---------------------------------------------------------------------------------------------

    def _new_client(self) -> Client:
        return Client(self.rng)

    def dial(self, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect looks at the time
        yield from self.forget("redial")
        self.standing = Standing.DIALLING
        yield from self.stand("Connecting")
        yield Dial(self.address(), self.settings.dial_within, secure=self.secure())

    def upgrade(self, line: int, now: float) -> Iterator[Output]:
        self.line = line
        self.standing = Standing.UPGRADING
        self.client = self._new_client()
        yield Send(line, self.client.request(self.target(), self.host(), self.headers()))
        yield from self.wake("upgrade", now + self.settings.upgrade_within)

    def upgraded(self, now: float) -> Iterator[Output]:
        self.standing = Standing.ONLINE
        self.online_since = now
        yield from self.forget("upgrade")
        yield from self.wake("quiet", now + self.settings.keepalive)
        yield from self.stand("Connected")

    def not_reached(self, why: str, now: float) -> Iterator[Output]:
        """Nobody there is a matter of seconds; a certificate that is not trusted is one for people (PSC-027)."""
        if why.startswith("not secured"):
            yield from self.refused(why, now)
        else:
            yield from self.line_lost(why, now)

    def not_upgraded(self, status: int, now: float) -> Iterator[Output]:
        """The handshake was answered, and refused (PSC-028)."""
        yield Close(self.line)
        known = status in HTTPStatus._value2member_map_
        yield from self.refused(f"{status} {HTTPStatus(status).phrase if known else ''}".strip(), now)

    def refused(self, why: str, now: float) -> Iterator[Output]:
        """Told to the user, and repeated seldom: it will hardly be better soon (PSC-028)."""
        yield from self._leave_line(f"Connect refuses this till: {why}")
        yield from self.pause(self.settings.refused_first, self.settings.refused_most, now)

    def line_lost(self, why: str, now: float) -> Iterator[Output]:
        """The user is told, what was outstanding is resolved, and Connect is dialled again soon (PSC-065, 066)."""
        if self.standing is Standing.ONLINE and now - self.online_since >= self.settings.settled_after:
            self.failures = 0
        yield from self._leave_line(f"Not connected: {why}")
        yield from self.abandoned(now)
        yield from self.reconnect(now)

    def reconnect(self, now: float) -> Iterator[Output]:
        """Once more in 1, 2, 4 … seconds, at most 30, for ever (PSC-067)."""
        yield from self.pause(self.settings.backoff_first, self.settings.backoff_most, now)

    def pause(self, first: float, most: float, now: float) -> Iterator[Output]:
        self.failures += 1
        pause = min(first * 2.0 ** min(self.failures - 1, 32), most)
        self.standing = Standing.PAUSING
        yield from self.wake("redial", now + pause * (1.0 - JITTER * self.rng.random()))

    def displaced(self, why: str, now: float) -> Iterator[Output]:
        """Another till has this house's only place; it is for people to say who shall have it (PSC-115)."""
        yield from self.leave(now)
        self.standing = Standing.DISPLACED
        yield from self.stand(f"Displaced: {why}")
        yield from self.abandoned(now)

    def _leave_line(self, status: str) -> Iterator[Output]:
        self.line = 0
        yield from self.forget("upgrade", "quiet", "pong")
        yield from self.stand(status)

    def leave(self, now: float) -> Iterator[Output]:
        """Part in order: say so, and let Connect end the line (RFC 6455, 7.1.1); nothing to do without one."""
        line, self.line = self.line, 0
        yield from self.forget("redial", "upgrade", "quiet", "pong")
        if line and self.standing is Standing.ONLINE:
            yield Send(line, self.client.close(NORMAL))
            yield from self._await_end(line, now)
        elif line:
            yield Close(line)

    def _await_end(self, line: int, now: float) -> Iterator[Output]:
        self._leaving.add(line)
        yield from self.wake(f"leave {line}", now + self.settings.close_within)

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def _receive(self, data: bytes, now: float) -> Iterator[Output]:
        line = self.line
        if self.standing is Standing.ONLINE:
            yield from self.forget("pong")
            yield from self.wake("quiet", now + self.settings.keepalive)
        for seen in self.client.receive_data(data):
            yield from self.hear(seen, now)
            if self.line != line:
                return

    def hear(self, seen: Seen, now: float) -> Iterator[Output]:
        match seen:
            case Upgraded():
                yield from self.upgraded(now)
            case NotUpgraded(reply):
                yield from self.not_upgraded(reply.status, now)
            case Text(text):
                yield from self.hear_text(text, now)
            case Ping(payload):
                yield from self.pong(payload, now)
            case Closing(code, reason):
                yield from self.closed(code, reason, now)
            case Malformed(_, why):
                yield from self.broken(why, now)
            case _:
                pass  # frames whose meaning comes beside them, pongs, and binary messages, which mean nothing here

    def line_ended(self, now: float) -> Iterator[Output]:
        """Connect is gone without a word, or the end of the line is the end of its answer to the handshake."""
        line = self.line
        for seen in self.client.receive_eof():
            if isinstance(seen, NotUpgraded):
                yield from self.hear(seen, now)
        if self.line == line:
            yield from self.line_lost("the line was cut", now)

    def pong(self, payload: bytes, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect looks at the time
        """At once, whatever else goes on, with the same payload (PSC-061, 063)."""
        yield Send(self.line, self.client.pong(payload))

    def look(self, now: float) -> Iterator[Output]:
        """Nothing has come for long: ask whether Connect is there, since a cut need not be noticed (PSC-065)."""
        yield Send(self.line, self.client.ping(b"still there"))
        yield from self.wake("pong", now + self.settings.pong_within)

    def closed(self, code: int | None, reason: str, now: float) -> Iterator[Output]:
        """Connect ends the conversation: answered, and over."""
        yield Send(self.line, self.client.close(code))
        yield from self._await_end(self.line, now)
        yield from self.line_lost(" ".join(["closed by Connect", *([str(code)] if code else []), reason]).strip(), now)

    def broken(self, why: str, now: float) -> Iterator[Output]:
        """What came is no WebSocket: nothing after it can be trusted."""
        if self.standing is Standing.UPGRADING:
            yield Close(self.line)
            yield from self.refused(why, now)
            return
        yield Send(self.line, self.client.close(PROTOCOL_ERROR))
        yield Close(self.line)
        yield from self.line_lost(why, now)
