"""HTTP/1.1 as a framing: the same in one piece and in a thousand, bounded, never an exception for a peer's bytes."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.framing import SHOWN, Malformed
from harness.wire.http1 import ClientSide, Reply, Request, ServerSide

OK = Reply(200, (("Content-Type", "text/plain"),), b"fine")

REQUESTS = {
    "get": (
        b"GET /a%20b?x=1&x=2&y=%C3%A9&z HTTP/1.1\r\nHost: pos\r\nX-Odd-Case: 1\r\n\r\n",
        Request("GET", "/a%20b?x=1&x=2&y=%C3%A9&z", (("Host", "pos"), ("X-Odd-Case", "1"))),
    ),
    "with a body": (
        b"POST / HTTP/1.1\r\nHost: pos\r\nContent-Length: 3\r\n\r\nabc",
        Request("POST", "/", (("Host", "pos"), ("Content-Length", "3")), b"abc"),
    ),
    "in chunks": (
        b"POST / HTTP/1.1\r\nHost: pos\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        Request("POST", "/", (("Host", "pos"), ("Transfer-Encoding", "chunked")), b"abc"),
    ),
    "an old client": (b"GET / HTTP/1.0\r\n\r\n", Request("GET", "/", version="1.0")),
}

REPLIES = {
    "with a length": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine",
        Reply(200, (("Content-Type", "text/plain"), ("Content-Length", "4")), b"fine"),
    ),
    "in chunks": (
        b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfine\r\n0\r\n\r\n",
        Reply(404, (("Transfer-Encoding", "chunked"),), b"fine"),
    ),
    "after an interim one": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        Reply(204),
    ),
}


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def served(side: ServerSide, data: bytes, size: int, reply: Reply = OK) -> list[Request | Malformed]:
    """What a server makes of bytes in pieces of one size, when it answers each request at once."""
    found: list[Request | Malformed] = []
    for piece in pieces(data, size):
        came = side.receive_data(piece)
        while came:
            found += came
            for message in came:
                if isinstance(message, Request):
                    side.send(reply)
                else:
                    side.rejection(message)
            came = side.receive_data(b"")
    return found


# ---- Server: reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", REQUESTS)
def test_a_request_is_the_same_whole_and_byte_by_byte(sample):
    data, request = REQUESTS[sample]
    assert served(ServerSide(), data, len(data)) == [request]
    assert served(ServerSide(), data, 1) == [request]


def test_pipelined_requests_come_out_one_by_one_in_order():
    side = ServerSide()
    get, first = REQUESTS["get"]
    post, second = REQUESTS["with a body"]
    assert side.receive_data(get + post + get) == [first]
    assert side.receive_data(b"") == []
    side.send(OK)
    assert side.receive_data(b"") == [second]
    side.send(OK)
    assert side.receive_data(b"") == [first]
    assert side.receive_eof() == []


def test_path_and_query_are_decoded_and_repeats_kept():
    request = REQUESTS["get"][1]
    assert request.path == "/a b"
    assert request.query == {"x": ["1", "2"], "y": ["é"], "z": [""]}
    assert request.header("x-odd-case") == "1"
    assert request.header("X-None") is None


@pytest.mark.parametrize("target", ["http://pos:80/a%20b?x=1", "//[?x=1", "*", "/?=&;&&%", "/%ff?x=%ff"])
def test_any_target_has_a_path_and_a_query(target):
    request = Request("GET", target)
    assert isinstance(request.path, str)
    assert isinstance(request.query, dict)


def test_absolute_form_loses_its_authority():
    assert Request("GET", "http://pos:80/a?x=http://b/c").path == "/a"


# ---- Server: what is wrong -------------------------------------------------------------------------------------------


def only(side: ServerSide, data: bytes) -> Malformed:
    [malformed] = served(side, data, len(data) or 1)
    assert isinstance(malformed, Malformed)
    return malformed


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),  # a TLS client hello
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413),
        (b"HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"a" * 101, 413),
        (b"GET /" + b"a" * 300, 431),
    ],
)
def test_a_mistake_is_a_value_and_is_answered_and_ends_the_line(data, status):
    side = ServerSide(header_limit=200, body_limit=100)
    [malformed] = side.receive_data(data)
    assert isinstance(malformed, Malformed)
    assert malformed.raw == data[:SHOWN][: len(malformed.raw)]
    rejection = side.rejection(malformed)
    assert rejection.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close\r\n" in rejection
    assert side.must_close
    assert side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == []
    assert side.rejection(malformed) == b""


def test_a_mistake_does_not_quote_the_line_in_its_reason():
    malformed = only(ServerSide(), b"GET /?password=hidden HTTP/9\r\n\r\n")
    assert "hidden" not in malformed.why
    assert b"hidden" in malformed.raw


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_the_header_limit_holds_to_the_byte_whatever_the_pieces(size):
    request = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
    exact = request % (b"a" * (64 - len(request) + 2))
    assert len(exact) == 64
    assert [type(found) for found in served(ServerSide(header_limit=64), exact * 2, size)] == [Request, Request]
    assert [type(found) for found in served(ServerSide(header_limit=63), exact, size)] == [Malformed]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_body_limit_holds_to_the_byte_whatever_the_pieces(size):
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n"
    assert [type(found) for found in served(ServerSide(body_limit=10), chunked, size)] == [Request]
    assert [type(found) for found in served(ServerSide(body_limit=9), chunked, size)] == [Malformed]


def test_too_much_ahead_of_an_answer_is_refused_and_the_answer_still_goes_out():
    side = ServerSide(header_limit=64, body_limit=64)
    assert len(side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == 1
    assert side.receive_data(b"x" * 128) == []
    [malformed] = side.receive_data(b"x")
    assert isinstance(malformed, Malformed)
    assert malformed.size == 129
    assert side.rejection(malformed) == b""
    assert not side.must_close
    assert side.send(OK).endswith(b"\r\n\r\nfine")
    assert side.must_close


def test_a_line_that_ends_inside_a_request_is_a_mistake():
    side = ServerSide()
    side.receive_data(b"GET / HT")
    [malformed] = side.receive_eof()
    assert malformed.raw == b"GET / HT"
    assert ServerSide().receive_eof() == []


# ---- Server: answering -----------------------------------------------------------------------------------------------


def test_the_line_stays_up_unless_someone_says_close():
    side = ServerSide()
    for _ in range(3):
        side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert side.send(OK) == b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nfine"
        assert not side.must_close
    side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nand more")
    assert not side.must_close
    assert b"Connection: close\r\n" in side.send(OK)
    assert side.must_close
    assert side.receive_data(b"") == []


def test_a_reply_may_say_close():
    side = ServerSide()
    side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    side.send(Reply(200, (("Connection", "close"),)))
    assert side.must_close


def test_head_is_answered_without_the_body_and_the_line_stays_up():
    side = ServerSide()
    side.receive_data(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert side.send(OK) == b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n"
    assert not side.must_close
    assert side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") != []


def test_continue_is_said_once_to_a_client_that_waits_for_it():
    side = ServerSide()
    assert side.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n") == []
    assert side.data_to_send() == b"HTTP/1.1 100 \r\n\r\n"
    assert side.data_to_send() == b""
    [request] = side.receive_data(b"ab")
    assert isinstance(request, Request)
    assert request.body == b"ab"
    assert side.data_to_send() == b""


def test_no_continue_for_a_body_that_would_be_refused():
    side = ServerSide(body_limit=1)
    [malformed] = side.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert isinstance(malformed, Malformed)
    assert side.data_to_send() == b""
    assert side.rejection(malformed).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "first", [b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: y\r\n\r\n"]
)
def test_a_proposal_to_switch_that_is_not_taken_leaves_http_going(first):
    side = ServerSide()
    assert len(side.receive_data(first + REQUESTS["get"][0])) == 1
    side.send(Reply(405))
    assert side.receive_data(b"") == [REQUESTS["get"][1]]


def test_an_answer_out_of_turn_is_our_mistake():
    side = ServerSide()
    side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    side.send(OK)
    with pytest.raises(h11.LocalProtocolError):
        side.send(OK)


def test_an_unregistered_status_has_no_phrase():
    side = ServerSide()
    side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert side.send(Reply(599)).startswith(b"HTTP/1.1 599 \r\n")


# ---- Client ----------------------------------------------------------------------------------------------------------

ASK = Request("GET", "/x?y=1", (("Host", "pos"),))


@pytest.mark.parametrize("sample", REPLIES)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_reply_is_the_same_whole_and_byte_by_byte(sample, size):
    data, reply = REPLIES[sample]
    side = ClientSide()
    for _ in range(2):
        assert side.request(ASK) == b"GET /x?y=1 HTTP/1.1\r\nHost: pos\r\n\r\n"
        assert [found for piece in pieces(data, size) for found in side.receive_data(piece)] == [reply]
        assert not side.must_close


def test_a_body_of_a_request_gets_its_length():
    sent = ClientSide().request(Request("POST", "/", (("Host", "pos"),), b"abc"))
    assert sent == b"POST / HTTP/1.1\r\nHost: pos\r\nContent-Length: 3\r\n\r\nabc"


def test_a_reply_of_unknown_length_ends_with_the_line():
    side = ClientSide()
    side.request(ASK)
    assert side.receive_data(b"HTTP/1.0 200 OK\r\n\r\nfi") == []
    assert side.receive_data(b"ne") == []
    assert side.receive_eof() == [Reply(200, (), b"fine")]
    assert side.must_close
    assert side.receive_eof() == []


@pytest.mark.parametrize("cut", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfin"])
def test_a_reply_cut_short_is_a_mistake(cut):
    side = ClientSide()
    side.request(ASK)
    assert side.receive_data(cut) == []
    [malformed] = side.receive_eof()
    assert isinstance(malformed, Malformed)
    assert malformed.raw == cut


def test_bytes_that_nothing_asked_for_are_a_mistake():
    data = REPLIES["with a length"][0]
    side = ClientSide()
    [malformed] = side.receive_data(data)
    assert isinstance(malformed, Malformed)
    side = ClientSide()
    side.request(ASK)
    [reply, malformed] = side.receive_data(data + b"more")
    assert isinstance(reply, Reply)
    assert malformed == Malformed(b"more", "bytes that no request asked for", 4)
    assert side.must_close


def test_a_head_reply_may_announce_a_length_beyond_the_limit():
    side = ClientSide(body_limit=10)
    side.request(Request("HEAD", "/", (("Host", "pos"),)))
    assert [type(found) for found in side.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")] == [Reply]


def test_a_reply_beyond_the_limit_is_a_mistake():
    side = ClientSide(body_limit=10)
    side.request(ASK)
    [malformed] = side.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b"a" * 11)
    assert isinstance(malformed, Malformed)
    assert side.receive_data(b"a" * 88) == []


# ---- Another protocol ------------------------------------------------------------------------------------------------

SWITCH = Request("GET", "/", (("Host", "x"), ("Connection", "Upgrade"), ("Upgrade", "y")))


@pytest.mark.parametrize("size", [1, 1000])
def test_a_reply_101_is_one_and_what_comes_behind_is_left_to_the_other_protocol(size):
    side = ClientSide()
    side.request(SWITCH)
    data = b"HTTP/1.1 101 Switching\r\nUpgrade: y\r\n\r\n"
    assert [found for piece in pieces(data, size) for found in side.receive_data(piece)] == [
        Reply(101, (("Upgrade", "y"),))
    ]
    side = ClientSide()
    side.request(SWITCH)
    assert side.receive_data(data + b"\x81\x00") == [Reply(101, (("Upgrade", "y"),))]
    assert side.rest == b"\x81\x00"


def test_what_comes_behind_a_request_to_switch_is_left_to_the_other_protocol():
    side = ServerSide()
    [request] = side.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: y\r\n\r\n\x81\x00")
    assert isinstance(request, Request)
    assert side.rest == b"\x81\x00"


def test_a_reply_101_that_nobody_proposed_is_a_mistake():
    side = ClientSide()
    side.request(ASK)
    [malformed] = side.receive_data(b"HTTP/1.1 101 Switching\r\nUpgrade: y\r\n\r\n")
    assert isinstance(malformed, Malformed)


# ---- Anything at all -------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [b"GET ", b"HEAD ", b"POST ", b"CONNECT ", b"/", b"?a=b", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"\0",
     b"Host: x\r\n", b"Content-Length: 2\r\n", b"Content-Length: 9999\r\n", b"Transfer-Encoding: chunked\r\n",
     b"Connection: close\r\n", b"Upgrade: y\r\n", b"Expect: 100-continue\r\n", b"\r\n\r\n", b"2\r\n", b"0\r\n", b"ab",
     b" ", b":", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 101 Switch\r\n", b"HTTP/1.0 204 No\r\n"]
)  # fmt: skip
NOISE = st.lists(WORDS | st.binary(max_size=8), max_size=30).map(b"".join)


@given(NOISE, st.integers(1, 40))
def test_any_bytes_at_a_server_are_values_bounded_and_the_same_in_any_pieces(data, size):
    whole = ServerSide(header_limit=60, body_limit=20)
    apart = ServerSide(header_limit=60, body_limit=20)
    first = served(whole, data, max(len(data), 1))
    second = served(apart, data, size)
    assert [found for found in first if isinstance(found, Request)] == [
        found for found in second if isinstance(found, Request)
    ]
    assert [type(found) for found in first] == [type(found) for found in second]
    assert all(len(found.raw) <= SHOWN for found in first if isinstance(found, Malformed))
    assert len(whole.receive_eof()) <= 1


@given(NOISE, st.integers(1, 40), st.sampled_from(["GET", "HEAD", "CONNECT"]))
def test_any_bytes_at_a_client_are_values(data, size, method):
    side = ClientSide(header_limit=60, body_limit=20)
    side.request(Request(method, "/", (("Host", "pos"),)))
    for piece in pieces(data, size):
        side.receive_data(piece)
    side.receive_eof()
    assert side.receive_eof() == []
