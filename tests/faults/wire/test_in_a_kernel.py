"""What real TCP stacks make of each harm: a forgery that no stack believes is none. And the signs, on real frames."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ECONNREFUSED, EHOSTUNREACH, ENETUNREACH

import pytest
from scapy.layers.dns import DNS, DNSQR

from harness.faults.moment import Toward
from harness.faults.sightings import sightings
from harness.faults.wire.captive_portal import CaptivePortal, page
from harness.faults.wire.control import WireControl
from harness.faults.wire.fault import WireFault
from harness.faults.wire.internet_loss import InternetLoss
from harness.faults.wire.late_close import LateClose
from harness.faults.wire.nat_loss import NatLoss
from harness.faults.wire.not_resolved import NotResolved
from harness.faults.wire.refused import Refused
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from harness.faults.wire.unreachable import Unreachable
from harness.rig.capture import Capture
from harness.rig.network import CLOUD, GATEWAY, WC, WT, Network, NetworkForbidden

PRIMARY, SECONDARY = (CLOUD["primary"], 2010), (CLOUD["secondary"], 2010)
LIMIT = 10.0
ESTABLISHED = 1
NOBODY = ("203.0.113.7", 80)


class Bench:
    """Two kernels, the wire between them, and a capture."""

    def __init__(self, network: Network, wire: WireControl) -> None:
        self.network = network
        self.wire = wire
        self.capture = Capture(network.capture(), {WT: Toward.TERMINAL, WC: Toward.CLOUD})
        self.listener = network.socket("cloud", socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.settimeout(LIMIT)
        self.listener.bind(PRIMARY)
        self.listener.listen()
        self.open = [self.listener]
        self.harms = 0

    def dial(self, to: tuple[str, int] = PRIMARY) -> socket.socket:
        line = self.network.socket("terminal", socket.AF_INET, socket.SOCK_STREAM)
        self.open.append(line)
        line.settimeout(LIMIT)
        line.connect(to)
        return line

    def line(self) -> tuple[socket.socket, socket.socket]:
        """The terminal's end of a line and the cloud's; each has heard the other."""
        terminal = self.dial()
        cloud, _ = self.listener.accept()
        self.open.append(cloud)
        cloud.settimeout(LIMIT)
        for one, two in ((terminal, cloud), (cloud, terminal)):
            one.send(b"?")
            assert two.recv(9) == b"?"
        return terminal, cloud

    @contextmanager
    def harm(self, fault: WireFault) -> Iterator[None]:
        """While it lasts its signs are to be seen, and none of them before."""
        self.harms += 1
        since = time.time()
        self.wire.begin(self.harms, fault, None, seed=1, scale=1.0)
        yield
        self.wire.end(self.harms)
        self.capture.drain()
        frames = [frame.seen(lambda stamp: stamp / 1e9 - since) for frame in self.capture.frames]
        assert fault.signs(sightings(frames, (), -LIMIT, 0.0)).count == 0
        assert fault.signs(sightings(frames, (), 0.0, LIMIT)).count > 0

    def close(self) -> None:
        for line in self.open:
            line.close()
        self.capture.close()


def state(line: socket.socket) -> int:
    """The state of a connection, as its kernel has it."""
    return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


@pytest.fixture(scope="module")
def carried():
    try:
        network = Network.open()
    except NetworkForbidden as why:
        pytest.skip(str(why))
    with network:
        network.plug()
        ends = [network.packets(WT), network.packets(WC)]
        wire = WireControl.start(*ends)
        try:
            yield network, wire
        finally:
            wire.close()
            for end in ends:
                end.close()


@pytest.fixture
def bench(carried):
    bench = Bench(*carried)
    try:
        yield bench
    finally:
        bench.close()


@pytest.mark.parametrize(
    ("fault", "told"),
    [(ResetToTerminal(), (True, False)), (ResetToCloud(), (False, True)), (ResetToBoth(), (True, True))],
)
def test_only_the_victim_of_a_reset_learns_of_it(bench, fault, told):
    ends = bench.line()
    with bench.harm(fault):
        for end, is_told in zip(ends, told, strict=True):
            if is_told:
                with pytest.raises(ConnectionResetError):
                    end.recv(1)
        bench.line()
        assert [state(end) == ESTABLISHED for end in ends] == [not is_told for is_told in told]


def test_a_half_open_end_finds_out_when_the_harm_is_over(bench):
    terminal, cloud = bench.line()
    with bench.harm(ResetToTerminal()), pytest.raises(ConnectionResetError):
        terminal.recv(1)
    cloud.send(b"anybody?")
    with pytest.raises(ConnectionResetError):
        cloud.recv(1)


@pytest.mark.parametrize(
    ("fault", "errno"),
    [
        (Refused(), ECONNREFUSED),
        (Refused((PRIMARY,)), ECONNREFUSED),
        (Unreachable("net"), ENETUNREACH),
        (Unreachable("host"), EHOSTUNREACH),
        (Unreachable("port"), ECONNREFUSED),
        (Unreachable("admin"), EHOSTUNREACH),
        (InternetLoss(told=True), ENETUNREACH),
    ],
)
def test_a_dial_fails_for_the_reason_told(bench, fault, errno):
    with bench.harm(fault):
        with pytest.raises(OSError) as failure:  # noqa: PT011 — which one is what is asked next
            bench.dial()
        assert failure.value.errno == errno
    bench.line()


def test_the_gateway_itself_still_answers_without_the_internet(bench):
    terminal, cloud = bench.line()
    with bench.harm(InternetLoss()):
        terminal.send(b"lost")
        with pytest.raises(ConnectionRefusedError):
            bench.dial((GATEWAY, 9))
    assert cloud.recv(9) == b"lost"


def test_lines_a_router_has_forgotten_are_dead_and_new_ones_live(bench):
    terminal, cloud = bench.line()
    with bench.harm(NatLoss()):
        terminal.send(b"lost")
        bench.line()
        assert (state(terminal), state(cloud)) == (ESTABLISHED, ESTABLISHED)


@pytest.mark.parametrize("who", [0, 1])
def test_a_router_that_tells_resets_who_sends(bench, who):
    ends = bench.line()
    with bench.harm(NatLoss(telling=True)):
        ends[who].send(b"anybody?")
        with pytest.raises(ConnectionResetError):
            ends[who].recv(1)
        assert state(ends[1 - who]) == ESTABLISHED


def test_the_end_of_a_line_comes_late(bench):
    terminal, cloud = bench.line()
    with bench.harm(LateClose(0.1)):
        cloud.close()
        assert terminal.recv(9) == b""


def test_the_portal_takes_over_old_lines_and_accepts_new_ones(bench):
    terminal, cloud = bench.line()
    with bench.harm(CaptivePortal()):
        for line in (terminal, bench.dial(NOBODY)):
            line.send(b'{"Function":"Register"}\x04\x04')
            assert line.recv(9999) == page(redirect=True)
            assert line.recv(9) == b""
            line.shutdown(socket.SHUT_WR)
        assert state(cloud) == ESTABLISHED


@pytest.mark.parametrize(
    ("fault", "rcode", "addresses"),
    [
        (NotResolved("no such name"), 3, []),
        (NotResolved("server failure"), 2, []),
        (NotResolved("wrong address", address="203.0.113.9"), 0, ["203.0.113.9"]),
    ],
)
def test_a_name_leads_nowhere(bench, fault, rcode, addresses):
    with bench.network.socket("terminal", socket.AF_INET, socket.SOCK_DGRAM) as asker, bench.harm(fault):
        asker.settimeout(LIMIT)
        asker.connect((GATEWAY, 53))
        asker.send(bytes(DNS(id=7, rd=1, qd=[DNSQR(qname="cloud.test")])))
        answer = DNS(asker.recv(999))
        assert (answer.id, answer.rcode, [record.rdata for record in answer.an]) == (7, rcode, addresses)
