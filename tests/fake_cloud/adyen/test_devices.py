"""The device API: a request in and its outcome out, now or at the event URL, and what is known of a lost one."""

from __future__ import annotations

import pytest

from fake_cloud.adyen.instructions import Answer, Answering, Bend, Online, Release, Service, Settle
from fake_cloud.order import Fate, Order, Outcome, Reach
from harness.wire import envelope, nexo
from harness.wire.adyen import DeviceCall, DeviceReply, Heard
from harness.wire.endpoint import Told
from harness.wire.envelope import Key
from harness.wire.nexo import (
    MessageHeader,
    PaymentRequest,
    PaymentResponse,
    SaleToPOIResponse,
    TransactionStatusRequest,
)
from tests.fake_cloud.adyen.shop import BAR, KEY, LANE, nexo_settings, shop

AT = "2030-01-02T03:04:05.000Z"
SHARED = Key(KEY["passphrase"], KEY["identifier"], KEY["version"])
PATH = f"/v1/merchants/HarnessMerchant/devices/{LANE}"


def sale(service_id="200", amount="45.08", poi_id=LANE):
    header = MessageHeader(sale_id="HARNESS-POS-1", poi_id=poi_id, service_id=service_id)
    return nexo.request(header, PaymentRequest("772", amount, "EUR", AT))


def query(about="200", service_id="900"):
    header = MessageHeader(category="TransactionStatus", sale_id="HARNESS-POS-1", poi_id=LANE, service_id=service_id)
    return nexo.request(header, TransactionStatusRequest("HARNESS-POS-1", about))


async def asks(made, message, way="async", **how):
    return await made.asks("device", "POST", f"{PATH}/{way}", message.build(), **how)


def results(made):
    """The responses that the event URL got."""
    found = [nexo.parse(request.body) for _, request in made.hook.requests]
    return [message for message in found if isinstance(message, SaleToPOIResponse)]


async def test_an_asynchronous_request_is_taken_over_and_its_result_posted():
    made = await shop()

    assert await asks(made, sale()) == (200, "ok")
    await made.told()

    (response,) = results(made)
    assert response.faults == ()
    assert nexo.answers(response.header, sale().header)
    assert (response.payment.result, response.payment.amount, response.payment.reference) == ("Success", "45.08", "772")
    assert {receipt.qualifier for receipt in response.payment.receipts} == {"CashierReceipt", "CustomerReceipt"}


async def test_a_synchronous_request_is_answered_by_its_response():
    made = await shop()

    status, document = await asks(made, sale(), "sync")
    await made.told()

    assert status == 200
    assert nexo.parse(nexo.write(document)).payment.result == "Success"
    assert made.hook.requests == []


async def test_a_sealed_request_is_opened_and_answered_sealed():
    made = await shop(settings=nexo_settings(encrypted=True))

    status, document = await asks(made, envelope.seal(sale(), SHARED, bytes(16)), "sync")

    opened = envelope.open_sealed(nexo.parse(nexo.write(document)), SHARED)
    assert status == 200
    assert opened.payment.result == "Success"
    assert made.noted(DeviceCall)[0].sealed
    assert made.noted(DeviceCall)[0].message.payment.amount == "45.08"


@pytest.mark.parametrize(
    ("settle", "expected"),
    [
        (Settle("Failure"), ("Failure", "", "Refusal")),
        (Settle("Failure", error="Cancel"), ("Failure", "", "Cancel")),
        (Settle("Partial", amount="20.00"), ("Partial", "20.00", "")),
        (Settle(amount="4.50"), ("Success", "4.50", "")),
    ],
)
async def test_a_payment_ends_as_the_case_says(settle, expected):
    made = await shop()
    await made.told(settle, within=0.1)

    await asks(made, sale())
    await made.told()

    (response,) = results(made)
    assert response.faults == ()
    assert (response.payment.result, response.payment.amount, response.payment.error) == expected


async def test_one_bent_outcome_and_then_the_usual_one():
    made = await shop()
    await made.told(Settle("Failure", times=1), within=0.1)

    await asks(made, sale("1"))
    await asks(made, sale("2"))
    await made.told()

    assert {found.header.service_id: found.payment.result for found in results(made)} == {
        "1": "Failure",
        "2": "Success",
    }


async def test_results_can_be_held_and_change_places():
    made = await shop()
    await made.told(Settle(held=True), within=0.1)
    await asks(made, sale("1"))
    await asks(made, sale("2"))
    await made.told(within=5.0)
    assert results(made) == []

    await made.told(Release(backwards=True))

    assert [found.header.service_id for found in results(made)] == ["2", "1"]


