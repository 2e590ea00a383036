"""Payments that the gateway does not decide itself: carried to the exchange, and their outcomes said in its dialect.

What is neither yes nor no stays so: a payment whose terminal was lost with it gets no result until an answer comes."""

from __future__ import annotations

from collections.abc import Iterator

from fake_cloud.modulus.fleet import Transaction
from fake_cloud.modulus.instructions import Decision
from fake_cloud.order import Fate, Order, Outcome
from harness.wire import modulus
from harness.wire.endpoint import Output, Tell
from harness.wire.modulus_schema import CANCELLED, FAILED, SUCCESS

EXCHANGE = "exchange"

STATUSES = {"Approved": SUCCESS, "Declined": FAILED, "Cancelled": CANCELLED, "Error": FAILED}
"""What a terminal's ResultCode is called here."""

REFUSALS = {Fate.OFFLINE: ("TERMINAL_OFFLINE", "Terminal is offline"), Fate.BUSY: ("TERMINAL_BUSY", "Terminal is busy")}


class Carried:
    """The orders that are with the exchange, by the number they were given there."""

    def __init__(self) -> None:
        self._orders: dict[int, Transaction] = {}

    def carry(self, order: Transaction) -> Iterator[Output]:
        """Hand an order over, once: one whose terminal dropped is still with it."""
        if order in self._orders.values():
            return
        number = len(self._orders) + 1
        self._orders[number] = order
        value = modulus.decimal(order.amount)
        amount = order.amount if value is None else f"{value:.2f}"
        fields = {"Command": "Sale", "RefID": order.id, "Amount": amount}
        yield Tell(EXCHANGE, Order(number, order.terminal.device_id, fields))

    def decided(self, outcome: Outcome) -> tuple[Transaction, Decision] | None:
        """Which order an outcome is of, and how that is told here; None for what decides nothing."""
        order = self._orders.get(outcome.id)
        if order is None:
            return None
        if refusal := REFUSALS.get(outcome.fate):
            return order, Decision(FAILED, more={"errorCode": refusal[0], "errorMessage": refusal[1]})
        status = STATUSES.get(outcome.fields.get("ResultCode", ""))
        if outcome.fate is not Fate.ANSWERED or status is None:
            return None
        return order, Decision(status, more=_told(status, outcome.fields))


def _told(status: str, fields: dict[str, str]) -> dict[str, str]:
    """What a response of a terminal adds to a paymentResponse: the amount is what the terminal says it was."""
    amount = {"amount": fields["Amount"]} if fields.get("Amount") else {}
    if status == SUCCESS:
        return {**amount, "authorizationCode": fields.get("AuthCode", "")}
    return {**amount, "errorMessage": fields.get("Message", "")}
