"""What a host does with identities, whom to trust, and where to log the keys."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.evidence.trace import Trace
from harness.transports import security as module
from harness.transports.host import BenchError, HarnessError
from harness.transports.memory import MemoryHost
from harness.transports.security import Security
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import (
    Dial,
    Listen,
    Opened,
    Refused,
    Secured,
    Told,
    Unsecured,
)
from tests.transports.party import Recorder
from tests.transports.secured import HTTP, client, given, join
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


async def test_a_handshake_has_its_wall_seconds_on_a_compressed_clock():
    assert given().within(scale=1.0) == module.HANDSHAKE_LIMIT
    assert given().within(scale=60.0) == 60.0 * module.LEAST_HANDSHAKE


# ---- What the bench was given ----------------------------------------------------------------------------------------


async def test_an_identity_that_is_not_there_is_a_mistake_of_ours(host, cloud):
    cloud.answer = lambda _: [Listen("primary", identity="forged")]
    host.feed("cloud", Told("case", "go"))
    with pytest.raises(HarnessError, match="no identity 'forged', only good, wrong host"):
        await host.until(lambda: False, PATIENCE, "nothing")


async def test_a_secure_dial_needs_somebody_to_trust(host, cloud):
    cloud.answer = lambda _: [Dial("localhost:1", 1.0, secure=True)]
    await host.attach(Recorder("other"))
    host.feed("cloud", Told("case", "go"))
    assert await host.until(lambda: bool(cloud.of(Refused)), PATIENCE, "the dial")
    other = Recorder("nobody", cloud.answer)
    await host.attach(other)
    host.feed("nobody", Told("case", "go"))
    with pytest.raises(HarnessError, match="given nobody to trust"):
        await host.until(lambda: False, PATIENCE, "nothing")


async def test_a_secure_listener_needs_an_identity(host):
    with pytest.raises(BenchError, match="listeners primary: no 'good' identity"):
        await host.attach(Recorder("cloud"), {}, security=Security(listeners=frozenset({"primary"})))


async def test_the_keys_are_logged_for_who_asked_for_it(tmp_path: Path):
    log = tmp_path / "keys"
    host, cloud, terminal, security = TcpHost(), Recorder("cloud"), Recorder("terminal"), given(key_log=log)
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)}, security=security)
    await host.attach(terminal, security=given())
    await join(host, cloud, terminal)
    await host.close()
    assert log.stat().st_mode & 0o777 == 0o600
    assert "SERVER_TRAFFIC_SECRET_0" in log.read_text()
    assert security.identities["good"].keylog_filename is None
    with pytest.raises(BenchError, match="cannot log keys to"):
        given(key_log=tmp_path / "missing" / "keys").begin()


@pytest.mark.parametrize(
    ("version", "label"),
    [(ssl.TLSVersion.TLSv1_3, "SERVER_HANDSHAKE_TRAFFIC_SECRET"), (ssl.TLSVersion.TLSv1_2, "CLIENT_RANDOM")],
)
async def test_a_captured_session_is_found_in_the_log_by_the_random_of_its_hello(version, label, tmp_path: Path):
    log = tmp_path / "keys"
    log.write_text("# what was there stays\n")
    log.chmod(0o644)
    host, cloud = TcpHost(), Recorder("cloud")
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)}, security=given(key_log=log))
    context = client()
    context.minimum_version = context.maximum_version = version
    said, heard = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(heard, said, server_hostname="localhost")
    reader, writer = await asyncio.open_connection(*host.address("primary"))
    captured = b""
    while session.version() is None or said.pending:
        with contextlib.suppress(ssl.SSLWantReadError):
            session.do_handshake()
        piece = said.read()
        captured += piece
        writer.write(piece)
        if session.version() is None:
            heard.write(await reader.read(65536))
    await seen(host, cloud, Secured)
    writer.close()
    await host.close()
    random_of_the_hello = captured[11:43].hex()  # after the headers of record and message, and the version
    lines = log.read_text().splitlines()
    assert lines[0] == "# what was there stays"
    assert any(line.startswith(f"{label} {random_of_the_hello} ") for line in lines)
    assert log.stat().st_mode & 0o777 == 0o600


async def test_what_failed_stands_in_the_trace():
    trace = Trace()
    host, cloud = TcpHost(trace=trace), Recorder("cloud")
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)}, security=given())
    with socket.create_connection(host.address("primary")) as connection:
        connection.sendall(HTTP)
        await seen(host, cloud, Unsecured)
    assert [body for _, body in trace.heard("cloud", Unsecured)] == [Unsecured("primary", "http request")]
    await host.close()


async def test_after_the_end_nothing_is_left(host, cloud, terminal):
    await join(host, cloud, terminal)
    silent = socket.create_connection(host.address("primary"))
    assert await host.until(lambda: bool(host.beside), PATIENCE, "its handshake")
    await host.close()
    assert not host.beside
    with silent:
        silent.setblocking(False)
        assert await asyncio.get_running_loop().sock_recv(silent, 1) == b""
    assert cloud.of(Unsecured) == []


async def test_memory_needs_no_encryption():
    host, cloud, terminal = MemoryHost(), Recorder("cloud"), Recorder("terminal")
    await host.attach(cloud, {"primary": ("", 0)}, security=given())
    await host.attach(terminal)
    host.say("cloud", [Listen("primary", identity="expired")])
    host.say("terminal", [Dial("primary", 1.0, secure=True)])
    assert await host.until(lambda: bool(terminal.of(Opened)), 1.0, "the line")
    assert [event for _, event in cloud.inputs] == [Opened(1, "primary")]
