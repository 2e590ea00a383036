"""On a real wire and real TCP stacks: events get the times at which the terminal acted, however late we looked."""

import asyncio
import socket
import time

from fake_cloud.econduit import Cloud
from harness.evidence.bench import Parted
from harness.evidence.captured import Toward
from harness.rig.capture import Capture
from harness.rig.integrity import ClockWatch
from harness.rig.network import CLOUD, WC, WT, Network
from harness.rig.stamping import Stamping
from harness.transports.listening import bound
from harness.transports.tcp import TcpHost
from harness.wire import econduit, strict_json
from harness.wire.econduit import Heartbeat, Register, RegistrationAnswer
from harness.wire.endpoint import Opened, PeerClosed
from tests.rig.carrying import LIMIT, carried

REGISTER = strict_json.build(
    {"Command": "Register", "TerminalType": "AcmePay", "TerminalID": "77001234", "AckHeartbeat": "false"}
)
BEAT = b'{"Command":"Heartbeat"}'
CLOCKS = 0.001
"""Seconds by which the two clocks of this machine may be told apart wrongly in a test; a harness that woke up late
would be wrong by LATE."""
LATE = 0.05


async def test_what_a_terminal_did_while_nobody_looked(network: Network) -> None:
    network.plug()
    capture = Capture(network.capture(), {WT: Toward.TERMINAL, WC: Toward.CLOUD})
    clock = ClockWatch()
    host = TcpHost(
        bind=lambda name, _: bound((CLOUD[name], 9000), network.socket("cloud", socket.AF_INET, socket.SOCK_STREAM))
    )
    stamping = Stamping(
        host.trace, lambda line: host.peer("cloud", line), CLOUD.values(), lambda stamp: host.at(clock.monotonic(stamp))
    )
    did: list[tuple[type, float, float]] = []

    def do(kind: type, data: bytes) -> None:
        """The terminal sends, and the harness sleeps on it."""
        before = host.now
        terminal.sendall(data + econduit.TERMINATOR)
        did.append((kind, before, host.now))
        asleep = time.monotonic() + LATE
        while time.monotonic() < asleep:
            pass

    async with asyncio.timeout(LIMIT):
        with carried(network), network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM) as terminal:
            await host.attach(Cloud(), {"primary": ("", 0)})
            terminal.setblocking(False)
            terminal.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            dialled = host.now
            await asyncio.get_running_loop().sock_connect(terminal, host.address("primary"))
            do(Register, REGISTER)
            assert await host.until(lambda: bool(host.trace.heard("cloud", RegistrationAnswer)), LIMIT, "an answer")
            for _ in range(3):
                do(Heartbeat, BEAT)
            before = host.now
            terminal.shutdown(socket.SHUT_WR)
            did.append((PeerClosed, before, host.now))
            assert await host.until(lambda: bool(host.trace.heard("cloud", PeerClosed)), LIMIT, "the end")
        await host.close()

    capture.drain()
    stamping.stamp(capture.frames)
    assert (stamping.missing, capture.dropped(), clock.impaired()) == (0, 0, None)
    happened = [(type(body), event.at) for event, body in host.trace.heard("cloud", Register, Heartbeat, PeerClosed)]
    for (kind, before, after), (found, at) in zip(did, happened, strict=True):
        assert found is kind
        assert before - CLOCKS <= at <= after + CLOCKS
    [(opened, _)] = host.trace.heard("cloud", Opened)
    assert dialled - CLOCKS <= opened.at <= did[0][1] + CLOCKS
    [(parted, _)] = host.trace.heard("wire", Parted)
    assert parted.at == happened[-1][1]
    capture.close()
