"""The webhook: who may call, what is taken, and how it is acknowledged."""

from __future__ import annotations

import pytest

from fake_cloud.adyen.instructions import Again, Bend, Tamper
from harness.wire.adyen import Acknowledged, Login
from tests.emulator.adyen.shop import SEALED, backend

DOWN = "is not available"


async def test_an_event_is_accepted_at_once_and_then_heeded() -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("Shutdown"))
    (told,) = shop.heard(Acknowledged)
    assert told.accepted
    assert told.after < 0.1
    assert shop.screens[-1] == "V400m-000000001 is not available: Shutdown"


@pytest.mark.parametrize("login", [Login.WRONG, Login.ABSENT])
async def test_who_brings_no_proper_credentials_is_refused(login: Login) -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("Shutdown", bend=Bend(login=login)))
    assert shop.statuses == [401]
    assert DOWN not in shop.screens[-1]


@pytest.mark.parametrize(
    ("bend", "status"),
    [
        (Bend(body=b"{"), 400),
        (Bend(body=b""), 400),
        (Bend(body=b"[" * 100_000), 400),
        (Bend(body=b"\xff\xfe"), 400),
        (Bend(body=b"[]"), 400),
        (Bend(body=b'{"SaleToPOIRequest":{}}'), 400),
        (Bend(body=b'{"SaleToPOIRequest":{"MessageHeader":{"POIID":7}}}'), 400),
        (Bend(content_type="text/plain"), 415),
        (Bend(content_type=""), 415),
        (Bend(method="GET"), 405),
    ],
)
async def test_what_is_no_message_is_refused_and_nothing_comes_of_it(bend: Bend, status: int) -> None:
    shop = await backend().open()
    before = shop.screens
    await shop.tell(shop.emit("Shutdown", bend=bend))
    assert shop.statuses == [status]
    assert shop.screens == before
    await shop.tell(shop.emit("Shutdown"))
    assert shop.statuses == [status, 200]


async def test_unknown_members_and_unknown_events_are_accepted_without_effect() -> None:
    shop = await backend().open()
    before = shop.screens
    await shop.tell(shop.emit("SecurityAlarm"), shop.emit("NeverHeardOf", extra={"Novelty": [1]}))
    assert shop.statuses == [200, 200]
    assert shop.screens == before


async def test_a_request_in_pieces_on_a_line_that_is_kept() -> None:
    shop = await backend().open()
    await shop.tell(shop.emit("Shutdown", bend=Bend(cuts=(1, 20, 200), keep=True)), wait=5)
    await shop.tell(shop.emit("Initialised", bend=Bend(keep=True)))
    assert shop.statuses == [200, 200]
    assert shop.screens[-1] == "V400m-000000001 is available"


async def test_what_was_accepted_survives_a_power_cut() -> None:
    disk: dict[str, str] = {}
    shop = await backend(storage=disk, processing=60.0).open()
    await shop.tell(shop.emit("OutOfOrder"))
    shop.host.detach("backend")
    shop = await backend(storage=disk).open()
    assert "V400m-000000001 is not available: OutOfOrder" in shop.screens


async def test_an_envelope_is_opened() -> None:
    shop = await backend(**SEALED).open()
    await shop.tell(shop.emit("Shutdown"))
    assert shop.statuses == [200]
    assert DOWN in shop.screens[-1]


@pytest.mark.parametrize("tamper", list(Tamper))
async def test_a_bad_envelope_is_refused_in_the_same_words_whatever_is_wrong(tamper: Tamper) -> None:
    shop = await backend(**SEALED).open()
    await shop.tell(shop.emit("Shutdown", bend=Bend(tamper=tamper)))
    (told,) = shop.heard(Acknowledged)
    assert (told.status, told.text) == (400, "not accepted")
    assert DOWN not in shop.screens[-1]


async def test_a_recorded_envelope_acts_once() -> None:
    shop = await backend(**SEALED).open()
    await shop.tell(shop.emit("SaleWakeUp", details="0123456789"), wait=5)
    await shop.tell(Again(99, 1, verbatim=True), wait=5)
    assert shop.statuses[-1] == 200
    assert shop.asked == ["PaymentRequest"]
