"""The relay on loopback: what it carries, what it does to lines, and what the cloud's side can tell of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from harness.evidence.bench import Bite, Witnessed
from harness.evidence.trace import Trace
from harness.faults.injector import Began, Report
from harness.faults.moment import Moment, Passed, Toward
from harness.faults.nemesis import Nemesis
from harness.faults.proxy.control import ProxyControl
from harness.faults.proxy.witness import CloudsLook
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.captive_portal import CaptivePortal
from harness.faults.wire.delay import Delay
from harness.faults.wire.fault import WireFault
from harness.faults.wire.refused import Refused as RefusedFault
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from harness.faults.wire.throttle import Throttle
from harness.rig.bench import Means
from harness.transports.host import HarnessError
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import Close, Dial, Hearing, Listen, Opened, PeerClosed, Received, Refused, Send
from tests.transports.party import Recorder

LIMIT = 10.0
BEAT = b"beat\x04\x04"


@dataclass
class Bench:
    """A cloud, a terminal and the relay between them; the terminal's line is up."""

    host: TcpHost
    cloud: Recorder
    terminal: Recorder
    proxy: ProxyControl
    nemesis: Nemesis
    dials: str

    async def seen(self, what: Callable[[], bool]) -> None:
        assert await self.host.until(what, LIMIT, "it")

    async def dial(self, within: float = LIMIT) -> None:
        """Another line of the terminal, or a refusal."""
        ends = len(self.terminal.of(Opened)) + len(self.terminal.of(Refused))
        self.host.say("terminal", [Dial(self.dials, within)])
        await self.seen(lambda: len(self.terminal.of(Opened)) + len(self.terminal.of(Refused)) > ends)

    def heard(self, party: Recorder) -> bytes:
        return b"".join(event.data for event in party.of(Received))

    def witnessed(self) -> Witnessed:
        self.nemesis.testify()
        return self.host.trace.heard("witness", Witnessed)[-1][1]


class Nothing:
    """An injector that says it does, and does not."""

    def __init__(self, host: TcpHost) -> None:
        self.on_report: Callable[[Report], None] = lambda _: None
        self.host = host

    def begin(self, number: int, *_: object) -> None:
        self.on_report(Began(number, self.host.now))

    def end(self, number) -> None: ...
    def poll(self) -> None: ...
    def close(self) -> None: ...


@pytest.fixture(scope="module")
def proxy() -> Iterator[ProxyControl]:
    """One relay for all, as in a run: each case gives it its own routes."""
    relay = ProxyControl.open()
    yield relay
    relay.close()


@asynccontextmanager
async def bench(proxy: ProxyControl, *, idle: bool = False) -> AsyncIterator[Bench]:
    host = TcpHost(
        trace=Trace(), players={hearing: proxy.player(hearing) for hearing in (Hearing.REFUSED, Hearing.TIMED_OUT)}
    )
    loop = asyncio.get_running_loop()
    loop.add_reader(proxy.fileno(), proxy.poll)
    try:
        cloud, terminal = Recorder("cloud"), Recorder("terminal")
        await host.attach(cloud, {"primary": ("127.0.0.1", 0)})
        await host.attach(terminal, recorded=False)
        dials = "{}:{}".format(*proxy.route("primary", host.address("primary")))
        injector = Nothing(host) if idle else proxy
        nemesis = Nemesis(host, injector, CloudsLook(host.trace), clock=(lambda at: at) if idle else host.at)
        made = Bench(host, cloud, terminal, proxy, nemesis, dials)
        await made.dial()
        await made.seen(lambda: bool(cloud.of(Opened)))
        yield made
    finally:
        with contextlib.suppress(ValueError):
            loop.remove_reader(proxy.fileno())
        await host.close()


