"""Rules about results: which sale each belongs to, what it settles, and what is done when none comes."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from harness.checks.adyen_reading import (
    SETTLED,
    bookings,
    deliveries,
    payments,
    posted_before,
    results,
    screens,
    status_queries,
)
from harness.checks.reading import Times, failed, passed, shown, undecided
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding
from harness.wire.nexo import same_amount


def results_are_taken(trace: Trace) -> Finding:
    """Every genuine result is acknowledged with success (ADY-092, 096)."""
    expected = "each result is acknowledged with success"
    sent = [one for one in results(trace) if one.answer is not None]
    if not sent:
        return undecided(expected, "no result was sent")
    refused = [one for one in sent if not one.acknowledged]
    if refused:
        answer = refused[0].answer
        status = getattr(answer.body, "status", None) if answer is not None else None
        said = f"status {status}" if status is not None else "no answer"
        return failed(expected, f"{said} to a result", [one.posted for one in refused])
    return passed(expected, f"so were {len(sent)}", [one.posted for one in sent])


def settles(trace: Trace, *, reference: str, amount: str, within: float) -> Finding:
    """A sale comes to stand in the book as paid, for this amount and no other, so many seconds after its result was
    taken at most (ADY-091, 093, 094)."""
    expected = f"{reference} is paid, {amount}"
    taken = _result_taken(trace, reference)
    booked = bookings(trace, reference)
    wrong = [event for event, body in booked if body.state in SETTLED and not same_amount(body.amount, amount)]
    if wrong:
        return failed(expected, f"paid, {wrong[0].body.amount or 'no amount'}", wrong)
    right = [event for event, body in booked if body.state in SETTLED]
    if right and taken is not None:
        return Times(trace).within(expected, max(0.0, right[0].at - taken), within, right)
    if taken is None:
        return undecided(expected, "no result for it was taken", right)
    if trace.end < taken + within:
        return undecided(expected, "the trace ends too soon")
    state = booked[-1][1].state if booked else "in no book"
    return failed(expected, f"it is {state}", [event for event, _ in booked[-1:]])


def settles_nothing(trace: Trace, *, reference: str, wait: float) -> Finding:
    """A sale is not paid by a result which says that it failed, or another's, or other money (ADY-093, 094, 095).
    `wait`: seconds for which the book is looked at after the last result."""
    expected = f"{reference} is not paid"
    sent = [one for one in results(trace) if one.answer is not None]
    if not sent:
        return undecided(expected, "no result was sent")
    paid = [event for event, body in bookings(trace, reference) if body.state in SETTLED]
    if paid:
        said = f"{reference} is paid, {paid[0].body.amount or 'no amount'}"
        return failed(expected, said, [*posted_before(sent, paid[0]), paid[0]])
    if not bookings(trace, reference):
        return undecided(expected, "the book knows of no such sale")
    last = sent[-1].answer
    if last is None or trace.end < last.at + wait:
        return undecided(expected, "the trace ends too soon")
    return passed(expected, f"it is {bookings(trace, reference)[-1][1].state}", [one.posted for one in sent])


def settles_at_most(trace: Trace, *, reference: str, amount: str, wait: float) -> Finding:
    """What is settled of a sale is no more than was authorised (ADY-094, 095)."""
    expected = f"at most {amount} of {reference} is settled"
    paid = [(event, body) for event, body in bookings(trace, reference) if body.state in SETTLED]
    over = [event for event, body in paid if not _at_most(body.amount, amount)]
    if over:
        return failed(expected, f"{over[0].body.amount or 'an amount that is not told'} is", over)
    taken = _result_taken(trace, reference)
    if taken is None or trace.end < taken + wait:
        return undecided(expected, "no result was taken, or the trace ends too soon")
    told = f"{paid[-1][1].amount} is" if paid else "nothing is"
    return passed(expected, told, [event for event, _ in bookings(trace, reference)[-1:]])


def books_once(trace: Trace, *, paid: dict[str, str], wait: float) -> Finding:
    """However often results come, and whatever else comes, the book holds what was paid, once (ADY-096). `paid`: amount
    by reference, all of them."""
    expected = f"paid is {', '.join(f'{reference} {amount}' for reference, amount in paid.items()) or 'nothing'}, once"
    sent = [one for one in results(trace) if one.acknowledged]
    if len(sent) < 2 and paid:
        return undecided(expected, f"{len(sent)} results were taken")
    if not sent or sent[-1].answer is None or trace.end < sent[-1].answer.at + wait:
        return undecided(expected, "no result was taken, or the trace ends too soon")
    entries = [(event, body) for event, body in bookings(trace) if body.state in SETTLED]
    strangers = [event for event, body in entries if body.reference not in paid]
    if strangers:
        said = f"{strangers[0].body.reference} too, {strangers[0].body.amount}"
        return failed(expected, said, [sent[-1].posted, *strangers])
    for reference, amount in paid.items():
        of_it = [event for event, body in entries if body.reference == reference]
        if not of_it:
            return undecided(expected, f"{reference} is not paid at all")
        # A book may say again how it stands; what counts is that it stands otherwise.
        other = [event for event in of_it if not same_amount(event.body.amount, amount)]
        if other:
            return failed(expected, f"{reference} is paid, {other[0].body.amount or 'no amount'}", other)
    return passed(expected, f"so it stands after {len(sent)} results", [one.posted for one in sent])


def keeps_receipt(trace: Trace, *, text: str) -> Finding:
    """A receipt of the result is there when it is asked for (ADY-097)."""
    expected = f"a receipt with {shown(text)}"
    taken = [one for one in results(trace) if one.acknowledged and one.result is not None and one.result.receipts]
    if not taken:
        return undecided(expected, "no result with receipts was taken")
    seen = screens(trace, since=taken[0].posted.at)
    if not seen:
        return undecided(expected, "nothing was shown")
    found = [event for event, body in seen if text in body.text]
    if found:
        return passed(expected, "it is shown", found)
    return failed(expected, f"shown: {shown(seen[-1][1].text)}", [seen[-1][0]])


def asks_for_status(trace: Trace, *, reference: str, after: float, within: float, gives_back: bool = False) -> Finding:
    """When no result comes, the POS asks for the status of that request, and asks for no other payment (ADY-098).
    `after`, `within`: seconds since the request, before and until which it should ask; `gives_back`: it is a refund,
    which may have the reference of what it gives back."""
    expected = f"between {after:g} s and {within:g} s the status is asked for, and no second payment"
    asked = payments(trace)
    about = [event for event, payment in asked if (payment.reference, payment.gives_back) == (reference, gives_back)]
    first = about[0] if about else None
    if first is None:
        return undecided(expected, "no payment was asked for")
    service = first.body.message.header.service_id
    if any(one.header is not None and one.header.service_id == service for one in deliveries(trace)):
        return undecided(expected, "a result was sent", [first])
    again = [event for event, _ in asked if event.at > first.at]
    if again:
        return failed(expected, f"a second payment after {again[0].at - first.at:.1f} s", [first, again[0]])
    queries = [event for event, status in status_queries(trace, first.at) if status.service_id == service]
    if not queries:
        early = trace.end < first.at + within
        return (undecided if early else failed)(expected, "no status was asked for", [first])
    times = Times(trace)
    if times.short(queries[0].at - first.at, after, queries[0]):
        return failed(expected, f"already after {queries[0].at - first.at:.1f} s", [first, queries[0]])
    return times.within(expected, queries[0].at - first.at, within, [queries[0], first])


# ---- Reading ---------------------------------------------------------------------------------------------------------


def _result_taken(trace: Trace, reference: str) -> float | None:
    """When the DUT first acknowledged a result that names a sale."""
    for one in results(trace):
        if one.acknowledged and one.answer and one.result and one.result.reference == reference:
            return one.answer.at
    return None


def _at_most(amount: str, limit: str) -> bool:
    try:
        return Decimal(amount) <= Decimal(limit)
    except InvalidOperation:
        return False
