"""A person who presses a key or starts the DUT takes his time: no check holds it against the DUT; a DUT that is slow
after him fails."""

from __future__ import annotations

import pytest

from harness.checks import (
    adyen_events,
    adyen_meaning,
    modulus_connection,
    modulus_payments,
    paymentsense_sales,
    websocket,
)
from harness.checks.reading import done, without_power
from harness.evidence.bench import Done, Mains, Pressed
from harness.evidence.verdict import Verdict
from harness.wire import modulus as words
from harness.wire.websocket_frames import Closing
from tests.checks import adyen_traces as adyen
from tests.checks import paymentsense_traces as pac
from tests.checks.modulus import at_gateway, heard, let_in, mains, of, pressed, told, until
from tests.checks.paymentsense_traces import answers, asks, wants
from tests.checks.traces import trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

TEN = {"within": 10.0}
FROM = {"source": "gateway", "patience": 5.0}
THERE = {"listener": "gateway", "within": 30.0}


def said(at: float):
    """He says that it is done."""
    return (at, "bench", 0, Done())


def pay(at: float):
    return heard(at, words.payment("TERM-001", "A", "12.40"))


LIST = told(1, action="terminalsResponse", terminals=[{"deviceId": "TERM-001", "status": "online"}])
SALE = pressed(10, "sale", amount="12.40", terminal="TERM-001")
CLOSED = at_gateway(25.0, Closing(1000, ""))
LATE = at_gateway(39.0, Closing(1000, ""))

PAC = pac.press(1, "sale", amount="12.40", reference="R1")
RUNS = [PAC, asks(2, "sale", tid="T1", amount=1240, currency="GBP")]
CANCEL = pac.press(5, "cancel")
STOP = asks(28, "cancelTransaction", 2, tid="T1")
UP = let_in()

WANTED = adyen.pressed(10.0, "sale", amount="1.00", terminal=adyen.ONE)
AVAILABLE = adyen.sent(1.0, 1, adyen.event("Initialised"))
AWAY = adyen.sent(1.0, 1, adyen.event("Shutdown"))

TABLE = [
    # check, limits, trace, verdict
    (modulus_payments.orders_as_terminals_stand, TEN, of(LIST, SALE, said(40), pay(45)), PASS),
    (modulus_payments.orders_as_terminals_stand, TEN, of(LIST, SALE, pay(35), said(40)), PASS),
    (modulus_payments.orders_as_terminals_stand, TEN, of(LIST, SALE, said(40), until(60)), FAIL),
    (modulus_payments.orders_as_terminals_stand, TEN, of(LIST, SALE, said(40), until(45)), INCONC),
    (modulus_payments.no_payment_unasked, {}, of(SALE, pay(35), said(40)), PASS),
    (modulus_connection.reaches, THERE, of(mains(0), let_in(50), said(55)), PASS),
    (modulus_connection.reaches, THERE, of(mains(0), said(55), let_in(60)), PASS),
    (modulus_connection.reaches, THERE, of(mains(0), said(55), let_in(95)), FAIL),
    (modulus_connection.reaches, THERE, of(mains(0), said(55), until(70)), INCONC),
    (websocket.says_goodbye, FROM, of(UP, pressed(5, "quit"), CLOSED, said(30), until(60)), PASS),
    (websocket.says_goodbye, FROM, of(UP, pressed(5, "quit"), said(30), LATE, until(60)), FAIL),
    (paymentsense_sales.cancellation_asked, TEN, trace(*RUNS, CANCEL, STOP, said(30)), PASS),
    (paymentsense_sales.cancellation_asked, TEN, trace(*RUNS, CANCEL, said(30), (50, "case", 0, "end")), FAIL),
    (
        paymentsense_sales.cancellation_asked,
        TEN,
        trace(*RUNS, CANCEL, answers(20, transactionResult="SUCCESSFUL"), said(30), (50, "case", 0, "end")),
        INCONC,
    ),
    (
        paymentsense_sales.signature_asked_and_answered,
        {"within": 10.0, "window": 80.0},
        trace(wants(5, "signatureVerificationRequest", 9, tid="T1"), pac.press(8, "signature", accepted="true"),
              said(79), (100, "case", 0, "end")),
        INCONC,
    ),
    (
        adyen_events.tells,
        {"key": "fault", "by": "OutOfOrder", "within": 5.0},
        adyen.trace(adyen.pressed(1.0, "fault"), adyen.heard(20.0, adyen.event("OutOfOrder")), said(30.0)),
        PASS,
    ),
    (
        adyen_events.tells,
        {"key": "fault", "by": "OutOfOrder", "within": 5.0},
        adyen.trace(adyen.pressed(1.0, "fault"), said(30.0), adyen.heard(40.0, adyen.event("OutOfOrder"))),
        FAIL,
    ),
    (
        adyen_events.reference_is_told,
        {"reference": "T 7", "within": 5.0},
        adyen.trace(adyen.pressed(1.0, "reference", text="T 7"), said(30.0),
                    adyen.heard(34.0, adyen.event("SaleWakeUp", "T 7"))),
        PASS,
    ),
    (
        adyen_events.reject_explains,
        {"request": "{", "within": 5.0},
        adyen.trace(adyen.pressed(1.0, "request", text="{"), said(30.0), end=33.0),
        INCONC,
    ),
    (
        adyen_meaning.takes_payments,
        {"poi_id": adyen.ONE, "since": 1, "within": 5.0},
        adyen.trace(*AVAILABLE, WANTED, said(30.0), adyen.asked(34.0, "A"), end=60.0),
        PASS,
    ),
    (
        adyen_meaning.holds_payments,
        {"poi_id": adyen.ONE, "id": 1, "at_least": 10.0},
        adyen.trace(*AWAY, WANTED, said(30.0), end=35.0),
        INCONC,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_limits_count_from_when_it_was_done_for_certain(check, limits, events, verdict):
    finding = check(events, **limits)
    assert finding.verdict is verdict, finding


SLOW_HANDS = [row for row in TABLE if row[3] is PASS and row[2].events[-1].body != Done()][:4]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), SLOW_HANDS)
def test_without_his_word_it_is_the_dut_that_was_slow(check, limits, events, verdict):
    assert verdict is PASS
    without = (one for one in events if one.body != Done())
    assert check(trace(*((one.at, one.source, one.line, one.body) for one in without)), **limits).verdict is FAIL


def test_done_is_about_what_stands_right_before_it():
    keys = [(1.0, "bench", 0, Pressed("sale", {})), (2.0, "bench", 0, Pressed("cancel", {})), said(9.0)]
    first, second, _ = trace(*keys)
    assert [done(trace(*keys), event) for event in (first, second)] == [1.0, 9.0]


def test_a_dut_that_a_person_starts_has_no_power_until_he_says_so():
    events = trace((0.0, "bench", 0, Mains(False)), said(5.0), (6.0, "bench", 0, Mains(True)), said(30.0))
    assert without_power(events) == [(0.0, 30.0)]
