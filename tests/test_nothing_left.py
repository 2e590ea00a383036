"""However a run on the bench network ends, nothing of it is left: no process, interface, namespace or firewall rule."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import time
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

TIMES = 20
NETFILTER, GET_GENERATION = 12, 10 << 8 | 16


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


def started(process: int) -> float:
    """When a process was started, in seconds since the boot."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


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


def network_of(process: int) -> str:
    """The network namespace of a process; "" if it is gone, or none of ours."""
    try:
        return os.readlink(f"/proc/{process}/ns/net")
    except OSError:
        return ""


def inside(networks: set[str], until: float) -> set[int]:
    """The living processes in one of these namespaces that were started sooner than `until`.

    The kernel soon gives the number of a namespace that is gone to another one: a younger process says nothing."""
    found = set()
    for process in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        with contextlib.suppress(OSError):
            if network_of(process) in networks and started(process) < until:
                found.add(process)
    return found


# ---- What a run has --------------------------------------------------------------------------------------------------


class Running:
    """A run in the middle of its case: its processes, each with a pidfd, and the networks they are in."""

    def __init__(self, folder: Path, seconds: float) -> None:
        mark = folder / "in-the-case"
        self.out = folder / "out"
        arguments = suite(folder, SUITE.format(mark=str(mark), seconds=seconds))
        self.process = begin(self.out, *arguments, "--bench", packet_bench(folder, times=TIMES))
        self.handles: dict[int, int] = {}
        deadline = time.monotonic() + LIMIT
        while not mark.exists():
            assert self.process.poll() is None, (self.out / "output.txt").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)  # noqa: TID251 — another process cannot be awaited
        self.handles |= {process: os.pidfd_open(process) for process in descendants(self.process.pid)}
        self.networks = {network_of(process) for process in self.handles} - {"", network_of(os.getpid())}

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
        for handle in self.handles.values():
            os.close(handle)


def to_its_end(run: Running) -> int:
    return end(run.process, run.out).code


def by_ctrl_c(run: Running) -> int:
    run.process.send_signal(signal.SIGINT)
    return end(run.process, run.out).code


def by_sigkill(run: Running) -> int:
    run.process.kill()
    return run.process.wait(LIMIT)


@pytest.mark.parametrize(
    ("ending", "seconds", "code"), [(to_its_end, 20.0, 0), (by_ctrl_c, 1e6, 2), (by_sigkill, 1e6, -signal.SIGKILL)]
)
def test_nothing_is_left(tmp_path, ending, seconds, code):
    needs_namespaces()
    before = interfaces(), firewall()
    run = Running(tmp_path, seconds)
    try:
        # It has what is to be gone: a bench network, a wire, a terminal; and two networks at least that are not ours.
        assert all(word in run.words() for word in ("harness.rig.netns", "harness.faults.wire", "emulator terminal"))
        assert len(run.networks) >= 2
        assert ending(run) == code
        over = time.clock_gettime(time.CLOCK_BOOTTIME)
        assert run.left() == set()
        assert inside(run.networks, over) == set()
        assert (interfaces(), firewall()) == before
    finally:
        run.close()
