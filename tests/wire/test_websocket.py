"""Handshakes and the two sides: the example of RFC 6455, every fault named, any bytes at all."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.trace import Trace, dump, load
from harness.wire.framing import SHOWN, Malformed
from harness.wire.http1 import Headers, Reply, Request
from harness.wire.websocket import (
    Binary,
    Client,
    Closing,
    NotUpgraded,
    Opcode,
    Ping,
    Pong,
    Seen,
    Server,
    Text,
    Upgrade,
    Upgraded,
    WsFrame,
)

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The example of section 1.3."""

HANDSHAKE: Headers = (
    ("Host", "server.example.com"),
    ("upgrade", "WebSocket"),
    ("Connection", "keep-alive, Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("X-Odd-CASE", "1"),
    ("Sec-WebSocket-Version", "13"),
)


def chance(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311 - masks need no secrecy here


def asking(headers: Headers, first: str = "GET /chat?a=1&a=2 HTTP/1.1") -> bytes:
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in headers), "", ""]).encode("latin-1")


def without(name: str, *values: str) -> Headers:
    """The handshake with other values for one header, or without it."""
    return tuple(field for field in HANDSHAKE if field[0] != name) + tuple((name, value) for value in values)


def fed(side: Server | Client, data: bytes, size: int) -> list[Seen]:
    return [one for at in range(0, len(data), size) for one in side.receive_data(data[at : at + size])]


def joined(rng: Random | None = None) -> tuple[Server, Client]:
    """Both sides after the handshake."""
    server, client = Server(), Client(rng or chance())
    server.receive_data(client.request("/v1", "host"))
    client.receive_data(server.accept())
    return server, client


def meant(seen: list[Seen]) -> list[Seen]:
    return [one for one in seen if not isinstance(one, WsFrame)]


# ---- The handshake, seen by a server ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_handshake_is_shown_with_its_headers_in_order_and_answered_by_the_endpoint(size):
    server = Server()
    assert fed(server, asking(HANDSHAKE), size) == [Upgrade(Request("GET", "/chat?a=1&a=2", HANDSHAKE))]
    assert not server.open
    assert server.accept((("X-Ours", "1"),)) == (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Ours: 1\r\n\r\n"
    )
    assert server.open


