"""How long the contacts of a bench take from a command to its effect, measured before a campaign.

Between the rig's command and what the DUT feels lie a relay's armature, a power supply that lives on its capacitors, a
network card that negotiates. None of that is the DUT's own time: it is taken off its times of return, and by how much
it varies makes them less certain (`harness.checks.reading.Times.since`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.evidence.bench import ActuatorDelay
from harness.transports.host import BenchError

SAMPLES = 3
WITHIN = 10.0
"""Document seconds in which the effect of a contact is seen, or it has none."""


class Clock(Protocol):
    """What is needed of a `Host`, in document seconds."""

    @property
    def now(self) -> float: ...

    async def until(self, seen: Callable[[], bool], within: float, what: str) -> bool:
        """Let things happen until `seen()` or for `within`; the last answer of `seen()`."""


class Switching(Protocol):
    """What moves a contact."""

    async def __call__(self, *, on: bool) -> None:
        """What hangs there is on (up), or off. Raises BenchError."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What shows that a command took effect.

    `seen`: is given the moment of the command, and tells when the effect came, None as long as it has not; `without`:
    what there was in its place, for the sentence: `the terminal went on talking`."""

    seen: Callable[[float], float | None]
    without: str


@dataclass(frozen=True, slots=True)
class Actuator:
    """A contact and how its effects are seen. `what`: `power` or `link`; `label`: which contact it is, as `channel 1`;
    `rest`: document seconds that are left between an effect and the next command."""

    what: str
    label: str
    switching: Switching
    off: Effect
    on: Effect
    rest: float = 0.0


async def measure(
    clock: Clock, actuator: Actuator, *, samples: int = SAMPLES, within: float = WITHIN
) -> tuple[ActuatorDelay, ActuatorDelay]:
    """Switch off and on so many times; how long the effect of each took. It is on before and after.

    `within`: document seconds for one effect. Raises BenchError if the contact has none, or cannot be switched."""
    took: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(samples):
        for on, effect in ((False, actuator.off), (True, actuator.on)):
            took[on].append(await _once(clock, actuator, effect, within, on=on))
            if actuator.rest:
                await clock.until(lambda: False, actuator.rest, f"the {actuator.what} to settle")
    return delay(actuator.what, took[False], on=False), delay(actuator.what, took[True], on=True)


async def _once(clock: Clock, actuator: Actuator, effect: Effect, within: float, *, on: bool) -> float:
    """Seconds from one command to its effect."""
    commanded = clock.now
    await actuator.switching(on=on)
    said = f"{actuator.what} {'on' if on else 'off'}"
    await clock.until(lambda: effect.seen(commanded) is not None, within, f"the effect of {said}")
    seen = effect.seen(commanded)
    if seen is None:
        raise BenchError(
            f"the contact of {actuator.label} ({actuator.what}) has no effect: {effect.without} {within:g} s "
            f"after {said}"
        )
    return seen - commanded


def delay(what: str, seconds: Sequence[float], *, on: bool) -> ActuatorDelay:
    """What a number of switchings say of the next one: their mean, and how far the furthest lay from it. (Half of the
    range would leave out the slowest of a lot that is skewed.)"""
    mean = sum(seconds) / len(seconds)
    return ActuatorDelay(what, on, mean, max(abs(one - mean) for one in seconds), len(seconds))


def told(delays: Iterable[ActuatorDelay], scale: float) -> list[str]:
    """For header and summary, in WALL seconds. `scale`: document seconds in a wall second."""
    return [
        f"{one.what} {'on' if one.on else 'off'} takes {one.mean / scale:.3f} ± {one.spread / scale:.3f} s "
        f"({one.samples} measured)"
        for one in delays
    ]
