"""However a run on the bench network ends, nothing of it is left: no process, interface, namespace or firewall rule."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.processes import LIMIT as GONE
from tests.runs import LIMIT, begin, end
from tests.wired import needs_namespaces, packet_bench, suite

SUITE = '''
from pathlib import Path

from catalogue.econduit import ECD_040
from fixtures.case import case
from harness.checks import lines
from harness.faults.wire.cable_out import CableOut
from harness.faults.wire.delay import Delay


@case(ECD_040)
async def test_long(cloud, terminal, nemesis, judge):
    """A sale is ordered on a slow wire, and then the cable is out for long."""
    await terminal.online()
    async with nemesis(Delay(1.0)):
        await cloud.transact(cloud.sale())
    async with nemesis(CableOut()):
        Path({mark!r}).touch()
        await cloud.watch({seconds!r}, "the end of patience")
    judge(lines.registers_first_on_every_line)
'''

NETFILTER, GET_GENERATION = 12, 10 << 8 | 16
OURS = Path("/proc/self/ns/net").stat().st_ino


# ---- What there is ---------------------------------------------------------------------------------------------------


def interfaces() -> set[str]:
    """The network interfaces of this machine."""
    lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    return {line.partition(":")[0].strip() for line in lines}


def firewall() -> list[bytes]:
    """The tables of the old firewall, and the generation of the new one's rules, which every change counts up.

    Where the kernel does not tell this user, its refusal."""
    told = [
        path.read_bytes()
        for path in map(Path, ("/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"))
        if os.access(path, os.R_OK)
    ]
    with contextlib.suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as netlink:
        netlink.settimeout(GONE)
        netlink.send(struct.pack("IHHIIBBH", 20, GET_GENERATION, 1, 1, 0, 0, 0, 0))
        header, body = struct.calcsize("IHHII"), netlink.recv(4096)
        told.append(body[header : header + 12])  # what stands behind: who made the last change
    return told


def descendants(process: int) -> set[int]:
    """All processes that come from one."""
    found: set[int] = set()
    fresh = {process}
    while fresh:
        children: set[int] = set()
        for parent in fresh:
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{parent}/task").iterdir():
                    children |= set(map(int, (task / "children").read_text().split()))
        fresh = children - found
        found |= children
    return found


def inside(networks: Collection[int]) -> set[int]:
    """The living processes in one of these namespaces, which are known by their inode numbers."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended, or is none of ours
                if (entry / "ns" / "net").stat().st_ino in networks:
                    found.add(int(entry.name))
    return found


# ---- What a run has --------------------------------------------------------------------------------------------------


class Running:
    """A run in the middle of its case: its processes, each with a pidfd, and the networks they are in, which are held
    open: the kernel gives the number of one that is gone to the next that is made, by whomever."""

    def __init__(self, folder: Path, times: int, seconds: float) -> None:
        mark = folder / "in-the-case"
        self.out = folder / "out"
        arguments = suite(folder, SUITE.format(mark=str(mark), seconds=seconds))
        self.process = begin(self.out, *arguments, "--bench", packet_bench(folder, times=times))
        self.handles: dict[int, int] = {}
        self.networks: dict[int, int] = {}
        try:
            self._await(mark)
        except BaseException:
            self.close()
            raise

    def _await(self, mark: Path) -> None:
        deadline = time.monotonic() + LIMIT
        while not mark.exists():
            assert self.process.poll() is None, (self.out / "output.txt").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)  # noqa: TID251 — another process cannot be awaited
        self.handles |= {process: os.pidfd_open(process) for process in descendants(self.process.pid)}
        for process in self.handles:
            network = os.open(f"/proc/{process}/ns/net", os.O_RDONLY)
            if os.fstat(network).st_ino in {OURS, *self.networks}:
                os.close(network)
            else:
                self.networks[os.fstat(network).st_ino] = network

    def words(self) -> str:
        """The command lines of its processes."""
        return " ".join(Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ") for process in self.handles)

    def left(self) -> set[int]:
        """Those of its processes that do not end within a limit."""
        return {process for process, handle in self.handles.items() if not self._ended(handle)}

    @staticmethod
    def _ended(handle: int) -> bool:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(GONE * 1000))

    def close(self) -> None:
        self.process.kill()
        for handle in (*self.handles.values(), *self.networks.values()):
            os.close(handle)


def to_its_end(run: Running) -> int:
    return end(run.process, run.out).code


def by_ctrl_c(run: Running) -> int:
    run.process.send_signal(signal.SIGINT)
    return end(run.process, run.out).code


def by_sigkill(run: Running) -> int:
    run.process.kill()
    return run.process.wait(LIMIT)


@pytest.mark.parametrize("times", [1, 20], ids=["virtual clock", "compressed clock"])
@pytest.mark.parametrize(
    ("ending", "seconds", "code"), [(to_its_end, 20.0, 0), (by_ctrl_c, 1e6, 2), (by_sigkill, 1e6, -signal.SIGKILL)]
)
def test_nothing_is_left(tmp_path, times, ending, seconds, code):
    needs_namespaces()
    before = interfaces(), firewall()
    run = Running(tmp_path, times, seconds)
    try:
        # It has what is to be gone: a bench network, a wire, a terminal; and two networks at least that are not ours.
        assert all(word in run.words() for word in ("harness.rig.netns", "harness.faults.wire"))
        assert run.words().count("harness.rig.forking") == 2, "the terminal, and what it is a fork of"
        assert len(run.networks) >= 2
        assert inside(run.networks)
        assert ending(run) == code
        assert run.left() == set()
        assert inside(run.networks) == set()
        assert (interfaces(), firewall()) == before
    finally:
        run.close()
