"""The POS that orders transactions by URL: a party that asks the web API what a case tells it to ask."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from fake_cloud.pos_calls import redact_query
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
from harness.wire.http1 import ClientSide, Reply, Request


@dataclass(frozen=True, slots=True)
class Get:
    """What a case tells the till: ask this. `id` is the case's own and comes back with what became of it."""

    id: int
    path_and_query: str

    def redacted(self) -> Get:
        """The same without keys and passwords, for the written trace."""
        return replace(self, path_and_query=_redacted(self.path_and_query))


@dataclass(frozen=True, slots=True)
class PosReply:
    """The API answered. `fields`: the JSON object in `text`, empty if it holds none. A case that pairs a terminal needs
    the new key from here, so it is whole; written down is `redacted()`."""

    id: int
    status: int
    text: str
    fields: dict[str, Any]

    def redacted(self) -> PosReply:
        """The same without keys and passwords, for the written trace."""
        text = _redacted(self.text)
        return replace(self, text=text, fields=_fields(text))


@dataclass(frozen=True, slots=True)
class PosFailed:
    """The API gave no answer that can be read, and why."""

    id: int
    why: str


def _redacted(text: str) -> str:
    # Latin-1 for the mask, and back: what is not Latin-1 is shown as its escape.
    return redact_query(text.encode("latin-1", "backslashreplace")).decode("latin-1")


def _fields(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class _Talk:
    id: int
    side: ClientSide = field(default_factory=ClientSide)


class PosClient:
    """The till as a party. Told a `Get`, it dials, asks, notes a `PosReply` or a `PosFailed`, and hangs up.

    Every Get has a line of its own, so several may be under way. `dial_within`, `reply_within`: seconds it waits."""

    name = "till"

    def __init__(self, to: str = "pos", dial_within: float = 5.0, reply_within: float = 180.0) -> None:
        self._to = to
        self._dial_within = dial_within
        self._reply_within = reply_within
        self._dialled: deque[Get] = deque()
        self._talks: dict[int, _Talk] = {}

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Told(_, Get() as get):
                self._dialled.append(get)
                yield Dial(self._to, self._dial_within)
            case Refused(_, why) if self._dialled:
                yield Noted(0, PosFailed(self._dialled.popleft().id, why))
            case Opened(line) if self._dialled:
                yield from self._ask(line, self._dialled.popleft(), now)
            case Received(line, data) if line in self._talks:
                yield from self._hear(line, self._talks[line].side.receive_data(data))
            case PeerClosed(line, reset) if line in self._talks:
                found = [] if reset else self._talks[line].side.receive_eof()
                yield from self._hear(line, found or [Malformed(b"", "the line was reset", 0)], hang_up=False)
            case Woke(name) if name.startswith("reply "):
                line = int(name.split()[1])
                late = Malformed(b"", f"no reply within {self._reply_within:g} s", 0)
                if line in self._talks:
                    yield from self._hear(line, [late])

    def _ask(self, line: int, get: Get, now: float) -> Iterator[Output]:
        talk = self._talks[line] = _Talk(get.id)
        headers = (("Host", self._to), ("Accept", "application/json"), ("Connection", "close"))
        yield WakeAt(f"reply {line}", now + self._reply_within)
        yield Send(line, talk.side.request(Request("GET", get.path_and_query, headers)))

    def _hear(self, line: int, found: list[Reply | Malformed], *, hang_up: bool = True) -> Iterator[Output]:
        """The first thing heard settles the matter; one request, one reply."""
        if not found:
            return
        talk = self._talks.pop(line)
        match found[0]:
            case Reply(status=status, body=body):
                text = body.decode(errors="replace")
                yield Noted(line, PosReply(talk.id, status, text, _fields(text)))
            case Malformed(why=why):
                yield Noted(0, PosFailed(talk.id, why))
        yield WakeAt(f"reply {line}", None)
        if hang_up:
            yield Close(line)
