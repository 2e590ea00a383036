"""The door of a relay board: its line is a pty, and whoever follows its contacts does so over a stream socket.

On that socket the board writes JSON lines. First, and after each order, how it stands: `{"pty": "/dev/pts/7",
"contacts": [false, true], "mishap": null}`, the pty being null while it is unplugged. After each command it has carried
out, and before it answers on its line: `{"contacts": [true, true]}`. It takes orders there: `{"mishap": "silent"}`, or
null for none; to what is no order it answers `{"error": "…"}` and goes on.

Orders are read before the line is, and an order is in force when its answer has come.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
import tty
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from emulator.relay_board import Mishap, Moved, RelayBoard
from harness.transports.host import BenchError

LATE = 30.0
"""Wall seconds after which a late answer comes: longer than any driver waits."""

LONGEST_ORDER = 4096
MOST_AT_ONCE = 4096


class Port:
    """The board's end of a pty whose other end a driver opens; `link` is a name for that end which stays the same.

    Raises BenchError if the link cannot be made."""

    def __init__(self, link: Path | None) -> None:
        self._link = link
        self._master = self._slave = -1
        self.name: str | None = None

    def plug(self) -> None:
        self._master, self._slave = os.openpty()  # its slave stays open, or the line would end with each driver
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        if self._link is not None:
            _point(self._link, self.name)

    def unplug(self) -> None:
        if self.name is None:
            return
        os.close(self._master)
        os.close(self._slave)
        if self._link is not None and _target(self._link) == self.name:
            self._link.unlink()
        self._master, self.name = -1, None

    def fileno(self) -> int:
        return self._master

    def read(self) -> bytes:
        try:
            return os.read(self._master, MOST_AT_ONCE)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # what nobody reads is lost, as on any serial line
            os.write(self._master, data)


def _target(link: Path) -> str | None:
    return os.readlink(link) if link.is_symlink() else None


def _point(link: Path, name: str) -> None:
    """Make the link, in place of one that a killed board may have left."""
    if link.exists() and not link.is_symlink():
        raise BenchError(f"--pty {link}: that is there and no symbolic link; name one that may be made")
    fresh = link.with_name(f"{link.name}.{os.getpid()}")
    try:
        fresh.symlink_to(name)
        fresh.replace(link)
    except OSError as error:
        raise BenchError(f"--pty {link}: cannot be made: {error.strerror}") from error


class Follower:
    """Whoever follows the contacts, one at a time: at an inherited socket, or after each other at a path.

    `gone`: the inherited socket was closed by its other end, or is not read any more; at a path the next one may come.
    Raises BenchError if the path cannot be listened on."""

    def __init__(self, contacts: int | Path) -> None:
        self._path = contacts if isinstance(contacts, Path) else None
        self._client = socket.socket(fileno=contacts) if isinstance(contacts, int) else None
        self._listener = _listen(contacts) if isinstance(contacts, Path) else None
        self._heard = b""
        if self._client is not None:
            self._client.setblocking(False)

    @property
    def gone(self) -> bool:
        return self._client is None and self._listener is None

    def fileno(self) -> int:
        watched = self._client or self._listener
        return -1 if watched is None else watched.fileno()

    def arrived(self) -> bool:
        """Whether somebody who was waiting follows from now on."""
        if self._client is not None or self._listener is None:
            return False
        try:
            self._client, _ = self._listener.accept()
        except OSError:
            return False
        self._client.setblocking(False)
        return True

    def orders(self) -> Iterator[bytes]:
        """The lines that have come."""
        while self._client is not None:
            try:
                data = self._client.recv(LONGEST_ORDER)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            *lines, self._heard = (self._heard + data).split(b"\n")
            yield from lines
            if not data or len(self._heard) > LONGEST_ORDER:
                self._lose()

    def tell(self, line: object) -> None:
        if self._client is None:
            return
        written = json.dumps(line).encode() + b"\n"
        try:
            whole = self._client.send(written) == len(written)
        except OSError:
            whole = False
        if not whole:  # half a line, or none, would mislead it; and nobody may hold the board up
            self._lose()

    def close(self) -> None:
        self._lose()
        if self._listener is not None and self._path is not None:
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def _lose(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client, self._heard = None, b""


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket() and _deserted(path):
            path.unlink()
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise BenchError(f"--contacts {path}: cannot be listened on: {error.strerror or error}") from error
    listener.listen()
    listener.setblocking(False)
    return listener


def _deserted(path: Path) -> bool:
    """Whether a board that was killed has left this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
    return False


