"""The bench network: two kernels that talk only through the wire, mains that really cut, a link that really goes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from harness.rig.network import CLOUD, GATEWAY, TERMINAL, WC, WT, Network
from harness.transports.host import BenchError
from tests.rig.carrying import (
    ESTABLISHED,
    LIMIT,
    PRIMARY,
    accepted,
    arrives,
    carried,
    checksum_is_good,
    dialled,
    drained,
    listening,
    running,
    said,
    state,
    tcp,
    until,
)

SIOCGIFFLAGS = 0x8913
FIN, RST = 0x01, 0x04


# ---- Two kernels and a wire ------------------------------------------------------------------------------------------


async def test_the_ends_talk_through_the_wire_in_frames_of_a_cable_with_good_checksums(network):
    network.plug()
    with listening(network) as listener, network.capture() as capture, carried(network):
        capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        with await dialled(network) as near, await accepted(listener) as far:
            assert far.getpeername()[0] == TERMINAL
            assert await arrives(100_000, near, far)
            assert await arrives(100_000, far, near)
        frames = drained(capture)
        counters = re.findall(r"^Tcp: (.*)$", await said(network, "cat", "/proc/net/snmp"), re.MULTILINE)
    assert {frame[:2] for frame in frames} == {(WT, False), (WC, True), (WC, False), (WT, True)}
    assert max(len(frame) for *_, frame in frames) == 1514
    segments = [frame for *_, frame in frames if tcp(frame)]
    assert len(segments) > 100
    assert all(map(checksum_is_good, segments))
    assert dict(zip(*(line.split() for line in counters), strict=True))["InCsumErrors"] == "0"


async def test_nothing_passes_that_nobody_carries(network):
    network.plug()
    with listening(network), network.capture() as capture:
        with network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM) as line:
            line.setblocking(False)
            line.connect_ex(PRIMARY)
        assert {frame[:2] for frame in drained(capture)} == {(WT, False)}


@pytest.mark.parametrize("host", [*CLOUD.values(), GATEWAY])
async def test_every_address_of_the_cloud_is_reached_and_any_port_may_be_had(network, host):
    network.plug()
    with (
        listening(network, (host, 80)) as listener,
        carried(network),
        await dialled(network, (host, 80)),
        await accepted(listener) as far,
    ):
        assert far.getsockname() == (host, 80)


async def test_two_networks_stand_beside_each_other(network):
    with Network.open() as other:
        for each in (network, other):
            each.plug()
        with listening(network) as one, listening(other) as two, carried(network), carried(other):
            with await dialled(network) as near, await accepted(one) as far:
                assert await arrives(1000, near, far)
            with await dialled(other) as near, await accepted(two) as far:
                assert await arrives(1000, near, far)


def routes(network: Network, where: str) -> bytes:
    """The answer to RTM_GETROUTE, as the kernel writes it."""
    with network.socket(where, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(LIMIT)
        netlink.send(struct.pack("IHHII12B", 28, 26, 0x301, 1, 0, socket.AF_INET, *bytes(11)))
        answer = netlink.recv(65536)
        assert netlink.recv(65536)[4:6] == struct.pack("H", 3)  # NLMSG_DONE
        return answer


@pytest.mark.parametrize(("rto_min", "ordered"), [(None, False), (0.025, True)])
def test_the_routes_acknowledge_at_once_and_retransmit_as_ordered(network, rto_min, ordered):
    """Attributes 15 (quickack), 13 (rto_min, in ms) and 1 (lock) of a route's metrics."""
    with Network.open(rto_min) as network:
        network.plug()
        for where, number in (("terminal", 2), ("cloud", 1)):
            answer = routes(network, where)
            assert answer.count(struct.pack("HHI", 8, 15, 1)) == number
            assert answer.count(struct.pack("HHI", 8, 13, 25)) == number * ordered
            assert answer.count(struct.pack("HHI", 8, 1, 1 << 13)) == number * ordered


async def test_a_full_listener_of_the_cloud_is_counted(network):
    network.plug()
    with listening(network, backlog=0), carried(network):
        assert network.listen_overflows() == 0
        with await dialled(network), network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM) as too_many:
            too_many.setblocking(False)
            too_many.connect_ex(PRIMARY)
            await until(lambda: network.listen_overflows() > 0)


