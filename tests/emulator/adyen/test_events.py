"""What a backend makes of events: how terminals stand, what they reject, and what is typed on them."""

from __future__ import annotations

from base64 import b64encode

import pytest

from fake_cloud.adyen.instructions import Again, Settle
from harness.wire.adyen import DeviceCall
from tests.emulator.adyen.shop import ONE, OTHER, backend


@pytest.mark.parametrize("event", ["Shutdown", "BeginMaintenance", "OutOfOrder"])
@pytest.mark.parametrize("again", ["EndMaintenance", "Initialised"])
async def test_sales_are_held_while_a_terminal_is_down(event: str, again: str) -> None:
    shop = await backend().open()
    await shop.tell(shop.emit(event))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    await shop.press("sale", amount="2.00", terminal=OTHER, reference="B", wait=5)
    assert shop.book == {"A": ("open", ""), "B": ("paid", "2.00")}
    await shop.tell(shop.emit(again), wait=5)
    assert f"{ONE} is available" in shop.screens
    assert shop.book["A"] == ("paid", "1.00")


async def test_a_sale_that_is_held_can_be_cancelled() -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("Shutdown"))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A")
    await shop.press("cancel", reference="A")
    await shop.tell(shop.emit("Initialised"), wait=5)
    assert shop.asked == []
    assert shop.book == {"A": ("cancelled", "")}


async def test_the_latest_by_its_own_time_holds() -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("Initialised"))
    await shop.tell(shop.emit("Shutdown", ago=3600.0))
    await shop.tell(shop.emit("Shutdown", poi_id=OTHER, ago=3600.0))
    assert shop.statuses == [200, 200, 200]
    assert shop.screens[-2:] == [f"{ONE} is available", f"{OTHER} is not available: Shutdown"]


async def test_an_event_of_a_foreign_terminal_says_nothing_of_ours() -> None:
    shop = await backend().open()
    before = shop.screens
    await shop.tell(shop.emit("Shutdown", poi_id="P630-000000777"))
    assert shop.statuses == [200]
    assert shop.screens == before


async def test_a_typed_reference_is_paid_for_once_however_often_it_is_told() -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("SaleWakeUp", details="0123456789"), Again(99, 1), wait=5)
    (call,) = shop.heard(DeviceCall)
    assert call.device == ONE
    assert call.message.payment.reference == "0123456789"
    assert call.message.payment.amount == "45.08"
    assert shop.book == {"0123456789": ("paid", "45.08")}


@pytest.mark.parametrize("reference", ["a=1&b=2", "100%", "TABLE 7", "Tisch für zwei"])
async def test_a_typed_reference_is_plain_text(reference: str) -> None:
    shop = await backend().open()
    await shop.press("order", reference=reference, amount="7.00")
    await shop.tell(shop.emit("SaleWakeUp", details=reference), wait=5)
    assert shop.book == {reference: ("paid", "7.00")}


async def test_an_empty_reference_is_no_order() -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("SaleWakeUp", details=""), wait=5)
    assert shop.asked == []


@pytest.mark.parametrize("how", ["message", "service id", "neither"])
async def test_a_reject_ends_the_sale_it_is_about_and_says_why(how: str) -> None:
    shop = await backend().open()
    await shop.tell(Settle(lost=True))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    message = shop.heard(DeviceCall)[0].message
    about = {
        "message": {"rejected_message": b64encode(message.build()).decode()},
        "service id": {"service_id": message.header.service_id},
        "neither": {},
    }[how]
    await shop.tell(shop.emit("Reject", details="message=Card+reader+jammed", **about))
    assert shop.book == {"A": ("declined", "")}
    assert shop.screens[-1] == "A: declined, rejected: Card reader jammed"
    await shop.wait(400)
    assert shop.asked == ["PaymentRequest"]


async def test_a_reject_that_may_be_about_either_of_two_sales_has_both_looked_up() -> None:
    shop = await backend().open()
    await shop.tell(Settle(withheld=True))
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    await shop.press("sale", amount="2.00", terminal=ONE, reference="B", wait=5)
    await shop.tell(shop.emit("Reject", details="message=Busy"), wait=5)
    assert shop.book == {"A": ("paid", "1.00"), "B": ("paid", "2.00")}
    assert shop.asked.count("PaymentRequest") == 2


async def test_a_reject_of_nothing_that_waits_changes_no_book() -> None:
    shop = await backend().open()
    await shop.press("sale", amount="1.00", terminal=ONE, reference="A", wait=5)
    await shop.tell(shop.emit("Reject", details="message=Late"))
    assert shop.book == {"A": ("paid", "1.00")}
