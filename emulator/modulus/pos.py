"""A Modulus POS client: it discovers the terminals, orders payments on them, and books what became of each.

A sale and its connection are two threads that must not be tangled. A payment once ordered is *pending* until a result
that fits it arrives, on whatever connection; when its limit has passed it is *unknown*, never failed, and is asked for
by HTTP, never ordered again (MOD-065, 104). The book keeps each attempt under its `transactionId`.

What the upper tester may press, and the fields:

    sale     amount, terminal (a deviceId; else the first that is free), reference (the cashier's own for the sale:
             as long as an attempt under it is undecided or paid, no second one is ordered)
    connect  take the connection again after a displacement, or at once instead of after the pause
    refresh  ask for the list of terminals
    report   show the takings
    quit     close the application
    cancel, refund, signature   answered with a word: the gateway offers none of them

The screen stands for three things at once, divided by ` | `: the connection, the terminals, and the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.book import Book, Display, Sale
from emulator.modulus.inquiry import Inquirer
from emulator.modulus.link import Standing
from emulator.modulus.sale import (
    FINAL,
    FINDINGS,
    OUTCOMES,
    Terminal,
    amount_of,
    listed,
    same_amount,
    updated,
    uuid7,
)
from emulator.modulus.settings import Settings
from harness.evidence.bench import Pressed
from harness.wire import modulus, modulus_schema
from harness.wire.endpoint import Output
from harness.wire.framing import Malformed
from harness.wire.strict_json import Document

if TYPE_CHECKING:
    from random import Random


class Pos(Inquirer):
    """The conformant POS client, an `Endpoint`. `storage` outlives it."""

    def __init__(self, settings: Settings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, rng)
        self.storage = storage
        self.book = Book(storage)
        self.display = Display()
        self.terminals: dict[str, Terminal] = {}
        self.discovered = False
        self.word = ""

    def start(self, now: float) -> Iterator[Output]:
        """What was running when it ended is unknown, and is asked for once there is a connection."""
        for sale in self.book.sales("open", "pending"):
            yield from self.book.turn(sale.reference, "unknown")
        yield from super().start(now)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        kind, _, transaction = name.partition(" ")
        match kind:
            case "payment":
                yield from self.overdue(transaction, now)
            case "inquire":
                yield from self.inquire(transaction)
            case _:
                yield from super().woke(name, now)

    # ---- Showing -----------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        self.word = text

    def show(self) -> Iterator[Output]:
        online = self.standing is Standing.ONLINE
        known = ", ".join(f"{terminal.name} {terminal.status}" for terminal in self.terminals.values())
        parts = ["Online" if online else "Offline", (known or "no terminals") if online else "", self.word]
        if self.standing is not Standing.OFF:
            yield from self.display.show(" | ".join(part for part in parts if part), "white" if online else "red")

    # ---- The user ----------------------------------------------------------------------------------------------------

    def pressed(self, pressed: Pressed, now: float) -> Iterator[Output]:
        match pressed.key:
            case "sale":
                yield from self.sell(pressed.fields, now)
            case "connect":
                yield from self.connect(now)
            case "refresh" if self.standing is Standing.ONLINE:
                yield from self.discover()
            case "report":
                self.say(f"Takings {self.takings()}")
            case "quit":
                yield from self.leave(now)
            case _:
                self.say(f"{pressed.key.capitalize()}: not offered by this gateway")

    def takings(self) -> Decimal:
        return sum((Decimal(sale.settled) for sale in self.book.sales("paid")), Decimal("0.00"))

    def sell(self, fields: dict[str, str], now: float) -> Iterator[Output]:
        amount = amount_of(fields.get("amount", ""))
        terminal = self.chosen(fields.get("terminal", ""))
        if reason := self.objection(amount, terminal, fields.get("reference", "")):
            self.say(f"No sale: {reason}")
        elif amount is not None and terminal is not None:
            yield from self.order(amount, terminal, fields.get("reference", ""), now)

    def chosen(self, name: str) -> Terminal | None:
        """The terminal of that name, or the first that is free: one that was discovered in any case (MOD-056)."""
        if name:
            return self.terminals.get(name)
        return next((terminal for terminal in self.terminals.values() if not self.obstacle(terminal)), None)

    def objection(self, amount: str | None, terminal: Terminal | None, reference: str) -> str:
        """Why this sale must not be ordered; "" if it may."""
        if amount is None:
            return "that is no amount"
        if self.standing is not Standing.ONLINE or not self.discovered:
            return "no connection to the gateway, or no list of its terminals"
        if terminal is None:
            return "no such terminal, or none is free"
        return self.obstacle(terminal) or self.repetition(reference)

    def obstacle(self, terminal: Terminal) -> str:
        """Online terminals only, and one payment at a time on each (MOD-058, open point 11)."""
        if not self.may_be_paid_at(terminal):
            return f"{terminal.name} is {terminal.status}"
        if any(sale.terminal == terminal.name for sale in self.book.sales("open", "pending")):
            return f"a payment is running on {terminal.name}"
        return ""

    def may_be_paid_at(self, terminal: Terminal) -> bool:
        return terminal.status == modulus_schema.ONLINE

    def repetition(self, reference: str) -> str:
        """An attempt is repeated only if the one before it failed or was cancelled (MOD-104)."""
        attempts = [sale for sale in self.book.sales() if reference and sale.memo["ticket"] == reference]
        undone = next((sale for sale in attempts if sale.state not in ("declined", "cancelled", "voided")), None)
        return "" if undone is None else f"{reference} is {undone.state}"

    # ---- Discovering -------------------------------------------------------------------------------------------------

    def connected(self, now: float) -> Iterator[Output]:
        """Terminals first, on every connection; then whatever result may have been missed (MOD-037, 051, 105)."""
        self.say("Connected")
        self.discovered = False
        self.terminals = {}
        yield from self.discover()
        yield from self.recover(now)

    def discover(self) -> Iterator[Output]:
        yield from self.send(modulus.get_terminals())

    def recover(self, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect uses the time
        for sale in self.book.sales("pending", "unknown"):
            yield from self.inquire(sale.reference)

    def hear_terminals(self, message: modulus.TerminalsResponse) -> Iterator[Output]:
        found = listed(message)
        if found is None:
            yield from self.log("a list of terminals without a list: not used")
            return
        self.terminals = found
        self.discovered = True

    def hear_status(self, push: modulus.TerminalStatusUpdate, now: float) -> Iterator[Output]:
        """The picture follows (MOD-075); a push that leaves it open which terminal is meant makes the POS ask."""
        if (terminal := updated(self.terminals.values(), push)) is not None:
            self.terminals[terminal.name] = terminal
            yield from self.terminal_changed(terminal, now)
        else:
            yield from self.log("a status of no terminal that is known: the list is asked for")
            yield from self.discover()

    def terminal_changed(self, terminal: Terminal, now: float) -> Iterator[Output]:  # noqa: ARG002
        """A payment that runs there runs on, whatever the terminal's connection does (MOD-102)."""
        for sale in self.book.sales("pending"):
            if sale.terminal == terminal.name:
                self.say(f"{sale.amount} still pending: {terminal.name} is {terminal.status}")
        yield from ()

    # ---- Paying ------------------------------------------------------------------------------------------------------

    def order(self, amount: str, terminal: Terminal, ticket: str, now: float) -> Iterator[Output]:
        transaction = self.new_transaction(now)
        yield from self.book.open(transaction, amount, terminal.name, ticket=ticket)
        yield from self.send(self.payment(transaction, amount, terminal))
        yield from self.book.turn(transaction, "pending")
        yield from self.wake(f"payment {transaction}", now + self.settings.payment_within)
        self.say(f"Paying {amount} at {terminal.name}")

    def new_transaction(self, now: float) -> str:
        """A new one for each attempt (MOD-057, 106)."""
        return uuid7(int((self.settings.epoch + now) * 1000), self.rng)

    def payment(self, transaction: str, amount: str, terminal: Terminal) -> str:
        """By the terminal's lasting name (MOD-100), with all four members (MOD-053, 054)."""
        return modulus.payment(terminal.name, transaction, amount, self.settings.currency, self.settings.method)

    def overdue(self, transaction: str, now: float) -> Iterator[Output]:  # noqa: ARG002  # a defect uses the time
        """No result within its limit: unknown, and asked for (MOD-065)."""
        sale = self.book.find(transaction)
        if sale is not None and sale.state not in FINAL:
            yield from self.doubt(sale, f"no result from {sale.terminal}")

    def doubt(self, sale: Sale, why: str) -> Iterator[Output]:
        """Nobody knows whether money moved."""
        yield from self.forget(f"payment {sale.reference}")
        yield from self.book.turn(sale.reference, "unknown")
        yield from self.log(f"{sale.reference}: {why}")
        self.say(f"{sale.amount} unknown: {why}; do not repeat, it is being checked")
        yield from self.inquire(sale.reference)

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def hear(self, text: str, now: float) -> Iterator[Output]:
        """What is understood is acted upon; all else is logged, and the connection kept (MOD-070 to 073)."""
        message = modulus.read_from_gateway(text)
        match message:
            case Malformed(_, why):
                yield from self.log(f"not understood: {why}")
            case modulus.JsonPong():
                yield from self.hear_pong()
            case modulus.TerminalsResponse():
                yield from self.hear_terminals(message)
            case modulus.TerminalStatusUpdate():
                yield from self.hear_status(message, now)
            case modulus.PaymentComplete():
                yield from self.hear_result(message, now)
            case modulus.PaymentVoided():
                yield from self.hear_void(message)
            case modulus.ForceDisconnect(reason=reason):
                yield from self.displaced(reason, now)
            case modulus.GatewayError():
                yield from self.hear_error(message)
            case _:
                yield from self.log("an action that is not known")

    def hear_result(self, result: modulus.PaymentComplete, now: float) -> Iterator[Output]:
        """Matched by its transaction alone, whatever came in between (MOD-060, 064)."""
        sale = self.book.find(result.transaction_id)
        if sale is None:
            yield from self.log(f"a result of no payment of ours: {result.transaction_id!r}")
        elif (state := self.outcome(result)) is None:
            yield from self.log(f"a result of no known status: {result.status!r}")
        elif misfit := self.misfit(sale, result.terminal_id, result.amount, state):
            yield from self.doubted(sale, misfit)
        else:
            yield from self.settle(sale, state, self.words(result), now)

    def outcome(self, result: modulus.PaymentComplete) -> str | None:
        return OUTCOMES.get(result.status)

    def words(self, result: modulus.PaymentComplete) -> str:
        """What the user reads beside the state: the errorMessage as received (MOD-108)."""
        fields, unquoted = result.response.fields, result.response.unquoted
        names = [name for name in ("authorizationCode", "errorMessage") if name not in unquoted]
        return " ".join(fields[name] for name in names if fields.get(name))

    def misfit(self, sale: Sale, terminal_id: str, amount: str, state: str) -> str:
        """What of a result is not what was ordered: its terminal, or the amount paid; "" if all is (MOD-062)."""
        terminal = self.terminals.get(sale.terminal, Terminal(sale.terminal, "", ""))
        if not terminal.is_called(terminal_id):
            return f"the result is of terminal {terminal_id!r}"
        if state == "paid" and not same_amount(amount, sale.amount):
            return f"the result is of {amount or 'no amount'}"
        return ""

    def doubted(self, sale: Sale, why: str) -> Iterator[Output]:
        """A result that does not fit settles nothing; of a sale that is over it changes nothing either."""
        if sale.state in FINAL:
            yield from self.log(f"{sale.reference} stays {sale.state}: {why}")
        else:
            yield from self.doubt(sale, why)

    def settle(self, sale: Sale, state: str, words: str, now: float) -> Iterator[Output]:  # noqa: ARG002
        """Applied once (MOD-063). What contradicts a sale that is over is not believed but asked about."""
        if state == "pending":
            self.say(f"{sale.amount} {sale.state}: not decided yet")
        elif sale.state not in FINAL:
            yield from self.close_sale(sale, state, words)
        elif state == sale.state or sale.state == "voided":
            yield from self.log(f"{sale.reference} is {sale.state} already")
        else:
            self.say(f"{sale.amount} {sale.state}, and now reported {state}: being checked")
            yield from self.inquire(sale.reference)

    def close_sale(self, sale: Sale, state: str, words: str) -> Iterator[Output]:
        yield from self.forget(f"payment {sale.reference}", f"inquire {sale.reference}")
        yield from self.book.turn(sale.reference, state, sale.amount if state == "paid" else "")
        self.say(f"{sale.amount} {state} {words}".rstrip())

    def hear_void(self, void: modulus.PaymentVoided) -> Iterator[Output]:
        """The sale is undone, and no later result brings it back (MOD-103)."""
        sale = self.book.find(void.transaction_id)
        if sale is None:
            yield from self.log(f"a void of no payment of ours: {void.transaction_id!r}")
        else:
            yield from self.close_sale(sale, "voided", void.reason)

    def hear_error(self, error: modulus.GatewayError) -> Iterator[Output]:
        """Shown, and the end of the attempt it is about (MOD-107). One that names none is about the only one that
        runs; if several run nobody can tell, so all of them are asked about."""
        text = ": ".join(word for word in (error.error, error.message) if word)
        named = error.transaction_id
        running = [sale for sale in self.book.sales("pending", "unknown") if sale.reference == named]
        if not named:
            running = self.book.sales("pending")
        for sale in running:
            yield from self.doubt(sale, text) if len(running) > 1 else self.close_sale(sale, "declined", text)
        self.say(f"Error: {text}")

    # ---- Asking ------------------------------------------------------------------------------------------------------

    def found(self, transaction: str, status: str, answer: Document, now: float) -> Iterator[Output]:
        """What the gateway's own record says counts, whatever was heard before."""
        sale = self.book.find(transaction)
        state = FINDINGS.get(status)
        if sale is None or state is None or state == "pending":
            yield from self.not_found(transaction, status or "no status", now)
        elif state == "paid" and not same_amount(answer.fields.get("amount", ""), sale.amount):
            yield from self.not_found(transaction, "another amount", now)
        elif state != sale.state:
            yield from self.close_sale(sale, state, "as the gateway's record says")

    def not_found(self, transaction: str, why: str, now: float) -> Iterator[Output]:
        """Asked again while it is unknown; a payment that is still within its limit is waited for."""
        yield from self.log(f"{transaction}: asked, {why}")
        sale = self.book.find(transaction)
        if sale is not None and sale.state == "unknown" and self.standing is not Standing.OFF:
            yield from self.wake(f"inquire {transaction}", now + self.settings.inquire_every)
