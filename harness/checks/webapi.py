"""Rules about a POS that orders by URL: fresh RefIDs, one sale at a time, and checkStatus in place of a second order.

They read what the web API noted: each call as it was asked, and its answer, the next one on its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.reading import BENCH, Times, decided, failed, passed, responses, undecided
from harness.evidence.bench import Booked, Mains, Pressed, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.modulus import decimal
from harness.wire.webapi import APPROVED, CANCELLED, DECLINED, ERROR, OFFLINE, UNKNOWN, PosAnswer, PosCall

API = "pos"
"""The web API in a trace."""

OFTEN, OFTEN_FOR, SELDOM = 5.0, 180.0, 30.0
"""Seconds between two questions at least, for how long from the first, and from then on (ECD-123)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A call and what came of it. `answered`: the event of its answer; `ended`: that of the end of its line, where
    there is no answer."""

    event: Event
    call: PosCall
    answered: Event | None
    answer: PosAnswer | None
    ended: Event | None

    @property
    def ref_id(self) -> str:
        return self.call.parameters.get("refID", "")

    @property
    def lost(self) -> Event | None:
        """What says that the outcome of this order is lost: an answer that knows of none, or the end of its line."""
        return self.ended if self.answer is None else self.answered if says(self.answer) is None else None


def talks(trace: Trace) -> list[Talk]:
    """Every call, in order."""
    return list(_talks(trace))


def _talks(trace: Trace) -> Iterator[Talk]:
    ends = trace.heard(API, Close, PeerClosed)
    answers = trace.heard(API, PosAnswer)
    for event, call in trace.heard(API, PosCall):
        answered = next((one for one in answers if one[0].line == event.line and one[0].index > event.index), None)
        ended = next((end for end, _ in ends if end.line == event.line and end.index > event.index), None)
        if answered is not None:
            yield Talk(event, call, *answered, None)
        else:
            yield Talk(event, call, None, None, ended)


def orders(trace: Trace) -> list[Talk]:
    """The sales that were ordered."""
    return [talk for talk in talks(trace) if talk.call.orders and talk.call.parameters.get("command") == "Sale"]


def says(answer: PosAnswer) -> bool | None:
    """Whether an answer tells that a sale is paid, or that it is not; None if it says neither."""
    fields = answer.fields
    if fields.get("ResultFinal") is False or fields.get("ResultCode") is None:
        return None
    if fields["ResultCode"] == ERROR and str(fields.get("Message", "")).startswith(UNKNOWN):
        return None
    return bool(fields["ResultCode"] == APPROVED)


def reaches(answer: PosAnswer) -> bool | None:
    """Whether the answer to an order tells that the terminal is there, or that it is away; None if neither."""
    if answer.fields.get("Message") == OFFLINE:
        return False
    return True if answer.fields.get("ResultCode") in (APPROVED, DECLINED, CANCELLED) else None


# ---- The order -------------------------------------------------------------------------------------------------------


def fresh_references(trace: Trace) -> Finding:
    """E2E-004, ECD-120: each sale that is ordered has a RefID that none before it had."""
    seen: set[str] = set()
    offences = []
    found = orders(trace)
    for talk in found:
        if talk.ref_id in seen:
            offences.append((f"{talk.ref_id!r} once more at {talk.event.at:.1f} s", talk.event))
        seen.add(talk.ref_id)
    return decided("a RefID of its own for each sale", offences, len(found), "sales")


def one_at_a_time(trace: Trace) -> Finding:
    """E2E-005, ECD-125: while a sale waits for its answer, no other one is ordered at its terminal."""
    offences = []
    found = orders(trace)
    for number, talk in enumerate(found):
        over = talk.answered or talk.ended
        for later in found[number + 1 :]:
            same = later.call.parameters.get("terminalId") == talk.call.parameters.get("terminalId")
            if same and (over is None or later.event.index < over.index):
                offences.append((f"a second order at {later.event.at:.1f} s", later.event))
    return decided("no order at a terminal that is at work", offences, len(found), "sales")


# ---- The lost answer -------------------------------------------------------------------------------------------------


def asks_for_the_lost(trace: Trace, within: float) -> Finding:
    """E2E-016, ECD-122: once the answer to an order is lost, its status is asked for: so soon after it, or after the
    POS is back on its feet, and before another sale is ordered."""
    times, offences, seen = Times(trace), [], 0
    found = orders(trace)
    expected = f"checkStatus within {within:g} s of a lost answer, and before the next sale"
    questions = [talk for talk in talks(trace) if talk.call.asks]
    for talk in found:
        if (lost := talk.lost) is None:
            continue
        seen += 1
        after = [one.event for one in questions if one.ref_id == talk.ref_id and one.event.index > lost.index]
        asked = after[0] if after else None
        following = next((one.event for one in found if one.event.index > lost.index), None)
        if following is not None and (asked is None or asked.index > following.index):
            offences.append((f"the next sale was ordered at {following.at:.1f} s", following))
            continue
        since = _on_its_feet(trace, lost)
        waited = (trace.end if asked is None else asked.at) - since.at
        if times.beyond(waited, within, lost):
            offences.append((f"lost at {lost.at:.1f} s: {'never asked for' if asked is None else 'late'}", lost))
        elif asked is None:
            return undecided(expected, f"not yet, but only {waited:.1f} s were watched", [lost])
    return decided(expected, offences, seen, "lost answers", times)


def _on_its_feet(trace: Trace, lost: Event) -> Event:
    """Where the time of a POS begins: with the loss, or with the first screen after a later power on."""
    started = [event for event, body in trace.heard(BENCH, Mains) if body.on and event.index > lost.index]
    if not started:
        return lost
    return next((event for event, _ in trace.heard(BENCH, Screen) if event.index > started[-1].index), started[-1])


def asks_no_faster(trace: Trace, slack: float = 0.1) -> Finding:
    """E2E-017, ECD-123: the status of a sale is asked for no faster than every 5 s for 3 min, then than every 30 s. A
    POS that was started again begins anew.

    `slack`: seconds by which two questions may come closer together than they were asked."""
    times, offences, seen = Times(trace), [], 0
    starts = [event.index for event, body in trace.heard(BENCH, Mains) if body.on]
    first: dict[str, Event] = {}
    latest: dict[str, Event] = {}
    for talk in talks(trace):
        if not talk.call.asks:
            continue
        event, before = talk.event, latest.get(talk.ref_id)
        if before is None or any(before.index < start < event.index for start in starts):
            first[talk.ref_id] = event
        else:
            seen += 1
            late = before.at - first[talk.ref_id].at > OFTEN_FOR
            least, gap = SELDOM if late else OFTEN, event.at - before.at
            if times.short(gap, least - slack, event):
                offences.append((f"after {gap:.1f} s at {event.at:.1f} s, where {least:g} s are the least", event))
        latest[talk.ref_id] = event
    expected = f"{OFTEN:g} s between two questions at least, {SELDOM:g} s after {OFTEN_FOR:g} s"
    return decided(expected, offences, seen, "pauses", times)


# ---- The part --------------------------------------------------------------------------------------------------------


def takes_a_part(trace: Trace) -> Finding:
    """E2E-018, ECD-124: of a sale that the terminal approves in part the POS books that part as paid."""
    expected = "paid in its book, for what was approved"
    sold = [decimal(key.fields.get("amount", "")) for _, key in trace.heard(BENCH, Pressed) if key.key == "sale"]
    asked = sold[-1] if sold else None
    part = [(event, decimal(body.document.fields.get("Amount", ""))) for event, body in responses(trace)
            if body.result == APPROVED]  # fmt: skip
    if asked is None or not part or part[-1][1] is None or part[-1][1] >= asked:
        return undecided(expected, "the terminal approved no part", [event for event, _ in part])
    answered, approved = part[-1]
    booked = [(event, body) for event, body in trace.heard(BENCH, Booked) if event.index > answered.index]
    if not booked:
        return failed(expected, f"{approved} approved, and nothing booked", [answered])
    event, body = booked[-1]
    if body.state != "paid" or decimal(body.amount) != approved:
        return failed(expected, f"{body.state} {body.amount}, and {approved} approved", [answered, event])
    return passed(expected, f"paid {body.amount} of {asked}", [answered, event])
