"""Whatever a dialler sends in place of TLS, or in the middle of it, ends in a value, and in nothing else."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from harness.transports.tcp import TcpHost
from harness.wire.endpoint import Opened, PeerClosed, Received, Secured, Unsecured
from tests.transports.party import Recorder
from tests.transports.secured import client, given
from tests.transports.test_tcp import PATIENCE

TRIES = 60


@pytest.fixture
async def host() -> AsyncIterator[TcpHost]:
    """One whose loop has met no exception by the end of the test."""
    host, met = TcpHost(), list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: met.append(context))
    yield host
    await host.close()
    assert met == []


@pytest.fixture
async def cloud(host) -> Recorder:
    cloud = Recorder("cloud")
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)}, security=given())
    return cloud


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 — reproducible on purpose


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one thing done to them."""
    place = chance.randrange(len(data))
    match chance.randrange(4):
        case 0:
            return data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        case 1:
            return data[:place] + chance.randbytes(1 + chance.randrange(40)) + data[place:]
        case 2:
            return data[:place] + data[place + 1 + chance.randrange(40) :]
        case _:
            return data[:place]


async def shaken(connection: socket.socket, spoil: Callable[[bytes], bytes]) -> tuple[ssl.SSLObject, ssl.MemoryBIO]:
    """A handshake of a foreign client, as far as it goes; its second flight is spoilt."""
    connection.setblocking(False)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client().wrap_bio(incoming, outgoing, server_hostname="localhost")
    loop = asyncio.get_running_loop()
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    await loop.sock_sendall(connection, outgoing.read())
    while True:
        incoming.write(await loop.sock_recv(connection, 1 << 16))
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            continue
    await loop.sock_sendall(connection, spoil(outgoing.read()))
    return tls, outgoing


async def test_a_hello_that_is_spoilt(host, cloud):
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        client().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    hello, chance = outgoing.read(), drawn(1)
    for number in range(1, TRIES + 1):
        with socket.create_connection(host.address("primary")) as connection:
            connection.sendall(spoilt(hello, chance))
        assert await host.until(lambda least=number: len(cloud.of(Unsecured)) >= least, PATIENCE, "the failure")
    assert len(cloud.of(Unsecured)) == TRIES
    assert {type(event) for _, event in cloud.inputs} == {Unsecured}


async def test_an_answer_that_is_spoilt(host, cloud):
    chance = drawn(2)
    failed = lambda: [event for event in cloud.of(Unsecured) if not event.line]  # noqa: E731
    ended = lambda: len(failed()) + len(cloud.of(PeerClosed))  # noqa: E731
    for number in range(1, TRIES + 1):
        with socket.create_connection(host.address("primary")) as connection:
            await shaken(connection, lambda data: spoilt(data, chance))
        assert await host.until(lambda least=number: ended() >= least, PATIENCE, "the end")
    assert len(failed()) > TRIES / 2
    assert len(cloud.of(Opened)) == len(cloud.of(Secured)) == len(cloud.of(PeerClosed))


async def test_a_record_that_is_spoilt(host, cloud):
    chance = drawn(3)
    loop = asyncio.get_running_loop()
    for number in range(1, TRIES + 1):
        with socket.create_connection(host.address("primary")) as connection:
            tls, outgoing = await shaken(connection, lambda data: data)
            tls.write(b"something that is said")
            await loop.sock_sendall(connection, spoilt(outgoing.read(), chance))
        assert await host.until(lambda least=number: len(cloud.of(PeerClosed)) >= least, PATIENCE, "the end")
    assert len(cloud.of(Opened)) == len(cloud.of(PeerClosed)) == TRIES
    broken = [event for event in cloud.of(Unsecured) if event.line]
    assert len(broken) > TRIES / 4
    assert {event.data for event in cloud.of(Received)} <= {b"something that is said"}
