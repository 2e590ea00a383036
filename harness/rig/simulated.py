"""A relay board that is simulated: its port for the driver, and its contacts for who plays what hangs at them.

The board is a process (`python -m emulator relay-board`): a child of ours that dies with us, or one that was started by
itself, outlives a run and is followed at a path. It tells how its contacts stand after each command that it has carried
out, and before it answers on its port; so a driver that has an answer can have the contacts without waiting.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from harness.transports.host import BenchError

STARTED_WITHIN = 10.0
"""Wall seconds in which a board has said how it stands; it takes some hundred milliseconds."""

ENDED_WITHIN = 5.0
"""Wall seconds that a board has to end by itself; it takes a few milliseconds."""

STDERR_SHOWN = 2000
"""Bytes from the end of a dead board's stderr that go into the message."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def _die_with_the_harness() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class SimulatedBoard:
    """A simulated board. `port`: what a driver opens; while it is unplugged what it was, and another afterwards."""

    def __init__(self, name: str, follows: socket.socket, process: subprocess.Popen[bytes] | None = None) -> None:
        """Use `start` or `connect`. Raises BenchError if the board does not say how it stands."""
        self._name = name
        self._socket = follows
        self._process = process
        self._heard = b""
        self._contacts: tuple[bool, ...] = ()
        self.port = ""
        try:
            self._standing(STARTED_WITHIN)
        except BaseException:
            self.close()
            raise

    @classmethod
    def start(
        cls,
        board: str,
        channels: int | None = None,
        *,
        project: Path,
        link: Path | None = None,
        mishap: str | None = None,
    ) -> Self:
        """A board of our own, which ends with us. `project`: the folder with the emulator; `link`: a symbolic link to
        make to its port. Raises BenchError if it does not start."""
        ours, its = socket.socketpair()
        options = {"--channels": channels, "--pty": link, "--mishap": mishap}
        given = [str(word) for option, value in options.items() if value is not None for word in (option, value)]
        try:
            with its:
                process = subprocess.Popen(
                    [*_emulator(), "--board", board, *given, "--contacts", str(its.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    cwd=project,
                    pass_fds=(its.fileno(),),
                    process_group=0,
                    preexec_fn=_die_with_the_harness,
                )
        except OSError as error:
            ours.close()
            raise BenchError(f"cannot start the simulated {board}: {error.strerror or error}") from error
        return cls(f"simulated {board}", ours, process)

    @classmethod
    def connect(cls, path: Path) -> Self:
        """A board that was started by itself with `--contacts PATH`. Raises BenchError if there is none."""
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            ours.connect(str(path))
        except OSError as error:
            ours.close()
            raise BenchError(
                f"no simulated board at {path}: {error.strerror or error}; "
                f"start one with `python -m emulator relay-board --board NAME --contacts {path}`"
            ) from error
        return cls(f"simulated board at {path}", ours)

    def fileno(self) -> int:
        """Readable when the contacts may have changed."""
        return self._socket.fileno()

    def contacts(self) -> tuple[bool, ...]:
        """Which relays are energised, the first first, as far as the board has told. Never waits. Raises BenchError if
        the board is dead."""
        while self._ready(0.0):
            self._read()
        return self._contacts

    def stands(self, relay: int, *, energised: bool, within: float = 2.0) -> bool:
        """Whether a relay, counted from 0, is energised, after the command that should make it `energised`.

        A board that does not answer may not have read that command yet: it is awaited, at most so many wall seconds,
        since one that is stuck never obeys. Raises BenchError if the board is dead."""
        deadline = time.monotonic() + within
        while self.contacts()[relay] is not energised and self._ready(deadline - time.monotonic()):
            self._read()
        return self._contacts[relay]

    def mishap(self, name: str | None) -> None:
        """A mishap befalls the board, in place of the one before; None: none. It is in force when this returns.

        Raises BenchError if there is no such mishap, or if the board is dead."""
        self.contacts()
        try:
            self._socket.sendall(json.dumps({"mishap": name}).encode() + b"\n")
        except ConnectionError:
            raise self._dead() from None
        self._standing(STARTED_WITHIN)

    def close(self) -> None:
        """End a board of our own; leave one that was started by itself as it is. May be said twice."""
        self._socket.close()
        if self._process is not None:
            self._end(self._process)
            self._process = None

    def _standing(self, within: float) -> None:
        """Wait for the board to say how it stands."""
        deadline = time.monotonic() + within
        while not self._read_standing(deadline - time.monotonic()):
            pass

    def _read_standing(self, within: float) -> bool:
        if not self._ready(within):
            raise BenchError(f"{self._name} says nothing; does another run follow its contacts?")
        return any("pty" in said for said in self._read())

    def _ready(self, within: float) -> bool:
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        return bool(waiting.poll(max(0.0, within) * 1000))

    def _read(self) -> Sequence[dict[str, Any]]:
        """Take in what it has told."""
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise self._dead()
        *lines, self._heard = (self._heard + data).split(b"\n")
        told = [json.loads(line) for line in lines]
        for said in told:
            if "error" in said:
                raise BenchError(f"{self._name}: {said['error']}")
            self._contacts = tuple(said["contacts"])
            if "pty" in said:
                self.port = said["pty"] or self.port
        return told

    def _dead(self) -> BenchError:
        if self._process is None:
            return BenchError(f"{self._name} is dead")
        stderr = self._end(self._process)[-STDERR_SHOWN:].decode(errors="replace").strip()
        return BenchError(f"{self._name} is dead, its exit code {self._process.returncode}: {stderr}")

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> bytes:
        """Its last words. Without its follower it ends by itself, and leaves nothing behind; if not, it is killed."""
        try:
            _, stderr = process.communicate(timeout=ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            _, stderr = process.communicate()
        return stderr


def _emulator() -> list[str]:
    """Without site-packages, which a simulated board does not need and which take longer than itself to start."""
    return [sys.executable, "-S", "-E", "-s", "-m", "emulator", "relay-board"]
