"""The owner of the bench network: nothing is left when it or its client is gone; what forbids it to begin, it tells."""

from __future__ import annotations

import errno
import os
import re
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.rig import netns
from harness.rig.network import WT, Network, NetworkForbidden
from harness.transports.host import BenchError
from tests.rig.alone import ENVIRONMENT, alone

LIMIT = 10.0

HOLDER = """
import os, subprocess, sys
from harness.rig.network import Network
with Network.open() as network:
    network.plug()
    read, write = os.pipe()
    prefix, fds = network.place().entry(write)
    program = subprocess.Popen([*prefix, "sleep", "1000"], pass_fds=fds)
    os.close(write)
    os.read(read, 1)
    print("up", flush=True)
    sys.stdin.read()
    program.kill()
    program.wait()
"""
"""A harness with a network and a program in its terminal; ends politely when its stdin does."""


def interfaces() -> list[str]:
    """Those of this machine's own network."""
    return re.findall(r"^ *([^\s:]+):", Path("/proc/net/dev").read_text(), re.MULTILINE)


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize("killed", [False, True])
def test_nothing_is_left_of_it_when_its_client_is_gone(network, killed):
    """Its namespaces have no names and no mounts: they are gone with the processes in them.

    The processes are awaited by their pidfds, since the numbers of namespaces are used again at once."""
    before = interfaces()
    ours = os.readlink("/proc/self/ns/net")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as holder:
        assert holder.stdout.readline() == b"up\n"
        inside = children(holder.pid)
        assert len({os.readlink(f"/proc/{pid}/ns/net") for pid in inside} - {ours}) == 2
        pidfds = [os.pidfd_open(pid) for pid in inside]
        if killed:
            holder.kill()
        else:
            holder.stdin.close()
        assert holder.wait(LIMIT) == (-signal.SIGKILL if killed else 0)
    for pidfd in pidfds:
        assert select.select([pidfd], [], [], LIMIT)[0] == [pidfd]
        os.close(pidfd)
    assert interfaces() == before


def test_a_client_that_closes_holds_nothing_any_more(network):
    before = os.listdir("/proc/self/fd")
    with Network.open() as other:
        other.plug()
        other.packets(WT).close()
        other.unplug()
        other.plug()
    assert os.listdir("/proc/self/fd") == before
    assert children(os.getpid()) == [network._helper.pid]


def test_a_helper_that_dies_is_an_error_of_the_bench_for_good(network):
    with Network.open() as other:
        other._helper.kill()
        for _ in range(2):
            with pytest.raises(BenchError, match=r"its helper does not answer \(plug\)"):
                other.plug()


def test_a_helper_that_breaks_says_what_broke(network):
    with Network.open() as other, pytest.raises(BenchError, match=r"answer \(sing\): AttributeError: .*'sing'"):
        other._ask("sing")


def test_what_the_kernel_refuses_is_told(network):
    with pytest.raises(BenchError, match=r"bench network: .*not supported"):
        network.socket("cloud", 999, socket.SOCK_STREAM)


# ---- Where namespaces are forbidden ----------------------------------------------------------------------------------


def tries() -> None:
    try:
        Network.open()
    except NetworkForbidden as why:
        print(why)  # noqa: T201


def test_without_namespaces_it_says_what_to_enable(network):
    assert alone(tries, powerless=True) == (
        "bench network: the kernel refuses a new user namespace (No space left on device): the limit is 0; raise it "
        "with: sysctl -w user.max_user_namespaces=10000\n"
    )


@pytest.mark.parametrize(
    ("kind", "code", "sysctls", "why"),
    [
        ("user", errno.ENOSPC, {"user/max_user_namespaces": "0"}, "limit is 0; .* user.max_user_namespaces=10000"),
        ("network", errno.ENOSPC, {"user/max_net_namespaces": "7"}, "limit is 7; .* user.max_net_namespaces=10000"),
        ("user", errno.EPERM, {"kernel/unprivileged_userns_clone": "0"}, "kernel.unprivileged_userns_clone=1"),
        (
            "network", errno.EPERM, {"kernel/apparmor_restrict_unprivileged_userns": "1"},
            "AppArmor; .* kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("user", errno.EPERM, {}, "in a container"),
        ("user", errno.EINVAL, {}, "CONFIG_USER_NS"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way(monkeypatch, kind, code, sysctls, why):
    monkeypatch.setattr(netns, "_sysctl", lambda name: sysctls.get(name, ""))
    assert re.search(f"refuses a new {kind} namespace .*{why}", netns._why(kind, OSError(code, os.strerror(code))))


def test_settings_that_cannot_be_written_forbid_it_too(monkeypatch):
    monkeypatch.setattr(netns, "SYSCTLS", {"net/ipv6/none": "1", "net/none": "1"})
    with pytest.raises(netns.Forbidden, match=r"settings under /proc/sys cannot be written \(.*systempaths=unconfined"):
        netns._set_sysctls()