FAULTS: dict[str, tuple[bytes, list[str]]] = {
    "no Upgrade": (asking(without("upgrade")), ["no Upgrade header with the value websocket (… 4.2.1)"]),
    "another protocol": (asking(without("upgrade", "h2c")), ["no Upgrade header with the value websocket (… 4.2.1)"]),
    "no Connection": (asking(without("Connection")), ["no Connection header with the token Upgrade (… 4.2.1)"]),
    "no key": (asking(without("Sec-WebSocket-Key")), ["0 Sec-WebSocket-Key headers in place of one (… 11.3.1)"]),
    "two keys": (
        asking(without("Sec-WebSocket-Key", KEY, KEY)),
        ["2 Sec-WebSocket-Key headers in place of one (… 11.3.1)"],
    ),
    "a short key": (
        asking(without("Sec-WebSocket-Key", "c2hvcnQ=")),
        ["Sec-WebSocket-Key that is not 16 bytes in base64 (… 4.2.1)"],
    ),
    "no base64": (
        asking(without("Sec-WebSocket-Key", "caf\xe9")),
        ["Sec-WebSocket-Key that is not 16 bytes in base64 (… 4.2.1)"],
    ),
    "no version": (
        asking(without("Sec-WebSocket-Version")),
        ["0 Sec-WebSocket-Version headers in place of one (… 11.3.5)"],
    ),
    "an old version": (
        asking(without("Sec-WebSocket-Version", "8")),
        ["Sec-WebSocket-Version other than 13 (… 4.2.1)"],
    ),
    "another method": (asking(HANDSHAKE, "POST / HTTP/1.1"), ["handshake by another method than GET (… 4.2.1)"]),
    "an old HTTP": (asking(HANDSHAKE, "GET / HTTP/1.0"), ["handshake in an HTTP below 1.1 (… 4.2.1)"]),
    "a body": (asking((*HANDSHAKE, ("Content-Length", "2"))) + b"hi", ["handshake with a body (… 4.2.1)"]),
    "no Host": (asking(without("Host")), ["no handshake: Missing mandatory Host (… 4.2.1)"]),
    "TLS": (b"\x16\x03\x01\x02\x00\x01", ["no handshake: illegal request line (… 4.2.1)"]),
    "a plain request": (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        [
            "no Upgrade header with the value websocket (… 4.2.1)",
            "no Connection header with the token Upgrade (… 4.2.1)",
            "0 Sec-WebSocket-Key headers in place of one (… 11.3.1)",
            "0 Sec-WebSocket-Version headers in place of one (… 11.3.5)",
        ],
    ),
    "an endless header": (
        asking((("X", "a" * 3000),)),
        ["no handshake: header of more than 2000 bytes (… 4.2.1)"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("size", [1, 10000])
def test_each_fault_of_a_handshake_is_told_and_it_may_be_refused(fault, size):
    data, faults = FAULTS[fault]
    server = Server(header_limit=2000)
    told = fed(server, data, size)
    assert [one.why for one in told if isinstance(one, Malformed)] == [
        why.replace("…", "RFC 6455 section") for why in faults
    ]
    assert len(told) == len(faults)
    assert all(isinstance(one, Malformed) and data.startswith(one.raw) and len(one.raw) <= SHOWN for one in told)
    assert server.refuse(400, body=b"no") == (
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
    )
    assert server.receive_data(asking(HANDSHAKE)) == []
    assert not server.open


def test_a_fault_quotes_nothing_that_a_client_sent():
    server = Server()
    told = server.receive_data(b"GET /?token=hidden HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: hidden\r\n\r\n")
    assert server.request is not None
    assert server.request.query == {"token": ["hidden"]}
    assert not any("hidden" in one.why for one in told if isinstance(one, Malformed))


def test_a_client_waits_for_the_answer():
    early = "data before the handshake was answered (RFC 6455 section 4.1)"
    frame = joined()[1].text("early")
    at_once, later = Server(), Server()
    assert [type(one) for one in at_once.receive_data(asking(HANDSHAKE) + frame)] == [Upgrade, Malformed]
    assert at_once.accept()
    assert later.receive_data(asking(HANDSHAKE))[1:] == []
    assert later.receive_data(frame) == [Malformed(frame, early, len(frame))]
    assert later.refuse(401)


def test_a_handshake_cut_short_is_a_mistake():
    server = Server()
    server.receive_data(asking(HANDSHAKE)[:-2])
    [malformed] = server.receive_eof()
    assert isinstance(malformed, Malformed)
    assert malformed.why == "no handshake: the line ended inside a request (RFC 6455 section 4.2.1)"
    assert Server().receive_eof() == []


def test_an_answer_out_of_turn_is_our_mistake():
    server = Server()
    with pytest.raises(RuntimeError):
        server.accept()
    server.receive_data(asking(HANDSHAKE))
    server.accept()
    with pytest.raises(RuntimeError):
        server.accept()
    with pytest.raises(RuntimeError):
        server.refuse(401)


def test_the_answer_can_be_bent():
    server = Server()
    server.receive_data(asking(HANDSHAKE))
    assert b"\r\nsec-websocket-accept: wrong\r\n" in (reply := server.accept((("sec-websocket-accept", "wrong"),)))
    assert ACCEPT.encode() not in reply


# ---- The handshake, seen by a client ---------------------------------------------------------------------------------

TAKEN: Headers = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", ACCEPT))


def answered(headers: Headers, first: str = "HTTP/1.1 101 Switching", more: bytes = b"", size: int = 1) -> list[Seen]:
    client = Client(chance())
    client.request("/", "x", (("Sec-WebSocket-Key", KEY),))
    return fed(client, asking(headers, first) + more, size)


@pytest.mark.parametrize("size", [1, 1000])
def test_a_client_hears_the_answer_and_the_frames_behind_it(size):
    assert answered(TAKEN, more=b"\x81\x02hi", size=size) == [
        Upgraded(Reply(101, TAKEN)),
        WsFrame(1, b"hi", True, False, 0),
        Text("hi"),
    ]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (TAKEN[1:], "no Upgrade header with the value websocket (RFC 6455 section 4.1)"),
        ((TAKEN[0], TAKEN[2]), "no Connection header with the token Upgrade (RFC 6455 section 4.1)"),
        (TAKEN[:2], "0 Sec-WebSocket-Accept headers in place of one (RFC 6455 section 11.3.3)"),
        (
            (*TAKEN[:2], ("Sec-WebSocket-Accept", KEY)),
            "Sec-WebSocket-Accept that does not answer the key (RFC 6455 section 4.1)",
        ),
        (
            (*TAKEN, ("Sec-WebSocket-Extensions", "permessage-deflate")),
            "Sec-WebSocket-Extensions that nobody offered (RFC 6455 section 4.1)",
        ),
        (
            (*TAKEN, ("Sec-WebSocket-Protocol", "x")),
            "Sec-WebSocket-Protocol that nobody offered (RFC 6455 section 4.1)",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_each_fault_of_an_answer_is_told(headers, why, size):
    [malformed] = answered(headers, more=b"\x81\x02hi", size=size)
    assert isinstance(malformed, Malformed)
    assert malformed.why == why


def test_a_refusal_is_a_reply_with_its_body():
    headers = (("Content-Length", "2"), ("X-Why", "key"))
    assert answered(headers, "HTTP/1.1 401 No", b"no") == [NotUpgraded(Reply(401, headers, b"no"))]
    client = Client(chance())
    client.request("/", "x")
    assert client.receive_data(b"HTTP/1.1 503 Later\r\n\r\nlat") == []
    assert client.receive_eof() == [NotUpgraded(Reply(503, (), b"lat"))]


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 1", b"HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\nno"])
def test_an_answer_cut_short_is_a_mistake(data):
    client = Client(chance())
    client.request("/", "x")
    assert client.receive_data(data) == []
    [malformed] = client.receive_eof()
    assert isinstance(malformed, Malformed)
    assert malformed.why.startswith("no answer to a handshake: ")


def test_a_handshake_is_written_with_its_headers_in_order():
    assert Client(chance()).request("/pac?token=a", "host", (("x-api-key", "k"), ("Sec-WebSocket-Key", KEY))) == (
        b"GET /pac?token=a HTTP/1.1\r\nHost: host\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nx-api-key: k\r\nSec-WebSocket-Key: " + KEY.encode() + b"\r\n\r\n"
    )


# ---- Messages --------------------------------------------------------------------------------------------------------


def test_messages_go_both_ways_and_nothing_is_answered_by_itself():
    server, client = joined()
    for says, hears in ((server, client), (client, server)):
        sent = says.text("é") + says.binary(b"\0") + says.ping(b"p") + says.pong() + says.close(4000, "bye")
        assert meant(hears.receive_data(sent)) == [
            Text("é"), Binary(b"\0"), Ping(b"p"), Pong(b""), Closing(4000, "bye"),
        ]  # fmt: skip
        assert not says.open
        assert not hears.open


def test_a_goodbye_may_be_without_a_code():
    server, client = joined()
    assert meant(client.receive_data(server.close(None))) == [Closing(None, "")]


def test_the_line_is_not_open_after_its_end_or_a_mistake():
    server, client = joined()
    assert client.receive_eof() == []
    assert not client.open
    assert len(server.receive_data(b"\x81\x02hi")) == 2
    assert not server.open
    assert server.receive_eof() == []


def test_fragments_are_cut_after_so_many_bytes_even_inside_a_character():
    server, client = joined()
    pieces = server.fragments("a€b", 2, 0)
    assert pieces == [b"\x01\x02a\xe2", b"\x00\x00", b"\x80\x03\x82\xacb"]
    assert meant(client.receive_data(b"".join(pieces))) == [Text("a€b")]
    assert server.fragments("hi") == [server.text("hi")]


def test_the_raw_door_writes_what_no_one_may():
    server, client = joined()
    assert server.frame(3, b"x", fin=False, rsv=5) == b"\x53\x01x"
    assert isinstance(client.receive_data(server.frame(Opcode.PING, b"a" * 126))[-1], Malformed)


def test_masks_come_from_the_chance_handed_in():
    assert joined(chance(7))[1].text("hi") == joined(chance(7))[1].text("hi")
    _, client = joined(chance(7))
    assert client.text("hi") != client.text("hi")


# ---- Evidence, and anything at all -----------------------------------------------------------------------------------


def test_all_that_is_seen_can_be_written_and_read_again():
    told: list[Seen] = [
        Upgrade(Request("GET", "/", HANDSHAKE)), NotUpgraded(Reply(401, (("X", "1"),), b"\xff")),
        *answered(TAKEN, more=b"\x89\x01\xff\x82\x01\xff\x88\x00"),
    ]  # fmt: skip
    trace = Trace()
    for one in told:
        trace.record(0.0, "connect", 1, one)
    kinds = [Upgrade, Upgraded, NotUpgraded, WsFrame, Text, Binary, Ping, Pong, Closing, Malformed]
    assert [event.body for event in load(dump(trace), kinds)] == told


WORDS = st.sampled_from(
    [asking(HANDSHAKE), b"GET /", b" HTTP/1.1\r\n", b"Host: x\r\n", b"\r\n", b"Upgrade: websocket\r\n",
     b"HTTP/1.1 101 x\r\n", b"HTTP/1.1 200 x\r\n", asking(TAKEN, "HTTP/1.1 101 x"), b"\x81\x02hi",
     b"Content-Length: 3\r\n"]
)  # fmt: skip
NOISE = st.lists(WORDS | st.binary(max_size=8), max_size=12).map(b"".join)


@given(NOISE, st.integers(1, 60))
def test_any_bytes_at_a_server_are_values(data, size):
    server = Server(header_limit=400, message_limit=50)
    for one in fed(server, data, size):
        if isinstance(one, Upgrade):
            server.accept()
    server.receive_eof()
    assert server.receive_eof() == []


@given(NOISE, st.integers(1, 60))
def test_any_bytes_at_a_client_are_the_same_in_any_pieces(data, size):
    told = []
    for pieces in (size, max(len(data), 1)):
        client = Client(chance(), header_limit=400, message_limit=50)
        client.request("/", "x", (("Sec-WebSocket-Key", KEY),))
        seen = fed(client, data, pieces) + client.receive_eof()
        told.append([Malformed if isinstance(one, Malformed) else one for one in seen])  # h11 words some by the piece
    assert told[0] == told[1]


def test_an_endless_header_is_not_held():
    server = Server(header_limit=1000)
    assert server.receive_data(b"GET / HTTP/1.1\r\nX: ") == []
    told = [one for _ in range(1600) for one in server.receive_data(b"a" * 65536)]
    assert [one.why for one in told if isinstance(one, Malformed)] == [
        "no handshake: header of more than 1000 bytes (RFC 6455 section 4.2.1)"
    ]
