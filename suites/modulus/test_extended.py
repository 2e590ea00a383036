"""Chapter H: what the public pages say beyond the quick start, of terminals that return, voids, errors and recovery."""

from __future__ import annotations

from typing import Any

import pytest

from catalogue.modulus import HTTP_SIDE, MOD_065, MOD_100, MOD_102, MOD_103, MOD_104, MOD_105, MOD_107, MOD_108
from fake_cloud.modulus.delivery import GONE, SILENCE, Delivery, Then
from fake_cloud.modulus.instructions import Answers, Bend, Decide, Decision, End, Goes, Settle, Void
from fixtures.case import case
from fixtures.docket import Judge
from fixtures.gateway import GatewaySide, ModulusCampaign
from fixtures.program import Program
from harness.checks import modulus_book, modulus_payments
from harness.rig.bench import Means
from suites.modulus.test_results import HEARD, of, sold

UNDONE = ["voided", "refunded", "cancelled", "declined"]
"""How a sale may stand of which no money is left."""


@case(MOD_100, needs=(Means.KEYS,))
async def test_names_a_terminal_without_a_device_id_by_its_connection(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The list has one terminal, which has no deviceId; the cashier sells."""
    name = f"conn-{campaign.ixit.terminals[0]}-1"
    listed = {"terminals": [{"connectionId": name, "status": "online"}]}
    gateway.tell(Bend(Answers.TERMINALS, Delivery(changes=listed)))
    await gateway.online()
    await gateway.ordered(terminal=name)
    await gateway.watch(campaign.profile.payment.decided_after + HEARD, "the terminal decides")

    judge(modulus_payments.pays_on_discovered_terminals)
    judge(modulus_payments.orders_as_terminals_stand, within=campaign.ixit.order_within)


@case(MOD_102, needs=(Means.KEYS, Means.SCREEN))
@pytest.mark.parametrize("away", [5.0, 50.0])
async def test_a_terminal_that_reconnects_fails_no_payment(
    away: float, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """While a sale runs its terminal is lost, returns within its grace, and decides."""
    terminal = campaign.ixit.terminals[0]
    await gateway.online()
    gateway.tell(Decide(Decision(after=2.0), times=None))
    payment = await gateway.ordered(terminal=terminal)
    gateway.tell(Goes(terminal, "reconnecting"))
    await gateway.watch(away, "the terminal is away")
    judge(modulus_book.never_stood, transaction=of(payment), states=["declined", "cancelled", "voided"])
    gateway.tell(Goes(terminal, "online"))
    await gateway.watch(2 * HEARD, "the terminal is back, and decides")

    judge(modulus_book.stands, transaction=of(payment), states=["paid"])
    judge(modulus_payments.no_payment_unasked)


# ---- Voided ----------------------------------------------------------------------------------------------------------


@case(MOD_103, needs=(Means.KEYS, Means.SCREEN))
async def test_a_void_undoes_a_sale(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The sale is paid, and voided afterwards."""
    await gateway.online()
    payment = await sold(gateway, campaign)
    gateway.tell(Void())
    await gateway.watch(HEARD, "the POS undoes the sale")

    judge(modulus_book.stands, transaction=of(payment), states=UNDONE)


@case(MOD_103, needs=(Means.KEYS, Means.SCREEN))
async def test_a_void_forbids_a_later_result(gateway: GatewaySide, judge: Judge) -> None:
    """The void comes before the result, which reports SUCCESS; over HTTP nobody says anything else."""
    gateway.tell(Bend(Answers.API, SILENCE))
    await gateway.online()
    gateway.tell(Decide(Decision(withheld=True)))
    payment = await gateway.ordered()
    gateway.tell(Void())
    await gateway.watch(HEARD, "the POS hears of the void")
    gateway.tell(Settle(Decision()))
    await gateway.watch(2 * HEARD, "the result comes after it")

    judge(modulus_book.stands, transaction=of(payment), states=UNDONE)


# ---- Recovering ------------------------------------------------------------------------------------------------------


@case(MOD_104, needs=(Means.KEYS,))
@pytest.mark.parametrize("status", ["SUCCESS", "FAILED", None])
async def test_asks_what_became_of_a_payment(
    status: str | None, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The result stays away beyond its limit: the payment was decided, or (None) is not decided yet."""
    limit, within = campaign.profile.payment.result_within, campaign.profile.heartbeat.pong_latest
    decision = Decision(after=1e6) if status is None else Decision(status, withheld=True)
    gateway.tell(Decide(decision))
    await gateway.online()
    payment = await gateway.ordered()
    await gateway.watch(limit + within + HEARD, "the result stays away")

    judge(modulus_payments.queries_after_the_limit, limit=limit, within=within)
    judge(modulus_payments.queries_are_signed)
    judge(modulus_payments.no_payment_unasked)
    if status == "SUCCESS" and campaign.bench.screen != "none":  # its book comes with its screen
        judge(modulus_book.stands, of=MOD_104, transaction=of(payment), states=["paid"])


@case(MOD_065, MOD_104, needs=(Means.KEYS,))
@pytest.mark.parametrize("then", [Then.CLOSE, Then.RESET])
async def test_sends_nothing_again_after_a_drop(
    then: Then, gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """While a sale runs the connection is lost; the POS returns, and the payment is still not decided."""
    await gateway.online()
    gateway.tell(Decide(Decision(after=1e6)))
    await gateway.ordered()
    gateway.tell(End(then))
    await gateway.back()
    await gateway.watch(campaign.profile.payment.result_within, "the payment is not decided")

    judge(modulus_payments.no_payment_unasked)


@case(MOD_105, needs=(Means.KEYS, Means.SCREEN))
async def test_recovers_a_result_that_it_missed(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The connection is lost while a sale runs, and the terminal decides meanwhile; the POS returns."""
    await gateway.online()
    gateway.tell(Decide(Decision(after=2.0)))
    payment = await gateway.ordered()
    gateway.tell(End(Then.RESET))
    await gateway.back()
    await gateway.watch(campaign.profile.recovery.within, "the result is recovered")

    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)


@case(MOD_105, needs=(Means.KEYS, Means.SCREEN), when=(HTTP_SIDE,))
async def test_asks_for_a_result_that_is_not_told_again(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The connection is lost while a sale runs; the POS returns, and its result is never pushed."""
    gateway.tell(Bend(Answers.RESULT, SILENCE))
    await gateway.online()
    gateway.tell(Decide(Decision(after=2.0)))
    payment = await gateway.ordered()
    gateway.tell(End(Then.RESET))
    await gateway.back()
    await gateway.watch(campaign.profile.payment.result_within + campaign.profile.recovery.within, "it is recovered")

    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)


@case(MOD_105, needs=(Means.KEYS, Means.SCREEN, Means.POWER))
async def test_recovers_a_result_after_a_restart(
    gateway: GatewaySide, pos: Program, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The POS is killed while a sale runs, and the terminal decides meanwhile; the POS is started again."""
    await gateway.online()
    gateway.tell(Decide(Decision(after=2.0)))
    payment = await gateway.ordered()
    await pos.power_off()
    await gateway.online()
    await gateway.watch(campaign.profile.recovery.within, "the result is recovered")

    judge(modulus_book.settled_once, transaction=of(payment), amount=campaign.ixit.amount)


# ---- Errors and failures ---------------------------------------------------------------------------------------------


@case(MOD_107, needs=(Means.KEYS, Means.SCREEN))
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"action": GONE}, id="bare"),
        pytest.param({"action": "error"}, id="action"),
        pytest.param({"message": "Terminal is busy: try again later"}, id="busy"),
    ],
)
async def test_an_error_is_shown_and_ends_the_attempt(
    changes: dict[str, Any], gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal was lost unnoticed; the cashier sells on it, and the gateway answers with an error."""
    terminal = campaign.ixit.terminals[0]
    gateway.tell(Bend(Answers.ERROR, Delivery(changes=changes)))
    await gateway.online()
    gateway.tell(Goes(terminal, "offline", told=False))
    payment = await gateway.ordered(terminal=terminal)
    await gateway.watch(2 * HEARD, "the user is told")

    judge(modulus_book.shows_the_error)
    judge(modulus_book.stands, transaction=of(payment), states=["declined", "cancelled", "voided", "unknown"])


@case(MOD_108, needs=(Means.KEYS, Means.SCREEN))
async def test_a_failure_is_shown_with_its_message(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal reports FAILED with an errorMessage."""
    await gateway.online()
    payment = await sold(
        gateway, campaign, Decision("FAILED", more={"errorCode": "51", "errorMessage": "Carte refusée (code 51)"})
    )

    judge(modulus_book.shows_the_failure)
    judge(modulus_book.stands, transaction=of(payment), states=["declined"])


@case(MOD_108, needs=(Means.KEYS, Means.SCREEN))
async def test_a_cancellation_is_no_failure(gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge) -> None:
    """The customer cancels at the terminal."""
    await gateway.online()
    payment = await sold(gateway, campaign, Decision("CANCELLED"))

    judge(modulus_book.stands, transaction=of(payment), states=["cancelled"])


@case(MOD_108, needs=(Means.KEYS, Means.SCREEN))
async def test_pending_is_neither_a_failure_nor_an_end(
    gateway: GatewaySide, campaign: ModulusCampaign, judge: Judge
) -> None:
    """The terminal reports PENDING, and later SUCCESS."""
    await gateway.online()
    payment = await sold(gateway, campaign, Decision("PENDING"))
    judge(modulus_book.stands, transaction=of(payment), states=["open", "pending", "unknown"])
    gateway.tell(Settle(Decision()))
    await gateway.watch(HEARD, "it is decided")

    judge(modulus_book.stands, transaction=of(payment), states=["paid"])
