"""How the cases of pay at counter go: an EPoS that is connected, a transaction, and what its user does meanwhile."""

from __future__ import annotations

import pytest

from fake_cloud.paymentsense.instructions import Course, Run
from fixtures.connect import ConnectSide, Epos, PaymentsenseCampaign
from harness.evidence.record import Skip
from harness.wire.paymentsense import TRANSACTIONS, Answer, Demand, Notification, Refusal, Result, Side

REFERENCE = "R1"
"""Under which the cashier enters a sale, where it is only one."""

SLOW = 12.0
"""Seconds between two things that a card machine does, so that it shows what is shown at each."""


def machine(campaign: PaymentsenseCampaign) -> str:
    """A card machine that does what a case wants it to."""
    tid = next(iter(campaign.ixit.machines.all), None)
    if tid is None:
        pytest.skip(f"{Skip.NOT_RUN}: the IXIT name no card machine")
    return tid


def other_machine(campaign: PaymentsenseCampaign) -> str:
    """A second one."""
    if len(campaign.ixit.machines.all) < 2:
        pytest.skip(f"{Skip.NOT_RUN}: the IXIT name one card machine only")
    return campaign.ixit.machines.all[1]


async def begun(
    connect: ConnectSide,
    epos: Epos,
    campaign: PaymentsenseCampaign,
    course: Course | None = None,
    *,
    key: str = "sale",
    **fields: str,
) -> Demand | None:
    """The cashier begins a transaction that goes like that; what the EPoS asks for, None if it does not."""
    tid = fields.setdefault("terminal", machine(campaign))
    connect.tell(Run(tid, course))
    await epos.press(key, **{"amount": campaign.ixit.amount, "reference": REFERENCE, **fields})
    heard = await connect.heard(
        Demand, within=campaign.profile.screen.told_within, where=lambda body: body.method in TRANSACTIONS
    )
    return None if heard is None else heard[1]


async def ended(connect: ConnectSide, campaign: PaymentsenseCampaign) -> Answer | None:
    """Await the answer to the transaction, and give the EPoS the time that it has to tell its user."""
    answer = await answered(connect, campaign)
    await told(connect, campaign, "the user is told")
    return answer


async def answered(connect: ConnectSide, campaign: PaymentsenseCampaign) -> Answer | None:
    """Await what Connect answers to the transaction."""

    def is_end(body: object) -> bool:
        return isinstance(body, Result | Refusal) and body.by is Side.CONNECT and body.of in TRANSACTIONS

    heard = await connect.heard(object, within=campaign.profile.pac.transaction_within, where=is_end)
    return heard[1] if heard is not None and isinstance(heard[1], Result | Refusal) else None


async def told(connect: ConnectSide, campaign: PaymentsenseCampaign, what: str) -> None:
    """Give the EPoS the time that it has to tell its user something."""
    await connect.watch(campaign.profile.screen.told_within + 1, what)


async def notified(connect: ConnectSide, campaign: PaymentsenseCampaign, value: str) -> None:
    """Await that the card machine has notified so."""
    await connect.heard(
        Notification,
        within=campaign.profile.pac.transaction_within,
        where=lambda body: body.param("notificationValue") == value,
    )
