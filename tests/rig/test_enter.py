"""A command in the terminal: this user's, without rights there; it asks the cloud for names."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys

import pytest

from harness.rig.network import GATEWAY, TERMINAL, Network
from tests.rig.carrying import LIMIT, carried, running, said

SELF = """
import os, re
status = open("/proc/self/status").read()
print(os.getuid(), os.getgid(), os.getcwd(), sorted(os.listdir("/proc/self/fd")))
print(*(re.search(name + r":\\s+(\\S+)", status)[1] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb", "NoNewPrivs")))
"""

ASKS = "import socket, sys; print(socket.getaddrinfo(sys.argv[1], 9001, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])"

QUESTION = b"\x05cloud\x04test\x00\x00\x01\x00\x01"
"""The name cloud.test, type A, class IN (RFC 1035, 4.1.2)."""

ADDRESS = (
    b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
    + QUESTION
    + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc6\x33\x64\x0a"
)
NXDOMAIN = b"\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00" + QUESTION


async def test_a_command_runs_as_this_user_with_nothing_of_the_harness_in_its_hands(network):
    network.plug()
    who, rights = (await said(network, sys.executable, "-I", "-S", "-c", SELF)).splitlines()
    assert who == f"{os.getuid()} {os.getgid()} {os.getcwd()} ['0', '1', '2', '3']"  # 3 is the listing itself
    *capabilities, no_new_privileges = rights.split()
    assert no_new_privileges == "1"
    if os.getuid() != 0:
        assert {int(mask, 16) for mask in capabilities} == {0}


async def test_it_has_the_terminals_network_and_no_ipv6(network):
    network.plug()
    assert await said(network, "cat", "/proc/net/if_inet6") == ""
    assert re.findall(r"^ *(\w+):", await said(network, "cat", "/proc/net/dev"), re.MULTILINE) == ["lo", "eth0"]
    bind = "import socket; socket.create_server(('{}', 0)); print('mine')"
    assert await said(network, sys.executable, "-I", "-S", "-W", "ignore", "-c", bind.format(TERMINAL)) == "mine\n"
    assert "Cannot assign" in await said(network, sys.executable, "-I", "-S", "-c", bind.format(GATEWAY))


@pytest.mark.parametrize(("answer", "found"), [(ADDRESS, "198.51.100.10\n"), (NXDOMAIN, "gaierror")])
async def test_names_are_asked_of_the_cloud(network, answer, found):
    if not network.resolves:
        pytest.skip("this machine does not let its name server be changed, not even in a mount namespace")
    network.plug()
    loop = asyncio.get_running_loop()
    with network.socket("cloud", socket.AF_INET, socket.SOCK_DGRAM) as server, carried(network):
        server.setblocking(False)
        server.bind((GATEWAY, 53))
        async with running(network, sys.executable, "-I", "-S", "-c", ASKS, "cloud.test") as program:
            async with asyncio.timeout(LIMIT):
                query, asker = await loop.sock_recvfrom(server, 512)
                assert query[12:] == QUESTION
                assert asker[0] == TERMINAL
                await loop.sock_sendto(server, query[:2] + answer, asker)
                assert found in (await program.communicate())[0].decode()


def reported(network: Network, fds: tuple[int, ...] | None, *command: str) -> str:
    read, write = os.pipe()
    prefix, given = network.place().entry(write)
    process = subprocess.run([*prefix, *command], pass_fds=given if fds is None else (*fds, write), check=False)
    os.close(write)
    with os.fdopen(read) as report:
        assert process.returncode == 126
        return report.read()


def test_why_a_command_could_not_be_started_is_told(network):
    network.plug()
    assert reported(network, None, "/no/such/program") == "/no/such/program: No such file or directory"
    assert reported(network, None, "/etc/passwd") == "/etc/passwd: Permission denied"
    assert reported(network, (), "true") == "cannot enter the terminal's namespaces: Bad file descriptor"
