"""A contact is timed from its command to its effect, and one without an effect is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.evidence.bench import ActuatorDelay
from harness.rig.actuators import Actuator, Effect, delay, measure, told
from harness.transports.host import BenchError


class Clock:
    """Time that passes when somebody waits: to the next effect, or to the end of the patience."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waited: list[tuple[float, str]] = []

    async def until(self, seen: Callable[[], bool], within: float, what: str) -> bool:
        self.waited.append((within, what))
        end = self.now + within
        while self.now < end and not seen():
            self.now = min(end, self.now + 0.25)
        return seen()


class Contact:
    """A contact whose effects come so many seconds after each command, one after another."""

    def __init__(self, clock: Clock, *takes: float | None) -> None:
        self.clock = clock
        self.takes = list(takes)
        self.commands: list[bool] = []
        self.effect: float | None = None

    async def __call__(self, *, on: bool) -> None:
        self.commands.append(on)
        takes = self.takes.pop(0)
        self.effect = None if takes is None else self.clock.now + takes

    def seen(self, since: float) -> float | None:
        """The event carries its own time: whoever looks late is told no later one."""
        if self.effect is None or not since <= self.effect <= self.clock.now:
            return None
        return self.effect


def mains(contact: Contact, rest: float = 0.0) -> Actuator:
    off = Effect(contact.seen, "the terminal went on talking")
    on = Effect(contact.seen, "nothing was seen of the terminal")
    return Actuator("power", "channel 1", contact, off, on, rest)


async def test_each_way_is_timed_by_itself():
    clock = Clock()
    contact = Contact(clock, 0.125, 2.0, 0.375, 4.0, 0.25, 3.0)
    assert await measure(clock, mains(contact)) == (
        ActuatorDelay("power", False, 0.25, 0.125, 3),
        ActuatorDelay("power", True, 3.0, 1.0, 3),
    )
    assert contact.commands == [False, True] * 3


async def test_the_contact_rests_between_two_commands():
    clock = Clock()
    await measure(clock, mains(Contact(clock, 0.0, 0.0), rest=2.0), samples=1)
    assert clock.waited == [
        (10.0, "the effect of power off"),
        (2.0, "the power to settle"),
        (10.0, "the effect of power on"),
        (2.0, "the power to settle"),
    ]


@pytest.mark.parametrize(
    ("takes", "said"),
    [
        ([None], "the terminal went on talking 10 s after power off"),
        ([0.1, None], "nothing was seen of the terminal 10 s after power on"),
        ([10.5], "the terminal went on talking 10 s after power off"),
    ],
)
async def test_a_contact_without_an_effect_is_a_broken_bench(takes, said):
    clock = Clock()
    with pytest.raises(BenchError, match=rf"^the contact of channel 1 \(power\) has no effect: {said}$"):
        await measure(clock, mains(Contact(clock, *takes)), samples=1)


async def test_a_board_that_fails_is_told_as_it_is():
    async def switching(*, on: bool) -> None:
        raise BenchError("lcus at /dev/ttyUSB0: silent")

    never = Effect(lambda _: None, "")
    with pytest.raises(BenchError, match="silent"):
        await measure(Clock(), Actuator("link", "channel 2", switching, never, never))


def test_the_furthest_of_a_skewed_lot_is_within_its_spread():
    found = delay("link", [1.0, 1.0, 1.0, 5.0], on=True)
    assert found == ActuatorDelay("link", True, 2.0, 3.0, 4)
    assert found.mean + found.spread >= 5.0


def test_delays_are_told_in_wall_seconds():
    assert told([ActuatorDelay("power", False, 12.0, 1.2, 3)], scale=120.0) == [
        "power off takes 0.100 ± 0.010 s (3 measured)"
    ]
