"""Encrypted lines over the loopback: who is let in, how each failure is told, and how a line ends."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator

import pytest
import trustme

from harness.transports.secure_line import GOODBYE
from harness.transports.security import HANDSHAKE_LIMIT
from harness.transports.tcp import TcpHost
from harness.transports.virtual import Conductor
from harness.wire.endpoint import (
    Close,
    Dial,
    Hearing,
    Listen,
    Opened,
    PeerClosed,
    Received,
    Refused,
    Secured,
    Send,
    Told,
    Unsecured,
    WakeAt,
    Woke,
)
from tests.transports.party import Recorder
from tests.transports.secured import HTTP, at, client, dials, given, join, old
from tests.transports.test_tcp import PATIENCE, seen


@pytest.fixture
async def host() -> AsyncIterator[TcpHost]:
    host = TcpHost()
    yield host
    await host.close()


@pytest.fixture
async def cloud(host) -> Recorder:
    cloud = Recorder("cloud")
    await host.attach(cloud, {"primary": ("127.0.0.1", 0), "plain": ("127.0.0.1", 0)}, security=given())
    return cloud


@pytest.fixture
async def terminal(host) -> Recorder:
    terminal = Recorder("terminal")
    await host.attach(terminal, security=given())
    return terminal


async def why(host: TcpHost, cloud: Recorder) -> str:
    """Why the one dialler was not let in; nothing else came of it."""
    assert await host.until(lambda: bool(cloud.of(Unsecured)), 2 * HANDSHAKE_LIMIT, "the failure")
    failures = cloud.of(Unsecured)
    assert [event for _, event in cloud.inputs] == failures
    assert [(event.to, event.line) for event in failures] == [("primary", 0)]
    return failures[0].why


# ---- Lines that come up ----------------------------------------------------------------------------------------------


async def test_a_line_opens_is_secured_and_carries_bytes(host, cloud, terminal):
    await join(host, cloud, terminal)
    host.say("terminal", [Send(1, b"up"), Send(1, b"")])
    host.say("cloud", [Send(1, b"down")])
    await seen(host, cloud, Received)
    await seen(host, terminal, Received)
    (version, cipher) = ("TLSv1.3", cloud.of(Secured)[0].cipher)
    assert [event for _, event in cloud.inputs] == [
        Opened(1, "primary"),
        Secured(1, version, cipher, "localhost"),
        Received(1, b"up"),
    ]
    assert [event for _, event in terminal.inputs] == [
        Opened(1, at(host)),
        Secured(1, version, cipher, "localhost"),
        Received(1, b"down"),
    ]


async def test_a_listener_that_is_not_secure_is_in_clear(host, cloud, terminal):
    dials(host, secure=False, listener="plain")
    await seen(host, cloud, Opened)
    await seen(host, terminal, Opened)
    host.say("terminal", [Send(1, b"x")])
    await seen(host, cloud, Received)
    assert cloud.of(Secured) == terminal.of(Secured) == []


async def test_who_asks_for_no_name_is_told_apart(host, cloud):
    context = client()
    _, writer = await asyncio.open_connection(*host.address("primary"), ssl=context, server_hostname="127.0.0.1")
    await seen(host, cloud, Secured)
    assert cloud.of(Secured)[0].server_name is None
    writer.transport.abort()


async def test_much_comes_whole_and_in_order(host, cloud, terminal):
    await join(host, cloud, terminal)
    much = bytes(range(256)) * 8000
    host.say("cloud", [Send(1, much)])
    size = lambda: sum(len(event.data) for event in terminal.of(Received))  # noqa: E731
    assert await host.until(lambda: size() >= len(much), PATIENCE, "all of it")
    assert b"".join(event.data for event in terminal.of(Received)) == much


async def test_a_party_may_end_the_line_as_soon_as_it_opens(host, cloud, terminal):
    cloud.answer = lambda event: [Close(1)] if isinstance(event, Opened) else []
    dials(host)
    await seen(host, terminal, PeerClosed)
    assert [event for _, event in cloud.inputs] == [Opened(1, "primary")]


# ---- Lines that end --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", [False, True], ids=["close_notify", "RST"])
@pytest.mark.parametrize(("by", "other"), [("cloud", "terminal"), ("terminal", "cloud")])
async def test_the_end_of_a_line_is_felt_as_it_was_made(host, cloud, terminal, by, other, reset):
    await join(host, cloud, terminal)
    host._perform(host._parties[by], Send(1, b"last"))
    parties = {"cloud": cloud, "terminal": terminal}
    await seen(host, parties[other], Received)
    parties[by].answer = lambda event: [Close(1, reset)] if isinstance(event, Told) else []
    host.feed(by, Told("case", "end it"))
    await seen(host, parties[other], PeerClosed)
    assert parties[other].of(PeerClosed) == [PeerClosed(1, reset)]
    assert parties[by].of(PeerClosed) == []
    assert host.lines_of("cloud") == host.lines_of("terminal") == []
    assert await host.until(lambda: not host.beside, PATIENCE, "the goodbyes")


async def test_our_goodbye_is_close_notify_then_fin_and_no_rst_meets_the_other_one(host, cloud):
    reader, writer = await asyncio.open_connection(*host.address("primary"), ssl=client(), server_hostname="localhost")
    await seen(host, cloud, Secured)
    host.say("cloud", [Close(1)])
    assert await reader.read() == b""  # a ragged end would raise
    writer.close()
    await writer.wait_closed()
    assert await host.until(lambda: not host.beside, PATIENCE, "the goodbye")


async def test_a_fin_without_close_notify_ends_the_line(host, cloud):
    with socket.create_connection(host.address("primary")) as connection:
        await handshake(connection, client())
        await seen(host, cloud, Secured)
    await seen(host, cloud, PeerClosed)
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=False)]
    assert cloud.of(Unsecured) == []


async def test_bytes_that_cannot_be_decrypted_break_the_line(host, cloud):
    with socket.create_connection(host.address("primary")) as connection:
        await handshake(connection, client())
        await seen(host, cloud, Secured)
        connection.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        await seen(host, cloud, PeerClosed)
    assert cloud.of(Unsecured) == [Unsecured("primary", "decryption failed or bad record mac", 1)]
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]


async def test_who_goes_on_after_our_goodbye_is_cut_off(host, cloud):
    with socket.create_connection(host.address("primary")) as connection:
        await handshake(connection, client())
        await seen(host, cloud, Secured)
        host.say("cloud", [Close(1)])
        with pytest.raises(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(connection, bytes(1 << 24))
    assert host.now < GOODBYE
    assert await host.until(lambda: not host.beside, PATIENCE, "its end")


async def test_who_never_says_goodbye_is_not_waited_for_long(host, cloud, monkeypatch):
    monkeypatch.setattr("harness.transports.secure_line.GOODBYE", 0.05)
    with socket.create_connection(host.address("primary")) as connection:
        await handshake(connection, client())
        await seen(host, cloud, Secured)
        host.say("cloud", [Close(1)])
        assert host.beside
        assert await host.until(lambda: not host.beside, PATIENCE, "the end of patience")


async def handshake(connection: socket.socket, context: ssl.SSLContext) -> None:
    """A foreign client's handshake, by hand, so that nothing but what a test sends follows it."""
    connection.setblocking(False)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    loop = asyncio.get_running_loop()
    for _ in range(10):
        try:
            tls.do_handshake()
            return
        except ssl.SSLWantReadError:
            await loop.sock_sendall(connection, outgoing.read())
            incoming.write(await loop.sock_recv(connection, 1 << 16))
        finally:
            await loop.sock_sendall(connection, outgoing.read())
    raise AssertionError("no handshake")


