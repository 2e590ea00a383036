"""A schedule: every fault begins and ends when the list says, and none outlives it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.checks import standing
from harness.evidence.bench import FaultBegan, FaultEnded
from harness.evidence.verdict import Verdict
from harness.faults.injector import Began, Bit, Broke
from harness.faults.moment import Moment, Toward, Watch
from harness.faults.nemesis import Nemesis
from harness.faults.schedule import Step, flapping, play
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.delay import Delay
from harness.faults.wire.loss import Loss
from harness.transports.host import HarnessError
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Dial, Received, Send, WakeAt, Woke
from tests.transports.party import Recorder

BEAT = b'{"Command":"Heartbeat"}\x04\x04'
TO_CLOUD = Moment("a heartbeat", Toward.CLOUD, '"Heartbeat"')
TO_TERMINAL = Moment("its answer", Toward.TERMINAL, '"Heartbeat"')
DOWN, LOSS, SLOW = BlackHole(), Loss(0.1), Delay(0.3)


@dataclass
class FakeInjector:
    """Harms nothing, and says that it does; a moment has come when the terminal's bytes bring it."""

    host: MemoryHost
    armed: dict[int, Watch] = field(default_factory=dict)
    force: list[int] = field(default_factory=list)
    broken: str = ""

    def begin(self, number, _fault, moment, *_):
        if moment is None:
            self._begun(number)
        else:
            self.armed[number] = Watch(moment)

    def _begun(self, number):
        self.force.append(number)
        self.on_report(Began(number, self.host.now))
        self.on_report(Bit(number, self.host.now, "a frame"))
        if self.broken:
            self.on_report(Broke(number, self.host.now, self.broken))

    def heard(self, data):
        for number, watch in list(self.armed.items()):
            if watch.cut(data) is not None:
                del self.armed[number]
                self._begun(number)

    def end(self, number):
        self.armed.pop(number, None)
        if number in self.force:
            self.force.remove(number)

    def poll(self):
        pass

    def close(self):
        pass


class Scene:
    """A terminal that beats every 60 s, at 60 s first, a cloud that answers, and a wire between them."""

    def __init__(self) -> None:
        self.host = MemoryHost()
        self.injector = FakeInjector(self.host)
        self.nemesis = Nemesis(self.host, self.injector)

    async def open(self) -> None:
        await self.host.attach(Recorder("cloud", self.cloud), {"primary": ("", 0)})
        await self.host.attach(Recorder("terminal", self.terminal), recorded=False)
        self.host.say("terminal", [Dial("primary", within=10), WakeAt("beat", 60)])

    def cloud(self, event):
        if isinstance(event, Received):
            self.injector.heard(event.data)
            return [Send(event.line, event.data)]
        return []

    def terminal(self, event):
        return [Send(1, BEAT), WakeAt("beat", self.host.now + 60)] if isinstance(event, Woke) else []

    async def play(self, *steps: Step, within: float = 100.0) -> bool:
        return await play(self.nemesis, steps, self.host, within=within)

    @property
    def told(self) -> list[tuple[float, str, bool]]:
        """What began (True) and ended, and when."""
        return [
            (event.at, body.fault, isinstance(body, FaultBegan))
            for event, body in self.host.trace.heard("nemesis", FaultBegan, FaultEnded)
        ]


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    await scene.open()
    return scene


async def test_faults_begin_and_end_at_their_times(scene):
    await scene.host.until(lambda: False, 5, "a beginning that is not the clock's")
    assert await scene.play(Step(1, DOWN, True), Step(2, LOSS, True), Step(4.5, DOWN, False), Step(9, LOSS, False))
    assert scene.told == [(6, "black hole", True), (7, "loss", True), (9.5, "black hole", False), (14, "loss", False)]
    assert scene.host.now == 14
    assert not scene.injector.force
    assert standing.faults_took_hold(scene.host.trace).verdict is Verdict.PASS


async def test_a_flapping_link_drops_ten_times(scene):
    assert await scene.play(*flapping(DOWN, 10, down=2, up=3))
    assert scene.told == [(at, "black hole", on) for drop in range(10) for at, on in ((5 * drop, 1), (5 * drop + 2, 0))]


async def test_the_dialogue_goes_on_meanwhile(scene):
    assert await scene.play(Step(0, LOSS, True), Step(1000, LOSS, False))
    assert len(scene.host.trace.heard("cloud", Received)) == 16


