"""A POS backend in software: it sets its webhook up, takes payments, and heeds what terminals say of themselves.

Events tell two kinds of things. How a terminal stands is a *state*: of all that was said of one terminal, what is dated
latest holds, in whatever order it came. A Reject and a SaleWakeUp are *acts*: each is done once, however often it is
delivered. All of it is per terminal, by POIID.

The keys of its user (`Pressed`), and what they do; a field in brackets may be left out:

    sale        {amount, terminal, [reference]}   ask a terminal for an amount
    refund      {amount, terminal, [reference], [sale]}   give it back; sale: the reference of what was paid
    order       {reference, amount}               an open order, to be paid by who types its reference on a terminal
    cancel      {reference}                       drop a sale that was not placed yet
    receipt     {reference, kind}                 show a receipt; kind is CashierReceipt or CustomerReceipt
    configure   {[level], [id], [url]}            make an event URL known at company, merchant, store or terminal
    remove      {[level], [id], [url]}            take it away again

What it says to its user are `Screen`s, its book is `Booked`, and what only a technician wants is a `Notice`.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator

from emulator.adyen.paying import Paying
from emulator.book import Sale
from emulator.panel import Notice
from harness.evidence.bench import Pressed
from harness.wire import nexo
from harness.wire.endpoint import Noted, Output
from harness.wire.framing import Malformed
from harness.wire.nexo import STATE_EVENTS, EventNotification, Message, MessageHeader, SaleToPOIRequest

REMEMBERED = 500
"""How many events are known again when they come once more."""

_TERMINAL, _SEEN, _ORDER = "terminal ", "events seen", "order "


class Backend(Paying):
    """The conformant backend, an `Endpoint`."""

    def hear_message(self, message: Message, now: float) -> Iterator[Output]:
        """One place tells events from results (ADY-092)."""
        if isinstance(message, SaleToPOIRequest):
            if (event := message.event) is not None:
                yield from self.hear_event(message.header, event, now)
        else:
            yield from self.hear_response(message, now)

    # ---- Events ------------------------------------------------------------------------------------------------------

    def hear_event(self, header: MessageHeader, event: EventNotification, now: float) -> Iterator[Output]:
        if header.poi_id not in self.settings.terminals:
            yield Noted(0, Notice(f"{event.event} of a terminal that is not ours"))
        elif self.was_heard(header, event):
            yield Noted(0, Notice(f"{event.event} of {header.poi_id} once more"))
        elif event.event in STATE_EVENTS:
            yield from self.hear_state(header.poi_id, event, now)
        elif event.event == "Reject":
            yield from self.rejected(header, event, now)
        elif event.event == "SaleWakeUp":
            yield from self.woken(header.poi_id, event, now)
        else:
            yield Noted(0, Notice(f"nothing is known of the event {event.event!r}"))

    def was_heard(self, header: MessageHeader, event: EventNotification) -> bool:
        """Whether this very event came before: it is known by its ids and its time (ADY-083, 115)."""
        seen: list[str] = json.loads(self.storage.get(_SEEN, "[]"))
        mark = self.mark(header, event)
        if mark in seen:
            return True
        self.storage[_SEEN] = json.dumps([*seen, mark][-REMEMBERED:])
        return False

    def mark(self, header: MessageHeader, event: EventNotification) -> str:
        """By what an event is known again. Not by its DeviceID alone: the document's samples use one twice."""
        return " ".join((header.poi_id, header.device_id, header.service_id, event.event, event.at))

    # ---- How a terminal stands ---------------------------------------------------------------------------------------

    def hear_state(self, terminal: str, event: EventNotification, now: float) -> Iterator[Output]:
        """The latest by its own time holds (ADY-082)."""
        at = nexo.instant(event.at)
        if at is None:
            yield Noted(0, Notice(f"{event.event} of {terminal} without a time"))
        elif self.is_news(terminal, at):
            yield from self.stand(terminal, event.event, at, now)

    def is_news(self, terminal: str, at: float) -> bool:
        since: float = self._standing(terminal)[1]
        return at >= since

    def stand(self, terminal: str, event: str, at: float, now: float) -> Iterator[Output]:
        """From now on the user sees it so (ADY-077, 078), and what waited for the terminal is placed."""
        self.storage[_TERMINAL + terminal] = json.dumps([event, at])
        if self.is_available(terminal):
            yield from self.show(f"{terminal} is available")
            yield from self.place_held(now)
        else:
            yield from self.show(f"{terminal} is not available: {event}", "red")

    def place_held(self, now: float) -> Iterator[Output]:
        for sale in self.book.sales("open"):
            yield from self.place(sale.reference, now)

    def is_available(self, terminal: str) -> bool:
        """One of which nothing was ever heard is."""
        return STATE_EVENTS.get(self._standing(terminal)[0], True)

    def _standing(self, terminal: str) -> tuple[str, float]:
        event, at = json.loads(self.storage.get(_TERMINAL + terminal, '["", 0]'))
        return event, at

    # ---- What a terminal wants ---------------------------------------------------------------------------------------

    def rejected(self, header: MessageHeader, event: EventNotification, now: float) -> Iterator[Output]:
        """The sale that waits ends, and the user learns why (ADY-079). Which one, where several wait and nothing says,
        only their status tells."""
        reason = self.reject_reason(event)
        sales = self.rejected_sales(header, event)
        if len(sales) == 1:
            yield from self.end(sales[0].reference, "declined", f"rejected: {reason}")
            return
        yield from self.show(f"{header.poi_id} rejects a request: {reason}", "red")
        for sale in sales:
            yield from self.overdue(sale.reference, now)

    def reject_reason(self, event: EventNotification) -> str:
        return event.pairs.get("message") or event.details or "no reason given"

    def rejected_sales(self, header: MessageHeader, event: EventNotification) -> list[Sale]:
        """Those it may be about: by the request it gives back, by its ServiceID, else all that wait there."""
        waiting = [sale for sale in self.book.sales("pending", "unknown") if sale.terminal == header.poi_id]
        named = _header_within(event.rejected_message) or header
        if named.service_id:
            return [sale for sale in waiting if sale.memo["service"] == named.service_id]
        return [sale for sale in waiting if sale.state == "pending"]

    def woken(self, terminal: str, event: EventNotification, now: float) -> Iterator[Output]:
        """Somebody typed a reference on a terminal and wants to pay there (ADY-080)."""
        reference = self.typed_reference(event)
        if not reference:
            yield from self.show(f"{terminal} asks for a payment without a reference", "red")
            return
        known = self.book.find(reference)
        if known is None:
            yield from self.sell(reference, self.due(reference), terminal, now)
        else:
            yield from self.show(f"{reference} is {known.state}", "red")

    def due(self, reference: str) -> str:
        """What is to be paid for an order."""
        return self.storage.get(_ORDER + reference) or self.settings.orders.get(reference, self.settings.due)

    def typed_reference(self, event: EventNotification) -> str:
        """Plain text, whatever signs it has (ADY-081)."""
        return event.details

    # ---- Its user ----------------------------------------------------------------------------------------------------

    def told(self, body: object, now: float) -> Iterator[Output]:
        if not isinstance(body, Pressed) or not self.on:
            return
        fields = body.fields
        match body.key:
            case "sale" | "refund":
                yield from self.sale_pressed(fields, now, of=fields.get("sale", "") if body.key == "refund" else None)
            case "order" if _is_amount(fields.get("amount", "")):
                self.storage[_ORDER + fields.get("reference", "")] = fields["amount"]
                yield from self.show(f"order {fields.get('reference', '')}: {fields['amount']}")
            case "cancel":
                yield from self.cancel_pressed(fields.get("reference", ""))
            case "receipt":
                text = self.receipt(fields.get("reference", ""), fields.get("kind", "CustomerReceipt"))
                yield from self.show(text or "no such receipt")
            case "configure" | "remove" as key:
                do = self.configure if key == "configure" else self.remove
                yield from do(fields.get("level", ""), fields.get("id", ""), fields.get("url", ""), now)
            case other:
                yield from self.show(f"cannot do {other!r} like that", "red")

    def sale_pressed(self, fields: dict[str, str], now: float, of: str | None = None) -> Iterator[Output]:
        """A sale that waits for the event URL has it set up. `of`: the sale that is given back, "" for none; None where
        nothing is given back."""
        reference = fields.get("reference") or self.new_reference()
        amount, terminal = fields.get("amount", ""), fields.get("terminal") or self.settings.terminals[0]
        if not _is_amount(amount):
            yield from self.show(f"{amount!r} is no amount", "red")
        elif terminal not in self.settings.terminals:
            yield from self.show(f"there is no terminal {terminal!r}", "red")
        elif self.book.find(reference) is not None:
            yield from self.show(f"{reference} is in the book already", "red")
        else:
            if of is None:
                yield from self.sell(reference, amount, terminal, now)
            else:
                yield from self.refund(reference, amount, terminal, of, now)
            if not self.may_call_async() and not self.under_way:
                yield from self.configure("", "", "", now)

    def cancel_pressed(self, reference: str) -> Iterator[Output]:
        sale = self.book.find(reference)
        if sale is not None and sale.state == "open":
            yield from self.end(reference, "cancelled", "by the cashier")
        else:
            yield from self.show(f"{reference} cannot be cancelled here", "red")

    # ---- Ready for business ------------------------------------------------------------------------------------------

    def ready(self, now: float) -> Iterator[Output]:
        yield from self.taken_up_again(now)

    def not_ready(self, why: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        """Without a way for results no sale is placed asynchronously: those that wait for it are given up."""
        self.under_way = False
        yield from self.show(f"events are not set up: {why}", "red")
        if not self.may_call_async():
            for sale in self.book.sales("open"):
                yield from self.end(sale.reference, "cancelled", f"events are not set up: {why}")


def _header_within(rejected_message: str) -> MessageHeader | None:
    """Of the request that a Reject gives back, if it can be read; encrypted ones have theirs in clear."""
    try:
        message = nexo.parse(b64decode(rejected_message, validate=True))
    except ValueError:
        return None
    return None if isinstance(message, Malformed) else message.header


def _is_amount(text: str) -> bool:
    whole, _, cents = text.partition(".")
    return whole.isdigit() and whole.isascii() and (not cents or (cents.isdigit() and cents.isascii()))
