"""Heartbeats by hand: their period, their acks, their place beside transactions and reconnects."""

from __future__ import annotations

import pytest

from harness.checks import cadence
from harness.evidence.bench import Exited, Mains
from harness.evidence.trace import Trace
from harness.evidence.verdict import Verdict
from harness.wire.econduit import ACK, HEARTBEAT_BODIES, TERMINATOR, Ack, Command, Heartbeat, Strange
from harness.wire.endpoint import Close, Opened, PeerClosed, Received, Send
from harness.wire.framing import malformed
from tests.checks.traces import BEAT, OK, command, document, register, response, trace

PASS, INCONC, FAIL = Verdict.PASS, Verdict.INCONC, Verdict.FAIL


def idle(*then: tuple[float, object], asks: str = "true", end: float | None = None) -> Trace:
    """A line registered at 0 s, what happened on it, and when the case stopped watching."""
    events: list[tuple[float, str, int, object]] = [
        (0.0, "cloud", 1, Opened(1, "primary")),
        (0.0, "cloud", 1, register(AckHeartbeat=asks)),
        (0.0, "cloud", 1, OK),
        *((at, "cloud", 1, body) for at, body in then),
    ]
    return trace(*events, *([(end, "case", 0, None)] if end is not None else []))


def beats(*times: float) -> list[tuple[float, object]]:
    return [(at, BEAT) for at in times]


SALE, SOLD = command("A"), response("A")
SENT = Send(1, ACK + TERMINATOR)

# ---- The period ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "verdict", "actual"),
    [
        pytest.param(idle(*beats(60, 120, 181)), PASS, "2 intervals of 60.00 to 61.00 s", id="a-minute-apart"),
        pytest.param(idle(*beats(60, 120, 140)), FAIL, "20.00 s", id="too-soon"),
        pytest.param(idle(*beats(60, 120, 220)), FAIL, "100.00 s", id="too-late"),
        pytest.param(idle(*beats(60, 120), end=300.0), FAIL, "2 heartbeats in 300 idle seconds", id="too-few"),
        pytest.param(idle(*beats(60), (70, SALE), (72, SOLD), *beats(132), (140, SALE), (141, SOLD), *beats(201)),
                     INCONC, "no intervals", id="never-two-in-a-row"),
    ],
)  # fmt: skip
def test_heartbeat_every(happened: Trace, verdict: Verdict, actual: str) -> None:
    finding = cadence.heartbeat_every(happened, earliest=45.0, latest=75.0, at_least=3)
    assert finding.verdict is verdict
    assert actual in finding.actual


@pytest.mark.parametrize(
    ("happened", "at_least", "verdict", "actual"),
    [
        pytest.param(idle(*beats(60, 120), end=150.0), 0, PASS, "2 heartbeats in 150 idle seconds", id="beating"),
        pytest.param(idle(*beats(60, 181)), 0, FAIL, "121.0 s of idle silence from 60.0 s on", id="a-gap"),
        pytest.param(idle(end=121.0), 0, FAIL, "121.0 s of idle silence from 0.0 s on", id="never"),
        pytest.param(idle(*beats(60), end=200.0), 0, FAIL, "from 60.0 s on", id="ceased"),
        pytest.param(idle(*beats(60), (70, SALE), (199, SOLD), *beats(250)), 0, PASS, "2 heartbeats", id="long-sale"),
        pytest.param(idle(*beats(60), (65, response("B")), end=200.0), 0, FAIL, "140.0 s", id="stray-response"),
        pytest.param(idle(*beats(60), (90, PeerClosed(1, reset=True)), end=9000.0), 600, FAIL, "idle for 90 s only",
                     id="gone"),
        pytest.param(idle(end=100.0), 0, INCONC, "no heartbeats", id="watched-briefly"),
        pytest.param(trace(), 0, INCONC, "no heartbeats", id="nothing"),
    ],
)  # fmt: skip
def test_never_silent_for(happened: Trace, at_least: float, verdict: Verdict, actual: str) -> None:
    finding = cadence.never_silent_for(happened, limit=120.0, at_least=at_least)
    assert finding.verdict is verdict
    assert actual in finding.actual


