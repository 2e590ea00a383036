"""A simulated board in a thread of the test: the same door and a real pty, without the start of a process."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.relay_board import RelayBoard
from emulator.relay_board_door import LATE, Door, Follower, Port

PATIENCE = 20.0
"""Wall seconds after which a test gives up; only a failing one waits so long."""


@contextmanager
def living(board: RelayBoard, contacts: int | Path, link: Path | None = None, late: float = LATE) -> Iterator[Port]:
    """A board at its door until the block ends, and its port."""
    follower = Follower(contacts)
    port = Port(link)
    ended, end = os.pipe()
    try:
        port.plug()
        life = threading.Thread(target=Door(board, port, follower, late).live, args=(ended,))
        life.start()
        try:
            yield port
        finally:
            os.write(end, b"!")
            life.join(PATIENCE)
            assert not life.is_alive()
    finally:
        port.unplug()
        follower.close()
        os.close(ended)
        os.close(end)


@contextmanager
def followed(board: RelayBoard, late: float = LATE) -> Iterator[socket.socket]:
    """A board at its door, and the socket at which its contacts are followed."""
    ours, its = socket.socketpair()
    ours.settimeout(PATIENCE)
    with ours, living(board, its.detach(), late=late):
        yield ours