async def test_results_can_be_foreign_or_twice():
    made = await shop()
    await made.told(Settle(sale_id="OTHER", service_id="7", poi_id=BAR, copies=2), within=0.1)

    await asks(made, sale())
    await made.told()

    assert [(r.header.sale_id, r.header.service_id, r.header.poi_id) for r in results(made)] == [
        ("OTHER", "7", BAR)
    ] * 2


async def test_a_result_can_be_bent_on_its_way():
    made = await shop()
    await made.told(Settle(bend=Bend(body=b"{")), within=0.1)

    await asks(made, sale())
    await made.told()

    assert [request.body for _, request in made.hook.requests] == [b"{"]


@pytest.mark.parametrize(
    ("settle", "within", "expected"),
    [
        (Settle(withheld=True), 10.0, ("Success", "", "Success")),
        (Settle(lost=True), 10.0, ("Failure", "InProgress", None)),
        (Settle(after=100.0), 10.0, ("Failure", "InProgress", None)),
    ],
)
async def test_a_status_query_tells_what_is_known(settle, within, expected):
    made = await shop()
    await made.told(settle, within=0.1)
    await asks(made, sale())
    await made.told(within=within)

    _, document = await asks(made, query(), "sync")

    message = nexo.parse(nexo.write(document))
    payment = message.status.payment
    assert message.faults == ()
    assert results(made) == []
    assert (message.status.result, message.status.error, payment and payment.result) == expected


async def test_a_status_query_for_nothing_and_an_asynchronous_one():
    made = await shop()

    _, document = await asks(made, query("999"), "sync")
    assert nexo.parse(nexo.write(document)).status.error == "NotFound"
    assert await asks(made, query("999", "901")) == (200, "ok")
    await made.told()
    assert results(made)[0].status.error == "NotFound"


# ---- rejected --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (PATH, "Did not receive a response from the POI."),
        (f"/v1/merchants/HarnessMerchant/devices/{BAR}", "POIID does not match the device"),
    ],
)
async def test_a_request_that_reaches_nobody_is_rejected_as_an_event(path, why):
    made = await shop()
    await made.told(Online(LANE, online=False), within=0.1)

    status, document = await made.asks("device", "POST", f"{path}/async", sale().document)

    message = nexo.parse(nexo.write(document))
    assert status == 200
    assert message.faults == ()
    assert (message.event.event, message.event.pairs) == ("Reject", {"message": why})
    assert message.header.service_id == "200"


async def test_the_same_ids_again_are_rejected():
    made = await shop()
    await asks(made, sale())

    _, document = await asks(made, sale())

    assert nexo.parse(nexo.write(document)).event.event == "Reject"


async def test_the_case_can_have_a_request_rejected_or_unanswered():
    made = await shop()
    await made.told(Answer(Service.DEVICE, Answering(reject="No reason"), times=1), within=0.1)

    _, document = await asks(made, sale())
    assert nexo.parse(nexo.write(document)).event.pairs == {"message": "No reason"}
    await made.told(Answer(Service.DEVICE, Answering(body=b"maybe")), within=0.1)
    assert await asks(made, sale("201")) == (200, "maybe")
    assert made.noted(DeviceReply)[-1] == DeviceReply(200, "maybe", {})


@pytest.mark.parametrize(
    ("method", "path", "body", "key", "status"),
    [
        ("POST", f"{PATH}/async", b"{", None, 400),
        ("POST", f"{PATH}/async", b"{}", "", 401),
        ("GET", f"{PATH}/sync", None, None, 405),
        ("POST", PATH.replace("HarnessMerchant", "Other") + "/sync", sale().document, None, 403),
        ("GET", "/v1/other", None, None, 404),
    ],
)
async def test_what_is_no_request_is_an_error(method, path, body, key, status):
    made = await shop()

    headers = {} if key is None else {"X_API_Key": key}
    assert (await made.asks("device", method, path, body, **headers))[0] == status


async def test_a_sealed_request_with_another_key_is_rejected_without_a_reason_that_helps():
    made = await shop(settings=nexo_settings(encrypted=True))
    other = Key("Another-Passphrase-1!", KEY["identifier"], 1)

    _, document = await asks(made, envelope.seal(sale(), other, bytes(16)))

    assert nexo.parse(nexo.write(document)).event.pairs == {"message": "The message could not be decrypted"}


async def test_who_is_connected():
    made = await shop()
    await made.told(Online(BAR, online=False), within=0.1)

    merchant = "/v1/merchants/HarnessMerchant"
    assert await made.asks("device", "GET", f"{merchant}/connectedDevices?store=ST0001") == (
        200,
        {"uniqueDeviceIds": [LANE]},
    )
    assert await made.asks("device", "GET", f"{merchant}/devices/{BAR}/status") == (
        200,
        {"deviceId": BAR, "status": "OFFLINE"},
    )


