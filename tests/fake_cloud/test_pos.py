"""The web API: an order out and an outcome in, told in its own shapes, and a lost answer that stays unknown."""

# ruff: noqa: S106 - the passwords are a fake's

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud.order import Fate, Order, Outcome
from fake_cloud.pos import Account, PosApi
from fake_cloud.pos_calls import redact_pieces, redact_query
from harness.wire.econduit import RESPONSE_FIELDS
from harness.wire.endpoint import Close, Noted, Opened, PeerClosed, Received, Send, Tell, Told, WakeAt, Woke
from harness.wire.framing import Malformed
from harness.wire.http1 import ClientSide, Reply, Request
from harness.wire.webapi import PosAnswer, PosCall, order_path

KEY, PASSWORD = "K3Y-of-shop", "pa55&word"
LOGIN = {"key": KEY, "password": PASSWORD, "terminalId": "77001234"}
SALE = {"command": "Sale", **LOGIN, "amount": "12.40", "refID": "ref-1"}
APPROVED = {"TerminalID": "77001234", "ResultCode": "Approved", "AuthCode": "A1B2C3", "TransType": "Sale",
            "Amount": "12.40", "Last4": "4242", "Message": "APPROVAL", "RefID": "ref-1"}  # fmt: skip


def request(call, method="GET", **parameters):
    return f"{method} {order_path(call, **parameters)} HTTP/1.1\r\nHost: pos\r\n\r\n".encode()


class Desk:
    """A dialogue with the API: what it is fed, at what time, and what it says."""

    def __init__(self):
        accounts = {
            "shop": Account(KEY, PASSWORD, frozenset({"77001234", "77005678"})),
            "other": Account("other", "other", frozenset({"99"})),
        }
        self.api = PosApi(accounts, random.Random(1), answer_within=120.0)  # noqa: S311 - keys of a fake
        self.lines = 0

    def feed(self, event, now=0.0):
        return list(self.api.handle(event, now))

    def send(self, data, now=0.0):
        """Bytes on a new line."""
        self.lines += 1
        assert self.feed(Opened(self.lines, "pos"), now) == []
        return self.feed(Received(self.lines, data), now)

    def ask(self, call, now=0.0, **parameters):
        return self.send(request(call, **parameters), now)

    def told(self, call, **parameters):
        """The JSON answer to a call that needs no terminal."""
        return answer(self.ask(call, **parameters))

    def order(self, fate=Fate.ANSWERED, fields=None, **changed):
        """An order carried to its outcome; the JSON answer."""
        [tell] = [output for output in self.ask("runTransaction", **{**SALE, **changed}) if isinstance(output, Tell)]
        fields = (APPROVED if fields is None else fields) if fate is Fate.ANSWERED else {}
        return answer(self.feed(Told("cloud", Outcome(tell.body.id, fate, fields))))

    def status(self, **changed):
        given = {key: value for key, value in SALE.items() if key != "amount"}
        return self.told("checkStatus", **{**given, "date": "07292026", **changed})


@pytest.fixture
def desk():
    return Desk()


def reply_in(outputs) -> Reply:
    [send] = [output for output in outputs if isinstance(output, Send)]
    side = ClientSide()
    side.request(Request("GET", "/", (("Host", "pos"),)))
    [reply] = side.receive_data(send.data)
    assert isinstance(reply, Reply)
    return reply


def answer(outputs, status=200):
    reply = reply_in(outputs)
    assert reply.status == status
    assert reply.header("Content-Type") == "application/json; charset=utf-8"
    return json.loads(reply.body)


# ---- An order's way --------------------------------------------------------------------------------------------------


def test_an_order_goes_to_the_cloud_and_its_outcome_to_the_line_that_waits(desk):
    order = Order(1, "77001234", {"Command": "Sale", "RefID": "ref-1", "Amount": "12.40"})
    shown = {key: value for key, value in SALE.items() if key not in ("key", "password")}
    assert desk.ask("runTransaction", now=5.0, **SALE) == [
        Noted(1, PosCall("runTransaction", shown)),
        WakeAt("answer 1", 125.0),
        Tell("cloud", order),
    ]
    forget, noted, send = desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED)), 6.0)
    assert forget == WakeAt("answer 1", None)
    fields = json.loads(reply_in([send]).body)
    assert noted == Noted(1, PosAnswer(200, fields))
    assert tuple(fields) == RESPONSE_FIELDS
    assert fields["ResultCode"] == "Approved"
    assert (fields["Amount"], fields["AmountString"]) == (12.4, "12.40")
    assert (fields["CashBack"], fields["CashBackString"]) == (0.0, "0.00")
    assert fields["Track1"] is None
    assert fields["EMV_AID"] == ""


