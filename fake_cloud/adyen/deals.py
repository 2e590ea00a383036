"""What was asked of terminals, money asked for or given back, and what became of it: no other request knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from urllib.parse import urlencode

from fake_cloud.adyen.instructions import Settle
from harness.wire import nexo
from harness.wire.envelope import Key
from harness.wire.nexo import (
    MessageHeader,
    PaymentReceipt,
    PaymentRequest,
    PaymentResponse,
    ReversalRequest,
    ReversalResponse,
    SaleToPOIResponse,
)


@dataclass(slots=True)
class Deal:
    """Something that was asked for. `line`: where a synchronous caller waits, None for an asynchronous one or one that
    was answered; `key`: with which its reply is sealed; `response`: its outcome, None while it runs or for ever."""

    number: int
    request: PaymentRequest
    header: MessageHeader
    line: int | None
    key: Key | None
    settle: Settle
    response: SaleToPOIResponse | None = None

    @property
    def moved(self) -> PaymentResponse | None:
        """Its outcome, if money was moved."""
        said = None if self.response is None else self.response.payment
        return said if said is not None and said.result in ("Success", "Partial") else None


class Deals:
    """All of a run, by their numbers."""

    def __init__(self) -> None:
        self._deals: dict[int, Deal] = {}
        self._numbers = count(1)

    def __iter__(self) -> Iterator[Deal]:
        return iter(self._deals.values())

    def add(self, request: PaymentRequest, header: MessageHeader, line: int | None, key: Key | None,
            settle: Settle) -> Deal:  # fmt: skip
        deal = Deal(next(self._numbers), request, header, line, key, settle)
        self._deals[deal.number] = deal
        return deal

    def get(self, number: int) -> Deal | None:
        return self._deals.get(number)

    def about(self, sale_id: str, service_id: str) -> list[Deal]:
        """Those that were asked for under these ids."""
        return [deal for deal in self if (deal.header.sale_id, deal.header.service_id) == (sale_id, service_id)]

    # ---- Giving back -------------------------------------------------------------------------------------------------

    def amount(self, deal: Deal) -> str:
        """What it is about: of a reversal that does not say, all that was paid."""
        paid = None if deal.request.amount else self._reversed(deal)
        return deal.request.amount if paid is None else paid.amount

    def irreversible(self, deal: Deal) -> str:
        """The ErrorCondition of a reversal that cannot be, of what was not paid or of more than that; "" else."""
        if not isinstance(deal.request, ReversalRequest):
            return ""
        if (paid := self._reversed(deal)) is None:
            return "NotFound"
        same = (one.moved for one in self if one is not deal and self._reversed(one) == paid)
        gone = sum((Decimal(moved.amount) for moved in same if moved is not None), Decimal(0))
        return "NotAllowed" if gone + Decimal(self.amount(deal)) > Decimal(paid.amount) else ""

    def _reversed(self, deal: Deal) -> PaymentResponse | None:
        """The payment that a reversal is to give back, if it was made."""
        asked = deal.request
        if not isinstance(asked, ReversalRequest):
            return None
        moved = (one.moved for one in self if not isinstance(one.request, ReversalRequest))
        found = (paid for paid in moved if paid is not None and paid.amount)
        return next((paid for paid in found if paid.poi_transaction == asked.original), None)

    # ---- Outcomes ----------------------------------------------------------------------------------------------------

    def response(self, deal: Deal, how: Settle, at: str) -> SaleToPOIResponse:
        """What is said of it, if it ends like that. `at`: TimeStamp of the end."""
        asked = deal.request
        amount = self.amount(deal) if how.amount is None else how.amount
        paid = how.result in ("Success", "Partial")
        amount, error = (amount, "") if paid else ("", how.error or "Refusal")
        transaction = f"CWf30016{deal.number:011}.NC6HT9CRT6{deal.number:06}"
        receipts = _receipts(asked, amount, how) if how.receipts is None else how.receipts
        body: PaymentResponse
        if isinstance(asked, ReversalRequest):
            body = ReversalResponse(how.result, amount=amount, error=error, additional=how.additional,
                                    poi_transaction=transaction, receipts=receipts, poi_at=at)  # fmt: skip
        else:
            details = {"tid": "47314497", "transactionType": "GOODS_SERVICES",
                       "posAuthAmountValue": amount.replace(".", "")}  # fmt: skip
            body = PaymentResponse(
                how.result,
                reference=asked.reference,
                at=at,
                amount=amount,
                currency=asked.currency if how.currency is None else how.currency,
                error=error,
                additional=how.additional or urlencode(details),
                poi_transaction=transaction,
                receipts=receipts,
                masked_pan="541333 **** 9999",
                brand="mc",
            )
        header = deal.header.answered()
        header = replace(
            header,
            sale_id=header.sale_id if how.sale_id is None else how.sale_id,
            service_id=header.service_id if how.service_id is None else how.service_id,
            poi_id=header.poi_id if how.poi_id is None else how.poi_id,
        )
        return nexo.response(header, body)


def _receipts(asked: PaymentRequest, amount: str, how: Settle) -> tuple[PaymentReceipt, ...]:
    lines = (f"{asked.currency} {amount or asked.amount}".strip(), how.result, asked.reference)
    return (PaymentReceipt("CashierReceipt", lines), PaymentReceipt("CustomerReceipt", (*lines, "VIELEN DANK, ÇA VA")))