@pytest.mark.parametrize(
    ("seen", "verdict", "actual"),
    [
        pytest.param([Heartbeat(""), BEAT], PASS, "an empty body, {", id="two-readings"),
        pytest.param([Heartbeat('{"Command":"HEARTBEAT"}')], FAIL, "HEARTBEAT", id="no-reading"),
        pytest.param([], INCONC, "no heartbeats", id="nothing"),
    ],
)
def test_heartbeat_form(seen: list[Heartbeat], verdict: Verdict, actual: str) -> None:
    finding = cadence.heartbeat_form(idle(*((60.0, beat) for beat in seen)), bodies=list(HEARTBEAT_BODIES))
    assert finding.verdict is verdict
    assert actual in finding.actual


# ---- Beside transactions and reconnects ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "verdict", "actual"),
    [
        pytest.param(idle(*beats(60), (70, SALE), (72, SOLD), *beats(132)), PASS, "2 returns", id="after-a-sale"),
        pytest.param(idle(*beats(60), (70, SALE), (72, SOLD), *beats(120)), PASS, "2 returns", id="on-schedule"),
        pytest.param(idle(*beats(60), (70, SALE), (72, SOLD), end=150.0), FAIL, "none 78.0 s after a response",
                     id="ceased"),
        pytest.param(idle(*beats(60), (70, SALE), (72, SOLD), *beats(180)), FAIL, "the first 108.0 s after a response",
                     id="late"),
        pytest.param(idle(*beats(60), (70, SALE), (200, SOLD), *beats(200.1, 200.2, 260)), FAIL,
                     "two heartbeats 0.10 s apart after a response", id="burst"),
        pytest.param(idle(*beats(60), (70, SALE), (72, SOLD), end=80.0), INCONC, "1 returns", id="watched-briefly"),
    ],
)  # fmt: skip
def test_resumes_once(happened: Trace, verdict: Verdict, actual: str) -> None:
    finding = cadence.resumes_once(happened, earliest=45.0, latest=75.0, at_least=2)
    assert finding.verdict is verdict
    assert actual in finding.actual


def test_resumes_once_on_a_new_line() -> None:
    first = [(event.at, event.source, event.line, event.body) for event in idle(*beats(60), (90, PeerClosed(1, False)))]
    again = [(91.0, "cloud", 2, body) for body in (Opened(2, "primary"), register(), OK)]
    silent = trace(*first, *again, (170.0, "case", 0, None))
    beating = trace(*first, *again, (151.0, "cloud", 2, BEAT))
    assert cadence.resumes_once(beating, 45.0, 75.0, at_least=2).verdict is PASS
    finding = cadence.resumes_once(silent, 45.0, 75.0, at_least=2)
    assert finding.verdict is FAIL
    assert finding.actual == "none 79.0 s after a registration"


@pytest.mark.parametrize("gone", [Mains(on=False), Exited(code=1, stderr="")])
def test_a_terminal_that_is_gone_is_not_idle(gone: object) -> None:
    first = [(event.at, event.source, event.line, event.body) for event in idle(*beats(60))]
    dark = [(61.0, "bench", 0, gone), (200.0, "bench", 0, Mains(on=True))]
    again = [(201.0, "cloud", 2, body) for body in (Opened(2, "primary"), register(), Close(1), OK)]
    happened = trace(*first, *dark, *again, (261.0, "cloud", 2, BEAT))
    assert cadence.resumes_once(happened, 45.0, 75.0, at_least=2).verdict is PASS
    assert cadence.never_silent_for(happened, limit=120.0).verdict is PASS
    assert [idleness.until.body for idleness in cadence.idle_stretches(happened) if idleness.until] == [gone]


@pytest.mark.parametrize(
    ("happened", "allowed", "verdict", "actual"),
    [
        pytest.param(idle((10, SALE), (60, BEAT), (70, SOLD)), True, PASS, "1 came in 1", id="allowed"),
        pytest.param(idle((10, SALE), (60, BEAT), (70, SOLD)), False, FAIL, "a heartbeat 50.0 s into", id="forbidden"),
        pytest.param(idle((60, SALE), (60.5, BEAT), (70, SOLD)), False, PASS, "1 transactions", id="crossed"),
        pytest.param(idle(*beats(60)), False, INCONC, "no transactions", id="nothing"),
    ],
)
def test_busy_heartbeats(happened: Trace, allowed: bool, verdict: Verdict, actual: str) -> None:
    finding = cadence.busy_heartbeats(happened, allowed=allowed)
    assert finding.verdict is verdict
    assert actual in finding.actual


