"""A POS that orders by URL: it asks the web API for a sale, waits for the answer, and books what it says.

    open ──▶ pending ──┬─ Approved ─▶ paid, for what was approved
                       ├─ Declined, Cancelled ─▶ declined, cancelled
                       └─ Error, or no answer ─▶ unknown ── checkStatus, until it is final ─▶ one of these

An answer that is missing says nothing of the money, and neither does an Error: only checkStatus says whether that is
final. So a sale is never ordered again for want of an answer, and the next one waits while that question is young.

What the upper tester may press, and the fields:

    sale     amount, terminal (a TerminalID; else its own)
    report   show the takings
    cancel   answered with a word: who wants to cancel does so at the terminal (ECD-126)
    refund, signature, terminals …   answered with a word: not offered here
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emulator.book import Book, Display, Sale
from emulator.http_party import Failed, HttpParty
from emulator.webapi.settings import Settings
from harness.evidence.bench import Pressed
from harness.wire import strict_json, webapi
from harness.wire.endpoint import Output
from harness.wire.http1 import Reply, Request

if TYPE_CHECKING:
    from random import Random

ENDS = {webapi.APPROVED: "paid", webapi.DECLINED: "declined", webapi.CANCELLED: "cancelled"}
"""How a sale ends by the ResultCode that says so by itself."""

US_CENTRAL = timezone(timedelta(hours=-6))
"""Where the dates of checkStatus are counted; in summer its midnight is an hour earlier, which nobody here sells at."""

_AMOUNT = re.compile(r"[0-9]{1,9}\.[0-9]{2}")


class Pos(HttpParty):
    """The conformant POS, an `Endpoint`. `storage` outlives it."""

    name = "webapi"
    listener = ""  # nobody calls it

    def __init__(self, settings: Settings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__()
        self.settings = settings
        self.book = Book(storage)
        self.display = Display()
        self.rng = rng
        self.doubts: dict[str, float] = {}
        """Since when a sale is asked for, by its RefID."""

    # ---- Power and keys ----------------------------------------------------------------------------------------------

    def started(self, now: float) -> Iterator[Output]:
        """What was under way when it ended is unknown, and is asked for."""
        yield from self.display.show("Ready", "white")
        for sale in self.book.sales("open", "pending", "unknown"):
            yield from self.doubt(sale.reference, "it was under way at the last end", now)

    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:  # noqa: ARG002
        """It has no listener."""
        yield from ()

    def told(self, body: object, now: float) -> Iterator[Output]:
        if self.on and isinstance(body, Pressed):
            yield from self.pressed(body, now)

    def pressed(self, pressed: Pressed, now: float) -> Iterator[Output]:
        match pressed.key:
            case "sale":
                yield from self.sell(pressed.fields, now)
            case "report":
                takings = sum((Decimal(sale.settled) for sale in self.book.sales("paid")), Decimal("0.00"))
                yield from self.display.show(f"Takings {takings}")
            case "cancel":
                yield from self.display.show("Cancel at the terminal")
            case key:
                yield from self.display.show(f"{key.capitalize()}: not offered here")

    # ---- Ordering ----------------------------------------------------------------------------------------------------

    def sell(self, fields: dict[str, str], now: float) -> Iterator[Output]:
        amount, terminal = fields.get("amount", ""), fields.get("terminal") or self.settings.terminal
        if reason := self.objection(amount, terminal, now):
            yield from self.display.show(f"No sale: {reason}", "red")
        else:
            yield from self.order(amount, terminal, now)

    def objection(self, amount: str, terminal: str, now: float) -> str:
        """Why this sale must not be ordered now; "" if it may. One that is unknown holds the next one back until its
        status was asked for (ECD-122), and for as long as the terminal may be at work on it (ECD-125)."""
        if not _AMOUNT.fullmatch(amount):
            return "that is no amount"
        if any(sale.terminal == terminal for sale in self.book.sales("open", "pending")):
            return f"{terminal} is at work"
        unknown = [sale for sale in self.book.sales("unknown") if sale.terminal == terminal]
        if any(now - self.doubts.get(sale.reference, -math.inf) < self.settings.ask_often_for for sale in unknown):
            return "the sale before it is being checked"
        return ""

    def order(self, amount: str, terminal: str, now: float) -> Iterator[Output]:
        reference = self.new_reference()
        yield from self.book.open(reference, amount, terminal, date=self.date(now))
        yield from self.book.turn(reference, "pending")
        yield from self.display.show(f"{amount} at {terminal}: follow the terminal")
        asked = {"amount": self.asked_amount(amount), "refID": self.ref_id(reference), "terminalId": terminal}
        yield from self.fetch(
            "runTransaction",
            asked,
            lambda outcome, at: self.answered(reference, outcome, at),
            self.settings.reply_within,
        )

    def asked_amount(self, amount: str) -> str:
        return amount

    def new_reference(self) -> str:
        """A fresh one for every sale (ECD-120): counted in the book, and drawn, so that no other till has it."""
        return f"{len(self.book.sales()) + 1}-{self.rng.getrandbits(32):08X}"

    def ref_id(self, reference: str) -> str:
        """The RefID of a sale: its reference in the book."""
        return reference

    def date(self, now: float) -> str:
        """The day, as checkStatus wants it."""
        return datetime.fromtimestamp(self.settings.epoch + now, UTC).astimezone(US_CENTRAL).strftime("%m%d%Y")

    def fetch(self, call: str, asked: dict[str, str], then: Any, within: float) -> Iterator[Output]:
        """Ask the web API about a sale."""
        own = {"command": "Sale", "key": self.settings.key, "password": self.settings.password}
        headers = (("Host", self.settings.api), ("Accept", "application/json"), ("Connection", "close"))
        request = Request("GET", webapi.order_path(call, **own, **asked), headers)
        yield from self.call(self.settings.api, request, then, within)

    # ---- Answers -----------------------------------------------------------------------------------------------------

    def answered(self, reference: str, outcome: Reply | Failed, now: float) -> Iterator[Output]:
        """What the API says of an order."""
        sale = self.book.find(reference)
        if sale is None or sale.state != "pending":
            return
        fields = read(outcome)
        if isinstance(outcome, Failed) and not outcome.sent:
            yield from self.end(sale, "cancelled", f"not ordered, {outcome.why}")
        elif (state := ENDS.get(fields.get("ResultCode", ""))) is not None:
            yield from self.settle(sale, state, fields)
        else:
            why = outcome.why if isinstance(outcome, Failed) else fields.get("Message", "an answer without a result")
            yield from self.lost(sale, why, now)

    def lost(self, sale: Sale, why: str, now: float) -> Iterator[Output]:
        """Nobody has said what became of it."""
        yield from self.doubt(sale.reference, why, now)

    def settle(self, sale: Sale, state: str, fields: dict[str, str]) -> Iterator[Output]:
        if state == "paid" and (objection := self.objection_to(sale, fields)):
            yield from self.end(sale, "unknown", objection)
        elif state == "paid":
            yield from self.paid(sale, self.settled_amount(sale, fields))
        else:
            yield from self.end(sale, state, fields.get("Message", ""))

    def objection_to(self, sale: Sale, fields: dict[str, str]) -> str:
        """What is wrong with the money that was approved, "" if nothing is."""
        approved = fields.get("AmountString", "")
        if not _AMOUNT.fullmatch(approved):
            return "approved, for no amount that can be read"
        return f"{approved} approved, more than was asked for" if Decimal(approved) > Decimal(sale.amount) else ""

    def settled_amount(self, sale: Sale, fields: dict[str, str]) -> str:  # noqa: ARG002  # a defect takes the order's
        """What was approved, which may be less than was asked for (ECD-124)."""
        return fields["AmountString"]

    def paid(self, sale: Sale, amount: str) -> Iterator[Output]:
        yield from self.certain(sale.reference)
        yield from self.book.turn(sale.reference, "paid", amount)
        rest = Decimal(sale.amount) - Decimal(amount)
        due = f" of {sale.amount}, {rest} still due" if rest > 0 else ""
        yield from self.display.show(f"{amount} paid{due}", "green")

    def end(self, sale: Sale, state: str, why: str) -> Iterator[Output]:
        """Nothing is settled, and the user learns why."""
        yield from self.certain(sale.reference)
        yield from self.book.turn(sale.reference, state)
        yield from self.display.show(f"{sale.amount} {state}: {why}", "red")

    # ---- No answer ---------------------------------------------------------------------------------------------------

    def doubt(self, reference: str, why: str, now: float) -> Iterator[Output]:
        """Unknown from here on, and asked for at once."""
        sale = self.book.find(reference)
        yield from self.book.turn(reference, "unknown")
        amount = "" if sale is None else f"{sale.amount} "
        yield from self.display.show(f"{amount}unknown: {why}; do not repeat, it is being checked", "red")
        self.doubts[reference] = now
        yield from self.ask(reference)

    def certain(self, reference: str) -> Iterator[Output]:
        self.doubts.pop(reference, None)
        yield from self.forget(f"ask {reference}")

    def ask(self, reference: str) -> Iterator[Output]:
        """What became of it? The question is put again until its answer is final."""
        sale = self.book.find(reference)
        if sale is None or sale.state != "unknown":
            return
        asked = {"refID": self.ref_id(reference), "date": sale.memo["date"], "terminalId": sale.terminal}
        yield from self.forget(f"ask {reference}")
        yield from self.fetch(
            "checkStatus", asked, lambda outcome, at: self.status(reference, outcome, at), self.settings.status_within
        )

    def status(self, reference: str, outcome: Reply | Failed, now: float) -> Iterator[Output]:
        """Only what is final ends the sale; an Error that is final says that no money was moved."""
        sale = self.book.find(reference)
        if sale is None or sale.state != "unknown":
            return
        fields = read(outcome)
        if fields.get("ResultFinal") == "true":
            yield from self.settle(sale, ENDS.get(fields.get("ResultCode", ""), "cancelled"), fields)
        else:
            pause = self.pause(now - self.doubts.get(reference, now))
            yield from self.after(f"ask {reference}", pause, now, lambda _: self.ask(reference))

    def pause(self, since: float) -> float:
        """Seconds until the next question about a sale that has been asked for since so long (ECD-123)."""
        return self.settings.ask_every if since < self.settings.ask_often_for else self.settings.ask_seldom


def read(outcome: Reply | Failed) -> dict[str, str]:
    """The members of an answer as texts; none if there is no answer that can be read."""
    if isinstance(outcome, Failed) or outcome.status != 200:
        return {}
    document = strict_json.parse(outcome.body)
    return {} if isinstance(document, str) else dict(document.fields)
