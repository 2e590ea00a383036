"""The harness's end of the wire's process: starts it, puts faults in force, hears what they did.

Both ends speak JSON over a SOCK_SEQPACKET socket, one message a packet. The harness asks (`{"serial": 7, "do": "end",
"number": 1}`) and waits, bounded; the wire answers (`{"serial": 7}`, or with `"failed"`), and reports by itself
(`{"reports": […]}`). Reports that belong before an answer arrive before it.
"""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import IO, Any, Self

from harness.faults.injector import Began, Bit, Broke, Report
from harness.faults.moment import Moment
from harness.faults.wire.fault import WireFault
from harness.transports.host import HarnessError

PATIENCE = 5.0
"""Wall seconds until a wire that does not answer counts as dead."""

START = 20.0
"""Wall seconds that it may take to start: it imports scapy first, and the machine may be busy."""

LONGEST = 1 << 17
"""Bytes of one message; the wire sends its reports in pieces far shorter."""

_REPORTS: dict[str, Callable[..., Report]] = {"Began": Began, "Bit": Bit, "Broke": Broke}


def encode(report: Report) -> list[Any]:
    """A report as a JSON value."""
    return [type(report).__name__, *astuple(report)]


def decode(value: list[Any]) -> Report:
    """A report out of its JSON value."""
    return _REPORTS[value[0]](*value[1:])


@dataclass(frozen=True, slots=True)
class Status:
    """What is inside the wire: `held`, delayed frames now; `next`, seconds until the first of them goes (infinity for
    none); `lost`, frames so far that the wire itself could not carry (its buffers were full, or a frame was too long):
    evidence with such a hole in it is not fit to judge by."""

    held: int
    lost: int
    next: float


class WireControl:
    """Implements `Injector` for the wire's process. Made by `start`; `close` ends the process.

    Every call is a bounded round trip and raises HarnessError when the process is dead, silent, or could not do it.
    `on_report` is told reports in order, out of `begin`, `end` and `poll`."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, stderr: IO[bytes]) -> None:
        self.on_report: Callable[[Report], None] = lambda _: None
        self._process = process
        self._control = control
        self._stderr = stderr
        self._serial = 0
        self._reports: deque[Report] = deque()
        self._answer: dict[str, Any] | None = None

    @classmethod
    def start(cls, terminal: socket.socket, cloud: socket.socket) -> WireControl:
        """Start a wire between two sockets that carry frames; on return it does. They are the wire's from now on, and
        are closed here.

        Raises HarnessError with what the process said if it does not come up."""
        with terminal, cloud:
            return cls.spawn(str(__package__), terminal.fileno(), cloud.fileno())

    @classmethod
    def spawn(cls, module: str, *descriptors: int) -> Self:
        """Start a process that speaks as the wire's does: the module, with its control socket and these descriptors.

        Raises HarnessError with what the process said if it does not come up."""
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stderr = tempfile.TemporaryFile()  # noqa: SIM115 — as long as the process
        ends = [its.fileno(), *descriptors]
        root = str(Path(__file__).parents[3])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        try:
            with its:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", module, *map(str, ends)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    pass_fds=ends,
                    env={**os.environ, "PYTHONPATH": path},
                    start_new_session=True,  # Ctrl-C is for the harness, which then ends the wire in order
                )
        except OSError as error:
            ours.close()
            stderr.close()
            raise HarnessError(f"cannot start the wire's process: {error.strerror or error}") from error
        wire = cls(process, ours, stderr)
        try:
            wire._ask("hello", within=START)
        except HarnessError:
            wire.close()
            raise
        return wire

    @property
    def pid(self) -> int:
        """The process of the wire."""
        return self._process.pid

    def fileno(self) -> int:
        """Readable when there is something for `poll`."""
        return self._control.fileno()

    # ---- Injector ----------------------------------------------------------------------------------------------------

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        """Put a fault in force at once, or when its moment comes. On return it is in force, or armed."""
        self._ask(
            "begin",
            number=number,
            kind=fault.kind,
            parameters=fault.parameters,
            moment=None if moment is None else asdict(moment),
            seed=seed,
            scale=scale,
        )

    def end(self, number: int) -> None:
        """Take a fault out of force. On return nothing of it is left in the wire, and all its bites were reported."""
        self._ask("end", number=number)

    def poll(self) -> None:
        """Report what has happened since. Raises HarnessError once the process has ended."""
        while self._receive(None):
            pass
        self._tell()

    def close(self) -> None:
        """End the process, and every fault with it; on return it is gone. May be called again."""
        self._control.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    # ---- What else a bench wants of it -------------------------------------------------------------------------------

    def rebind(self) -> None:
        """Bind the ends to their interfaces again, by name: one of them was taken away and is back."""
        self._ask("rebind")

    def names(self, mapping: Mapping[str, str], *, all: bool = False) -> None:
        """Answer DNS questions about these names (to IPv4 addresses), and with `all` every other one by NXDOMAIN."""
        self._ask("names", names=dict(mapping), all=all)

    def status(self) -> Status:
        """What is inside the wire, and what it lost."""
        answer = self._ask("status")
        return Status(answer["held"], answer["lost"], answer["next"] if answer["held"] else math.inf)

    def held(self) -> int:
        """Delayed frames that are inside the wire now."""
        return self.status().held

    def next_frame(self) -> float:
        """Seconds until the next delayed frame goes; infinity if there is none. What lay unread is carried on."""
        return self.status().next

    def advance(self, seconds: float) -> None:
        """The clock of the bench has jumped: for what is inside the wire that time has passed."""
        self._ask("advance", seconds=seconds)

    # ---- The conversation --------------------------------------------------------------------------------------------

    def _ask(self, do: str, within: float | None = None, **what: Any) -> dict[str, Any]:
        self._serial += 1
        self._answer = None
        message = json.dumps({"serial": self._serial, "do": do, **what}).encode()
        within = PATIENCE if within is None else within
        until = time.monotonic() + within
        try:
            self._control.settimeout(within)
            self._control.send(message)
        except OSError as error:
            raise self._dead(str(error.strerror or error)) from error
        while self._answer is None:
            if not self._receive(until):
                raise HarnessError(f"the wire's process did not answer {do!r} within {within:g} s")
        answer: dict[str, Any] = self._answer
        self._tell()
        if "failed" in answer:
            raise HarnessError(f"the wire: {answer['failed']}")
        return answer

    def _receive(self, until: float | None) -> bool:
        """Take one message in, waiting for it until then, or not at all; whether there was one."""
        try:
            self._control.settimeout(0 if until is None else max(0.001, until - time.monotonic()))
            data = self._control.recv(LONGEST)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError as error:
            raise self._dead(str(error.strerror or error)) from error
        if not data:
            raise self._dead("it closed its control socket")
        message = json.loads(data)
        self._reports.extend(decode(report) for report in message.get("reports", ()))
        if message.get("serial") == self._serial:
            self._answer = message
        return True

    def _tell(self) -> None:
        while self._reports:
            self.on_report(self._reports.popleft())

    def _dead(self, why: str) -> HarnessError:
        if self._stderr.closed:
            return HarnessError("the wire was closed")
        try:
            code: int | None = self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            code = None
        self._stderr.seek(0)
        said = self._stderr.read()[-2000:].decode(errors="replace").strip()
        ended = "does not answer" if code is None else f"has ended ({code})"
        return HarnessError(f"the wire's process {ended}: {said or why}")
