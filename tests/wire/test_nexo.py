"""nexo messages: what the samples say is read, what is built passes its schema, and every fault has its place."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.trace import Trace, dump, load
from harness.wire import nexo
from harness.wire.framing import Malformed
from harness.wire.nexo import (
    EVENT_HEADER,
    EventNotification,
    MessageHeader,
    PaymentReceipt,
    PaymentRequest,
    PaymentResponse,
    ReversalRequest,
    ReversalResponse,
    SaleToPOIRequest,
    SaleToPOIResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
)

AT = "2030-01-02T03:04:05.000Z"
EVENT = MessageHeader("Event", "Event", "Notification", "LANE-2", "V400m-000000001", device_id="1000000001")
ASKED = MessageHeader(sale_id="LANE-2", poi_id="V400m-000000001", service_id="200")
BACK = MessageHeader(category="Reversal", sale_id="LANE-2", poi_id="V400m-000000001", service_id="201")
RECEIPTS = (PaymentReceipt("CashierReceipt", ("CAFÉ", "45.08")), PaymentReceipt("CustomerReceipt", ("DANKE",)))
PAID = PaymentResponse(
    "Success", "772", AT, "45.08", "EUR", poi_transaction="t.p", receipts=RECEIPTS, masked_pan="541333 **** 9999"
)

MESSAGES = [
    *(nexo.request(EVENT, EventNotification(name, AT, "newstate=IDLE&oldstate=START")) for name in nexo.EVENTS),
    nexo.request(ASKED, PaymentRequest("772", "45.08", "EUR", AT)),
    nexo.request(ASKED, PaymentRequest("772", "45.08", "EUR", AT, "Refund")),
    nexo.request(BACK, ReversalRequest("773", "", at=AT, original="t.p", original_at=AT)),
    nexo.request(BACK, ReversalRequest("773", "5.00", at=AT, original="t.p", original_at=AT)),
    nexo.response(BACK.answered(), ReversalResponse("Success", amount="45.08", poi_transaction="t.q", poi_at=AT)),
    nexo.response(BACK.answered(), ReversalResponse("Failure", error="NotFound", poi_transaction="t.q", poi_at=AT)),
    nexo.request(MessageHeader(category="TransactionStatus", sale_id="a", poi_id="b-1", service_id="c"),
                 TransactionStatusRequest("LANE-2", "200")),
    nexo.response(ASKED.answered(), PAID),
    nexo.response(ASKED.answered(), PaymentResponse("Failure", "772", AT, error="Refusal")),
    nexo.response(MessageHeader(category="TransactionStatus", sale_id="a", poi_id="b-1", service_id="c").answered(),
                  TransactionStatusResponse("Failure", "InProgress")),
]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        PaymentRequest("772", "45.08", "EUR", AT, "Refund"),
        ReversalRequest("773", "", at=AT, original="t.p", original_at=AT),
        ReversalRequest("773", "5.00", at=AT, original="t.p", original_at=AT),
    ],
)
def test_what_gives_money_back_is_read_as_what_asks_for_it(body):
    asked = nexo.of(SaleToPOIRequest, nexo.request(BACK, body).document)
    assert asked.payment == body
    assert asked.payment.gives_back


def test_the_outcome_of_a_reversal_is_read_like_that_of_a_payment_also_when_it_is_repeated():
    body = ReversalResponse("Success", amount="5.00", poi_transaction="t.q", receipts=RECEIPTS, poi_at=AT)
    response = nexo.response(BACK.answered(), body)
    assert nexo.of(SaleToPOIResponse, response.document).payment == body
    repeated = TransactionStatusResponse.read(TransactionStatusResponse.repeating(response).members())
    assert repeated.payment == body


def seed_sample(**header):
    """The Shutdown sample of the document, member for member."""
    members = {
        "SaleID": "POSSystemID12345", "ProtocolVersion": "3.0", "MessageType": "Notification",
        "POIID": "V400m-324688179", "MessageClass": "Event", "MessageCategory": "Event", "DeviceID": "1517998561",
        **header,
    }  # fmt: skip
    event = {
        "EventDetails": "newstate=IDLE&oldstate=START", "EventToNotify": "Shutdown",
        "TimeStamp": "2019-08-07T10:16:10.000Z",
    }  # fmt: skip
    return {"SaleToPOIRequest": {"EventNotification": event, "MessageHeader": members}}


def read(document):
    found = nexo.parse(json.dumps(document).encode())
    assert isinstance(found, SaleToPOIRequest | SaleToPOIResponse)
    return found


@pytest.mark.parametrize("built", MESSAGES, ids=lambda built: built.name)
def test_what_is_built_is_read_alike_and_has_no_fault(built):
    assert nexo.parse(built.build()) == built


def test_the_sample_of_the_document():
    found = read(seed_sample())

    assert found.faults == ()
    assert found.header == MessageHeader("Event", "Event", "Notification", "POSSystemID12345", "V400m-324688179",
                                         device_id="1517998561")  # fmt: skip
    assert found.event.event == "Shutdown"
    assert found.event.pairs == {"newstate": "IDLE", "oldstate": "START"}
    assert found.payment is found.status is None


PRINTED = [
    ("BeginMaintenance", "1517998562"), ("EndMaintenance", "1517998561"), ("OutOfOrder", "1517998563"),
    ("Initialised", "1517998564"), ("Reject", "1517998565"), ("SaleWakeUp", "1517998561"),
]  # fmt: skip
"""The other events that the document prints, with their DeviceIDs."""


@pytest.mark.parametrize(("event", "device"), PRINTED)
def test_each_event_of_the_document(event, device):
    sample = seed_sample(DeviceID=device)
    sample["SaleToPOIRequest"]["EventNotification"]["EventToNotify"] = event
    if event == "SaleWakeUp":
        sample["SaleToPOIRequest"]["EventNotification"] |= {
            "EventDetails": "0123456789", "TimeStamp": "2019-11-15T10:16:10.000Z",
        }  # fmt: skip
    found = read(sample)
    assert found.faults == ()
    assert (found.event.event, found.header.device_id) == (event, device)
    assert found.build() == nexo.write(sample)


def test_the_response_that_the_document_prints():
    """Member for member, but for what the document itself leaves out."""
    receipts = [{"DocumentQualifier": who, "RequiredSignatureFlag": False} for who in
                ("CashierReceipt", "CustomerReceipt")]  # fmt: skip
    card = {
        "CardCountryCode": "826", "EntryMode": ["Contactless"], "MaskedPan": "541333 **** 9999", "PaymentBrand": "mc",
        "SensitiveCardData": {"CardSeqNumb": "33", "ExpiryDate": "0228"},
    }  # fmt: skip
    sample = {"SaleToPOIResponse": {
        "MessageHeader": {
            "MessageCategory": "Payment", "MessageClass": "Service", "MessageType": "Response",
            "POIID": "V400m-324688170", "ProtocolVersion": "3.0", "SaleID": "POSSystemID12345", "ServiceID": "200",
        },
        "PaymentResponse": {
            "POIData": {"POIReconciliationID": "1000", "POITransactionID": {
                "TimeStamp": "2021-07-13T13:18:27.000Z", "TransactionID": "CWf3001626182307000.NC6HT9CRT65ZGN82"}},
            "PaymentReceipt": receipts,
            "PaymentResult": {
                "AmountsResp": {"AuthorizedAmount": 45.08, "Currency": "EUR"}, "OnlineFlag": True,
                "PaymentAcquirerData": {},
                "PaymentInstrumentData": {"CardData": card, "PaymentInstrumentType": "Card"},
            },
            "Response": {
                "AdditionalResponse": "AID=A000000004101001&tid=47314497&transactionType=GOODS_SERVICES"
                "&posAuthAmountValue=4508",
                "Result": "Success",
            },
            "SaleData": {"SaleTransactionID": {"TimeStamp": "2021-07-13T13:18:27.846Z", "TransactionID": "772"}},
        },
    }}  # fmt: skip
    found = read(sample)
    assert found.faults == ()
    assert found.payment == PaymentResponse(
        "Success", "772", "2021-07-13T13:18:27.846Z", "45.08", "EUR", masked_pan="541333 **** 9999", brand="mc",
        additional=sample["SaleToPOIResponse"]["PaymentResponse"]["Response"]["AdditionalResponse"],
        poi_transaction="CWf3001626182307000.NC6HT9CRT65ZGN82", poi_at="2021-07-13T13:18:27.000Z",
        receipts=(PaymentReceipt("CashierReceipt"), PaymentReceipt("CustomerReceipt")),
    )  # fmt: skip
    assert found.build() == nexo.write(sample)


def test_the_order_of_members_is_kept():
    first = nexo.request(EVENT, EventNotification("Shutdown", AT), header_first=True)
    last = nexo.request(EVENT, EventNotification("Shutdown", AT), header_first=False)

    assert first.build().startswith(b'{"SaleToPOIRequest":{"MessageHeader"')
    assert last.build().startswith(b'{"SaleToPOIRequest":{"EventNotification"')
    assert nexo.parse(last.build()).build() == last.build()


def test_a_reference_typed_at_the_terminal_is_plain_text():
    assert EventNotification("SaleWakeUp", AT, "table=7&x").pairs == {}


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ({"POIID": 7}, "SaleToPOIRequest.MessageHeader.POIID: is no string"),
        ({"POIID": "324688179"}, "SaleToPOIRequest.MessageHeader.POIID: is not a model, a dash and a serial number"),
        ({"DeviceID": "no digits"}, "SaleToPOIRequest.MessageHeader.DeviceID: is not up to ten digits"),
        ({"MessageType": "Request"}, "SaleToPOIRequest.MessageHeader.MessageType: is not 'Notification'"),
        ({"ProtocolVersion": "2.0"}, "SaleToPOIRequest.MessageHeader.ProtocolVersion: is not '3.0'"),
    ],
)
def test_a_fault_has_its_place(header, fault):
    assert read(seed_sample(**header)).faults == (fault,)


def test_all_faults_are_told_and_not_the_first():
    document = seed_sample(MessageType="Request", MessageCategory="Admin")
    del document["SaleToPOIRequest"]["MessageHeader"]["SaleID"]
    document["SaleToPOIRequest"]["EventNotification"] |= {"EventToNotify": "Initialized", "TimeStamp": "2030-01-02 3:4"}

    assert [fault.split(": ")[0].removeprefix("SaleToPOIRequest.") for fault in read(document).faults] == [
        "EventNotification.EventToNotify",
        "EventNotification.TimeStamp",
        "MessageHeader",
        "MessageHeader.MessageCategory",
        "MessageHeader.MessageType",
    ]


def test_a_fault_never_repeats_a_value():
    number = "5413330089010434"

    assert number not in str(read(seed_sample(SaleID=[number], DeviceID=number)).faults)


def test_unknown_members_are_no_fault_and_stay():
    document = seed_sample(Novelty={"deep": [1]})
    document["SaleToPOIRequest"] = {"Novelty": 1, **document["SaleToPOIRequest"]}

    found = read(document)

    assert found.faults == ()
    assert found.event is not None
    assert found.document == document


def test_a_paid_response_without_its_amount_is_a_fault():
    found = read(nexo.response(ASKED.answered(), PaymentResponse("Success", "772", AT)).document)

    assert found.faults == ("SaleToPOIResponse.PaymentResponse: 'PaymentResult' is a required property",)


def test_a_status_answer_repeats_the_outcome():
    repeated = TransactionStatusResponse.repeating(nexo.response(ASKED.answered(), PAID))

    assert repeated.payment == PAID
    assert repeated.repeated_header == ASKED.answered()
    assert TransactionStatusResponse("Failure", "NotFound").payment is None


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"\xff{}", "not UTF-8: byte ff at offset 0"),
        (b"[]", "not a JSON object"),
        (b"{}", "neither SaleToPOIRequest nor SaleToPOIResponse"),
        (b'{"SaleToPOIRequest":[]}', "neither SaleToPOIRequest nor SaleToPOIResponse"),
        (b'{"SaleToPOIRequest":{},"SaleToPOIResponse":{}}', "both SaleToPOIRequest and SaleToPOIResponse"),
        (b'{"SaleToPOIRequest":' + b"[" * 40 + b"]" * 40 + b"}", "nested more than 32 levels deep"),
        (b"[" * 100_000, "not JSON: nested too deeply"),
        (b'{"SaleToPOIRequest":{"a":NaN}}', "not JSON: NaN is no JSON number"),
    ],
)
def test_what_is_no_message_is_a_value(raw, why):
    found = nexo.parse(raw)

    assert isinstance(found, Malformed)
    assert found.why.startswith(why)


def test_blemishes_of_the_text_are_told():
    found = nexo.parse(b'\xef\xbb\xbf{"SaleToPOIRequest":{"MessageHeader":{},"MessageHeader":{"SaleID":"\\ud800"}}}')

    assert found.faults[:3] == (
        "begins with a byte-order mark",
        "has half of a surrogate pair",
        "member 'MessageHeader' stands twice in one object",
    )
    assert found.header.sale_id == "\ufffd"


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_no_bytes_raise(raw):
    nexo.parse(raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["MessageHeader", "EventNotification", "PaymentResponse", "PaymentResult", "AmountsResp",
                         "AuthorizedAmount", "Response", "PaymentReceipt", "OutputContent", "OutputText", "x"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from([nexo.REQUEST, nexo.RESPONSE]), _JSON)
def test_no_document_raises_and_every_one_is_written_and_read_back(wrapper, content):
    found = nexo.parse(json.dumps({wrapper: content}).encode())
    if isinstance(found, SaleToPOIRequest):
        assert (found.event, found.payment, found.status) is not None
    elif isinstance(found, SaleToPOIResponse):
        assert (found.payment, found.status) is not None
    trace = Trace()
    trace.record(0.0, "adyen", 1, found)
    written = io.StringIO("\n".join(dump(trace)))
    assert load(written, (SaleToPOIRequest, SaleToPOIResponse, Malformed)).events == trace.events


@pytest.mark.parametrize(
    ("value", "text"),
    [(45.08, "45.08"), (7, "7.00"), (12.4, "12.40"), (1e-07, "0.0000001"), (0.125, "0.125"), (0, "0.00"),
     (True, ""), ("45.08", ""), (None, ""), (float("inf"), ""), (1e300, "")],
)  # fmt: skip
def test_amounts_are_decimal_texts(value, text):
    assert nexo.amount_text(value) == text


def test_amounts_are_compared_as_numbers():
    assert nexo.same_amount("7", "7.00")
    assert not nexo.same_amount("7.00", "7.001")
    assert not nexo.same_amount("", "7.00")


def test_times_go_there_and_back():
    assert nexo.stamp(1_893_553_445.0) == AT
    assert nexo.instant(AT) == 1_893_553_445.0
    assert nexo.instant("2030-01-02T04:04:05.000+01:00") == 1_893_553_445.0
    assert nexo.instant("2030-01-02T03:04:05.000") is nexo.instant("soon") is None


def test_a_pattern_leaves_holes():
    document = MESSAGES[0].document

    assert nexo.match({"SaleToPOIRequest": {"MessageHeader": {"POIID": "V400m-000000001", "SaleID": ...}}}, document)
    assert not nexo.match({"SaleToPOIRequest": {"MessageHeader": {"ServiceID": ...}}}, document)
    assert not nexo.match({"a": 1}, {"a": True})


def test_a_response_belongs_to_its_request():
    assert nexo.answers(ASKED.answered(), ASKED)
    assert not nexo.answers(EVENT_HEADER, ASKED)
