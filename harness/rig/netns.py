"""The helper that owns the bench network: `python -m harness.rig.netns CONTROL`, CONTROL an inherited socket's number.

It runs as a process of its own because only one without threads may enter a new user namespace. The network namespaces
that it makes inside have no names and no mounts: they live by its file descriptors, and by the sockets it hands out.
Who may make namespaces without a user namespace (root) does without one.

It serves one client, message by message (JSON, at most LARGEST bytes, with file descriptors beside it), and ends when
the client does. `eth0` of the terminal and `wt` are the two ends of one veth cable. While the terminal has no power its
end lies in a drawer, a namespace in which nobody is; so `wt` stays the same interface, and sockets bound to it go on.
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

CARD = "eth0"
MACS = {WT: "02:00:c0:00:02:f1", WC: "02:00:c0:00:02:f2"}
NETWORK, PREFIX = "192.0.2.0", 24
LOOPBACK = 1
MTU = 1500

SYSCTLS = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",  # or router solicitations litter the evidence
    "net/core/somaxconn": "65535",  # a full accept queue would look like a slow terminal
    "net/ipv4/ip_local_port_range": "10240 65535",
    "net/ipv4/tcp_no_metrics_save": "1",  # no line is slow because an earlier one was harmed
    "net/ipv4/ip_unprivileged_port_start": "0",  # a name server has port 53
}

CHILD_TABLE, CHILD_ENTRIES = Path("/proc/sys/net/ipv4/tcp_child_ehash_entries"), "1024"
"""How large a namespace's own table of connections is; by default it shares that of the whole machine."""

NAME_SERVER = f"nameserver {GATEWAY}\noptions timeout:1 attempts:1\n"
HOSTS = "hosts: files dns\n"

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


def ask_the_cloud_for_names() -> bool:
    """Enter a mount namespace in which names are asked of GATEWAY and of nobody else; whether that worked.

    A memory file system is there only until its files lie over those in /etc."""
    etc, ours, cache = Path("/etc"), Path("/tmp"), Path("/run/nscd")  # noqa: S108 — seen by nobody else
    files = {"resolv.conf": NAME_SERVER}
    try:
        if (etc / "nsswitch.conf").exists():
            lines = (etc / "nsswitch.conf").read_text().splitlines(keepends=True)
            files["nsswitch.conf"] = "".join(HOSTS if line.startswith("hosts:") else line for line in lines)
        _call("unshare", _CLONE_NEWNS)
        _call("mount", b"none", b"/", None, _MS_REC | _MS_SLAVE, None)  # nothing of this gets out
        _call("mount", b"none", bytes(ours), b"tmpfs", 0, None)
        for name, text in files.items():
            (ours / name).write_text(text)
            _call("mount", bytes(ours / name), bytes(etc / name), None, _MS_BIND, None)
        if cache.is_dir():  # of a daemon that would ask outside, by a Unix socket
            (ours / "empty").mkdir()
            _call("mount", bytes(ours / "empty"), bytes(cache), None, _MS_BIND, None)
        _call("umount2", bytes(ours), _MNT_DETACH)
    except OSError:
        return False
    return True


# ---- Namespaces ------------------------------------------------------------------------------------------------------


class Namespace:
    """The network namespace that this process is in when it is made; held by a descriptor, changed over netlink."""

    def __init__(self) -> None:
        self.fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.rtnl = IPRoute()

    def card(self) -> int:
        """The number of its card; another one in each namespace that it comes to."""
        found = self.rtnl.link_lookup(ifname=CARD)
        if not found:
            raise BenchError(f"{CARD} is gone")
        return int(found[0])

    def up(self, index: int, *, up: bool = True) -> None:
        self.rtnl.link("set", index=index, state="up" if up else "down")

    def close(self) -> None:
        self.rtnl.close()
        os.close(self.fd)


Answer = tuple[dict[str, Any], list[int]]


