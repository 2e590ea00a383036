"""Pay at table: what a card machine asks an EPoS in the course of a guest's payment, step by step."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from fake_cloud.paymentsense.instructions import Visit
from fake_cloud.paymentsense.line import Line, Switchboard
from fake_cloud.paymentsense.terms import Terms
from harness.wire.endpoint import Output
from harness.wire.paymentsense import Answer, Result

Step = tuple[str, dict[str, Any]]
"""A method and its params."""

Walk = Generator[Step, Answer | None, None]
"""The steps of one visit, each resumed with its answer."""

WAITER = "1"

TOLD = {"transactionResponse", "tableUnlock"}
"""Methods that bring news and want no answer."""


def steps(visit: Visit, final_receipt: bool) -> Walk:
    """The steps of a visit, each resumed with its answer: None if it had none in time, or wants none.

    A machine that is not answered, or refused, takes it for empty or failed and ends the visit; what it has locked it
    unlocks."""

    def wanted(method: str) -> bool:
        return not visit.only or method in visit.only

    table = {"tid": visit.tid, "tableId": visit.table}
    if wanted("tableListRequest"):
        answer = yield "tableListRequest", {"tid": visit.tid, "waiterId": WAITER}
        tables = answer.part("tables") if isinstance(answer, Result) else None
        if not isinstance(tables, list) or visit.table not in tables:
            return
    amount, currency = sum(visit.payments), "GBP"
    if wanted("tableLockRequest"):
        answer = yield "tableLockRequest", table
        if not isinstance(answer, Result) or answer.part("confirmed") is not True:
            return
        amount, currency = answer.part("amount"), answer.part("currency")
    if visit.bill and wanted("posReceiptRequest"):
        yield "posReceiptRequest", table
    if wanted("transactionResponse"):
        payments = visit.payments or (amount if isinstance(amount, int) else 0,)
        yield "transactionResponse", {**table, **_paid(payments, currency)}
    if final_receipt and wanted("finalPOSReceiptRequest"):
        yield "finalPOSReceiptRequest", table
    if visit.release and wanted("tableUnlock"):
        yield "tableUnlock", table


def _paid(payments: tuple[int, ...], currency: Any) -> dict[str, Any]:
    """What a machine tells of the payments it took."""
    return {
        "amountTotal": sum(payments),
        "currency": currency,
        "payments": [
            {
                "paymentId": f"P{number}",
                "paymentMethod": "ICC_CHIP",
                "cardSchemeName": "VISA DEBIT",
                "amountPaid": paid,
                "amountCashback": 0,
                "amountGratuity": 0,
                "authCode": f"{200_000 + number}",
                "currency": currency,
            }
            for number, paid in enumerate(payments, 1)
        ],
    }


class Tables:
    """The visits that go on. `asked`: methods that want an answer although the document has none for them."""

    def __init__(self, terms: Terms, board: Switchboard) -> None:
        self._board = board
        self._within = terms.answer_within
        self._told = TOLD - set(terms.methods_asked)

    def begin(self, visit: Visit, line: Line, now: float) -> Iterator[Output]:
        """A guest pays, at a machine that is served by this connection."""
        flag = line.admitted is not None and line.admitted.final_receipt
        yield from self._advance(steps(visit, flag), line.number, None, now)

    def _advance(self, walk: Walk, line: int, answer: Answer | None, now: float) -> Iterator[Output]:
        step = next(_resumed(walk, answer), None)
        if step is None:
            return
        method, params = step
        if method in self._told:
            yield from self._board.notify(line, method, params, now)
            yield from self._advance(walk, line, None, now)
        else:
            onward = lambda answer, now: self._advance(walk, line, answer, now)  # noqa: E731
            yield from self._board.ask(line, method, params, self._within, onward, now)


def _resumed(walk: Walk, answer: Answer | None) -> Iterator[Step]:
    """The next step of a visit, or nothing after its last."""
    try:
        yield walk.send(answer)
    except StopIteration:
        return
