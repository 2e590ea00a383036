"""Rules about refunds: money is given back once, for what was asked, and no refund counts as a sale.

A POS may enter a refund by itself or turn the sale that it gives back; both are taken."""

from __future__ import annotations

from harness.checks.adyen_reading import Delivered, bookings, deliveries, payments, posted_before, results
from harness.checks.reading import failed, passed, undecided
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding
from harness.wire.nexo import SaleToPOIRequest, answers, same_amount


def gives_back_once(trace: Trace, *, sale: str, amount: str, wait: float) -> Finding:
    """After the result of a refund its amount is given back, once, and nothing but the sale is paid (ADY-093, 094,
    096). `sale`: the reference of what was paid; `wait`: seconds for which the book is looked at after the last
    result."""
    expected = f"{amount} is refunded once, and no sale but {sale} is paid"
    taken = [one for one in _of_refunds(trace) if one.acknowledged]
    if not taken or taken[-1].answer is None or trace.end < taken[-1].answer.at + wait:
        return undecided(expected, "no result of a refund was taken, or the trace ends too soon")
    sold = [event for event, body in bookings(trace) if body.state == "paid" and body.reference != sale]
    if sold:
        return failed(expected, f"{sold[0].body.reference} is paid, a refund", [taken[0].posted, *sold])
    back = [event for event, body in bookings(trace) if body.state == "refunded"]
    if not back:
        return failed(expected, "nothing is refunded", [taken[0].posted])
    if len({event.body.reference for event in back}) > 1:
        return failed(expected, "it is refunded more than once", [taken[-1].posted, *back])
    other = [event for event in back if not same_amount(event.body.amount, amount)]
    if other:
        return failed(expected, f"refunded is {other[0].body.amount or 'no amount'}", other)
    return passed(expected, f"so it stands after {len(taken)} results", back[-1:])


def gives_nothing_back(trace: Trace, *, sale: str, wait: float) -> Finding:
    """By a result that says that it failed, or is another's, nothing is given back (ADY-093, 094). `sale`, `wait`: as
    above."""
    expected = "nothing is refunded"
    asked = [event for event, payment in payments(trace) if payment.gives_back]
    sent = [one for one in results(trace) if one.answer is not None and asked and one.posted.at > asked[0].at]
    if not sent or sent[-1].answer is None or trace.end < sent[-1].answer.at + wait:
        return undecided(expected, "no result was taken after a refund was asked for, or the trace ends too soon")
    back = [event for event, body in bookings(trace)
            if body.state == "refunded" or (body.state == "paid" and body.reference != sale)]  # fmt: skip
    if back:
        said = f"{back[0].body.reference} is {back[0].body.state}, {back[0].body.amount or 'no amount'}"
        return failed(expected, said, [*posted_before(sent, back[0]), back[0]])
    return passed(expected, f"so it stands after {len(sent)} results", [one.posted for one in sent])


def _of_refunds(trace: Trace) -> list[Delivered]:
    """The deliveries of results that belong to refunds."""
    calls = [event.body.message for event, payment in payments(trace) if payment.gives_back]
    asked = [call.header for call in calls if isinstance(call, SaleToPOIRequest)]
    return [
        one for one in deliveries(trace)
        if one.result is not None and one.header is not None and any(answers(one.header, header) for header in asked)
    ]  # fmt: skip
