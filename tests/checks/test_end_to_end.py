"""One order on its whole way, in traces of a few lines: each rule kept, broken, and without anything to judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.checks import end_to_end, impairment
from harness.evidence.bench import Booked, Journal, Mains, Pressed, Screen
from harness.evidence.verdict import Finding, Verdict
from harness.wire import modulus, nexo
from harness.wire.adyen import DeviceCall, DeviceReply, Login, Posted
from harness.wire.endpoint import Close, Opened, Received
from harness.wire.nexo import EVENT_HEADER, EventNotification, MessageHeader, PaymentRequest, PaymentResponse
from harness.wire.paymentsense import Demand, Refusal, Result, Side
from tests.checks.traces import OK, checks_of, command, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
Happened = tuple[float, str, int, object]
HEADER = MessageHeader(sale_id="POS", poi_id="V400m-1", service_id="S1")


# ---- What happens, and how each dialect says it ----------------------------------------------------------------------


def sells(at: float = 0.0, amount: str = "12.40") -> Happened:
    return (at, "bench", 0, Pressed("sale", {"amount": amount}))


def books(at: float, state: str, amount: str = "", reference: str = "A") -> Happened:
    return (at, "bench", 0, Booked(reference, state, amount))


def shows(at: float, text: str = "done") -> Happened:
    return (at, "bench", 0, Screen(text))


def carried(at: float = 2.0, amount: str = "12.40", reference: str = "1-A") -> Happened:
    return (at, "cloud", 1, command(reference, amount=amount))


def answers(at: float = 4.0, result: str = "Approved", amount: str = "12.40", line: int = 1) -> Happened:
    return (at, "cloud", line, response("1-A", result, Amount=amount))


def charges(at: float = 3.0, reference: str = "1-A") -> Happened:
    return (at, "terminal", 0, Journal(reference, "AUTH01"))


def of_gateway(at: float, **fields: Any) -> Happened:
    return (at, "gateway", 1, modulus.read_from_gateway(json.dumps(fields)))


def pays(at: float = 1.0, amount: str = "12.40") -> Happened:
    text = modulus.payment("TERM-001", "T1", amount)
    return (at, "gateway", 1, modulus.read_from_pos(text))


def complete(at: float, status: str = "SUCCESS") -> Happened:
    told = {"transactionId": "T1", "status": status, "amount": "12.40"}
    return of_gateway(at, action="paymentComplete", terminalId="TERM-001", paymentResponse=told)


def goes(at: float, status: str) -> Happened:
    return of_gateway(at, action="terminalStatusUpdate", terminalId="TERM-001", status=status)


def demands(at: float = 1.0, amount: object = 1240) -> Happened:
    return (at, "connect", 1, Demand(Side.EPOS, 1, "sale", {"tid": "2211SIP0", "amount": amount}))


def results(at: float, said: str, of: str = "sale") -> Happened:
    return (at, "connect", 1, Result(Side.CONNECT, 1, {"transactionResult": said}, of))


def lists(at: float, *tids: str) -> Happened:
    return (at, "connect", 1, Result(Side.CONNECT, 2, [{"tid": tid} for tid in tids], "connectedTerminals"))


def refuses(at: float) -> Happened:
    return (at, "connect", 1, Refusal(Side.CONNECT, 1, -32001, "terminal offline", of="sale"))


def calls(at: float = 1.0, amount: str = "12.40") -> Happened:
    body = PaymentRequest("A", amount, "EUR", nexo.stamp(0))
    document = nexo.request(HEADER, body).document
    return (at, "adyen", 1, DeviceCall("async", "M", "V400m-1", Login.RIGHT, sealed=False, document=document))


def asks(at: float) -> Happened:
    document = nexo.request(HEADER, nexo.TransactionStatusRequest("POS", "S1")).document
    return (at, "adyen", 1, DeviceCall("sync", "M", "V400m-1", Login.RIGHT, sealed=False, document=document))


def posts(at: float, document: dict[str, Any]) -> Happened:
    return (at, "adyen", 2, Posted(1, 1, "https://x", encrypted=False, sealed=False, login=Login.RIGHT, bent="",
                                   document=document, size=1))  # fmt: skip


def result_of(at: float, result: str = "Success") -> Happened:
    body = PaymentResponse(result=result, amount="12.40", currency="EUR", reference="A", at=nexo.stamp(0))
    return posts(at, nexo.response(HEADER.answered(), body).document)


def event_of(at: float, event: str, service_id: str = "") -> Happened:
    header = MessageHeader(**{**_members(EVENT_HEADER), "poi_id": "V400m-1", "service_id": service_id})
    return posts(at, nexo.request(header, EventNotification(event, nexo.stamp(0))).document)


def _members(header: MessageHeader) -> dict[str, Any]:
    return {name: getattr(header, name) for name in header.__dataclass_fields__}


def device_says(at: float, status: int) -> Happened:
    return (at, "adyen", 1, DeviceReply(status, "no", {}))


SOLD = [sells(), pays(), carried(), charges(), answers()]
PAID = [*SOLD, complete(4.1), books(4.2, "paid", "12.40"), shows(4.2)]
DECLINED = [sells(), pays(), carried(), answers(result="Declined"), complete(4.1, "FAILED"), books(4.2, "declined")]
DROPPED: list[Happened] = [sells(), demands(), carried(), (2.5, "cloud", 1, Close(1)), charges()]
LONG: Happened = (500.0, "bench", 0, Screen("later"))
SETTLED = {"approved": True, "within": 10.0}
UNSETTLED = {"approved": False, "within": 10.0}
SOON = {"within": 10.0}

ordered_once, charged_once = end_to_end.ordered_once, end_to_end.charged_once
amount_as_typed, unknown_until_told = end_to_end.amount_as_typed, end_to_end.unknown_until_told
settles_as_told, stands_open = end_to_end.settles_as_told, end_to_end.stands_open_until_told
agrees, answers_orders = end_to_end.agrees_in_the_end, end_to_end.answers_its_orders
comes_back, shows_the_end = end_to_end.outcome_comes_back, end_to_end.shows_the_end
both_told, away = end_to_end.drop_and_return_told, end_to_end.nothing_paid_while_away

SAMPLES: list[tuple[Callable[..., Finding], dict[str, Any], list[Happened], Verdict]] = [
    (ordered_once, {}, PAID, PASS),
    (ordered_once, {}, [sells(), calls()], PASS),
    (ordered_once, {}, [sells(), demands(), demands(9.0)], FAIL),
    (ordered_once, {}, [sells(), calls(), calls(160.0)], FAIL),
    (ordered_once, {}, [pays(), sells(2.0)], FAIL),
    (ordered_once, {}, [sells(), pays(), sells(5.0), pays(6.0)], PASS),
    (ordered_once, {}, [sells()], INCONC),
    (charged_once, {}, PAID, PASS),
    (charged_once, {}, DECLINED, PASS),
    (charged_once, {}, [*SOLD, charges(9.0)], FAIL),
    (charged_once, {}, [*SOLD, charges(9.0, "2-B")], FAIL),
    (charged_once, {}, [sells()], INCONC),
    (amount_as_typed, {}, PAID, PASS),
    (amount_as_typed, {}, [sells(), demands()], PASS),
    (amount_as_typed, {}, [sells(amount="12.4"), pays()], PASS),
    (amount_as_typed, {}, [sells(), demands(amount=12)], FAIL),
    (amount_as_typed, {}, [sells(), demands(amount="12.40")], FAIL),
    (amount_as_typed, {}, [sells(), calls(amount="1240")], FAIL),
    (amount_as_typed, {}, [sells(), pays(), carried(), answers(amount="12.00")], FAIL),
    (amount_as_typed, {}, [*SOLD, books(5.0, "paid", "12.00")], FAIL),
    (amount_as_typed, {}, [sells()], INCONC),
    (unknown_until_told, {}, PAID, PASS),
    (unknown_until_told, {}, DECLINED, PASS),
    (unknown_until_told, {}, [*DROPPED, books(200.0, "unknown")], PASS),
    (unknown_until_told, {}, [*DROPPED, results(200.0, "TIMED_OUT"), books(200.0, "declined")], FAIL),
    (unknown_until_told, {}, [*DROPPED, results(200.0, "TIMED_OUT"), books(200.0, "paid", "12.40")], FAIL),
    (unknown_until_told, {}, [*SOLD, books(4.05, "paid", "12.40"), complete(4.1)], FAIL),
    (unknown_until_told, {}, [*SOLD, complete(4.1), books(4.2, "declined")], FAIL),
    (unknown_until_told, {}, [sells(), books(1.0, "cancelled")], PASS),
    (unknown_until_told, {}, [sells(), demands(), refuses(1.1), books(1.2, "declined")], PASS),
    (unknown_until_told, {}, [sells(), calls(), result_of(4.0), books(4.1, "paid", "12.40")], PASS),
    (unknown_until_told, {}, [sells(), calls(), event_of(2.0, "Reject", "S1"), books(2.1, "declined")], PASS),
    (unknown_until_told, {}, [sells(), calls(), event_of(2.0, "Reject", "S2"), books(2.1, "declined")], FAIL),
    (unknown_until_told, {}, [sells(), calls(), device_says(1.1, 401), books(1.2, "declined")], PASS),
    (unknown_until_told, {}, [sells(), calls(), asks(2.0), device_says(2.1, 404), books(2.2, "declined")], FAIL),
    (unknown_until_told, {}, [sells()], INCONC),
    (settles_as_told, SETTLED, PAID, PASS),
    (settles_as_told, SETTLED, [*SOLD, complete(4.1), books(15.0, "paid", "12.40")], FAIL),
    (settles_as_told, SETTLED, [*SOLD, complete(4.1), LONG], FAIL),
    (settles_as_told, SETTLED, [*SOLD, complete(4.1), shows(5.0)], INCONC),
    (settles_as_told, SETTLED, [*PAID, books(9.0, "unknown")], FAIL),
    (settles_as_told, SETTLED, [*SOLD, LONG], INCONC),
    (settles_as_told, UNSETTLED, DECLINED, PASS),
    (settles_as_told, UNSETTLED, [*DECLINED[:-1], books(4.2, "paid", "12.40"), LONG], FAIL),
    (stands_open, {}, [*DROPPED, books(200.0, "unknown")], PASS),
    (stands_open, {}, [*DROPPED, books(2.0, "pending")], PASS),
    (stands_open, {}, [*DROPPED, books(200.0, "declined")], FAIL),
    (stands_open, {}, PAID, INCONC),
    (stands_open, {}, [sells(), pays(), books(1.0, "pending"), *SOLD[2:], complete(4.1), books(4.2, "paid")], PASS),
    (stands_open, {}, [sells(), pays(), books(1.0, "declined"), *SOLD[2:], complete(4.1), books(4.2, "paid")], FAIL),
    (stands_open, {}, [sells(), books(0.1, "open")], INCONC),
    (agrees, {}, PAID, PASS),
    (agrees, {}, DECLINED, PASS),
    (agrees, {}, [*DROPPED, books(200.0, "unknown")], PASS),
    (agrees, {}, [*DROPPED, books(200.0, "declined")], FAIL),
    (agrees, {}, [*PAID, books(9.0, "paid", "12.40", "B")], FAIL),
    (agrees, {"journal": False}, [*PAID[:3], answers(), *PAID[5:]], PASS),
    (agrees, {"journal": False}, [*PAID[:3], answers(), books(5.0, "declined")], FAIL),
    (agrees, {}, [sells(), books(0.1, "open")], INCONC),
    (answers_orders, SOON, PAID, PASS),
    (answers_orders, SOON, [*SOLD[:-1], LONG], FAIL),
    (answers_orders, SOON, SOLD[:-1], INCONC),
    (answers_orders, SOON, [*DROPPED, LONG], INCONC),
    (answers_orders, SOON, [*DROPPED, (400.0, "cloud", 2, OK), answers(401.0, line=2)], PASS),
    (answers_orders, {**SOON, "after_drop": "resend"}, [*DROPPED, (400.0, "cloud", 2, OK), LONG], FAIL),
    (answers_orders, SOON, [*DROPPED, (400.0, "cloud", 2, OK), LONG], INCONC),
    (answers_orders, SOON, [*DROPPED, (400.0, "cloud", 2, OK), answers(450.0, line=2)], FAIL),
    (answers_orders, SOON, [sells()], INCONC),
    (comes_back, SOON, PAID, PASS),
    (comes_back, SOON, DECLINED, PASS),
    (comes_back, SOON, [*SOLD, complete(30.0)], FAIL),
    (comes_back, SOON, [*SOLD, complete(4.1, "FAILED"), LONG], INCONC),
    (comes_back, SOON, [sells()], INCONC),
    (shows_the_end, SOON, PAID, PASS),
    (shows_the_end, SOON, [shows(0.0), *SOLD, complete(30.0), books(30.0, "paid", "12.40")], FAIL),
    (shows_the_end, SOON, SOLD, INCONC),
    (both_told, {}, [goes(1.0, "reconnecting"), goes(9.0, "online")], PASS),
    (both_told, {}, [lists(1.0), lists(9.0, "2211SIP0")], PASS),
    (both_told, {}, [event_of(1.0, "OutOfOrder"), event_of(9.0, "Initialised")], PASS),
    (both_told, {}, [goes(1.0, "reconnecting")], INCONC),
    (both_told, {}, [goes(1.0, "online")], INCONC),
    (away, {}, [sells(), refuses(1.0), books(1.1, "declined")], PASS),
    (away, {}, [sells(), books(1.1, "paid", "12.40")], FAIL),
    (away, {}, [sells(), charges()], FAIL),
    (away, {}, [sells(), refuses(1.0), (9.0, "cloud", 2, OK), carried(10.0), books(14.0, "paid", "12.40")], PASS),
    (away, {}, PAID, INCONC),
    (away, {}, [shows(0.0)], INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), SAMPLES)
def test_each_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding


OF_OURSELVES = {comes_back: {PASS, FAIL, INCONC}, both_told: {PASS, INCONC}}


@pytest.mark.parametrize("check", sorted(checks_of(end_to_end), key=lambda check: check.__name__))
def test_each_rule_was_seen_both_ways(check):
    assert {verdict for one, _, _, verdict in SAMPLES if one is check} == OF_OURSELVES.get(check, {PASS, FAIL, INCONC})


@pytest.mark.parametrize(("beside", "verdict"), [([], INCONC), ([(0.0, "terminal", 0, Mains(on=True))], FAIL)])
def test_a_restart_of_the_pos_is_no_failing_of_the_bench(beside, verdict):
    """The lines of the terminal outlive it, as they should: what the POS does is held against it all the same."""
    begins = [
        (0.0, "bench", 0, Mains(on=True)),
        *beside,
        (0.1, "cloud", 1, Opened(1, "primary")),
        (0.2, "cloud", 1, OK),
    ]
    restart = [(3.0, "bench", 0, Mains(on=False)), (3.1, "bench", 0, Mains(on=True))]
    happened = trace(
        *begins, sells(1.0), pays(1.1), carried(), *restart, (40.0, "cloud", 1, Received(1, b"{}")), pays(50.0)
    )
    assert impairment.excused(ordered_once(happened), happened).verdict is verdict