def test_run_transaction_2_needs_its_four_fields_and_hands_on_those_with_a_value(desk):
    assert desk.told("runTransaction2", **SALE)["Message"] == "Missing parameter: invoiceNumber"
    extra = {"invoiceNumber": "17", "merchantId": "", "token": "", "expDate": ""}
    [*_, tell] = desk.ask("runTransaction2", **SALE, **extra)
    assert tell.body.fields == {"Command": "Sale", "RefID": "ref-1", "Amount": "12.40", "InvoiceNumber": "17"}


def test_command_and_names_are_taken_in_any_case(desk):
    given = {**SALE, "command": "giftaddvalue", "REFID": "r"}
    del given["refID"]
    [*_, tell] = desk.ask("runTransaction", **given)
    assert tell.body.fields == {"Command": "GiftAddValue", "RefID": "r", "Amount": "12.40"}


def test_tracks_stay_null_and_what_the_api_does_not_know_is_left_out(desk):
    fields = desk.order(fields={**APPROVED, "Track1": "B4242", "PAN": "4242424242424242"})
    assert fields["Track1"] is None
    assert "PAN" not in fields


@pytest.mark.parametrize(
    ("given", "number", "text"),
    [
        ({"Amount": "10.00"}, 10.0, "10.00"),
        ({"AmountString": "10.00"}, 10.0, "10.00"),
        ({"amount": "10.00"}, 10.0, "10.00"),
        ({}, 12.4, "12.40"),
        ({"Amount": "ten"}, None, "ten"),
        ({"Amount": "1e999"}, None, "1e999"),
        ({"Amount": "\ud800"}, None, "\ud800"),
    ],
)
def test_an_amount_stands_twice_and_one_that_is_no_number_is_null(desk, given, number, text):
    fields = desk.order(fields={"ResultCode": "Approved", **given})
    assert (fields["Amount"], fields["AmountString"]) == (number, text)


@pytest.mark.parametrize(
    ("fate", "message"),
    [
        (Fate.OFFLINE, "Terminal offline"),
        (Fate.BUSY, "Terminal busy"),
        (Fate.LOST, "Receive error: outcome unknown, use checkStatus before the next transaction"),
        (Fate.TIMED_OUT, "Receive error: outcome unknown, use checkStatus before the next transaction"),
    ],
)
def test_every_fate_but_an_answer_is_an_error_and_never_declined(desk, fate, message):
    fields = desk.order(fate)
    assert (fields["ResultCode"], fields["Message"], fields["RefID"]) == ("Error", message, "ref-1")
    assert desk.status()["ResultFinal"] is (fate in (Fate.OFFLINE, Fate.BUSY))


def test_an_answer_without_a_result_leaves_the_outcome_unknown(desk):
    assert desk.order(fields={"Message": "?"})["Message"].startswith("Receive error")
    assert desk.status()["ResultFinal"] is False


# ---- Lost answers ----------------------------------------------------------------------------------------------------


def test_a_terminal_that_does_not_answer_in_time_leaves_a_receive_error_until_it_does(desk):
    desk.ask("runTransaction", **SALE)
    assert answer(desk.feed(Woke("answer 1"), 120.0))["Message"].startswith("Receive error")
    assert desk.status()["ResultFinal"] is False
    assert desk.feed(Told("cloud", Outcome(1, Fate.LOST, {}))) == []
    assert desk.status()["ResultFinal"] is False
    assert desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED))) == []
    status = desk.status()
    assert (status["ResultCode"], status["ResultFinal"], status["AuthCode"]) == ("Approved", True, "A1B2C3")


def test_check_status_while_the_order_is_on_its_way(desk):
    desk.ask("runTransaction", **SALE)
    status = desk.status()
    assert (status["Message"], status["ResultFinal"]) == ("Transaction in progress", False)


def test_a_pos_that_hung_up_finds_the_outcome_by_check_status(desk):
    desk.ask("runTransaction", **SALE)
    assert desk.feed(PeerClosed(1, reset=True)) == []
    assert desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED))) == [WakeAt("answer 1", None)]
    assert desk.status()["ResultCode"] == "Approved"


