"""The gateway and clients of it, one a line, on a clock that goes to each moment the gateway waits for."""

from __future__ import annotations

import json
import random
from typing import Any

from fake_cloud.modulus.gateway import Gateway
from fake_cloud.modulus.terms import Terms
from harness.wire import modulus
from harness.wire.endpoint import Close, Input, Noted, Opened, Output, PeerClosed, Received, Send, Told, WakeAt, Woke
from harness.wire.http1 import ClientSide, Reply, Request
from harness.wire.websocket import Client
from harness.wire.websocket_frames import Binary, Closing, Ping, Pong, Text

KEY, SECRET = "bench-pos-key", "bench-pos-secret"
EPOCH = Terms().epoch
WORTH_TELLING = Text | Binary | Closing | Ping | Pong


class Dialogue:
    """`heard`: what came on each line, with its time: JSON objects, bytes of a binary message, control frames."""

    def __init__(self, **terms: Any) -> None:
        self.gateway = Gateway(Terms(**terms))
        self.now = 0.0
        self.clients: dict[int, Client] = {}
        self.heard: dict[int, list[tuple[float, Any]]] = {}
        self.closed: dict[int, tuple[float, bool]] = {}
        self.noted: list[tuple[int, Any]] = []
        self.others: list[Output] = []
        self._http: dict[int, tuple[ClientSide, list[Reply]]] = {}
        self._alarms: dict[str, float] = {}
        self._lines = 0

    # ---- what happens ------------------------------------------------------------------------------------------------

    def feed(self, event: Input) -> None:
        for output in self.gateway.handle(event, self.now):
            match output:
                case WakeAt(name, at):
                    self._alarms.pop(name, None)
                    if at is not None:
                        self._alarms[name] = at
                case Send(line, data) if line in self._http:
                    side, replies = self._http[line]
                    replies += [found for found in side.receive_data(data) if isinstance(found, Reply)]
                case Send(line, data):
                    self.heard[line] += [
                        (self.now, told(seen))
                        for seen in self.clients[line].receive_data(data)
                        if isinstance(seen, WORTH_TELLING)
                    ]
                case Close(line, reset):
                    self.closed[line] = (self.now, reset)
                case Noted(line, body):
                    self.noted.append((line, body))
                case _:
                    self.others.append(output)

    def tell(self, *bodies: object) -> None:
        for body in bodies:
            self.feed(Told("case", body))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self._alarms:
            name = min(self._alarms, key=self._alarms.__getitem__)
            if self._alarms[name] > end:
                break
            self.now = max(self.now, self._alarms.pop(name))
            self.feed(Woke(name))
        self.now = end

    # ---- clients -----------------------------------------------------------------------------------------------------

    def open(self, to: str = "gateway") -> int:
        """A new line, on which nothing was said; its number."""
        self._lines += 1
        self.clients[self._lines] = Client(random.Random(self._lines))  # noqa: S311 — for masks
        self.heard[self._lines] = []
        self.feed(Opened(self._lines, to))
        return self._lines

    def dial(self, target: str = "/v1", to: str = "gateway", **headers: str) -> int:
        """A handshake on a new line; its number. Underscores in the names of headers stand for hyphens."""
        line = self.open(to)
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.feed(Received(line, self.clients[line].request(target, "gateway", named)))
        return line

    def connect(self, key: str = KEY, **headers: str) -> int:
        """A line that is let in."""
        line = self.dial(x_api_key=key, **headers)
        assert self.status(line) == 101
        return line

    def status(self, line: int) -> int | None:
        """How the handshake was answered."""
        reply = self.clients[line].reply
        return None if reply is None else reply.status

    def say(self, line: int, text: str) -> None:
        self.feed(Received(line, self.clients[line].text(text)))

    def leave(self, line: int, *, reset: bool = True) -> None:
        self.feed(PeerClosed(line, reset))

    def pay(self, line: int, transaction_id: str = "TXN-1", terminal_id: str = "TERM-001", **more: Any) -> None:
        self.say(line, modulus.payment(terminal_id, transaction_id, **{"amount": "12.40", **more}))

    def news(self, line: int) -> list[Any]:
        """What came on a line since one last looked, without times and stamps."""
        found, self.heard[line] = self.heard[line], []
        return [one for _, one in found]

    def timed(self, line: int) -> list[tuple[float, Any]]:
        found, self.heard[line] = self.heard[line], []
        return found

    # ---- the HTTP side -----------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: bytes = b"", **changes: str) -> list[Reply]:
        """A signed request on a new line, and the list to which its reply is added when it comes."""
        self._lines += 1
        line = self._lines
        replies: list[Reply] = []
        side = ClientSide()
        self._http[line] = (side, replies)
        timestamp = changes.get("timestamp", str(int(EPOCH + self.now)))
        signed = modulus.signature(changes.get("secret", SECRET), method, path, timestamp, body)
        headers = (
            ("Host", "gateway"),
            (modulus.KEY_NAME, changes.get("key", KEY)),
            (modulus.TIMESTAMP_NAME, timestamp),
            (modulus.SIGNATURE_NAME, signed),
        )
        self.feed(Opened(line, "api"))
        self.feed(Received(line, side.request(Request(method, path, headers, body))))
        return replies


def told(seen: Any) -> Any:
    """A message as the JSON object it is, without stamps; anything else as it is."""
    if not isinstance(seen, Text):
        return seen
    try:
        fields = json.loads(seen.text)
    except ValueError:
        return seen.text
    fields.pop("timestamp", None)
    for entry in fields.get("terminals", []):
        entry.pop("lastActivity", None)
    return fields
