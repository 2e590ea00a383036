"""Rules about what a webhook does with whatever comes: it stays, answers everything, and takes what is good."""

from __future__ import annotations

from harness.checks.adyen_reading import Delivered, deliveries
from harness.checks.reading import Times, decided, failed, passed, undecided
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding
from harness.wire.adyen import Acknowledged, Unacknowledged


def acknowledged_at_once(trace: Trace, *, ids: list[int], within: float) -> Finding:
    """Each of these messages is acknowledged with success, at the first attempt and within so many seconds (ADY-066,
    067, 092, 096, 121, 122)."""
    expected = f"each of {len(ids)} messages is acknowledged with success within {within:g} s"
    first = [one for one in deliveries(trace, *ids) if one.body.attempt == 1]
    answered = [(one, one.answer) for one in first if one.answer is not None]
    times = Times(trace)
    offences = []
    for one, answer in answered:
        if not one.acknowledged:
            offences.append((_said(one), answer))
        elif times.beyond(answer.body.after, within, answer):
            offences.append((f"only after {answer.body.after:.1f} s", answer))
    if not offences and len(answered) < len(ids):
        return undecided(expected, f"{len(answered)} of them came to an end")
    return decided(expected, offences, len(answered), "messages", times)


def survives(trace: Trace, *, bad: list[int], good: int) -> Finding:
    """What is no message is refused with 4xx, or acknowledged and dropped, and afterwards a proper one is taken
    (ADY-120). `bad`, `good`: the ids of both."""
    expected = "4xx or 2xx for what is no message, and a proper one is acknowledged afterwards"
    tried = [(one, one.answer) for one in deliveries(trace, *bad) if one.answer is not None]
    if not tried:
        return undecided(expected, "nothing was tried")
    for one, answer in tried:
        status = getattr(answer.body, "status", 0)
        if not (200 <= status < 300 or 400 <= status < 500):
            return failed(expected, f"{_said(one)} to {one.body.bent or 'it'}", [one.posted, answer])
    proper = [one for one in deliveries(trace, good) if one.answer is not None]
    if not proper:
        return undecided(expected, "no proper message was sent afterwards")
    last = proper[-1]
    evidence = [last.posted] if last.answer is None else [last.posted, last.answer]
    if not last.acknowledged:
        return failed(expected, f"{_said(last)} to a proper message afterwards", evidence)
    return passed(expected, f"so after {len(tried)} messages", evidence)


def _said(one: Delivered) -> str:
    match None if one.answer is None else one.answer.body:
        case Acknowledged(status=status):
            return f"status {status}"
        case Unacknowledged(why=why):
            return why
        case _:
            return "no answer"
