"""Pay at table: the card machines ask the EPoS for its tables, lock one, take the money and report it.

A lock is what keeps a bill from growing while a card is charged for it, so it is granted once (PSC-117), kept over cuts
of line and mains, and given back by the card machine; or by a manager, when that one is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from emulator.paymentsense.dialogue import Dialogue
from emulator.paymentsense.settings import Settings
from harness.evidence.bench import Booked
from harness.wire.endpoint import Noted, Output
from harness.wire.paymentsense import INVALID_PARAMS, Demand, Notification, decimal, minor, receipt

if TYPE_CHECKING:
    from random import Random

_TABLE = "table "

NO_SUCH_TABLE = "No such table"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a table owes, in minor units. `payments`: the ids of those that were counted."""

    table: str
    amount: int
    paid: int = 0
    locked: bool = False
    payments: tuple[str, ...] = ()

    @property
    def due(self) -> int:
        return max(self.amount - self.paid, 0)


class Tables(Dialogue):
    """The pat side of an EPoS: its bills, in the storage that outlives it."""

    def __init__(self, settings: Settings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__(settings, storage, rng)
        for table, amount in settings.tables.items():
            if self.bill(table) is None:
                self._keep(Bill(table, minor(amount)))

    def press(self, key: str, fields: dict[str, str], now: float) -> Iterator[Output]:
        if key == "table":
            yield from self.open_table(fields)
        else:
            yield from super().press(key, fields, now)

    # ---- Bills -------------------------------------------------------------------------------------------------------

    def bill(self, table: str) -> Bill | None:
        text = self.storage.get(_TABLE + table)
        if text is None:
            return None
        kept = json.loads(text)
        return Bill(**{**kept, "payments": tuple(kept["payments"])})

    def bills(self) -> list[Bill]:
        names = [key.removeprefix(_TABLE) for key in self.storage if key.startswith(_TABLE)]
        return [bill for name in sorted(names) if (bill := self.bill(name)) is not None]

    def _keep(self, bill: Bill) -> None:
        self.storage[_TABLE + bill.table] = json.dumps(asdict(bill))

    def enter(self, bill: Bill) -> Iterator[Output]:
        self._keep(bill)
        state = "paid" if bill.paid and not bill.due else "open"
        yield Noted(0, Booked(bill.table, state, decimal(bill.paid)))

    # ---- What the waiter does ----------------------------------------------------------------------------------------

    def open_table(self, fields: dict[str, str]) -> Iterator[Output]:
        """Look at a table, set its bill, or take a lost lock away from it."""
        name = fields.get("name", "")
        bill = self.bill(name) or Bill(name, 0)
        if not name:
            yield from self.say("Which table?")
        elif fields.get("unlock") == "true":
            yield from self.enter(replace(bill, locked=False))
            yield from self.say(f"Table {name} unlocked by the manager")
        elif "amount" in fields:
            yield from self.edit(bill, fields["amount"])
        else:
            yield from self.say(_told(bill))

    def edit(self, bill: Bill, amount: str) -> Iterator[Output]:
        """Not while a card machine has the table (PSC-117)."""
        if bill.locked:
            yield from self.say(f"Table {bill.table} is locked by a card machine", "red")
            return
        try:
            changed = replace(bill, amount=minor(amount))
        except ValueError:
            yield from self.say("No such amount", "red")
            return
        yield from self.enter(changed)
        yield from self.say(_told(changed))

    # ---- What the card machine asks ----------------------------------------------------------------------------------

    def hear_demand(self, demand: Demand, now: float) -> Iterator[Output]:
        """Answered at once: a card machine does not wait for long (PSC-116)."""
        if demand.method == "tableListRequest":
            yield from self.list_tables(demand)
        elif demand.method in ("tableLockRequest", "posReceiptRequest", "finalPOSReceiptRequest"):
            table = demand.param("tableId")
            bill = self.bill(table) if isinstance(table, str) else None
            if bill is None:
                yield from self.refuse(demand, INVALID_PARAMS, NO_SUCH_TABLE)
            elif demand.method == "tableLockRequest":
                yield from self.lock(demand, bill)
            elif demand.method == "posReceiptRequest":
                yield from self.print_bill(demand, bill)
            else:
                yield from self.print_final(demand, bill)
        elif demand.method in ("transactionResponse", "tableUnlock"):
            yield from self.hear_done(demand)
            yield from self.result(demand, {})
        else:
            yield from super().hear_demand(demand, now)

    def hear_notification(self, notice: Notification, now: float) -> Iterator[Output]:
        if notice.method in ("transactionResponse", "tableUnlock"):
            yield from self.hear_done(notice)
        else:
            yield from super().hear_notification(notice, now)

    def list_tables(self, demand: Demand) -> Iterator[Output]:
        """The tables at which something is due; the currency only beside some."""
        names = [bill.table for bill in self.bills() if bill.due]
        yield from self.result(
            demand, {"tables": names, "currency": self.settings.currency} if names else {"tables": []}
        )

    def lock(self, demand: Demand, bill: Bill) -> Iterator[Output]:
        if not self.may_lock(bill):
            yield from self.result(demand, {"confirmed": False})
            return
        yield from self.enter(replace(bill, locked=True))
        yield from self.say(f"Table {bill.table} is locked by a card machine")
        yield from self.result(demand, {"confirmed": True, "amount": bill.due, "currency": self.settings.currency})

    def may_lock(self, bill: Bill) -> bool:
        """Once, until it is unlocked (PSC-117); and nobody pays nothing."""
        return not bill.locked and bill.due > 0

    def print_bill(self, demand: Demand, bill: Bill) -> Iterator[Output]:
        yield from self.result(demand, {"receiptLines": _receipt("BILL", bill)})

    def print_final(self, demand: Demand, bill: Bill) -> Iterator[Output]:
        """Who asked for the final receipt prints it (PSC-023)."""
        yield from self.result(demand, {"receiptLines": _receipt("RECEIPT", bill)})

    # ---- What the card machine reports -------------------------------------------------------------------------------

    def hear_done(self, told: Demand | Notification) -> Iterator[Output]:
        """A payment was made, or the table is free again."""
        table = told.param("tableId")
        bill = self.bill(table) if isinstance(table, str) else None
        if bill is None:
            yield from self.say(NO_SUCH_TABLE, "red")
        elif told.method == "tableUnlock":
            yield from self.enter(replace(bill, locked=False))
            yield from self.say(f"Table {bill.table} is free")
        else:
            yield from self.count(bill, told.param("payments"))

    def count(self, bill: Bill, payments: Any) -> Iterator[Output]:
        """Each payment once, though it be reported twice."""
        for payment in payments if isinstance(payments, list) else []:
            paid, key = (payment.get("amountPaid"), payment.get("paymentId")) if isinstance(payment, dict) else (0, "")
            if isinstance(paid, int) and (not key or str(key) not in bill.payments):
                bill = replace(bill, paid=bill.paid + paid, payments=(*bill.payments, str(key or "")))
        yield from self.enter(bill)
        yield from self.say(_told(bill))


def _told(bill: Bill) -> str:
    return f"Table {bill.table}: {decimal(bill.amount)}, paid {decimal(bill.paid)}, due {decimal(bill.due)}"


def _receipt(title: str, bill: Bill) -> list[dict[str, Any]]:
    return receipt(
        title,
        f"Table {bill.table}",
        f"Total {decimal(bill.amount)}",
        f"Paid {decimal(bill.paid)}",
        f"Due {decimal(bill.due)}",
        bold=1,
    )
