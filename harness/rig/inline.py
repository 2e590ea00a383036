"""The wire on a real bench: between two interfaces of this machine, the DUT's cable in one, the cloud's in the other.

Nothing is carried between them but by the wire. While it is open both listen to every frame, and neither lets its card
or the kernel join, cut or leave unfinished what it hands over; what was found is put back at the end. A harness that is
killed cannot put it back: the interfaces are then slower, not wrong.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import socket
import struct
from collections.abc import Iterator
from types import TracebackType

from harness.rig import offloads
from harness.rig.network import ETH_P_ALL
from harness.rig.offloads import Offload
from harness.transports.host import BenchError

_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914
_IFF_UP = 1
_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, _PACKET_MR_PROMISC = 263, 1, 1
_SO_ATTACH_FILTER = 26
_LD, _JEQ, _RET = 0x20, 0x15, 0x06
_INTERFACE_INDEX = 0xFFFFF000 + 8  # SKF_AD_OFF + SKF_AD_IFINDEX

RIGHTS = "run as root, or give python CAP_NET_RAW and CAP_NET_ADMIN"


class Inline:
    """Two real interfaces with the wire between them. Calls raise BenchError."""

    def __init__(self, terminal_interface: str, cloud_interface: str) -> None:
        self.interfaces = (terminal_interface, cloud_interface)
        """The wire's ends: on the terminal's side, on the cloud's."""

        self._via = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._put_back = contextlib.ExitStack()

    @classmethod
    def open(cls, terminal_interface: str, cloud_interface: str) -> Inline:
        """Take both interfaces, bring them up, and silence their offloads.

        Raises BenchError for a missing interface, a missing right, or an offload that stays on."""
        inline = cls(terminal_interface, cloud_interface)
        try:
            if terminal_interface == cloud_interface:
                raise BenchError(f"inline: one interface, {cloud_interface}, cannot be both ends of a wire")
            for interface in inline.interfaces:
                inline.packets(interface).close()  # the right to read frames, before anything is changed
                inline._take(interface)
        except BaseException:
            inline.close()
            raise
        return inline

    def __enter__(self) -> Inline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def packets(self, interface: str) -> socket.socket:
        """A packet socket bound to one of the interfaces: every frame that enters or leaves there, whoever it is for.

        Of a link that is down recv says ENETDOWN once, and send each time."""
        packets = self._packets()  # hears nothing before it is bound
        try:
            with self._explained(interface):
                packets.bind((interface, ETH_P_ALL))
                everything = struct.pack("iHH8x", self._index(interface), _PACKET_MR_PROMISC, 0)
                packets.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, everything)
        except BenchError:
            packets.close()
            raise
        return packets

    def capture(self) -> socket.socket:
        """A packet socket on both interfaces, and on no other of this machine; recvmsg's address tells which.

        Frames for others reach it while a socket of `packets` is open."""
        first, second = (self._index(interface) for interface in self.interfaces)
        keep, drop = (_RET, 0, 0, 1 << 18), (_RET, 0, 0, 0)
        capture = self._packets(socket.htons(ETH_P_ALL))
        _filter(capture, [(_LD, 0, 0, _INTERFACE_INDEX), (_JEQ, 1, 0, first), (_JEQ, 0, 1, second), keep, drop])
        with contextlib.suppress(BlockingIOError):
            while True:  # what came before the filter
                capture.recv(1, socket.MSG_DONTWAIT)
        return capture

    def link(self, up: bool) -> None:
        """Give the DUT its carrier, or take it away: the interface that its cable is plugged into goes up or down.

        A real card needs seconds to come up; `carrier` tells."""
        self._set_up(self.interfaces[0], up=up)

    def carrier(self) -> bool:
        """Whether there is a carrier on the DUT's cable, read at our end of it: the DUT's own cannot be asked."""
        with self._explained(self.interfaces[0]):
            return offloads.has_carrier(self._via, self.interfaces[0])

    def close(self) -> None:
        """Put everything back as it was found."""
        try:
            self._put_back.close()
        finally:
            self._via.close()

    # ---- Steps -------------------------------------------------------------------------------------------------------

    def _take(self, interface: str) -> None:
        was_up = bool(self._flags(interface) & _IFF_UP)
        self._set_up(interface, up=True)
        self._put_back.callback(self._set_up, interface, up=was_up)
        self._put_back.callback(self._restore, interface, offloads.silence(self._via, interface))

    def _restore(self, interface: str, silenced: tuple[Offload, ...]) -> None:
        with self._explained(interface):
            offloads.restore(self._via, interface, silenced)

    def _packets(self, protocol: int = 0) -> socket.socket:
        try:
            return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, protocol)
        except PermissionError as error:
            raise BenchError(f"inline: frames need a right that this user has not: {RIGHTS}") from error

    def _index(self, interface: str) -> int:
        with self._explained(interface):
            return socket.if_nametoindex(interface)

    def _flags(self, interface: str) -> int:
        with self._explained(interface):
            answer = fcntl.ioctl(self._via, _SIOCGIFFLAGS, struct.pack("16sH22x", interface.encode(), 0))
        return int(struct.unpack_from("H", answer, 16)[0])

    def _set_up(self, interface: str, *, up: bool) -> None:
        flags = self._flags(interface)
        flags = flags | _IFF_UP if up else flags & ~_IFF_UP
        with self._explained(interface):
            fcntl.ioctl(self._via, _SIOCSIFFLAGS, struct.pack("16sH22x", interface.encode(), flags))

    @staticmethod
    @contextlib.contextmanager
    def _explained(interface: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.EPERM, errno.EACCES):
                why = f"it needs a right that this user has not: {RIGHTS}"
            elif error.errno in (errno.ENODEV, errno.ENXIO):
                why = "there is no such interface"
            else:
                why = error.strerror or str(error)
            raise BenchError(f"inline: {interface}: {why}") from error


def _filter(packets: socket.socket, program: list[tuple[int, int, int, int]]) -> None:
    """Let a packet socket take only what a classic BPF program keeps: (code, if true, if false, value) each."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    packets.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code)))
