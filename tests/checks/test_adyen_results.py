"""How it is judged what a POS makes of results, a few lines a trace."""

from __future__ import annotations

import pytest

from harness.checks import adyen_results as checks
from harness.evidence.verdict import Verdict
from tests.checks.adyen_traces import asked, booked, event, queried, result, sent, shown, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
RESULT = sent(2.0, 1, result("A"))
AGAIN = sent(4.0, 2, result("A"))
PENDING = booked(1.0, "A", "pending")


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        (RESULT, PASS),
        (sent(2.0, 1, result("A"), 500), FAIL),
        (sent(2.0, 1, result("A"), 0), FAIL),
        ((*RESULT, *sent(3.0, 2, result("A"), 500)), FAIL),
        (sent(2.0, 1, result("A"), 401, bent="wrong credentials"), INCONC),
        (sent(2.0, 1, event("Shutdown"), 500), INCONC),
    ],
)
def test_results_are_taken(entries, verdict):
    assert checks.results_are_taken(trace(*entries)).verdict is verdict


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*RESULT, booked(3.0, "A", "paid", "12.40")), PASS),
        ((*RESULT, booked(3.0, "A", "paid", "12.4")), PASS),
        ((*RESULT, booked(3.0, "A", "paid", "1.00")), FAIL),
        ((*RESULT, booked(3.0, "A", "paid")), FAIL),
        ((*RESULT, booked(3.0, "A", "declined")), FAIL),
        ((*RESULT, PENDING), FAIL),
        ((*RESULT, booked(9.0, "A", "paid", "12.40")), FAIL),
        ((booked(3.0, "A", "paid", "12.40"), *sent(4.0, 1, result("B"))), INCONC),
        ((PENDING, *sent(2.0, 1, result("A"), 500)), INCONC),
    ],
)
def test_a_sale_is_settled_for_its_amount(entries, verdict):
    finding = checks.settles(trace(*entries, end=20.0), reference="A", amount="12.40", within=5.0)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        ((PENDING, *RESULT, booked(3.0, "A", "declined")), 20.0, PASS),
        ((PENDING, *RESULT), 20.0, PASS),
        ((PENDING, *RESULT, booked(3.0, "A", "paid", "12.40")), 20.0, FAIL),
        ((PENDING, *RESULT), 3.0, INCONC),
        (RESULT, 20.0, INCONC),
        ((PENDING,), 20.0, INCONC),
    ],
)
def test_a_sale_is_not_settled(entries, end, verdict):
    assert checks.settles_nothing(trace(*entries, end=end), reference="A", wait=5.0).verdict is verdict


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        ((*RESULT, booked(3.0, "A", "paid", "10.00")), 20.0, PASS),
        ((*RESULT, booked(3.0, "A", "unknown")), 20.0, PASS),
        ((*RESULT, booked(3.0, "A", "paid", "12.40")), 20.0, FAIL),
        ((*RESULT, booked(3.0, "A", "paid", "")), 20.0, FAIL),
        (RESULT, 3.0, INCONC),
        ((PENDING,), 20.0, INCONC),
    ],
)
def test_no_more_is_settled_than_was_authorised(entries, end, verdict):
    finding = checks.settles_at_most(trace(*entries, end=end), reference="A", amount="10.00", wait=5.0)
    assert finding.verdict is verdict, finding


PAID = booked(3.0, "A", "paid", "12.40")


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        ((*RESULT, PAID, *AGAIN), 20.0, PASS),
        ((*RESULT, PAID, *AGAIN, booked(5.0, "A", "paid", "12.40")), 20.0, PASS),
        ((*RESULT, PAID, *AGAIN, booked(5.0, "B", "paid", "12.40")), 20.0, FAIL),
        ((*RESULT, PAID, *AGAIN, booked(5.0, "A", "paid", "24.80")), 20.0, FAIL),
        ((*RESULT, PENDING, *AGAIN), 20.0, INCONC),
        ((*RESULT, PAID), 20.0, INCONC),
        ((*RESULT, PAID, *AGAIN), 5.0, INCONC),
    ],
)
def test_a_result_is_booked_once(entries, end, verdict):
    finding = checks.books_once(trace(*entries, end=end), paid={"A": "12.40"}, wait=5.0)
    assert finding.verdict is verdict, finding


def test_a_stray_result_is_booked_never():
    assert checks.books_once(trace(*RESULT, end=20.0), paid={}, wait=5.0).verdict is PASS
    assert checks.books_once(trace(*RESULT, PAID, end=20.0), paid={}, wait=5.0).verdict is FAIL


WITH_RECEIPT = sent(2.0, 1, result("A", text="für Sie"))


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((*WITH_RECEIPT, shown(3.0, "Beleg\nfür Sie")), PASS),
        ((*WITH_RECEIPT, shown(3.0, "no receipt")), FAIL),
        (WITH_RECEIPT, INCONC),
        ((*RESULT, shown(3.0, "für Sie")), INCONC),
    ],
)
def test_a_receipt_is_kept(entries, verdict):
    assert checks.keeps_receipt(trace(*entries), text="für Sie").verdict is verdict


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        ((asked(1.0, "A"), queried(152.0)), 300.0, PASS),
        ((asked(1.0, "A"), queried(20.0)), 300.0, FAIL),
        ((asked(1.0, "A"), queried(290.0)), 300.0, FAIL),
        ((asked(1.0, "A"), queried(152.0, "S9")), 300.0, FAIL),
        ((asked(1.0, "A"),), 300.0, FAIL),
        ((asked(1.0, "A"),), 100.0, INCONC),
        ((asked(1.0, "A"), asked(152.0, "B", "S2"), queried(153.0)), 300.0, FAIL),
        ((asked(1.0, "A"), *RESULT, queried(152.0)), 300.0, INCONC),
        ((queried(152.0),), 300.0, INCONC),
    ],
)
def test_the_status_is_asked_for_and_not_the_money(entries, end, verdict):
    finding = checks.asks_for_status(trace(*entries, end=end), reference="A", after=100.0, within=200.0)
    assert finding.verdict is verdict, finding
