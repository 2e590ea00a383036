"""Rules about what a person said: the operator's word counts for what he saw, and his silence for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.reading import failed, lines, passed, undecided
from harness.evidence.bench import NO, YES, Answered, Asked
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding

OPERATOR = "operator"


def confirmed(trace: Trace, requirement: str, registered: Sequence[bool] = (), meanwhile: str = "") -> Finding:
    """Each question about a requirement was answered with yes; a no is a person who saw it broken.

    `registered`: for each question in turn whether it was about a terminal with a registered line, or without one. An
    answer given while that did not hold all the time was about something else, and decides nothing. Empty: any state
    will do. `meanwhile`: the kind of event that had to come while the person looked; what was prepared was seen in
    another run."""
    rounds = _rounds(trace, requirement)
    expected = "yes to " + (" and to ".join(dict.fromkeys(f"{asked.body.question!r}" for asked, _ in rounds)) or "it")
    if not rounds:
        return undecided(expected, "nobody was asked")
    evidence = [event for pair in rounds for event in pair if event is not None]
    said = "; ".join(dict.fromkeys(_told(answered) for _, answered in rounds))
    answers = {answered.body.answer if answered is not None else "" for _, answered in rounds}
    for (asked, answered), wanted in zip(rounds, registered, strict=False):
        if answered is not None and not _held(trace, asked.at, answered.at, registered=wanted):
            state = "registered" if wanted else "without a registration"
            return undecided(expected, f"{said}; but the terminal was not {state} all the while", evidence)
    if meanwhile and not all(_came(trace, meanwhile, *pair) for pair in rounds):
        return undecided(expected, f"{said}; but no {meanwhile} came meanwhile", evidence)
    if NO in answers:
        return failed(expected, said, evidence)
    return passed(expected, said, evidence) if answers == {YES} else undecided(expected, said, evidence)


def _rounds(trace: Trace, requirement: str) -> list[tuple[Event, Event | None]]:
    """Each question about a requirement with its answer; None for one that the end of the case has overtaken."""
    found: list[tuple[Event, Event | None]] = []
    for event, body in trace.heard(OPERATOR, Asked, Answered):
        if body.requirement != requirement:
            continue
        if isinstance(body, Asked):
            found.append((event, None))
        elif found and found[-1][1] is None:
            found[-1] = (found[-1][0], event)
    return found


def _told(answered: Event | None) -> str:
    """What was said, by whom, in a sentence."""
    if answered is None:
        return "no answer"
    body: Answered = answered.body
    if not body.by:
        told = body.answer
    elif body.prepared:
        told = f"{body.answer}, a prepared answer by {body.by}, nobody looked in this run"
    else:
        told = f"{body.by} answered {body.answer}"
    return f"{told}: {body.remark}" if body.remark else told


def _held(trace: Trace, asked: float, answered: float, *, registered: bool) -> bool:
    """Whether the terminal was registered, or was not, from a question to its answer."""
    stretches = [
        (line.registered.at, float("inf") if line.closed is None else line.closed.at)
        for line in lines(trace)
        if line.registered is not None
    ]
    # On a clock that jumps, what a case does next comes in the very moment of the answer.
    if registered:
        return any(since <= asked and answered <= until for since, until in stretches)
    return not any(since < answered and asked < until for since, until in stretches)


def _came(trace: Trace, kind: str, asked: Event, answered: Event | None) -> bool:
    """Whether something of a kind happened between a question and its answer, or need not have."""
    if answered is None or answered.body.prepared:
        return True
    return any(asked.at <= event.at <= answered.at and type(event.body).__name__ == kind for event in trace)
