"""How it is judged what a POS makes of events, a few lines a trace."""

from __future__ import annotations

import pytest

from harness.checks import adyen_meaning as checks
from harness.evidence.verdict import Verdict
from tests.checks.adyen_traces import EARLIER, ONE, OTHER, asked, booked, event, pressed, sent, shown, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
DOWN, UP = event("Shutdown"), event("Initialised")
SALE = pressed(2.0, "sale", terminal=ONE)


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*sent(1.0, 1, DOWN), shown(2.0, "V400m is DOWN")), PASS),
        ((*sent(1.0, 1, DOWN), shown(2.0, "V400m is fine")), FAIL),
        ((*sent(1.0, 1, DOWN), shown(0.5, "down")), FAIL),
        ((*sent(1.0, 1, DOWN), shown(8.0, "down")), FAIL),
        ((*sent(1.0, 1, DOWN, 500), shown(2.0, "down")), INCONC),
    ],
)
def test_an_event_shows_on_the_screen(entries, verdict):
    assert checks.shows(trace(*entries, end=10.0), id=1, text="down", within=5.0).verdict is verdict


def test_a_trace_that_ends_too_soon_shows_nothing():
    assert checks.shows(trace(*sent(1.0, 1, DOWN), end=2.0), id=1, text="down", within=5.0).verdict is INCONC


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*sent(1.0, 1, DOWN), SALE), PASS),
        ((*sent(1.0, 1, DOWN), SALE, asked(3.0, "A")), FAIL),
        ((*sent(1.0, 1, DOWN), SALE, asked(3.0, "A", poi_id=OTHER)), PASS),
        ((*sent(1.0, 1, DOWN), SALE, *sent(13.0, 2, UP), asked(13.5, "A")), PASS),
        ((*sent(1.0, 1, DOWN), SALE, *sent(4.0, 2, UP), asked(4.5, "A")), INCONC),
        ((*sent(1.0, 1, DOWN), SALE, *sent(3.0, 2, event("Initialised", at=EARLIER)), asked(13.5, "A")), FAIL),
        ((*sent(1.0, 1, DOWN),), INCONC),
        ((*sent(1.0, 1, DOWN, 0), SALE, asked(3.0, "A")), INCONC),
    ],
)
def test_payments_are_held(entries, verdict):
    finding = checks.holds_payments(trace(*entries, end=20.0), poi_id=ONE, id=1, at_least=10.0)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*sent(1.0, 1, UP), SALE, asked(3.0, "A")), PASS),
        ((SALE, *sent(4.0, 1, UP), asked(5.0, "A")), PASS),
        ((SALE, asked(3.0, "A"), *sent(4.0, 1, UP)), FAIL),
        ((*sent(1.0, 1, UP), SALE), FAIL),
        ((*sent(1.0, 1, UP), SALE, asked(9.0, "A")), FAIL),
        ((*sent(1.0, 1, UP), asked(9.0, "A")), INCONC),
        ((*sent(1.0, 1, UP, 500), SALE), INCONC),
    ],
)
def test_payments_are_taken(entries, verdict):
    finding = checks.takes_payments(trace(*entries, end=20.0), poi_id=ONE, since=1, within=5.0)
    assert finding.verdict is verdict, finding


WOKEN = sent(1.0, 1, event("SaleWakeUp", "a=1"))


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*WOKEN, asked(2.0, "a=1")), PASS),
        ((*WOKEN, asked(2.0, "1")), FAIL),
        ((*WOKEN, asked(2.0, "a=1", poi_id=OTHER)), FAIL),
        ((*WOKEN, asked(9.0, "a=1")), FAIL),
        ((*WOKEN,), FAIL),
        ((*sent(1.0, 1, event("SaleWakeUp", "a=1"), 500), asked(2.0, "a=1")), INCONC),
    ],
)
def test_a_typed_reference_is_paid(entries, verdict):
    finding = checks.pays_typed_reference(trace(*entries, end=20.0), id=1, within=5.0)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*WOKEN, asked(2.0, "a=1"), *sent(3.0, 2, event("SaleWakeUp", "a=1"))), PASS),
        ((*WOKEN, asked(2.0, "a=1"), *sent(3.0, 2, event("SaleWakeUp", "a=1"), 400)), PASS),
        ((*WOKEN, asked(2.0, "a=1"), *sent(3.0, 2, event("SaleWakeUp", "a=1")), asked(4.0, "b")), FAIL),
        ((*WOKEN, asked(2.0, "a=1")), INCONC),
        ((*WOKEN, *sent(3.0, 2, event("SaleWakeUp", "a=1"))), INCONC),
    ],
)
def test_an_event_acts_once(entries, verdict):
    finding = checks.acts_once(trace(*entries, end=20.0), poi_id=ONE, ids=[1, 2])
    assert finding.verdict is verdict, finding


REJECT = sent(2.0, 1, event("Reject", "message=Jammed"))
OPEN = booked(1.0, "A", "pending")


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((OPEN, *REJECT, booked(3.0, "A", "declined"), shown(3.0, "A: Jammed")), PASS),
        ((OPEN, *REJECT, booked(3.0, "A", "declined"), shown(3.0, "A: try again")), FAIL),
        ((OPEN, *REJECT, shown(3.0, "Jammed")), FAIL),
        ((OPEN, *REJECT, booked(3.0, "A", "paid"), shown(3.0, "Jammed")), FAIL),
        ((OPEN, *REJECT, booked(13.0, "A", "declined"), shown(13.0, "Jammed")), FAIL),
        ((*REJECT, shown(3.0, "Jammed")), INCONC),
        ((OPEN, *sent(2.0, 1, event("Reject"), 500)), INCONC),
    ],
)
def test_a_reject_ends_the_sale(entries, verdict):
    finding = checks.reject_ends_the_sale(trace(*entries, end=20.0), reference="A", id=1, reason="Jammed", within=5.0)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        (sent(1.0, 1, None, 400), 20.0, PASS),
        (sent(1.0, 1, None, 0), 20.0, PASS),
        ((*sent(1.0, 1, None, 400), shown(2.0, "a bad message")), 20.0, PASS),
        ((*sent(1.0, 1, None, 400), booked(2.0, "A", "paid")), 20.0, FAIL),
        ((*sent(1.0, 1, None, 400), asked(2.0, "A")), 20.0, FAIL),
        ((*sent(1.0, 1, None, 400), asked(9.0, "A")), 20.0, PASS),
        (sent(1.0, 1, None, 400), 2.0, INCONC),
        ((booked(1.0, "A", "open"),), 20.0, INCONC),
    ],
)
def test_what_means_nothing_has_no_effect(entries, end, verdict):
    finding = checks.has_no_effect(trace(*entries, end=end), ids=[1], quiet=5.0)
    assert finding.verdict is verdict, finding