# ---- Lines that do not come up ---------------------------------------------------------------------------------------


async def test_http_at_the_port_of_tls(host, cloud):
    with socket.create_connection(host.address("primary")) as connection:
        connection.sendall(HTTP)
        assert await why(host, cloud) == "http request"


async def test_something_else_at_the_port_of_tls(host, cloud):
    with socket.create_connection(host.address("primary")) as connection:
        connection.sendall(b"\x02" * 4096)
        assert await why(host, cloud) == "wrong version number"


async def test_a_hello_of_old_tls(host, cloud):
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        await asyncio.open_connection(*host.address("primary"), ssl=old(client()), server_hostname="localhost")
    assert await why(host, cloud) == "unsupported protocol: TLSv1.1 offered"


async def test_a_hello_that_asks_for_a_name_that_is_none(host, cloud):
    outgoing = ssl.MemoryBIO()
    hello = client().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    with socket.create_connection(host.address("primary")) as connection:
        connection.sendall(outgoing.read().replace(b"localhost", b"loc\xfflhost"))
    assert await why(host, cloud) == "closed in the handshake"


async def test_a_dialler_that_does_not_trust_us_says_so(host, cloud):
    with socket.create_connection(host.address("primary")) as connection:
        with pytest.raises(ssl.SSLCertVerificationError):
            await handshake(connection, client(by=trustme.CA()))
        assert await why(host, cloud) == "alert unknown ca"


