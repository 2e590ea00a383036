"""Money given back at the device API: by a payment of the type Refund, or by the reversal of a payment."""

from __future__ import annotations

import pytest

from fake_cloud.adyen.instructions import Settle
from harness.wire import nexo
from harness.wire.nexo import MessageHeader, PaymentRequest, ReversalRequest, ReversalResponse, SaleToPOIResponse
from tests.fake_cloud.adyen.shop import LANE, shop
from tests.fake_cloud.adyen.test_devices import AT, asks, query, results, sale


async def paid(made, **how) -> str:
    """A sale of 45.08 is made; the id of its transaction."""
    await made.told(Settle(**how), within=0.1)
    await asks(made, sale())
    await made.told()
    return results(made)[-1].payment.poi_transaction


async def given_back(made, original: str, amount: str = "", service: str = "300") -> ReversalResponse:
    header = MessageHeader(category="Reversal", sale_id="HARNESS-POS-1", poi_id=LANE, service_id=service)
    await asks(made, nexo.request(header, ReversalRequest("773", amount, at=AT, original=original, original_at=AT)))
    await made.told()
    response = results(made)[-1]
    assert response.faults == ()
    assert (response.name, response.header) == ("ReversalResponse", header.answered())
    return response.payment


async def test_a_payment_is_given_back_whole():
    made = await shop()
    response = await given_back(made, await paid(made))
    assert (response.result, response.amount, response.error) == ("Success", "45.08", "")
    assert {receipt.qualifier for receipt in response.receipts} == {"CashierReceipt", "CustomerReceipt"}


async def test_no_more_is_given_back_than_was_paid():
    made = await shop()
    original = await paid(made)
    parts = [await given_back(made, original, amount, service) for amount, service in
             (("40.00", "301"), ("5.09", "302"), ("5.08", "303"), ("", "304"))]  # fmt: skip
    assert [(part.result, part.amount, part.error) for part in parts] == [
        ("Success", "40.00", ""), ("Failure", "", "NotAllowed"), ("Success", "5.08", ""), ("Failure", "", "NotAllowed"),
    ]  # fmt: skip


@pytest.mark.parametrize("how", [{}, {"result": "Failure"}])
async def test_what_was_not_paid_is_not_given_back(how):
    made = await shop()
    original = await paid(made, **how) if how else "nobody.knows"
    await made.told(Settle(), within=0.1)
    assert (await given_back(made, original)).error == "NotFound"


async def test_a_status_query_tells_of_a_reversal():
    made = await shop()
    original = await paid(made)
    await made.told(Settle(withheld=True), within=0.1)
    header = MessageHeader(category="Reversal", sale_id="HARNESS-POS-1", poi_id=LANE, service_id="300")
    await asks(made, nexo.request(header, ReversalRequest("773", "", at=AT, original=original, original_at=AT)))
    await made.told(within=10.0)
    _, document = await asks(made, query("300"), "sync")
    told = nexo.parse(nexo.write(document))
    assert isinstance(told, SaleToPOIResponse)
    assert (told.status.payment.result, told.status.payment.amount) == ("Success", "45.08")


async def test_a_refund_without_a_payment_is_a_payment_of_that_type():
    made = await shop()
    header = MessageHeader(sale_id="HARNESS-POS-1", poi_id=LANE, service_id="300")
    await asks(made, nexo.request(header, PaymentRequest("773", "1.00", "EUR", AT, "Refund")))
    await made.told()
    (response,) = results(made)
    assert (response.name, response.payment.amount) == ("PaymentResponse", "1.00")
