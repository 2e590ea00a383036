"""Rules about what a POS makes of what the gateway tells it: how its book stands, and what its user reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from harness.checks.modulus_payments import BENCH, GATEWAY, payments
from harness.checks.reading import Times, decided, failed, passed, undecided
from harness.evidence.bench import Booked, Pressed, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import modulus
from harness.wire.modulus import (
    ApiAnswer,
    ApiCall,
    ForceDisconnect,
    GatewayError,
    PaymentComplete,
    PaymentVoided,
)

READS_WITHIN = 5.0
"""Seconds after a message until what it says must stand on the screen or in the book."""


def reference(trace: Trace, transaction: str) -> str | None:
    """Under which reference the book keeps a payment: its transactionId, or the POS's own; None if nobody can tell.

    A POS that keeps references of its own enters a sale for each payment, in the order in which they go out."""
    ordered = list(dict.fromkeys(body.transaction_id for _, body in payments(trace)))
    known = list(dict.fromkeys(body.reference for _, body in trace.heard(BENCH, Booked)))
    if transaction in known:
        return transaction
    own = [name for name in known if name not in ordered]
    bare = [name for name in ordered if name not in known]
    return own[bare.index(transaction)] if transaction in bare and len(own) == len(bare) else None


def entries(trace: Trace, transaction: str) -> list[tuple[Event, Booked]]:
    """How it came to stand with a payment in the book, in order."""
    name = reference(trace, transaction)
    return [(event, body) for event, body in trace.heard(BENCH, Booked) if body.reference == name]


# ---- The book --------------------------------------------------------------------------------------------------------


def stands(trace: Trace, transaction: str, states: Sequence[str]) -> Finding:
    """In the end a payment stands in one of these states in the book of the POS."""
    expected = f"the sale is {' or '.join(states)}"
    found = entries(trace, transaction)
    if not found:
        return undecided(expected, "the POS tells nothing of this sale")
    event, last = found[-1]
    if last.state in states:
        return passed(expected, f"it is {last.state}", [event])
    return failed(expected, f"it is {last.state}", [event])


def never_stood(trace: Trace, transaction: str, states: Sequence[str]) -> Finding:
    """At no time a payment stood in one of these states in the book of the POS."""
    expected = f"the sale is never {' nor '.join(states)}"
    found = entries(trace, transaction)
    offences = [(f"it was {body.state}", event) for event, body in found if body.state in states]
    return decided(expected, offences, len(found), "entries")


def settled_once(trace: Trace, transaction: str, amount: str) -> Finding:
    """MOD-061, MOD-063: a payment is booked as paid once, with its amount (where the POS tells one), and no other sale
    is booked as paid beside it."""
    expected = f"{amount} booked as paid, once"
    mine = [pair for pair in entries(trace, transaction) if pair[1].state == "paid"]
    paid = [(event, body) for event, body in trace.heard(BENCH, Booked) if body.state == "paid"]
    if not entries(trace, transaction):
        return undecided(expected, "the POS tells nothing of this sale")
    if not mine:
        return failed(expected, "it is not booked as paid")
    offences = [("booked once more", event) for event, _ in paid if event is not mine[0][0]]
    if mine[0][1].amount and modulus.decimal(mine[0][1].amount) != modulus.decimal(amount):
        offences.append((f"booked with {mine[0][1].amount}", mine[0][0]))
    return decided(expected, offences, len(mine), "sales")


def strangers_move_nothing(trace: Trace) -> Finding:
    """MOD-060, MOD-064: a result of a payment that this POS never ordered enters nothing into its book, and brings no
    sale of its own to an end: none ends soon after it, until something comes that is about one of its own."""
    expected = "nothing booked upon a result of another's payment"
    ordered = {body.transaction_id for _, body in payments(trace)}
    results = trace.heard(GATEWAY, PaymentComplete)
    strangers = [(event, body) for event, body in results if body.transaction_id not in ordered]
    names = {body.transaction_id for _, body in strangers if body.transaction_id}
    offences = [
        (f"another's payment booked as {body.state}", event)
        for event, body in trace.heard(BENCH, Booked)
        if body.reference in names
    ]
    for event, _ in strangers:
        after = [one for one in trace if one.index > event.index and one.at - event.at <= READS_WITHIN]
        own = next((one.index for one in after if _is_about_its_own(one, ordered)), len(trace))
        offences += [
            (f"a sale booked as {one.body.state}", one)
            for one in after
            if one.source == BENCH and one.index < own and _is_end(one.body) and one.body.reference not in names
        ]
    return decided(expected, offences, len(strangers), "results of others")


def _is_end(body: object) -> bool:
    return isinstance(body, Booked) and body.state in ("paid", "declined", "cancelled", "voided")


def _is_about_its_own(event: Event, ordered: set[str]) -> bool:
    """Something from which a POS may rightly learn of a sale of its own."""
    if isinstance(event.body, PaymentComplete | PaymentVoided | ApiAnswer):
        return event.source == GATEWAY and event.body.transaction_id in ordered
    return isinstance(event.body, GatewayError | Pressed)


def booked_in_order(trace: Trace) -> Finding:
    """MOD-078: sales come to their end in the book in the order in which their results came."""
    results = list(dict.fromkeys(body.transaction_id for _, body in trace.heard(GATEWAY, PaymentComplete)))
    ends = []
    for transaction in results:
        final = [event for event, body in entries(trace, transaction) if body.state not in ("open", "pending")]
        ends += final[:1]
    offences = [
        ("a result that came first was booked last", later)
        for sooner, later in pairwise(ends)
        if sooner.index > later.index
    ]
    if len(ends) < 2:
        return undecided("results booked in the order of their arrival", f"{len(ends)} results were booked")
    return decided("results booked in the order of their arrival", offences, len(ends), "results")


def unknown_after(trace: Trace, transaction: str, limit: float) -> Finding:
    """MOD-065: a payment without a result is booked as unknown, or asked about over HTTP, within `limit` seconds; and
    it is never told to have failed, or to be paid, before the gateway said so."""
    expected = f"unknown or asked about within {limit:g} s, and neither paid nor failed"
    sent = next((event for event, body in payments(trace) if body.transaction_id == transaction), None)
    found = entries(trace, transaction)
    if sent is None or not found:
        return undecided(expected, "the POS tells nothing of this sale")
    asked = [event for event, call in trace.heard(GATEWAY, ApiCall) if call.transaction_id == transaction]
    answered = _told_of(trace, transaction)
    offences = [
        (f"it was {body.state}", event)
        for event, body in found
        if body.state in ("paid", "declined", "cancelled") and not any(one.index < event.index for one in answered)
    ]
    marks = sorted([*asked, *(event for event, body in found if body.state == "unknown")], key=lambda one: one.at)
    times = Times(trace)
    waited = (marks[0].at if marks else trace.end) - sent.at
    if times.beyond(waited, limit, sent):
        offences.append((f"it stood as {found[-1][1].state} for {times.told(waited)}", sent))
    return decided(expected, offences, len(marks), "payments without a result", times)


def _told_of(trace: Trace, transaction: str) -> list[Event]:
    """What the gateway said that may decide a payment. An error names none."""
    return [
        event
        for event, body in trace.heard(GATEWAY, PaymentComplete, ApiAnswer, GatewayError)
        if isinstance(body, GatewayError) or body.transaction_id == transaction
    ]


# ---- The screen ------------------------------------------------------------------------------------------------------


def shows_the_reason(trace: Trace) -> Finding:
    """MOD-076: the reason of a forceDisconnect stands on the screen."""
    reasons = [(event, body.reason) for event, body in trace.heard(GATEWAY, ForceDisconnect) if body.reason]
    return _shown(trace, "the reason of the forceDisconnect on the screen", reasons)


def shows_the_error(trace: Trace) -> Finding:
    """MOD-107: the message of an error reply stands on the screen."""
    texts = [(event, body.message or body.error) for event, body in trace.heard(GATEWAY, GatewayError)]
    return _shown(trace, "the message of the error on the screen", [pair for pair in texts if pair[1]])


def shows_the_failure(trace: Trace) -> Finding:
    """MOD-108: the errorMessage of a result that FAILED stands on the screen."""
    texts = [
        (event, body.response.fields.get("errorMessage", ""))
        for event, body in trace.heard(GATEWAY, PaymentComplete)
        if body.status == "FAILED"
    ]
    return _shown(trace, "the errorMessage of the result on the screen", [pair for pair in texts if pair[1]])


def _shown(trace: Trace, expected: str, texts: Iterable[tuple[Event, str]]) -> Finding:
    """Each text stands on the screen soon after its message, as received; letter case and breaks do not count."""
    screens = trace.heard(BENCH, Screen)
    offences, seen = [], 0
    for event, text in texts:
        soon = [body.text for one, body in screens
                if one.index > event.index and one.at - event.at <= READS_WITHIN]  # fmt: skip
        if any(_flat(text) in _flat(screen) for screen in soon):
            seen += 1
        elif screens and trace.end - event.at > READS_WITHIN:
            offences.append((f"{text!r} was not shown in {READS_WITHIN:g} s", event))
    return decided(expected, offences, seen, "messages")


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())
