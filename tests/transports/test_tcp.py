"""Lines over the sockets of the loopback: what a kernel does to a dialler, told in the words of an Endpoint."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator

import pytest

from harness.transports.host import BenchError, HarnessError, Overrun
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import (
    Close,
    Dial,
    Hearing,
    Listen,
    Noted,
    Opened,
    PeerClosed,
    Received,
    Refused,
    Send,
    Tell,
    Told,
    WakeAt,
    Woke,
)
from tests.transports.party import Recorder

PATIENCE = 10.0
"""Seconds that nothing here takes."""


@pytest.fixture
async def host() -> AsyncIterator[TcpHost]:
    host = TcpHost()
    yield host
    await host.close()


@pytest.fixture
async def cloud(host) -> Recorder:
    cloud = Recorder("cloud")
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)})
    return cloud


@pytest.fixture
async def terminal(host) -> Recorder:
    terminal = Recorder("terminal")
    await host.attach(terminal)
    return terminal


def primary(host: TcpHost) -> str:
    return "{}:{}".format(*host.address("primary"))


async def seen(host: TcpHost, party: Recorder, kind: type, times: int = 1) -> None:
    """Await that something has happened to a party so many times."""
    assert await host.until(lambda: len(party.of(kind)) >= times, PATIENCE, kind.__name__)


async def join(host: TcpHost, cloud: Recorder, terminal: Recorder) -> None:
    """Open a line between the two."""
    lines = len(cloud.of(Opened)) + 1
    host.say("terminal", [Dial(primary(host), within=PATIENCE)])
    await seen(host, terminal, Opened, lines)
    await seen(host, cloud, Opened, lines)


# ---- Lines -----------------------------------------------------------------------------------------------------------


async def test_a_line_opens_at_both_ends_and_carries_bytes(host, cloud, terminal):
    await join(host, cloud, terminal)
    host.say("terminal", [Send(1, b"up")])
    host.say("cloud", [Send(1, b"down")])
    await seen(host, cloud, Received)
    await seen(host, terminal, Received)
    assert cloud.of(Opened) == [Opened(1, "primary")]
    assert terminal.of(Opened) == [Opened(1, primary(host))]
    assert cloud.of(Received) == [Received(1, b"up")]
    assert terminal.of(Received) == [Received(1, b"down")]


async def test_each_send_is_a_segment_of_its_own(host, cloud, terminal):
    await join(host, cloud, terminal)
    for number, letter in enumerate(b"abc", 1):
        host.say("cloud", [Send(1, bytes([letter]))])
        await seen(host, terminal, Received, number)
    assert terminal.of(Received) == [Received(1, b"a"), Received(1, b"b"), Received(1, b"c")]


async def test_every_byte_value_comes_as_it_was_sent(host, cloud, terminal):
    await join(host, cloud, terminal)
    host.say("terminal", [Send(1, bytes(range(256)))])
    await seen(host, cloud, Received)
    assert b"".join(event.data for event in cloud.of(Received)) == bytes(range(256))


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
async def test_the_end_of_a_line_is_felt_as_it_was_made(host, cloud, terminal, reset):
    await join(host, cloud, terminal)
    cloud.answer = lambda event: [Close(1, reset)] if isinstance(event, Told) else []
    host.feed("cloud", Told("case", "end it"))
    await seen(host, terminal, PeerClosed)
    assert terminal.of(PeerClosed) == [PeerClosed(1, reset)]
    assert cloud.of(PeerClosed) == []
    assert host.lines_of("cloud") == host.lines_of("terminal") == []


async def test_a_foreign_client_is_told_by_fin_or_rst(host, cloud):
    with socket.create_connection(host.address("primary")) as client:
        await seen(host, cloud, Opened)
        client.sendall(b"hello")
        await seen(host, cloud, Received)
    await seen(host, cloud, PeerClosed)
    client = socket.create_connection(host.address("primary"))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await seen(host, cloud, Opened, 2)
    client.close()
    await seen(host, cloud, PeerClosed, 2)
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=False), PeerClosed(2, reset=True)]


async def test_what_comes_on_a_line_that_we_ended_is_not_heard(host, cloud, terminal):
    await join(host, cloud, terminal)
    cloud.answer = lambda event: [Close(1)] if isinstance(event, Received) else []
    host.say("terminal", [Send(1, b"x")])
    await seen(host, terminal, PeerClosed)
    host.say("terminal", [Send(1, b"y")])
    await join(host, cloud, terminal)
    assert cloud.of(Received) == [Received(1, b"x")]


# ---- Listeners -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hearing", "within"), [(Hearing.REFUSED, PATIENCE), (Hearing.TIMED_OUT, 0.2)])
async def test_a_listener_that_does_not_answer_and_then_does(host, cloud, terminal, hearing, within):
    host.say("cloud", [Listen("primary", hearing)])
    host.say("terminal", [Dial(primary(host), within)])
    await seen(host, terminal, Refused)
    assert terminal.of(Refused) == [Refused(primary(host), hearing.value)]
    assert cloud.of(Opened) == []
    host.say("cloud", [Listen("primary")])
    await join(host, cloud, terminal)


async def test_lines_that_are_up_stay_up_when_a_listener_refuses(host, cloud, terminal):
    await join(host, cloud, terminal)
    host.say("cloud", [Listen("primary", Hearing.REFUSED)])
    host.say("terminal", [Send(1, b"still here")])
    await seen(host, cloud, Received)


async def test_the_port_of_a_listener_that_refuses_is_not_given_away(host, cloud):
    address = host.address("primary")
    host.say("cloud", [Listen("primary", Hearing.REFUSED)])
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(address)


@pytest.mark.parametrize("hearing", [Hearing.UNREACHABLE, Hearing.NOT_RESOLVED])
async def test_what_sockets_cannot_play_is_told(host, cloud, hearing):
    cloud.answer = lambda _: [Listen("primary", hearing)]
    host.feed("cloud", Told("case", "go"))
    with pytest.raises(HarnessError, match="cannot be played by sockets alone"):
        await host.until(lambda: False, PATIENCE, "nothing")


async def test_a_name_that_does_not_exist_is_not_resolved(host, terminal):
    host.say("terminal", [Dial("no-such-host.invalid:9001", within=PATIENCE)])
    await seen(host, terminal, Refused)
    assert terminal.of(Refused) == [Refused("no-such-host.invalid:9001", "name not resolved")]


async def test_a_port_in_use_is_a_mistake_of_the_bench(host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = taken.getsockname()
        with pytest.raises(BenchError, match=f"cannot have 127.0.0.1:{address[1]}: Address already in use"):
            await host.attach(Recorder("cloud"), {"primary": address})


async def test_an_address_of_another_machine_is_a_mistake_of_the_bench(host):
    with pytest.raises(BenchError, match=r"cannot have 192\.0\.2\.1:0: "):
        await host.attach(Recorder("cloud"), {"primary": ("192.0.2.1", 0)})


# ---- Time ------------------------------------------------------------------------------------------------------------


async def test_a_compressed_clock_wakes_in_its_own_seconds():
    host, cloud = TcpHost(scale=1000.0), Recorder("cloud", lambda _: [Noted(0, "woken")])
    await host.attach(cloud)
    asked = host.now + 60.0
    host.say("cloud", [WakeAt("beat", 1e6), WakeAt("beat", asked), WakeAt("never", 1.0), WakeAt("never", None)])
    assert await host.until(lambda: bool(cloud.of(Woke)), 5000, "a minute")
    assert cloud.of(Woke) == [Woke("beat")]
    assert cloud.inputs[-1][0] >= asked
    assert not await host.until(lambda: False, 60, "another minute")
    await host.close()


async def test_who_waits_long_is_told_what_for(host, monkeypatch):
    monkeypatch.setattr("harness.transports.tcp.PROGRESS_EVERY", 0.01)
    told = []
    host.on_wait = lambda what, _elapsed, limit: told.append((what, limit))
    assert not await host.until(lambda: False, 0.1, "a heartbeat")
    assert ("a heartbeat", 0.1) in told


# ---- Much, and broken ------------------------------------------------------------------------------------------------


async def test_ten_thousand_frames_in_a_burst_come_whole_and_in_order(host, cloud, terminal):
    await join(host, cloud, terminal)
    frames = [b"%06d\x04\x04" % number for number in range(10_000)]
    host.say("terminal", [Send(1, frame) for frame in frames])
    expected = b"".join(frames)
    size = lambda: sum(len(event.data) for event in cloud.of(Received))  # noqa: E731
    assert await host.until(lambda: size() >= len(expected), PATIENCE, "all frames")
    assert b"".join(event.data for event in cloud.of(Received)) == expected


async def test_a_line_that_brings_too_much_is_reset_and_the_trace_says_so():
    host, cloud, terminal = TcpHost(most_bytes=50_000), Recorder("cloud"), Recorder("terminal")
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)})
    await host.attach(terminal, recorded=False)
    await join(host, cloud, terminal)
    host.say("terminal", [Send(1, b"x" * 10_000)] * 200)
    await seen(host, terminal, PeerClosed)
    assert terminal.of(PeerClosed) == [PeerClosed(1, reset=True)]
    (overrun,) = [body for _, body in host.trace.heard("cloud", Overrun)]
    assert overrun.line == 1
    assert 50_000 < overrun.size < 100_000
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]
    await join(host, cloud, terminal)
    await host.close()


async def test_a_party_that_breaks_is_told_to_the_case_that_waits(host, cloud):
    def breaks(event):
        if isinstance(event, Received):
            raise LookupError("a bug of ours")
        return ()

    cloud.answer = breaks
    with socket.create_connection(host.address("primary")) as client:
        client.sendall(b"x")
        with pytest.raises(HarnessError, match="a bug of ours"):
            await host.until(lambda: False, PATIENCE, "nothing")


async def test_parties_tell_each_other(host, cloud, terminal):
    cloud.answer = lambda _: [Noted(0, "heard")]
    host.say("terminal", [Tell("cloud", "hello")])
    await seen(host, cloud, Told)
    assert cloud.of(Told) == [Told("terminal", "hello")]


async def test_after_the_end_nothing_is_left(host, cloud, terminal):
    await join(host, cloud, terminal)
    address = host.address("primary")
    host.say("cloud", [WakeAt("beat", host.now + 0.01)])
    await host.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    again = TcpHost()
    await again.attach(Recorder("cloud"), {"primary": address})
    await again.close()
    assert cloud.of(Woke) == []
