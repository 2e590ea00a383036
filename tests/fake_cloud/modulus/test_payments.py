"""Payments at the gateway: decided, scripted, withheld, late, doubled, voided; and terminals that come and go."""

from __future__ import annotations

from typing import Any

import pytest

from fake_cloud.modulus import sayings
from fake_cloud.modulus.delivery import GONE, SILENCE, TWICE, Delivery
from fake_cloud.modulus.instructions import (
    Answers,
    Bend,
    Decide,
    Decision,
    End,
    Goes,
    Release,
    Say,
    Settle,
    Straighten,
    Unheard,
    Void,
)
from fake_cloud.modulus.terms import Key, Paired
from harness.wire import modulus
from harness.wire.endpoint import Received
from tests.fake_cloud.modulus.dialogue import KEY, Dialogue

FIRST, SECOND = "TERM-001", "TERM-002"


def complete(transaction_id: str = "TXN-1", status: str = "SUCCESS", terminal_id: str = FIRST, **more: Any) -> Any:
    """A paymentComplete as it comes for a payment of 12.40 PHP by card."""
    about = {"currency": "PHP", "paymentMethod": "CARD", "receiptData": f"receipt of {transaction_id}"}
    response = sayings.response(transaction_id, status, **{**about, **more})
    return sayings.result(terminal_id, response)


@pytest.fixture
def till() -> Dialogue:
    """A dialogue with a POS on line 1."""
    dialogue = Dialogue()
    dialogue.connect()
    return dialogue


# ---- As the document goes --------------------------------------------------------------------------------------------


def test_a_payment_is_decided_and_its_result_pushed(till: Dialogue):
    till.pay(1, metadata={"table": 7})
    assert till.news(1) == []
    till.wait(10)
    assert till.timed(1) == [(4.0, complete(metadata={"table": 7}))]
    assert [type(body) for _, body in till.noted][-1] is modulus.PaymentComplete
    assert till.noted[-1][1].faults == ()


def test_an_order_without_an_id_gets_one():
    dialogue = Dialogue()
    line = dialogue.connect()
    dialogue.say(
        line,
        '{"action":"payment","terminalId":"TERM-001","paymentRequest":{"amount":1.5,"currency":"PHP","paymentMethod":"CARD"}}',
    )
    dialogue.wait(10)
    (result,) = dialogue.news(line)
    assert result["paymentResponse"]["transactionId"] == "TXN-000001"
    assert result["paymentResponse"]["amount"] == "1.5"


ORDER = '{"action":"payment","terminalId":"TERM-001","paymentRequest":{%s}}'
GOOD = '"transactionId":"T","amount":"1","currency":"PHP","paymentMethod":"CARD"'


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (ORDER.replace('"terminalId":"TERM-001",', "") % GOOD, "Bad Request", "terminalId is required"),
        ('{"action":"payment","terminalId":""}', "Bad Request", "paymentRequest is required"),
        (ORDER % "", "Bad Request", "paymentRequest is required"),
        (
            ORDER % GOOD.replace("PHP", "php"),
            "Bad Request",
            "paymentRequest.currency: does not fit pattern '^[A-Z]{3}$'",
        ),
        (ORDER.replace("-001", "-009") % GOOD, "Not Found", "Terminal connection not found"),
        (ORDER.replace("-001", "-002") % GOOD, "Not Found", "Terminal connection not found"),
    ],
)
def test_an_order_that_cannot_be_is_refused(text, error, message):
    dialogue = Dialogue(terminals=(Paired(FIRST), Paired(SECOND, "offline")))
    line = dialogue.connect()
    dialogue.say(line, text)
    assert dialogue.news(line) == [{"action": "error", "error": error, "message": message}]
    dialogue.wait(100)
    assert dialogue.news(line) == []


@pytest.mark.parametrize(
    ("shape", "more"),
    [("bare", {}), ("action", {"action": "error"}), ("transaction", {"action": "error", "transactionId": "TXN-1"})],
)
def test_errors_have_the_shape_of_the_profile(shape, more):
    dialogue = Dialogue(shape=shape)
    line = dialogue.connect()
    dialogue.pay(line, terminal_id="TERM-009")
    assert dialogue.news(line) == [{**more, "error": "Not Found", "message": "Terminal connection not found"}]


def test_a_busy_terminal_takes_no_second_payment_and_the_other_does(till: Dialogue):
    till.pay(1, "A")
    till.pay(1, "B")
    till.pay(1, "C", SECOND)
    assert [said["error"] for said in till.news(1)] == ["Conflict"]
    till.wait(10)
    assert till.news(1) == [complete("A"), complete("C", terminal_id=SECOND)]


def test_a_busy_terminal_may_queue():
    dialogue = Dialogue(parallel="queue")
    line = dialogue.connect()
    for name in ("A", "B", "C"):
        dialogue.pay(line, name)
    dialogue.wait(60)
    assert dialogue.timed(line) == [(4.0, complete("A")), (8.0, complete("B")), (12.0, complete("C"))]


