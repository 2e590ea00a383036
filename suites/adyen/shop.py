"""What most cases with a backend begin with: it is open for business, and somebody wants to pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fixtures.verdicts import Inconclusive
from harness.wire.adyen import DeviceCall
from harness.wire.nexo import MessageHeader, PaymentRequest, SaleToPOIRequest

if TYPE_CHECKING:
    from fixtures.adyen import AdyenCampaign, AdyenSide
    from fixtures.program import Program

SOON = 10.0
"""Seconds for a payment that somebody wants to be asked of a terminal, and for a result to be in the book."""

QUIET = 15.0
"""Seconds in which what should not happen would have happened."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A payment as the backend asked for it."""

    header: MessageHeader
    payment: PaymentRequest

    @property
    def reference(self) -> str:
        return self.payment.reference


async def open_shop(adyen: AdyenSide, backend: Program) -> None:
    """The backend is started, and its event URL is set. Raises Inconclusive if it is not."""
    await backend.power_on()
    if not await adyen.configured():
        raise Inconclusive("no event URL was set")


async def wanted(adyen: AdyenSide, backend: Program, amount: str, poi_id: str) -> Asked:
    """Somebody pays at a terminal: what was asked of it. Raises Inconclusive if nothing was."""
    adyen.mark()
    await backend.press("sale", amount=amount, terminal=poi_id)
    return await asked(adyen, poi_id)


async def given_back(adyen: AdyenSide, backend: Program, sale: str, campaign: AdyenCampaign) -> Asked:
    """The cashier gives a sale back whole: what was asked of its terminal. Raises Inconclusive if nothing was."""
    adyen.mark()
    terminal = campaign.ixit.terminals[0]
    await backend.press("refund", amount=campaign.ixit.amount, terminal=terminal, sale=sale)
    return await asked(adyen, terminal)


async def asked(adyen: AdyenSide, poi_id: str) -> Asked:
    """The next payment that is asked of a terminal. Raises Inconclusive if none is."""

    def is_payment(call: DeviceCall) -> bool:
        return call.device == poi_id and isinstance(call.message, SaleToPOIRequest) and call.message.payment is not None

    found = await adyen.heard(DeviceCall, within=SOON, where=is_payment)
    message = None if found is None else found[1].message
    payment = message.payment if isinstance(message, SaleToPOIRequest) else None
    if message is None or payment is None:
        raise Inconclusive(f"no payment was asked of {poi_id}")
    return Asked(message.header, payment)
