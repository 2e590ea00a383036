"""A gateway whose payments are decided elsewhere: carried to the exchange, their outcomes told in its own dialect."""

from __future__ import annotations

from typing import Any

import pytest

from fake_cloud.order import Fate, Order, Outcome, Reach
from harness.wire.endpoint import Tell, Told
from tests.fake_cloud.modulus.dialogue import Dialogue

ORDER = Order(1, "TERM-001", {"Command": "Sale", "RefID": "TXN-1", "Amount": "12.40"})


@pytest.fixture
def till() -> Dialogue:
    """A POS on line 1, and a payment that is with the exchange."""
    dialogue = Dialogue(exchange=True)
    dialogue.connect()
    dialogue.pay(1)
    assert dialogue.others == [Tell("exchange", ORDER)]
    return dialogue


def outcome(till: Dialogue, fate: Fate, **fields: str) -> list[dict[str, Any]]:
    """What the POS hears of an outcome."""
    till.feed(Told("exchange", Outcome(1, fate, fields)))
    return [said["paymentResponse"] for said in till.news(1) if said["action"] == "paymentComplete"]


ANSWERS = [
    (
        Fate.ANSWERED,
        {"ResultCode": "Approved", "Amount": "12.40", "AuthCode": "A7"},
        "SUCCESS",
        {"authorizationCode": "A7"},
    ),
    (Fate.ANSWERED, {"ResultCode": "Declined", "Message": "no funds"}, "FAILED", {"errorMessage": "no funds"}),
    (Fate.ANSWERED, {"ResultCode": "Cancelled"}, "CANCELLED", {}),
    (Fate.ANSWERED, {"ResultCode": "Error", "Message": "jam"}, "FAILED", {"errorMessage": "jam"}),
    (Fate.OFFLINE, {}, "FAILED", {"errorCode": "TERMINAL_OFFLINE"}),
    (Fate.BUSY, {}, "FAILED", {"errorCode": "TERMINAL_BUSY"}),
]


@pytest.mark.parametrize(("fate", "fields", "status", "more"), ANSWERS)
def test_an_outcome_is_told_in_the_dialect(till: Dialogue, fate, fields, status, more):
    (response,) = outcome(till, fate, **fields)
    assert {**response, **more} == response
    assert (response["transactionId"], response["status"], response["amount"]) == ("TXN-1", status, "12.40")


def test_the_amount_is_what_the_terminal_says(till: Dialogue):
    (response,) = outcome(till, Fate.ANSWERED, ResultCode="Approved", Amount="10.00")
    assert response["amount"] == "10.00"


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.TIMED_OUT])
def test_what_is_neither_yes_nor_no_is_not_told_and_a_late_answer_is(till: Dialogue, fate):
    assert outcome(till, fate) == []
    till.wait(300)
    assert till.news(1) == []
    assert [response["status"] for response in outcome(till, Fate.ANSWERED, ResultCode="Approved")] == ["SUCCESS"]


def test_a_terminal_that_drops_and_returns_is_ordered_nothing_again(till: Dialogue):
    till.feed(Told("exchange", Reach("TERM-001", online=False)))
    till.wait(90)
    till.feed(Told("exchange", Reach("TERM-001", online=True)))
    assert [said["status"] for said in till.news(1)] == ["reconnecting", "disconnected", "connected"]
    assert till.others == [Tell("exchange", ORDER)]
    assert till.gateway.fleet.transactions["TXN-1"].state == "PENDING"


@pytest.mark.parametrize(("amount", "carried"), [("7", "7.00"), ("7.5", "7.50"), ("12,40", "12,40")])
def test_an_amount_is_carried_with_two_places(amount, carried):
    dialogue = Dialogue(exchange=True)
    dialogue.pay(dialogue.connect(), amount=amount)
    (told,) = dialogue.others
    assert isinstance(told, Tell)
    assert isinstance(told.body, Order)
    assert told.body.fields["Amount"] == carried


def test_an_outcome_of_nothing_changes_nothing(till: Dialogue):
    till.feed(Told("exchange", Outcome(9, Fate.ANSWERED, {"ResultCode": "Approved"})))
    till.feed(Told("exchange", Outcome(1, Fate.ANSWERED, {"ResultCode": "Perhaps"})))
    assert till.news(1) == []