def test_check_status_of_what_was_never_ordered_and_of_another_account(desk):
    desk.order()
    assert desk.status(refID="ref-2")["Message"] == "Transaction not found"
    assert desk.status(command="Void")["Message"] == "Transaction not found"
    assert desk.status(terminalId="77005678")["Message"] == "Transaction not found"
    assert desk.status(terminalId="99", key="other", password="other")["Message"] == "Transaction not found"
    assert desk.status(key="other", password="other")["Message"] == "Terminal not paired with this key"


def test_a_final_outcome_does_not_change(desk):
    desk.order()
    assert desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, {"ResultCode": "Declined"}))) == []
    assert desk.feed(Woke("answer 1")) == []
    assert desk.feed(Told("cloud", Outcome(7, Fate.ANSWERED, APPROVED))) == []
    assert desk.status()["ResultCode"] == "Approved"


# ---- RefIDs and batches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["Sale", "Refund", "Auth", "GiftSale"])
@pytest.mark.parametrize("fate", [Fate.ANSWERED, Fate.LOST, Fate.TIMED_OUT])
def test_a_first_transaction_needs_a_fresh_ref_id(desk, command, fate):
    desk.order(fate)
    assert desk.told("runTransaction", **{**SALE, "command": command})["Message"] == "Duplicate transaction"


@pytest.mark.parametrize("fate", [Fate.OFFLINE, Fate.BUSY])
def test_a_ref_id_that_never_reached_a_terminal_is_free_again(desk, fate):
    desk.order(fate)
    assert desk.order()["ResultCode"] == "Approved"
    assert desk.status()["ResultFinal"] is True


def test_a_ref_id_still_on_its_way_is_a_duplicate(desk):
    desk.ask("runTransaction", **SALE)
    assert desk.told("runTransaction", **SALE)["Message"] == "Duplicate transaction"


@pytest.mark.parametrize("command", ["Capture", "Void", "TipAdjust"])
def test_a_follow_up_needs_a_known_ref_id_and_an_open_batch(desk, command):
    follow_up = {**SALE, "command": command}
    assert desk.told("runTransaction", **follow_up)["Message"] == "Transaction not found"
    desk.order()
    assert desk.order(command=command)["ResultCode"] == "Approved"
    assert desk.status(command=command)["ResultCode"] == "Approved"
    desk.told("closeBatch", **LOGIN, refId="b", merchantId="")
    assert desk.told("runTransaction", **follow_up)["Message"] == "Batch already closed"


def test_the_same_follow_up_twice_at_once_is_a_duplicate(desk):
    desk.order()
    desk.ask("runTransaction", **{**SALE, "command": "Void"})
    assert desk.told("runTransaction", **{**SALE, "command": "Void"})["Message"] == "Duplicate transaction"


def test_a_batch_counts_what_was_approved_and_closes(desk):
    def run(command, ref_id, amount, **fields):
        given = {"ResultCode": "Approved", "Amount": amount, **fields}
        desk.order(command=command, refID=ref_id, amount=amount, fields=given)

    run("Sale", "1", "10.00")
    run("Sale", "2", "5.00", Amount="3.00")  # part payment
    run("Sale", "3", "7.00")
    run("Void", "3", "7.00")
    run("Sale", "4", "9.00", ResultCode="Declined")
    run("Refund", "5", "20.05")
    run("Auth", "6", "50.00")
    run("Auth", "7", "8.00")
    run("Capture", "7", "8.00")
    run("TipAdjust", "1", "1.00")
    run("GiftSale", "8", "2.50")
    desk.order(Fate.LOST, refID="9")
    assert desk.told("closeBatch", **LOGIN, refId="b-1", merchantId="") == {
        "TerminalID": "77001234",
        "RefID": "b-1",
        "ResultCodeCredit": "1",
        "ResultCodeGift": "1",
        "MessageCredit": "Settled",
        "MessageGift": "Settled",
        "BatchNumCredit": "1",
        "BatchNumGift": "1",
        "TransCntTotal": 5,
        "AmtTotal": 4.45,
        "AmtTotalString": "4.45",
        "TransCntCredit": 4,
        "AmtCredit": 1.95,
        "AmtCreditString": "1.95",
        "TransCntGift": 1,
        "AmtGift": 2.5,
        "AmtGiftString": "2.50",
    }
    again = desk.told("closeBatch", **LOGIN, refId="b-2", merchantId="")
    assert (again["ResultCodeCredit"], again["BatchNumCredit"], again["TransCntTotal"]) == ("1", "2", 0)


