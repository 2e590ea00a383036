"""A lab on loopback: a real coordinator, a real exporter, a power switch over HTTP, a relay board over raw TCP."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.rig.bench_file import LabFile
from harness.rig.lab import Lab
from harness.rig.simulated import SimulatedBoard
from tests.runs import PROJECT

LIMIT = 30.0
"""Wall seconds that a program of labgrid has to say that it is ready, or to do its work; it takes one."""

PLACES = ("bench07", "bench08")

EXPORTER = """
bench07:
  relay:
    cls: NetworkSerialPort
    host: 127.0.0.1
    port: {relay}
    speed: 9600
    protocol: raw
  mains:
    cls: NetworkPowerPort
    model: rest
    host: http://127.0.0.1:{power}/outlet/{{index}}
    index: 7
bench08:
  left:
    cls: HttpDigitalOutput
    url: http://127.0.0.1:{power}/outlet/8
    body_asserted: "1"
    body_deasserted: "0"
  right:
    cls: HttpDigitalOutput
    url: http://127.0.0.1:{power}/outlet/9
    body_asserted: "1"
    body_deasserted: "0"
"""


@dataclass
class Outlets:
    """A power switch with outlets; `stuck`: it takes every command and switches nothing; `broken`: it refuses them."""

    on: dict[str, bool] = field(default_factory=lambda: {"7": True, "8": True, "9": True})
    stuck: bool = False
    broken: bool = False
    port: int = 0


@contextmanager
def outlets() -> Iterator[Outlets]:
    """Such a switch, at a free port."""
    state = Outlets()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"1" if state.on[self.path.rpartition("/")[2]] else b"0")

        def do_PUT(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if not state.stuck and not state.broken:
                state.on[self.path.rpartition("/")[2]] = asked == b"1"
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(503 if state.broken else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        state.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield state
        finally:
            server.shutdown()
            serving.join()


@contextmanager
def program(*words: str, cwd: Path, log: Path, ready: str = "") -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A program that has written a line with this in it, and that line; it is killed at last. `log`: for its stderr."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=cwd, bufsize=0
        )
    with process:
        try:
            yield process, line_of(process, ready, log)
        finally:
            process.kill()


def line_of(process: subprocess.Popen[bytes], ready: str, log: Path) -> str:
    """The line of its stdout that has this in it, within LIMIT."""
    assert process.stdout is not None
    heard, deadline = b"", time.monotonic() + LIMIT
    while select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if not (data := os.read(process.stdout.fileno(), 4096)):
            break
        heard += data
        for line in heard.decode().splitlines(keepends=True):
            if ready in line and line.endswith("\n"):
                return line.strip()
    raise AssertionError(f"{process.args} did not say {ready!r}: {heard.decode()}{log.read_text()}")


@dataclass
class Laboratory:
    """A lab that runs."""

    python: str
    coordinator: str
    outlets: Outlets
    board: SimulatedBoard
    process: subprocess.Popen[bytes]
    """The coordinator's."""

    def file(self, place: str, **changes: object) -> LabFile:
        return LabFile(coordinator=self.coordinator, place=place, python=self.python, **changes)

    @contextmanager
    def acquired(self, place: str = "bench07", **changes: object) -> Iterator[Lab]:
        lab = Lab.acquire(self.file(place, **changes))
        try:
            yield lab
        finally:
            lab.close()

    def client(self, *words: str, user: str = "alice") -> str:
        """What `labgrid-client` says when this user types these words."""
        told = subprocess.run(
            [str(Path(self.python).with_name("labgrid-client")), "-x", self.coordinator, *words],
            env=os.environ | {"LG_USERNAME": user},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout


@contextmanager
def laboratory(python: str, folder: Path) -> Iterator[Laboratory]:
    """A lab with two places: bench07 has a relay board and an outlet, bench08 two outputs that could switch mains."""
    with ExitStack() as ends:
        board = SimulatedBoard.start("lcus", 2, project=PROJECT)
        ends.callback(board.close)
        bridge = str(PROJECT / "tests" / "lab" / "bridge.py")
        _, relay = ends.enter_context(
            program(sys.executable, bridge, board.port, cwd=folder, log=folder / "bridge.log")
        )
        power = ends.enter_context(outlets())
        resources = folder / "exporter.yaml"
        resources.write_text(EXPORTER.format(relay=relay, power=power.port), "utf-8")
        words = (python, "-m", "labgrid.remote.coordinator", "-l", "127.0.0.1:0")
        coordinator, line = ends.enter_context(
            program(*words, cwd=folder, log=folder / "coordinator.log", ready="listening on")
        )
        lab = Laboratory(python, line.removeprefix("listening on "), power, board, coordinator)
        words = (python, "-m", "labgrid.remote.exporter", "-c", lab.coordinator, "-n", "table", str(resources))
        ends.enter_context(program(*words, cwd=folder, log=folder / "exporter.log", ready="Exporter ready"))
        for place in PLACES:
            lab.client("-p", place, "create")
            lab.client("-p", place, "add-match", f"table/{place}/*")
        awaited(lambda: lab.client("resources").count("table/") == 4)
        yield lab


def awaited(seen: Callable[[], bool]) -> None:
    """Look until it is seen, within LIMIT. Each look asks labgrid, which takes half a second."""
    deadline = time.monotonic() + LIMIT
    while not seen():
        assert time.monotonic() < deadline


@pytest.fixture(scope="session")
def lab_python() -> str:
    """A Python that has labgrid; it is not this one, whose serial package labgrid's would overwrite."""
    python = os.environ.get("LAB_PYTHON")
    if not python:
        pytest.skip("LAB_PYTHON names no Python that has labgrid (tox -e lab makes one)")
    return python


@pytest.fixture(scope="module", autouse=True)
def _loopback() -> Iterator[None]:
    """What is on loopback is not asked of a proxy, neither by gRPC nor by the power drivers."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="module")
def site(lab_python, tmp_path_factory) -> Iterator[Laboratory]:
    with laboratory(lab_python, tmp_path_factory.mktemp("lab")) as made:
        yield made
