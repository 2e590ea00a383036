"""Defects of chapter D, pay at table; and of the final receipt, which is part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalogue.paymentsense import PSC_023, PSC_114, PSC_115, PSC_116, PSC_117
from emulator.paymentsense.defects.defect import Defect
from emulator.paymentsense.tables import Bill
from harness.wire.endpoint import Output
from harness.wire.paymentsense import Demand

SLOW = 60.0
"""Seconds that a slow till takes to answer."""


class FinalReceiptUnanswered(Defect):
    """It asks for the final receipt, and does not answer when it is asked for it."""

    row = 7
    breaks = (PSC_023,)

    def print_final(self, demand: Demand, bill: Bill) -> Iterator[Output]:  # noqa: ARG002
        yield from ()


class FightsBack(Defect):
    """Who is displaced displaces in turn, at once and for ever."""

    row = 28
    breaks = (PSC_114, PSC_115)

    def displaced(self, why: str, now: float) -> Iterator[Output]:
        yield from super().displaced(why, now)
        yield from self.dial(now)


class LocksTwice(Defect):
    """A table that is locked is granted to the next card machine too."""

    row = 29
    breaks = (PSC_117,)

    def may_lock(self, bill: Bill) -> bool:
        return super().may_lock(replace(bill, locked=False))


# ---- Not in the sheet's table ----------------------------------------------------------------------------------------


class EditsLockedTable(Defect):
    """A bill grows while a card machine is at the table."""

    row = 0
    breaks = (PSC_117,)

    def edit(self, bill: Bill, amount: str) -> Iterator[Output]:
        yield from super().edit(replace(bill, locked=False), amount)


class SlowAtTables(Defect):
    """The card machines are answered by a job that runs once a minute."""

    row = 0
    breaks = (PSC_116,)
    held: tuple[Demand, ...] = ()

    def hear_demand(self, demand: Demand, now: float) -> Iterator[Output]:
        self.held += (demand,)
        yield from self.wake("job", now + SLOW)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        if name != "job":
            yield from super().woke(name, now)
            return
        held, self.held = self.held, ()
        for demand in held:
            yield from super().hear_demand(demand, now)
