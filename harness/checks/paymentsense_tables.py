"""Rules of Paymentsense Connect about tables: requests answered in time, locks granted once, and one till at a time."""

from __future__ import annotations

from harness.checks.paymentsense_reading import CONNECT, Exchange, exchanges, pressed
from harness.checks.reading import Times, decided
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Close, Opened, PeerClosed
from harness.wire.paymentsense import DISCONTINUED, PAC, PAT, Admitted, Ended, Notification, Refusal, Result, Side

ASKED = ("tableListRequest", "tableLockRequest", "posReceiptRequest", "finalPOSReceiptRequest")
"""What a card machine asks at a table, and waits for."""

Offence = tuple[str, Event]


def requests_answered(trace: Trace, within: float) -> Finding:
    """Each request of a card machine is answered while it waits, if the line is there for so long."""
    times = Times(trace)
    seen, offences = 0, list[Offence]()
    for one in exchanges(trace, Side.CONNECT, ASKED):
        if one.answered is None:
            over = _over(trace, one.asked.line)
            if trace.end > one.asked.at + within and (over is None or over.at > one.asked.at + within):
                offences.append((f"{one.demand.method} has no answer in {within:g} s", one.asked))
        elif times.beyond(one.answered.at - one.asked.at, within, one.answered):
            took = one.answered.at - one.asked.at
            offences.append((f"{one.demand.method} answered only after {took:.1f} s", one.answered))
        else:
            seen += 1
    return decided("requests of a terminal are answered before it gives up", offences, seen, "requests", times)


def _over(trace: Trace, line: int) -> Event | None:
    """The end of a line, whoever made it."""
    ends = trace.heard(CONNECT, PeerClosed, Close, Ended)
    return next((event for event, _ in ends if event.line == line), None)


def lock_granted_once(trace: Trace) -> Finding:
    """A table that is locked is granted to nobody else until it has been unlocked."""
    seen, offences = 0, list[Offence]()
    held: dict[object, Event] = {}
    for event, what in _locks(trace):
        if isinstance(what, Notification) or what.demand.method == "tableUnlock":
            held.pop(_table(what), None)
            continue
        granted = isinstance(what.answer, Result) and what.answer.part("confirmed") is True
        table = _table(what)
        if table in held:
            seen += 1
            if granted:
                offences.append((f"table {table} was granted again", event))
        elif granted:
            held[table] = event
    return decided("a lock is granted once until it is given back", offences, seen, "locks asked of a locked table")


def locked_bill_stays(trace: Trace) -> Finding:
    """What the user types for a table while it is locked changes nothing: its next lock is granted for the same amount.

    A pair of locks is judged if the user tried in between, and only while the first held, and nothing was paid."""
    seen, offences = 0, list[Offence]()
    last: dict[object, tuple[Exchange, Event]] = {}
    freed: dict[object, Event] = {}
    for event, what in _locks(trace):
        table = _table(what)
        if isinstance(what, Notification) or what.demand.method == "tableUnlock":
            freed[table] = event
        elif isinstance(what.answer, Result) and what.answer.part("confirmed") is True:
            before = last.get(table)
            if before is not None and table in freed and _tried(trace, table, before[1], freed[table], event):
                seen += 1
                was, now = (one.answer.part("amount") if isinstance(one.answer, Result) else None
                            for one in (before[0], what))  # fmt: skip
                if was != now:
                    offences.append((f"table {table} was locked with {was} and then has {now}", event))
            last[table] = (what, event)
            freed.pop(table, None)
    return decided("a locked table cannot be edited", offences, seen, "tables edited under a lock")