async def test_another_service_is_not_available():
    made = await shop()
    header = MessageHeader("Device", "Display", "Request", "HARNESS-POS-1", LANE, "5")
    document = {nexo.REQUEST: {nexo.HEADER: header.members(), "DisplayRequest": {}}}

    _, answer = await made.asks("device", "POST", f"{PATH}/sync", document)

    assert nexo.match({"SaleToPOIResponse": {"DisplayResponse": {"Response": {"Result": "Failure"}}}}, answer)


# ---- the exchange ----------------------------------------------------------------------------------------------------


class Exchange:
    """Keeps the orders it is told."""

    name = "exchange"

    def __init__(self):
        self.orders = []

    def handle(self, event, now):  # noqa: ARG002 — a party is told the time
        if isinstance(event, Told):
            self.orders.append(event.body)
        return ()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ((Fate.ANSWERED, {"ResultCode": "Approved", "Amount": "45.08"}), ("Success", "45.08", "")),
        ((Fate.ANSWERED, {"ResultCode": "Declined"}), ("Failure", "", "Refusal")),
        ((Fate.BUSY, {}), ("Failure", "", "Busy")),
        ((Fate.OFFLINE, {}), ("Failure", "", "UnreachableHost")),
    ],
)
async def test_the_exchange_decides_where_it_was_so_set_up(outcome, expected):
    made = await shop(exchange=True)
    exchange = Exchange()
    await made.host.attach(exchange, recorded=False)
    await asks(made, sale())
    await made.told(within=5.0)
    assert exchange.orders == [Order(1, LANE, {"Command": "Sale", "RefID": "772", "Amount": "45.08"})]

    made.host.feed("adyen", Told("exchange", Outcome(1, *outcome)))
    await made.told()

    (response,) = results(made)
    assert (response.payment.result, response.payment.amount, response.payment.error) == expected


async def test_a_terminal_that_drops_and_returns_says_so_and_is_out_of_reach_meanwhile():
    made = await shop(exchange=True)

    made.host.feed("adyen", Told("exchange", Reach(LANE, online=False)))
    await made.told(within=1.0)
    _, document = await asks(made, sale())
    made.host.feed("adyen", Told("exchange", Reach(LANE, online=True)))
    await made.told(within=1.0)

    assert nexo.parse(nexo.write(document)).event.event == "Reject"
    assert [nexo.parse(request.body).event.event for _, request in made.hook.requests] == ["OutOfOrder", "Initialised"]


async def test_a_lost_order_stays_unknown_until_its_answer_comes_late():
    made = await shop(exchange=True)
    await made.host.attach(Exchange(), recorded=False)
    await asks(made, sale())
    made.host.feed("adyen", Told("exchange", Outcome(1, Fate.LOST, {})))
    await made.told()
    assert results(made) == []

    made.host.feed("adyen", Told("exchange", Outcome(1, Fate.ANSWERED, {"ResultCode": "Approved", "Amount": "45.08"})))
    await made.told()

    assert [PaymentResponse.read(found.body).result for found in results(made)] == ["Success"]


# ---- the receiver ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "body", "status", "faults"),
    [
        ("Basic ZXZlbnRzOkhhcm5lc3MtV2ViaG9vay0xIQ==", sale().document, 200, 0),
        ("Basic ZXZlbnRzOm5v", sale().document, 401, 0),
        ("Basic !", sale().document, 401, 0),
        ("", sale().document, 401, 0),
        ("Basic ZXZlbnRzOkhhcm5lc3MtV2ViaG9vay0xIQ==", b"{", 200, 1),
        ("Basic ZXZlbnRzOkhhcm5lc3MtV2ViaG9vay0xIQ==", envelope.seal(sale(), SHARED, bytes(16)).document(), 200, 0),
        ("Basic ZXZlbnRzOkhhcm5lc3MtV2ViaG9vay0xIQ==",
         envelope.with_hmac_flipped(envelope.seal(sale(), SHARED, bytes(16))).document(), 200, 1),
    ],
)  # fmt: skip
async def test_events_of_a_terminal_are_read_and_acknowledged(authorization, body, status, faults):
    made = await shop(receiver_key=SHARED)

    got, text = await made.asks("receiver", "POST", "/events", body, X_API_Key="", Authorization=authorization)

    assert (got, text) == (status, "[accepted]" if status == 200 else "")
    assert len(made.noted(Heard)[0].faults) == faults
