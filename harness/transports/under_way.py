"""What a network namespace still has under way, as its kernel's table of TCP connections tells (`/proc/net/tcp`).

A row is at rest if nobody has to do anything about it: no byte unread, none unacknowledged, no handshake and no goodbye
half done. TIME-WAIT and FIN-WAIT-2 are at rest, they only wait for time to pass. The queues of a listener are those of
its connections that nobody has accepted.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Collection, Iterator

Address = tuple[str, int]

_ESTABLISHED, _SYN_SENT, _FIN_WAIT_2, _TIME_WAIT, _CLOSE, _CLOSE_WAIT, _LISTEN = 1, 2, 5, 6, 7, 8, 10
_SETTLED = {_ESTABLISHED, _FIN_WAIT_2, _TIME_WAIT, _CLOSE, _CLOSE_WAIT, _LISTEN}
"""States that last; all others are steps on the way to one of these."""

READ_SIZE = 1 << 16


def read(table: int) -> bytes:
    """The table behind an open file of it, as it is now: that of the namespace in which it was opened."""
    os.lseek(table, 0, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(table, READ_SIZE), b""))


def under_way(
    table: bytes, *, deaf: Collection[Address] = (), ours: Collection[Address] | None = None, cut: bool = False
) -> str:
    """The first row that is not at rest, in words; empty if all are.

    `deaf`: listeners that let diallers time out: whoever waits at their door will wait on. `ours`: the addresses of the
    listeners whose connections count, for a table that is shared with strangers. `cut`: nothing gets through anyway, so
    that an acknowledgement or an answer to a dial cannot be awaited; what has arrived still counts."""
    at_a_deaf_door = _among(deaf)
    counts = _among(ours) if ours is not None else lambda _: True
    for local, remote, state, unacknowledged, unread in _rows(table):
        if not (counts(local) or counts(remote)):
            continue
        door = {_LISTEN: local, _SYN_SENT: remote}.get(state)
        if door is not None and at_a_deaf_door(door):
            continue
        if unread or (not cut and (unacknowledged or state not in _SETTLED)):
            return f"{local} to {remote} in state {state:02X}, {unacknowledged} unacknowledged, {unread} unread"
    return ""


def _rows(table: bytes) -> Iterator[tuple[str, str, int, int, int]]:
    for row in table.decode("ascii").splitlines()[1:]:
        _, local, remote, state, queues, *_ = row.split()
        unacknowledged, unread = queues.split(":")
        yield local, remote, int(state, 16), int(unacknowledged, 16), int(unread, 16)


def _among(addresses: Collection[Address]) -> Callable[[str], bool]:
    """Whether an address of the table is one of these; 0.0.0.0 stands for all addresses, port 0 for all ports."""
    written = {tuple(_written(host, port).split(":")) for host, port in addresses}

    def among(address: str) -> bool:
        host, _, port = address.partition(":")
        return any((one in (host, "00000000")) and (other in (port, "0000")) for one, other in written)

    return among


def _written(host: str, port: int) -> str:
    """As the kernel prints it: the address as a number in the machine's own byte order, the port in the human one."""
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
