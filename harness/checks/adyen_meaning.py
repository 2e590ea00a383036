"""Rules about what events mean to a POS: which terminal takes payments now, which sale is over, what was typed.

A rule counts from when the DUT had acknowledged an event: what it was told before, nobody may hold against it.
"""

from __future__ import annotations

from harness.checks.adyen_reading import (
    BENCH,
    CLOUD,
    SETTLED,
    Delivered,
    bookings,
    deliveries,
    payments,
    screens,
)
from harness.checks.reading import Times, done, failed, passed, shown, undecided
from harness.evidence.bench import Booked, Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.adyen import DeviceCall
from harness.wire.nexo import STATE_EVENTS, instant


def shows(trace: Trace, *, id: int, text: str, within: float) -> Finding:
    """After an event the screen comes to hold a text (ADY-077, 078, 079). `id`: under which the event was sent; an
    empty text: anything new at all."""
    expected = f"{shown(text)} on the screen within {within:g} s of the event" if text else "the screen says so"
    told = _acknowledged(trace, id)
    if told is None:
        return undecided(expected, "the event was not acknowledged")
    seen = screens(trace, since=_posted(trace, id))
    found = [event for event, body in seen if text.casefold() in body.text.casefold()]
    if found:
        return Times(trace).within(expected, max(0.0, found[0].at - told.at), within, [found[0], told])
    if trace.end < told.at + within:
        return undecided(expected, f"the trace ends {trace.end - told.at:.1f} s later", [told])
    return failed(expected, f"shown: {shown(seen[-1][1].text)}" if seen else "nothing new is shown", [told])


def holds_payments(trace: Trace, *, poi_id: str, id: int, at_least: float) -> Finding:
    """After an event that a terminal is not available no payment is asked of it until it says that it is (ADY-077,
    082). `id`: of the event; `at_least`: seconds that somebody must have waited for a payment meanwhile."""
    expected = f"no payment is asked of {poi_id} while it is not available"
    told = _acknowledged(trace, id)
    if told is None:
        return undecided(expected, "the event was not acknowledged")
    until = _available_again(trace, poi_id, id)
    pressed = next((event for event in _sales_pressed(trace, poi_id) if told.at <= event.at < until), None)
    if pressed is None or min(until, trace.end) - done(trace, pressed) < at_least:
        return undecided(expected, "nobody wanted a payment for long enough", [told])
    asked = [event for event, _ in payments(trace, poi_id, told.at) if pressed.at <= event.at < until]
    if asked:
        return failed(expected, f"asked {asked[0].at - told.at:.1f} s after the event", [told, asked[0]])
    return passed(expected, f"none in {min(until, trace.end) - done(trace, pressed):.1f} s", [told, pressed])


def takes_payments(trace: Trace, *, poi_id: str, since: int, within: float) -> Finding:
    """A payment that is wanted is asked of a terminal that is available (ADY-068, 078, 082). `since`: the id of the
    event after which it is to be so; counted from then, or from when somebody wants it."""
    expected = f"a payment is asked of {poi_id} within {within:g} s"
    told = _acknowledged(trace, since)
    if told is None:
        return undecided(expected, "the event was not acknowledged")
    pressed = _sales_pressed(trace, poi_id)
    if not pressed:
        return undecided(expected, "nobody wanted a payment", [told])
    begun = next((event for event in pressed if event.at >= told.at), told)
    asked, since_then = payments(trace, poi_id, begun.at), done(trace, begun)
    if asked:
        return Times(trace).within(expected, max(0.0, asked[0][0].at - since_then), within, [asked[0][0], begun])
    early = trace.end < since_then + within
    return (undecided if early else failed)(expected, "none was asked", [begun])


def pays_typed_reference(trace: Trace, *, id: int, within: float) -> Finding:
    """A SaleWakeUp leads to a request for the very reference to the very terminal (ADY-080, 081)."""
    woken = next((one for one in deliveries(trace, id) if one.acknowledged), None)
    if woken is None or woken.event is None or woken.header is None or woken.answer is None:
        return undecided("a payment for the typed reference", "no SaleWakeUp was acknowledged")
    reference, poi_id = woken.event.details, woken.header.poi_id
    expected = f"a payment for {reference!r} is asked of {poi_id} within {within:g} s"
    asked = payments(trace, since=woken.posted.at)
    inputs = [event for event in _asked_for_input(trace, poi_id) if event.at >= woken.posted.at]
    if inputs:
        return passed(expected, "an input is asked for there", inputs)
    right = [event for event, payment in payments(trace, poi_id, woken.posted.at) if payment.reference == reference]
    if right:
        return Times(trace).within(expected, max(0.0, right[0].at - woken.answer.at), within, [right[0], woken.answer])
    if asked:
        event, payment = asked[0]
        return failed(expected, f"asked for {shown(payment.reference)} at {event.body.device}", [woken.posted, event])
    early = trace.end < woken.answer.at + within
    return (undecided if early else failed)(expected, "none was asked", [woken.posted])


