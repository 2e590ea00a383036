"""Rules about commands and their responses: one each, of the right identity, on the right line, truly told."""

from __future__ import annotations

from harness.checks import reading
from harness.checks.reading import decided, failed, passed, undecided
from harness.evidence.bench import Journal
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import Command, Response
from harness.wire.endpoint import PeerClosed


def answered_once(trace: Trace, within: float, at_least: int = 1) -> Finding:
    """ECD-082, ECD-083, ECD-086: each command gets exactly one response within `within` seconds.

    Commands whose line ended before their response are judged by `outcome_after_drop`; commands sent with a reference
    that was used before may be answered again."""
    expected = f"one response to each of at least {at_least} commands, within {within:g} s"
    offences: list[tuple[str, Event]] = []
    seen = 0
    for line in reading.lines(trace):
        asked: dict[str, list[Event]] = {}
        for event, command in line.of(Command):
            asked.setdefault(command.ref_id, []).append(event)
        for reference, sent in asked.items():
            if not reference:
                continue
            answers = [event for event, body in line.of(Response) if body.ref_id == reference]
            end = line.closed.at if line.closed is not None else trace.end
            if len(answers) > len(sent):
                offences.append((f"{len(answers)} responses to {reference}", answers[-1]))
            elif len(answers) < len(sent) and line.closed is None and end - sent[-1].at > within:
                offences.append((f"none to {reference} in {end - sent[-1].at:.1f} s", sent[-1]))
            elif answers and answers[0].at - sent[0].at > within:
                offences.append((f"the one to {reference} after {answers[0].at - sent[0].at:.1f} s", answers[0]))
            else:
                seen += len(answers)
    if not offences and seen < at_least:
        return undecided(expected, f"{seen} commands were answered")
    return decided(expected, offences, seen, "responses")


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
        return failed(expected, f"{len(found)} responses") if not found else undecided(expected, f"{len(found)} came")
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
    """ECD-080, ECD-083: the response to one command tells one of these outcomes."""
    expected = f"ResultCode {' or '.join(allowed)} for {ref_id}"
    found = reading.responses(trace, ref_id)
    if not found:
        return failed(
            expected, "no response", [event for event, body in reading.commands(trace) if body.ref_id == ref_id]
        )
    offences = [(f"ResultCode {body.result!r}", event) for event, body in found if body.result not in allowed]
    return decided(expected, offences, len(found), "responses")


def answered_or_ignored(trace: Trace, ref_id: str) -> Finding:
    """ECD-088: a command nobody knows gets an error answer or none; never an approval."""
    expected = "an error answer, or none"
    offences = [
        (f"ResultCode {body.result!r}", event)
        for event, body in reading.responses(trace, ref_id)
        if body.result == "Approved"
    ]
    return decided(expected, offences, 1, "commands")


def responses_in_form(trace: Trace, names: list[str], required: list[str]) -> Finding:
    """ECD-081: a response has the documented fields; `required` must be there, others than `names` are a warning."""
    expected = f"{', '.join(required)} in each response, and documented fields only"
    found = reading.responses(trace)
    offences = [(f"no {name}", event) for event, body in found for name in required if name not in body.document.fields]
    strange = sorted({name for _, body in found for name in body.document.fields} - set(names))
    if not offences and found and strange:
        return reading.warned(expected, f"undocumented: {', '.join(strange)}", [event for event, _ in found])
    return decided(expected, offences, len(found), "responses")


def running_one_undisturbed(trace: Trace, first: str, second: str, when_busy: str, within: float) -> Finding:
    """ECD-086: a second command while the first runs leaves the first alone and is answered busy or served after it."""
    expected = "the running command is answered as if alone; the second is answered busy, or served afterwards"
    ones, twos = reading.responses(trace, first), reading.responses(trace, second)
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

    At most one response comes by itself after the drop; a repetition of the order, or a query, may bring it again."""
    expected = "the outcome comes once after the terminal is back, or is held for a query"
    sent = [event for event, command in reading.commands(trace) if command.ref_id == ref_id]
    found = reading.responses(trace, ref_id)
    if len(found) > len(sent):
        return failed(expected, f"{len(found)} responses to {len(sent)} commands", [event for event, _ in found])
    if not found:
        return failed(expected, "the outcome never came", sent)
    by_itself = len(sent) == 1 or found[0][0].index < sent[-1].index
    if after_drop != "either" and by_itself != (after_drop == "resend"):
        actual = "sent by itself" if by_itself else "held"
        return failed(f"{expected}; by the profile: {after_drop}", actual, [event for event, _ in found])
    return passed(expected, "sent by itself" if by_itself else "held for the query", [event for event, _ in found])


def closes_after_no_transaction(trace: Trace, within: float) -> Finding:
    """ECD-085, ECD-022: the line is not ended by the terminal within `within` seconds of a response."""
    expected = "the line stays up after a response"
    offences, seen = [], 0
    for line in reading.lines(trace):
        for event, _ in line.of(Response):
            seen += 1
            if (
                line.closed is not None
                and isinstance(line.closed.body, PeerClosed)
                and line.closed.at - event.at < within
            ):
                offences.append((f"ended {line.closed.at - event.at:.2f} s after a response", line.closed))
    return decided(expected, offences, seen, "responses")
