"""The wire's process: `python -m harness.faults.wire CONTROL TERMINAL CLOUD`, three sockets that it inherited.

It ends when the harness closes the control socket, or dies.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import ctypes
import fcntl
import gc
import json
import signal
import socket
import struct
import sys
import time
from typing import Any

from harness.faults.injector import Report
from harness.faults.moment import Toward
from harness.faults.wire import registry
from harness.faults.wire.bridge import Bridge, Port
from harness.faults.wire.control import LONGEST, encode
from harness.faults.wire.outbox import Outbox
from harness.faults.wire.resolver import Names
from harness.transports.host import HarnessError

_PR_SET_PDEATHSIG = 1
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_IGNORE_OUTGOING = 263, 6, 23
_SIOCGSTAMPNS = 0x8907

ROOM = 64 << 20
"""Bytes asked for as the buffer of each end; the kernel grants what its administrator allows."""

REPORTS_A_MESSAGE = 100

_FOR_EVER = 1e9
"""Seconds; JSON has no infinity."""

MARGIN = 0.0001
"""Wall seconds that a harm's beginning is put before its first frame: the frame's capture is mapped to the monotonic
clock at another instant than here, and must not fall out of the harm's time by the difference."""


def entered(port: Port) -> float:
    """The monotonic time at which the frame that was read last came in: the kernel's stamp, or now if it has none."""
    now = time.monotonic()
    if not isinstance(port, socket.socket):
        return now
    stamp = array.array("q", [0, 0])
    try:
        fcntl.ioctl(port, _SIOCGSTAMPNS, stamp)
    except OSError:
        return now
    return now - max(0.0, time.time() - stamp[0] - stamp[1] / 1e9) - MARGIN


class End:
    """One end of the wire, and how it is bound."""

    def __init__(self, socket_: socket.socket) -> None:
        self.socket = socket_
        self._lost = 0
        socket_.setblocking(False)
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        self.interface = ""
        if socket_.family == socket.AF_PACKET:
            self.interface, self._protocol = socket_.getsockname()[:2]
            socket_.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)

    def rebind(self) -> None:
        """Bind to the interface of the same name again. It needs no privilege: the socket keeps its namespace.

        Raises HarnessError if there is none."""
        if not self.interface:
            return
        try:
            self.socket.bind((self.interface, self._protocol))
        except OSError as error:
            raise HarnessError(f"cannot take hold of {self.interface}: {error.strerror}") from error

    @property
    def lost(self) -> int:
        """Frames so far that came in faster than they were read."""
        if self.interface:
            counters = self.socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
            self._lost += struct.unpack("II", counters)[1]  # reading sets them to zero
        return self._lost


class Process:
    """Does what the harness asks, and reports."""

    def __init__(self, control: socket.socket, terminal: socket.socket, cloud: socket.socket) -> None:
        self._loop = asyncio.new_event_loop()
        self._control = control
        self._ends = {Toward.TERMINAL: End(terminal), Toward.CLOUD: End(cloud)}
        self._alarm: asyncio.TimerHandle | None = None
        self._reports: list[Report] = []
        self._outbox = Outbox(self._loop, control, self._loop.stop)
        self._failure: BaseException | None = None
        self.bridge = Bridge(terminal, cloud, report=self._report, alarm=self._wake_at, stamp=entered)

    def run(self) -> None:
        """Carry frames until the control socket is closed."""
        self._control.setblocking(False)
        self._loop.set_exception_handler(self._failed)
        self._loop.add_reader(self._control.fileno(), self._hear)
        for side, end in self._ends.items():
            self._loop.add_reader(end.socket.fileno(), self.bridge.drain, side)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()
        if self._failure is not None:
            raise self._failure

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # The wire is no wire any more. It must not look like one that drops packets: the process ends.
        self._failure = context.get("exception") or RuntimeError(context["message"])
        loop.stop()

    def _wake_at(self, due: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(due, self.bridge.release)

    # ---- Control -----------------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = self._recv()
            if not data:
                self._loop.stop()
                return
            request = json.loads(data)
            answer = {"serial": request["serial"]}
            try:
                answer |= self._do(request)
            except Exception as error:  # noqa: BLE001 — told to the harness, which raises it
                plain = isinstance(error, HarnessError)
                answer["failed"] = str(error) if plain else f"{type(error).__name__}: {error}"
            self._flush()
            self._outbox.send(answer)

    def _recv(self) -> bytes:
        try:
            return self._control.recv(LONGEST)
        except ConnectionError:
            return b""

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "hello":
                pass
            case "begin":
                fault = registry.fault(request["kind"], request["parameters"])
                moment = None if request["moment"] is None else registry.moment(request["moment"])
                self.bridge.begin(request["number"], fault, moment, request["seed"], request["scale"])
            case "end":
                self.bridge.end(request["number"])
            case "rebind":
                for end in self._ends.values():
                    end.rebind()
            case "names":
                self.bridge.resolver = Names(request["names"], all=request["all"])
            case "status":
                self.bridge.catch_up()  # a frame that lies unread in our sockets is inside the wire, too
                lost = self.bridge.lost + sum(end.lost for end in self._ends.values())
                return {"held": self.bridge.held, "lost": lost, "next": min(self.bridge.next_due, _FOR_EVER)}
            case "advance":
                self.bridge.advance(request["seconds"])
            case unknown:
                raise HarnessError(f"it cannot {unknown!r}")
        return {}

    def _report(self, report: Report) -> None:
        if not self._reports:
            self._loop.call_soon(self._flush)
        self._reports.append(report)

    def _flush(self) -> None:
        while self._reports:
            batch, self._reports = self._reports[:REPORTS_A_MESSAGE], self._reports[REPORTS_A_MESSAGE:]
            self._outbox.send({"reports": [encode(report) for report in batch]})


def main(arguments: list[str]) -> int:
    """Run the wire on the three descriptors that are named."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        control, terminal, cloud = (socket.socket(fileno=int(number)) for number in arguments)
    except (ValueError, OSError):
        print("the wire's process is started by the harness: it needs three inherited sockets", file=sys.stderr)
        return 4
    # Imported before the wire answers its first question, not when the first rule needs it: then it would hold up every
    # frame for 0.3 s, and from a thread of its own it would still hold the interpreter while frames wait.
    import scapy.layers.dns
    import scapy.layers.inet  # noqa: F401

    gc.collect()
    gc.freeze()  # what is here now stays: no collection is to walk through scapy while frames wait
    Process(control, terminal, cloud).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
