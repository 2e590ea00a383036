"""A bench whose cable hangs at a contact, and that has no wire: it can be pulled, and nothing else can be done."""

from __future__ import annotations

import pytest

from harness.checks import mains, standing
from harness.evidence.bench import Actuated, Bite, FaultBegan, FaultEnded
from harness.evidence.verdict import Verdict
from harness.faults.moment import Moment, Toward
from harness.faults.nemesis import Nemesis
from harness.faults.on_contact import MEANS, ContactWire
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.cable_out import CableOut
from harness.transports.host import HarnessError
from harness.transports.memory import MemoryHost

NOW = Moment("a heartbeat", Toward.CLOUD, "beat")


class Bench:
    """A nemesis with a contact for its only means. `confirmed`: what its board reads back."""

    def __init__(self, *, confirmed: bool | None = None) -> None:
        self.host = MemoryHost()
        self.confirmed = confirmed
        self.nemesis = Nemesis(self.host, ContactWire(lambda: self.host.now), None, self.link)

    def link(self, *, up: bool) -> None:
        self.host.record("bench", Actuated("link", up, "lcus at /dev/ttyUSB0", "", "", self.confirmed))

    async def pulls_the_cable(self) -> None:
        async with self.nemesis(CableOut()) as harm:
            assert await self.nemesis.begun(harm, within=0.0)
            await self.host.until(lambda: False, 30.0, "the cable is out")
        self.nemesis.testify()


async def test_the_cable_is_pulled_and_plugged_in():
    bench = Bench()
    await bench.pulls_the_cable()
    told = [(event.at, getattr(event.body, "on", None), type(event.body)) for event in bench.host.trace]
    assert told == [
        (0, False, Actuated),
        (0, "wire", FaultBegan),
        (0, None, Bite),
        (30, True, Actuated),
        (30, None, FaultEnded),
    ]
    assert bench.host.trace.events[-1].body == FaultEnded("cable out", 1)


@pytest.mark.parametrize(("fault", "at"), [(BlackHole(), None), (CableOut(), NOW), (BlackHole(), NOW)])
async def test_any_other_harm_is_the_mistake_of_who_asks_for_it(fault, at):
    bench = Bench()
    with pytest.raises(HarnessError, match=f"{fault.name}.*: this bench can pull the cable, at once, and do no other"):
        async with bench.nemesis(fault, at=at):
            pass
    assert not [event for event in bench.host.trace if isinstance(event.body, Actuated | FaultBegan)]


def test_what_it_can_do_is_what_the_cable_needs():
    assert {CableOut.means} == MEANS
    assert BlackHole.means not in MEANS


@pytest.mark.parametrize(("confirmed", "verdict"), [(True, Verdict.PASS), (None, Verdict.INCONC)])
async def test_its_witness_is_the_read_back(confirmed, verdict):
    bench = Bench(confirmed=confirmed)
    await bench.pulls_the_cable()
    assert mains.cable_really_went(bench.host.trace, silence=75.0).verdict is verdict
    assert standing.harm_was_witnessed(bench.host.trace).verdict is Verdict.PASS
    assert standing.faults_took_hold(bench.host.trace).verdict is Verdict.PASS
