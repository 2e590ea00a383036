"""How a program is started: in a place of its own, if it has one, and in a process group that can be killed as one."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program is to run. `namespaces`: descriptors of those it enters, a user namespace first, which gives the
    right to the others; `inherited`: descriptors that it keeps, under the same numbers."""

    namespaces: tuple[int, ...] = ()
    inherited: tuple[int, ...] = ()

    def entry(self, report: int) -> tuple[list[str], tuple[int, ...]]:
        """What a command is to be preceded by so that it runs there, and the descriptors to pass on to it.

        `report`: a descriptor, passed on too, to which is written why the command could not be started; it closes
        without a word when it was. The command runs as this user, without any right over the network unless that is
        root, and is killed with the process that started it."""
        if not self.namespaces:
            return [], self.inherited
        enter = Path(__file__).with_name("enter.py")
        prefix = [sys.executable, "-I", "-S", str(enter), str(report), ",".join(map(str, self.namespaces))]
        return prefix, (*self.namespaces, *self.inherited, report)


HERE = Place()
"""Where the harness itself runs."""


@dataclass(frozen=True, slots=True)
class Order:
    """A program to be started. `words`: its command; `place`: where; `report`: a descriptor to which is written why it
    could not be brought there, -1 without; `keys`: it has a stdin to be written to."""

    words: Sequence[str]
    place: Place
    report: int
    directory: Path
    stderr: IO[bytes]
    keys: bool


class Started(Protocol):
    """A program that runs, first of a process group of its own; `stdin` is None without keys."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def wait(self) -> int:
        """Its exit code, once it has ended; negative for the signal that killed it. To be asked once it was killed."""


class Starter(Protocol):
    """Who starts programs."""

    def __call__(self, order: Order) -> Started:
        """Raises OSError, BenchError."""


def die_with_the_parent() -> None:
    """Let the kernel kill this process when the one that started it dies, however that happens."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def anew(order: Order) -> Started:
    """Start a program as any shell would."""
    prefix, fds = order.place.entry(order.report)
    return subprocess.Popen(
        [*prefix, *order.words],
        stdin=subprocess.PIPE if order.keys else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=order.stderr,
        cwd=order.directory,
        start_new_session=True,
        preexec_fn=die_with_the_parent,
        pass_fds=fds,
    )
