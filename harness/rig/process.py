"""A DUT that is a program: started as its power-on, killed with its whole process group as its power cut.

Its screen is what it writes as JSON lines on stdout (`{"screen": {"text": "POS Online", "colour": "white"}}`), its
journal likewise: a charge of a terminal (`{"journal": {"reference": "…", "charge": "…"}}`), or how a sale stands in the
book of a POS (`{"journal": {"reference": "…", "state": "paid", "amount": "12.40"}}`). Its keys are pressed by JSON
lines on its stdin (`{"press": {"sale": {"amount": "12.40"}}}`). Its stderr is kept as evidence. No thread is used: the
end of the program is seen through a pidfd.

A killed program's kernel still says goodbye for it. Where the bench has an outlet (a network of its own for the DUT),
that is unplugged before the program is killed, so that the cloud hears nothing, as with real mains.

If the harness itself is killed, nothing may go on dialling: the kernel kills the program then, and a keeper, which
waits for the end of a pipe that only the harness holds, kills what the program has started.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from harness.evidence.bench import Booked, Exited, Journal, Mains, Pressed, Provisioned, Screen, Unreadable
from harness.rig.bench import Means
from harness.rig.bench_file import fill, placeholders
from harness.rig.starting import HERE, Order, Place, Started, Starter, anew
from harness.transports.host import EVENT_BYTES, BenchError, Host

LONGEST_LINE = 65536
"""Bytes of one stdout line that are kept; a screen is far shorter."""

MOST_STDOUT = 4 << 20
"""Bytes of stdout that are read while the program runs, each line with the weight of an event; what comes after them is
thrown away."""

STDERR_SHOWN = 2000
"""Bytes from the end of stderr that go into the trace."""

STARTED_WITHIN = 10.0
"""Wall seconds in which a command has been put into the outlet's place; it takes some ten milliseconds."""

KEEPER = "read -r _; kill -9 -{group}"


class Outlet(Protocol):
    """Where a DUT gets its power and its network; `harness.rig.network.Network` is one."""

    def plug(self) -> None:
        """Power on: the DUT's place has a fresh network stack. Raises BenchError."""

    def unplug(self) -> None:
        """Power off: nothing of the stack reaches anybody any more. May be said twice. Raises BenchError."""

    def place(self) -> Place:
        """Where a program that is started now runs."""


Said = Screen | Journal | Booked | Unreadable