def test_a_transaction_id_is_used_once(till: Dialogue):
    till.pay(1)
    till.wait(10)
    till.news(1)
    till.pay(1)
    assert till.news(1) == [sayings.error("action", sayings.USED)]


def test_an_order_may_be_acknowledged_by_an_action_nobody_documented():
    dialogue = Dialogue(ack="unknown_action")
    line = dialogue.connect()
    dialogue.pay(line)
    assert dialogue.news(line) == [{"action": "paymentAccepted", "transactionId": "TXN-1"}]


def test_a_terminal_of_another_group_is_forbidden():
    dialogue = Dialogue(groups=True, terminals=(Paired(FIRST, group="shop"),), keys=(Key(KEY), Key("k", group="shop")))
    stranger = dialogue.connect(x_group_id="other")
    dialogue.pay(stranger)
    assert [said["error"] for said in dialogue.news(stranger)] == ["Forbidden"]
    for line in (dialogue.connect("k"), dialogue.connect(x_group_id="shop")):
        dialogue.pay(line, f"T{line}")
        assert dialogue.news(line) == []
        dialogue.wait(10)


# ---- As a case scripts it --------------------------------------------------------------------------------------------


def test_decisions_are_taken_in_the_order_scripted(till: Dialogue):
    failed = Decision("FAILED", after=1.0, more={"errorCode": "05", "errorMessage": "Do not honour"})
    till.tell(Decide(failed), Decide(Decision("CANCELLED", after=1.0), times=2))
    for number in range(4):
        till.pay(1, f"T{number}")
        till.wait(10)
    assert till.news(1) == [
        complete("T0", "FAILED", errorCode="05", errorMessage="Do not honour"),
        complete("T1", "CANCELLED"),
        complete("T2", "CANCELLED"),
        complete("T3"),
    ]


def test_a_script_without_an_end_lasts_until_straightened(till: Dialogue):
    till.tell(Decide(Decision("PENDING", after=1.0), times=None))
    for number in range(3):
        till.pay(1, f"T{number}")
        till.wait(2)
    till.tell(Straighten())
    till.pay(1, "T3")
    till.wait(10)
    statuses = [said["paymentResponse"]["status"] for said in till.news(1)]
    assert statuses == ["PENDING", "PENDING", "PENDING", "SUCCESS"]


def test_a_withheld_result_comes_when_released_and_once(till: Dialogue):
    till.tell(Decide(Decision(withheld=True)))
    till.pay(1)
    till.wait(200)
    assert till.news(1) == []
    till.tell(Release(), Release())
    assert till.timed(1) == [(200.0, complete())]


@pytest.mark.parametrize(
    ("delivery", "heard"),
    [
        (SILENCE, []),
        (TWICE, [complete(), complete()]),
        (
            Delivery(changes={"paymentResponse.transactionId": "TXN-9"}),
            [complete("TXN-9", receiptData="receipt of TXN-1")],
        ),
        (Delivery(changes={"terminalId": SECOND}), [complete(terminal_id=SECOND)]),
        (Delivery(changes={"paymentResponse": GONE}), [{"action": "paymentComplete", "terminalId": FIRST}]),
    ],
)
def test_a_result_is_altered(till: Dialogue, delivery, heard):
    till.tell(Decide(Decision(delivery=delivery)))
    till.pay(1)
    till.wait(10)
    assert till.news(1) == heard


def test_all_results_are_bent(till: Dialogue):
    till.tell(Bend(Answers.RESULT, Delivery(changes={"paymentResponse.amount": "1.00"})))
    till.pay(1)
    till.wait(10)
    assert [said["paymentResponse"]["amount"] for said in till.news(1)] == ["1.00"]


def test_results_are_reordered(till: Dialogue):
    till.tell(Decide(Decision(after=9.0)), Decide(Decision(after=2.0)))
    till.pay(1, "A")
    till.pay(1, "B", SECOND)
    till.wait(10)
    assert [said["paymentResponse"]["transactionId"] for said in till.news(1)] == ["B", "A"]


def test_a_foreign_result_is_said(till: Dialogue):
    till.tell(Say(sayings.result(FIRST, sayings.response("TXN-9"))))
    assert till.news(1) == [sayings.result(FIRST, sayings.response("TXN-9"))]


def test_a_pending_payment_is_settled_later(till: Dialogue):
    till.tell(Decide(Decision("PENDING", after=1.0)))
    till.pay(1)
    till.wait(2)
    till.tell(Settle(Decision()))
    assert till.news(1) == [complete(status="PENDING"), complete()]


def test_a_payment_is_voided(till: Dialogue):
    till.pay(1)
    till.wait(10)
    till.news(1)
    till.tell(Void(reason="wrong table"))
    assert till.news(1) == [
        {"action": "paymentVoided", "terminalId": FIRST, "transactionId": "TXN-1", "voidReason": "wrong table"}
    ]
    assert till.gateway.fleet.transactions["TXN-1"].state == "VOIDED"