RESPONSE = b'{"ResultCode":"Approved","RefID":"A"}'


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        pytest.param([RESPONSE, b'{"Command":"Heartbeat"}'], PASS, id="between"),
        pytest.param([RESPONSE[:20] + b'{"Command":"Heartbeat"}', RESPONSE[20:]], FAIL, id="inside"),
        pytest.param([RESPONSE[:20] + b'{"Command":"Heartbeat","TerminalID":"77"}', RESPONSE[20:]], FAIL, id="with-id"),
        pytest.param([RESPONSE[:20] + b"Heartbeat", RESPONSE[20:]], FAIL, id="bare-word"),
        pytest.param([RESPONSE[:20], RESPONSE[20:]], FAIL, id="empty"),
        pytest.param([RESPONSE + b'{"Command":"Heartbeat"}', RESPONSE], PASS, id="after-one-that-is-not-ended"),
        pytest.param([b'{"AckHeartbeat":\x94true\x94}', RESPONSE], PASS, id="another-mistake"),
    ],
)
def test_never_inside_a_message(data: list[bytes], verdict: Verdict) -> None:
    sent = Received(1, b"".join(piece + TERMINATOR for piece in data))
    finding = cadence.never_inside_a_message(idle((60, sent), (60, BEAT)), bodies=list(HEARTBEAT_BODIES))
    assert finding.verdict is verdict


def test_never_inside_a_message_needs_heartbeats() -> None:
    assert cadence.never_inside_a_message(idle(), bodies=list(HEARTBEAT_BODIES)).verdict is INCONC


# ---- The ack ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happened", "verdict", "actual"),
    [
        pytest.param(idle(*beats(60), (60, SENT), (60, Ack())), PASS, "1 heartbeats", id="asked"),
        pytest.param(idle(*beats(60), asks="false", end=99.0), PASS, "1 heartbeats", id="not-asked"),
        pytest.param(idle(*beats(60), end=99.0), FAIL, "no ack for the heartbeat at 60.0 s", id="withheld"),
        pytest.param(idle(*beats(60), (90, SENT), (90, Ack())), FAIL, "an ack after 30.0 s", id="late"),
        pytest.param(idle(*beats(60), (60, SENT), (60, Ack()), asks="false"), FAIL, "nobody asked for", id="unasked"),
        pytest.param(idle(*beats(60), (60, SENT), (60, Ack()), (61, Ack())), FAIL, "nobody asked for", id="twice"),
        pytest.param(idle(*beats(60), (60, Ack())), FAIL, "never left", id="not-sent"),
        pytest.param(idle(), INCONC, "no heartbeats", id="nothing"),
    ],
)
def test_acks_when_asked(happened: Trace, verdict: Verdict, actual: str) -> None:
    finding = cadence.acks_when_asked(happened, within=20.0)
    assert finding.verdict is verdict
    assert actual in finding.actual


STRAY = response("", "Error")


@pytest.mark.parametrize(
    ("then", "verdict", "actual"),
    [
        pytest.param([(61, BEAT)], PASS, "1 acks", id="silence"),
        pytest.param([(61, SALE), (63, SOLD)], PASS, "1 acks", id="a-sale"),
        pytest.param([(60.2, STRAY)], FAIL, "a Response 0.20 s after an ack", id="answered"),
        pytest.param([(60.2, Strange(document(Status="OK")))], FAIL, "a Strange", id="echoed"),
        pytest.param([(60.2, malformed(b"?", "not JSON"))], FAIL, "a Malformed", id="garbage"),
        pytest.param([(61, SALE), (62, STRAY)], PASS, "1 acks", id="a-sale-answered-badly"),
        pytest.param([(60.5, Send(1, b"x")), (61, BEAT), (61.5, STRAY)], PASS, "1 acks", id="after-the-next-heartbeat"),
    ],
)
def test_ack_changes_nothing(then: list[tuple[float, Command]], verdict: Verdict, actual: str) -> None:
    finding = cadence.ack_changes_nothing(idle(*beats(60), (60, Ack()), *then))
    assert finding.verdict is verdict
    assert actual in finding.actual


def test_ack_changes_nothing_needs_acks() -> None:
    assert cadence.ack_changes_nothing(idle(*beats(60))).verdict is INCONC


def test_many_heartbeats_are_judged_at_once() -> None:
    """Six hours of a heartbeat a second: a rule that looked at pairs of them would not come back."""
    hours = idle(*(event for at in range(1, 21600) for event in ((at, BEAT), (at, SENT), (at, Ack()))))
    assert cadence.never_silent_for(hours, limit=120.0).verdict is PASS
    assert cadence.acks_when_asked(hours, within=20.0).verdict is PASS
    assert cadence.resumes_once(hours, earliest=0.5, latest=75.0, at_least=1).verdict is PASS
