"""The first words of a TLS client, as real clients say them, and whatever else may come in their place."""

from __future__ import annotations

import ssl
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.client_hello import LONGEST, ClientHello, client_hello


def said(name: str | None, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """What OpenSSL says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, most
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


HELLO = said("bench.example")
ALL = ("TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1")


def in_records(handshake: bytes, *sizes: int) -> bytes:
    """A handshake message cut into records of these sizes, the rest in a last one."""
    records, rest = b"", handshake
    for size in (*sizes, len(handshake)):
        piece, rest = rest[:size], rest[size:]
        records += b"\x16\x03\x01" + len(piece).to_bytes(2) + piece if piece else b""
    return records


def test_who_is_asked_for_and_what_is_offered():
    assert client_hello(HELLO) == ClientHello(ALL, "bench.example")
    assert client_hello(said(None)) == ClientHello(ALL, None)


def test_a_hello_without_the_newer_extension_offers_one_version():
    assert client_hello(said("a.example", ssl.TLSVersion.TLSv1_1)) == ClientHello(("TLSv1.1",), "a.example")
    assert client_hello(said("a.example", ssl.TLSVersion.TLSv1_2)) == ClientHello(("TLSv1.2",), "a.example")


def test_a_hello_without_extensions():
    body = b"\x03\x01" + bytes(32) + b"\x00" + b"\x00\x02\x00\x2f" + b"\x01\x00"
    assert client_hello(in_records(b"\x01" + len(body).to_bytes(3) + body)) == ClientHello(("TLSv1",), None)


def test_a_name_that_is_no_name_is_shown():
    hello = client_hello(HELLO.replace(b"bench.example", b"b\xffnch.exampl\x00"))
    assert hello is not None
    assert hello.server_name == "b\\xffnch.exampl\x00"


@given(st.lists(st.integers(1, 300), max_size=5))
def test_a_hello_over_several_records(sizes):
    assert client_hello(in_records(HELLO[5:], *sizes)) == ClientHello(ALL, "bench.example")


@given(st.integers(0, len(HELLO) - 1))
def test_one_that_is_not_whole_is_not_there_yet(size):
    assert client_hello(HELLO[:size]) is None


def test_what_follows_it_does_not_matter():
    assert client_hello(HELLO + b"\x14\x03\x03\x00\x01\x01" + bytes(100)) == client_hello(HELLO)


@pytest.mark.parametrize(
    "other", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", b"\x15"]
)
def test_what_is_no_hello(other):
    assert client_hello(other) is None


@given(st.binary(max_size=400))
def test_nothing_raises(data):
    client_hello(data)
    client_hello(b"\x16\x03\x01" + len(data).to_bytes(2) + data)
    client_hello(in_records(b"\x01" + len(data).to_bytes(3) + data))


@given(st.integers(0, len(HELLO) - 1), st.integers(0, 255))
def test_nothing_raises_at_a_byte_that_is_another(place, value):
    client_hello(HELLO[:place] + bytes([value]) + HELLO[place + 1 :])


def test_more_than_enough_is_not_looked_at():
    assert client_hello(in_records(b"\x01\xff\xff\xff" + bytes(2 * LONGEST), *[1 << 14] * 8)) is None