def test_what_has_no_payment_is_noted(till: Dialogue):
    till.tell(Void(), Settle(Decision()), Void("TXN-9"))
    assert [body for _, body in till.noted[-3:]] == [Unheard("a void"), Unheard("a result"), Unheard("a void")]


# ---- A POS that was away ---------------------------------------------------------------------------------------------


def test_a_missed_result_is_replayed_once_after_a_reconnect(till: Dialogue):
    till.pay(1)
    till.leave(1)
    till.wait(60)
    again = till.connect()
    assert till.news(again) == [complete()]
    till.leave(again)
    assert till.news(till.connect()) == []


def test_a_missed_result_may_be_lost():
    dialogue = Dialogue(replay="never")
    dialogue.pay(dialogue.connect())
    dialogue.tell(End())
    dialogue.wait(60)
    assert dialogue.news(dialogue.connect()) == []


def test_a_result_goes_to_who_ordered_it():
    dialogue = Dialogue(keys=(Key(KEY), Key("other")))
    orderer, other = dialogue.connect(), dialogue.connect("other")
    dialogue.pay(orderer)
    dialogue.leave(orderer)
    dialogue.wait(60)
    assert dialogue.news(other) == []
    assert dialogue.news(dialogue.connect()) == [complete()]


# ---- Terminals that come and go --------------------------------------------------------------------------------------


def update(status: str, connection: int = 1) -> dict[str, str]:
    said = sayings.status_update(FIRST, f"conn-{FIRST}-{connection}", status, "")
    return {name: value for name, value in said.items() if name != "timestamp"}


def test_a_terminal_that_reconnects_in_its_grace_goes_on(till: Dialogue):
    till.pay(1)
    till.wait(1)
    till.tell(Goes(FIRST, "reconnecting"))
    till.wait(30)
    assert till.gateway.fleet.transactions["TXN-1"].state == "AWAITING_RECONNECT"
    till.tell(Goes(FIRST, "online"))
    till.wait(100)
    assert till.timed(1) == [(1.0, update("reconnecting")), (31.0, update("connected", 2)), (35.0, complete())]


def test_a_terminal_that_stays_away_loses_its_payment(till: Dialogue):
    till.pay(1)
    till.tell(Goes(FIRST, "reconnecting"))
    till.wait(60)
    lost = complete(status="FAILED", errorCode="TERMINAL_DISCONNECTED", errorMessage="Terminal did not return")
    assert till.timed(1) == [(0.0, update("reconnecting")), (60.0, update("disconnected")), (60.0, lost)]
    till.wait(100)
    assert till.news(1) == []


def test_an_order_for_a_reconnecting_terminal_waits_for_it(till: Dialogue):
    till.tell(Goes(FIRST, "reconnecting", told=False))
    till.pay(1)
    till.wait(20)
    assert till.news(1) == []
    till.tell(Goes(FIRST, "online", told=False))
    till.wait(10)
    assert till.timed(1) == [(24.0, complete())]


def test_a_terminal_goes_by_its_present_connection(till: Dialogue):
    till.tell(Goes(FIRST, "offline", told=False), Goes(FIRST, "online", told=False))
    till.pay(1, "A", f"conn-{FIRST}-1")
    till.pay(1, "B", f"conn-{FIRST}-2")
    till.wait(10)
    refused, result = till.news(1)
    assert refused["error"] == "Not Found"
    assert result == complete("B", terminal_id=f"conn-{FIRST}-2")


def test_a_terminal_nobody_knew_is_paired_as_it_comes(till: Dialogue):
    till.tell(Goes("TERM-003", "online"))
    assert [said["connectionId"] for said in till.news(1)] == ["conn-TERM-003-1"]
    till.pay(1, terminal_id="TERM-003")
    till.wait(10)
    assert till.news(1) == [complete(terminal_id="TERM-003")]


def test_news_of_terminals_are_bent(till: Dialogue):
    till.tell(Bend(Answers.STATUS, SILENCE, times=1), Goes(FIRST, "offline"), Goes(FIRST, "online"))
    assert till.news(1) == [update("connected", 2)]


def test_a_displaced_line_hears_no_news(till: Dialogue):
    newer = till.connect()
    till.news(1)
    till.tell(Goes(FIRST, "offline"))
    assert till.news(1) == []
    assert till.news(newer) == [update("disconnected")]


def test_a_payment_on_a_line_that_was_left_is_still_an_order(till: Dialogue):
    frame = till.clients[1].text(modulus.payment(FIRST, "TXN-1", "12.40"))
    till.feed(Received(1, frame[:20]))
    till.feed(Received(1, frame[20:]))
    till.wait(10)
    assert till.news(1) == [complete()]