def test_a_batch_may_come_to_less_than_nothing(desk):
    desk.order(command="Refund", fields={"ResultCode": "Approved"}, amount="0.05")
    assert desk.told("closeBatch", **LOGIN, refId="b", merchantId="")["AmtCreditString"] == "-0.05"


def test_a_batch_does_not_close_over_an_order_on_its_way(desk):
    desk.ask("runTransaction", **SALE)
    fields = desk.told("closeBatch", **LOGIN, refId="b", merchantId="")
    assert (fields["ResultCodeCredit"], fields["MessageCredit"]) == ("0", "Terminal busy")
    desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED)))
    assert desk.told("closeBatch", **LOGIN, refId="b", merchantId="")["BatchNumCredit"] == "1"


# ---- Pairing ---------------------------------------------------------------------------------------------------------

PAIR = {"resellerName": "acme", "referenceId": "shop-2", "terminalId": "55", "businessName": "Shop", "city": "Rye"}


def test_pairing_gives_keys_that_work_and_unpairing_takes_them(desk):
    outputs = desk.ask("pairTerminal", **PAIR)
    fields = answer(outputs)
    assert {**fields, "ApiKey": "", "ApiPassword": ""} == {
        "TerminalID": "55",
        "ApiKey": "",
        "ApiPassword": "",
        "Status": "Success",
        "ErrorMessage": None,
    }
    [_, noted] = [output for output in outputs if isinstance(output, Noted)]
    assert noted.body == PosAnswer(200, {"TerminalID": "55", "Status": "Success", "ErrorMessage": None})
    login = {"key": fields["ApiKey"], "password": fields["ApiPassword"], "terminalId": "55"}
    assert desk.order(**login)["ResultCode"] == "Approved"
    gone = {"TerminalID": "55", "ApiKey": "", "ApiPassword": "", "Status": "Success", "ErrorMessage": None}
    assert desk.told("unPairTerminal", **login) == gone
    gone |= {"Status": "Error", "ErrorMessage": "Terminal not paired with this key"}
    assert desk.told("unPairTerminal", **login) == gone


def test_one_reference_id_has_one_pair_of_keys(desk):
    first = desk.told("pairTerminal", **PAIR)
    second = desk.told("pairTerminalWithCountry", **{**PAIR, "terminalId": "56", "country": "UK"})
    assert (first["ApiKey"], first["ApiPassword"]) == (second["ApiKey"], second["ApiPassword"])
    other = desk.told("pairTerminal", **{**PAIR, "referenceId": "shop-3", "terminalId": "57"})
    assert other["ApiKey"] not in ("", first["ApiKey"])
    assert desk.told("pairTerminal", **{**PAIR, "referenceId": "shop"})["ErrorMessage"] == "Terminal already paired"


def test_the_same_seed_makes_the_same_keys():
    assert Desk().told("pairTerminal", **PAIR) == Desk().told("pairTerminal", **PAIR)


def test_a_country_is_one_of_five(desk):
    fields = desk.told("pairTerminalWithCountry", **PAIR, country="Mars")
    assert fields["Status"] == "Error"
    assert fields["ErrorMessage"] == "Invalid country: must be one of USA, Canada, UK, Australia, New Zealand"


# ---- What a POS does wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", list(SALE))
@pytest.mark.parametrize("empty", [True, False])
def test_each_parameter_must_be_there_and_filled(desk, missing, empty):
    given = {name: value for name, value in SALE.items() if name != missing}
    fields = desk.told("runTransaction", **given, **({missing: ""} if empty else {}))
    assert (fields["ResultCode"], fields["Message"]) == ("Error", f"Missing parameter: {missing}")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"key": "wrong"}, "Invalid key or password"),
        ({"password": "wrong"}, "Invalid key or password"),
        ({"terminalId": "99"}, "Terminal not paired with this key"),
        ({"terminalId": "none"}, "Terminal not paired with this key"),
        ({"amount": "1240"}, "Invalid amount: must be digits with a decimal point, like 12.40"),
        ({"amount": "12.4"}, "Invalid amount: must be digits with a decimal point, like 12.40"),
        ({"amount": "-12.40"}, "Invalid amount: must be digits with a decimal point, like 12.40"),
        ({"amount": "12.40\n"}, "Invalid amount: must be digits with a decimal point, like 12.40"),
        ({"amount": "١٢.٤٠"}, "Invalid amount: must be digits with a decimal point, like 12.40"),
    ],
)
def test_a_wrong_value_is_told_and_orders_nothing(desk, changed, message):
    outputs = desk.ask("runTransaction", **{**SALE, **changed})
    assert not [output for output in outputs if isinstance(output, Tell)]
    fields = answer(outputs)
    assert tuple(fields) == RESPONSE_FIELDS
    assert (fields["ResultCode"], fields["Message"], fields["RefID"]) == ("Error", message, "ref-1")


