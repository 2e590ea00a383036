"""Rules about commands and their responses: one each, of the right identity, on the right line, truly told."""

from __future__ import annotations

from dataclasses import dataclass

from harness.checks import reading
from harness.checks.reading import Times, decided, failed, passed, undecided
from harness.evidence.bench import Journal
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import TERMINATOR, TRANSACTIONS, Command, Response
from harness.wire.endpoint import Close, PeerClosed


@dataclass(slots=True)
class _Order:
    """A command on its way to its response. `cut`: its line ended first."""

    sent: Event
    command: Command
    line: int
    answered: Event | None = None
    cut: bool = False

    @property
    def waits(self) -> bool:
        return self.answered is None and not self.cut


def _orders(trace: Trace) -> tuple[list[_Order], list[tuple[str, Event]]]:
    """Every command with its response, and the responses that are one too many.

    A response belongs to the command whose reference it carries. One with a reference that nobody gave is taken for
    the answer to the oldest command that waits on its line: its identity is the business of `echoes_reference`."""
    orders: list[_Order] = []
    surplus: list[tuple[str, Event]] = []
    for event in trace:
        if event.source != reading.CLOUD or not event.line:
            continue
        match event.body:
            case Command() as command:
                orders.append(_Order(event, command, event.line))
            case Response() as response:
                mine = [order for order in orders if order.command.ref_id == response.ref_id != ""]
                waiting = [order for order in mine or _in_doubt(orders, event.line) if order.answered is None]
                if waiting:
                    waiting[0].answered = event
                elif mine:
                    surplus.append((f"another response to {response.ref_id}, which had its own", event))
            case Close() | PeerClosed():
                for order in orders:
                    order.cut = order.cut or (order.line == event.line and order.answered is None)
    return orders, surplus


def _in_doubt(orders: list[_Order], line: int) -> list[_Order]:
    """The orders to which a response of unknown reference may belong, the likeliest first."""
    here = [order for order in orders if order.line == line]
    return sorted([*here, *(order for order in orders if order.cut)], key=lambda order: not order.command.ref_id)


def _damaged(trace: Trace, ref_id: str) -> bool:
    """Whether an order was answered under another reference only: then no more can be said of its outcome."""
    return not reading.responses(trace, ref_id) and any(
        order.answered is not None for order in _orders(trace)[0] if order.command.ref_id == ref_id
    )


DAMAGED = "only a response that does not carry its RefID"


