"""How fast the wire is, beside the kernel's own bridge and beside scapy's: `python -m benchmarks.wire`.

Each wire in turn lies between the same two namespaces and is measured by the same traffic, round after round. Absolute
figures move with the machine; so each is set against scapy's of the same round, and medians are printed. Ends with 1 if
the wire with a rule in force carries less than LEAST times the frames of scapy's, or if its round trip takes more than
MOST of scapy's. About a minute, on a machine that has nothing else to do.

scapy is taken as its users do, `from scapy.all import *`; with no layers but those of IP it carried 1.6 times as many
frames on the machine this was written on, and against that LEAST is not reached.

- frames/s: UDP frames of 64 bytes, more than can be carried, counted where they leave the wire
- MB/s: one TCP connection, every segment acknowledged
- round trip: one frame of 64 bytes there and back, one at a time
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.control import WireControl
from harness.rig.network import CLOUD, INDEX, WC, WT, Network

LEAST, MOST = 30.0, 0.25
ROUNDS = 5
SECONDS = 0.4
"""Of each measurement."""
ROUND_TRIPS = 1000
PORT = 9
PAYLOAD = bytes(22)
LIMIT = 5.0
"""Seconds that anything is waited for."""


@dataclass(frozen=True)
class Figures:
    frames: float
    megabytes: float
    p50: float
    p99: float


# ---- Interfaces ------------------------------------------------------------------------------------------------------


class Links:
    """The interfaces of the wire's namespace, over netlink."""

    NEW, DELETE, GET = 16, 17, 18
    REQUEST, ACK, CREATE = 1, 4, 0x400
    NAME, MASTER, LINKINFO, STATS = 3, 10, 18, 23
    UP = 1
    BRIDGE = 20

    def __init__(self, network: Network) -> None:
        self._netlink = network.socket("wire", socket.AF_NETLINK, socket.SOCK_RAW)
        self._netlink.settimeout(LIMIT)

    def close(self) -> None:
        self._netlink.close()

    def sent(self, index: int) -> int:
        """Frames that have left at an interface."""
        answer = self._ask(self.GET, self.REQUEST, index)
        at = 32
        while at < len(answer):
            length, kind = struct.unpack_from("HH", answer, at)
            if kind == self.STATS:
                return int(struct.unpack_from("QQ", answer, at + 4)[1])
            at += (length + 3) & ~3
        raise RuntimeError("an interface without counters")

    @contextmanager
    def bridged(self) -> Iterator[None]:
        """The kernel's own bridge joins the two ends."""
        acknowledged = self.REQUEST | self.ACK
        kind = _attribute(self.LINKINFO, _attribute(1, b"bridge"))
        self._ask(self.NEW, acknowledged | self.CREATE, self.BRIDGE, _attribute(self.NAME, b"bridge\0") + kind, up=True)
        for end in (WT, WC):
            self._ask(self.NEW, acknowledged, INDEX[end], _attribute(self.MASTER, struct.pack("I", self.BRIDGE)))
        try:
            yield
        finally:
            self._ask(self.DELETE, acknowledged, self.BRIDGE)

    def _ask(self, kind: int, flags: int, index: int, attributes: bytes = b"", *, up: bool = False) -> bytes:
        body = struct.pack("BxHiII", 0, 0, index, self.UP * up, self.UP * up) + attributes
        self._netlink.send(struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0) + body)
        answer = self._netlink.recv(1 << 16)
        if struct.unpack_from("H", answer, 4)[0] == 2 and (error := struct.unpack_from("i", answer, 16)[0]):
            raise OSError(-error, "netlink")
        return answer


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


# ---- The wires -------------------------------------------------------------------------------------------------------


@contextmanager
def ours(network: Network, *, harmed: bool = False) -> Iterator[None]:
    """The wire's process; `harmed`: with a rule in force that looks at every frame, and lets it pass."""
    wire = WireControl.start(network.packets(WT), network.packets(WC))
    try:
        if harmed:
            wire.begin(1, BlackHole(()), None, seed=1, scale=1.0)
        yield
    finally:
        wire.close()


@contextmanager
def untracked(network: Network) -> Iterator[None]:
    """The wire's process, without the table of connections."""
    control, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.settimeout(4 * LIMIT)
    with control, its, _started(network, "untracked", its):
        control.send(json.dumps({"serial": 1, "do": "hello"}).encode())
        control.recv(100)
        yield
        control.close()


