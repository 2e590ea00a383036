"""What a network interface does for its kernel behind the wire's back, and how to make it stop.

A card that finishes checksums, cuts segments or joins them hands the wire frames that no cable ever carries: unfinished
checksums, frames of 64 kB. A veth cable does so too, and then no TCP gets through a wire made of packet sockets at all.
Everything here is one ioctl on any socket of the interface's namespace; asking needs no right, changing CAP_NET_ADMIN.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from harness.transports.host import BenchError

_SIOCETHTOOL = 0x8946
_GLINK = 0x0000000A
_GFLAGS, _SFLAGS = 0x25, 0x26


@dataclass(frozen=True, slots=True)
class Offload:
    """One thing an interface may do. `get`, `set`: its ethtool commands; `bit`: where it shares them with others."""

    name: str
    get: int
    set: int
    bit: int = 0


TX_CHECKSUMS = Offload("tx-checksumming", 0x16, 0x17)
ALL = (
    Offload("large-receive-offload", _GFLAGS, _SFLAGS, 1 << 15),
    Offload("generic-receive-offload", 0x2B, 0x2C),
    Offload("generic-segmentation-offload", 0x23, 0x24),
    Offload("tcp-segmentation-offload", 0x1E, 0x1F),
    Offload("rx-checksumming", 0x14, 0x15),
    TX_CHECKSUMS,
)
"""In the order in which they are switched off: one that needs another comes before it."""


def _ethtool(via: socket.socket, interface: str, command: int, data: int = 0) -> int:
    value = ctypes.create_string_buffer(struct.pack("II", command, data), 8)
    request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
    fcntl.ioctl(via, _SIOCETHTOOL, request)
    return int(struct.unpack("II", value.raw)[1])


def is_on(via: socket.socket, interface: str, offload: Offload) -> bool:
    """Whether the interface does it now. Raises OSError."""
    data = _ethtool(via, interface, offload.get)
    return bool(data & offload.bit if offload.bit else data)


def switch(via: socket.socket, interface: str, offload: Offload, *, on: bool) -> None:
    """Let the interface do it, or not. Raises OSError; a card may also just not obey, so read it back."""
    data = int(on)
    if offload.bit:
        others = _ethtool(via, interface, offload.get) & ~offload.bit
        data = others | (offload.bit if on else 0)
    _ethtool(via, interface, offload.set, data)


def silence(via: socket.socket, interface: str, offloads: Iterable[Offload] = ALL) -> tuple[Offload, ...]:
    """Switch offloads off and read back that they are; which of them were on before.

    Raises BenchError naming the interface and each offload that stays on; the others are on again then."""
    offloads = tuple(offloads)
    try:
        before = tuple(offload for offload in offloads if is_on(via, interface, offload))
        for offload in before:
            with contextlib.suppress(OSError):  # whether it obeyed is read back
                switch(via, interface, offload, on=False)
        left = [offload for offload in offloads if is_on(via, interface, offload)]
        if left:
            restore(via, interface, (offload for offload in before if offload not in left))
    except OSError as error:
        raise BenchError(f"{interface}: its offloads cannot be had: {error.strerror}") from error
    if left:
        names = ", ".join(offload.name for offload in left)
        raise BenchError(f"{interface}: cannot switch off {names}; its frames are not those of a cable")
    return before


def restore(via: socket.socket, interface: str, before: Iterable[Offload]) -> None:
    """Switch on again what `silence` found on. Raises OSError."""
    for offload in reversed(tuple(before)):
        switch(via, interface, offload, on=True)


def has_carrier(via: socket.socket, interface: str) -> bool:
    """Whether the interface is up and has a carrier. Raises OSError.

    After a change of the carrier the kernel lets frames out only when it has worked the change off; this question waits
    for that, so that what is sent after a yes is sent."""
    return bool(_ethtool(via, interface, _GLINK))
