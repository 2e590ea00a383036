"""A stranger at the webhook's door: dials it as the case says, and tells whether it was let in, and how secured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.wire.adyen import Knocked
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
    Secured,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import SHOWN

PATIENCE = 5.0
"""Seconds that a stranger waits for words after it was let in."""


@dataclass(frozen=True, slots=True)
class Knock:
    """Dial this address, by TLS or not, and say something."""

    to: str
    secure: bool
    words: bytes = b""


class Probe:
    """One way to knock. `name`: that of the party; `manner`: what the trace calls it, as `TLS 1.1`."""

    def __init__(self, name: str, manner: str) -> None:
        self.name = name
        self._manner = manner
        self._knock = Knock("", secure=False)
        self._version = ""
        self._line = 0

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Told(_, Knock() as knock):
                self._knock, self._version, self._line = knock, "", 0
                yield Dial(knock.to, PATIENCE, secure=knock.secure)
            case Opened(line):
                self._line = line
                yield WakeAt("patience", now + PATIENCE)
                if self._knock.words:
                    yield Send(line, self._knock.words)
            case Secured(_, version):
                self._version = version
                yield from self._told("", b"")
            case Refused(_, why):
                yield Noted(0, Knocked(self._manner, secured="", why=why, heard=b""))
            case Received(_, data) if self._line and not self._knock.secure:
                yield from self._told("", data[:SHOWN])
            case PeerClosed() if self._line:
                self._line = 0
                yield WakeAt("patience", None)
                yield Noted(0, Knocked(self._manner, "", "the line was ended without a word", b""))
            case Woke() if self._line:
                yield from self._told("no word came", b"")

    def _told(self, why: str, heard: bytes) -> Iterator[Output]:
        line, self._line = self._line, 0
        yield Noted(line, Knocked(self._manner, self._version, why, heard))
        yield WakeAt("patience", None)
        yield Close(line)
