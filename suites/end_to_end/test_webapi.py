"""What a POS that orders by URL owes an order besides: a question in place of a second order, and an eye for the part.

How often it asks, and that it asks at all, are rules of every trace of it; a case here brings about what shows them.
"""

from __future__ import annotations

import pytest

from catalogue.end_to_end import E2E_003, E2E_004, E2E_005, E2E_012, E2E_016, E2E_017, E2E_018, WEBAPI
from fixtures.beside import TerminalBeside
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.orders import EndToEndCampaign, Orders, slack
from harness.checks import end_to_end as checks
from harness.checks import webapi
from harness.evidence.record import Skip
from harness.rig.bench import Means

NEEDS = (Means.KEYS, Means.SCREEN)

LONG = 300.0
"""Seconds without an outcome, in which a POS has to ask less often at last."""


@case(E2E_003, E2E_018, needs=NEEDS, when=(WEBAPI,))
async def test_a_part_is_approved(
    orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The cashier sells, the terminal approves a part of it, and the POS books that part as paid."""
    if (amount := campaign.ixit.webapi.part) is None:
        pytest.skip(f"{Skip.NOT_RUN}: the IXIT name no amount of which the terminal approves a part")
    await terminal.power(on=True)
    await orders.ready("webapi")
    await orders.at_the_terminal(amount)
    await orders.answered()

    judge(webapi.takes_a_part, of=E2E_018)


@case(E2E_004, E2E_005, needs=NEEDS, when=(WEBAPI,))
async def test_the_next_sale_while_the_terminal_is_at_work(
    orders: Orders, terminal: TerminalBeside, judge: Judge
) -> None:
    """The cashier sells, sells again at once, and once more when the terminal is free: the POS holds the second sale
    back or drops it, and each that it orders has a RefID of its own."""
    await terminal.power(on=True)
    await orders.ready("webapi")
    await orders.at_the_terminal()
    await orders.sell()
    await orders.answered()
    await orders.sell()
    await orders.answered()

    judge(webapi.one_at_a_time, of=E2E_005)
    judge(webapi.fresh_references, of=E2E_004)


@case(E2E_012, E2E_016, needs=NEEDS, when=(WEBAPI,))
async def test_the_next_sale_after_a_lost_answer(
    orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The line on which the POS waits is cut while the terminal is at work, and the cashier sells again at once: the
    POS asks for the status of the first sale before it orders another."""
    await terminal.power(on=True)
    await orders.ready("webapi")
    await orders.at_the_terminal()
    orders.cut_the_pos()
    await orders.sell()
    await orders.watch(campaign.profile.asked_within + campaign.profile.outcome_within, "the POS asks, and learns")

    judge(webapi.asks_for_the_lost, of=E2E_016, within=campaign.profile.asked_within)


@case(E2E_012, E2E_017, needs=NEEDS, when=(WEBAPI,))
async def test_an_outcome_that_stays_away(
    orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The terminal is cut off while it is at work, and stays away for five minutes: the POS goes on asking, less often
    at last, and takes the sale for neither paid nor unpaid."""
    await terminal.power(on=True)
    await orders.ready("webapi")
    await orders.at_the_terminal()
    orders.shut_out()
    await orders.watch(LONG, "no outcome")

    judge(webapi.asks_no_faster, of=E2E_017, slack=slack(campaign))
    judge(checks.stands_open_until_told, of=E2E_012)
