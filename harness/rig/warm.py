"""Programs that start warm: forks of one process that has loaded all they need, in place of a boot for each of them.

A case of the emulator is short, and most of it was once the boot of Python and of the emulator's modules. The process
(`forking.py`) is started once in a run by the same Python, the same options and the same module as the command that it
stands for; a fork of it is a process like any other, with its own id, group, pipes and namespaces.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from harness.rig.starting import Order, Started, die_with_the_parent
from harness.transports.host import BenchError

LIMIT = 20.0
"""Wall seconds for an answer. To load all modules takes some hundred milliseconds, a fork a few."""

LARGEST = 65536
"""Bytes of a message between the harness and the process of which programs are forks."""

MOST_FDS = 16


class Warm:
    """Starts the programs of one command line: `python OPTIONS -m MODULE …`, where MODULE is a package with a
    `main(arguments)` in its door that returns the exit code. It ends with the thread that opened it, and so do all of
    its programs."""

    def __init__(self, command: Sequence[str], imports: Sequence[str], directory: Path) -> None:
        """`imports`: modules to load beside MODULE. Raises BenchError if they cannot be loaded."""
        split = command.index("-m") + 2
        self._prefix = list(command[:split])
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(LIMIT)
        python, module = self._prefix[:-2], self._prefix[-1]
        with theirs:
            self._process = subprocess.Popen(
                [*python, "-m", "harness.rig.forking", str(theirs.fileno()), module, *imports],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=directory,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for the harness
                preexec_fn=die_with_the_parent,
            )
        try:
            self._ask({"do": "hello"})
        except BenchError:
            self.close()
            raise

    def __call__(self, order: Order) -> Started:
        """Start a program of this command line. Raises BenchError."""
        own = len(self._prefix)
        if list(order.words[:own]) != self._prefix:
            raise BenchError(f"a warm start of {order.words}; allowed: {' '.join(self._prefix)} and its arguments")
        out, its_out = os.pipe()
        its_in, keys = os.pipe() if order.keys else (os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), -1)
        fork = _Fork(self, os.fdopen(keys, "wb", 0) if order.keys else None, os.fdopen(out, "rb", 0))
        reports = [order.report] if order.place.namespaces else []
        try:
            fork.pid = self._ask(
                {
                    "do": "start",
                    "arguments": order.words[own:],
                    "directory": str(order.directory),
                    "inherited": order.place.inherited,
                    "namespaces": len(order.place.namespaces),
                },
                [its_in, its_out, order.stderr.fileno(), *order.place.inherited, *reports, *order.place.namespaces],
            )["pid"]
        except BaseException:
            fork.close()
            raise
        finally:
            os.close(its_in)
            os.close(its_out)
        return fork

    @property
    def pid(self) -> int:
        """The process of which programs are forks."""
        return self._process.pid

    def wait(self, pid: int) -> int:
        """The exit code of a program, once it has ended. Raises BenchError."""
        return int(self._ask({"do": "wait", "pid": pid})["code"])

    def close(self) -> None:
        """End it, and with it whatever of it still runs. May be said twice."""
        self._end()

    def _ask(self, what: dict[str, Any], fds: Sequence[int] = ()) -> dict[str, Any]:
        message, why = b"", ""
        try:
            socket.send_fds(self._control, [json.dumps(what).encode()], list(fds))
            message = self._control.recv(LARGEST)
        except OSError as error:
            why = str(error)
        if not message:
            words = self._end() or why or "it has ended"
            raise BenchError(f"the process of which {self._prefix[-1]} is a fork does not answer: {words}")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _end(self) -> str:
        """End it, which it does by itself when its control socket closes; the last line it wrote."""
        self._control.close()
        if self._process.stderr is None or self._process.stderr.closed:
            return ""
        try:
            _, stderr = self._process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, stderr = self._process.communicate()
        return stderr.decode(errors="replace").strip().rpartition("\n")[2]


class _Fork:
    """A program that was started warm."""

    pid: int

    def __init__(self, warm: Warm, stdin: IO[bytes] | None, stdout: IO[bytes]) -> None:
        self._warm = warm
        self.stdin = stdin
        self.stdout: IO[bytes] | None = stdout

    def wait(self) -> int:
        return self._warm.wait(self.pid)

    def close(self) -> None:
        """Close our ends of its pipes."""
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                pipe.close()
