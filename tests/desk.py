"""A run at a terminal of its own, and the person who sits there."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.runs import PROJECT, Run

LIMIT = 120.0
"""Wall seconds for which anything is awaited; only a failing test waits so long."""

SEIZE = (
    "import fcntl, os, sys, termios\nos.setsid()\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\nos.execv(sys.argv[1], "
    "sys.argv[1:])"
)
"""Makes the terminal on stdin the one that controls the process, as a shell's is: Ctrl-C comes through it."""


class Desk:
    """A run at a terminal, and the person who sits there."""

    def __init__(self, out: Path, *arguments: str | Path) -> None:
        self._out = out
        self._person, its = os.openpty()
        run = [sys.executable, "-m", "pytest", "--out", out, *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SEIZE, *map(str, run)],
            stdin=its, stdout=its, stderr=its, cwd=PROJECT, env=environment,
        )  # fmt: skip
        os.close(its)
        self._shown = ""
        self._seen = 0

    def _read(self, deadline: float) -> bool:
        """Take in what has been written; False at the end of the run."""
        assert select.select([self._person], [], [], max(0.0, deadline - time.monotonic()))[0], self._shown
        try:
            text = os.read(self._person, 65536)
        except OSError:  # nobody holds the other end any more
            return False
        self._shown += text.decode(errors="replace").replace("\r\n", "\n")
        return bool(text)

    def sees(self, text: str) -> None:
        """Await a text after the last one seen."""
        deadline = time.monotonic() + LIMIT
        while (at := self._shown.find(text, self._seen)) < 0:
            assert self._read(deadline), self._shown
        self._seen = at + len(text)

    def is_asked(self, requirement: str) -> None:
        """Await the question about a requirement, until it can be answered."""
        self.sees(f"\n{requirement}  The ")
        self.sees("\n> ")

    def next_task(self) -> str | None:
        """Await the next thing to be done, in one line, until it can be answered; None at the end of the run."""
        deadline = time.monotonic() + LIMIT
        while (at := self._shown.find("\n> ", self._seen)) < 0:
            if not self._read(deadline):
                return None
        asked = self._shown[self._seen : at]
        self._seen = at + len("\n> ")
        return " ".join(asked.rpartition("-" * 40)[2].partition("Done?")[0].split())

    def types(self, text: str) -> None:
        os.write(self._person, text.encode())

    def end(self) -> Run:
        deadline = time.monotonic() + LIMIT
        while self._read(deadline):
            pass
        return Run(self.process.wait(LIMIT), self._shown, self._out, 0)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LIMIT)
        os.close(self._person)
