"""Every harm that memory can play: it is felt, its witness sees it while it lasts, and sees nothing without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from harness.evidence.bench import Bite, FaultBegan, FaultEnded, Witnessed
from harness.evidence.trace import Trace
from harness.faults.injector import Began, Report
from harness.faults.moment import Moment, Passed, Toward
from harness.faults.nemesis import Nemesis
from harness.faults.on_memory import MEANS, LinkRecord, MemoryWire
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.cable_out import CableOut
from harness.faults.wire.captive_portal import CaptivePortal
from harness.faults.wire.corruption import Corruption
from harness.faults.wire.delay import Delay
from harness.faults.wire.drop_kth import DropMessage
from harness.faults.wire.fault import WireFault
from harness.faults.wire.internet_loss import InternetLoss
from harness.faults.wire.late_close import LateClose
from harness.faults.wire.loss import Loss
from harness.faults.wire.nat_loss import NatLoss
from harness.faults.wire.not_resolved import NotResolved, Outcome
from harness.faults.wire.refused import Refused as RefusedFault
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from harness.faults.wire.throttle import Throttle
from harness.faults.wire.unreachable import Unreachable
from harness.faults.wire.wifi_loss import WifiLoss
from harness.transports.host import HarnessError
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import (
    Close,
    Dial,
    Input,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
    WakeAt,
    Woke,
)

BEAT, ACK = b"beat\x04\x04", b"ack\x04\x04"
ANY = ("127.0.0.1", 0)


@dataclass
class Talker:
    """A terminal that keeps a line, beats on it every second, and dials again a second after it has lost it."""

    name = "terminal"
    inputs: list[tuple[float, Input]] = field(default_factory=list)
    line: int = 0

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        self.inputs.append((now, event))
        match event:
            case Woke("dial"):
                yield Dial("primary", within=5)
            case Opened(line):
                self.line = line
                yield WakeAt("beat", now + 1)
            case Woke("beat"):
                yield Send(self.line, BEAT)
                yield WakeAt("beat", now + 1)
            case Received(line, data) if data != ACK:
                yield WakeAt("beat", None)
                yield Close(line)
                yield WakeAt("dial", now + 1)
            case PeerClosed() | Refused():
                yield WakeAt("beat", None)
                yield WakeAt("dial", now + 1)

    def of(self, kind: type) -> list:
        return [event for _, event in self.inputs if isinstance(event, kind)]


@dataclass
class Answerer:
    """A cloud that answers each beat."""

    name = "cloud"
    inputs: list[tuple[float, Input]] = field(default_factory=list)

    def handle(self, event: Input, now: float) -> Iterable[Output]:
        self.inputs.append((now, event))
        if isinstance(event, Received):
            yield Send(event.line, ACK)

    of = Talker.of


class Nothing:
    """An injector that says it does, and does not."""

    def __init__(self, host: MemoryHost) -> None:
        self.on_report: Callable[[Report], None] = lambda _: None
        self.host = host

    def begin(self, number: int, *_: object) -> None:
        self.on_report(Began(number, self.host.now))

    def end(self, number) -> None: ...
    def poll(self) -> None: ...
    def close(self) -> None: ...


@dataclass
class Bench:
    """Talker and Answerer with a line, and a nemesis between them."""

    host: MemoryHost
    terminal: Talker
    cloud: Answerer
    wire: MemoryWire
    nemesis: Nemesis

    async def passes(self, seconds: float) -> None:
        await self.host.until(lambda: False, seconds, "time")

    def drop(self) -> None:
        """The cloud ends every line."""
        self.host.say("cloud", [Close(line) for line in self.host.lines_of("cloud")])

    @property
    def witnessed(self) -> list[Witnessed]:
        return [body for _, body in self.host.trace.heard("witness", Witnessed)]


async def bench(injector: Callable[[MemoryHost], object] = MemoryWire) -> Bench:
    host, terminal, cloud = MemoryHost(Trace()), Talker(), Answerer()
    await host.attach(cloud, {"primary": ANY})
    await host.attach(terminal, recorded=False)
    host.feed("terminal", Woke("dial"))
    await host.until(lambda: bool(cloud.of(Received)), 5, "a beat")
    wire = MemoryWire(host)
    played = wire if injector is MemoryWire else injector(host)
    link = wire.carrier if played is wire else lambda **_: None
    return Bench(host, terminal, cloud, wire, Nemesis(host, played, LinkRecord(host.link), link))


SILENT: list[WireFault] = [
    BlackHole(),
    BlackHole(toward=(Toward.TERMINAL,)),
    BlackHole(toward=(Toward.CLOUD,)),
    CableOut(),
    WifiLoss(),
    InternetLoss(),
    InternetLoss(told=True),
    NatLoss(),
]
TALKING: list[WireFault] = [
    *(ResetToTerminal(), ResetToCloud(), ResetToBoth(), NatLoss(telling=True)),
    *(CaptivePortal(), CaptivePortal(redirect=False)),
    *(Delay(0.5, jitter=0.2), Throttle(200), Loss(0.5), DropMessage("beat")),
]  # fmt: skip
DIALLED: list[WireFault] = [
    *(RefusedFault(), RefusedFault(endpoints=(("198.51.100.10", 5000),)), Unreachable()),
    *(NotResolved(outcome) for outcome in Outcome),
    LateClose(2.0),
]
ALL = SILENT + TALKING + DIALLED


def shown(value: WireFault | str) -> str:
    return value if isinstance(value, str) else f"{value.name} {value.parameters}"


async def suffer(bench: Bench, fault: WireFault) -> None:
    """Ten seconds of a harm, with a dial in it if it takes one to be felt, and half a minute of rest."""
    async with bench.nemesis(fault):
        if fault in DIALLED:
            bench.drop()
        await bench.passes(10)
    await bench.passes(30)
    bench.nemesis.testify()


@pytest.mark.parametrize("fault", ALL, ids=shown)
async def test_every_harm_is_witnessed_and_ends(fault):
    played = await bench()
    await suffer(played, fault)
    (witnessed,) = played.witnessed
    assert witnessed.signs > 0, witnessed
    assert witnessed.lingering == 0
    assert played.host.trace.heard("nemesis", Bite)
    before = len(played.cloud.of(Received))
    await played.passes(10)
    assert len(played.cloud.of(Received)) > before + 5, "the talk goes on"


@pytest.mark.parametrize("fault", ALL, ids=shown)
async def test_a_harm_that_was_not_done_is_not_seen(fault):
    idle = await bench(Nothing)
    await suffer(idle, fault)
    (witnessed,) = idle.witnessed
    assert (witnessed.signs, witnessed.lingering) == (0, 0)


@pytest.mark.parametrize("fault", SILENT, ids=shown)
async def test_nothing_gets_through_in_silence_and_all_of_it_afterwards(fault):
    played = await bench()
    await played.passes(0.5)
    heard = len(played.cloud.of(Received)), len(played.terminal.of(Received))
    async with played.nemesis(fault):
        await played.passes(20)
        assert (
            len(played.cloud.of(Received)),
            len(played.terminal.of(Received)),
        ) == heard or fault.name == "black hole"
        assert played.cloud.of(PeerClosed) == played.terminal.of(PeerClosed) == []
    await played.passes(0.1)
    assert len(played.cloud.of(Received)) == heard[0] + 20
    assert len(played.terminal.of(Received)) == heard[1] + 20


async def test_a_portal_answers_and_the_cloud_hears_nothing():
    played = await bench()
    async with played.nemesis(CaptivePortal()):
        await played.passes(1)
        heard = len(played.cloud.inputs)
        await played.passes(20)
        assert len(played.cloud.inputs) == heard
    pages = [event.data for event in played.terminal.of(Received) if event.data.startswith(b"HTTP/1.1 302 Found\r\n")]
    assert len(pages) > 2
    assert played.host.lines_of("cloud") == [1]


@pytest.mark.parametrize(
    ("fault", "ended"),
    [(ResetToTerminal(), (1, 0)), (ResetToCloud(), (0, 1)), (ResetToBoth(), (1, 1))],
    ids=["terminal", "cloud", "both"],
)
async def test_a_reset_reaches_whom_it_is_meant_for_and_the_other_waits_in_vain(fault, ended):
    played = await bench()
    async with played.nemesis(fault):
        await played.passes(20)
        parties = played.terminal, played.cloud
        assert tuple(party.of(PeerClosed).count(PeerClosed(1, reset=True)) for party in parties) == ended
        assert len(played.terminal.of(Opened)) == 1 + ended[0]


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (RefusedFault(), "refused"),
        (Unreachable(), "unreachable"),
        (InternetLoss(told=True), "unreachable"),
        (BlackHole(), "timed out"),
        (NotResolved(), "name not resolved"),
        (NotResolved(Outcome.SERVER_FAILURE), "name not resolved"),
        (NotResolved(Outcome.SILENCE), "timed out"),
        (NotResolved(Outcome.WRONG_ADDRESS), "timed out"),
    ],
    ids=shown,
)
async def test_what_a_dialler_is_told(fault, why):
    played = await bench()
    played.drop()
    await played.passes(0.5)
    async with played.nemesis(fault):
        await played.passes(20)
    assert set(played.terminal.of(Refused)) == {Refused("primary", why)}


async def test_a_harm_to_other_endpoints_is_not_felt():
    played = await bench()
    async with played.nemesis(RefusedFault(endpoints=(("198.51.100.11", 5000),))):
        played.drop()
        await played.passes(20)
    assert len(played.terminal.of(Opened)) == 2


async def test_a_late_close_is_late_and_at_its_end_it_is_there():
    played = await bench()
    async with played.nemesis(LateClose(100.0)):
        played.drop()
        await played.passes(20)
        assert played.terminal.of(PeerClosed) == []
    await played.passes(0.1)
    assert played.terminal.of(PeerClosed) == [PeerClosed(1, reset=True)] or played.terminal.of(PeerClosed) == [
        PeerClosed(1, reset=False)
    ]


@pytest.mark.parametrize(
    ("passed", "through"),
    [(Passed.NOTHING, b""), (Passed.FIRST_BYTE, BEAT[:1]), (Passed.BODY, BEAT[:-2]), (Passed.WHOLE, BEAT)],
)
async def test_a_harm_begins_at_its_moment(passed, through):
    played = await bench()
    beats = len(played.cloud.of(Received))
    async with played.nemesis(BlackHole(), at=Moment("a beat", Toward.CLOUD, "beat", passed)) as harm:
        assert harm.since is None
        await played.passes(20)
        assert harm.since is not None
        assert b"".join(event.data for event in played.cloud.of(Received)[beats:]) == through
    await played.passes(0.5)
    assert b"".join(event.data for event in played.cloud.of(Received)[beats:]) == BEAT * 20


async def test_a_moment_that_never_comes_leaves_no_harm():
    played = await bench()
    async with played.nemesis(BlackHole(), at=Moment("a sale", Toward.TERMINAL, "sale")) as harm:
        await played.passes(20)
    assert harm.since is None
    assert played.terminal.of(PeerClosed) == []


async def test_drops_in_a_row_are_each_witnessed_by_themselves():
    played = await bench()
    for _ in range(5):
        async with played.nemesis(WifiLoss()):
            await played.passes(3)
        await played.passes(3)
    played.nemesis.testify()
    assert [(seen.signs > 0, seen.lingering) for seen in played.witnessed] == [(True, 0)] * 5


async def test_a_rule_that_breaks_is_told_and_what_it_looked_at_passes():
    played = await bench()
    async with played.nemesis(Corruption(1.0)):
        with pytest.raises(HarnessError, match="Corruption: HarnessError: what puts other bytes"):
            await played.passes(5)


async def test_a_number_is_for_one_fault():
    played = await bench()
    played.wire.begin(1, BlackHole(), None, 0, 1.0)
    with pytest.raises(HarnessError, match="fault 1 is in force already"):
        played.wire.begin(1, BlackHole(), None, 0, 1.0)
    played.wire.close()
    with pytest.raises(HarnessError, match="no fault 1 is in force"):
        played.wire.end(1)
    await played.passes(5)
    assert played.terminal.of(PeerClosed) == []


async def test_the_same_seed_gives_the_same_story():
    stories = []
    for _ in range(2):
        played = await bench()
        async with played.nemesis(Loss(0.5)), played.nemesis(Delay(0.2, jitter=0.1)):
            await played.passes(20)
        stories.append(played.host.trace.events)
    assert stories[0] == stories[1]
    assert any(isinstance(event.body, FaultBegan) for event in stories[0])
    assert any(isinstance(event.body, FaultEnded) for event in stories[0])


def test_single_packets_are_not_among_its_means():
    assert {fault.means for fault in SILENT + DIALLED} <= MEANS
