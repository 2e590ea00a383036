"""Harm to the mains: when they go and come, and what a terminal behind them, or a contact that lies, leaves to see."""

from __future__ import annotations

import random

import pytest

from emulator.settings import Settings
from emulator.terminal import Terminal
from emulator.uplink import POWER_ON
from fake_cloud.econduit import Cloud
from harness.checks import mains
from harness.evidence.bench import Bite, FaultBegan, FaultEnded, Mains
from harness.evidence.verdict import Verdict
from harness.faults.power.dips import BrownOut, MainsFault, PowerBounce, PowerCut, play
from harness.transports.host import BenchError
from harness.transports.memory import MemoryHost

EACH = [PowerCut(), BrownOut(), PowerBounce()]


class Bench:
    """A terminal and its cloud; `lies`: the mains are said to be switched, and are not; `breaks`: at this switching."""

    def __init__(self, *, lies: bool = False, breaks: int = 0) -> None:
        self.host = MemoryHost()
        self._lies = lies
        self._breaks = breaks

    async def power_on(self) -> None:
        self._switch(on=True)
        if not (self._lies and self.host.lines_of("terminal")):
            settings = Settings("primary", "secondary")
            chance = random.Random(1)  # noqa: S311 — no secret: it gives the jitter
            await self.host.attach(Terminal(settings, {}, chance), recorded=False)
            self.host.feed("terminal", POWER_ON)

    async def power_off(self) -> None:
        self._switch(on=False)
        if not self._lies:
            self.host.detach("terminal")

    def _switch(self, *, on: bool) -> None:
        self._breaks -= 1
        if self._breaks == 0:
            raise BenchError("the board is silent")
        self.host.record("bench", Mains(on))

    async def passes(self, seconds: float) -> None:
        await self.host.until(lambda: False, seconds, "time")

    @property
    def switched(self) -> list[tuple[float, bool]]:
        return [(round(event.at, 3), body.on) for event, body in self.host.trace.heard("bench", Mains)]


async def suffered(fault: MainsFault, *, lies: bool = False, settle: float = 0.0) -> Bench:
    """A terminal that has been online for ten seconds when the harm begins, and has ten minutes after it."""
    bench = Bench(lies=lies)
    await bench.host.attach(Cloud(), {"primary": ("127.0.0.1", 0)})
    await bench.power_on()
    await bench.passes(10)
    await play(fault, bench, bench.host, settle=settle)
    await bench.passes(600)
    return bench


@pytest.mark.parametrize(
    ("fault", "settle", "switched"),
    [
        (PowerCut(), 0.2, [(10, False), (40, True)]),
        (PowerCut(off=5), 0.2, [(10, False), (15, True)]),
        (BrownOut(), 0.2, [(10, False), (10.5, True)]),
        (BrownOut(), 24, [(10, False), (34, True)]),
        (PowerBounce(times=2), 0, [(10, False), (10.2, True), (10.5, False), (10.7, True)]),
        (PowerBounce(times=2), 24, [(10, False), (34, True), (58, False), (82, True)]),
    ],
)
async def test_no_dip_is_shorter_than_the_bench_can_switch(fault, settle, switched):
    assert (await suffered(fault, settle=settle)).switched == [(0, True), *switched]


@pytest.mark.parametrize("fault", EACH, ids=lambda fault: fault.name)
async def test_each_dip_is_a_bite(fault):
    events = [event.body for event in (await suffered(fault)).host.trace if event.source == "nemesis"]
    bites = [Bite(fault.name, f"the mains, {number} of {fault.times}") for number in range(1, fault.times + 1)]
    assert events == [FaultBegan(fault.name, "mains"), *bites, FaultEnded(fault.name, fault.times)]


@pytest.mark.parametrize("fault", EACH, ids=lambda fault: fault.name)
@pytest.mark.parametrize(("lies", "verdict"), [(False, Verdict.PASS), (True, Verdict.INCONC)])
async def test_a_contact_that_does_nothing_makes_a_case_undecided(fault, lies, verdict):
    bench = await suffered(fault, lies=lies)
    finding = mains.power_really_went(bench.host.trace, silence=75.0)
    assert (finding.verdict, bool(finding.evidence)) == (verdict, True), finding


async def test_a_board_that_breaks_ends_the_harm():
    bench = Bench(breaks=3)
    with pytest.raises(BenchError, match="the board is silent"):
        await play(PowerBounce(), bench, bench.host, settle=0.0)
    assert bench.switched == [(0, False), (0.2, True)]
    assert bench.host.trace.events[-1].body == FaultEnded("power bounce", 1)