def test_an_unknown_command_is_told_with_those_there_are(desk):
    message = desk.told("runTransaction", **{**SALE, "command": "Steal"})["Message"]
    assert message.startswith("Invalid command: must be one of Sale, Refund, ")


@pytest.mark.parametrize("date", ["2026-07-29", "29072026", "0729202", "072920266", "02302026", "00000000", "٠٧٢٩٢٠٢٦"])
def test_a_date_is_a_day_as_mmddyyyy(desk, date):
    status = desk.status(date=date)
    assert (status["Message"], status["ResultFinal"]) == ("Invalid date: must be a day as MMDDYYYY", False)


@pytest.mark.parametrize("again", ["amount", "key", "AMOUNT", "a%6dount"])
def test_a_parameter_given_twice_is_an_error_and_no_value_is_chosen(desk, again):
    query = order_path("runTransaction", **SALE)
    outputs = desk.send(f"GET {query}&{again}=1.00 HTTP/1.1\r\nHost: pos\r\n\r\n".encode())
    name = "key" if again == "key" else "amount"
    assert answer(outputs)["Message"] == f"Parameter given twice: {name}"
    assert outputs[0].body.repeated == (name,)


def test_close_batch_tells_an_error_in_its_own_shape(desk):
    fields = desk.told("closeBatch", **{**LOGIN, "key": "wrong"}, refId="b", merchantId="")
    assert (fields["ResultCodeCredit"], fields["ResultCodeGift"]) == ("0", "0")
    assert fields["MessageCredit"] == "Invalid key or password"


@pytest.mark.parametrize("target", ["/", "/services/api.asmx/runAway?x=1", "/runTransaction", "runTransaction", "*"])
def test_an_unknown_call_is_not_found(desk, target):
    fields = answer(desk.send(f"GET {target} HTTP/1.1\r\nHost: pos\r\n\r\n".encode()), status=404)
    assert fields == {"ResultCode": "Error", "Message": "Unknown call"}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_method_is_not_allowed_and_orders_nothing(desk, method):
    outputs = desk.send(request("runTransaction", method, **SALE))
    assert answer(outputs, status=405)["Message"] == "Only GET is allowed"
    assert reply_in(outputs).header("Allow") == "GET"
    assert not [output for output in outputs if isinstance(output, Tell)]


def test_head_orders_nothing(desk):
    outputs = desk.send(request("runTransaction", "HEAD", **SALE))
    assert not [output for output in outputs if isinstance(output, Tell)]
    assert outputs[-1].data.startswith(b"HTTP/1.1 405 ")
    assert outputs[-1].data.endswith(b"\r\n\r\n")


def test_what_is_no_http_is_rejected_and_the_line_closed(desk):
    noted, send, close = desk.send(b"GET /?password=secret HTTP/9\r\n\r\n")
    assert isinstance(noted.body, Malformed)
    assert noted.body.raw == b"GET /?password=" + b"\xa4" * 6 + b" HTTP/9\r\n\r\n"
    assert send.data.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert close == Close(1)
    assert desk.feed(Received(1, b"more")) == []


def test_a_request_cut_by_the_end_of_its_line_is_noted(desk):
    desk.send(b"GET /services")
    [noted] = desk.feed(PeerClosed(1, reset=False))
    assert noted.body.raw == b"GET /services"


# ---- The line --------------------------------------------------------------------------------------------------------


def test_requests_behind_an_order_wait_for_its_outcome(desk):
    behind = request("runTransaction", **{**SALE, "key": "wrong"})
    outputs = desk.send(request("runTransaction", **SALE) + behind + behind)
    assert [type(output) for output in outputs] == [Noted, WakeAt, Tell]
    outputs = desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED)))
    assert [type(output) for output in outputs] == [WakeAt, Noted, Send] + [Noted, Noted, Send] * 2