class Bench:
    """The namespaces and the two cables. Each public method answers a message: values, and descriptors to hand over."""

    def __init__(self) -> None:
        self._entered = ["user"] if enter() else []
        _die_with_the_client()
        self._resolves = ask_the_cloud_for_names()
        if self._resolves:
            self._entered.append("mnt")
        self._wire = Namespace()
        if CHILD_TABLE.exists():  # where a clock jumps it is read hundreds of times a second
            CHILD_TABLE.write_text(CHILD_ENTRIES)
        self._drawer = self._fresh()
        self._cloud = self._fresh()
        self._terminal: Namespace | None = None
        self._next: Namespace | None = None
        self._cable = True
        self._metrics = {"quickack": 1}  # a delayed ACK would hold virtual time up for 40 ms

    def build(self, rto_min: float | None) -> Answer:
        """All but the terminal. Descriptors: the cloud's table of connections; what is entered before the terminal."""
        if rto_min is not None:
            self._metrics |= {"rto_min": max(1, round(rto_min * 1000)), "lock": 1 << _RTAX_RTO_MIN}
        _set_sysctls()
        self._wire.up(LOOPBACK)
        self._lay_cable(WT, self._drawer, TERMINAL_MAC)
        self._lay_cable(WC, self._cloud, GATEWAY_MAC)
        card = self._configure(self._cloud, GATEWAY)
        for address in CLOUD.values():
            self._cloud.rtnl.addr("add", index=card, address=address, prefixlen=32)
        # The cloud is far away: it must not learn from ARP that the terminal is gone.
        self._cloud.rtnl.neigh("add", dst=TERMINAL, lladdr=TERMINAL_MAC, ifindex=card, state="permanent")
        self._check_cable(WC, self._cloud)
        entered = [os.open(f"/proc/self/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in self._entered]
        return {"resolves": self._resolves}, [self._table(self._cloud), *entered]

    def plug(self) -> Answer:
        """Put the card into a fresh namespace. Descriptors: that namespace, and its table of connections."""
        self.unplug()
        terminal = self._terminal = self._next or self._fresh()
        self._next = None
        as_new = {"address": TERMINAL_MAC, "mtu": MTU}  # whatever the dead one did to it
        self._drawer.rtnl.link("set", index=self._drawer.card(), net_ns_fd=terminal.fd, **as_new)
        card = self._configure(terminal, TERMINAL)
        terminal.rtnl.route("add", dst="default", gateway=GATEWAY, oif=card, metrics=self._metrics)
        # ARP asks once in a wall second and no sooner, however far the clock is compressed: after an outage that would
        # be two minutes of the document, and the terminal would be blamed for them. It may have asked already: replace.
        terminal.rtnl.neigh("replace", dst=GATEWAY, lladdr=GATEWAY_MAC, ifindex=card, state="permanent")
        if self._cable:
            self._check_cable(WT, terminal)
        return {}, [os.dup(terminal.fd), self._table(terminal)]

    def prepare(self) -> None:
        """While nothing is asked: make the namespace that the next power-on will need."""
        if self._next is None:
            self._next = self._fresh()

    def unplug(self) -> Answer:
        """Take the card out of the terminal's namespace, with its routes and what was to be sent; forget the rest."""
        if self._terminal is not None:
            self._terminal.rtnl.link("set", index=self._terminal.card(), net_ns_fd=self._drawer.fd)
            self._terminal.close()
            self._terminal = None
        return {}, []

    def socket(self, where: str, family: int, type: int, proto: int) -> Answer:
        namespace = {"terminal": self._terminal, "cloud": self._cloud, "wire": self._wire}[where]
        if namespace is None:
            raise BenchError("no socket can be had in a terminal without power")
        with self._inside(namespace):
            return {}, [socket.socket(family, type, proto).detach()]

    def link(self, up: bool) -> Answer:
        self._cable = up
        self._wire.up(INDEX[WT], up=up)
        if up and self._terminal is not None:
            self._check_cable(WT, self._terminal)
        return {}, []

    def carrier(self) -> Answer:
        return {"up": self._terminal is not None and self._has_carrier(self._terminal, CARD)}, []

    def listen_overflows(self) -> Answer:
        with self._inside(self._cloud):
            lines = Path("/proc/self/net/netstat").read_text().splitlines()
        names, values = (line.split() for line in lines if line.startswith("TcpExt:"))
        counts = dict(zip(names[1:], map(int, values[1:]), strict=True))
        return {"count": counts["ListenOverflows"] + counts["ListenDrops"]}, []

    # ---- Steps -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _inside(self, namespace: Namespace) -> Iterator[None]:
        """This process is in it, and afterwards in the wire's again."""
        _call("setns", namespace.fd, _CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", self._wire.fd, _CLONE_NEWNET)

    def _fresh(self) -> Namespace:
        _call("unshare", _CLONE_NEWNET)
        try:
            namespace = Namespace()
            _set_sysctls()
        finally:
            _call("setns", self._wire.fd, _CLONE_NEWNET)
        namespace.up(LOOPBACK)
        return namespace

    def _lay_cable(self, end: str, far: Namespace, mac: str) -> None:
        """From an end of the wire to a card in another namespace; both finish their checksums."""
        peer = {"ifname": CARD, "address": mac, "net_ns_fd": far.fd}
        self._wire.rtnl.link("add", ifname=end, kind="veth", index=INDEX[end], address=MACS[end], peer=peer)
        self._wire.up(INDEX[end])
        self._finish_checksums(self._wire, end)

    def _configure(self, namespace: Namespace, address: str) -> int:
        """Bring its card up, with an address in the local network, and a route there that has our metrics."""
        self._finish_checksums(namespace, CARD)
        card = namespace.card()
        namespace.up(card)
        namespace.rtnl.addr("add", index=card, address=address, prefixlen=PREFIX, flags=_NO_PREFIX_ROUTE)
        route = {"dst": f"{NETWORK}/{PREFIX}", "oif": card, "scope": "link", "prefsrc": address}
        namespace.rtnl.route("add", **route, metrics=self._metrics)
        return card

    def _finish_checksums(self, namespace: Namespace, interface: str) -> None:
        """Or no frame of it is taken at the other end, since no card comes after it to finish them."""
        with self._inside(namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as via:
            offloads.silence(via, interface, [offloads.TX_CHECKSUMS])

    def _has_carrier(self, namespace: Namespace, interface: str) -> bool:
        with self._inside(namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as via:
            return offloads.has_carrier(via, interface)

    def _check_cable(self, end: str, far: Namespace) -> None:
        """That frames are let out at both ends; to ask is to wait until the kernel does."""
        if not (self._has_carrier(self._wire, end) and self._has_carrier(far, CARD)):
            raise BenchError(f"the cable at {end} has no carrier")

    def _table(self, namespace: Namespace) -> int:
        with self._inside(namespace):
            return os.open("/proc/self/net/tcp", os.O_RDONLY | os.O_CLOEXEC)


def _set_sysctls() -> None:
    """In the namespace that this process is in."""
    for name, value in SYSCTLS.items():
        path = Path("/proc/sys", name)
        if "ipv6" in name and not path.exists():
            continue  # a kernel without IPv6 has none to switch off
        try:
            path.write_text(value)
        except OSError as error:
            raise Forbidden(
                f"its settings under /proc/sys cannot be written ({error.strerror}): in a container, let them be "
                "(systempaths=unconfined)"
            ) from error


# ---- Serving ---------------------------------------------------------------------------------------------------------


def _die_with_the_client() -> None:
    """Even amid a long call into the kernel. Said after the last change of its rights, which would take it back."""
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
        if bench is not None:
            with contextlib.suppress(NetlinkError, OSError):  # then it is made, or said, when it is needed
                bench.prepare()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)
