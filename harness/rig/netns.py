"""The helper that owns the bench network: `python -m harness.rig.netns CONTROL`, CONTROL an inherited socket's number.

It runs as a process of its own because only one without threads may enter a new user namespace. The network namespaces
that it makes inside have no names and no mounts: they live by its file descriptors, and by the sockets it hands out.
Who may make namespaces without a user namespace (root) does without one.

It serves one client, message by message (JSON, at most LARGEST bytes, with file descriptors beside it), and ends when
the client does. `eth0` of the terminal and `wt` are the two ends of one veth cable. While the terminal has no power its
end lies in the wire's namespace as `drawer`; so `wt` stays the same interface, and sockets bound to it go on.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute, NetlinkError  # type: ignore[import-untyped]

from harness.rig import offloads
from harness.rig.network import CLOUD, GATEWAY, GATEWAY_MAC, INDEX, LARGEST, TERMINAL, TERMINAL_MAC, WC, WT
from harness.transports.host import BenchError

PREFIX = 24
ETH, DRAWER = "eth0", "drawer"
DRAWER_INDEX = 13
MACS = {WT: "02:00:c0:00:02:f1", WC: "02:00:c0:00:02:f2"}
MTU = 1500

SYSCTLS = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",  # or router solicitations litter the evidence
    "net/core/somaxconn": "65535",  # a full accept queue would look like a slow terminal
    "net/ipv4/ip_local_port_range": "10240 65535",
}
CLOUD_SYSCTLS = {"net/ipv4/ip_unprivileged_port_start": "0"}  # a name server has port 53

RESOLV_CONF = f"nameserver {GATEWAY}\noptions timeout:1 attempts:2\n"

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_SLAVE, _MNT_DETACH = 0x1000, 0x4000, 0x80000, 2
_PR_SET_PDEATHSIG = 1
_NO_PREFIX_ROUTE = 0x200
_RTAX_RTO_MIN = 13
_LIBC = ctypes.CDLL(None, use_errno=True)


class Forbidden(Exception):  # noqa: N818 — what is so, not what broke
    """The kernel does not allow it to this user; says what to enable."""


def _call(name: str, *arguments: Any) -> None:
    if getattr(_LIBC, name)(*arguments):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


# ---- Entering --------------------------------------------------------------------------------------------------------


def enter() -> bool:
    """Enter a new network namespace, if need be in a new user namespace; whether it was. Raises Forbidden."""
    try:
        _call("unshare", _CLONE_NEWNET)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise Forbidden(_why("network", error)) from error
    else:
        return False
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", _CLONE_NEWUSER)
    except OSError as error:
        raise Forbidden(_why("user", error)) from error
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        _call("unshare", _CLONE_NEWNET)
    except OSError as error:
        raise Forbidden(_why("network", error)) from error
    return True


def _sysctl(name: str) -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys", name).read_text().strip()
    return ""


def _why(kind: str, error: OSError) -> str:
    """What stands in the way of a namespace of this kind, and what to enable."""
    what = f"the kernel refuses a new {kind} namespace ({error.strerror})"
    if error.errno in (errno.ENOSPC, errno.EUSERS):
        name = f"user/max_{'user' if kind == 'user' else 'net'}_namespaces"
        return f"{what}: the limit is {_sysctl(name)}; raise it with: sysctl -w {name.replace('/', '.')}=10000"
    if error.errno == errno.EINVAL:
        return f"{what}: it was built without them (CONFIG_USER_NS, CONFIG_NET_NS)"
    if _sysctl("kernel/unprivileged_userns_clone") == "0":
        return f"{what}: enable them with: sysctl -w kernel.unprivileged_userns_clone=1"
    if _sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return f"{what}: AppArmor; enable them with: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    return f"{what}: in a container, allow it unshare (seccomp=unconfined, or CAP_SYS_ADMIN); else run as root"


def mount_resolver() -> bool:
    """Enter a mount namespace in which names are asked of GATEWAY and of nobody else; whether that worked.

    A memory file system is mounted only for as long as its files are laid over those in /etc."""
    etc, run = Path("/etc"), Path("/run/nscd")
    hosts = "hosts: files dns\n"
    with contextlib.suppress(OSError):
        lines = (etc / "nsswitch.conf").read_text().splitlines(keepends=True)
        hosts = "".join(hosts if line.lstrip().startswith("hosts:") else line for line in lines)
    try:
        _call("unshare", _CLONE_NEWNS)
        _call("mount", b"none", b"/", None, _MS_REC | _MS_SLAVE, None)  # nothing of this gets out
        _call("mount", b"none", b"/tmp", b"tmpfs", 0, None)
        for name, text in (("resolv.conf", RESOLV_CONF), ("nsswitch.conf", hosts)):
            ours = Path("/tmp", name)  # noqa: S108
            ours.write_text(text)
            if name == "resolv.conf" or (etc / name).exists():
                _call("mount", bytes(ours), bytes(etc / name), None, _MS_BIND, None)
        if run.is_dir():  # a cache of names that answers over a Unix socket, from outside
            Path("/tmp/none").mkdir()  # noqa: S108
            _call("mount", b"/tmp/none", bytes(run), None, _MS_BIND, None)
        _call("umount2", b"/tmp", _MNT_DETACH)
    except OSError:
        return False
    return True


# ---- Namespaces ------------------------------------------------------------------------------------------------------


class Namespace:
    """A network namespace: held by a descriptor, spoken to over netlink."""

    def __init__(self) -> None:
        """Of the namespace that this process is in."""
        self.fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.rtnl = IPRoute()

    @contextlib.contextmanager
    def inside(self, home: Namespace) -> Iterator[None]:
        """This process is in it, and afterwards at home."""
        _call("setns", self.fd, _CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", home.fd, _CLONE_NEWNET)

    def index(self, name: str) -> int:
        found = self.rtnl.link_lookup(ifname=name)
        if not found:
            raise BenchError(f"the interface {name} is gone")
        return int(found[0])

    def up(self, index: int, *, up: bool = True) -> None:
        self.rtnl.link("set", index=index, state="up" if up else "down")

    def close(self) -> None:
        self.rtnl.close()
        os.close(self.fd)


class Bench:
    """The three namespaces and the two cables. Each public method answers a message: (values, descriptors)."""

    def __init__(self) -> None:
        self._has_user = enter()
        _die_with_the_client()
        self._resolves = mount_resolver()
        self._wire = Namespace()
        self._terminal: Namespace | None = None
        self._cable = True
        self._metrics: dict[str, int] = {"quickack": 1}  # a delayed ACK would hold virtual time up for 40 ms

    def build(self, rto_min: float | None) -> tuple[dict[str, Any], list[int]]:
        if rto_min is not None:
            self._metrics |= {"rto_min": max(1, round(rto_min * 1000)), "lock": 1 << _RTAX_RTO_MIN}
        self._cloud = self._fresh(SYSCTLS | CLOUD_SYSCTLS)
        self._set(SYSCTLS)
        self._wire.up(1)
        add = self._wire.rtnl.link
        far = {"ifname": ETH, "address": GATEWAY_MAC, "net_ns_fd": self._cloud.fd}
        add("add", ifname=WC, kind="veth", index=INDEX[WC], address=MACS[WC], peer=far)
        far = {"ifname": DRAWER, "address": TERMINAL_MAC, "index": DRAWER_INDEX}
        add("add", ifname=WT, kind="veth", index=INDEX[WT], address=MACS[WT], peer=far)
        card = self._cloud.index(ETH)
        self._address(self._cloud, card, GATEWAY)
        for address in CLOUD.values():
            self._cloud.rtnl.addr("add", index=card, address=address, prefixlen=32)
        # The cloud is far away: it must not learn from ARP that the terminal is gone.
        self._cloud.rtnl.neigh("add", dst=TERMINAL, lladdr=TERMINAL_MAC, ifindex=card, state="permanent")
        for end in INDEX:
            self._wire.up(INDEX[end])
        self._finish_checksums(self._wire, WT, WC)
        self._finish_checksums(self._cloud, ETH)
        self._await_carriers(WC, self._cloud)
        kept = [self._table(self._cloud, self._wire)]
        if self._has_user:
            kept.append(os.open("/proc/self/ns/user", os.O_RDONLY))
        if self._resolves:
            kept.append(os.open("/proc/self/ns/mnt", os.O_RDONLY))
        return {"resolves": self._resolves}, kept

    def plug(self) -> tuple[dict[str, Any], list[int]]:
        """Put the card into a fresh namespace; its descriptor, and the one of its table of connections."""
        self.unplug()
        terminal = self._terminal = self._fresh(SYSCTLS)
        drawn = {"net_ns_fd": terminal.fd, "ifname": ETH, "address": TERMINAL_MAC, "mtu": MTU}
        self._wire.rtnl.link("set", index=self._wire.index(DRAWER), **drawn)
        card = terminal.index(ETH)
        self._address(terminal, card, TERMINAL)
        terminal.rtnl.route("add", dst="default", gateway=GATEWAY, oif=card, metrics=self._metrics)
        # ARP asks once in a wall second and no sooner, however far the clock is compressed: after an outage that would
        # be two minutes of the document, and the terminal would be blamed for them.
        terminal.rtnl.neigh("add", dst=GATEWAY, lladdr=GATEWAY_MAC, ifindex=card, state="permanent")
        self._finish_checksums(terminal, ETH)
        if self._cable:
            self._await_carriers(WT, terminal)
        return {}, [os.dup(terminal.fd), self._table(terminal, self._wire)]

    def unplug(self) -> tuple[dict[str, Any], list[int]]:
        """Take the card out of the terminal's namespace, with all its routes and frames, and forget the namespace."""
        if self._terminal is not None:
            terminal, self._terminal = self._terminal, None
            terminal.rtnl.link("set", index=terminal.index(ETH), net_ns_fd=self._wire.fd, ifname=DRAWER)
            terminal.close()
        return {}, []

    def socket(self, where: str, family: int, type: int, proto: int) -> tuple[dict[str, Any], list[int]]:
        namespace = {"terminal": self._terminal, "cloud": self._cloud, "wire": self._wire}[where]
        if namespace is None:
            raise BenchError("no socket can be had in a terminal without power")
        with namespace.inside(self._wire):
            return {}, [socket.socket(family, type, proto).detach()]

    def link(self, up: bool) -> tuple[dict[str, Any], list[int]]:
        self._cable = up
        self._wire.up(INDEX[WT], up=up)
        if up and self._terminal is not None:
            self._await_carriers(WT, self._terminal)
        return {}, []

    def carrier(self) -> tuple[dict[str, Any], list[int]]:
        return {"up": self._terminal is not None and self._has_carrier(self._terminal, ETH)}, []

    def listen_overflows(self) -> tuple[dict[str, Any], list[int]]:
        with self._cloud.inside(self._wire):
            lines = Path("/proc/self/net/netstat").read_text().splitlines()
        names, values = (line.split() for line in lines if line.startswith("TcpExt:"))
        counts = dict(zip(names[1:], map(int, values[1:]), strict=True))
        return {"count": counts["ListenOverflows"] + counts["ListenDrops"]}, []

    # ---- Steps -------------------------------------------------------------------------------------------------------

    def _fresh(self, sysctls: dict[str, str]) -> Namespace:
        _call("unshare", _CLONE_NEWNET)
        try:
            namespace = Namespace()
            self._set(sysctls)
        finally:
            _call("setns", self._wire.fd, _CLONE_NEWNET)
        namespace.up(1)
        return namespace

    def _set(self, sysctls: dict[str, str]) -> None:
        """In the namespace that this process is in."""
        for name, value in sysctls.items():
            path = Path("/proc/sys", name)
            if path.exists() or "ipv6" not in name:  # a kernel without IPv6 has none to switch off
                path.write_text(value)

    def _address(self, namespace: Namespace, card: int, address: str) -> None:
        """Give it an address in the local network, and bring it up; the route there has our metrics."""
        namespace.up(card)
        namespace.rtnl.addr("add", index=card, address=address, prefixlen=PREFIX, flags=_NO_PREFIX_ROUTE)
        network = f"{GATEWAY.rpartition('.')[0]}.0/{PREFIX}"
        route = {"dst": network, "oif": card, "scope": "link", "prefsrc": address, "metrics": self._metrics}
        namespace.rtnl.route("add", **route)

    def _finish_checksums(self, namespace: Namespace, *interfaces: str) -> None:
        with namespace.inside(self._wire), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as via:
            for interface in interfaces:
                offloads.silence(via, interface, [offloads.TX_CHECKSUMS])

    def _has_carrier(self, namespace: Namespace, interface: str) -> bool:
        with namespace.inside(self._wire), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as via:
            return offloads.has_carrier(via, interface)

    def _await_carriers(self, near: str, far: Namespace) -> None:
        """Frames are let out from either end of a cable."""
        dead = [name for name, end in ((near, self._wire), (ETH, far)) if not self._has_carrier(end, name)]
        if dead:
            raise BenchError(f"the cable at {near} has no carrier")

    @staticmethod
    def _table(namespace: Namespace, home: Namespace) -> int:
        with namespace.inside(home):
            return os.open("/proc/self/net/tcp", os.O_RDONLY | os.O_CLOEXEC)


# ---- Serving ---------------------------------------------------------------------------------------------------------


def _die_with_the_client() -> None:
    """Even amid a long call into the kernel. Called when the rights have changed for the last time: that undoes it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def serve(control: socket.socket) -> None:
    """Answer message by message until the client is gone."""
    bench: Bench | None = None
    while message := control.recv(LARGEST):
        request = json.loads(message)
        fds: list[int] = []
        try:
            bench = bench or Bench()
            answer, fds = getattr(bench, request.pop("do"))(**request)
        except Forbidden as why:
            answer = {"error": f"bench network: {why}", "forbidden": True}
        except (BenchError, NetlinkError, OSError) as error:
            answer = {"error": f"bench network: {error}", "forbidden": False}
        socket.send_fds(control, [json.dumps(answer).encode()], fds)
        for fd in fds:
            os.close(fd)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)
