"""The eConduit web API, at which a POS orders transactions by URL: HTTP on one side, orders to the cloud on the other.

What it must get right is the lost answer. An order that went to a terminal and brought none back is *unknown*: the POS
hears "Receive error" and is sent to checkStatus, which says `ResultFinal` false until the terminal's own word arrives,
if it ever does. Only a terminal declines. An order that never reached one (offline, busy) is final too, and its RefID
is free again, for nothing can have been charged under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol

from fake_cloud import pos_calls
from fake_cloud.order import Fate, Order, Outcome
from fake_cloud.pos_calls import CALLS, BatchTotals, Call
from harness.wire.econduit import FOLLOW_UPS
from harness.wire.endpoint import (
    Close,
    Input,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Send,
    Tell,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import Request, ServerSide
from harness.wire.webapi import OFFLINE, UNKNOWN, JsonFields


class Chance(Protocol):
    """Where new keys come from: a `random.Random` with its seed in the trace."""

    def getrandbits(self, k: int, /) -> int: ...


@dataclass(frozen=True, slots=True)
class End:
    """What a case may say: end every line of a POS. Orders run on, and nobody waits for their answers."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant at the API, and the TerminalIDs paired with it. The secrets stay out of its `repr`."""

    key: str = field(repr=False)
    password: str = field(repr=False)
    terminals: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Deal:
    """An order and what is known of it. `fate` None: it is on its way. `line`: where its POS waits or waited."""

    order: Order
    batch: int
    line: int
    fate: Fate | None = None
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        return self.order.fields["Command"]

    @property
    def is_final(self) -> bool:
        return self.fate in (Fate.ANSWERED, Fate.OFFLINE, Fate.BUSY)

    @property
    def may_have_run(self) -> bool:
        return self.fate not in (Fate.OFFLINE, Fate.BUSY)

    @property
    def cents(self) -> int:
        """What it moved. An approved amount may be lower than the one asked for: part payment (ECD-124)."""
        return round((_told(self)["Amount"] or 0.0) * 100)


_RECEIVE_ERROR, _IN_PROGRESS = UNKNOWN
_TOLD = {
    None: _IN_PROGRESS,
    Fate.OFFLINE: OFFLINE,
    Fate.BUSY: "Terminal busy",
    Fate.LOST: f"{_RECEIVE_ERROR}: outcome unknown, use checkStatus before the next transaction",
    Fate.TIMED_OUT: f"{_RECEIVE_ERROR}: outcome unknown, use checkStatus before the next transaction",
}

# What an approved order adds to its batch (assumption: no page says; an Auth counts when it is captured, a Void takes
# its whole RefID out, a TipAdjust adds to an amount without being a transaction of its own).
_CREDIT = {"Sale": 1, "Capture": 1, "TipAdjust": 1, "Refund": -1}
_GIFT = {"GiftActivate": 1, "GiftSale": 1, "GiftAddValue": 1, "GiftRefund": -1}

_ON_THE_WAY = {"InvoiceNumber": "invoiceNumber", "MerchantId": "merchantId", "Token": "token", "ExpDate": "expDate"}
"""Fields of a command that runTransaction2 adds, where they are not empty."""


