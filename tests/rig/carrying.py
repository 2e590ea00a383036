"""What tests of a network are made of: the plainest of wires, frames read, lines, programs in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator

from harness.rig.inline import Inline
from harness.rig.network import CLOUD, Network

LIMIT = 10.0
"""Seconds; only a failing test waits so long."""

ESTABLISHED = 1
PRIMARY = (CLOUD["primary"], 9001)
PACKET_OUTGOING = 4
LARGEST = 65536


def _carry(here: socket.socket, there: socket.socket) -> None:
    try:
        frame, address = here.recvfrom(LARGEST)
        if address[2] != PACKET_OUTGOING:
            there.send(frame)
    except OSError as error:
        if error.errno not in (errno.ENETDOWN, errno.EAGAIN):  # said once when the cable is cut
            raise


@contextlib.contextmanager
def carried(network: Network | Inline) -> Iterator[None]:
    """Frames pass both ways while the block awaits."""
    loop = asyncio.get_running_loop()
    near, far = (network.packets(interface) for interface in network.interfaces)
    with near, far:
        for here, there in ((near, far), (far, near)):
            here.setblocking(False)
            loop.add_reader(here, _carry, here, there)
        try:
            yield
        finally:
            loop.remove_reader(near)
            loop.remove_reader(far)


def drained(capture: socket.socket) -> list[tuple[str, bool, bytes]]:
    """What a capture holds: interface, whether the frame left the wire there, the frame."""
    seen = []
    with contextlib.suppress(BlockingIOError):
        while True:
            frame, address = capture.recvfrom(LARGEST, socket.MSG_DONTWAIT)
            seen.append((address[0], address[2] == PACKET_OUTGOING, frame))
    return seen


def tcp(frame: bytes) -> bytes:
    """The TCP segment of a frame; empty if it has none."""
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return b""
    return frame[14 + (frame[14] & 15) * 4 : 14 + int.from_bytes(frame[16:18])]


def checksum_is_good(frame: bytes) -> bool:
    """Of the TCP segment, over it and the addresses (RFC 9293, 3.1)."""
    segment = tcp(frame)
    data = frame[26:34] + bytes([0, socket.IPPROTO_TCP]) + len(segment).to_bytes(2) + segment
    data += bytes(len(data) % 2)
    return sum(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)) % 0xFFFF == 0


async def until(seen: Callable[[], bool]) -> None:
    """Look again and again for what cannot be awaited."""
    async with asyncio.timeout(LIMIT):
        while not seen():
            await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.01)


@contextlib.contextmanager
def listening(network: Network, address: tuple[str, int] = PRIMARY, backlog: int = 10) -> Iterator[socket.socket]:
    with network.socket("cloud", socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(backlog)
        yield listener


async def accepted(listener: socket.socket) -> socket.socket:
    async with asyncio.timeout(LIMIT):
        line, _ = await asyncio.get_running_loop().sock_accept(listener)
    return line


async def dialled(network: Network, address: tuple[str, int] = PRIMARY) -> socket.socket:
    line = network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM)
    line.setblocking(False)
    async with asyncio.timeout(LIMIT):
        await asyncio.get_running_loop().sock_connect(line, address)
    return line


async def arrives(size: int, line: socket.socket, to: socket.socket) -> bool:
    """Whether so many bytes sent from one end arrive at the other as they are."""
    loop = asyncio.get_running_loop()
    data, got = os.urandom(size), b""
    async with asyncio.timeout(LIMIT):
        sending = asyncio.ensure_future(loop.sock_sendall(line, data))
        while len(got) < size:
            got += await loop.sock_recv(to, size)
        await sending
    return got == data


@contextlib.asynccontextmanager
async def running(network: Network, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command in the terminal; dead when the block has ended."""
    read, write = os.pipe()
    prefix, fds = network.place().entry(write)
    process = await asyncio.create_subprocess_exec(
        *prefix, *command, pass_fds=fds, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    os.close(write)
    with os.fdopen(read) as report:
        assert report.read() == ""
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(network: Network, *command: str) -> str:
    """What a command in the terminal prints."""
    async with running(network, *command) as process, asyncio.timeout(LIMIT):
        return (await process.communicate())[0].decode()


def state(line: socket.socket) -> int:
    """The state of a connection, as its kernel has it."""
    return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
