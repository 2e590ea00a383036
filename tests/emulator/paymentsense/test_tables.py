"""Pay at table: bills, locks, payments and receipts."""

from __future__ import annotations

import pytest

from tests.emulator.paymentsense.till import Till


def till(**changes) -> Till:
    return Till(integration="pat", tables={"12": "12.40", "14": "0.00"}, **changes).online()


def asked(of: Till, method: str, **params):
    """The answer to what a card machine asks."""
    return of.says(id=f"q{len(of.replies)}", method=method, params=params).replies[-1]


def test_tables_with_something_due_are_listed():
    assert asked(till(), "tableListRequest", tid="T1")["result"] == {"tables": ["12"], "currency": "GBP"}


def test_a_lock_is_granted_once_and_until_unlocked():
    house = till()
    assert asked(house, "tableLockRequest", tableId="12")["result"] == {
        "confirmed": True,
        "amount": 1240,
        "currency": "GBP",
    }
    assert asked(house, "tableLockRequest", tableId="12")["result"] == {"confirmed": False}
    house.says(method="tableUnlock", params={"tableId": "12"})
    assert asked(house, "tableLockRequest", tableId="12")["result"]["confirmed"] is True


def test_a_locked_table_is_not_edited_by_drop_or_restart():
    house = till()
    asked(house, "tableLockRequest", tableId="12")
    house.press("table", name="12", amount="20.00")
    assert "locked" in house.screen
    house.dropped()
    again = Till(storage=house.storage, integration="pat").online().press("table", name="12", amount="20.00")
    assert "locked" in again.screen
    assert asked(again, "tableLockRequest", tableId="12")["result"] == {"confirmed": False}
    again.press("table", name="12", unlock="true").press("table", name="12", amount="20.00")
    assert "20.00" in again.screen


@pytest.mark.parametrize("table", ["99", "14"])
def test_nothing_is_locked_that_owes_nothing(table):
    answer = asked(till(), "tableLockRequest", tableId=table)
    assert answer.get("result") == {"confirmed": False} or answer["error"]["code"] == -32602


def test_payments_are_counted_once_each():
    house = till()
    half = {"paymentId": "p1", "amountPaid": 240}
    for payments in ([half], [half, {"paymentId": "p2", "amountPaid": 1000}]):
        house.says(method="transactionResponse", params={"tableId": "12", "payments": payments})
    assert house.booked == [("12", "open", "2.40"), ("12", "paid", "12.40")]
    assert house.replies == []
    assert asked(house, "tableListRequest")["result"] == {"tables": []}


def test_a_report_that_wants_an_answer_gets_one():
    answer = asked(till(), "transactionResponse", tableId="12", payments=[{"amountPaid": 1240}])
    assert answer["result"] == {}


@pytest.mark.parametrize("method", ["posReceiptRequest", "finalPOSReceiptRequest"])
def test_receipts_are_printed(method):
    lines = asked(till(final_receipt=True), method, tableId="12")["result"]["receiptLines"]
    assert "Total 12.40" in [line["value"] for line in lines]


def test_a_waiter_opens_a_table():
    house = till().press("table", name="7", amount="33.00")
    assert asked(house, "tableListRequest")["result"]["tables"] == ["12", "7"]
    assert house.booked == [("7", "open", "0.00")]


def test_what_nobody_knows_is_said_to_be_unknown_and_a_notification_is_not():
    house = till()
    assert asked(house, "tableDance")["error"]["code"] == -32601
    house.says(method="tableDance", params={})
    assert len(house.replies) == 1


@pytest.mark.parametrize(("text", "code"), [("{", -32700), ("nonsense", -32700), ('[{"jsonrpc":"2.0"}]', -32600)])
def test_what_is_no_message_is_said_to_be_none(text, code):
    house = till()
    house.hears(house.server.text(text))
    assert house.replies[-1]["error"]["code"] == code
    assert house.replies[-1]["id"] is None
