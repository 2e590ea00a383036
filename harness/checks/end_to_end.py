"""Rules about one order on its whole way: from the cashier's press by a POS and the cloud to a terminal, and back.

A case sells once. What the POS orders, is told and books is read in whichever dialect it speaks (`orders`, `outcomes`,
`reaches`), what the terminal is told and answers from the cloud that it dials, what it charges from its journal.
"""

from __future__ import annotations

from decimal import Decimal

from harness.checks import adyen_reading, webapi
from harness.checks.reading import BENCH, CLOUD, Times, commands, decided, failed, passed, responses, undecided
from harness.evidence.bench import Booked, Journal, Pressed, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.adyen import DeviceCall, DeviceReply, Posted
from harness.wire.adyen import message as adyen_message
from harness.wire.econduit import OK_REGISTRATION, RegistrationAnswer
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.modulus import ApiAnswer, GatewayError, Payment, PaymentComplete, TerminalStatusUpdate, decimal
from harness.wire.modulus_schema import CANCELLED, CONNECTED, FAILED, ONLINE, SUCCESS
from harness.wire.nexo import SaleToPOIRequest, SaleToPOIResponse
from harness.wire.paymentsense import Demand, Refusal, Result, Side
from harness.wire.paymentsense import decimal as from_minor
from harness.wire.webapi import PosAnswer

CONNECT, GATEWAY, ADYEN, TERMINAL = "connect", "gateway", "adyen", "terminal"

UNPAID = ("declined", "cancelled", "voided")
"""Ends of a sale for which no money was moved."""


# ---- Reading, whatever the dialect -----------------------------------------------------------------------------------


def sales(trace: Trace) -> list[tuple[Event, str]]:
    """What the cashier sold: the amount of each."""
    return [(event, key.fields.get("amount", "")) for event, key in trace.heard(BENCH, Pressed) if key.key == "sale"]


def orders(trace: Trace) -> list[tuple[Event, str]]:
    """What the POS ordered, in order: the amount of each as decimal text, as it stands if it is none."""
    found = [(event, body.amount) for event, body in trace.heard(GATEWAY, Payment)]
    for event, demand in trace.heard(CONNECT, Demand):
        if demand.by is Side.EPOS and demand.method == "sale":
            amount = demand.param("amount")
            found.append((event, from_minor(amount) if isinstance(amount, int) else repr(amount)))
    found += [(event, payment.amount) for event, payment in adyen_reading.payments(trace)]
    found += [(talk.event, talk.call.parameters.get("amount", "")) for talk in webapi.orders(trace)]
    return sorted(found, key=lambda one: one[0].index)


def outcomes(trace: Trace) -> list[tuple[Event, bool]]:
    """What the POS was told of its order, in order: paid, or not. What says neither is left out."""
    found: list[tuple[Event, bool]] = []
    found += [(event, False) for event, _ in trace.heard(GATEWAY, GatewayError)]
    for event, body in trace.heard(GATEWAY, PaymentComplete, ApiAnswer):
        said = body.status if isinstance(body, PaymentComplete) else body.state
        if said in (SUCCESS, "COMPLETED", FAILED, CANCELLED):
            found.append((event, said in (SUCCESS, "COMPLETED")))
    for event, body in trace.heard(CONNECT, Result, Refusal):
        if body.by is not Side.CONNECT or body.of != "sale":
            continue
        if isinstance(body, Refusal):
            found.append((event, False))
        elif (said := body.part("transactionResult")) != "TIMED_OUT":
            found.append((event, said == "SUCCESSFUL"))
    for event, answer in trace.heard(webapi.API, PosAnswer):
        if (paid := webapi.says(answer)) is not None:
            found.append((event, paid))
    return sorted([*found, *_told_by_adyen(trace)], key=lambda one: one[0].index)


def _told_by_adyen(trace: Trace) -> list[tuple[Event, bool]]:
    """Results and statuses; and what refuses a payment, not a question about one."""
    asked: set[str] = set()
    paying: dict[int, bool] = {}
    found: list[tuple[Event, bool]] = []
    for event, body in trace.heard(ADYEN, DeviceCall, Posted, DeviceReply):
        message = adyen_message(body.document)
        payment = message.payment if message is not None else None
        if isinstance(body, DeviceCall):
            paying[event.line] = payment is not None
            asked |= {message.header.service_id} if message is not None and payment is not None else set()
        elif isinstance(message, SaleToPOIResponse):
            result = message.payment or (message.status.payment if message.status is not None else None)
            found += [(event, result.result in ("Success", "Partial"))] if result is not None else []
        elif isinstance(message, SaleToPOIRequest) and message.event is not None and message.event.event == "Reject":
            found += [(event, False)] if message.header.service_id in asked else []
        elif isinstance(body, DeviceReply) and 400 <= body.status < 500 and paying.get(event.line):
            found.append((event, False))
    return found


