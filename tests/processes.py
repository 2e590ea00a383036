"""Which processes carry an argument, read from /proc: how tests see that nothing was left running."""

from __future__ import annotations

import time
from pathlib import Path

LIMIT = 5.0
"""Seconds a killed process may take to go; only a failing test waits so long."""


def alive(mark: str) -> list[int]:
    """The ids of the processes with this text among their arguments, zombies apart: they have none."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in arguments:
                found.append(int(entry.name))
    return found


def gone(mark: str) -> bool:
    """Whether no such process is left; a kill takes a moment to arrive."""
    deadline = time.monotonic() + LIMIT
    while alive(mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # noqa: TID251 — the process table cannot be awaited
    return True
