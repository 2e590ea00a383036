"""What survives a power cut."""

from __future__ import annotations

from emulator.ledger import Ledger
from harness.wire.econduit import Command

SALE = Command({"Command": "Sale", "RefID": "a b", "Amount": "1.00"})
VOID = Command({"Command": "Void", "RefID": "a b"})
APPROVED = {"ResultCode": "Approved", "RefID": "a b"}


def test_an_outcome_is_known_by_command_and_reference():
    flash: dict[str, str] = {}
    Ledger(flash).record(SALE, APPROVED)
    assert Ledger(flash).recall(SALE) == APPROVED
    assert Ledger(flash).recall(VOID) is None
    assert Ledger(flash).latest("a b") == APPROVED
    assert Ledger(flash).latest("b") is None


def test_only_an_approved_first_transaction_is_a_charge():
    ledger = Ledger({})
    ledger.record(VOID, APPROVED)
    ledger.record(SALE, {**APPROVED, "ResultCode": "Declined"})
    assert not ledger.has_charged("a b")
    ledger.record(SALE, APPROVED)
    assert ledger.has_charged("a b")


def test_debts_are_paid_once_and_in_order():
    flash: dict[str, str] = {}
    ledger = Ledger(flash)
    for command in (VOID, SALE):
        ledger.record(command, {**APPROVED, "TransType": command.name})
        ledger.owe(command)
    assert next(ledger.pay())["TransType"] == "Void"
    assert [response["TransType"] for response in Ledger(flash).pay()] == ["Sale"]
    assert list(Ledger(flash).pay()) == []