class PosApi:
    """The web API as a party. Its listener is named `pos`; it tells `cloud` an Order and is told Outcomes.

    `accounts`: by ReferenceID, the merchant's name at the reseller; `chance` makes the keys of new ones;
    `answer_within`: seconds a POS is kept waiting for a terminal."""

    name = "pos"

    def __init__(
        self, accounts: Mapping[str, Account], chance: Chance, answer_within: float = 120.0, cloud: str = "cloud"
    ) -> None:
        self._accounts = dict(accounts)
        self._chance = chance
        self._answer_within = answer_within
        self._cloud = cloud
        self._lines: dict[int, ServerSide] = {}
        self._ids = count(1)
        self._deals: dict[int, _Deal] = {}
        self._book: dict[tuple[str, str, str], dict[str, _Deal]] = {}  # by page, the latest of each command
        self._batches: dict[str, int] = {}  # TerminalID: number of the open batch

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Opened(line):
                self._lines[line] = ServerSide()
            case Received(line, data) if line in self._lines:
                yield from self._read(line, data, now)
            case PeerClosed(line) if line in self._lines:
                for malformed in self._lines.pop(line).receive_eof():
                    yield _noted(line, malformed)
            case Told(_, Outcome() as outcome):
                yield from self._learn(outcome, now)
            case Told(_, End(reset)):
                yield from (Close(line, reset) for line in list(self._lines))
                self._lines.clear()
            case Woke(name) if name.startswith("answer "):
                yield from self._learn(Outcome(int(name.split()[1]), Fate.TIMED_OUT, {}), now)

    # ---- The line ----------------------------------------------------------------------------------------------------

    def _read(self, line: int, data: bytes, now: float) -> Iterator[Output]:
        """Serve what bytes complete, and then what was pipelined behind it."""
        side = self._lines[line]
        while messages := side.receive_data(data):
            data = b""
            for message in messages:
                if isinstance(message, Malformed):
                    yield _noted(line, message)
                    if rejection := side.rejection(message):
                        yield Send(line, rejection)
                else:
                    yield from self._serve(line, message, now)
        if interim := side.data_to_send():
            yield Send(line, interim)
        if side.must_close:
            del self._lines[line]
            yield Close(line)

    def _answer(self, line: int, status: int, fields: JsonFields) -> Iterator[Output]:
        yield Noted(line, pos_calls.noted(status, fields))
        yield Send(line, self._lines[line].send(pos_calls.reply(status, fields)))

    def _serve(self, line: int, request: Request, now: float) -> Iterator[Output]:
        call = pos_calls.read(request)
        yield Noted(line, call.noted)
        if call.name not in CALLS:
            yield from self._answer(line, 404, {"ResultCode": "Error", "Message": "Unknown call"})
        elif request.method != "GET":
            yield from self._answer(line, 405, pos_calls.failure(call, "Only GET is allowed"))
        elif error := call.error or self._denied(call) or self._refused(call):
            yield from self._answer(line, 200, pos_calls.failure(call, error))
        elif call.name.startswith("runTransaction"):
            yield from self._order(line, call, now)
        else:
            yield from self._answer(line, 200, self._result(call))

    def _result(self, call: Call) -> JsonFields:
        """The answer to a call that needs no terminal."""
        match call.name:
            case "closeBatch":
                return self._close_batch(call)
            case "unPairTerminal":
                return self._unpair(call)
            case "pairTerminal" | "pairTerminalWithCountry":
                return self._pair(call)
            case _:
                return self._status(call)

    # ---- Who may -----------------------------------------------------------------------------------------------------

    def _reference(self, call: Call) -> str:
        """The ReferenceID of the account whose key and password these are, "" if there is none."""
        wanted = (call.parameters.get("key"), call.parameters.get("password"))
        return next((name for name, account in self._accounts.items() if (account.key, account.password) == wanted), "")

    def _owner(self, terminal_id: str) -> str:
        """The ReferenceID of the account a terminal is paired with, "" if it is with none."""
        return next((name for name, account in self._accounts.items() if terminal_id in account.terminals), "")

    def _denied(self, call: Call) -> str:
        owner = self._owner(call.parameters["terminalId"])
        if call.name.startswith("pairTerminal"):
            return "Terminal already paired" if owner not in ("", call.parameters["referenceId"]) else ""
        if not (reference := self._reference(call)):
            return "Invalid key or password"
        return "" if owner == reference else "Terminal not paired with this key"

    def _pair(self, call: Call) -> JsonFields:
        """A known ReferenceID keeps its keys and gains a terminal; a new one gets keys of its own."""
        reference, terminal_id = call.parameters["referenceId"], call.parameters["terminalId"]
        account = self._accounts.get(reference) or Account(
            key=f"{self._chance.getrandbits(96):024X}", password=f"{self._chance.getrandbits(96):024X}"
        )
        self._accounts[reference] = replace(account, terminals=account.terminals | {terminal_id})
        return pos_calls.pairing(terminal_id, account.key, account.password)

    def _unpair(self, call: Call) -> JsonFields:
        reference, terminal_id = self._reference(call), call.parameters["terminalId"]
        account = self._accounts[reference]
        self._accounts[reference] = replace(account, terminals=account.terminals - {terminal_id})
        return pos_calls.pairing(terminal_id)

    # ---- Orders ------------------------------------------------------------------------------------------------------

    def _page(self, call: Call) -> tuple[str, str, str]:
        """Where the orders under the RefID of a call stand in the book."""
        return self._reference(call), call.parameters["terminalId"], call.parameters["refID"]

    def _refused(self, call: Call) -> str:
        if call.name == "closeBatch":
            # Batch totals with an order still on its way would leave it out, and nobody would ever know.
            terminal_id = call.parameters["terminalId"]
            waiting = any(deal.fate is None and deal.order.terminal_id == terminal_id for deal in self._deals.values())
            return "Terminal busy" if waiting else ""
        if not call.name.startswith("runTransaction"):
            return ""
        page, command = self._book.get(self._page(call), {}), call.parameters["command"]
        first = next((deal for name, deal in page.items() if name not in FOLLOW_UPS and deal.may_have_run), None)
        if command not in FOLLOW_UPS:
            return "Duplicate transaction" if first else ""
        if first is None:
            return "Transaction not found"
        if first.batch != self._batches.get(first.order.terminal_id, 1):
            return "Batch already closed"
        return "Duplicate transaction" if command in page and page[command].fate is None else ""

    def _order(self, line: int, call: Call, now: float) -> Iterator[Output]:
        given = call.parameters
        fields = {"Command": given["command"], "RefID": given["refID"], "Amount": given["amount"]}
        fields |= {name: given[key] for name, key in _ON_THE_WAY.items() if given.get(key)}
        order = Order(next(self._ids), given["terminalId"], fields)
        deal = _Deal(order, self._batches.get(order.terminal_id, 1), line)
        self._deals[order.id] = self._book.setdefault(self._page(call), {})[deal.command] = deal
        yield WakeAt(f"answer {order.id}", now + self._answer_within)
        yield Tell(self._cloud, order)

    def _learn(self, outcome: Outcome, now: float) -> Iterator[Output]:
        """Something is known of an order: the POS that still waits is told, and checkStatus from now on."""
        deal = self._deals.get(outcome.id)
        if deal is None or deal.is_final:
            return
        is_waiting = deal.fate is None
        if outcome.fate is Fate.ANSWERED and not pos_calls.transaction(outcome.fields)["ResultCode"]:
            deal.fate = Fate.LOST  # an answer that names no result leaves the outcome as unknown as none
        else:
            deal.fate, deal.fields = outcome.fate, outcome.fields
        if is_waiting:
            yield WakeAt(f"answer {outcome.id}", None)
            if deal.line in self._lines:
                yield from self._answer(deal.line, 200, _told(deal))
                yield from self._read(deal.line, b"", now)

    def _status(self, call: Call) -> JsonFields:
        deal = self._book.get(self._page(call), {}).get(call.parameters["command"])
        if deal is None:
            # Final (assumption): an order that was never given has no outcome to wait for.
            return {**pos_calls.failure(call, "Transaction not found"), "ResultFinal": True}
        return {**_told(deal), "ResultFinal": deal.is_final}

    def _close_batch(self, call: Call) -> JsonFields:
        terminal_id = call.parameters["terminalId"]
        number = self._batches.get(terminal_id, 1)
        self._batches[terminal_id] = number + 1
        approved = [
            deal
            for deal in self._deals.values()
            if (deal.order.terminal_id, deal.batch) == (terminal_id, number) and _told(deal)["ResultCode"] == "Approved"
        ]
        voided = {deal.order.fields["RefID"] for deal in approved if deal.command == "Void"}
        settled = [deal for deal in approved if deal.order.fields["RefID"] not in voided]
        totals = BatchTotals(
            "1",
            "Settled",
            str(number),
            sum(deal.command in _CREDIT and deal.command != "TipAdjust" for deal in settled),
            sum(_CREDIT.get(deal.command, 0) * deal.cents for deal in settled),
            sum(deal.command in _GIFT for deal in settled),
            sum(_GIFT.get(deal.command, 0) * deal.cents for deal in settled),
        )
        return pos_calls.batch(terminal_id, call.parameters["refId"], totals)


def _noted(line: int, malformed: Malformed) -> Noted:
    return Noted(line, replace(malformed, raw=pos_calls.redact_query(malformed.raw)))


def _told(deal: _Deal) -> JsonFields:
    """What is known of an order, in the shape of a transaction answer."""
    known = {"TransType": deal.command}
    if deal.fate is Fate.ANSWERED:
        # A terminal that names no amount means the one asked for; its own `Amount` goes before any `AmountString`.
        known |= {"AmountString": deal.order.fields["Amount"], **deal.fields}
    else:
        known |= {"ResultCode": "Error", "Message": _TOLD[deal.fate]}
    return pos_calls.transaction({**known, "TerminalID": deal.order.terminal_id, "RefID": deal.order.fields["RefID"]})