def reaches(trace: Trace) -> list[tuple[Event, bool]]:
    """What the POS was told of the terminal, in order: there, or away."""
    found: list[tuple[Event, bool]] = []
    for event, push in trace.heard(GATEWAY, TerminalStatusUpdate):
        found.append((event, push.status in (ONLINE, CONNECTED)))
    for event, result in trace.heard(CONNECT, Result):
        if result.by is Side.CONNECT and result.of == "connectedTerminals" and isinstance(result.value, list):
            found.append((event, bool(result.value)))  # there is one machine
    for event, posted in trace.heard(ADYEN, Posted):
        message = adyen_message(posted.document)
        told = message.event if isinstance(message, SaleToPOIRequest) else None
        if told is not None and told.event in ("Initialised", "OutOfOrder"):
            found.append((event, told.event == "Initialised"))
    for talk in webapi.orders(trace):
        if talk.answered is not None and talk.answer is not None and (there := webapi.reaches(talk.answer)) is not None:
            found.append((talk.answered, there))
    return sorted(found, key=lambda one: one[0].index)


# ---- The order -------------------------------------------------------------------------------------------------------


def ordered_once(trace: Trace) -> Finding:
    """E2E-001: for each press of the sale key there is one order at most."""
    pressed, offences = sales(trace), []
    found = orders(trace)
    for number, (event, _) in enumerate(found, 1):
        allowed = sum(press.index < event.index for press, _ in pressed)
        if number > allowed:
            offences.append((f"order {number} for {allowed} sales, at {event.at:.1f} s", event))
    return decided("no more orders than sales", offences, len(found), "orders")


def charged_once(trace: Trace) -> Finding:
    """E2E-002: the terminal's journal has one charge at most for each order, and none that was not ordered."""
    ordered = {body.ref_id for _, body in commands(trace)}
    charges = trace.heard(TERMINAL, Journal)
    seen: set[str] = set()
    offences = []
    for event, charge in charges:
        if charge.reference in seen:
            offences.append((f"{charge.reference!r} is charged once more at {event.at:.1f} s", event))
        elif charge.reference not in ordered:
            offences.append((f"{charge.reference!r} was not ordered", event))
        seen.add(charge.reference)
    return decided("one charge an order at most", offences, len(ordered), "orders")


def amount_as_typed(trace: Trace) -> Finding:
    """E2E-003: what is ordered, carried out and booked as paid is the amount that the cashier typed. The web API lets a
    terminal approve a part of it, which is then what is booked."""
    typed = {decimal(amount) for _, amount in sales(trace)}
    ordered = [(event, "ordered", amount) for event, amount in orders(trace)]
    approved = [(event, "carried out", body.document.fields["Amount"]) for event, body in responses(trace)
                if body.result == "Approved" and "Amount" in body.document.fields]  # fmt: skip
    booked = [(event, "booked", body.amount) for event, body in trace.heard(BENCH, Booked) if body.state == "paid"]
    carried = {decimal(amount) for _, _, amount in approved}
    parts = {part for part in carried if webapi.orders(trace) and part is not None and _is_part(part, typed)}
    wanted = [(ordered, typed), (approved, typed | parts), (booked, carried if parts else typed)]
    offences = [(f"{amount!r} is {what}", event)
                for told, right in wanted for event, what, amount in told if decimal(amount) not in right]  # fmt: skip
    return decided("the amount that was typed, all the way", offences, sum(len(told) for told, _ in wanted), "amounts")


def _is_part(amount: Decimal, of: set[Decimal | None]) -> bool:
    return any(whole is not None and 0 < amount < whole for whole in of)


# ---- The outcome -----------------------------------------------------------------------------------------------------


