"""Every rule about time leaves open what lies within the uncertainty of its limit, and tells the uncertainty.

Each is shown the same happening thrice, with a duration short of, at, and beyond a limit of ten seconds, in a trace
whose times may be wrong by 0.1 s: a duration, having two ends, by 0.2 s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.checks import cadence, lines, outage, pairing, registration, screen
from harness.evidence.bench import Bite, FaultBegan, FaultEnded, Mains, Parted, Provisioned, Remark, Screen, Timing
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding, Verdict
from harness.wire.econduit import ACK, FAILED_REGISTRATION, TERMINATOR, Ack, RegistrationAnswer
from harness.wire.endpoint import Close, Hearing, Listen, Opened, PeerClosed, Send
from tests.checks.traces import BEAT, OK, command, register, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
LIMIT, UNCERTAINTY = 10.0, 0.1

Happening = Callable[[float], list[Any]]


def up(line: int, at: float, to: str = "primary") -> list[Any]:
    return [(at, "cloud", line, body) for body in (Opened(line, to), register(), OK)]


def on(at: float, body: object, line: int = 1) -> Any:
    return (at, "cloud", line, body)


def end(at: float) -> Any:
    return (at, "case", 0, Remark("the end"))


MAINS = (0.0, "bench", 0, Mains(on=True))
SHUT = (1.0, "cloud", 0, Listen("primary", Hearing.REFUSED))
CUT = on(1.0, Close(1, reset=True))
GONE = PeerClosed(1, reset=False)


def shows(text: str, at: float) -> Any:
    return (at, "bench", 0, Screen(text))


def began(at: float, fault: str = "hole") -> Any:
    return (at, "nemesis", 0, FaultBegan(fault, "wire", outage=fault == "hole"))


def over(at: float, fault: str = "hole") -> Any:
    return (at, "nemesis", 0, FaultEnded(fault, 1))


def dial(at: float) -> Any:
    return (at, "nemesis", 0, Bite("refused", "a dial"))


TABLE: list[tuple[Callable[..., Finding], dict[str, Any], Happening]] = [
    (
        cadence.heartbeat_every,
        {"earliest": 1.0, "latest": LIMIT, "at_least": 2},
        lambda taken: [*up(1, 0), on(5, BEAT), on(5 + taken, BEAT)],
    ),
    (cadence.never_silent_for, {"limit": LIMIT}, lambda taken: [*up(1, 0), on(5, BEAT), end(5 + taken)]),
    (
        cadence.resumes_once,
        {"earliest": 1.0, "latest": LIMIT, "at_least": 1},
        lambda taken: [*up(1, 0), on(taken, BEAT)],
    ),
    (
        cadence.acks_when_asked,
        {"within": LIMIT},
        lambda taken: [*up(1, 0), on(1, BEAT), on(1 + taken, Send(1, ACK + TERMINATOR)), on(1 + taken, Ack())],
    ),
    (cadence.acks_when_asked, {"within": LIMIT}, lambda taken: [*up(1, 0), on(1, BEAT), end(1 + taken)]),
    (
        lines.registers_first_on_every_line,
        {"patience": LIMIT},
        lambda taken: [*up(1, 0), on(1, Opened(2, "primary"), 2), on(1 + taken, PeerClosed(2, reset=False), 2)],
    ),
    (lines.back_within, {"limit": LIMIT, "warn": 20.0}, lambda taken: [*up(1, 0), CUT, *up(2, 1 + taken)]),
    (
        lines.tries,
        {"listener": "secondary", "within": LIMIT},
        lambda taken: [*up(1, 0), SHUT, CUT, *up(2, 1 + taken, "secondary")],
    ),
    (
        lines.keeps_dialling,
        {"longest_pause": LIMIT, "at_least": 2},
        lambda taken: [*up(1, 0), CUT, *up(2, 1 + taken)],
    ),
    (
        lines.retries_after_failure,
        {"within": LIMIT},
        lambda taken: [on(0, Opened(1, "primary")), on(0, register()), on(0, RegistrationAnswer(FAILED_REGISTRATION)),
                       on(taken, register())],
    ),
    (
        lines.leaves_unanswered_registration,
        {"within": LIMIT},
        lambda taken: [on(0, Opened(1, "primary")), on(0, register()), on(taken, GONE)],
    ),
    (lines.gives_up_half_open_line, {"within": LIMIT}, lambda taken: [*up(1, 0), on(1, BEAT), on(1 + taken, GONE)]),
    (
        lines.follows_provisioning,
        {"listener": "spare", "within": LIMIT},
        lambda taken: [(0.0, "bench", 0, Provisioned({"primary": "spare"})), MAINS, *up(1, taken, "spare")],
    ),
    (
        outage.back_after,
        {"limit": LIMIT, "warn": 20.0},
        lambda taken: [*up(1, 0), began(1), over(5), *up(2, 5 + taken)],
    ),
    (
        outage.leaves_dead_line,
        {"fault": "nat", "within": LIMIT, "back": 30.0},
        lambda taken: [*up(1, 0), began(1, "nat"), (1 + taken, "wire", 1, Parted(1, reset=True)), *up(2, 2 + taken)],
    ),
    (
        outage.leaves_dead_line,
        {"fault": "nat", "within": 4.0, "back": LIMIT - 4.0},
        lambda taken: [*up(1, 0), began(1, "nat"), *up(2, 1 + taken)],
    ),
    (
        outage.falls_back,
        {"fault": "refused", "listener": "secondary", "within": LIMIT},
        lambda taken: [*up(1, 0), began(1, "refused"), on(2, GONE), *up(2, 2 + taken, "secondary")],
    ),
    (
        outage.cycles,
        {"fault": "refused", "longest_pause": LIMIT, "a_minute": 20, "at_least": 2},
        lambda taken: [began(0, "refused"), dial(1), dial(1 + taken), over(2 + taken, "refused")],
    ),
    (
        pairing.answered_once,
        {"within": LIMIT},
        lambda taken: [*up(1, 0), on(1, command("A")), on(1 + taken, response("A"))],
    ),
    (registration.registers_after_power_on, {"within": LIMIT}, lambda taken: [MAINS, *up(1, taken)]),
    (
        registration.comes_back_accepted,
        {"within": LIMIT},
        lambda taken: [on(0, Opened(1, "primary")), on(0, register()), on(0, GONE), *up(2, taken)],
    ),
    (
        screen.online_when_registered,
        {"within": LIMIT},
        lambda taken: [MAINS, *up(1, 0), shows(screen.OFFLINE, 0), shows(screen.ONLINE, taken), end(60)],
    ),
    (
        screen.offline_when_not,
        {"within": LIMIT},
        lambda taken: [MAINS, *up(1, 0), shows(screen.ONLINE, 0), on(1, GONE), shows(screen.OFFLINE, 1 + taken),
                       end(60)],
    ),
    (
        screen.never_online_unregistered,
        {"within": LIMIT},
        lambda taken: [MAINS, *up(1, 0), shows(screen.ONLINE, 0), on(1, GONE), shows(screen.OFFLINE, 1 + taken),
                       end(60)],
    ),
    (
        screen.offline_when_silent,
        {"within": LIMIT},
        lambda taken: [*up(1, 0), shows(screen.ONLINE, 0), (1.0, "nemesis", 0, FaultBegan("silence", "cloud")),
                       shows(screen.OFFLINE, 1 + taken)],
    ),
]  # fmt: skip


def timed(events: list[Any], uncertainty: float = UNCERTAINTY) -> Trace:
    return trace((0.0, "bench", 0, Timing("the kernel's stamps at the wire", uncertainty)), *events)


@pytest.mark.parametrize(("check", "limits", "happening"), TABLE)
def test_a_rule_is_sure_outside_of_the_band_only(
    check: Callable[..., Finding], limits: dict[str, Any], happening: Happening
) -> None:
    short, near, far = (check(timed(happening(LIMIT + more)), **limits) for more in (-0.3, -0.1, 0.3))
    beyond = check(timed(happening(LIMIT + 0.1)), **limits)
    assert (short.verdict, near.verdict, beyond.verdict, far.verdict) == (PASS, INCONC, INCONC, FAIL)
    assert near.evidence


@pytest.mark.parametrize(("check", "limits", "happening"), TABLE)
def test_without_an_uncertainty_there_is_no_band(
    check: Callable[..., Finding], limits: dict[str, Any], happening: Happening
) -> None:
    verdicts = [check(trace(*happening(LIMIT + more)), **limits).verdict for more in (-0.1, 0.1)]
    assert verdicts == [PASS, FAIL]


def test_intervals_that_are_too_short_have_a_band_too() -> None:
    limits: dict[str, Any] = {"earliest": 5.0, "latest": 100.0, "at_least": 1}
    for check in (cadence.heartbeat_every, cadence.resumes_once):
        pairs = [timed([*up(1, 0), on(20, BEAT), on(20 + apart, BEAT)]) for apart in (4.7, 4.9, 5.1, 5.3)]
        assert [check(pair, **limits).verdict for pair in pairs] == [FAIL, INCONC, INCONC, PASS]


def test_a_finding_tells_what_is_too_close_and_how_exact_it_was() -> None:
    near = [*up(1, 0), on(1, command("A")), on(11.02, response("A"))]
    assert pairing.answered_once(timed(near, 0.0123), within=LIMIT).actual == (
        "10.02 ± 0.03 s is too close to 10 s to tell"
    )
    assert pairing.answered_once(timed(near, 0.002), within=LIMIT).actual == (
        "the one to A only after 10.020 ± 0.004 s"
    )


def test_an_offence_elsewhere_outweighs_what_is_too_close() -> None:
    events = [*up(1, 0), on(1, command("A")), on(11, response("A")), on(20, command("B")), on(50, response("B"))]
    assert pairing.answered_once(timed(events), within=LIMIT).verdict is FAIL
