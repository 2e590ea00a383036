"""A bench that is a place of a labgrid lab: acquired for the run, its serial ports and mains reached through labgrid.

labgrid itself is only in `labgrid.py` beside this file, which another Python runs (it says why). It is started with the
run and keeps the place until the run ends, so that an actuation costs no more than a line each way.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, cast

from harness.rig.bench_file import LAB, LabFile
from harness.transports.host import BenchError

ADAPTER = Path(__file__).with_name("labgrid.py")

ACQUIRED_WITHIN = 60.0
"""Wall seconds in which a place is acquired; its adapter gives up earlier and says why."""

ORDERED_WITHIN = 20.0
"""Wall seconds in which an order is answered; likewise."""

RELEASED_WITHIN = 60.0
"""Wall seconds in which a place is released and the adapter has ended; likewise."""

ENDED_WITHIN = 5.0
"""Wall seconds in which an adapter that has nothing more to say has ended."""


class Lab:
    """A place that is acquired. What can break raises BenchError, which names coordinator, place and what was found."""

    owner: str
    """By whom the place is acquired, as labgrid tells others: `host/user`."""
    power: LabPower | None
    """The mains of the DUT, where the bench file says that a power driver of the place switches them."""

    def __init__(self, file: LabFile, python: str, adapter: subprocess.Popen[bytes], stderr: IO[bytes]) -> None:
        self.place = file.place
        self._python = python
        self._coordinator = file.coordinator
        self._adapter = adapter
        self._stdin, self._stdout = cast(IO[bytes], adapter.stdin), cast(IO[bytes], adapter.stdout)
        self._stderr = stderr
        self._heard = b""
        self._orders = 0
        self._serials: dict[str, str] = {}
        self.owner = ""
        self.power = None

    @classmethod
    def acquire(cls, file: LabFile) -> Lab:
        """Acquire the place that the bench file names, and keep it until `close`, or until this process ends.

        Raises BenchError: no such Python or no labgrid in it, nobody answers at the coordinator, no such place (which
        there are), acquired by whom, not whole, nothing in it that switches the mains."""
        python = _python(file)
        power = file.power if isinstance(file.power, str) else "*" if file.power else "-"
        words = [python, "-I", str(ADAPTER), file.coordinator, file.place, power, "on" if file.safe else "off"]
        stderr = tempfile.TemporaryFile()  # noqa: SIM115 — it is closed with the place
        try:
            # A session of its own: Ctrl-C is for the run, which then ends in order.
            adapter = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, bufsize=0, start_new_session=True
            )
        except OSError as error:
            stderr.close()
            raise BenchError(f"lab.python: {python}: {error.strerror or error}") from error
        lab = cls(file, python, adapter, stderr)
        try:
            place = lab._acquired()
        except BaseException:
            with contextlib.suppress(BenchError):
                lab.close()
            raise
        lab.owner = place["owner"]
        lab._serials = place["serials"]
        lab.power = LabPower(lab, place["power"]) if place["power"] else None
        return lab

    @property
    def pid(self) -> int:
        """The process that holds the place; it ends with this one."""
        return self._adapter.pid

    def serial_url(self, name: str | None = None) -> str:
        """A serial port of the place as a pyserial URL, `socket://…` or `rfc2217://…`; without a name, the only one."""
        has = ", ".join(sorted(self._serials)) or "none"
        if not name and len(self._serials) != 1:
            raise self._broken(f"name one of its serial ports as relay.port {LAB}:NAME (there are: {has})")
        url = self._serials.get(name) if name else next(iter(self._serials.values()))
        if url is None:
            raise self._broken(f"it has no serial port {name} (there are: {has})")
        return url

    def close(self) -> None:
        """Leave the mains safe and release the place. May be said twice. Raises BenchError if it stays held."""
        if self._stderr.closed:
            return
        with self._stderr:
            try:
                # Ends its stdin, which is the end of the run.
                rest, _ = self._adapter.communicate(timeout=RELEASED_WITHIN)
            except subprocess.TimeoutExpired:
                self._adapter.kill()
                rest, _ = self._adapter.communicate()
            if self._adapter.returncode:
                raise self._broken(self._error(self._heard + rest) or self._dead())

    async def order(self, on: bool | None) -> bool | None:
        """Have the mains switched (None: only read back); what they read back, None if that cannot be told."""
        number = self._order(on)
        try:
            async with asyncio.timeout(ORDERED_WITHIN):
                while (answer := self._answer(number)) is None:
                    await _readable(self._stdout)
                    self._hear()
        except TimeoutError:
            raise self._broken(f"no answer within {ORDERED_WITHIN:g} s") from None
        state: bool | None = answer["state"]
        return state

    def _order(self, on: bool | None) -> int:
        self._orders += 1
        line = json.dumps({"order": self._orders, "on": on}).encode() + b"\n"
        try:
            with contextlib.suppress(BrokenPipeError):  # why it ended is read instead of an answer
                self._stdin.write(line)
        except ValueError:
            raise self._broken("it is released") from None
        return self._orders

    def _acquired(self) -> dict[str, Any]:
        """What the adapter says at first."""
        deadline = time.monotonic() + ACQUIRED_WITHIN
        while (place := self._answer(None)) is None:
            if not select.select([self._stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise self._broken(f"no answer within {ACQUIRED_WITHIN:g} s")
            self._hear()
        return place

    def _answer(self, number: int | None) -> dict[str, Any] | None:
        """The answer to an order (None: what is said at first) if it has come; what answers an order that nobody awaits
        any more is passed over."""
        while b"\n" in self._heard:
            line, _, self._heard = self._heard.partition(b"\n")
            said = self._read(line)
            if said.get("order") in (number, None):
                if "error" in said:
                    raise self._broken(said["error"])
                return said
        return None

    def _hear(self) -> None:
        """Take in what can be read."""
        data = os.read(self._stdout.fileno(), 65536)
        if not data:
            raise self._broken(self._dead())
        self._heard += data

    def _read(self, line: bytes) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            raise self._broken(f"{self._python} is no Python, it said {line[:80]!r}") from None
        return said

    def _error(self, lines: bytes) -> str:
        """What went wrong at last, "" if nothing was said."""
        errors = [said["error"] for said in map(self._read, lines.splitlines()) if "error" in said]
        return str(errors[-1]) if errors else ""

    def _dead(self) -> str:
        """Why the adapter, which has closed its stdout, ended without a word."""
        try:
            self._adapter.wait(ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            self._adapter.kill()
            self._adapter.wait()
        self._stderr.seek(0)
        last = self._stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
        if "No module named" in last:
            return f"{self._python} has no labgrid ({last}); install it there: pip install 'labgrid>=26,<27'"
        free = f"labgrid-client -x {self._coordinator} -p {self.place} release-from {self.owner}"
        stays = f"; it stays acquired by {self.owner} until somebody says: {free}" if self.owner else ""
        code = self._adapter.returncode
        return f"its adapter (process {self.pid}) ended with {code}: {last or 'no word on stderr'}{stays}"

    def _broken(self, what: str) -> BenchError:
        return BenchError(f"lab {self._coordinator}, place {self.place}: {what}")


class LabPower:
    """The mains of the DUT behind a power driver of labgrid."""

    def __init__(self, lab: Lab, driver: str) -> None:
        self._lab = lab
        self.label = f"labgrid {driver} at place {lab.place}"

    async def switch(self, *, on: bool) -> bool | None:
        """Switch; True if the driver reads it back so, None if it cannot tell. Raises BenchError, also if it reads
        back otherwise."""
        state = await self._lab.order(on)
        if state is not None and state != on:
            raise BenchError(f"{self.label}: switched {_word(on)}, and it reads back {_word(state)}")
        return None if state is None else True

    async def state(self) -> bool | None:
        """Whether the mains are on, as the driver reads them back; None if it cannot tell. Raises BenchError."""
        return await self._lab.order(None)


async def _readable(pipe: IO[bytes]) -> None:
    """Wait until a pipe can be read."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(pipe.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(pipe.fileno())


def _word(on: bool) -> str:
    return "on" if on else "off"


def _python(file: LabFile) -> str:
    """The Python that has labgrid: the one named, or the one beside the `labgrid-client` on the path."""
    if file.python is not None:
        return file.python
    client = shutil.which("labgrid-client")
    if client is None:
        raise BenchError("lab.python: name a Python that has labgrid; there is no labgrid-client on PATH either")
    return str(Path(client).resolve().with_name("python3"))
