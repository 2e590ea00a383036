"""Connections in traces of a few lines: who is first, who is back how soon, who tries which endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.checks import lines
from harness.evidence.bench import Mains, Provisioned, Remark
from harness.evidence.verdict import Verdict
from harness.wire.econduit import FAILED_REGISTRATION, Ack, RegistrationAnswer
from harness.wire.endpoint import Close, Hearing, Listen, Opened, PeerClosed
from tests.checks.traces import BEAT, OK, checks_of, register, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC


def on(line: int, at: float, body: object) -> tuple[float, str, int, object]:
    """Something the cloud saw on a line."""
    return (at, "cloud", line, body)


def up(line: int, at: float, to: str = "primary", **fields: str) -> list[tuple[float, str, int, object]]:
    """A line that comes up and is registered at once."""
    return [on(line, at, Opened(line, to)), on(line, at, register(**fields)), on(line, at, OK)]


def ended(at: float) -> tuple[float, str, int, object]:
    """The case ends."""
    return (at, "case", 0, Remark("the end"))


def mains(at: float, *, on: bool) -> tuple[float, str, int, object]:
    return (at, "bench", 0, Mains(on=on))


def shut(at: float, listener: str, hearing: Hearing = Hearing.REFUSED) -> tuple[float, str, int, object]:
    return (at, "cloud", 0, Listen(listener, hearing))


@dataclass
class Sample:
    """A check, its limits, a trace, and what it must conclude."""

    check: Any
    events: list[Any]
    verdict: Verdict
    words: str
    limits: dict[str, Any] = field(default_factory=dict)
    warning: bool = False


RESET = Close(1, reset=True)
GONE = PeerClosed(1, reset=False)
FAILED = RegistrationAnswer(FAILED_REGISTRATION)
SILENT = [*up(1, 0), on(1, 60, BEAT)]
BACK = {"limit": 30.0, "warn": 10.0}
MOVED = [mains(0, on=True), *up(1, 1), (2, "bench", 0, Provisioned({"primary": "spare"})), mains(3, on=False),
         on(1, 3, GONE), mains(4, on=True)]  # fmt: skip

SAMPLES = [
    # who is first
    Sample(lines.registers_first_on_every_line, [*up(1, 0), on(1, 60, BEAT)], PASS, "1 line"),
    Sample(lines.registers_first_on_every_line, [on(1, 0, Opened(1, "primary")), on(1, 0, BEAT)], FAIL, "Heartbeat"),
    Sample(lines.registers_first_on_every_line, [on(1, 0, Opened(1, "primary")), ended(20)], FAIL, "nothing on line 1"),
    Sample(lines.registers_first_on_every_line, [ended(20)], FAIL, "on 0 lines"),
    Sample(lines.registers_once_per_line, up(1, 0), PASS, "1 registration"),
    Sample(lines.registers_once_per_line, [*up(1, 0), on(1, 9, register())], FAIL, "2 registrations on line 1"),
    Sample(lines.registers_once_per_line, [ended(9)], INCONC, "no registrations"),
    Sample(lines.dials_by_itself, up(1, 0), PASS, "1 came"),
    Sample(lines.dials_by_itself, [ended(9)], FAIL, "0 came"),
    # who is back how soon
    Sample(lines.back_within, [*up(1, 0), on(1, 9, RESET), *up(2, 10)], PASS, "1.00 s", BACK),
    Sample(lines.back_within, [*up(1, 0), on(1, 9, RESET), *up(2, 29)], PASS, "slow", BACK, warning=True),
    Sample(lines.back_within, [*up(1, 0), on(1, 9, RESET), *up(2, 40)], FAIL, "31.00 s", BACK),
    Sample(lines.back_within, [*up(1, 0), on(1, 9, RESET), ended(40)], FAIL, "never", BACK),
    Sample(lines.back_within, [*up(1, 0), on(1, 9, RESET), ended(20)], INCONC, "never", BACK),
    Sample(lines.back_within, up(1, 0), INCONC, "never", BACK),
    Sample(
        lines.back_within,
        [mains(0, on=True), *up(1, 0), mains(9, on=False), on(1, 9, GONE), mains(99, on=True), *up(2, 100)],
        PASS,
        "measured: 1.00 s",
        BACK,
    ),
    Sample(
        lines.back_within,
        [*up(1, 0), shut(9, "primary"), shut(9, "secondary"), on(1, 9, RESET),
         shut(600, "secondary", Hearing.ANSWERING), *up(2, 605, "secondary")],
        PASS, "measured: 5.00 s", BACK,
    ),
    Sample(
        # Time without mains and without a listener counts once where both overlap.
        lines.back_within,
        [mains(0, on=True), *up(1, 0), shut(9, "primary"), shut(9, "secondary"), on(1, 9, RESET), mains(20, on=False),
         mains(30, on=True), shut(40, "primary", Hearing.ANSWERING), *up(2, 80)],
        FAIL, "measured: 40.00 s", BACK,
    ),
    # who tries which endpoint
    Sample(lines.tries, [*up(1, 0), shut(9, "primary"), on(1, 9, RESET), *up(2, 12, "secondary")], PASS, "3.00 s",
           {"listener": "secondary", "within": 30.0}),
    Sample(lines.tries, [*up(1, 0), shut(9, "primary"), on(1, 9, RESET), *up(2, 42, "secondary")], FAIL, "33.00 s",
           {"listener": "secondary", "within": 30.0}),
    Sample(lines.tries, [*up(1, 0), shut(9, "primary", Hearing.TIMED_OUT), on(1, 9, RESET), ended(50)], FAIL, "none in",
           {"listener": "secondary", "within": 30.0}),
    Sample(lines.tries, [*up(1, 0), shut(9, "primary"), on(1, 9, RESET), ended(20)], INCONC, "not yet",
           {"listener": "secondary", "within": 30.0}),
    Sample(lines.tries, up(1, 0), INCONC, "never shut", {"listener": "secondary", "within": 30.0}),
    Sample(lines.tries, [shut(0, "primary"), mains(50, on=True), *up(1, 60, "secondary")], PASS, "10.00 s",
           {"listener": "secondary", "within": 30.0}),
    # who goes on dialling
    Sample(lines.keeps_dialling, [*up(1, 0), on(1, 1, RESET), *up(2, 31)], PASS, "2 dials",
           {"longest_pause": 60.0, "at_least": 2}),
    Sample(lines.keeps_dialling, [*up(1, 0), on(1, 1, RESET), *up(2, 90)], FAIL, "89.0 s without a dial after line 1",
           {"longest_pause": 60.0, "at_least": 2}),
    Sample(lines.keeps_dialling, [*up(1, 0), on(1, 1, RESET), ended(90)], FAIL, "89.0 s",
           {"longest_pause": 60.0, "at_least": 1}),
    Sample(lines.keeps_dialling, [*up(1, 0), on(1, 1, RESET), ended(30)], FAIL, "1 dials",
           {"longest_pause": 60.0, "at_least": 2}),
    Sample(lines.keeps_dialling, [*up(1, 0), ended(900)], PASS, "1 dials", {"longest_pause": 60.0, "at_least": 1}),
    Sample(lines.dials_bounded, [on(n, n * 20, Opened(n, "primary")) for n in range(1, 9)], PASS, "3 in the busiest",
           {"a_minute": 3}),
    Sample(lines.dials_bounded, [on(n, n, Opened(n, "primary")) for n in range(1, 9)], FAIL, "8 in the busiest",
           {"a_minute": 3}),
    Sample(lines.dials_bounded, [ended(9)], INCONC, "no dial", {"a_minute": 3}),
    # whose registration fails
    Sample(lines.retries_after_failure, [*up(1, 0)[:2], on(1, 0, FAILED), on(1, 0, Close(1)), *up(2, 5)], PASS,
           "1 failed registration", {"within": 60.0}),
    Sample(lines.retries_after_failure, [*up(1, 0)[:2], on(1, 0, FAILED), ended(70)], FAIL, "70.0 s without one",
           {"within": 60.0}),
    Sample(lines.retries_after_failure, up(1, 0), INCONC, "no failed", {"within": 60.0}),
    Sample(lines.leaves_unanswered_registration, [*up(1, 0)[:2], on(1, 15, GONE)], PASS, "1 unanswered",
           {"within": 30.0}),
    Sample(lines.leaves_unanswered_registration, [*up(1, 0)[:2], ended(40)], FAIL, "line 1 kept", {"within": 30.0}),
    Sample(lines.leaves_unanswered_registration, up(1, 0), INCONC, "no unanswered", {"within": 30.0}),
    # who notices silence
    Sample(lines.gives_up_half_open_line, [*SILENT, on(1, 80, GONE)], PASS, "1 half-open", {"within": 40.0}),
    Sample(lines.gives_up_half_open_line, [*SILENT, *up(2, 80), on(1, 80, Close(1))], PASS, "1 half-open",
           {"within": 40.0}),
    Sample(lines.gives_up_half_open_line, [*SILENT, ended(101)], FAIL, "kept for 41.0 s", {"within": 40.0}),
    Sample(lines.gives_up_half_open_line, [*SILENT, on(1, 120, BEAT), on(1, 120, Ack())], FAIL, "kept for 60.0 s",
           {"within": 40.0}),
    Sample(lines.gives_up_half_open_line, [*SILENT, on(1, 60, Ack())], INCONC, "no half-open", {"within": 40.0}),
    Sample(lines.gives_up_half_open_line, [*SILENT, on(1, 70, Close(1))], INCONC, "no half-open", {"within": 40.0}),
    Sample(lines.gives_up_half_open_line, [*up(1, 0, AckHeartbeat="false"), on(1, 60, BEAT), ended(200)], INCONC, "no ",
           {"within": 40.0}),
    # who keeps a line
    Sample(lines.keeps_line, [*up(1, 0), ended(60)], PASS, "up for 60.0 s", {"at_least": 45.0}),
    Sample(lines.keeps_line, [*up(1, 0), ended(30)], INCONC, "30.0 s", {"at_least": 45.0}),
    Sample(lines.keeps_line, [*up(1, 0), on(1, 50, GONE)], FAIL, "ended line 1 after 50.0 s", {"at_least": 45.0}),
    Sample(lines.keeps_line, [*up(1, 0), on(1, 9, Close(1))], INCONC, "9.0 s", {"at_least": 45.0}),
    Sample(lines.keeps_line, [*SILENT, on(1, 80, GONE)], PASS, "80.0 s", {"at_least": 45.0}),
    # who is who
    Sample(lines.terminal_id_is, up(1, 0), PASS, "1 registration", {"terminal_id": "77001234"}),
    Sample(lines.terminal_id_is, up(1, 0, TerminalID="2"), FAIL, "'2'", {"terminal_id": "77001234"}),
    Sample(lines.terminal_id_is, [ended(9)], FAIL, "0 registrations", {"terminal_id": "77001234"}),
    # who goes where it is told
    Sample(lines.follows_provisioning, [*MOVED, *up(2, 5, "spare")], PASS, "1.00 s",
           {"listener": "spare", "within": 30.0}),
    Sample(lines.follows_provisioning, [*MOVED, *up(2, 5)], FAIL, "dialled primary, not spare",
           {"listener": "spare", "within": 30.0}),
    Sample(lines.follows_provisioning, [*MOVED, *up(2, 50, "spare")], FAIL, "only after 46.00 s",
           {"listener": "spare", "within": 30.0}),
    Sample(lines.follows_provisioning, [*MOVED, ended(40)], FAIL, "nobody", {"listener": "spare", "within": 30.0}),
    Sample(lines.follows_provisioning, up(1, 0), INCONC, "not provisioned", {"listener": "spare", "within": 30.0}),
    Sample(lines.returns_to_primary, [*up(1, 0, "secondary"), on(1, 9, RESET), *up(2, 10)], PASS, "so it did",
           {"required": True}),
    Sample(lines.returns_to_primary, [*up(1, 0, "secondary"), on(1, 9, RESET), *up(2, 10, "secondary")], FAIL, "none",
           {"required": True}),
    Sample(lines.returns_to_primary, [*up(1, 0, "secondary"), on(1, 9, RESET), *up(2, 10, "secondary")], PASS, "none",
           {"required": False}, warning=True),
    Sample(lines.returns_to_primary, up(1, 0, "secondary"), INCONC, "no later", {"required": False}),
    Sample(lines.returns_to_primary, up(1, 0), INCONC, "never ran", {"required": False}),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.check.__name__}-{sample.verdict.name}")
def test_finding(sample: Sample) -> None:
    finding = sample.check(trace(*sample.events), **sample.limits)
    assert (finding.verdict, finding.warning) == (sample.verdict, sample.warning), finding
    assert sample.words in finding.actual


@pytest.mark.parametrize("verdict", [PASS, FAIL])
def test_every_check_was_seen_to_pass_and_to_fail(verdict: Verdict) -> None:
    """A check that cannot fail protects nobody; one that cannot pass accuses the innocent."""
    assert checks_of(lines)
    assert {sample.check for sample in SAMPLES if sample.verdict is verdict} == checks_of(lines)