def test_many_requests_in_one_piece_are_no_burden(desk):
    data = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3000
    assert len([output for output in desk.send(data) if isinstance(output, Send)]) == 3000


def test_the_line_closes_after_the_answer_if_the_pos_says_so(desk):
    data = request("runTransaction", **SALE).replace(b"Host: pos", b"Host: pos\r\nConnection: close")
    assert Close(1) not in desk.send(data)
    assert desk.feed(Told("cloud", Outcome(1, Fate.OFFLINE, {})))[-1] == Close(1)


def test_a_pos_that_waits_to_send_a_body_is_told_to(desk):
    [send] = desk.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
    assert send.data.startswith(b"HTTP/1.1 100 ")


@given(st.lists(st.sampled_from([*SALE, "\0", "x"]), max_size=8), st.text(max_size=20), st.integers(1, 50))
def test_any_query_is_answered_the_same_whole_and_in_pieces(names, value, size):
    target = order_path("runTransaction") + "&".join(
        order_path("", **{name: value}).partition("?")[2] for name in names
    )
    data = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    whole, apart = Desk(), Desk()
    outputs = whole.send(data)
    answer(outputs)
    apart.feed(Opened(1, "pos"))
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [output for piece in pieces for output in apart.feed(Received(1, piece))] == outputs


@given(st.lists(st.binary(max_size=40) | st.just(request("runTransaction", **SALE)), max_size=6))
def test_any_bytes_are_survived(pieces):
    desk = Desk()
    desk.feed(Opened(1, "pos"))
    for piece in pieces:
        desk.feed(Received(1, piece))
    desk.feed(Woke("answer 1"))
    desk.feed(PeerClosed(1, reset=False))


# ---- Secrets ---------------------------------------------------------------------------------------------------------


def test_no_secret_is_ever_noted(desk):
    outputs = desk.ask("runTransaction", **SALE)
    outputs += desk.feed(Told("cloud", Outcome(1, Fate.ANSWERED, APPROVED)))
    outputs += desk.send(
        b"GET /services/api.asmx/runAway%%3Fkey=%s?apiKEY=%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"s3", b"s3")
    )
    shown = repr([output for output in outputs if not isinstance(output, Send)])
    assert KEY not in shown
    assert PASSWORD not in shown
    assert "s3" not in shown
    assert KEY not in repr(Account(KEY, PASSWORD))


@pytest.mark.parametrize(
    ("data", "masked"),
    [
        (b"GET /x?key=abc&amount=1.00&Password=d%20e HTTP/1.1", b"GET /x?key=###&amount=1.00&Password=##### HTTP/1.1"),
        (b"GET /x?%6bey=abc HTTP/1.1", b"GET /x?%6bey=### HTTP/1.1"),
        (b"GET /x?monkey=abc&keys=1&key= HTTP/1.1", b"GET /x?monkey=abc&keys=1&key= HTTP/1.1"),
        (b"\r\n\r\nkey=a&password=b", b"\r\n\r\nkey=#&password=#"),
        (b"ey=abc&password=de", b"ey=abc&password=##"),
        (
            b'{"ApiKey": "a\\"b", "apiPassword":"cd", "Status": "x"}',
            b'{"ApiKey": "####", "apiPassword":"##", "Status": "x"}',
        ),
        (b'{"ApiKey": "cut o', b'{"ApiKey": "#####'),
        (b"", b""),
    ],
)
def test_secrets_are_masked_and_no_byte_moves(data, masked):
    assert redact_query(data) == masked.replace(b"#", b"\xa4")


@given(st.lists(st.binary(max_size=12) | st.sampled_from([b"?key=", b"&password=", b'"ApiKey":"'])))
def test_masking_keeps_every_length(pieces):
    assert len(redact_query(b"".join(pieces))) == sum(map(len, pieces))
    assert [len(piece) for piece in redact_pieces(pieces)] == [len(piece) for piece in pieces]


@pytest.mark.parametrize("size", range(1, 12))
def test_a_secret_cut_in_two_is_masked_when_the_pieces_are_taken_together(size):
    data = b"GET /x?key=abc&password=hidden HTTP/1.1"
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(redact_pieces(pieces)) == redact_query(data)
    assert b"hidden" not in redact_query(data)