class Door:
    """A board, its port and its follower, until SIGTERM, SIGINT, or the end of its inherited contacts."""

    def __init__(self, board: RelayBoard, port: Port, follower: Follower, late: float) -> None:
        self._board = board
        self._port = port
        self._follower = follower
        self._late = late
        self._held: deque[tuple[float, bytes]] = deque()
        """Late answers, and when they are due; all are held equally long, so that the first is due first."""

    def live(self, ended: int) -> None:
        """`ended`: a descriptor that becomes readable when all is over."""
        self._follower.tell(self._standing())
        while not self._follower.gone:
            waiting = select.poll()
            for each in (self._port.fileno(), self._follower.fileno(), ended):
                if each >= 0:
                    waiting.register(each, select.POLLIN)
            ready = {fd for fd, _ in waiting.poll(self._milliseconds())}
            if ended in ready:
                return
            if self._follower.arrived():
                self._follower.tell(self._standing())
            for line in self._follower.orders():
                self._follower.tell(self._obey(line))
            if self._port.fileno() in ready:
                self._receive(self._port.read())
            self._let_go()

    def _standing(self) -> dict[str, object]:
        return {"pty": self._port.name, "contacts": self._board.contacts, "mishap": self._board.mishap}

    def _obey(self, line: bytes) -> dict[str, object]:
        try:
            ordered = json.loads(line)["mishap"]
            mishap = None if ordered is None else Mishap(ordered)
        except (ValueError, KeyError, TypeError, RecursionError):
            allowed = ", ".join(f'"{mishap}"' for mishap in Mishap)
            said = line[:100].decode(errors="replace")
            return {"error": f'{said!r} is no order; allowed is {{"mishap": one of {allowed} or null}}'}
        self._board.befall(mishap)
        if mishap is Mishap.UNPLUGGED:
            self._held.clear()
            self._port.unplug()
        elif self._port.name is None:
            self._port.plug()
        return self._standing()

    def _receive(self, data: bytes) -> None:
        for outcome in self._board.receive(data):
            if isinstance(outcome, Moved):
                self._follower.tell({"contacts": outcome.contacts})
            elif outcome.late:
                self._held.append((time.monotonic() + self._late, outcome.data))
            else:
                self._port.write(outcome.data)

    def _milliseconds(self) -> float | None:
        return max(0.0, self._held[0][0] - time.monotonic()) * 1000 if self._held else None

    def _let_go(self) -> None:
        while self._held and self._held[0][0] <= time.monotonic():
            self._port.write(self._held.popleft()[1])


def serve(
    board: RelayBoard,
    contacts: int | Path,
    link: Path | None,
    late: float = LATE,
    ready: Callable[[str | None], None] = lambda _: None,
) -> None:
    """Be this board until SIGTERM, SIGINT, or until an inherited `contacts` is closed by its other end.

    `contacts`: a descriptor, or the path to listen on; `link`: the symbolic link to make to the pty; `ready`: called
    with the pty's name as soon as board and contacts can be reached. Raises BenchError if either path cannot be made.
    Nothing is left behind."""
    ended, signalled = os.pipe()
    os.set_blocking(signalled, False)
    signal.set_wakeup_fd(signalled)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # the wakeup descriptor tells
    with contextlib.ExitStack() as over:
        follower = Follower(contacts)
        over.callback(follower.close)
        port = Port(link)
        over.callback(port.unplug)
        if board.mishap is not Mishap.UNPLUGGED:
            port.plug()
        ready(port.name)
        Door(board, port, follower, late).live(ended)