@contextmanager
def scapys(network: Network) -> Iterator[None]:
    """scapy.sendrecv.bridge_and_sniff."""
    ready, its = socket.socketpair()
    ready.settimeout(4 * LIMIT)
    with ready, its, _started(network, "scapys", its) as process:
        ready.recv(1)
        yield
        process.kill()


@contextmanager
def _started(network: Network, which: str, control: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    with network.packets(WT) as terminal, network.packets(WC) as cloud:
        ends = [control.fileno(), terminal.fileno(), cloud.fileno()]
        words = [sys.executable, "-m", "benchmarks.wire", which, *map(str, ends)]
        with subprocess.Popen(words, pass_fds=ends, cwd=Path(__file__).parents[1]) as process:
            control.close()
            try:
                yield process
            except BaseException:
                process.kill()
                raise


def be_untracked(control: str, terminal: str, cloud: str) -> int:
    """In a process of its own."""
    from harness.faults.wire.__main__ import main
    from harness.faults.wire.flows import FlowTable

    FlowTable.passed = lambda *_: None  # type: ignore[method-assign, assignment]
    return main([control, terminal, cloud])


def be_scapys(control: str, terminal: str, cloud: str) -> int:
    """In a process of its own: the sockets as scapy's L2Socket makes them, but out of those that were handed over."""
    import scapy.all  # noqa: F401 — as its users do, with all of its layers
    from scapy.arch.linux import PACKET_AUXDATA, SOL_PACKET, L2Socket
    from scapy.config import conf
    from scapy.layers.l2 import Ether
    from scapy.sendrecv import bridge_and_sniff

    class Handed(L2Socket):
        def __init__(self, fd: str) -> None:
            self.ins = self.outs = socket.socket(fileno=int(fd))
            self.iface, self.type = self.ins.getsockname()[:2]
            self.ins.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, conf.bufsize)
            self.ins.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, conf.bufsize)
            self.ins.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.ins.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
            self.auxdata_available = True
            self.promisc, self.LL, self.lvl = False, Ether, 2

    ends = Handed(terminal), Handed(cloud)
    socket.socket(fileno=int(control)).send(b"!")
    bridge_and_sniff(*ends, store=False)
    return 0


# ---- The traffic -----------------------------------------------------------------------------------------------------


class _Bytes(ctypes.Structure):
    _fields_ = (("base", ctypes.c_char_p), ("length", ctypes.c_size_t))


