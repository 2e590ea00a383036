"""The web API's calls: what a POS gets wrong, how requests follow on a line, and secrets that are never noted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_cloud.order import Fate, Outcome
from fake_cloud.pos import Account
from fake_cloud.pos_calls import redact_pieces, redact_query
from harness.wire.econduit import RESPONSE_FIELDS
from harness.wire.endpoint import Close, Noted, Opened, PeerClosed, Received, Send, Tell, Told, WakeAt, Woke
from harness.wire.framing import Malformed
from harness.wire.webapi import order_path
from tests.fake_cloud.pos_talk import APPROVED, KEY, LOGIN, PASSWORD, SALE, Desk, answer, reply_in, request


@pytest.fixture
def desk():
    return Desk()


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
