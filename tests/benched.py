"""Benches with a relay board that outlives a run, as a real one does, and suites that misuse it."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
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


class Table(threading.Thread):
    """A terminal on a table: a thread that starts the emulator when it has mains, and kills it when they go. Nothing of
    the harness knows of it."""

    def __init__(self, mains: Callable[[], bool], command: Sequence[str]) -> None:
        super().__init__(name="table")
        self._mains = mains
        self._command = [*command]
        self._over = threading.Event()
        self.boots = 0

    def __enter__(self) -> Table:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        terminal: subprocess.Popen[bytes] | None = None
        try:
            while not self._over.wait(0.002):
                if self._mains() and terminal is None:
                    self.boots += 1
                    terminal = subprocess.Popen(self._command, cwd=PROJECT, stdout=subprocess.DEVNULL)
                elif not self._mains() and terminal is not None:
                    terminal.kill()
                    terminal.wait()
                    terminal = None
        finally:
            if terminal is not None:
                terminal.kill()
                terminal.wait()


def at_first_channel(board: SimulatedBoard) -> Callable[[], bool]:
    """Whether a terminal has mains that hangs at the first channel, normally closed."""
    return lambda: not board.contacts()[0]


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, for a terminal that is told its endpoints once and for all. They lie below those that the
    kernel hands out by itself, so that nobody who dials gets one before it is listened at."""
    found: list[int] = []
    with ExitStack() as held:
        for port in random.SystemRandom().sample(range(15000, 32000), 1000):
            with suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
            if len(found) == count:
                return found
    raise OSError("no free port is to be found")


def listeners() -> dict[str, int]:
    """A free port for each listener of a bench."""
    return dict(zip(("primary", "secondary", "spare", "pos"), free_ports(4), strict=True))


TIMES = 60
"""How fast the clock of a terminal on a table runs."""


def table_bench(folder: Path, ports: Mapping[str, int], **more: Any) -> Path:
    """A bench file for a terminal on a table."""
    listen = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    return bench_file(
        folder, dut="bench", wire="none", listen=listen, ixit={"time_scale": TIMES, "boot_within": 10}, **more
    )


def emulator(ports: Mapping[str, int], flash: Path) -> list[str]:
    """A terminal's own set-up: where it dials, and how fast its clock runs."""
    return [
        *(sys.executable, "-S", "-E", "-s", "-m", "emulator", "terminal"),
        *("--primary", f"127.0.0.1:{ports['primary']}", "--secondary", f"127.0.0.1:{ports['secondary']}"),
        *("--outcome", "1.05=Declined", "--outcome", "1.06=Cancelled", "--outcome", "1.07=Error"),
        *("--time-scale", str(TIMES), "--flash", str(flash)),
    ]
