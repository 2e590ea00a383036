"""What a witness saw is put down to the harm that did it, and to no other."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from harness.evidence.bench import Witnessed
from harness.faults.injector import Began, Bit
from harness.faults.moment import Toward
from harness.faults.nemesis import Nemesis
from harness.faults.sightings import Seen, sightings
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.cable_out import CableOut
from harness.transports.memory import MemoryHost

BLACK_HOLE = BlackHole()


class Wire:
    """Begins and ends harms as it is told, and witnesses the loss of a frame at each of some times."""

    name = "a capture"

    def __init__(self, host: MemoryHost, *losses: float) -> None:
        self._host = host
        self._frames = [Seen(at, Toward.TERMINAL, leaving=False, data=b"%f" % at) for at in losses]
        self.on_report = None
        self.carrier: list[tuple[float, bool]] = []

    def begin(self, number, *_):
        self.on_report(Began(number, self._host.now))
        self.on_report(Bit(number, self._host.now, "a frame"))

    def end(self, number):
        pass

    def link(self, *, up):
        self.carrier.append((self._host.now, up))

    def saw(self, since, until):
        return sightings(self._frames, self.carrier, since, until)


async def watch(host: MemoryHost, until: float) -> None:
    await host.until(lambda: False, until - host.now, "time passes")


async def witnessed(spans: list[tuple[float, float]], *losses: float, fault=BLACK_HOLE) -> list[tuple[int, int]]:
    """Signs of the harm done in each of these spans while it lasted, and after; the case ends at 100 s."""
    host = MemoryHost()
    wire = Wire(host, *losses)
    nemesis = Nemesis(host, wire, wire, wire.link)
    stacks = [AsyncExitStack() for _ in spans]
    steps = [(begin, 1, stack) for (begin, _), stack in zip(spans, stacks, strict=True)]
    steps += [(end, 0, stack) for (_, end), stack in zip(spans, stacks, strict=True)]
    for at, begins, stack in sorted(steps, key=lambda step: step[:2]):
        await watch(host, at)
        if begins:
            await stack.enter_async_context(nemesis(fault))
        else:
            await stack.aclose()
    await watch(host, 100.0)
    nemesis.testify()
    bodies = [event.body for event in host.trace.events]
    return [(body.signs, body.lingering) for body in bodies if isinstance(body, Witnessed)]


@pytest.mark.parametrize(
    ("spans", "losses", "signs"),
    [
        ([(0, 10)], [], [(0, 0)]),
        ([(0, 10)], [5], [(1, 0)]),
        ([(0, 10)], [5, 50], [(1, 1)]),
        ([(0, 10), (20, 30)], [5, 25, 26], [(1, 0), (2, 0)]),
        ([(0, 10), (20, 30)], [5, 15, 25], [(1, 1), (1, 0)]),
        ([(0, 10), (20, 30)], [5, 25, 35], [(1, 0), (1, 1)]),
        ([(0, 10), (10, 20)], [5, 15], [(1, 0), (1, 0)]),
        ([(0, 10), (20, 30)], [5, 20], [(1, 0), (1, 0)]),
        ([(0, 30), (10, 20)], [5, 15, 25], [(3, 0), (1, 0)]),
        ([(0, 30), (10, 20)], [15, 50], [(1, 1), (1, 0)]),
    ],
    ids=["none", "one", "it lingers", "two in a row", "the first lingers", "the second lingers", "without a pause",
         "at the very beginning", "one inside another", "the outer one lingers"],
)  # fmt: skip
async def test_signs_are_of_the_harm_in_whose_time_they_fall(spans, losses, signs):
    assert await witnessed(spans, *losses) == signs


async def test_a_cable_that_is_pulled_twice_does_not_linger():
    assert await witnessed([(0, 10), (20, 30)], fault=CableOut()) == [(1, 0), (1, 0)]