class _Datagram(ctypes.Structure):
    """A struct mmsghdr."""

    _fields_ = (
        *(("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32)),
        *(("pieces", ctypes.POINTER(_Bytes)), ("count", ctypes.c_size_t)),
        *(("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int)),
        ("sent", ctypes.c_uint),
    )


def many_datagrams() -> ctypes.Array[_Datagram]:
    """Datagrams for sendmmsg(2): sent one by one, Python would be slower than the kernel's bridge."""
    piece = _Bytes(PAYLOAD, len(PAYLOAD))
    return (_Datagram * 64)(*[_Datagram(pieces=ctypes.pointer(piece), count=1)] * 64)


class Traffic:
    """Sockets of both ends."""

    def __init__(self, network: Network, links: Links) -> None:
        self._network = network
        self._links = links
        self._near = network.socket("terminal", socket.AF_INET, socket.SOCK_DGRAM)
        self._far = network.socket("cloud", socket.AF_INET, socket.SOCK_DGRAM)
        self._sink = network.socket("cloud", socket.AF_INET, socket.SOCK_DGRAM)
        self._listener = network.socket("cloud", socket.AF_INET, socket.SOCK_STREAM)
        address = CLOUD["primary"]
        self._sink.bind((address, PORT + 1))
        self._sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # nobody reads it
        self._far.bind((address, PORT))
        self._listener.bind((address, PORT))
        self._listener.listen()
        self._near.settimeout(LIMIT)
        self._far.settimeout(LIMIT)

    def measure(self) -> Figures:
        self.round_trips(50)  # whoever carries them has warmed up, and ARP is done
        times = self.round_trips(ROUND_TRIPS)
        cuts = statistics.quantiles(times, n=100)
        return Figures(self.frames(), self.megabytes(), cuts[49] * 1e6, cuts[98] * 1e6)

    def round_trips(self, most: int) -> list[float]:
        """Seconds of each, as many as fit."""
        times = []
        address = CLOUD["primary"], PORT
        until = time.perf_counter() + SECONDS
        while len(times) < most and (began := time.perf_counter()) < until:
            self._near.sendto(PAYLOAD, address)
            data, back = self._far.recvfrom(100)
            self._far.sendto(data, back)
            self._near.recv(100)
            times.append(time.perf_counter() - began)
        return times

    def frames(self) -> float:
        """Frames a second that leave the wire while more come in."""
        with self._network.socket("terminal", socket.AF_INET, socket.SOCK_DGRAM) as flood:
            flood.connect((CLOUD["primary"], PORT + 1))
            send, fd, clock = ctypes.CDLL(None).sendmmsg, flood.fileno(), time.perf_counter
            datagrams = many_datagrams()
            before, began = self._links.sent(INDEX[WC]), clock()
            while (now := clock()) < began + SECONDS:
                send(fd, datagrams, len(datagrams), 0)
            return (self._links.sent(INDEX[WC]) - before) / (now - began)

    def megabytes(self) -> float:
        """MB a second that one TCP connection carries."""
        received = 0

        def read(line: socket.socket) -> None:
            nonlocal received
            room = memoryview(bytearray(1 << 18))
            with contextlib.suppress(ConnectionError):
                while count := line.recv_into(room):
                    received += count

        with self._network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM) as near:
            near.settimeout(LIMIT)
            near.connect((CLOUD["primary"], PORT))
            far, _ = self._listener.accept()
            far.settimeout(4 * LIMIT)
            reader = threading.Thread(target=read, args=(far,))
            reader.start()
            chunk = bytes(1 << 16)
            began = time.perf_counter()
            while time.perf_counter() < began + SECONDS:
                near.sendall(chunk)
            rate = received / (time.perf_counter() - began) / 1e6
            near.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # what is queued is not wanted
            near.close()
            with contextlib.suppress(OSError):  # the reset may have come through already, or may be lost
                far.shutdown(socket.SHUT_RD)
            reader.join()
            far.close()
        return rate

    def close(self) -> None:
        for one in (self._near, self._far, self._sink, self._listener):
            one.close()


# ---- The table -------------------------------------------------------------------------------------------------------


def table(found: dict[str, list[Figures]], beside: str) -> str:
    head = f"{'':38}{'frames/s':>17}{'MB/s':>16}{'round trip p50':>20}{'p99':>10}"
    lines = [head]
    for name in found:

        def mid(what: str, name: str = name) -> float:
            return statistics.median(getattr(one, what) for one in found[name])

        def times(what: str, name: str = name) -> float:
            return ratio(found, name, beside, what)

        lines.append(
            f"{name:38}{mid('frames'):9,.0f} {times('frames'):6.1f}x{mid('megabytes'):9,.1f} {times('megabytes'):5.1f}x"
            f"{mid('p50'):10,.0f} µs {times('p50'):5.2f}x{mid('p99'):7,.0f} µs"
        )
    return "\n".join(lines)


def ratio(found: dict[str, list[Figures]], name: str, beside: str, what: str) -> float:
    """The median, over the rounds, of how many times the other's figure it is."""
    pairs = zip(found[name], found[beside], strict=True)
    return statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs)


def main() -> int:
    found: dict[str, list[Figures]] = {}
    with Network.open() as network:
        network.plug()
        links = Links(network)
        traffic = Traffic(network, links)
        scapy, harmed = "scapy bridge_and_sniff", "the wire, a rule in force"
        wires: dict[str, Callable[[], AbstractContextManager[None]]] = {
            "the kernel's bridge": links.bridged,
            "the wire": lambda: ours(network),
            scapy: lambda: scapys(network),
            harmed: lambda: ours(network, harmed=True),
            "the wire, connections not followed": lambda: untracked(network),
        }
        for _ in range(ROUNDS):
            for name, wire in wires.items():
                with wire():
                    found.setdefault(name, []).append(traffic.measure())
        traffic.close()
        links.close()
    more, less = ratio(found, harmed, scapy, "frames"), ratio(found, harmed, scapy, "p50")
    sys.stdout.write(f"{table(found, scapy)}\n\nx: times scapy's of the same round. Medians of {ROUNDS} rounds.\n")
    good = more >= LEAST and less <= MOST
    sys.stdout.write(
        f"{'good' if good else 'NOT GOOD'}: with a rule in force {more:.1f} times the frames of scapy's (at least"
        f" {LEAST:g}), {less:.2f} of its round trip (at most {MOST:g})\n"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit({"untracked": be_untracked, "scapys": be_scapys}[sys.argv[1]](*sys.argv[2:]) if sys.argv[1:] else main())