def _locks(trace: Trace) -> list[tuple[Event, Exchange | Notification]]:
    """Locks as they were answered, and unlocks, in order."""
    asked = exchanges(trace, Side.CONNECT, ("tableLockRequest", "tableUnlock"))
    found: list[tuple[Event, Exchange | Notification]] = [
        (one.answered if one.demand.method == "tableLockRequest" and one.answered else one.asked, one) for one in asked
    ]
    told = trace.heard(CONNECT, Notification)
    found += [(event, body) for event, body in told if body.method == "tableUnlock" and body.by is Side.CONNECT]
    return sorted(found, key=lambda one: one[0].index)


def _table(what: Exchange | Notification) -> object:
    of = what if isinstance(what, Notification) else what.demand
    return of.param("tableId")


def _tried(trace: Trace, table: object, locked: Event, freed: Event, again: Event) -> bool:
    """Whether the user typed another amount for a table between its lock and its release, and nowhere else before the
    next lock, and no payment changed what is due."""
    typed = [event for event, key in pressed(trace, "table") if key.fields.get("name") == table]
    typed = [event for event in typed if locked.index < event.index < again.index]
    paid = [
        event for event, body in trace.heard(CONNECT, Notification)
        if body.method == "transactionResponse" and locked.index < event.index < again.index
    ] + [
        one.asked for one in exchanges(trace, Side.CONNECT, ("transactionResponse",))
        if locked.index < one.asked.index < again.index
    ]  # fmt: skip
    return bool(typed) and all(event.index < freed.index for event in typed) and not paid


def one_till_at_the_tables(trace: Trace, within: float) -> Finding:
    """Of Connect: tills at the counter live side by side; of those at the tables the newest wins, and the older one
    hears that its connection is discontinued, and is ended, `within` seconds."""
    seen, offences = 0, list[Offence]()
    told = {event.line: event for event in _displaced(trace) if not isinstance(event.body, Ended)}
    admitted = trace.heard(CONNECT, Admitted)
    for number, (older, old) in enumerate(admitted):
        over = _over(trace, older.line)
        rivals = [
            event for event, body in admitted[number + 1 :]
            if (body.integration, body.site) == (old.integration, old.site) and (over is None or over.at >= event.at)
        ]  # fmt: skip
        if not rivals:
            continue
        word = told.get(older.line)
        if old.integration == PAC and word is not None:
            offences.append(("a till at the counter was displaced", word))
        elif old.integration == PAT and (word is None or over is None or over.at > rivals[0].at + within):
            if trace.end > rivals[0].at + within:
                offences.append(("the older till at the tables was left connected", rivals[0]))
        else:
            seen += 1
    return decided("one till at the tables, the newest; any number at the counter", offences, seen, "pairs of tills")


def does_not_fight_back(trace: Trace, pause: float, look: float) -> Finding:
    """Who hears "Connection Discontinued" does not dial again within `pause` seconds, unless its user wants it to.

    `look`: seconds that the trace must go on for that to be seen."""
    expected = f"no new connection for {pause:g} s after {DISCONTINUED}"
    seen, offences = 0, list[Offence]()
    for event in _displaced(trace):
        dialled = [one for one, body in trace.heard(CONNECT, Opened) if one.index > event.index]
        wanted = next((one for one, _ in pressed(trace, "connect") if one.index > event.index), None)
        mine = next((one for one in dialled if one.at < event.at + pause), None)
        if mine is not None and (wanted is None or wanted.index > mine.index):
            offences.append((f"dialled again after {mine.at - event.at:.1f} s", mine))
        elif trace.end >= event.at + look:
            seen += 1
    return decided(expected, offences, seen, "displacements")


def _displaced(trace: Trace) -> list[Event]:
    """When an EPoS was told that its connection is discontinued, once a line."""
    told: dict[int, Event] = {}
    for event, body in trace.heard(CONNECT, Refusal, Notification, Ended):
        words = [body.why] if isinstance(body, Ended) else [getattr(body, "message", "")]
        if isinstance(body, Notification):
            words = [str(body.param("message"))]
        if any(DISCONTINUED in word for word in words):
            told.setdefault(event.line, event)
    return list(told.values())
