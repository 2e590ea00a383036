"""How it is judged what a POS makes of refunds, a few lines a trace."""

from __future__ import annotations

import pytest

from harness.checks import adyen_refunds as checks
from harness.checks import adyen_results
from harness.evidence.verdict import Verdict
from harness.wire import nexo
from harness.wire.adyen import DeviceCall, Login
from harness.wire.nexo import MessageHeader, PaymentRequest, ReversalRequest, ReversalResponse
from tests.checks.adyen_traces import AT, ONE, Entry, asked, booked, queried, result, sent, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC


def wants_back(at: float, service: str = "S2", *, reversal: bool = False) -> Entry:
    category = "Reversal" if reversal else "Payment"
    header = MessageHeader(category=category, sale_id="POS", poi_id=ONE, service_id=service)
    body = (
        ReversalRequest("B", "", at=AT, original="T.1")
        if reversal
        else PaymentRequest("B", "1.00", "EUR", AT, "Refund")
    )
    document = nexo.request(header, body).document
    return (at, "adyen", 90, DeviceCall("async", "M", ONE, Login.RIGHT, False, document))


def reversed_(service: str = "S2") -> nexo.Message:
    header = MessageHeader(category="Reversal", type="Response", sale_id="POS", poi_id=ONE, service_id=service)
    return nexo.response(header, ReversalResponse("Success", poi_transaction="T.2", poi_at=AT))


PAID = booked(1.0, "A", "paid", "1.00")
ASKED = wants_back(2.0)
TAKEN = sent(3.0, 1, result("B", "S2", "1.00"))
AGAIN = sent(5.0, 2, result("B", "S2", "1.00"))
BACK = booked(4.0, "B", "refunded", "1.00")


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        ((PAID, ASKED, *TAKEN, BACK, *AGAIN), 20.0, PASS),
        ((PAID, wants_back(2.0, reversal=True), *sent(3.0, 1, reversed_()), BACK), 20.0, PASS),
        ((PAID, ASKED, *TAKEN, booked(4.0, "A", "refunded", "1.00")), 20.0, PASS),
        ((PAID, ASKED, *TAKEN, BACK, *AGAIN, booked(6.0, "C", "refunded", "1.00")), 20.0, FAIL),
        ((PAID, ASKED, *TAKEN, booked(4.0, "B", "paid", "1.00")), 20.0, FAIL),
        ((PAID, ASKED, *TAKEN, booked(4.0, "B", "refunded", "2.00")), 20.0, FAIL),
        ((PAID, ASKED, *TAKEN), 20.0, FAIL),
        ((PAID, ASKED, *TAKEN, BACK), 7.0, INCONC),
        ((PAID, ASKED, *sent(3.0, 1, result("B", "S9", "1.00"))), 20.0, INCONC),
        ((PAID, *TAKEN), 20.0, INCONC),
    ],
)
def test_money_is_given_back_once(entries, end, verdict):
    finding = checks.gives_back_once(trace(*entries, end=end), sale="A", amount="1.00", wait=5.0)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize(
    ("entries", "end", "verdict"),
    [
        ((PAID, ASKED, *TAKEN), 20.0, PASS),
        ((PAID, ASKED, *TAKEN, BACK), 20.0, FAIL),
        ((PAID, ASKED, *TAKEN, booked(4.0, "B", "paid", "1.00")), 20.0, FAIL),
        ((PAID, ASKED, *TAKEN, booked(4.0, "A", "paid", "1.00")), 20.0, PASS),
        ((PAID, ASKED, *TAKEN), 7.0, INCONC),
        ((PAID, ASKED), 20.0, INCONC),
        ((PAID, *TAKEN), 20.0, INCONC),
    ],
)
def test_nothing_is_given_back(entries, end, verdict):
    finding = checks.gives_nothing_back(trace(*entries, end=end), sale="A", wait=5.0)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((queried(152.0, "S2"),), PASS),
        ((queried(152.0, "S1"),), FAIL),
        ((wants_back(152.0, "S3"),), FAIL),
        ((*TAKEN, queried(152.0, "S2")), INCONC),
    ],
)
def test_the_status_of_a_refund_is_told_from_that_of_its_sale_by_what_was_asked(entries, verdict):
    of_the_sale = (asked(0.5, "B", "S1"), *sent(1.0, 9, result("B", "S1")))
    made = trace(*of_the_sale, ASKED, *entries, end=300.0)
    finding = adyen_results.asks_for_status(made, reference="B", gives_back=True, after=0.0, within=200.0)
    assert finding.verdict is verdict, finding