async def test_a_dialler_that_opens_and_closes(host, cloud):
    socket.create_connection(host.address("primary")).close()
    assert await why(host, cloud) == "closed before it said anything"


@pytest.mark.parametrize("reset", [False, True])
async def test_a_dialler_that_leaves_in_the_handshake(host, cloud, reset):
    connection = socket.create_connection(host.address("primary"))
    connection.sendall(b"\x16\x03\x01\x02\x00\x01")
    assert await host.until(lambda: any(line._came for line in host.beside), PATIENCE, "its first bytes")
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert await why(host, cloud) == ("reset in the handshake" if reset else "closed in the handshake")


async def test_we_do_not_trust_whom_we_dial(host, cloud, terminal):
    host.say("cloud", [Listen("primary", identity="wrong host")])
    dials(host)
    await seen(host, terminal, Refused)
    assert terminal.of(Refused) == [
        Refused(
            at(host),
            "not secured: certificate verify failed: Hostname mismatch, certificate is not valid for 'localhost'.",
        )
    ]
    assert terminal.of(Opened) == []
    assert (await why(host, cloud)).startswith("alert ")
    host.say("cloud", [Listen("primary")])
    await join(host, cloud, terminal)


async def test_we_dial_somebody_who_speaks_in_clear(host, cloud, terminal):
    cloud.answer = lambda event: [Send(1, b"HTTP/1.1 400 Bad Request\r\n\r\n")] if isinstance(event, Opened) else []
    dials(host, listener="plain")
    await seen(host, terminal, Refused)
    assert terminal.of(Refused) == [Refused(at(host, "plain"), "not secured: wrong version number")]


async def test_we_dial_somebody_who_says_nothing(host, cloud, terminal):
    host.say("terminal", [Dial(at(host, "plain"), 0.1, secure=True)])
    await seen(host, terminal, Refused)
    expected = "not secured: no handshake within 0.1 s, in which 0 bytes came"
    assert terminal.of(Refused) == [Refused(at(host, "plain"), expected)]


async def test_a_dial_that_is_refused_is_refused_as_one_in_clear(host, cloud, terminal):
    host.say("cloud", [Listen("primary", Hearing.REFUSED)])
    dials(host)
    await seen(host, terminal, Refused)
    assert terminal.of(Refused) == [Refused(at(host), "refused")]


# ---- Time ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def conductor(host) -> AsyncIterator[Conductor]:
    table = os.open("/proc/net/tcp", os.O_RDONLY)
    yield Conductor(host, lambda: [table], shared=True)
    await host.close()
    os.close(table)


async def test_who_says_nothing_is_let_go_and_the_clock_does_not_wait_in_real_time(host, cloud, conductor):
    with socket.create_connection(host.address("primary")):
        assert await why(host, cloud) == "no handshake within 30 s, in which 0 bytes came"
    assert conductor.jumps
    assert await host.until(lambda: not host.beside, PATIENCE, "the goodbye")


async def test_who_sends_a_byte_a_second_is_let_go(host, cloud, conductor):
    hello = iter(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
    byte = lambda: [Send(1, bytes([next(hello)])), WakeAt("byte", host.now + 1.0)]  # noqa: E731
    slow = Recorder("terminal", lambda event: byte() if isinstance(event, Opened | Woke) else [])
    await host.attach(slow)
    dials(host, secure=False)
    assert await host.until(lambda: bool(cloud.of(Unsecured)), 60.0, "the end of patience")
    assert cloud.of(Unsecured)[0].why == "no handshake within 30 s, in which 30 bytes came"


async def test_what_a_server_of_others_has_not_read_keeps_time_real(host, terminal, conductor):
    with socket.create_server(("127.0.0.1", 0)) as server:
        host.say("terminal", [Dial("{}:{}".format(*server.getsockname()), PATIENCE, secure=True)])
        assert not await host.until(lambda: False, 0.3, "nothing, since the hello lies unread")
        assert conductor.jumps == 0


async def test_no_time_passes_while_a_line_is_being_secured(host, cloud, terminal, conductor):
    lines = 20
    host.say("cloud", [WakeAt("much later", 1000.0)])
    more = lambda: len(terminal.of(Secured)) < lines  # noqa: E731
    again = lambda event: isinstance(event, Secured) and more()  # noqa: E731
    terminal.answer = lambda event: [Dial(at(host), 60.0, secure=True)] if again(event) else []
    dials(host)
    assert await host.until(lambda: not more() and len(cloud.of(Secured)) == lines, 900.0, "the lines")
    assert conductor.jumps == 0
    assert await host.until(lambda: bool(cloud.of(Woke)), 1000.0, "the time after them")
    assert conductor.jumps
