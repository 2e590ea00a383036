"""Traces of the Modulus gateway by hand: a line an event, what it says as the bytes that it put on the line."""

from __future__ import annotations

import json
from typing import Any

from harness.evidence.bench import Mains, Pressed, Remark, Screen
from harness.evidence.trace import Trace
from harness.wire import modulus
from harness.wire.endpoint import Close, Opened, PeerClosed, Send
from harness.wire.modulus import Action, KeyShown
from harness.wire.websocket_frames import Closing, Opcode, written
from tests.checks.traces import trace

Happened = tuple[float, str, int, object]

SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def of(*parts: Happened | list[Happened]) -> Trace:
    """A trace of single events and of groups of them."""
    return trace(*(event for part in parts for event in (part if isinstance(part, list) else [part])))


def at_gateway(at: float, body: object, line: int = 1) -> Happened:
    return (at, "gateway", line, body)


def let_in(at: float = 0.0, line: int = 1, to: str = "gateway") -> list[Happened]:
    """A line opened, and its handshake taken."""
    shown = KeyShown(("header",), known=True, target="/v1")
    return [at_gateway(at, body, line) for body in (Opened(line, to), shown, Send(line, SWITCHED))]


def turned_away(at: float, answer: int = 401, line: int = 1, *, known: bool = False) -> list[Happened]:
    shown = KeyShown(("header",), known=known, target="/v1", answer=answer)
    return [at_gateway(at, body, line) for body in (Opened(line, "gateway"), shown, Close(line))]


def heard(at: float, text: str, line: int = 1) -> Happened:
    """A message of the POS."""
    message = modulus.read_from_pos(text)
    assert isinstance(message, Action)
    return at_gateway(at, message, line)


def pings(*times: float, line: int = 1) -> list[Happened]:
    return [heard(at, modulus.ping(), line) for at in times]


def said(at: float, line: int = 1, **fields: Any) -> Happened:
    """A message of the gateway, as bytes."""
    data = written(Opcode.TEXT, json.dumps(fields).encode(), fin=True, rsv=0, mask=None)
    return at_gateway(at, Send(line, data), line)


def pong(at: float, line: int = 1) -> Happened:
    return said(at, line, action="pong")


def answered(*times: float, line: int = 1) -> list[Happened]:
    """Pings with their pongs a tenth of a second later."""
    return [event for at in times for event in (*pings(at, line=line), pong(at + 0.1, line))]


def control(at: float, opcode: Opcode, payload: bytes = b"", line: int = 1) -> Happened:
    """A control frame of the gateway."""
    return at_gateway(at, Send(line, written(opcode, payload, fin=True, rsv=0, mask=None)), line)


def left(at: float, line: int = 1, *, reset: bool = True) -> Happened:
    """The POS ended the line."""
    return at_gateway(at, PeerClosed(line, reset), line)


def goodbye(at: float, line: int = 1) -> Happened:
    """The POS sent a close frame."""
    return at_gateway(at, Closing(1000, ""), line)


def ended(at: float, line: int = 1) -> Happened:
    """The gateway ended the line."""
    return at_gateway(at, Close(line), line)


def until(at: float) -> Happened:
    """The case watched till then."""
    return (at, "case", 0, Remark("watched"))


def mains(at: float, *, on: bool = True) -> Happened:
    return (at, "bench", 0, Mains(on=on))


def screen(at: float, text: str) -> Happened:
    return (at, "bench", 0, Screen(text))


def told(at: float, line: int = 1, **fields: Any) -> Happened:
    """A message of the gateway, as it notes it."""
    return at_gateway(at, modulus.read_from_gateway(json.dumps(fields)), line)


def pressed(at: float, key: str, **fields: str) -> Happened:
    return (at, "bench", 0, Pressed(key, fields))