def answered_once(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """ECD-082, ECD-083, ECD-086: each transaction command gets exactly one response, within `within` seconds.

    A command whose line ended before its response is judged by `outcome_after_drop`; one that carries no reference, or
    is none of the protocol's, need not be answered."""
    expected = f"one response to each of at least {at_least} commands, within {within:g} s"
    orders, offences = _orders(trace)
    seen, times = 0, Times(trace)
    for order in orders:
        reference = order.command.ref_id
        if not reference or order.command.name not in TRANSACTIONS:
            continue
        taken = (order.answered.at if order.answered is not None else trace.end) - order.sent.at
        if order.answered is not None:
            seen += 1
            if not order.cut and times.beyond(taken, within, order.answered):
                offences.append((f"the one to {reference} only after {times.told(taken)}", order.answered))
        elif order.waits and times.beyond(taken, within, order.sent):
            offences.append((f"none to {order.command.name} {reference} in {times.told(taken)}", order.sent))
    if not offences and not times.close and seen < at_least:
        return undecided(expected, f"{seen} commands were answered")
    return decided(expected, offences, seen, "responses", times)


def echoes_reference(trace: Trace, at_least: int = 1) -> Finding:
    """ECD-084: the response carries the RefID of its command, unchanged."""
    expected = f"the RefID of the command, unchanged, in at least {at_least} responses"
    asked = {command.ref_id for _, command in reading.commands(trace)}
    found = reading.responses(trace)
    offences = [
        (f"RefID {body.ref_id!r}" if "RefID" in body.document.fields else "no RefID", event)
        for event, body in found
        if body.ref_id not in asked
    ]
    if not offences and len(found) < at_least:
        return undecided(expected, f"{len(found)} responses")
    return decided(expected, offences, len(found), "responses")


def answered_on_its_line(trace: Trace, at_least: int = 1) -> Finding:
    """ECD-023, ECD-082: the response comes on the connection on which the command went, if that was still up."""
    expected = "each response on the line of its command"
    where: dict[str, Event] = {command.ref_id: event for event, command in reading.commands(trace)}
    up = {line.number: line for line in reading.lines(trace)}
    offences, seen = [], 0
    for event, body in reading.responses(trace):
        sent = where.get(body.ref_id)
        if sent is None:
            continue
        seen += 1
        if event.line != sent.line and up[sent.line].up_at(event.at):
            offences.append((f"{body.ref_id} went down line {sent.line} and came up line {event.line}", event))
    if not offences and seen < at_least:
        return undecided(expected, f"{seen} responses")
    return decided(expected, offences, seen, "responses")


def result_is(trace: Trace, ref_id: str, allowed: list[str]) -> Finding:
    """ECD-080, ECD-083, ECD-085: the response to one command tells one of these outcomes.

    INCONC if the command never left for want of a line, or its line ended first: that is for other rules to judge."""
    expected = f"ResultCode {' or '.join(allowed)} for {ref_id}"
    sent = [event for event, body in reading.commands(trace) if body.ref_id == ref_id]
    found = reading.responses(trace, ref_id)
    if not sent:
        return undecided(expected, "the command could not be sent: no line was registered")
    if not found:
        if _damaged(trace, ref_id):
            return undecided(expected, DAMAGED, sent)
        if any(order.cut for order in _orders(trace)[0] if order.command.ref_id == ref_id):
            return undecided(expected, "its line ended before a response", sent)
        return failed(expected, f"no response in {trace.end - sent[0].at:.1f} s", sent)
    offences = [(f"ResultCode {body.result!r}", event) for event, body in found if body.result not in allowed]
    return decided(expected, offences, len(found), "responses")


def tells_what_was_asked(trace: Trace, ref_id: str) -> Finding:
    """ECD-080: what a response says of type and amount is what its command asked for.

    A field that is left out says nothing. A lower amount is a part approval (ECD-124): a warning."""
    expected = f"TransType and Amount as ordered for {ref_id}"
    asked = {command.name: command for _, command in reading.commands(trace) if command.ref_id == ref_id}
    offences, lower, seen = [], [], 0
    for event, body in reading.responses(trace, ref_id):
        seen += 1
        fields = body.document.fields
        if fields.get("TransType") and fields["TransType"] not in asked:
            offences.append((f"TransType {fields['TransType']!r}", event))
        command = asked.get(fields.get("TransType", ""), next(iter(asked.values()), None))
        wanted = command.fields.get("Amount") if command is not None else None
        told = fields.get("AmountString") or fields.get("Amount")
        if body.result == "Approved" and wanted and told and told != wanted:
            if _cents(told) is not None and (_cents(told) or 0) < (_cents(wanted) or 0):
                lower.append(event)
            else:
                offences.append((f"amount {told!r} in place of {wanted!r}", event))
    if not offences and lower:
        return reading.warned(expected, "a lower amount: a part approval", lower)
    return decided(expected, offences, seen, "responses")


def _cents(amount: str) -> int | None:
    whole, point, rest = amount.partition(".")
    return int(whole + rest) if point and len(rest) == 2 and (whole + rest).isdecimal() else None


def never_approved(trace: Trace, ref_id: str) -> Finding:
    """ECD-088: a command nobody can carry out gets an error answer or none; never an approval."""
    expected = "an error answer, or none"
    found = reading.responses(trace, ref_id)
    offences = [(f"ResultCode {body.result!r}", event) for event, body in found if body.result == "Approved"]
    offences += [
        (f"a charge for {body.reference} in the terminal's journal", event)
        for event, body in trace.heard(reading.BENCH, Journal)
        if body.reference == ref_id
    ]
    if offences:
        return decided(expected, offences, 1, "commands")
    return passed(expected, f"{found[0][1].result!r}" if found else "none", [event for event, _ in found])


def responses_in_form(trace: Trace, names: list[str], required: list[str]) -> Finding:
    """ECD-081: a response is the message of the existing format and two bytes 04, nothing more and nothing less.

    `required` fields must be there, others than `names` are a warning."""
    expected = f"{', '.join(required)} in each response, documented fields only, and 04 04 behind it"
    found = reading.responses(trace)
    offences = [(f"no {name}", event) for event, body in found for name in required if name not in body.document.fields]
    for line in reading.lines(trace):
        rest = line.data.rpartition(TERMINATOR)[2]
        if line.received and b"ResultCode" in rest:
            offences.append((f"a response without the two bytes: {reading.shown(rest)}", line.received[-1]))
    strange = sorted({name for _, body in found for name in body.document.fields} - set(names))
    if not offences and found and strange:
        return reading.warned(expected, f"undocumented: {', '.join(strange)}", [event for event, _ in found])
    return decided(expected, offences, len(found), "responses")


def running_one_undisturbed(trace: Trace, first: str, second: str, when_busy: str, within: float) -> Finding:
    """ECD-086: a second command while the first runs leaves the first alone and is answered busy or served after it."""
    expected = "the running command is answered as if alone; the second is answered busy, or served afterwards"
    ones, twos = reading.responses(trace, first), reading.responses(trace, second)
    if _damaged(trace, first) or _damaged(trace, second):
        return undecided(expected, DAMAGED)
    if not ones:
        return failed(expected, f"no response to the running command {first}")
    if ones[0][1].result != "Approved":
        return failed(expected, f"the running command ended {ones[0][1].result!r}", [ones[0][0]])
    if not twos:
        return failed(expected, f"no response to the second command {second} within {within:g} s")
    busy = twos[0][1].result == "Busy"
    if not busy and twos[0][0].index < ones[0][0].index:
        return failed(expected, f"the second was served first, with {twos[0][1].result!r}", [twos[0][0]])
    if when_busy != "either" and busy != (when_busy == "busy"):
        return failed(f"{expected}; by the profile: {when_busy}", "answered busy" if busy else "served", [twos[0][0]])
    return passed(expected, "answered busy" if busy else "served afterwards", [ones[0][0], twos[0][0]])


def charged_once(trace: Trace, ref_id: str) -> Finding:
    """ECD-087: whatever happened to the line, one order is one charge.

    Two approvals of one RefID with different AuthCodes are two charges, and so are two lines of the DUT's journal."""
    expected = f"at most one charge for {ref_id}"
    approvals = {
        body.document.fields.get("AuthCode", ""): event
        for event, body in reading.responses(trace, ref_id)
        if body.result == "Approved"
    }
    charges = [event for event, body in trace.heard(reading.BENCH, Journal) if body.reference == ref_id]
    if len(approvals) > 1:
        return failed(expected, f"approved with AuthCodes {' and '.join(sorted(approvals))}", list(approvals.values()))
    if len(charges) > 1:
        return failed(expected, f"{len(charges)} charges in the terminal's journal", charges)
    return passed(expected, f"{len(approvals)} approvals, {len(charges)} journal lines", list(approvals.values()))


def outcome_after_drop(trace: Trace, ref_id: str, after_drop: str) -> Finding:
    """ECD-087: the outcome of a transaction cut by a drop is recovered: sent again by itself, or held for a query.

    At most one response comes by itself after the drop; each repetition of the order may bring one more."""
    expected = "the outcome comes once after the terminal is back, or is held for a query"
    sent = [event for event, command in reading.commands(trace) if command.ref_id == ref_id]
    found = reading.responses(trace, ref_id)
    if not sent or not any(order.cut for order in _orders(trace)[0] if order.command.ref_id == ref_id):
        return undecided(expected, "no drop came between the command and its response", sent)
    if len(found) > len(sent):
        actual = f"{len(found)} responses to {len(sent)} commands"
        return failed(expected, actual, [event for event, _ in found])
    if _damaged(trace, ref_id):
        return undecided(expected, DAMAGED, sent)
    if not found:
        return failed(expected, f"never came, though the order was given {len(sent)} times", sent)
    by_itself = len(sent) == 1 or found[0][0].index < sent[1].index
    if after_drop != "either" and by_itself != (after_drop == "resend"):
        actual = "sent by itself" if by_itself else "held"
        return failed(f"{expected}; by the profile: {after_drop}", actual, [event for event, _ in found])
    return passed(expected, "sent by itself" if by_itself else "held for the query", [event for event, _ in found])


def settled(trace: Trace, ref_id: str, within: float, after_drop: str) -> Finding:
    """ECD-082, ECD-087: whatever the wire did to an order, it is answered on its line, or recovered after the drop.

    `within`: seconds for a response on a line that was kept, outages not counted."""
    sent = [event for event, command in reading.commands(trace) if command.ref_id == ref_id]
    if any(order.cut for order in _orders(trace)[0] if order.command.ref_id == ref_id):
        return outcome_after_drop(trace, ref_id, after_drop)
    expected = f"one response to each order of {ref_id} within {within:g} s, or its outcome after a drop"
    found = [event for event, _ in reading.responses(trace, ref_id)]
    if not sent:
        return undecided(expected, "the command could not be sent: no line was registered")
    if len(found) > len(sent):
        return failed(expected, f"{len(found)} responses to {len(sent)} commands", found)
    end = found[0].at if found else trace.end
    held_up = sum(max(0.0, min(end, until) - max(sent[0].at, since)) for since, until in reading.outages(trace))
    taken = end - sent[0].at - held_up
    if taken > within:
        return failed(expected, f"{'only after' if found else 'none in'} {taken:.1f} s", sent + found)
    return passed(expected, f"after {taken:.1f} s", found) if found else undecided(expected, "not yet", sent)