async def test_what_is_left_in_force_ends_with_the_list_the_youngest_first(scene):
    assert await scene.play(Step(0, DOWN, True), Step(1, LOSS, True), Step(2, SLOW, True), Step(3, LOSS, False))
    assert scene.told[3:] == [(3, "loss", False), (3, "delay", False), (3, "black hole", False)]


async def test_whatever_ends_it_every_fault_ends(scene):
    scene.host._at(5, lambda: scene.host.broke(HarnessError("a rule broke")))
    with pytest.raises(HarnessError, match="a rule broke"):
        await scene.play(Step(0, DOWN, True), Step(1, LOSS, True), Step(9, DOWN, False))
    assert scene.told[2:] == [(5, "loss", False), (5, "black hole", False)]
    assert not scene.injector.force


async def test_a_broken_rule_ends_the_schedule(scene):
    scene.injector.broken = "ZeroDivisionError"
    with pytest.raises(HarnessError, match="the rule of black hole broke: ZeroDivisionError"):
        await scene.play(Step(0, DOWN, True), Step(1, DOWN, False))
    assert not scene.injector.force


# ---- Moments ---------------------------------------------------------------------------------------------------------


async def test_a_fault_begins_at_a_moment_and_times_count_from_there(scene):
    assert await scene.play(
        Step(1, LOSS, True), Step(TO_CLOUD, DOWN, True), Step(20, DOWN, False), Step(25, LOSS, False)
    )
    came = pytest.approx(60.001)
    assert scene.told == [
        (1, "loss", True),
        (came, "black hole", True),
        (pytest.approx(80.001), "black hole", False),
        (pytest.approx(85.001), "loss", False),
    ]


@pytest.mark.parametrize("moment", [TO_CLOUD, TO_TERMINAL])
async def test_a_fault_ends_at_a_moment(scene, moment):
    assert await scene.play(Step(0, LOSS, True), Step(moment, LOSS, False), Step(1, SLOW, True), Step(2, SLOW, False))
    assert [at for at, *_ in scene.told] == [0, *map(pytest.approx, (60.001, 61.001, 62.001))]


async def test_what_was_said_before_is_not_its_moment(scene):
    assert await scene.play(Step(0, LOSS, True), Step(61, SLOW, True), Step(TO_CLOUD, LOSS, False))
    assert (pytest.approx(120.001), "loss", False) in scene.told


async def test_the_moment_comes_twice(scene):
    drop = [Step(TO_CLOUD, DOWN, True), Step(10, DOWN, False)]
    assert await scene.play(*drop, *drop)
    assert [at for at, *_ in scene.told] == [*map(pytest.approx, (60.001, 70.001, 120.001, 130.001))]


@pytest.mark.parametrize("on", [True, False])
async def test_without_its_moment_nothing_more_is_done(scene, on):
    never = Moment("a sale", Toward.CLOUD, '"Sale"')
    steps = [Step(0, DOWN, True)] * (not on)
    assert not await scene.play(*steps, Step(never, DOWN, on), Step(1, LOSS, True), within=70)
    assert scene.host.now == 70
    assert "loss" not in [fault for _, fault, _ in scene.told]
    assert scene.told[-1] == (70, "black hole", False)
    assert not scene.injector.armed
    assert not scene.injector.force


# ---- Lists that cannot be played -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([Step(5, DOWN, True), Step(4, DOWN, False)], "step 2 of the schedule is at 4 s, before that at 5 s"),
        ([Step(-1, DOWN, True)], "step 1 of the schedule is at -1 s, before that at 0"),
        (
            [Step(0, DOWN, True), Step(1, BlackHole(), True)],
            "step 2 of the schedule: black hole begins, and is in force already",
        ),
        (
            [Step(0, DOWN, True), Step(1, LOSS, False)],
            "step 2 of the schedule: loss ends, and is not in force",
        ),
        ([*flapping(DOWN, 2, down=1, up=0), Step(TO_CLOUD, DOWN, False)], "step 5 .* ends, and is not in force"),
    ],
)
async def test_a_list_that_cannot_be_played_harms_nothing(scene, steps, why):
    with pytest.raises(HarnessError, match=why):
        await scene.play(*steps)
    assert not scene.told


async def test_times_start_again_after_a_moment(scene):
    assert await scene.play(Step(50, LOSS, True), Step(TO_CLOUD, DOWN, True), Step(1, DOWN, False))
    assert [at for at, *_ in scene.told][:2] == [50, pytest.approx(60.001)]


async def test_an_empty_list_is_played_at_once(scene):
    assert await scene.play()
    assert scene.host.now == 0