async def test_lines_go_through_both_ways_and_end_in_order(proxy):
    async with bench(proxy) as made:
        made.host.say("terminal", [Send(1, b"to the cloud"), Send(1, b", in order")])
        made.host.say("cloud", [Send(1, b"to the terminal")])
        await made.seen(lambda: made.heard(made.cloud) == b"to the cloud, in order")
        await made.seen(lambda: made.heard(made.terminal) == b"to the terminal")
        made.host.say("cloud", [Send(1, b"!"), Close(1)])
        await made.seen(lambda: bool(made.terminal.of(PeerClosed)))
        assert made.terminal.of(PeerClosed) == [PeerClosed(1, reset=False)]
        assert made.heard(made.terminal) == b"to the terminal!"


async def test_a_new_route_ends_the_lines_of_the_old_one(proxy):
    async with bench(proxy) as made:
        host, other = TcpHost(trace=Trace()), Recorder("other")
        await host.attach(other, {"primary": ("127.0.0.1", 0)})
        assert "{}:{}".format(*proxy.route("primary", host.address("primary"))) == made.dials
        await made.seen(lambda: bool(made.terminal.of(PeerClosed)) and bool(made.cloud.of(PeerClosed)))
        await made.dial()
        made.host.say("terminal", [Send(2, b"to the other")])
        assert await host.until(lambda: made.heard(other) == b"to the other", LIMIT, "it")
        await host.close()


@pytest.mark.parametrize("by", ["cloud", "terminal"])
async def test_a_reset_of_theirs_goes_through(proxy, by):
    async with bench(proxy) as made:
        other = made.terminal if by == "cloud" else made.cloud
        made.host.say(by, [Close(1, reset=True)])
        await made.seen(lambda: bool(other.of(PeerClosed)))
        assert other.of(PeerClosed) == [PeerClosed(1, reset=True)]


@pytest.mark.parametrize(("hearing", "why"), [(Hearing.REFUSED, "refused"), (Hearing.TIMED_OUT, "timed out")])
async def test_the_relay_treats_diallers_as_its_cloud_does(proxy, hearing, why):
    async with bench(proxy) as made:
        made.host.say("cloud", [Listen("primary", hearing)])
        await made.dial(within=0.3)
        assert made.terminal.of(Refused) == [Refused(made.dials, why)]
        made.host.say("cloud", [Listen("primary")])
        await made.dial()
        assert len(made.terminal.of(Opened)) == 2


RESETS = [(ResetToTerminal(), (1, 0)), (ResetToCloud(), (0, 1)), (ResetToBoth(), (1, 1))]


@pytest.mark.parametrize(("fault", "ended"), RESETS, ids=["terminal", "cloud", "both"])
async def test_a_forged_reset_is_felt_where_it_is_meant_and_witnessed(proxy, fault, ended):
    async with bench(proxy) as made:
        async with made.nemesis(fault):
            for party, count in zip((made.terminal, made.cloud), ended, strict=True):
                if count:
                    await made.seen(lambda party=party: bool(party.of(PeerClosed)))
            for name, count in zip(("terminal", "cloud"), ended, strict=True):
                assert made.host.lines_of(name) == ([] if count else [1])
                if not count:
                    made.host.say(name, [Send(1, b"nobody answers")])
            if ended[0]:
                await made.dial()
                await made.seen(lambda: len(made.cloud.of(Opened)) == 2)
        witnessed = made.witnessed()
        assert (witnessed.signs > 0, witnessed.lingering) == (True, 0)
        assert made.host.trace.heard("nemesis", Bite)


ALL = [*(fault for fault, _ in RESETS), Delay(0.1), Throttle(1000), RefusedFault(), CaptivePortal()]


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
async def test_a_harm_that_was_not_done_is_not_seen(proxy, fault):
    async with bench(proxy, idle=True) as made:
        async with made.nemesis(fault):
            made.host.say("terminal", [Send(1, BEAT)])
            await made.seen(lambda: made.heard(made.cloud) == BEAT)
            made.host.say("terminal", [Close(1)])
            await made.dial()
            await made.seen(lambda: len(made.cloud.of(Opened)) == 2)
        assert made.witnessed().signs == 0