def unknown_until_told(trace: Trace) -> Finding:
    """E2E-012: before the POS is told so, it books no sale as paid, and none as unpaid whose order is under way.

    One that it has not ordered, or that it was told is refused, is unpaid."""
    told, ordered = outcomes(trace), orders(trace)
    booked = trace.heard(BENCH, Booked)
    offences = []
    for event, body in booked:
        said = [paid for before, paid in told if before.index < event.index]
        under_way = any(order.index < event.index for order, _ in ordered)
        if body.state == "paid" and True not in said:
            offences.append((f"paid at {event.at:.1f} s, and nobody said so", event))
        elif body.state in UNPAID and under_way and False not in said:
            offences.append((f"{body.state} at {event.at:.1f} s, and nobody said so", event))
    return decided("neither paid nor unpaid until it is told", offences, len(booked), "bookings")


def settles_as_told(trace: Trace, *, approved: bool, within: float) -> Finding:
    """E2E-010, 011: so soon after it is told the outcome of the terminal, the POS books the sale so, and leaves it so.

    `approved`: that outcome, as the case has arranged it."""
    wanted = ("paid",) if approved else UNPAID
    expected = f"{wanted[0]} in its book {within:g} s after it is told"
    answered = [event for event, body in responses(trace) if (body.result == "Approved") is approved]
    said = [event for event, paid in outcomes(trace) if paid is approved and answered and event.at >= answered[0].at]
    if not said:
        return undecided(expected, "it was not told", answered)
    times, first = Times(trace), said[0]
    bookings = [(event, body) for event, body in trace.heard(BENCH, Booked) if event.index > answered[0].index]
    done = next((event for event, body in bookings if body.state in wanted), None)
    if done is None:
        if not times.beyond(trace.end - first.at, within, first):
            return undecided(expected, f"not yet, but only {trace.end - first.at:.1f} s were watched", [first])
        return failed(expected, f"it stands as {bookings[-1][1].state if bookings else 'before'}", [first])
    if (last := bookings[-1])[1].state not in wanted:
        return failed(expected, f"it was, and is {last[1].state} since", [done, last[0]])
    return times.within(expected, done.at - first.at, within, [first, done])


def stands_open_until_told(trace: Trace) -> Finding:
    """E2E-012: when the POS is told the outcome, or at the end if it never is, its sale stands pending or unknown."""
    expected = "pending or unknown"
    told = outcomes(trace)
    until = told[0][0].index if told else len(trace)
    booked = [(event, body) for event, body in trace.heard(BENCH, Booked) if event.index < until]
    if not booked or not any(event.index < until for event, _ in orders(trace)):
        return undecided(expected, "nothing was ordered and booked before it was told")
    event, body = booked[-1]
    if body.state in ("pending", "unknown"):
        return passed(expected, f"it is {body.state}", [event])
    return failed(expected, f"it is {body.state}", [event])


def agrees_in_the_end(trace: Trace, journal: bool = True) -> Finding:
    """E2E-010 to 012: in the end no POS says the contrary of what the terminal did; that it still does not know is
    allowed where no outcome was told.

    `journal`: what the terminal did is in its journal; else only what it has answered is known."""
    expected = "book and journal do not contradict each other"
    booked = {body.reference: (event, body) for event, body in trace.heard(BENCH, Booked)}
    paid = [event for event, body in booked.values() if body.state == "paid"]
    unpaid = [event for event, body in booked.values() if body.state in UNPAID]
    charges = [event for event, _ in trace.heard(TERMINAL, Journal)]
    if not journal:
        charges = [event for event, body in responses(trace) if body.result == "Approved"]
    if not booked or not commands(trace):
        return undecided(expected, "no order came so far as the terminal")
    if len(paid) > len(charges):
        return failed(expected, f"{len(paid)} paid in the book, {len(charges)} charged", [*paid, *charges])
    if unpaid and charges:
        return failed(expected, "unpaid in the book, and charged", [*unpaid, *charges])
    return passed(expected, f"{len(paid)} paid, {len(charges)} charged", [event for event, _ in booked.values()])


