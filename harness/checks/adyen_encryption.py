"""Rules about encrypted event URLs: what opens is taken, what does not is refused, all of it in the same words."""

from __future__ import annotations

from harness.checks.adyen_reading import Delivered, deliveries
from harness.checks.reading import decided, failed, passed, shown, undecided
from harness.evidence.trace import Trace
from harness.evidence.verdict import Finding
from harness.wire.adyen import Acknowledged


def opens_envelopes(trace: Trace, *, ids: list[int] | None = None) -> Finding:
    """A genuine message in an envelope is taken (ADY-111)."""
    sent = [one for one in deliveries(trace, *(ids or [])) if one.body.genuine and one.body.sealed and one.answer]
    offences = [("an envelope is not taken", one.posted) for one in sent if not one.acknowledged]
    return decided("each envelope is opened and acknowledged", offences, len(sent), "envelopes")


def refuses_alike(trace: Trace, *, ids: list[int]) -> Finding:
    """Whatever is wrong with an envelope, it is refused, and in the same words (ADY-114). `ids`: of envelopes that are
    wrong in different ways."""
    expected = "wrong envelopes are refused, all in the same words"
    tried = deliveries(trace, *ids)
    judged = [one for one in tried if one.answer is not None and isinstance(one.answer.body, Acknowledged)]
    if len({one.body.bent for one in judged}) < 2:
        return undecided(expected, f"{len(judged)} wrong envelopes were answered")
    taken = [one for one in judged if one.acknowledged]
    if taken:
        return failed(expected, f"{taken[0].body.bent} is acknowledged", [taken[0].posted])
    answers: dict[tuple[int, str], Delivered] = {}
    for one in judged:
        answers.setdefault(_answer(one), one)
    if len(answers) > 1:
        told = "; ".join(f"{one.body.bent}: {status} {shown(text)}" for (status, text), one in answers.items())
        return failed(expected, told, [one.posted for one in answers.values()])
    return passed(expected, f"so were {len(judged)}", [one.posted for one in judged])


def _answer(one: Delivered) -> tuple[int, str]:
    """Status and words; only of what was answered."""
    body = None if one.answer is None else one.answer.body
    return (body.status, body.text.strip()) if isinstance(body, Acknowledged) else (0, "")
