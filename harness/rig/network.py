"""The bench network as pytest holds it: terminal, wire and cloud in namespaces of their own, reached through a helper.

    terminal  eth0 ──── wt   (the wire: frames pass only if somebody carries them)   wc ──── eth0  cloud

No right is needed and nothing of this machine is changed: the namespaces belong to a helper process (`netns.py`), which
hands out sockets that live in them. They have no names and no mounts; with the helper, which ends when its control
socket closes, all is gone. The harness itself stays where it is, with its network, its user and its serial ports.

Power is the cable: to cut it, the terminal's network card is pulled out of its kernel, so that nothing its dead stack
says reaches the wire; to give it, the card is put into a fresh kernel with the same addresses.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from harness.rig.starting import Place
from harness.transports.host import BenchError

TERMINAL = "192.0.2.10"
GATEWAY = "192.0.2.1"
"""The cloud's end of the local network: the terminal's router and name server."""

CLOUD = {"primary": "198.51.100.10", "secondary": "198.51.100.11", "spare": "198.51.100.12"}
TERMINAL_MAC = "02:00:c0:00:02:0a"
GATEWAY_MAC = "02:00:c0:00:02:01"

WT, WC = "wt", "wc"
"""The wire's ends: toward the terminal, toward the cloud."""

INDEX = {WT: 11, WC: 12}
"""Their interface numbers in the wire's namespace; they stay through every power cut."""

ETH_P_ALL = 3
LIMIT = 10.0
"""Seconds in which the helper answers; it needs thirty milliseconds for the longest of its works."""

LARGEST = 65536
"""Bytes of a message between the helper and its client."""

MOST_FDS = 4

Where = Literal["terminal", "cloud", "wire"]
Socket = socket.socket


class NetworkForbidden(BenchError):  # noqa: N818 — what is so, not what broke
    """This kernel does not let this user have namespaces; says what to enable."""


