"""Sales: how they are placed, what settles them, and what becomes of those of which nothing is heard."""

from __future__ import annotations

import pytest

from emulator.http_party import POWER_ON
from fake_cloud.adyen.instructions import Answer, Answering, Online, Release, Service, Settle
from harness.wire.adyen import DeviceCall
from harness.wire.nexo import PaymentReceipt
from tests.emulator.adyen.shop import ONE, OTHER, SEALED, backend


@pytest.mark.parametrize("changes", [{}, SEALED], ids=["clear", "sealed"])
async def test_a_sale_is_paid(changes: dict[str, object]) -> None:
    shop = await backend(**changes).open()
    await shop.press("sale", amount="12.40", terminal=ONE, reference="A", wait=5)
    assert shop.book == {"A": ("paid", "12.40")}
    assert shop.screens[-1] == "A: 12.40 paid"
    (call,) = shop.heard(DeviceCall)
    assert call.call == "async"
    assert call.sealed is bool(changes)
    assert not call.faults


@pytest.mark.parametrize(
    ("settle", "booked"),
    [
        (Settle("Partial", amount="10.00"), ("paid", "10.00")),
        (Settle("Failure", error="Refusal"), ("declined", "")),
        (Settle("Failure", error="Cancel"), ("cancelled", "")),
        (Settle(amount="10.00"), ("unknown", "")),
        (Settle(amount="99.00"), ("unknown", "")),
        (Settle("Partial", amount="99.00"), ("unknown", "")),
        (Settle(currency="SEK"), ("unknown", "")),
        (Settle("Splendid"), ("unknown", "")),
    ],
)
async def test_only_what_was_authorised_is_settled(settle: Settle, booked: tuple[str, str]) -> None:
    shop = await backend().open()
    await shop.tell(settle)
    await shop.press("sale", amount="12.40", terminal=ONE, reference="A", wait=5)
    assert shop.book == {"A": booked}


async def test_a_paid_sale_is_given_back_by_a_reversal_and_another_amount_by_a_refund() -> None:
    shop = await backend().open()
    await shop.press("sale", amount="12.40", terminal=ONE, reference="A", wait=5)
    await shop.press("refund", amount="12.40", terminal=ONE, reference="B", sale="A", wait=5)
    await shop.press("refund", amount="1.00", terminal=ONE, reference="C", wait=5)
    assert shop.book == {"A": ("paid", "12.40"), "B": ("refunded", "12.40"), "C": ("refunded", "1.00")}
    assert shop.asked == ["PaymentRequest", "ReversalRequest", "PaymentRequest"]
    calls = shop.heard(DeviceCall)
    assert [call.message.payment.gives_back for call in calls] == [False, True, True]
    assert not any(call.faults for call in calls)


@pytest.mark.parametrize("sale", ["A", ""])
async def test_a_refund_without_a_result_is_asked_for_and_not_made_again(sale: str) -> None:
    shop = await backend().open()
    await shop.press("sale", amount="12.40", terminal=ONE, reference="A", wait=5)
    await shop.tell(Settle(withheld=True))
    await shop.press("refund", amount="12.40", terminal=ONE, reference="B", sale=sale, wait=160)
    assert shop.asked[1:] == ["ReversalRequest" if sale else "PaymentRequest", "TransactionStatusRequest"]
    assert shop.book["B"] == ("refunded", "12.40")


@pytest.mark.parametrize("settle", [Settle("Failure"), Settle(service_id="0")])
async def test_a_refund_that_failed_or_is_anothers_gives_nothing_back(settle: Settle) -> None:
    shop = await backend().open()
    await shop.press("sale", amount="12.40", terminal=ONE, reference="A", wait=5)
    await shop.tell(settle)
    await shop.press("refund", amount="12.40", terminal=ONE, reference="B", sale="A", wait=5)
    assert shop.book["B"] == ("declined" if settle.result == "Failure" else "pending", "")


