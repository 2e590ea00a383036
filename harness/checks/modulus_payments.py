"""Rules about how a POS orders payments at the Modulus gateway: which, of what form, on which terminal, how often."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.checks.reading import Times, decided, done, failed, shown, undecided
from harness.evidence.bench import Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import modulus, modulus_schema
from harness.wire.modulus import (
    Action,
    ApiAnswer,
    ApiCall,
    GatewayError,
    GetTerminals,
    JsonPing,
    KeyShown,
    Payment,
    PaymentComplete,
    TerminalsResponse,
    TerminalStatusUpdate,
    UnknownAction,
)

GATEWAY, BENCH = "gateway", "bench"

CROSSING = 0.5
"""Seconds in which what the gateway says and what the POS says may pass each other on the wire."""

LET_IN = 101
"""The answer to a handshake that was taken."""

REQUESTS = (GetTerminals, JsonPing, Payment, UnknownAction)
"""What a POS may send, as the gateway understands it."""

REFUSED = ("FAILED", "CANCELLED")
"""The statuses after which a payment may be tried again (MOD-104)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway has told of a terminal. `at`: when it told the status that stands."""

    device: str
    connections: tuple[str, ...]
    status: str
    at: float

    def is_called(self, name: str) -> bool:
        return bool(name) and name in (self.device, *self.connections)


def payments(trace: Trace) -> list[tuple[Event, Payment]]:
    """Every payment that was ordered, in order."""
    return trace.heard(GATEWAY, Payment)


def requests(trace: Trace) -> list[tuple[Event, Action]]:
    """Every JSON object that the POS sent."""
    return trace.heard(GATEWAY, *REQUESTS)


def told(trace: Trace, before: Event) -> list[Told]:
    """What the POS could know of the terminals when something happened: lists, and pushes upon them. What is misshapen
    tells nothing."""
    known: dict[str, Told] = {}
    for event, body in trace.heard(GATEWAY, TerminalsResponse, TerminalStatusUpdate):
        if event.index > before.index:
            break
        for one in _listed(body, event.at) if isinstance(body, TerminalsResponse) else _pushed(body, event.at):
            older = next((terminal for terminal in known.values() if terminal.is_called(one.device)), None)
            known[one.device if older is None else older.device] = one if older is None else _updated(older, one)
    return list(known.values())


def _updated(older: Told, newer: Told) -> Told:
    """A terminal keeps its name, and the names of all the connections that it ever had."""
    at = older.at if older.status == newer.status else newer.at
    return replace(older, connections=(*older.connections, *newer.connections), status=newer.status, at=at)


def _listed(body: TerminalsResponse, at: float) -> Iterator[Told]:
    for entry in body.terminals:
        if entry.id and entry.status in modulus_schema.LIST_STATUSES:
            yield Told(entry.id, (entry.connection_id,) if entry.connection_id else (), entry.status, at)


_AS_LISTED = {
    modulus_schema.CONNECTED: modulus_schema.ONLINE,
    modulus_schema.DISCONNECTED: modulus_schema.OFFLINE,
}


def _pushed(body: TerminalStatusUpdate, at: float) -> Iterator[Told]:
    status = _AS_LISTED.get(body.status, body.status)
    if body.terminal_id and status in modulus_schema.LIST_STATUSES:
        connection = body.text("connectionId")
        yield Told(body.terminal_id, (connection,) if connection else (), status, at)


# ---- Form ------------------------------------------------------------------------------------------------------------


def requests_have_an_action(trace: Trace) -> Finding:
    """MOD-050: each object that the POS sends says by its member `action` what it asks for."""
    found = requests(trace)
    offences = [("a message without an action", event) for event, body in found if not body.name]
    return decided("an action in each message", offences, len(found), "messages")


def asks_for_terminals(trace: Trace, within: float) -> Finding:
    """MOD-051: a POS that was let in asks for the terminals by the action getTerminals, within `within` seconds."""
    expected = f"getTerminals within {within:g} s of the handshake"
    let_in = next((event for event, body in trace.heard(GATEWAY, KeyShown) if body.answer == LET_IN), None)
    if let_in is None:
        return undecided(expected, "no handshake to judge")
    asked = next((pair for pair in trace.heard(GATEWAY, GetTerminals) if pair[0].index > let_in.index), None)
    times = Times(trace)
    if asked is None:
        if times.beyond(trace.end - let_in.at, within, let_in):
            return failed(expected, f"none in {trace.end - let_in.at:.1f} s", [let_in])
        return undecided(expected, f"none in the {trace.end - let_in.at:.1f} s that were watched", [let_in])
    event, body = asked
    if body.faults:
        return failed(expected, "; ".join(body.faults), [event])
    return times.within(expected, event.at - let_in.at, within, [event])


def payments_are_formed(trace: Trace) -> Finding:
    """MOD-053: a payment has the action payment, a terminalId that is a text and a paymentRequest object."""
    found = payments(trace)
    offences = [
        ("; ".join(faults), event)
        for event, body in found
        if (faults := [fault for fault in body.faults if fault.startswith(("action", "terminalId", "paymentRequest:"))])
    ]
    return decided("action, terminalId and a paymentRequest object in each payment", offences, len(found), "payments")


MEMBERS = ("transactionId", "amount", "currency", "paymentMethod")


def payments_are_complete(trace: Trace) -> Finding:
    """MOD-054: a paymentRequest holds its four members, each of the documented kind."""
    prefixes = tuple(f"paymentRequest.{name}:" for name in MEMBERS)
    found = [(event, body) for event, body in payments(trace) if body.request.fields]
    offences = [
        ("; ".join(faults), event)
        for event, body in found
        if (faults := [fault for fault in body.faults if fault.startswith(prefixes)])
    ]
    return decided(f"{', '.join(MEMBERS)} as documented in each paymentRequest", offences, len(found), "payments")


_POINTED = re.compile(r"[0-9]+\.[0-9]{1,2}")


def amounts_are_decimal_texts(trace: Trace, number: str) -> Finding:
    """MOD-055: an amount is a decimal with a point, in quotation marks. `number`: `allow` lets the marks be missing."""
    found = [(event, body) for event, body in payments(trace) if body.amount]
    offences = []
    for event, body in found:
        if not _POINTED.fullmatch(body.amount):
            offences.append((f"the amount {shown(body.amount)}", event))
        elif "amount" in body.request.unquoted and number != "allow":
            offences.append((f"the amount {body.amount} as a number", event))
    return decided('amounts like "99.99"', offences, len(found), "amounts")


def pays_what_was_typed(trace: Trace) -> Finding:
    """MOD-055: the amount of a payment is, as a number, the one that the cashier typed last."""
    typed, offences, seen = "", [], 0
    for event in trace:
        match event.body:
            case Pressed(key="sale", fields=fields) if event.source == BENCH:
                typed = fields.get("amount", "")
            case Payment(amount=amount) if event.source == GATEWAY and typed:
                seen += 1
                if modulus.decimal(amount) != modulus.decimal(typed):
                    offences.append((f"{shown(amount)} for a sale of {typed}", event))
    return decided("the amount that was typed in each payment", offences, seen, "payments")


_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


def transactions_are_uuid7(trace: Trace) -> Finding:
    """MOD-106: each transactionId is a UUID of version 7."""
    found = [(event, body) for event, body in payments(trace) if body.transaction_id]
    offences = [
        (f"the transactionId {shown(body.transaction_id)}", event)
        for event, body in found
        if not _UUID7.fullmatch(body.transaction_id)
    ]
    return decided("UUIDv7 as transactionId", offences, len(found), "transactionIds")


def transactions_are_unique(trace: Trace, at_least: int = 2) -> Finding:
    """MOD-057: no two payments have the same transactionId; `at_least` so many payments must have been seen."""
    found = [(event, body) for event, body in payments(trace) if body.transaction_id]
    first: dict[str, Event] = {}
    offences = []
    for event, body in found:
        before = first.setdefault(body.transaction_id, event)
        if before is not event:
            offences.append((f"{body.transaction_id} was used {event.at - before.at:.1f} s before", event))
    if not offences and len(found) < at_least:
        return undecided("a transactionId of its own in each payment", f"{len(found)} payments")
    return decided("a transactionId of its own in each payment", offences, len(found), "payments")


# ---- On which terminal -----------------------------------------------------------------------------------------------


def pays_on_discovered_terminals(trace: Trace) -> Finding:
    """MOD-056: a payment names a terminal that the gateway has named before."""
    found = [(event, body) for event, body in payments(trace) if body.terminal_id]
    offences = [
        (f"{body.terminal_id!r} was in no list", event)
        for event, body in found
        if not any(terminal.is_called(body.terminal_id) for terminal in told(trace, event))
    ]
    asked = [event for event, body in trace.heard(BENCH, Pressed) if body.key == "sale"]
    return decided("payments on terminals of the list", offences, max(len(found), len(asked)), "sales")


def pays_on_online_terminals(trace: Trace) -> Finding:
    """MOD-058: no payment goes to a terminal that the POS was told is not online.

    What was told in the last moment before the payment may have crossed it on the wire."""
    offences, seen = [], 0
    for event, body in payments(trace):
        terminal = next((one for one in told(trace, event) if one.is_called(body.terminal_id)), None)
        if terminal is None:
            continue
        seen += 1
        if terminal.status != modulus_schema.ONLINE and event.at - terminal.at > CROSSING:
            offences.append((f"{terminal.device} was {terminal.status} for {event.at - terminal.at:.1f} s", event))
    wanted = [pair for pair in _wanted(trace) if pair[1].status != modulus_schema.ONLINE]
    return decided("no payment on a terminal that is not online", offences, seen + len(wanted), "payments")


def names_terminals_by_device(trace: Trace) -> Finding:
    """MOD-100: a terminal that has a deviceId is named by it, not by its connection."""
    offences, seen = [], 0
    for event, body in payments(trace):
        terminal = next((one for one in told(trace, event) if one.is_called(body.terminal_id)), None)
        if terminal is None or terminal.connections == (terminal.device,):
            continue
        seen += 1
        if body.terminal_id != terminal.device:
            offences.append((f"{terminal.device} by the name of its connection", event))
    return decided("the deviceId as terminalId", offences, seen, "payments")


def _wanted(trace: Trace) -> list[tuple[Event, Told]]:
    """The sales that a user asked for on a certain terminal, with how it stood with that."""
    found = []
    for event, body in trace.heard(BENCH, Pressed):
        if body.key == "sale" and (name := body.fields.get("terminal", "")):
            found += [(event, one) for one in told(trace, event) if one.device == name]
    return found


def orders_as_terminals_stand(trace: Trace, within: float) -> Finding:
    """MOD-075: a sale on a terminal goes out, within `within` seconds, if and only if the last that the gateway told of
    that terminal, by a list or a push, is that it is online."""
    expected = f"a payment within {within:g} s on a terminal that is online, none on one that is not"
    offences, seen, times = [], 0, Times(trace)
    for event, terminal in _wanted(trace):
        if event.at - terminal.at <= CROSSING:
            continue
        by = done(trace, event)
        after = [one.at - by for one, body in payments(trace)
                 if one.index > event.index and terminal.is_called(body.terminal_id)]  # fmt: skip
        came = [seconds for seconds in after if seconds <= within]
        if terminal.status != modulus_schema.ONLINE:
            seen += 1
            if came:
                offences.append((f"a payment on {terminal.device}, which is {terminal.status}", event))
        elif came:
            seen += 1
        elif times.beyond(trace.end - by, within, event):
            offences.append((f"no payment on {terminal.device}, which is online", event))
    return decided(expected, offences, seen, "sales", times)


# ---- How often -------------------------------------------------------------------------------------------------------


def no_payment_unasked(trace: Trace) -> Finding:
    """MOD-065, MOD-102, MOD-104: no more payments go out than sales were asked for; one that failed, was cancelled or
    was refused may be tried again."""
    allowed, offences, seen = 0, [], 0
    for event in trace:
        match event.body:
            case Pressed(key="sale") if event.source == BENCH:
                allowed += 1
                seen += 1
            case PaymentComplete(status=status) if status in REFUSED:
                allowed += 1
            case ApiAnswer(state=state) if state in REFUSED:
                allowed += 1
            case GatewayError():
                allowed += 1
            case Payment() if event.source == GATEWAY:
                allowed -= 1
                if allowed < 0:
                    allowed = 0
                    offences.append(("a payment that nobody asked for", event))
    return decided("no payment but those that were asked for", offences if seen else [], seen, "sales")


def queries_after_the_limit(trace: Trace, limit: float, within: float) -> Finding:
    """MOD-104: a payment without a result is asked about over HTTP, at most `within` seconds after its `limit`, and is
    not ordered again before."""
    expected = f"a query of the transaction within {limit + within:g} s of a payment without a result"
    results = {body.transaction_id for _, body in trace.heard(GATEWAY, PaymentComplete)}
    offences, seen, times = [], 0, Times(trace)
    for event, body in payments(trace):
        if not body.transaction_id or body.transaction_id in results:
            continue
        asked = [one for one, call in trace.heard(GATEWAY, ApiCall)
                 if one.index > event.index and call.transaction_id == body.transaction_id]  # fmt: skip
        waited = (asked[0].at if asked else trace.end) - event.at
        late = times.beyond(waited, limit + within, event)
        if late:
            offences.append((f"{'the first' if asked else 'none'} in {times.told(waited)}", event))
        seen += bool(asked) or late
    return decided(expected, offences, seen, "payments without a result", times)


def queries_are_signed(trace: Trace) -> Finding:
    """MOD-104: what the POS asks the HTTP side is signed, so that it is answered at all."""
    calls = trace.heard(GATEWAY, ApiCall)
    offences = [(f"{body.method} {body.path}: {body.refused}", event) for event, body in calls if body.refused]
    return decided("signed requests", offences, len(calls), "requests")
