"""Pay at counter: the EPoS orders sales, refunds and reports at card machines, and books how they end.

Only the answer to a transaction says how it ended (PSC-105). Until it is there the money may have moved or not, and
whatever keeps it away (a cut line, a cut of our own mains, time) leaves the sale *unknown*: not paid, not open, and
never begun again by the till itself (PSC-066, 108).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from emulator.book import Book, Sale
from emulator.paymentsense.dialogue import Asked, Dialogue
from emulator.paymentsense.settings import MOST, MOST_CASHBACK, Settings
from emulator.paymentsense.uplink import Standing
from harness.wire.endpoint import Output
from harness.wire.paymentsense import INVALID_PARAMS, REPORTS, Demand, Notification, Refusal, Result, decimal, minor

if TYPE_CHECKING:
    from random import Random

ENDINGS = {"sale": "paid", "refund": "refunded"}
"""How it stands with a transaction that was successful, by its method."""

UNPAID = {"DECLINED": "declined", "VOID": "voided", "UNSUCCESSFUL": "declined", "CANCELLED": "cancelled"}
"""Results that move no money (PSC-107), and how it stands with the sale then. Of any other it is not known."""

STATES = ("terminalDetails", "terminalsDetails")
"""Methods that ask how a card machine stands: of v1, and of v0."""

AGAIN = ("open", "declined", "cancelled", "voided")
"""How it may stand with a sale for which a card is to be presented once more."""


class Counter(Dialogue):
    """The pac side of an EPoS."""

    def __init__(self, settings: Settings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, storage, rng)
        self.book = Book(storage)
        self.questions: dict[int, Demand] = {}
        """Signatures that the user is to look at, by a running number, the oldest first."""
        self._questions = 0

    def start(self, now: float) -> Iterator[Output]:
        """What was under way when the mains went is not known, and said before anything else (PSC-066)."""
        for sale in self.book.sales("pending"):
            yield from self.lost(sale.reference)
        yield from super().start(now)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        match name.split():
            case ["signature", number]:
                yield from self.signature_lapsed(int(number), now)
            case _:
                yield from super().woke(name, now)

    def press(self, key: str, fields: dict[str, str], now: float) -> Iterator[Output]:
        match key:
            case "sale" | "refund":
                yield from self.order(key, fields, now)
            case "cancel":
                yield from self.cancel(fields.get("reference", ""), now)
            case "signature":
                yield from self.judge_signature(accepted=fields.get("accepted") == "true")
            case "terminal":
                self.storage["site tid"] = fields.get("tid", self.settings.tid)
                yield from self.say(f"This till uses {self.site('tid')}")
            case "terminals":
                yield from self.inquire("connectedTerminals", {}, now)
            case "report":
                yield from self.report(fields.get("name", "end of day"), fields.get("terminal", ""), now)
            case _:
                yield from super().press(key, fields, now)

    # ---- Ordering ----------------------------------------------------------------------------------------------------

    def order(self, method: str, fields: dict[str, str], now: float) -> Iterator[Output]:
        """A sale or a refund, at the card machine that the user names or this till's own (PSC-100, 101)."""
        tid = fields.get("terminal") or self.site("tid")
        reference = fields.get("reference") or f"S{len(self.book.sales()) + 1:04}"
        amounts = self.amounts(method, fields)
        if amounts is None:
            yield from self.say("No such amount", "red")
            return
        sale = self.book.find(reference)
        if sale is None:
            yield from self.book.open(reference, fields["amount"], tid)
        elif sale.state not in AGAIN or sale.amount != fields["amount"]:
            yield from self.say(f"{reference} is {sale.state} with {sale.amount}", "red")
            return
        if self.standing is not Standing.ONLINE:
            yield from self.say(f"{reference} not started: no connection", "red")
        elif (at_work := self.running(tid)) and self.is_pending(at_work.reference):
            yield from self.say(f"{reference} not started: {tid} is at work", "red")
        else:
            yield from self.transact(method, {"tid": tid, **amounts}, reference, now)

    def transact(self, method: str, params: dict[str, Any], reference: str, now: float) -> Iterator[Output]:
        """Booked as pending before it is said: what the till has asked for must survive its own mains."""
        yield from self.book.turn(reference, "pending")
        yield from self.say(f"{reference}: {method} at {params['tid']}")
        yield from self.ask(method, params, now, self.settings.sale_patience, reference)

    def amounts(self, method: str, fields: dict[str, str]) -> dict[str, Any] | None:
        """Integers in minor units, and the currency (PSC-111); None if the user typed no such amount."""
        try:
            amount, cashback = minor(fields.get("amount", "")), minor(fields.get("cashback", "0"))
        except ValueError:
            return None
        if not 0 < amount <= MOST or cashback > MOST_CASHBACK:
            return None
        extra = {"amountCashback": cashback} if cashback and method == "sale" else {}
        return {"amount": amount, "currency": self.settings.currency, **extra}

    def running(self, tid: str = "", reference: str = "") -> Asked | None:
        """The newest transaction without an answer, of a card machine or of a reference if one is given."""
        return next(
            (
                asked
                for asked in reversed(self.asked)
                if asked.method in ENDINGS and tid in ("", asked.tid) and reference in ("", asked.reference)
            ),
            None,
        )

    def is_pending(self, reference: str) -> bool:
        """Whether an answer is still hoped for, in time."""
        return any(sale.reference == reference for sale in self.book.sales("pending"))

    def cancel(self, reference: str, now: float) -> Iterator[Output]:
        """Asked for at the card machine (PSC-104); what becomes of the sale is for its own answer to say."""
        asked = self.running(reference=reference)
        if asked is None:
            yield from self.say("Nothing to cancel")
        else:
            yield from self.say(f"{asked.reference}: asking to cancel")
            yield from self.ask(
                "cancelTransaction", {"tid": asked.tid}, now, self.settings.patience, reference=asked.reference
            )

    def report(self, name: str, terminal: str, now: float) -> Iterator[Output]:
        """One of the four reports, by its name in any spelling (PSC-109)."""
        wanted = "report" + "".join(letter for letter in name if letter.isalpha()).casefold()
        method = next((method for method in REPORTS if method.casefold() == wanted.casefold()), "")
        if method:
            yield from self.inquire(method, {"tid": terminal or self.site("tid")}, now)
        else:
            yield from self.say(f"No report is called {name!r}", "red")

    def inquire(self, method: str, params: dict[str, Any], now: float, reference: str = "") -> Iterator[Output]:
        """A question that moves no money."""
        if self.standing is Standing.ONLINE:
            yield from self.ask(method, params, now, self.settings.patience, reference)
        else:
            yield from self.say("No connection", "red")

    # ---- What comes meanwhile ----------------------------------------------------------------------------------------

    def hear_notification(self, notice: Notification, now: float) -> Iterator[Output]:
        """What the card machine does is shown while it does it for us (PSC-102)."""
        if notice.method == "terminalNotification":
            tid, value = notice.param("tid"), notice.param("notificationValue")
            if isinstance(tid, str) and isinstance(value, str) and any(asked.tid == tid for asked in self.asked):
                yield from self.say(f"{tid}: {value}")
        else:
            yield from super().hear_notification(notice, now)

    def hear_demand(self, demand: Demand, now: float) -> Iterator[Output]:
        if demand.method == "signatureVerificationRequest":
            yield from self.ask_for_signature(demand, now)
        else:
            yield from super().hear_demand(demand, now)

    def ask_for_signature(self, demand: Demand, now: float) -> Iterator[Output]:
        """The user is asked, for as long as Connect waits (PSC-103)."""
        tid = demand.param("tid")
        if not isinstance(tid, str) or self.running(tid) is None:
            yield from self.refuse(demand, INVALID_PARAMS, "No transaction of this till at that terminal")
            return
        self._questions += 1
        self.questions[self._questions] = demand
        yield from self.say(f"{tid}: is the signature good?", "orange")
        yield from self.wake(f"signature {self._questions}", now + self.settings.signature_window)

    def judge_signature(self, *, accepted: bool) -> Iterator[Output]:
        """What the user says, under the id that asked (PSC-103)."""
        if not self.questions:
            yield from self.say("No signature is waited for")
            return
        number, demand = next(iter(self.questions.items()))
        yield from self.close_question(number)
        yield from self.say(f"Signature {'accepted' if accepted else 'rejected'}")
        yield from self.answer_signature(demand, accepted=accepted)

    def answer_signature(self, demand: Demand, *, accepted: bool) -> Iterator[Output]:
        yield from self.result(demand, {"accepted": accepted})

    def signature_lapsed(self, number: int, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect looks at it
        """Connect no longer waits for it."""
        yield from self.close_question(number)
        yield from self.say("Too late for the signature")

    def close_question(self, *numbers: int) -> Iterator[Output]:
        for number in numbers:
            del self.questions[number]
            yield from self.forget(f"signature {number}")

    # ---- How it ends -------------------------------------------------------------------------------------------------

    def hear_result(self, asked: Asked, result: Result, now: float) -> Iterator[Output]:
        if asked.method in ENDINGS:
            yield from self.ended(asked, result, now)
        elif asked.method == "cancelTransaction":
            yield from self.cancel_answered(asked, result)
        elif asked.method in STATES:
            yield from self.advise(asked, available=_state_of(asked.tid, result) == "AVAILABLE")
        elif asked.method in REPORTS:
            yield from self.keep_report(asked, result)
        else:
            yield from self.say(_listed(result.value))

    def ended(self, asked: Asked, result: Result, now: float) -> Iterator[Output]:
        yield from self._withdraw_question(asked)
        said = result.part("transactionResult")
        if said == "SUCCESSFUL" and str(result.part("transactionType") or "").endswith("_REVERSAL"):
            said = "VOID"
        words = result.part("userMessage")
        yield from self.say(f"{asked.reference}: {said}" + (f"\n{words}" if isinstance(words, str) and words else ""))
        yield from self.booked(asked, str(said), result)
        if self.is_doubtful(str(said)):
            yield from self.check_terminal(asked, now)

    def booked(self, asked: Asked, said: str, result: Result) -> Iterator[Output]:
        """Success clears the amount (PSC-106), a refusal leaves it (PSC-107), anything else leaves the doubt."""
        if said == "SUCCESSFUL":
            yield from self.book.turn(asked.reference, ENDINGS[asked.method], self.settled(asked, result))
        else:
            yield from self.book.turn(asked.reference, UNPAID.get(said, "unknown"))

    def settled(self, asked: Asked, result: Result) -> str:
        """What was moved, cashback and gratuity with it, is what the result says (PSC-113)."""
        total = result.part("amountTotal")
        if not isinstance(total, int):
            parts = [result.part(name) for name in ("amountBase", "amountCashback", "amountGratuity")]
            total = sum(part for part in parts if isinstance(part, int)) or asked.params["amount"]
        return decimal(max(total, 0))

    def is_doubtful(self, said: str) -> bool:
        """TIMED_OUT above all: money may have moved (PSC-108)."""
        return said != "SUCCESSFUL" and said not in UNPAID

    def check_terminal(self, asked: Asked, now: float) -> Iterator[Output]:
        method, params = self.state_inquiry(asked.tid)
        yield from self.inquire(method, params, now, asked.reference)

    def state_inquiry(self, tid: str) -> tuple[str, dict[str, Any]]:
        """Method and params by which the state of a card machine is asked for, in the version that this till speaks."""
        if self.version() == "v0":
            return "terminalsDetails", {"tpi": [tid]}
        return "terminalDetails", {"tid": tid}

    def advise(self, asked: Asked, *, available: bool) -> Iterator[Output]:
        """What the user must do about a sale of which nobody knows (PSC-108)."""
        found = "is AVAILABLE: see on it whether" if available else "is out of reach: help it, then see whether"
        yield from self.say(f"{asked.reference}: outcome unknown. {asked.tid} {found} the card was charged", "red")

    def cancel_answered(self, asked: Asked, result: Result) -> Iterator[Output]:  # noqa: ARG002  # its shape is free
        """No outcome: the sale goes on until its own answer comes (PSC-105)."""
        yield from self.say(f"{asked.reference}: cancelling")

    def keep_report(self, asked: Asked, result: Result) -> Iterator[Output]:
        """A copy stays with the till (PSC-109)."""
        number = 1 + sum(key.startswith("report ") for key in self.storage)
        self.storage[f"report {number}"] = json.dumps({"method": asked.method, "report": result.value})
        yield from self.say(f"{asked.method} of {asked.tid} stored as report {number}\n{_listed(result.value)}")

    def hear_refusal(self, asked: Asked, refusal: Refusal) -> Iterator[Output]:
        """An error ends the operation, and the user sees why (PSC-053, 112)."""
        words = refusal.user_message or refusal.message
        if asked.method in ENDINGS:
            yield from self._withdraw_question(asked)
            yield from self.say(f"{asked.reference}: {asked.method} failed\n{words}", "red")
            yield from self.book.turn(asked.reference, "declined")
        elif asked.method in STATES:
            yield from self.advise(asked, available=False)
        else:
            yield from self.say(f"{asked.method} failed\n{words}", "red")

    def unanswered(self, asked: Asked) -> Iterator[Output]:
        if asked.method in ENDINGS:
            yield from self.lost(asked.reference)
        elif asked.method in STATES:
            yield from self.advise(asked, available=False)
        else:
            yield from self.say(f"No answer to {asked.method}", "red")

    def abandoned(self, now: float) -> Iterator[Output]:
        """What was outstanding on a line that is gone: unknown, and nobody waits for it any longer (PSC-066)."""
        asked, self.asked = self.asked, []
        yield from self.close_question(*self.questions)
        for one in asked:
            yield from self.forget(f"answer {one.id}")
            yield from self.cut(one, now)

    def cut(self, asked: Asked, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect looks at the time
        if asked.method in ENDINGS:
            yield from self.lost(asked.reference)

    def lost(self, reference: str) -> Iterator[Output]:
        """Nobody says how a sale ended: it is unknown, and the user must look (PSC-066)."""
        sale = self.book.find(reference) or Sale(0, reference, "")
        yield from self.say(
            f"{reference}: outcome unknown. Check on {sale.terminal} whether the card was charged, "
            "before it is charged again",
            "red",
        )
        yield from self.book.turn(reference, "unknown")

    def _withdraw_question(self, asked: Asked) -> Iterator[Output]:
        numbers = [number for number, demand in self.questions.items() if demand.param("tid") == asked.tid]
        yield from self.close_question(*numbers)


def _state_of(tid: str, result: Result) -> object:
    """The status of a card machine, from an item or from a list of them."""
    items = result.value if isinstance(result.value, list) else [result.value]
    return next((item.get("status") for item in items if isinstance(item, dict) and item.get("tid") == tid), None)


def _listed(value: Any) -> str:
    """What Connect answered, for a person: a line each."""
    if isinstance(value, list):
        return "\n".join(_listed(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items() if not isinstance(item, dict | list))
    return str(value)
