"""Rules of Paymentsense Connect about transactions at the counter: how they are asked for, shown, ended and booked."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.paymentsense_reading import (
    CONNECT,
    ENDED,
    KEYS,
    SETTLED,
    Exchange,
    Sale,
    booked,
    connected,
    exchanges,
    pressed,
    ran_for,
    sales,
    screens,
    stands,
)
from harness.checks.reading import decided, done
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.paymentsense import REPORTS, Notification, Refusal, Result, Side, decimal

LEAST, MOST, MOST_CASHBACK = 1, 99_999_999, 10_000
"""Minor units (PSC-111)."""

KEPT = ("DECLINED", "VOID", "UNSUCCESSFUL", "CANCELLED")
"""Results after which the amount stays (PSC-107)."""

Offence = tuple[str, Event]

# ---- Asked for -------------------------------------------------------------------------------------------------------


def transaction_started(trace: Trace, within: float) -> Finding:
    """Each key for a sale or a refund of an EPoS that is connected brings a demand of that method, `within` seconds."""
    seen, offences = 0, list[Offence]()
    for sale in sales(trace):
        exchange = sale.exchange
        if exchange is None:
            if ran_for(trace, sale.pressed, within) and connected(trace, sale.pressed):
                offences.append((f"no {sale.key.key} was asked for in {within:g} s", sale.pressed))
        elif exchange.demand.method != sale.key.key:
            offences.append((f"a {sale.key.key} was asked for as {exchange.demand.method}", exchange.asked))
        else:
            seen += 1
    return decided("each sale and refund is asked for as what it is", offences, seen, "transactions")


def terminal_as_chosen(trace: Trace) -> Finding:
    """A transaction goes to the card machine that the user chose for it."""
    seen, offences = 0, list[Offence]()
    for sale in sales(trace):
        wanted = sale.key.fields.get("terminal")
        if wanted is None or sale.exchange is None:
            continue
        seen += 1
        tid = sale.exchange.demand.param("tid")
        if tid != wanted:
            offences.append((f"tid {tid!r} where {wanted!r} was chosen", sale.exchange.asked))
    return decided("each transaction goes to the terminal that was chosen", offences, seen, "transactions")


def amounts_in_minor_units(trace: Trace) -> Finding:
    """Amounts are integers in minor units within their bounds, and what the user typed."""
    seen, offences = 0, list[Offence]()
    typed = {sale.exchange.asked.index: sale.asked for sale in sales(trace) if sale.exchange is not None}
    for one in exchanges(trace, Side.EPOS, (*KEYS, "preAuth", "completion")):
        seen += 1
        amount, cashback = one.demand.param("amount"), one.demand.param("amountCashback")
        if not _is_whole(amount, LEAST, MOST):
            offences.append((f"amount {amount!r}, no integer from {LEAST} to {MOST}", one.asked))
        elif typed.get(one.asked.index) not in (None, amount):
            offences.append((f"amount {amount} where {typed[one.asked.index]} was typed", one.asked))
        if cashback is not None and not _is_whole(cashback, 0, MOST_CASHBACK):
            offences.append((f"amountCashback {cashback!r}, no integer from 0 to {MOST_CASHBACK}", one.asked))
    return decided("amounts are integers in minor units", offences, seen, "demands with an amount")


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def cancellation_asked(trace: Trace, within: float) -> Finding:
    """The user's cancel key, while a transaction runs, brings a `cancelTransaction` for its terminal."""
    seen, offences = 0, list[Offence]()
    asked = exchanges(trace, Side.EPOS, ("cancelTransaction",))
    for event, _ in pressed(trace, "cancel"):
        running = [sale.exchange for sale in sales(trace) if sale.exchange and _runs(sale.exchange, event)]
        if not running:
            continue
        tids = [one.demand.param("tid") for one in running]
        by = done(trace, event)
        came = [one for one in asked if event.index < one.asked.index and one.asked.at <= by + within]
        if any(one.demand.param("tid") in tids for one in came):
            seen += 1
        elif came:
            offences.append((f"cancelTransaction for {came[0].demand.param('tid')!r}", came[0].asked))
        elif ran_for(trace, event, within) and not all(_over(one, by) for one in running):
            offences.append((f"no cancelTransaction in {within:g} s", event))
    return decided("a running transaction is cancelled from the POS", offences, seen, "cancellations")


def _over(exchange: Exchange, at: float) -> bool:
    """Whether it had been answered by then: who cancels no quicker may have found nothing to cancel."""
    return exchange.answered is not None and exchange.answered.at < at


def _runs(exchange: Exchange, at: Event) -> bool:
    over = exchange.answered
    return exchange.asked.index < at.index and (over is None or over.index > at.index)


