"""Each fault bites and heals, and one that does not bite makes its case INCONC whatever else was found."""

from __future__ import annotations

import pytest

from harness.checks import standing
from harness.evidence.bench import Bite, FaultBegan, FaultEnded
from harness.evidence.verdict import Verdict
from harness.faults.nemesis import Fault, Nemesis
from harness.faults.stream.ending import OrderlyClose, Reset
from harness.faults.stream.shut import Shut
from harness.faults.stream.silence import Silence
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Close, Dial, Hearing, Listen, Noted, Opened, PeerClosed, Received, Refused, Send, Told
from tests.transports.party import Recorder

ANY = ("127.0.0.1", 0)


class NoOp:
    """An injector that injects nothing."""

    name = "no-op"
    bites = 0

    def begin(self, _):
        return ()

    def __call__(self, outputs):
        return outputs

    def end(self):
        return ()


class Scene:
    """A cloud that echoes, a terminal, and a line between them."""

    def __init__(self) -> None:
        self.host = MemoryHost()
        self.cloud = Recorder("cloud", self.echo)
        self.terminal = Recorder("terminal")
        self.nemesis = Nemesis(self.host)

    @staticmethod
    def echo(event):
        return [Noted(event.line, "heard"), Send(event.line, event.data)] if isinstance(event, Received) else []

    async def dial(self, to: str = "primary") -> None:
        self.host.say("terminal", [Dial(to, within=10)])
        await self.settle(11)

    async def settle(self, seconds: float = 1.0) -> None:
        await self.host.until(lambda: False, seconds, "what comes")

    async def ask(self, line: int = 1) -> int:
        """Send a word and count the echoes so far."""
        self.host.say("terminal", [Send(line, b"x")])
        await self.settle()
        return len(self.terminal.of(Received))

    @property
    def verdict(self) -> Verdict:
        return standing.faults_took_hold(self.host.trace).verdict


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    await scene.host.attach(scene.cloud, {"primary": ANY, "secondary": ANY})
    await scene.host.attach(scene.terminal, recorded=False)
    await scene.dial()
    assert await scene.ask() == 1
    return scene


@pytest.mark.parametrize(("fault", "by_reset"), [(Reset(), True), (OrderlyClose(), False)])
async def test_the_line_ends_under_both_parties(scene, fault, by_reset):
    await scene.dial()
    async with scene.nemesis(fault, on="cloud"):
        await scene.settle()
    assert scene.terminal.of(PeerClosed) == [PeerClosed(1, by_reset), PeerClosed(2, by_reset)]
    assert scene.cloud.of(PeerClosed) == [PeerClosed(1, by_reset), PeerClosed(2, by_reset)]
    assert fault.bites == 2
    assert scene.verdict is Verdict.PASS


@pytest.mark.parametrize("hearing", [hearing for hearing in Hearing if hearing is not Hearing.ANSWERING])
@pytest.mark.parametrize("severing", [True, False])
async def test_a_listener_is_shut_and_opens_again(scene, hearing, severing):
    async with scene.nemesis(Shut("primary", hearing=hearing, severing=severing), on="cloud") as fault:
        await scene.dial()
        await scene.dial("secondary")
        assert scene.terminal.of(Refused) == [Refused("primary", hearing.value)]
        assert scene.terminal.of(PeerClosed) == ([PeerClosed(1, reset=True)] if severing else [])
    await scene.dial()
    assert scene.terminal.of(Opened) == [Opened(1, "primary"), Opened(2, "secondary"), Opened(3, "primary")]
    assert fault.bites == 1 + severing
    assert scene.verdict is Verdict.PASS


async def test_both_listeners_are_shut_at_once(scene):
    async with scene.nemesis(Shut("primary", "secondary"), on="cloud") as fault:
        await scene.dial()
        await scene.dial("secondary")
    assert len(scene.terminal.of(Refused)) == 2
    assert fault.name == "primary and secondary refused"


async def test_silence_swallows_what_is_sent_and_nothing_else(scene):
    async with scene.nemesis(Silence(), on="cloud") as fault:
        assert await scene.ask() == 1
        await scene.dial()
        assert await scene.ask(2) == 1
    assert fault.bites == 2
    assert len(scene.cloud.of(Received)) == 3
    assert await scene.ask() == 2
    assert scene.verdict is Verdict.PASS
    assert len(scene.host.trace.heard("cloud", Send)) == 2  # a swallowed Send was never sent, so it is not recorded


# ---- Without a bite --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [NoOp(), Silence(), Reset(), OrderlyClose()], ids=["no-op", "silence", "reset", "orderly close"]
)
async def test_a_fault_that_did_not_bite_decides_nothing(scene, fault):
    scene.host.say("cloud", [Close(1)])
    await scene.settle()
    async with scene.nemesis(fault, on="cloud"):
        await scene.settle()
    finding = standing.faults_took_hold(scene.host.trace)
    assert finding.verdict is Verdict.INCONC
    assert finding.actual == f"{fault.name}: no bite"
    (index,) = finding.evidence
    assert scene.host.trace.events[index].body == FaultEnded(fault.name, 0)


async def test_one_idle_fault_among_others_is_enough(scene):
    async with scene.nemesis(NoOp(), on="cloud"), scene.nemesis(Reset(), on="cloud"):
        await scene.settle()
    assert scene.verdict is Verdict.INCONC


async def test_without_faults_there_is_nothing_to_take_hold(scene):
    assert scene.verdict is Verdict.PASS


# ---- In the trace ----------------------------------------------------------------------------------------------------


async def test_harm_stands_in_the_trace_with_its_beginning_its_bites_and_its_end(scene):
    async with scene.nemesis(Shut("primary"), on="cloud"):
        await scene.settle()
    told = [event.body for event in scene.host.trace if event.source == "nemesis"]
    assert told == [
        FaultBegan("primary refused", "cloud"),
        Bite("primary refused", "Listen primary"),
        Bite("primary refused", "Close line 1"),
        FaultEnded("primary refused", 2),
    ]
    assert [body for _, body in scene.host.trace.heard("cloud", Listen)] == [
        Listen("primary", Hearing.REFUSED),
        Listen("primary", Hearing.ANSWERING),
    ]


async def test_whatever_ends_the_block_the_harm_ends(scene):
    with pytest.raises(LookupError):
        async with scene.nemesis(Silence(), on="cloud"):
            raise LookupError
    assert await scene.ask() == 2
    assert scene.host.trace.heard("nemesis", FaultEnded)


async def test_two_faults_on_one_party_heal_one_by_one(scene):
    outer: Fault = Silence()
    async with scene.nemesis(outer, on="cloud"):
        async with scene.nemesis(NoOp(), on="cloud"):
            assert await scene.ask() == 1
        assert await scene.ask() == 1
    assert await scene.ask() == 2
    assert outer.bites == 2


async def test_a_fault_lets_through_what_is_told_to_others(scene):
    scene.cloud.answer = lambda _: [Noted(0, "told"), Listen("secondary", Hearing.REFUSED)]
    async with scene.nemesis(Silence(), on="cloud"):
        scene.host.feed("cloud", Told("case", "go"))
    assert len(scene.host.trace.heard("cloud", str, Listen)) == 3