async def test_the_tables_of_connections_are_read_again_and_again(network):
    def lines() -> list[int]:
        found = []
        for table in network.tcp_tables():
            os.lseek(table, 0, os.SEEK_SET)
            found.append(len(re.findall(rb" 01 \w{8}:", os.read(table, 65536))))
        return found

    for _ in range(2):  # the terminal's is another one after each power-on
        network.plug()
        assert lines() == [0, 0]
        with (
            listening(network) as listener,
            carried(network),
            await dialled(network),
            await accepted(listener) as far,
        ):
            assert lines() == [1, 1]
            far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no remains in the table


# ---- Mains and link --------------------------------------------------------------------------------------------------


DIALS = """
import socket, sys
line = socket.create_connection(("198.51.100.10", 9001))
line.recv(1, socket.MSG_PEEK if sys.argv[1] == "unread" else 0)
print("up", flush=True)
input()
"""
"""A program with a line to the cloud, and perhaps a byte unread: its death is a FIN or a reset."""


@asynccontextmanager
async def on_the_line(
    network: Network, listener: socket.socket, byte: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, socket.socket]]:
    """A program in the terminal, and the cloud's end of its line, on which nothing is under way."""
    async with running(network, sys.executable, "-I", "-S", "-c", DIALS, byte) as program:
        with await accepted(listener) as line:
            line.sendall(b"!")
            async with asyncio.timeout(LIMIT):
                assert await program.stdout.readline() == b"up\n"
            yield program, line


def goodbyes(frames: list[tuple[str, bool, bytes]]) -> list[bytes]:
    """What the terminal said to end a line."""
    segments = [tcp(frame) for interface, leaving, frame in frames if (interface, leaving) == (WT, False)]
    return [segment for segment in segments if segment and segment[13] & (FIN | RST)]


@pytest.mark.parametrize("byte", ["read", "unread"])
async def test_nothing_of_a_dead_terminal_reaches_the_cloud(network, byte):
    network.plug()
    with listening(network) as listener, network.capture() as capture, carried(network):
        async with on_the_line(network, listener, byte) as (program, line):
            drained(capture)
            network.unplug()
            program.kill()
            await program.wait()
            assert drained(capture) == []
            assert state(line) == ESTABLISHED
            network.plug()
            async with on_the_line(network, listener, byte):
                assert state(line) == ESTABLISHED
                assert goodbyes(drained(capture)) == []


@pytest.mark.parametrize("byte", ["read", "unread"])
async def test_without_cut_mains_a_killed_program_says_goodbye(network, byte):
    """What the test above would see if the mains did not cut."""
    network.plug()
    with listening(network) as listener, network.capture() as capture, carried(network):
        async with on_the_line(network, listener, byte) as (program, line):
            program.kill()
            await until(lambda: state(line) != ESTABLISHED)
            assert goodbyes(drained(capture))


async def test_a_terminal_with_new_power_resets_what_the_cloud_still_thinks_is_up(network):
    network.plug()
    with listening(network) as listener, carried(network):
        async with on_the_line(network, listener, "read") as (_, line):
            network.plug()
            line.sendall(b"?")
            with pytest.raises(ConnectionResetError):
                async with asyncio.timeout(LIMIT):
                    await asyncio.get_running_loop().sock_recv(line, 1)


def running_flag(network: Network) -> bool:
    """IFF_RUNNING of the terminal's card, as the terminal's programs read it; the kernel sets it a moment later."""
    with network.socket("terminal", socket.AF_INET, socket.SOCK_DGRAM) as via:
        answer = fcntl.ioctl(via, SIOCGIFFLAGS, struct.pack("16sH22x", b"eth0", 0))
    return bool(struct.unpack_from("H", answer, 16)[0] & 0x40)


async def test_the_terminal_sees_its_carrier_go_and_come(network):
    assert not network.carrier()
    network.plug()
    with listening(network) as listener, carried(network):
        for up in (True, False, False, True):
            network.link(up)
            assert network.carrier() is up
            await until(lambda: running_flag(network) is up)  # noqa: B023
        with await dialled(network), await accepted(listener):
            network.link(False)
            network.plug()
            assert not network.carrier()
            network.link(True)
            assert network.carrier()
        with await dialled(network), await accepted(listener):
            network.unplug()
            network.unplug()
            assert not network.carrier()


def test_a_terminal_without_power_has_nothing(network):
    for ask in (
        lambda: network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM),
        lambda: network.place().entry(1),
    ):
        with pytest.raises(BenchError, match="without power"):
            ask()
    assert len(network.tcp_tables()) == 1, "the cloud's alone"