def report_run(trace: Trace, within: float) -> Finding:
    """The report key of an EPoS that is connected brings a demand for a report, and the user is told when its answer is
    there."""
    seen, offences = 0, list[Offence]()
    asked = exchanges(trace, Side.EPOS, REPORTS)
    for event, _ in pressed(trace, "report"):
        mine = next((one for one in asked if one.asked.index > event.index), None)
        if mine is None:
            if ran_for(trace, event, within) and connected(trace, event):
                offences.append((f"no report was asked for in {within:g} s", event))
        elif isinstance(mine.answer, Result) and mine.answered is not None:
            if screens(trace, mine.answered, within):
                seen += 1
            elif ran_for(trace, mine.answered, within):
                offences.append(("nothing was shown of the report that came", mine.answered))
    return decided("reports are run, and the user is told of the copy", offences, seen, "reports")


# ---- Shown meanwhile -------------------------------------------------------------------------------------------------


def notifications_shown(trace: Trace, within: float, words: dict[str, str] | None = None) -> Finding:
    """Each notification of the terminal changes the screen while the transaction runs, unless it only repeats the one
    before it.

    In which words is the vendor's matter; so a case lets more than `within` seconds pass between two of them. `words`:
    those that the EPoS shows of a notification, by its value and in any case of letters, where it is held to them."""
    seen, offences = 0, list[Offence]()
    before = ""
    for event, body in trace.heard(CONNECT, Notification):
        value = str(body.param("notificationValue"))
        if body.method != "terminalNotification" or not _belongs(trace, event, body):
            continue
        wanted = (words or {}).get(value, "").casefold()
        if value != before and any(wanted in screen.text.casefold() for _, screen in screens(trace, event, within)):
            seen += 1
        elif value != before and ran_for(trace, event, within):
            offences.append((f"{f'no {wanted!r}' if wanted else 'nothing'} was shown at {value}", event))
        before = value
    return decided("what the terminal notifies is shown meanwhile", offences, seen, "notifications")


def _belongs(trace: Trace, event: Event, notice: Notification) -> bool:
    """Whether a notification is about a transaction that runs, of that terminal and line."""
    return any(
        one.demand.param("tid") == notice.param("tid") and one.asked.line == event.line and _runs(one, event)
        for one in exchanges(trace, Side.EPOS, KEYS)
    )


def signature_asked_and_answered(trace: Trace, within: float, window: float) -> Finding:
    """The user is asked to verify the signature, and what he says goes back under the id of the request.

    `window`: seconds after which nobody waits for it; `within`: how soon the user is asked, and his word is passed
    on."""
    seen, offences = 0, list[Offence]()
    for one in exchanges(trace, Side.CONNECT, ("signatureVerificationRequest",)):
        until = one.asked.at + window
        said = next((pair for pair in pressed(trace, "signature") if one.asked.index < pair[0].index), None)
        if said is None or done(trace, said[0]) + within > until:
            continue
        event, key = said
        wanted = key.fields.get("accepted") == "true"
        if not screens(trace, one.asked, within):
            offences.append((f"the user was not asked in {within:g} s", one.asked))
        elif one.answered is None:
            if ran_for(trace, one.asked, window):
                offences.append(("the request has no answer under its id", one.asked))
        elif one.answered.index < event.index:
            offences.append(("answered before the user had said anything", one.answered))
        elif not isinstance(one.answer, Result) or one.answer.part("accepted") is not wanted:
            offences.append((f"not answered with accepted {str(wanted).lower()}", one.answered))
        elif one.answered.at > until:
            offences.append((f"answered after {one.answered.at - one.asked.at:.1f} s", one.answered))
        else:
            seen += 1
    return decided("the user verifies the signature, and the answer has the id", offences, seen, "signatures")


def user_messages_shown(trace: Trace, within: float) -> Finding:
    """A `userMessage` that comes in an answer is on the screen as it was received."""
    seen, offences = 0, list[Offence]()
    for one in exchanges(trace, Side.EPOS, (*KEYS, *REPORTS, "cancelTransaction")):
        words = _user_message(one)
        if not words or one.answered is None:
            continue
        if any(words in screen.text for _, screen in screens(trace, one.answered, within)):
            seen += 1
        elif ran_for(trace, one.answered, within):
            offences.append((f"{words!r} was not shown", one.answered))
    return decided("each userMessage is shown as received", offences, seen, "messages for the user")


def _user_message(exchange: Exchange) -> str:
    match exchange.answer:
        case Refusal() as refusal:
            return refusal.user_message
        case Result() as result:
            words = result.part("userMessage")
            return words if isinstance(words, str) else ""
    return ""


# ---- Ended and booked ------------------------------------------------------------------------------------------------