class Network:
    """A bench network with its helper, which dies with the thread that opened it.

    Each call waits for the helper, at most LIMIT wall seconds, and raises BenchError if it cannot do it or is gone."""

    interfaces = (WT, WC)
    """The wire's ends: on the terminal's side, on the cloud's."""

    def __init__(self, control: socket.socket, helper: subprocess.Popen[bytes]) -> None:
        self._control = control
        self._helper = helper
        self._words: str | None = None
        self._shared: list[int] = []
        self._terminal = -1
        self._tables = [-1, -1]
        self.resolves = False
        """Whether a program in the terminal asks GATEWAY for names; only then may it be given host names."""

    @classmethod
    def open(cls, rto_min: float | None = None) -> Network:
        """Build it; the terminal has no power yet. `rto_min`: wall seconds a TCP of either end waits at least before it
        sends again, in place of the kernel's 0.2.

        Raises NetworkForbidden if the kernel forbids it, BenchError for all else."""
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.settimeout(LIMIT)
        with theirs:
            helper = subprocess.Popen(
                [sys.executable, "-P", "-m", "harness.rig.netns", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": _path()},
                start_new_session=True,
            )
        network = cls(control, helper)
        try:
            built, fds = network._ask("build", rto_min=rto_min)
            network.resolves = built["resolves"]
            network._tables[1], *network._shared = fds
        except BaseException:
            network.close()
            raise
        return network

    def __enter__(self) -> Network:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- Sockets -----------------------------------------------------------------------------------------------------

    def socket(self, where: Where, family: int, type: int, proto: int = 0) -> Socket:
        """A socket made inside a namespace; it belongs there for good, whoever uses it."""
        _, (fd,) = self._ask("socket", where=where, family=int(family), type=int(type), proto=proto)
        return socket.socket(fileno=fd)

    def packets(self, interface: str) -> Socket:
        """A packet socket bound to one end of the wire (WT or WC): every frame that enters or leaves there.

        It outlives power cuts: without power, what is sent is lost. Of a link that is down recv says ENETDOWN once, and
        send each time; when the link is up again both go on."""
        packets = self.socket("wire", socket.AF_PACKET, socket.SOCK_RAW)  # hears nothing before it is bound
        try:
            packets.bind((interface, ETH_P_ALL))
        except OSError as error:
            packets.close()
            raise BenchError(f"bench network: cannot have the frames of {interface}: {error.strerror}") from error
        return packets

    def capture(self) -> Socket:
        """A packet socket on both ends of the wire; the address that recvmsg gives tells which."""
        return self.socket("wire", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))

    # ---- Mains and link ----------------------------------------------------------------------------------------------

    def plug(self) -> None:
        """Power on: the terminal is a fresh kernel with its card in it. If it had power, that is cut first."""
        self._forget_terminal()
        _, (self._terminal, self._tables[0]) = self._ask("plug")

    def unplug(self) -> None:
        """Power off: on return its stack is cut off from the wire for good. Twice is once."""
        self._forget_terminal()
        self._ask("unplug")

    def link(self, up: bool) -> None:
        """Plug the terminal's cable in, or pull it out: the terminal sees its carrier go."""
        self._ask("link", up=up)

    def carrier(self) -> bool:
        """Whether the terminal's own card has a carrier, as it sees it; False without power."""
        return bool(self._ask("carrier")[0]["up"])

    # ---- What the terminal runs, and what is read of it --------------------------------------------------------------

    def place(self) -> Place:
        """The terminal, for a command to run in. After the next power-on it is another one."""
        if self._terminal < 0:
            raise BenchError("bench network: nothing can run in a terminal without power")
        return Place(namespaces=(*self._shared, self._terminal))

    def tcp_tables(self) -> tuple[int, ...]:
        """Descriptors of /proc/net/tcp of the cloud, and of the terminal if it has power; read anew after each lseek
        to 0.

        They stay the network's; the terminal's is another one after each power-on."""
        return tuple(table for table in reversed(self._tables) if table >= 0)

    def listen_overflows(self) -> int:
        """ListenOverflows + ListenDrops of the cloud since the beginning.

        It grows when a dial is dropped by a listener that is full, also by one that was meant to be."""
        return int(self._ask("listen_overflows")[0]["count"])

    def close(self) -> None:
        """End the helper. What is left of the network goes with the last socket that was handed out."""
        self._forget_terminal()
        for fd in [*self._shared, self._tables[1]]:
            if fd >= 0:
                os.close(fd)
        self._shared, self._tables[1] = [], -1
        self._end()

    # ---- The helper --------------------------------------------------------------------------------------------------

    def _forget_terminal(self) -> None:
        """These descriptors would keep the dead terminal's namespace alive."""
        for fd in (self._terminal, self._tables[0]):
            if fd >= 0:
                os.close(fd)
        self._terminal = self._tables[0] = -1

    def _ask(self, what: str, **arguments: Any) -> tuple[dict[str, Any], list[int]]:
        message = b""
        why: object = ""
        try:
            self._control.send(json.dumps({"do": what, **arguments}).encode())
            message, fds, _, _ = socket.recv_fds(self._control, LARGEST, MOST_FDS, socket.MSG_CMSG_CLOEXEC)
        except OSError as error:
            why = error
        finally:  # also when interrupted: what answers the next question must be its own answer
            if not message:
                why = self._end() or why
        if not message:
            raise BenchError(f"bench network: its helper does not answer ({what}): {why or 'it has ended'}")
        answer = json.loads(message)
        if "error" in answer:
            raise (NetworkForbidden if answer["forbidden"] else BenchError)(answer["error"])
        return answer, fds

    def _end(self) -> str:
        """End the helper, which ends by itself when its control socket closes; the last line it wrote."""
        self._control.close()
        if self._words is None:
            try:
                _, stderr = self._helper.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                self._helper.kill()
                _, stderr = self._helper.communicate()
            self._words = stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return self._words


def _path() -> str:
    """Where the helper finds this package, however pytest found it."""
    root = str(Path(__file__).parents[2])
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
