"""Benches with a relay board that outlives a run, as a real one does, and suites that misuse it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.rig.simulated import SimulatedBoard
from tests.runs import PROJECT, bench_file

READY = 10.0
"""Wall seconds in which a board is there; only a failing test waits so long."""


def wired(board: str, channels: int, first: int = 1, **more: Any) -> dict[str, Any]:
    """A relay section with the mains at the first channel and the cable at the second, both normally closed."""
    power = {"channel": first, "contact": "normally_closed"}
    link = {"link": {"channel": first + 1, "contact": "normally_closed"}} if channels > 1 else {}
    return {"board": board, "port": "simulated", "channels": channels, "power": power, **link, **more}


@contextmanager
def board_of_its_own(folder: Path, name: str = "lcus", channels: int = 2) -> Iterator[dict[str, Any]]:
    """A simulated board that nobody's run ends. Gives the relay section of a bench file."""
    port, contacts = folder / "board", folder / "contacts"
    command = [sys.executable, "-m", "emulator", "relay-board", "--board", name, "--channels", str(channels)]
    process = subprocess.Popen(
        [*command, "--pty", str(port), "--contacts", str(contacts)], cwd=PROJECT, stderr=subprocess.PIPE
    )
    try:
        _await(contacts, process)
        yield wired(name, channels, port=str(port), contacts=str(contacts))
    finally:
        process.terminate()
        process.communicate(timeout=READY)


def _await(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the board listens there."""
    import time

    deadline = time.monotonic() + READY
    while not path.exists():
        assert process.poll() is None, "the board has ended"
        assert time.monotonic() < deadline, "no board"


def stands(relay: dict[str, Any]) -> tuple[bool, ...]:
    """Which relays of a board of its own are energised, once nobody follows it any more."""
    follower = SimulatedBoard.connect(Path(relay["contacts"]))
    try:
        return follower.contacts()
    finally:
        follower.close()


def relay_bench(folder: Path, relay: dict[str, Any], **more: Any) -> Path:
    """A bench file of the emulator at a relay board, at the document's own times."""
    ixit = {"time_scale": 1, "boot_within": 10}
    return bench_file(folder, dut="emulator", clock="virtual", relay=relay, **more, ixit=ixit)
