"""A terminal that emits events: what it says of itself, and that it says it until it is heard."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest

from emulator.adyen.sender import Sender
from fake_cloud.adyen.instructions import Answer, Answering, Service
from harness.wire import nexo
from harness.wire.adyen import Heard
from harness.wire.nexo import MessageHeader, PaymentRequest, SaleToPOIResponse
from tests.emulator.adyen.shop import KEY, ONE, sender


async def test_it_says_that_it_is_ready_after_it_has_booted() -> None:
    shop = await sender().open(settle=4)
    assert shop.events == []
    await shop.wait(2)
    (event,) = shop.events
    assert event.event == "Initialised"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.at)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["shutdown"], ["Shutdown"]),
        (["shutdown", "boot"], ["Shutdown", "Initialised"]),
        (["maintenance"], ["BeginMaintenance", "EndMaintenance"]),
        (["fault", "boot"], ["OutOfOrder", "Initialised"]),
        (["shutdown", "maintenance"], ["Shutdown"]),
    ],
)
async def test_what_is_done_at_it_is_told(keys: list[str], said: list[str]) -> None:
    shop = await sender().open(settle=6)
    for key in keys:
        await shop.press(key)
    await shop.wait(100)
    assert [event.event for event in shop.events] == ["Initialised", *said]


async def test_its_messages_are_faultless_and_each_has_its_own_id() -> None:
    disk: dict[str, str] = {}
    shop = await sender(storage=disk).open(settle=6)
    await shop.press("maintenance", wait=100)
    await shop.press("shutdown")
    heard = shop.heard(Heard)
    shop = await sender(storage=disk).open(settle=6)
    heard += shop.heard(Heard)
    assert [one.faults for one in heard] == [()] * 5
    ids = [one.message.header.device_id for one in heard]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"\d{10}", id) for id in ids)


async def test_a_typed_reference_is_told_as_it_was_typed() -> None:
    shop = await sender().open(settle=6)
    await shop.press("reference", text="a=1&b=2")
    assert (shop.events[-1].event, shop.events[-1].details) == ("SaleWakeUp", "a=1&b=2")


def payment(poi_id: str) -> bytes:
    header = MessageHeader(sale_id="POS", poi_id=poi_id, service_id="S1")
    return nexo.request(header, PaymentRequest("A", "1.00", "EUR", "2030-01-02T03:04:05.000Z")).build()


@pytest.mark.parametrize("raw", [b"{", payment("V400m-000000002"), b'{"SaleToPOIRequest":{"MessageHeader":{}}}'])
async def test_a_bad_request_is_rejected_and_given_back(raw: bytes) -> None:
    shop = await sender().open(settle=6)
    await shop.press("request", text=raw.decode())
    event = shop.events[-1]
    assert event.event == "Reject"
    assert b64decode(event.rejected_message) == raw
    assert event.pairs["message"]


async def test_a_good_request_is_not_rejected_unless_the_terminal_is_down() -> None:
    shop = await sender().open(settle=6)
    await shop.press("request", text=payment(ONE).decode())
    assert [event.event for event in shop.events] == ["Initialised"]
    await shop.press("fault")
    await shop.press("request", text=payment(ONE).decode())
    assert [event.event for event in shop.events][1:] == ["OutOfOrder", "Reject"]


async def test_a_payment_is_answered_where_the_events_go() -> None:
    shop = await sender().open(settle=6)
    await shop.press("request", text=payment(ONE).decode(), wait=10)
    answer = shop.heard(Heard)[-1]
    assert answer.faults == ()
    assert isinstance(answer.message, SaleToPOIResponse)
    assert (answer.message.header.service_id, answer.message.payment.amount) == ("S1", "1.00")


async def test_one_that_is_not_asynchronous_answers_nobody_there() -> None:
    shop = await sender(asynchronous=False).open(settle=6)
    await shop.press("request", text=payment(ONE).decode(), wait=10)
    assert len(shop.heard(Heard)) == 1


async def test_what_is_not_acknowledged_is_sent_again_and_then_given_up() -> None:
    shop = await sender().open()
    await shop.tell(Answer(Service.RECEIVER, Answering(status=500)), wait=300)
    assert [event.event for event in shop.events] == ["Initialised"] * 4
    await shop.press("fault", wait=1)
    assert shop.events[-1].event == "OutOfOrder"


async def test_it_encrypts_where_it_was_told_to() -> None:
    shop = await sender(encrypted=True, key=KEY).open(settle=6)
    (heard,) = shop.heard(Heard)
    assert heard.sealed
    assert heard.faults == ()
    assert shop.events[0].event == "Initialised"


def test_it_has_a_name_and_a_door_for_requests() -> None:
    assert (Sender.name, Sender.listener) == ("sender", "nexo")