def acts_once(trace: Trace, *, poi_id: str, ids: list[int]) -> Finding:
    """An event that came more often than once led to one payment (ADY-083, 115). `ids`: of all its deliveries."""
    expected = f"one payment at {poi_id}, however often the event came"
    came = [one for one in deliveries(trace, *ids) if one.acknowledged]
    if len(came) < 2 and not _refused_later(trace, ids):
        return undecided(expected, f"the event was taken {len(came)} times")
    asked = [event for event, _ in payments(trace, poi_id, came[0].posted.at)] if came else []
    if len(asked) > 1:
        return failed(expected, f"{len(asked)} payments", asked)
    if not asked:
        return undecided(expected, "none was asked, so that nothing could be doubled")
    return passed(expected, f"one, though it came {len(deliveries(trace, *ids))} times", asked)


def reject_ends_the_sale(trace: Trace, *, reference: str, id: int, reason: str, within: float) -> Finding:
    """After a Reject the sale that waited is over, nothing is paid, and the user is told why (ADY-079)."""
    expected = f"{reference} ends unpaid within {within:g} s of the Reject, and {reason!r} is shown"
    told = _acknowledged(trace, id)
    if told is None:
        return undecided(expected, "the Reject was not acknowledged")
    booked = bookings(trace, reference)
    if not booked:
        return undecided(expected, "the book knows of no such sale", [told])
    paid = [event for event, body in booked if body.state in SETTLED]
    if paid:
        return failed(expected, f"{reference} is {paid[0].body.state}", [told, paid[0]])
    over = [event for event, body in booked if body.state not in ("open", "pending") and event.at >= _posted(trace, id)]
    said = [event for event, body in screens(trace, _posted(trace, id)) if reason in body.text]
    if over and said:
        late = max(over[0].at, said[0].at) - told.at
        return Times(trace).within(expected, max(0.0, late), within, [over[0], said[0], told])
    if trace.end < told.at + within:
        return undecided(expected, f"the trace ends {trace.end - told.at:.1f} s later", [told])
    missing = [] if over else [f"{reference} is still {booked[-1][1].state}"]
    missing += [] if said else ["the reason is not shown"]
    return failed(expected, " and ".join(missing), [told, booked[-1][0]])


def has_no_effect(trace: Trace, *, ids: list[int], quiet: float) -> Finding:
    """What cannot mean anything changes no book and asks for no payment (ADY-025, 067, 112, 120). `ids`: of what was
    sent; `quiet`: for so many seconds after its answer. A screen may tell of it."""
    expected = f"the book does not change within {quiet:g} s, and no payment is asked for"
    sent = deliveries(trace, *ids)
    offences: list[Event] = []
    for one in sent:
        end = (one.answer or one.posted).at + quiet
        if trace.end < end:
            return undecided(expected, "the trace ends too soon", [one.posted])
        later = [event for event, _ in [*bookings(trace), *payments(trace)]]
        offences += [event for event in later if one.posted.at <= event.at <= end]
    if not sent:
        return undecided(expected, "nothing was sent")
    if offences:
        return failed(
            expected,
            "it changes" if isinstance(offences[0].body, Booked) else "one is asked for",
            [sent[0].posted, offences[0]],
        )
    return passed(expected, f"so after {len(sent)} messages", [one.posted for one in sent])


# ---- Reading ---------------------------------------------------------------------------------------------------------


def _acknowledged(trace: Trace, id: int) -> Event | None:
    """When the DUT first acknowledged what went under an id."""
    return next((one.answer for one in deliveries(trace, id) if one.acknowledged), None)


def _posted(trace: Trace, id: int) -> float:
    return min((one.posted.at for one in deliveries(trace, id)), default=0.0)


def _refused_later(trace: Trace, ids: list[int]) -> bool:
    """Whether it was taken once, and answered otherwise when it came again: a replay may be refused."""
    answers = [one for one in deliveries(trace, *ids) if one.answer is not None]
    return len(answers) > 1 and answers[0].acknowledged


def _asked_for_input(trace: Trace, poi_id: str) -> list[Event]:
    calls = [(event, call.message) for event, call in trace.heard(CLOUD, DeviceCall) if call.device == poi_id]
    return [event for event, message in calls if message is not None and message.name == "InputRequest"]


def _available_again(trace: Trace, poi_id: str, id: int) -> float:
    """When the terminal said that it is available after it had said, under this id, that it is not: by its own time."""
    down = deliveries(trace, id)[0]
    since = _dated(down)
    later = [one for one in deliveries(trace) if one.posted.at > down.posted.at and _is_up(one, poi_id)]
    return min((one.posted.at for one in later if _dated(one) >= since), default=float("inf"))


def _dated(one: Delivered) -> float:
    """The TimeStamp of an event; 0 if it has none."""
    return (None if one.event is None else instant(one.event.at)) or 0.0


def _is_up(one: Delivered, poi_id: str) -> bool:
    event, header = one.event, one.header
    about = event is not None and header is not None and header.poi_id == poi_id
    return about and event is not None and STATE_EVENTS.get(event.event, False)


def _sales_pressed(trace: Trace, poi_id: str) -> list[Event]:
    """The times that somebody wanted a payment at a terminal."""
    return [event for event, body in trace.heard(BENCH, Pressed)
            if body.key == "sale" and body.fields.get("terminal") == poi_id]  # fmt: skip