def read_line(line: bytes) -> Said:
    """What one line of stdout says."""
    try:
        said = json.loads(line)
        if "screen" in said:
            return Screen(str(said["screen"]["text"]), str(said["screen"].get("colour", "")))
        journal = said["journal"]
        if "state" in journal:
            return Booked(str(journal["reference"]), str(journal["state"]), str(journal.get("amount", "")))
        return Journal(str(journal["reference"]), str(journal["charge"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Unreadable(line[:200].decode(errors="replace"))


def means(command: tuple[str, ...], has_screen: bool) -> frozenset[Means]:
    """What the rig can do to a program, by what its command line lets be filled in."""
    named = placeholders(command)
    return frozenset(
        {Means.POWER}
        | ({Means.SCREEN} if has_screen else set())
        | ({Means.ENDPOINTS} if "primary_port" in named else set())
        | ({Means.ACKS} if "ack_heartbeat" in named else set())
    )


class _Stdout(asyncio.Protocol):
    """Lines of the program's stdout, bounded."""

    def __init__(self, say: Callable[[Said], None]) -> None:
        self._say = say
        self._buffer = b""
        self._left = MOST_STDOUT

    def data_received(self, data: bytes) -> None:
        if self._left <= 0:
            return
        self._left -= len(data) + data.count(b"\n") * EVENT_BYTES
        if self._left <= 0:
            self._say(Unreadable("more than is worth keeping; the rest is not read"))
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if line.strip():
                self._say(read_line(line))
        if len(self._buffer) > LONGEST_LINE:
            self._say(Unreadable(f"{len(self._buffer)} bytes without a line end"))
            self._buffer = b""


class ProcessDut:
    """A program as DUT.

    `values()` gives what is filled into the command at each start, after the settings provisioned so far (a listener's
    name stands for its address). `evidence`: the folder for its stderr. `outlet`: where it has its power and its
    network from; without one it shares the machine's. `tells`: its start and its kill are what the rig knows of its
    mains; not so where a relay switches them. `keys`: it takes what is pressed from its stdin. `source`: under which
    name the trace has what it shows and what becomes of it; there may be several programs on a bench; `starter`:
    who starts it."""

    def __init__(
        self,
        host: Host,
        command: tuple[str, ...],
        values: Callable[[Mapping[str, str]], Mapping[str, str]],
        *,
        directory: Path,
        evidence: Path,
        has_screen: bool,
        outlet: Outlet | None = None,
        tells: bool = True,
        keys: bool = False,
        starter: Starter = anew,
        source: str = "bench",
    ) -> None:
        self._host = host
        self._starter = starter
        self._source = source
        self._tells = tells
        self._keys = keys
        self._outlet = outlet
        self._plugged = False
        self._command = command
        self._values = values
        self._directory = directory
        self._has_screen = has_screen
        self.stderr_path = evidence
        self._settings: dict[str, str] = {}
        self._process: Started | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._stdout: asyncio.BaseTransport | None = None
        self._pidfd = -1
        self.means = means(command, has_screen) | ({Means.KEYS} if keys else set())

    async def prepare(self) -> None:
        """It has no mains before a case gives it some."""

    async def power_on(self) -> None:
        if self._process is not None:
            return
        words = fill(self._command, self._values(self._settings))
        if self._outlet is None:
            process = self._start(words)
        else:
            process = await self._start_at(self._outlet, words)
        loop = asyncio.get_running_loop()
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
        self._stdout, _ = await loop.connect_read_pipe(lambda: _Stdout(self._said), process.stdout)
        self._pidfd = os.pidfd_open(process.pid)  # last: it may have ended already, and all of this be taken back
        loop.add_reader(self._pidfd, self._ended)

    def _start(self, words: Sequence[str], place: Place = HERE, report: int = -1) -> Started:
        self._stderr = self.stderr_path.open("ab")
        try:
            self._process = self._starter(Order(words, place, report, self._directory, self._stderr, self._keys))
        except (OSError, BenchError) as error:
            self._stderr.close()
            why = getattr(error, "strerror", None) or error
            raise BenchError(f"cannot start the DUT: {words[0]}: {why}") from error
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER.format(group=self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._mains(on=True)
        return self._process

    async def _start_at(self, outlet: Outlet, words: Sequence[str]) -> Started:
        """Start the command in the outlet's place; what goes wrong on its way there is no defect of the DUT."""
        outlet.plug()
        self._plugged = True
        read, write = os.pipe()
        with os.fdopen(read, "rb") as pipe:
            try:
                process = self._start(words, outlet.place(), write)
            finally:
                os.close(write)
            why = await _whole(pipe, STARTED_WITHIN)
        if why:
            await self.power_off()
            raise BenchError(f"cannot start the DUT: {why}")
        return process

    async def power_off(self) -> None:
        try:
            if self._outlet is not None and self._plugged:
                self._plugged = False
                self._outlet.unplug()
        finally:
            self._kill()

    def _kill(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._clear()
        self._mains(on=False)

    async def leave(self) -> None:
        await self.power_off()

    def _mains(self, *, on: bool) -> None:
        if self._tells:
            self._host.record(self._source, Mains(on=on))

    def provision(self, **settings: str) -> None:
        self._settings |= settings
        self._host.record(self._source, Provisioned(dict(settings)))

    def press(self, key: str, **fields: str) -> None:
        """What a cashier would do now. A program that has ended, or reads nothing, has no cashier."""
        self._host.record(self._source, Pressed(key, dict(fields)))
        if self._process is not None and self._process.stdin is not None:
            line = json.dumps({"press": {key: fields}}, ensure_ascii=False).encode() + b"\n"
            with contextlib.suppress(BrokenPipeError, BlockingIOError):
                os.write(self._process.stdin.fileno(), line)

    def _said(self, what: Said) -> None:
        """Its journal counts in any case; the rest only where stdout is its screen."""
        if self._has_screen or isinstance(what, Journal | Booked):
            self._host.record(self._source, what)

    def _ended(self) -> None:
        """The program ended by itself; one that it may have started is ended with it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        try:
            code = self._clear()
        except BenchError as error:  # who started it is dead, which has killed it
            self._host.broke(error)
        else:
            self._host.record(self._source, Exited(code, self._last_words()))

    def _last_words(self) -> str:
        with self.stderr_path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - STDERR_SHOWN))
            return file.read().decode(errors="replace").strip()

    def _clear(self) -> int:
        if self._process is None or self._stderr is None or self._keeper is None:
            return 0
        self._keeper.kill()
        self._keeper.communicate()
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
        process, stdout = self._process, self._stdout or self._process.stdout
        self._process = self._keeper = self._stdout = None
        self._pidfd = -1
        for pipe in (process.stdin, stdout, self._stderr):
            if pipe is not None:
                pipe.close()
        return process.wait()


async def _whole(pipe: IO[bytes], within: float) -> str:
    """What is written to a pipe until its other end is closed."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        async with asyncio.timeout(within):
            return (await reader.read()).decode(errors="replace")
    except TimeoutError:
        return f"it was not on its way after {within:g} s"
    finally:
        transport.close()
