"""Chapters A to C: one order at a time, in each dialect, and what becomes of it when somebody goes away.

Rules that hold whatever happens (one order, one charge, one amount, nothing settled before it is told) are applied to
the trace of every case here; a case judges besides what it has brought about.
"""

from __future__ import annotations

import pytest

from catalogue.end_to_end import (
    ADYEN,
    CONNECT,
    E2E_001,
    E2E_002,
    E2E_003,
    E2E_010,
    E2E_011,
    E2E_012,
    E2E_013,
    E2E_014,
    E2E_015,
    E2E_020,
    E2E_021,
    MODULUS,
    WEBAPI,
)
from fixtures.beside import TerminalBeside
from fixtures.case import case, needing
from fixtures.docket import Judge
from fixtures.orders import EndToEndCampaign, Orders
from fixtures.program import Program
from harness.checks import end_to_end as checks
from harness.rig.bench import Means

in_each_dialect = pytest.mark.parametrize(
    "dialect",
    [
        pytest.param("connect", marks=needing(when=(CONNECT,))),
        pytest.param("modulus", marks=needing(when=(MODULUS,))),
        pytest.param("adyen", marks=needing(when=(ADYEN,))),
        pytest.param("webapi", marks=needing(when=(WEBAPI,))),
    ],
)

NEEDS = (Means.KEYS, Means.SCREEN)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_003, E2E_010, E2E_012, E2E_013, E2E_014, E2E_015, needs=NEEDS)
async def test_a_sale(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The cashier sells, the terminal approves, and the POS books the sale as paid."""
    profile = campaign.profile
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal()
    await orders.answered()

    judge(checks.answers_its_orders, of=E2E_013, within=profile.outcome_within, after_drop=profile.after_drop)
    judge(checks.outcome_comes_back, of=E2E_014, within=profile.told_within)
    judge(checks.settles_as_told, of=E2E_010, approved=True, within=profile.booked_within)
    judge(checks.shows_the_end, of=E2E_015, within=profile.booked_within)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_003, E2E_011, E2E_012, E2E_013, E2E_014, E2E_015, needs=NEEDS)
async def test_a_decline(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The cashier sells, the terminal declines, and the POS books the sale as unpaid."""
    profile = campaign.profile
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal(campaign.ixit.declined)
    await orders.answered()

    judge(checks.answers_its_orders, of=E2E_013, within=profile.outcome_within, after_drop=profile.after_drop)
    judge(checks.outcome_comes_back, of=E2E_014, within=profile.told_within)
    judge(checks.settles_as_told, of=E2E_011, approved=False, within=profile.booked_within)
    judge(checks.shows_the_end, of=E2E_015, within=profile.booked_within)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_003, E2E_010, E2E_012, E2E_013, E2E_014, needs=NEEDS)
async def test_the_terminal_drops_in_mid_sale(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The terminal's line is cut while it is at work, and it comes back at once: the sale goes on, and is paid."""
    profile = campaign.profile
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal()
    orders.drop()
    await orders.answered()

    judge(checks.answers_its_orders, of=E2E_013, within=profile.outcome_within, after_drop=profile.after_drop)
    judge(checks.outcome_comes_back, of=E2E_014, within=profile.told_within)
    judge(checks.settles_as_told, of=E2E_010, approved=True, within=profile.booked_within)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_003, E2E_010, E2E_012, E2E_013, E2E_015, needs=NEEDS)
async def test_the_terminal_stays_away(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The terminal is cut off while it is at work, and comes back when every POS has lost its patience: until then
    nobody knows, and after it the POS says nothing that the terminal contradicts."""
    profile = campaign.profile
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal()
    orders.shut_out()
    await orders.gives_up()
    orders.let_in()
    await orders.answered()

    judge(checks.answers_its_orders, of=E2E_013, within=profile.outcome_within, after_drop=profile.after_drop)
    judge(checks.stands_open_until_told, of=E2E_012)
    judge(checks.agrees_in_the_end, of=(E2E_010, E2E_012), journal=terminal.keeps_journal)
    judge(checks.shows_the_end, of=E2E_015, within=profile.booked_within)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_012, E2E_015, needs=NEEDS)
async def test_the_terminal_loses_its_mains_in_mid_sale(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The terminal's mains are cut while it is at work: it comes back and knows of nothing, so nobody ever will."""
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal()
    await terminal.power(on=False)
    await orders.watch(1.0, "the mains are off")
    await terminal.power(on=True)
    await orders.registered()
    await orders.gives_up()

    judge(checks.stands_open_until_told, of=E2E_012)
    judge(checks.agrees_in_the_end, of=E2E_012, journal=terminal.keeps_journal)
    judge(checks.shows_the_end, of=E2E_015, within=campaign.profile.booked_within)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_003, E2E_012, E2E_013, needs=NEEDS)
async def test_the_pos_drops_in_mid_sale(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The line of the POS is cut while the terminal is at work, or as the result comes in: it orders nothing again, and
    books what it is told twice once."""
    profile = campaign.profile
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal()
    orders.cut_the_pos()
    await orders.answered()
    await orders.watch(profile.patience, "the POS makes up its mind")
    orders.felt_the_cut()

    judge(checks.answers_its_orders, of=E2E_013, within=profile.outcome_within, after_drop=profile.after_drop)
    judge(checks.agrees_in_the_end, of=E2E_012, journal=terminal.keeps_journal)


@in_each_dialect
@case(E2E_001, E2E_002, E2E_003, E2E_012, E2E_013, needs=NEEDS)
async def test_the_pos_is_restarted_in_mid_sale(
    dialect: str, orders: Orders, terminal: TerminalBeside, pos: Program, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The POS is killed and started again while the terminal is at work: it orders nothing again."""
    profile = campaign.profile
    await terminal.power(on=True)
    await orders.ready(dialect)
    await orders.at_the_terminal()
    await pos.power_cycle()
    await orders.answered()
    await orders.watch(profile.patience, "the POS makes up its mind")

    judge(checks.answers_its_orders, of=E2E_013, within=profile.outcome_within, after_drop=profile.after_drop)
    judge(checks.agrees_in_the_end, of=E2E_012, journal=terminal.keeps_journal)


@in_each_dialect
@case(E2E_001, E2E_020, E2E_021, needs=NEEDS)
async def test_the_terminal_is_away(
    dialect: str, orders: Orders, terminal: TerminalBeside, campaign: EndToEndCampaign, judge: Judge
) -> None:
    """The terminal is cut off, the cashier sells all the same, and the terminal comes back later: the POS is told of
    both, and takes no money in between."""
    await terminal.power(on=True)
    await orders.ready(dialect)
    orders.shut_out()
    await orders.told(online=False)
    await orders.sell()
    await orders.watch(campaign.profile.ordered_within, "an order for a terminal that is away")
    orders.let_in()
    await orders.registered()
    await orders.told(online=True)

    judge(checks.nothing_paid_while_away, of=E2E_021)
    judge(checks.drop_and_return_told, of=E2E_020)
