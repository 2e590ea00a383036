"""Chapter D, first half: the terminals are discovered, and a payment is ordered in the documented form."""

from __future__ import annotations

import pytest

from catalogue.modulus import (
    MOD_050,
    MOD_051,
    MOD_053,
    MOD_054,
    MOD_055,
    MOD_056,
    MOD_057,
    MOD_058,
    MOD_100,
    MOD_106,
)
from fake_cloud.modulus.delivery import Delivery
from fake_cloud.modulus.instructions import Answers, Bend, Decide, Decision, Goes
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide, ModulusCampaign
from fixtures.program import Program
from harness.checks import modulus_payments
from harness.rig.bench import Means


async def decided(gateway: GatewaySide, campaign: ModulusCampaign) -> None:
    """Await the end of a payment that was just ordered, and what the POS makes of it."""
    await gateway.watch(campaign.profile.payment.decided_after + 2.0, "the terminal decides")


@case(MOD_050, MOD_051)
async def test_asks_for_the_terminals(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Started and let in, the POS asks for the terminals."""
    within = campaign.profile.connection.open_within
    await gateway.online()
    await gateway.watch(within, "the POS asks for the terminals")

    judge(modulus_payments.requests_have_an_action, of=MOD_050)
    judge(modulus_payments.asks_for_terminals, of=MOD_051, within=within)


@case(MOD_050, MOD_053, MOD_054, MOD_055, MOD_056, MOD_100, MOD_106, needs=(Means.KEYS,))
async def test_orders_a_payment_in_the_documented_form(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The cashier sells on a terminal of the list; the POS orders the payment."""
    await gateway.online()
    await gateway.ordered()
    await decided(gateway, campaign)

    judge(modulus_payments.requests_have_an_action, of=MOD_050)
    judge(modulus_payments.payments_are_formed, of=MOD_053)
    judge(modulus_payments.payments_are_complete, of=MOD_054)
    judge(modulus_payments.amounts_are_decimal_texts, of=MOD_055, number=campaign.profile.payment.amount_type)
    judge(modulus_payments.pays_on_discovered_terminals, of=MOD_056)
    judge(modulus_payments.names_terminals_by_device, of=MOD_100)
    judge(modulus_payments.transactions_are_uuid7, of=MOD_106)


@case(MOD_055, needs=(Means.KEYS,))
async def test_writes_every_amount_with_a_point(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Sales of little, of a round sum and of much."""
    await gateway.online()
    for amount in ("0.01", "10.00", "99.99", "1234567.80"):
        await gateway.ordered(amount)
        await decided(gateway, campaign)

    judge(modulus_payments.amounts_are_decimal_texts, number=campaign.profile.payment.amount_type)
    judge(modulus_payments.pays_what_was_typed)


@case(MOD_057, needs=(Means.KEYS,))
@pytest.mark.parametrize("first", ["SUCCESS", "FAILED"])
async def test_each_attempt_has_a_transaction_of_its_own(
    first: str, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The cashier sells twice for the same amount, once the first sale was paid, once it was declined."""
    await gateway.online()
    gateway.tell(Decide(Decision(first)))
    for _ in range(2):
        await gateway.ordered()
        await decided(gateway, campaign)

    judge(modulus_payments.transactions_are_unique, at_least=2)


@case(MOD_057, needs=(Means.KEYS, Means.POWER))
async def test_a_transaction_is_not_used_again_after_a_restart(
    gateway: GatewaySide, pos: Program, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The cashier sells, the POS is killed and started again, and he sells for the same amount."""
    await gateway.online()
    await gateway.ordered()
    await decided(gateway, campaign)
    await pos.power_off()
    await gateway.online()
    await gateway.ordered()
    await decided(gateway, campaign)

    judge(modulus_payments.transactions_are_unique, at_least=2)


# ---- On which terminal -----------------------------------------------------------------------------------------------


@case(MOD_058, needs=(Means.KEYS,))
@pytest.mark.parametrize("status", ["offline", "reconnecting"])
async def test_orders_nothing_on_a_terminal_that_the_list_says_is_away(
    status: str, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The list says of a terminal that it is not online; the cashier sells on it, and then on another."""
    first, second = campaign.ixit.terminals[:2]
    gateway.tell(Goes(first, status, told=False))
    await gateway.online()
    await gateway.ordered(terminal=first)
    await gateway.ordered(terminal=second)
    await decided(gateway, campaign)

    judge(modulus_payments.pays_on_online_terminals)


@case(MOD_056, needs=(Means.KEYS,))
async def test_orders_nothing_where_no_terminal_is_listed(gateway: GatewaySide, judge: Judge) -> None:
    """The list of terminals is empty; the cashier sells on the terminal that he knows."""
    gateway.tell(Bend(Answers.TERMINALS, Delivery(changes={"terminals": []})))
    await gateway.online()
    await gateway.ordered()

    judge(modulus_payments.pays_on_discovered_terminals)


@case(MOD_100, needs=(Means.KEYS,))
async def test_a_terminal_keeps_its_name_when_its_connection_changes(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal is lost and returns, under a new connectionId; the cashier sells on it."""
    terminal = campaign.ixit.terminals[0]
    await gateway.online()
    for status in ("reconnecting", "online"):
        gateway.tell(Goes(terminal, status))
        await gateway.watch(2.0, f"the POS hears that the terminal is {status}")
    await gateway.ordered(terminal=terminal)
    await decided(gateway, campaign)

    judge(modulus_payments.names_terminals_by_device)