async def test_the_end_that_was_not_told_is_told_once_it_speaks_after_the_harm(proxy):
    async with bench(proxy) as made:
        async with made.nemesis(ResetToTerminal()):
            await made.seen(lambda: bool(made.terminal.of(PeerClosed)))
        made.host.say("cloud", [Send(1, b"still there?")])
        await made.seen(lambda: bool(made.cloud.of(PeerClosed)))
        assert made.cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]


UNSEEN: list[WireFault] = [Delay(0.2, jitter=0.1), Throttle(400)]


@pytest.mark.parametrize("fault", UNSEEN, ids=lambda fault: fault.name)
async def test_what_the_cloud_cannot_tell_bites_and_is_not_believed(proxy, fault):
    async with bench(proxy) as made:
        async with made.nemesis(fault):
            made.host.say("terminal", [Send(1, BEAT), Send(1, BEAT)])
            await made.seen(lambda: made.heard(made.cloud) == BEAT * 2)
        assert made.host.trace.heard("nemesis", Bite)
        assert made.witnessed().signs == 0


@pytest.mark.parametrize("named", ["as dialled", "as bound", "not"])
async def test_refused_is_felt_by_the_diallers_own_kernel(proxy, named):
    async with bench(proxy) as made:
        host, _, port = made.dials.rpartition(":")
        addresses = {"as dialled": ((host, int(port)),), "as bound": (made.host.address("primary"),), "not": ()}
        async with made.nemesis(RefusedFault(endpoints=addresses[named])):
            await made.dial()
            assert made.terminal.of(Refused) == [Refused(made.dials, "refused")]
            assert made.host.lines_of("terminal") == [1]
        await made.dial()
        assert len(made.terminal.of(Opened)) == 2
        assert not made.host.trace.heard("nemesis", Bite), "of a dial that the kernel refuses nobody hears"


async def test_a_portal_answers_and_the_cloud_hears_nothing(proxy):
    async with bench(proxy) as made:
        async with made.nemesis(CaptivePortal()):
            await made.dial()
            made.host.say("terminal", [Send(2, BEAT)])
            await made.seen(lambda: PeerClosed(2, reset=False) in made.terminal.of(PeerClosed))
            assert made.heard(made.terminal).startswith(b"HTTP/1.1 302 Found\r\n")
        assert (len(made.cloud.of(Opened)), made.heard(made.cloud)) == (1, b"")


@pytest.mark.parametrize(
    ("passed", "through"), [(Passed.FIRST_BYTE, b"b"), (Passed.BODY, b"beat"), (Passed.WHOLE, BEAT)]
)
async def test_a_harm_begins_at_its_moment(proxy, passed, through):
    moment = Moment("a beat", Toward.CLOUD, "beat", passed)
    async with bench(proxy) as made, made.nemesis(ResetToTerminal(), at=moment):
        made.host.say("terminal", [Send(1, b"hello\x04\x04"), Send(1, BEAT)])
        await made.seen(lambda: bool(made.terminal.of(PeerClosed)))
        await made.seen(lambda: made.heard(made.cloud) == b"hello\x04\x04" + through)


async def test_bad_orders_are_told(proxy):
    async with bench(proxy) as made:
        made.proxy.begin(1, Delay(0.1), None, 0, 1.0)
        with pytest.raises(HarnessError, match="fault 1 is in force already"):
            made.proxy.begin(1, Delay(0.1), None, 0, 1.0)
        made.proxy.end(1)
        with pytest.raises(HarnessError, match="no fault 1 is in force"):
            made.proxy.end(1)


def test_a_dead_relay_is_told_and_a_closed_one_is_gone():
    relay = ProxyControl.open()
    os.kill(relay.pid, signal.SIGKILL)
    with pytest.raises(HarnessError, match="the wire's process has ended"):
        relay.end(1)
    relay.close()
    with pytest.raises(HarnessError, match="closed"):
        relay.end(1)


def test_silence_is_not_among_its_means():
    assert {Means.STREAMS, Means.TIME_OUT} == ProxyControl.means
    assert {fault.means for fault in ALL} == {Means.STREAMS}
    assert BlackHole.means not in ProxyControl.means
