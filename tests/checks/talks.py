"""Traces of WebSocket lines written by hand, a line an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from harness.checks.sockets import HEARD
from harness.evidence.bench import Mains, Pressed, Remark
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Opened, Send
from harness.wire.http1 import Headers, Request
from harness.wire.websocket import Text, Upgrade
from harness.wire.websocket_frames import Opcode, written
from tests.checks.traces import checks_of, trace

SOURCE = "connect"
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

Happened = tuple[float, str, int, object]


def on(line: int, at: float, body: object) -> Happened:
    """Something the counterpart saw or did on a line."""
    return (at, SOURCE, line, body)


def asked(line: int, at: float, target: str = "/pac", headers: Headers = (), to: str = "wss") -> list[Happened]:
    """A line that comes up and asks to speak WebSocket."""
    return [on(line, at, Opened(line, to)), on(line, at, Upgrade(Request("GET", target, headers)))]


def up(line: int, at: float, target: str = "/pac", headers: Headers = (), to: str = "wss") -> list[Happened]:
    """A line that comes up and is accepted at once."""
    return [*asked(line, at, target, headers, to), said(line, at, ACCEPTED)]


def said(line: int, at: float, what: bytes | str) -> Happened:
    """The counterpart puts bytes, or a text message, on a line."""
    return on(line, at, Send(line, framed(Opcode.TEXT, what.encode()) if isinstance(what, str) else what))


def framed(opcode: int, payload: bytes = b"") -> bytes:
    return written(opcode, payload, fin=True, rsv=0, mask=None)


def heard(line: int, at: float, what: object) -> Happened:
    """The counterpart hears a text message, or something else that it notes."""
    body = Text(what) if isinstance(what, str) else what
    assert isinstance(body, HEARD)
    return on(line, at, body)


def ended(at: float) -> Happened:
    """The case ends."""
    return (at, "case", 0, Remark("the end"))


def pressed(at: float, key: str) -> Happened:
    return (at, "bench", 0, Pressed(key, {}))


def mains(at: float, *, on: bool) -> Happened:
    return (at, "bench", 0, Mains(on=on))


@dataclass
class Sample:
    """A check, its limits beside the source, a trace, and what it must conclude."""

    check: Any
    events: list[Happened]
    verdict: Verdict
    words: str
    limits: dict[str, Any] = field(default_factory=dict)
    warning: bool = False


def concludes(sample: Sample) -> None:
    """The check says what the sample says that it must."""
    finding = sample.check(trace(*sample.events), source=SOURCE, **sample.limits)
    assert (finding.verdict, finding.warning) == (sample.verdict, sample.warning), finding
    assert sample.words in finding.actual


def named(sample: Sample) -> str:
    return f"{sample.check.__name__}-{sample.verdict.name}"


def seen_both_ways(module: ModuleType, samples: list[Sample]) -> None:
    """Each check of the module passed, found a fault, and did not decide: one that cannot do each is none."""
    checks = checks_of(module)
    assert checks
    assert {one.check for one in samples if one.verdict is Verdict.PASS and not one.warning} == checks
    assert {one.check for one in samples if one.verdict is Verdict.FAIL or one.warning} == checks
    assert {one.check for one in samples if one.verdict is Verdict.INCONC} == checks