def answers_its_orders(trace: Trace, within: float, after_drop: str = "either") -> Finding:
    """E2E-013: the terminal answers each order, so soon after it; one that its line was lost with, so soon after its
    next registration.

    `after_drop`: as in the profile; unless that is `resend`, such an order may stay without an answer."""
    expected = f"a response to each order, {within:g} s after it or after the next registration"
    times, offences, seen = Times(trace), [], 0
    ends = [event for event, _ in trace.heard(CLOUD, PeerClosed, Close)]
    back = [event for event, body in trace.heard(CLOUD, RegistrationAnswer) if body.text == OK_REGISTRATION]
    for event, command in commands(trace):
        since = event
        if any(end.index > event.index and end.line == event.line for end in ends):
            returned = next((again for again in back if again.index > event.index), None)
            if returned is None:
                continue
            since = returned
        answer = next((one for one, _ in responses(trace, command.ref_id)), None)
        if since is not event and answer is None and after_drop != "resend":
            continue  # it may hold what came of it
        seen += 1
        waited = (trace.end if answer is None else answer.at) - since.at
        if times.beyond(waited, within, since):
            offences.append((f"{command.name} at {event.at:.1f} s: {'no answer' if answer is None else 'late'}", since))
        elif answer is None:
            return undecided(expected, f"none yet, but only {waited:.1f} s were watched", [since])
    return decided(expected, offences, seen, "orders", times)


def outcome_comes_back(trace: Trace, within: float) -> Finding:
    """E2E-014: so soon after the terminal's response, or its own question, the POS is told the same. It speaks about
    our own side: that it was not told is no fault of a DUT."""
    expected = f"the outcome is told to the POS {within:g} s after the response"
    answered = responses(trace)
    if not answered:
        return undecided(expected, "the terminal did not answer")
    event, response = answered[-1]
    paid = response.result == "Approved"
    told = next((said for said, outcome in outcomes(trace) if said.index > event.index and outcome is paid), None)
    if told is None:
        return undecided(expected, "it was not told", [event])
    since = max(event.at, _asked(trace, told))
    return Times(trace).within(expected, told.at - since, within, [event, told])


def _asked(trace: Trace, told: Event) -> float:
    """When the POS asked what it was told so, by a dialect in which it has to ask."""
    return next((talk.event.at for talk in webapi.talks(trace) if talk.answered == told and talk.call.asks), 0.0)


def shows_the_end(trace: Trace, within: float) -> Finding:
    """E2E-015: with each end of a sale in its book, the POS shows its user something new: so soon before or after."""
    ends = [(event, body) for event, body in trace.heard(BENCH, Booked) if body.state not in ("open", "pending")]
    screens = [event for event, _ in trace.heard(BENCH, Screen)]
    times, offences = Times(trace), []
    for event, body in ends:
        near = min((abs(screen.at - event.at) for screen in screens), default=trace.end)
        if times.beyond(near, within, event):
            offences.append((f"{body.state} at {event.at:.1f} s, and the screen stayed as it was", event))
    return decided("a new screen with each end of a sale", offences, len(ends), "ends of sales", times)


# ---- The terminal away -----------------------------------------------------------------------------------------------


def drop_and_return_told(trace: Trace) -> Finding:
    """E2E-020: after the terminal's line is lost the POS is told so, and after its return that it is back. It speaks
    about our own side: that it was not told is no fault of a DUT."""
    expected = "the POS is told that the terminal is away, and that it is back"
    told = reaches(trace)
    away = next((event for event, online in told if not online), None)
    if away is None:
        return undecided(expected, "it was not told of a drop", [event for event, _ in told])
    back = next((event for event, online in told if online and event.index > away.index), None)
    if back is None:
        return undecided(expected, "it was told of the drop, and of no return", [away])
    return passed(expected, f"so at {away.at:.1f} s and {back.at:.1f} s", [away, back])


def nothing_paid_while_away(trace: Trace) -> Finding:
    """E2E-021: a sale at a terminal that is away is not paid, and charges nobody, until the terminal is back."""
    pressed = sales(trace)
    if not pressed:
        return undecided("no money is taken", "nothing was sold")
    since = pressed[0][0].index
    back = (event.index for event, body in trace.heard(CLOUD, RegistrationAnswer) if body.text == OK_REGISTRATION)
    until = next((index for index in back if index > since), len(trace))
    meanwhile = Trace(event for event in trace if event.index < until)
    if carried := [event for event, _ in commands(meanwhile)]:
        return undecided("no money is taken", "the terminal was there", carried)
    booked = meanwhile.heard(BENCH, Booked)
    offences = [("it is booked as paid", event) for event, body in booked if body.state == "paid"]
    offences += [("the terminal charges", event) for event, _ in meanwhile.heard(TERMINAL, Journal)]
    return decided("no money is taken", offences, len(pressed), "sales")