def _ended(trace: Trace, outcomes: Sequence[str]) -> list[tuple[Sale, Exchange, Event]]:
    """The sales that were answered with one of these, with the answer's event."""
    found = []
    for sale in sales(trace):
        one = sale.exchange
        if one is not None and one.answered is not None and one.outcome in outcomes:
            found.append((sale, one, one.answered))
    return found


def cancellation_is_no_outcome(trace: Trace) -> Finding:
    """While only the cancellation has been answered, the sale stands as open; its own answer says how it ended."""
    expected = "the reply to a cancellation decides nothing"
    seen, offences = 0, list[Offence]()
    for cancel in exchanges(trace, Side.EPOS, ("cancelTransaction",)):
        sale = next((sale for sale in sales(trace) if sale.exchange and _runs(sale.exchange, cancel.asked)), None)
        if sale is None or sale.exchange is None or cancel.answered is None or not sale.reference:
            continue
        over = sale.exchange.answered
        until = float("inf") if over is None else over.index
        early = [
            event for event in booked(trace, sale.reference, sale.pressed)
            if cancel.asked.index < event.index < until and event.body.state in ENDED and event.body.state != "unknown"
        ]  # fmt: skip
        if early and over is not None:
            offences.append((f"booked as {early[0].body.state} before the transaction was answered", early[0]))
        elif over is not None:
            seen += 1
    return decided(expected, offences, seen, "cancelled transactions")


def success_clears(trace: Trace, within: float) -> Finding:
    """After SUCCESSFUL the sale is paid, the refund refunded, and stays so."""
    seen, offences = 0, list[Offence]()
    for sale, _, answered in _ended(trace, ("SUCCESSFUL",)):
        state = stands(trace, sale.reference, answered.at + within)
        if state is not None and state.body.state in SETTLED:
            seen += 1
        elif ran_for(trace, answered, within) and state is not None:
            offences.append((f"{sale.reference} stands as {state.body.state}", state))
    return decided("a successful transaction clears the amount", offences, seen, "successful transactions")


def failure_keeps_the_amount(trace: Trace, within: float) -> Finding:
    """After a result that moved no money the user is told, and the sale is neither paid nor refunded."""
    seen, offences = 0, list[Offence]()
    for sale, one, answered in _ended(trace, KEPT):
        state = stands(trace, sale.reference, answered.at + within)
        if state is not None and state.body.state in SETTLED:
            offences.append((f"{sale.reference} stands as {state.body.state} after {one.outcome}", state))
        elif not ran_for(trace, answered, within):
            continue
        elif not screens(trace, answered, within):
            offences.append((f"nothing was shown after {one.outcome}", answered))
        elif state is not None:
            seen += 1
    return decided("what moved no money is told, and the amount stays", offences, seen, "unsuccessful transactions")


def timed_out_is_checked(trace: Trace, within: float) -> Finding:
    """After TIMED_OUT the sale is in doubt: booked as unknown, the state of its terminal asked for, the user told what
    to do. `within`: seconds for each of these."""
    seen, offences = 0, list[Offence]()
    checks = exchanges(trace, Side.EPOS, ("terminalDetails", "terminalsDetails", "connectedTerminals"))
    for sale, _, answered in _ended(trace, ("TIMED_OUT",)):
        state = stands(trace, sale.reference, answered.at + within)
        if state is not None and state.body.state in ENDED and state.body.state != "unknown":
            offences.append((f"{sale.reference} stands as {state.body.state} after TIMED_OUT", state))
            continue
        check = next((one for one in checks if one.asked.index > answered.index), None)
        if check is None or check.asked.at > answered.at + within:
            if ran_for(trace, answered, within):
                offences.append((f"the terminal's state was not asked for in {within:g} s", answered))
        elif check.answered is not None:
            if screens(trace, check.answered, within):
                seen += 1
            elif ran_for(trace, check.answered, within):
                offences.append(("the user was not told what to do", check.answered))
    return decided("TIMED_OUT leaves a doubt, and the terminal is checked", offences, seen, "timed out transactions")


def charged_as_the_result_says(trace: Trace, within: float) -> Finding:
    """What is booked as settled is the total of the result, also where that is not what was asked for."""
    seen, offences = 0, list[Offence]()
    for sale, one, answered in _ended(trace, ("SUCCESSFUL",)):
        total = one.answer.part("amountTotal") if isinstance(one.answer, Result) else None
        state = stands(trace, sale.reference, answered.at + within)
        asked = (one.demand.param("amount") or 0) + (one.demand.param("amountCashback") or 0)
        if not isinstance(total, int) or total == asked or state is None or not state.body.amount:
            continue
        if state.body.amount == decimal(total):
            seen += 1
        else:
            offences.append((f"{state.body.amount} is booked where {decimal(total)} was charged", state))
    return decided(
        "what is booked is what the result says", offences, seen, "transactions charged otherwise than asked"
    )
