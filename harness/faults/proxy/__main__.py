"""The relay's process: `python -m harness.faults.proxy CONTROL`, a socket that it inherited.

It speaks as the wire's process does (`harness.faults.wire.control`), and ends when the harness closes the socket, or
dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import math
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from harness.faults.injector import Began, Report
from harness.faults.moment import Moment
from harness.faults.on_link import LinkWire
from harness.faults.proxy.control import LISTENERS
from harness.faults.proxy.relay import Relay
from harness.faults.wire import registry
from harness.faults.wire.control import LONGEST, encode
from harness.faults.wire.fault import WireFault
from harness.faults.wire.outbox import Outbox
from harness.faults.wire.refused import Refused
from harness.transports.host import HarnessError
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import Hearing

_PR_SET_PDEATHSIG = 1
LOOPBACK = "127.0.0.1"


class Process:
    """Does what the harness asks, and reports."""

    def __init__(self, control: socket.socket, host: TcpHost, relay: Relay, over: Callable[[], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._control = control
        self._host = host
        self._relay = relay
        self._wire = LinkWire(relay)
        self._wire.on_report = self._report
        self._shut: dict[int, tuple[str, ...]] = {}
        self._outbox = Outbox(self._loop, control, lambda: None)
        self._over = over
        control.setblocking(False)
        self._loop.add_reader(control, self._hear)

    # ---- control -----------------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        data = b""
        with contextlib.suppress(ConnectionError):
            try:
                data = self._control.recv(LONGEST)
            except BlockingIOError:
                return
        if not data:
            self._loop.remove_reader(self._control)
            self._loop.remove_writer(self._control)
            self._over()
            return
        request = json.loads(data)
        answer = {"serial": request["serial"]}
        if request["do"] == "route":
            name = request["name"]
            host, _, port = self._dialled(name).rpartition(":")
            told = {**answer, "address": [host, int(port)]}
            self._relay.route(name, request["cloud"], lambda: self._outbox.send(told))
            return
        try:
            answer |= self._do(request)
        except HarnessError as error:
            answer["failed"] = str(error)
        self._outbox.send(answer)

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "hello":
                pass
            case "hear":
                self._relay.hear(request["name"], Hearing(request["hearing"]))
            case "begin":
                fault = registry.fault(request["kind"], request["parameters"])
                moment = None if request["moment"] is None else registry.moment(request["moment"])
                self._begin(request["number"], fault, moment, request["seed"], request["scale"])
            case "end":
                self._relay.reopen(self._shut.pop(request["number"], ()))
                self._wire.end(request["number"])
            case unknown:
                raise HarnessError(f"the relay cannot {unknown!r}")
        return {}

    def _dialled(self, name: str) -> str:
        """Where the DUT dials a listener."""
        return "{}:{}".format(*self._host.address(name))

    def _begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:
        if isinstance(fault, Refused):
            # The dialler's kernel must be told before it has its line: by a port where nobody listens. Nobody hears of
            # such a dial, so the harm never bites: its cases are INCONC here.
            meant = {f"{address}:{port}" for address, port in fault.endpoints}
            self._shut[number] = tuple(
                name for name in LISTENERS if not meant or meant & {self._relay.to(name), self._dialled(name)}
            )
        self._wire.begin(number, fault, moment, seed, scale)

    def _report(self, report: Report) -> None:
        self._outbox.send({"reports": [encode(report)]})
        if isinstance(report, Began):
            self._relay.shut(self._shut.get(report.number, ()))


async def run(control: socket.socket) -> None:
    """Relay until the control socket is closed. Raises HarnessError if the relay breaks."""
    host = TcpHost()
    relay = Relay(host)
    await host.attach(relay, dict.fromkeys(LISTENERS, (LOOPBACK, 0)), recorded=False)
    for name in LISTENERS:
        relay.hear(name, Hearing.REFUSED)  # it has no route yet
    work = asyncio.ensure_future(host.until(lambda: False, math.inf, "the end of the run"))
    Process(control, host, relay, work.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        await host.close()


def main(arguments: list[str]) -> int:
    """Run the relay with the control socket of that descriptor."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        control = socket.socket(fileno=int(arguments[0]))
    except (ValueError, OSError, IndexError):
        print("the relay's process is started by the harness: it needs an inherited socket", file=sys.stderr)
        return 4
    import scapy.layers.inet  # noqa: F401 — now: for the first reset that is forged all lines would stand still

    asyncio.run(run(control))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