async def test_results_find_their_sales_in_any_order() -> None:
    shop = await backend().open()
    await shop.tell(Settle(held=True))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    await shop.press("sale", amount="2.00", terminal=ONE, reference="B", wait=5)
    await shop.press("sale", amount="3.00", terminal=OTHER, reference="C", wait=5)
    await shop.tell(Release(backwards=True))
    assert shop.book == {"A": ("paid", "1.00"), "B": ("paid", "2.00"), "C": ("paid", "3.00")}


@pytest.mark.parametrize("foreign", [{"sale_id": "OTHER"}, {"service_id": "0"}, {"poi_id": OTHER}])
async def test_a_foreign_result_settles_nothing(foreign: dict[str, str]) -> None:
    shop = await backend().open()
    await shop.tell(Settle(**foreign))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    assert shop.statuses == [200]
    assert shop.book == {"A": ("pending", "")}


async def test_a_result_that_comes_twice_is_booked_once() -> None:
    shop = await backend().open()
    await shop.tell(Settle(copies=2))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    assert shop.statuses == [200, 200]
    assert shop.book == {"A": ("paid", "1.00")}


async def test_a_sale_without_a_result_is_asked_for_and_not_paid_again() -> None:
    shop = await backend().open()
    await shop.tell(Settle(withheld=True))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=140)
    assert shop.asked == ["PaymentRequest"]
    await shop.wait(20)
    assert shop.asked == ["PaymentRequest", "TransactionStatusRequest"]
    assert shop.book == {"A": ("paid", "1.00")}


async def test_what_nobody_knows_of_stays_unknown_until_a_result_comes() -> None:
    shop = await backend().open()
    await shop.tell(Settle(lost=True))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=1000)
    assert shop.asked == ["PaymentRequest"] + 3 * ["TransactionStatusRequest"]
    assert shop.book == {"A": ("unknown", "")}


async def test_a_power_cut_in_mid_sale_asks_for_its_status() -> None:
    disk: dict[str, str] = {}
    shop = await backend(storage=disk).open()
    await shop.tell(Settle(withheld=True))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A")
    shop.host.detach("backend")
    await shop.wait(5)
    shop.dut = type(shop.dut)(shop.dut.settings, disk, shop.dut.rng)
    await shop.host.attach(shop.dut, {"webhook": ("", 0)}, recorded=False)
    await shop.press("sale", amount="9.00", terminal=ONE)  # it has no power yet
    shop.host.feed("backend", POWER_ON)
    await shop.wait(5)
    assert shop.asked == ["PaymentRequest", "TransactionStatusRequest"]
    assert shop.book == {"A": ("paid", "1.00")}


@pytest.mark.parametrize(
    ("answering", "state"),
    [
        (Answering(status=401), "declined"),
        (Answering(reject="no way"), "declined"),
        (Answering(status=500), "paid"),
        (Answering(close=True), "paid"),
        (Answering(silent=True), "paid"),
    ],
)
async def test_what_the_device_api_says_counts_only_where_it_is_sure(answering: Answering, state: str) -> None:
    shop = await backend().open()
    await shop.tell(Answer(Service.DEVICE, answering))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=60)
    assert shop.book["A"][0] == state


async def test_a_terminal_that_is_not_reached_ends_the_sale_with_the_reason() -> None:
    shop = await backend().open()
    await shop.tell(Online(ONE, online=False))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    assert shop.book == {"A": ("declined", "")}
    assert shop.screens[-1] == "A: declined, rejected: Did not receive a response from the POI."


async def test_receipts_are_kept() -> None:
    shop = await backend().open()
    receipts = (PaymentReceipt("CashierReceipt", ("für uns",)), PaymentReceipt("CustomerReceipt"))
    await shop.tell(Settle(receipts=receipts))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    await shop.press("receipt", reference="A", kind="CashierReceipt")
    assert shop.screens[-1] == "für uns"
    await shop.press("receipt", reference="B")
    assert shop.screens[-1] == "no such receipt"


@pytest.mark.parametrize("amount", ["", "x", "-1", "1.2.3", "٣"])
async def test_what_is_no_amount_is_no_sale(amount: str) -> None:
    shop = await backend().open()
    await shop.press("sale", amount=amount, terminal=ONE)
    assert shop.book == {}
