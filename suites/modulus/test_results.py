"""Chapter D, second half: what a result is worth, whatever comes beside it, and what becomes of a sale without one."""

from __future__ import annotations

from typing import Any

import pytest

from catalogue.modulus import MOD_060, MOD_061, MOD_062, MOD_063, MOD_064, MOD_065
from fake_cloud.modulus import sayings
from fake_cloud.modulus.delivery import SILENCE, Delivery
from fake_cloud.modulus.instructions import Answers, Bend, Decide, Decision, Release, Say
from fixtures.case import case, not_applicable
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide, ModulusCampaign
from harness.checks import modulus_book, modulus_payments
from harness.rig.bench import Means
from harness.wire.modulus import Payment

HEARD = modulus_book.READS_WITHIN + 1.0
"""Seconds that a POS is given to make something of a message, and a moment more."""

STRANGER = "0190a3c2-7b10-7c4e-9a51-0f2b6d8e1a11"
"""A transaction that no POS on this bench has ordered."""


async def sold(gateway: GatewaySide, campaign: ModulusCampaign, *decisions: Decision) -> Payment | None:
    """A sale that its terminal decides like this, and what the POS makes of it."""
    for decision in decisions:
        gateway.tell(Decide(decision))
    payment = await gateway.ordered()
    await gateway.watch(campaign.profile.payment.decided_after + HEARD, "the terminal decides, the POS books")
    return payment


def of(payment: Payment | None) -> str:
    """The transaction of a payment that was ordered; "" if none was, which no check finds in any book."""
    return payment.transaction_id if payment is not None else ""


@case(MOD_061, needs=(Means.KEYS, Means.SCREEN))
async def test_a_success_settles_the_sale(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The cashier sells, and the terminal reports SUCCESS."""
    await gateway.online()
    payment = await sold(gateway, campaign)

    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)


@case(MOD_061, needs=(Means.KEYS, Means.SCREEN))
@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "PENDING"])
async def test_nothing_else_settles_it(
    status: str, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The cashier sells, and the terminal reports another status."""
    await gateway.online()
    payment = await sold(gateway, campaign, Decision(status))

    judge(modulus_book.never_stood, transaction=of(payment), states=["paid"])


@case(MOD_062, needs=(Means.KEYS, Means.SCREEN))
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"paymentResponse.amount": "0.01"}, id="less"),
        pytest.param({"paymentResponse.amount": "999999.99"}, id="more"),
        pytest.param({"terminalId": "TERM-999"}, id="elsewhere"),
    ],
)
async def test_a_result_that_does_not_fit_settles_nothing(
    changes: dict[str, Any], gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal reports SUCCESS, of another amount or on another terminal; and nobody answers over HTTP."""
    gateway.tell(Bend(Answers.API, SILENCE))
    await gateway.online()
    payment = await sold(gateway, campaign, Decision(delivery=Delivery(changes=changes)))

    judge(modulus_book.never_stood, transaction=of(payment), states=["paid"])


@case(MOD_062, needs=(Means.KEYS, Means.SCREEN))
async def test_amounts_are_compared_by_their_value(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal reports SUCCESS with the amount in a shorter form."""
    if campaign.profile.payment.amount_compare != "decimal":
        not_applicable("the profile compares amounts as texts (payment.amount_compare: text)")
    shorter = campaign.ixit.amount.rstrip("0").rstrip(".")
    await gateway.online()
    payment = await sold(gateway, campaign, Decision(delivery=Delivery(changes={"paymentResponse.amount": shorter})))

    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)


@case(MOD_063, needs=(Means.KEYS, Means.SCREEN))
async def test_a_repeated_result_is_applied_once(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The result comes three times in a row, and once more when the sale is long over."""
    await gateway.online()
    payment = await sold(gateway, campaign, Decision(delivery=Delivery(copies=3)))
    terminal, amount = campaign.ixit.terminals[0], campaign.ixit.amount
    gateway.tell(Say(sayings.result(terminal, sayings.response(of(payment), amount=amount))))
    await gateway.watch(HEARD, "the POS hears it again")

    judge(modulus_book.settled_once, transaction=of(payment), amount=amount)


# ---- Which result is whose -------------------------------------------------------------------------------------------


@case(MOD_060, MOD_064, needs=(Means.KEYS, Means.SCREEN))
@pytest.mark.parametrize("status", ["SUCCESS", "FAILED"])
async def test_anothers_result_is_not_its_own(
    status: str, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """While a sale runs comes a result of a payment that nobody here has ordered; then its own."""
    await gateway.online()
    gateway.tell(Decide(Decision(after=20.0)))
    payment = await gateway.ordered()
    terminal, amount = campaign.ixit.terminals[0], campaign.ixit.amount
    gateway.tell(Say(sayings.result(terminal, sayings.response(STRANGER, status, amount))))
    await gateway.watch(20.0 + HEARD, "both results come")

    judge(modulus_book.strangers_move_nothing)
    judge(modulus_book.settled_once, of=MOD_060, transaction=of(payment), amount=amount)


@case(MOD_064, needs=(Means.SCREEN,))
async def test_a_result_out_of_the_blue_is_entered_nowhere(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """No sale was begun; a result comes."""
    await gateway.online()
    gateway.tell(Say(sayings.result(campaign.ixit.terminals[0], sayings.response(STRANGER))))
    await gateway.watch(2 * HEARD, "the POS hears it")

    judge(modulus_book.strangers_move_nothing)


@case(MOD_060, needs=(Means.KEYS, Means.SCREEN))
async def test_results_may_change_places(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """Two sales run on two terminals; the second is declined before the first is paid."""
    first_terminal, second_terminal = campaign.ixit.terminals[:2]
    await gateway.online()
    gateway.tell(Decide(Decision(after=20.0)))
    gateway.tell(Decide(Decision("FAILED", after=1.0)))
    first = await gateway.ordered(terminal=first_terminal)
    second = await gateway.ordered(terminal=second_terminal)
    await gateway.watch(20.0 + HEARD, "both results come")

    judge(modulus_book.stands, transaction=of(first), states=["paid"])
    judge(modulus_book.never_stood, transaction=of(second), states=["paid"])


# ---- No result -------------------------------------------------------------------------------------------------------


@case(MOD_065, needs=(Means.KEYS, Means.SCREEN))
async def test_a_sale_without_a_result_is_unknown(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal decides, the result stays away beyond its limit, and nobody answers over HTTP; it comes at last."""
    limit = campaign.profile.payment.result_within + campaign.profile.heartbeat.pong_latest
    gateway.tell(Bend(Answers.API, SILENCE))
    gateway.tell(Decide(Decision(withheld=True)))
    await gateway.online()
    payment = await gateway.ordered()
    await gateway.watch(limit + HEARD, "the result stays away")
    judge(modulus_book.unknown_after, transaction=of(payment), limit=limit)
    gateway.tell(Release())
    await gateway.watch(HEARD, "it comes after all")

    judge(modulus_payments.no_payment_unasked)
    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)
