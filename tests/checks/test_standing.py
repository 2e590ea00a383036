"""The rules of every trace, in traces of a few lines that keep and break them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.checks import standing
from harness.evidence.bench import (
    Exited,
    FaultBegan,
    FaultEnded,
    Mains,
    Overrun,
    Provisioned,
    Remark,
    Unreadable,
    Witnessed,
)
from harness.evidence.verdict import Verdict
from harness.wire import econduit, strict_json
from harness.wire.econduit import Ack, Nonsense, Register, Strange
from harness.wire.endpoint import Close, Opened, PeerClosed, Received
from harness.wire.framing import malformed
from harness.wire.strict_json import Document
from tests.checks.traces import BEAT, OK, checks_of, command, document, register, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC


@dataclass
class Sample:
    """A check, its limits, a trace, and what it must conclude."""

    check: Any
    events: list[Any]
    verdict: Verdict
    words: str
    limits: dict[str, Any] = field(default_factory=dict)
    warning: bool = False


def on(line: int, at: float, body: object) -> tuple[float, str, int, object]:
    """Something the cloud saw on a line."""
    return (at, "cloud", line, body)


def up(line: int, at: float, to: str = "primary", **fields: str) -> list[tuple[float, str, int, object]]:
    """A line that comes up and is registered at once."""
    return [on(line, at, Opened(line, to)), on(line, at, register(**fields)), on(line, at, OK)]


def bench(at: float, body: object) -> tuple[float, str, int, object]:
    return (at, "bench", 0, body)


def read(raw: bytes) -> Any:
    """The message in a frame."""
    return econduit.read_from_terminal(raw)


def marked() -> Register:
    """A registration that begins with a byte-order mark."""
    parsed = strict_json.parse(b"\xef\xbb\xbf" + strict_json.build({"Command": "Register", "TerminalID": "1"}))
    assert isinstance(parsed, Document)
    return Register(parsed)


NONSENSE = Nonsense(b"{")
QUIET = (900.0, "case", 0, Remark("the end"))
GONE = PeerClosed(1, reset=False)
SPELLED = {
    "names": ["Command", "TerminalID", "AckHeartbeat", "ResultCode", "RefID"],
    "values": {"Command": ["Register", "Heartbeat"], "AckHeartbeat": ["true", "false"], "ResultCode": ["Approved"]},
}
FIRST = {"first": {"primary": "primary", "secondary": "secondary"}}
REBOOT = [bench(5, Mains(on=False)), bench(7, Mains(on=True))]
MOVED = bench(1, Provisioned({"primary": "spare"}))

HARM = [
    (5, "nemesis", 0, FaultBegan("Wi-Fi loss", "wire", outage=True)),
    (9, "nemesis", 0, FaultEnded("Wi-Fi loss", 3)),
]


def witnessed(signs, lingering=0):
    return (10, "witness", 0, Witnessed("Wi-Fi loss", "capture", signs, lingering, "a frame was lost"))


SAMPLES = [
    # JSON
    Sample(standing.messages_are_json, up(1, 0), PASS, "1 message"),
    Sample(standing.messages_are_json, [*up(1, 0), on(1, 1, malformed(b"{", "not JSON: so"))], FAIL, "not JSON: so"),
    Sample(standing.messages_are_json, [*up(1, 0), on(1, 1, malformed(b"x" * 999, "long"))], FAIL, "of 999 bytes"),
    Sample(standing.messages_are_json, [*up(1, 0), on(1, 1, Overrun(1, 1 << 24))], FAIL, "16777216 bytes came"),
    Sample(standing.messages_are_json, [QUIET], INCONC, "no messages"),
    Sample(standing.values_quoted, up(1, 0), PASS, "1 message"),
    Sample(standing.values_quoted, [on(1, 0, read(b'{"Command":"Register","AckHeartbeat":true}'))], FAIL,
           "AckHeartbeat is true without"),
    Sample(standing.values_quoted, [QUIET], INCONC, "no messages"),
    Sample(standing.names_in_documented_case, up(1, 0), PASS, "1 message", SPELLED),
    Sample(standing.names_in_documented_case, [on(1, 0, read(b'{"Command":"Register","terminalId":"1"}'))], FAIL,
           "the name terminalId in place of TerminalID", SPELLED),
    Sample(standing.names_in_documented_case, [on(1, 0, read(b'{"Command":"register","TerminalID":"1"}'))], FAIL,
           '"Command":"register" in place of "Register"', SPELLED),
    Sample(standing.names_in_documented_case, up(1, 0, AckHeartbeat="True"), FAIL, 'in place of "true"', SPELLED),
    Sample(standing.names_in_documented_case, [on(1, 0, response("Ref", "APPROVED"))], FAIL, "Approved", SPELLED),
    Sample(standing.names_in_documented_case, [on(1, 0, response("Ref", "Odd", Odd="1"))], PASS, "1 message", SPELLED),
    Sample(standing.names_in_documented_case, [QUIET], INCONC, "no messages", SPELLED),
    Sample(standing.no_byte_order_mark, up(1, 0), PASS, "1 message"),
    Sample(standing.no_byte_order_mark, [on(1, 0, marked())], PASS, "begins with a byte-order mark", warning=True),
    Sample(standing.no_byte_order_mark, [QUIET], INCONC, "no messages"),
    # what stands on a line
    Sample(standing.plain_tcp, [*up(1, 0), on(1, 0, Received(1, b'{"Command"'))], PASS, "1 line"),
    Sample(standing.plain_tcp, [*up(1, 0), on(1, 0, Received(1, b"\x16\x03\x01\x02"))], FAIL, "a TLS handshake"),
    Sample(standing.plain_tcp, [*up(1, 0), on(1, 0, Received(1, b"GE")), on(1, 0, Received(1, b"T / "))], FAIL, "HTTP"),
    Sample(standing.plain_tcp, up(1, 0), INCONC, "no lines"),
    Sample(standing.nothing_unasked, [*up(1, 0), on(1, 1, command("a")), on(1, 3, response("a"))], PASS, "2 messages"),
    Sample(standing.nothing_unasked, [*up(1, 0), on(1, 1, response("a"))], FAIL, "a response to no command"),
    Sample(standing.nothing_unasked, [*up(1, 0), on(1, 1, command("Ab")), on(1, 3, response("ab"))], PASS, "2 mess"),
    Sample(standing.nothing_unasked, [*up(1, 0), on(1, 1, Strange(document(Status="OK")))], FAIL, "no message of"),
    Sample(standing.nothing_unasked, [*up(1, 0), on(1, 1, NONSENSE), on(1, 2, response("x", "Error"))], PASS, "2 mess"),
    Sample(standing.nothing_unasked, [*up(1, 0), on(1, 1, NONSENSE), on(1, 2, response("x"))], FAIL, "to no command"),
    Sample(standing.nothing_unasked, [QUIET], INCONC, "no messages"),
    # lines
    Sample(standing.one_live_line, [*up(1, 0), on(1, 9, GONE), *up(2, 9)], PASS, "2 registrations"),
    Sample(standing.one_live_line, [*up(1, 0), *up(2, 9), on(1, 9, Close(1))], FAIL, "on line 2 while line 1 was up"),
    Sample(standing.one_live_line, [*up(1, 0), *up(2, 9, TerminalID="another")], PASS, "2 registrations"),
    Sample(standing.one_live_line, [*up(1, 0), *REBOOT, *up(2, 9)], PASS, "2 registrations"),
    Sample(standing.one_live_line, [*REBOOT, *up(1, 8), *up(2, 9)], FAIL, "on line 2 while line 1 was up"),
    Sample(standing.one_live_line, [QUIET], INCONC, "no registrations"),
    Sample(standing.no_strangers_dialled, [bench(0, Mains(on=True)), *up(1, 0, "secondary")], PASS, "1 line", FIRST),
    Sample(standing.no_strangers_dialled, up(1, 0, "spare"), FAIL, "line 1 came to the spare", FIRST),
    Sample(standing.no_strangers_dialled, [MOVED, *up(1, 2, "spare")], PASS, "1 line", FIRST),
    Sample(standing.no_strangers_dialled, [MOVED, *up(1, 2)], PASS, "1 line", FIRST),
    Sample(standing.no_strangers_dialled, [MOVED, bench(2, Mains(on=True)), *up(1, 2)], FAIL, "to the primary", FIRST),
    Sample(standing.no_strangers_dialled, [QUIET], INCONC, "no lines", FIRST),
    Sample(standing.stays_open, [*up(1, 0), QUIET], PASS, "1 registered", {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), on(1, 9, Close(1))], PASS, "1 registered", {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), on(1, 9, GONE)], FAIL, "9.0 s after its last message, a Register",
           {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), on(1, 60, BEAT), on(1, 80, GONE)], PASS, "1 reg", {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0, AckHeartbeat="True"), on(1, 60, BEAT), on(1, 80, GONE)], PASS, "1 reg",
           {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0, AckHeartbeat="false"), on(1, 60, BEAT), on(1, 80, GONE)], FAIL, "20.0 s",
           {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), on(1, 60, BEAT), on(1, 60, Ack()), on(1, 80, GONE)], FAIL, "20.0 s",
           {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), on(1, 60, BEAT), on(1, 62, GONE)], FAIL, "2.0 s", {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), on(1, 60, Received(1, b'{"Comm')), on(1, 80, GONE)], PASS, "1 registered",
           {"ack_within": 20.0}),
    Sample(standing.stays_open, [bench(0, Mains(on=True)), *up(1, 0), bench(9, Mains(on=False)), on(1, 9, GONE)], PASS,
           "1 registered", {"ack_within": 20.0}),
    Sample(standing.stays_open, [*up(1, 0), *REBOOT, on(1, 9, PeerClosed(1, reset=True))], PASS, "1 registered",
           {"ack_within": 20.0}),
    Sample(standing.stays_open, [*REBOOT, *up(1, 8), on(1, 9, GONE)], FAIL, "1.0 s", {"ack_within": 20.0}),
    Sample(standing.stays_open, [QUIET], INCONC, "no registered lines", {"ack_within": 20.0}),
    # the bench
    Sample(standing.keeps_running, up(1, 0), PASS, "it did"),
    Sample(standing.keeps_running, [bench(9, Exited(139, "core dumped"))], FAIL, "with code 139: core dumped"),
    Sample(standing.keeps_running, [bench(9, Exited(139, "")), (9.0, "terminal", 0, Exited(1, ""))], FAIL, "code 1:",
           {"source": "terminal"}),
    Sample(standing.screen_channel_readable, [QUIET], PASS, "so it was"),
    Sample(standing.screen_channel_readable, [bench(9, Unreadable("hello"))], INCONC, "'hello'"),
    Sample(standing.faults_took_hold, [(9, "nemesis", 0, FaultEnded("reset", 1))], PASS, "1 faults, 1 bites"),
    Sample(standing.faults_took_hold, [(9, "nemesis", 0, FaultEnded("reset", 0))], INCONC, "reset: no bite"),
    Sample(standing.harm_was_witnessed, [*HARM, witnessed(signs=2)], PASS, "1 harms, 2 signs"),
    Sample(standing.harm_was_witnessed, HARM, INCONC, "Wi-Fi loss: nobody witnessed it"),
    Sample(standing.harm_was_witnessed, [*HARM, witnessed(signs=0)], INCONC, "no sign of it in the capture"),
    Sample(standing.harm_was_witnessed, [*HARM, witnessed(signs=2, lingering=1)], INCONC, "1 signs of it after"),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.check.__name__}-{sample.verdict.name}")
def test_finding(sample: Sample) -> None:
    finding = sample.check(trace(*sample.events), **sample.limits)
    assert (finding.verdict, finding.warning) == (sample.verdict, sample.warning), finding
    assert sample.words in finding.actual


ABOUT_THE_BENCH = {standing.screen_channel_readable, standing.faults_took_hold, standing.harm_was_witnessed}
ONLY_WARNS = {standing.no_byte_order_mark}


def test_every_check_was_seen_to_pass_and_to_object() -> None:
    """Each fails a trace, but for one that warns and three that speak about the bench, which only leave undecided."""
    checks = checks_of(standing)
    assert checks
    assert {sample.check for sample in SAMPLES if sample.verdict is PASS and not sample.warning} == checks
    assert {sample.check for sample in SAMPLES if sample.verdict is FAIL} == checks - ABOUT_THE_BENCH - ONLY_WARNS
    assert {sample.check for sample in SAMPLES if sample.warning} == ONLY_WARNS
    assert {sample.check for sample in SAMPLES if sample.verdict is INCONC} >= ABOUT_THE_BENCH
