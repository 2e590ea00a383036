"""Times that count from a contact: from its effect, not from its command, and only as surely as its delay is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.checks import lines, outage, reading, registration
from harness.evidence.bench import Actuated, ActuatorDelay, FaultBegan, FaultEnded, Mains, Provisioned, Timing
from harness.evidence.measure import Measured
from harness.evidence.verdict import Finding, Verdict
from harness.wire.endpoint import Hearing, Listen, Opened, PeerClosed
from tests.checks.traces import OK, register, trace

LIMIT, MEAN, SPREAD = 10.0, 2.0, 0.5

DELAYS = [
    (0.0, "bench", 0, ActuatorDelay("power", on=True, mean=MEAN, spread=SPREAD, samples=10)),
    (0.0, "bench", 0, ActuatorDelay("link", on=True, mean=MEAN, spread=SPREAD, samples=10)),
    (0.0, "bench", 0, ActuatorDelay("power", on=False, mean=50.0, spread=50.0, samples=10)),
    (0.0, "bench", 0, ActuatorDelay("link", on=False, mean=50.0, spread=50.0, samples=10)),
]

MAINS = (5.0, "bench", 0, Mains(on=True))
SHUT = (1.0, "cloud", 0, Listen("primary", Hearing.REFUSED))


def up(line: int, at: float, to: str = "primary") -> list[Any]:
    return [(at, "cloud", line, body) for body in (Opened(line, to), register(), OK)]


def moved(at: float, *, to: bool) -> Any:
    return (at, "bench", 0, Actuated("link", to, "lcus at /dev/ttyUSB0", "", "", confirmed=None))


def began(at: float, fault: str = "cable out") -> Any:
    return (at, "nemesis", 0, FaultBegan(fault, "wire", outage=True))


def over(at: float, fault: str = "cable out") -> Any:
    return (at, "nemesis", 0, FaultEnded(fault, 1))


PULLED = [moved(1, to=False), began(1), moved(5, to=True), over(5)]

TABLE: list[tuple[Callable[..., Finding], dict[str, Any], Callable[[float], list[Any]]]] = [
    (registration.registers_after_power_on, {"within": LIMIT}, lambda taken: [MAINS, *up(1, 5 + taken)]),
    (
        lines.tries,
        {"listener": "secondary", "within": LIMIT},
        lambda taken: [SHUT, MAINS, *up(1, 5 + taken, "secondary")],
    ),
    (
        lines.follows_provisioning,
        {"listener": "spare", "within": LIMIT},
        lambda taken: [(0.0, "bench", 0, Provisioned({"primary": "spare"})), MAINS, *up(1, 5 + taken, "spare")],
    ),
    (
        outage.falls_back,
        {"fault": "refused", "listener": "secondary", "within": LIMIT},
        lambda taken: [began(1, "refused"), MAINS, *up(1, 5 + taken, "secondary")],
    ),
    (outage.back_after, {"limit": LIMIT, "warn": 20.0}, lambda taken: [*up(1, 0), *PULLED, *up(2, 5 + taken)]),
]


@pytest.mark.parametrize(("check", "limits", "happening"), TABLE)
def test_a_limit_counts_from_the_effect_and_its_band_is_the_spread(check, limits, happening):
    taken = [LIMIT + MEAN + more for more in (-0.6, -0.4, 0.4, 0.6)]
    verdicts = [check(trace(*DELAYS, *happening(seconds)), **limits).verdict for seconds in taken]
    assert verdicts == [Verdict.PASS, Verdict.INCONC, Verdict.INCONC, Verdict.FAIL]


@pytest.mark.parametrize(("check", "limits", "happening"), TABLE)
def test_a_contact_that_was_not_measured_has_no_delay(check, limits, happening):
    verdicts = [check(trace(*happening(LIMIT + more)), **limits).verdict for more in (-0.1, 0.1)]
    assert verdicts == [Verdict.PASS, Verdict.FAIL]


def test_the_spread_comes_on_top_of_what_the_clocks_leave_open():
    events = [*DELAYS, (0.0, "bench", 0, Timing("kernel stamps", 0.1)), MAINS, *up(1, 9)]
    made = trace(*events)
    power_on = next(event for event in made if event.body == MAINS[3])
    assert reading.Times(made).since(power_on, 9.0) == Measured(2.0, 0.7)
    assert reading.Times(made).since(power_on, 5.5) == Measured(0.0, 0.7)


@pytest.mark.parametrize(
    "harm",
    [
        [began(1), over(5)],
        [began(1, "black hole"), over(5, "black hole")],
        [*PULLED, began(5, "black hole"), over(5, "black hole")],
    ],
    ids=["no contact", "another harm", "another harm after it"],
)
def test_only_what_a_contact_did_has_its_delay(harm):
    made = trace(*DELAYS, *harm)
    ended = [event for event in made if isinstance(event.body, FaultEnded)][-1]
    assert reading.Times(made).since(ended, 9.0) == Measured(4.0, 0.0)


def test_the_time_of_a_return_is_that_from_the_effect():
    (found,) = outage.reconnect_times(trace(*DELAYS, *up(1, 0), *PULLED, *up(2, 10)))
    assert (found.cause, found.seconds, found.uncertainty) == ("cable out", 3.0, 0.5)
    lost = [*up(1, 0), (5, "cloud", 1, PeerClosed(1, reset=True)), *up(2, 10)]
    (found,) = outage.reconnect_times(trace(*DELAYS, *lost))
    assert (found.seconds, found.uncertainty) == (5.0, 0.0)


def test_the_mains_are_gone_until_the_contact_has_closed():
    cut = [(1.0, "bench", 0, Mains(on=False)), MAINS]
    start = (0.0, "bench", 0, Mains(on=True))
    assert reading.without_power(trace(start, *cut)) == [(0.0, 0.0), (1.0, 5.0)]
    assert reading.without_power(trace(*DELAYS, start, *cut)) == [(0.0, MEAN), (1.0, 5.0 + MEAN)]


def test_a_finding_tells_how_sure_a_return_is():
    finding = outage.back_after(trace(*DELAYS, *up(1, 0), *PULLED, *up(2, 10)), limit=LIMIT, warn=LIMIT)
    assert finding.actual == "measured: 3.00 ± 0.50 s"
