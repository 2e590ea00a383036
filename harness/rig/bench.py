"""What a bench has, and what a case may need of it: power, link, screen and operator, each a small protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from harness.evidence.bench import Answered


class Means(StrEnum):
    """What a case may need of a bench, in the words of the plan; without it the case is *not run*."""

    POWER = "mains that the rig can switch (bench file: relay.power, or lab)"
    CABLE = "a cable that the rig can pull (bench file: relay.link, or a wire)"
    SCREEN = "a screen that the rig can read (bench file: screen)"
    OPERATOR = "an operator who looks and answers (bench file: operator)"
    KEYS = "keys that the rig can press (bench file: keys)"
    TLS = "lines that are encrypted (not on the memory bench)"
    ENDPOINTS = "endpoints that the rig can provision"
    ACKS = "an AckHeartbeat setting that the rig can provision"
    TIME_OUT = "a listener that lets dials time out"
    UNREACHABLE = "a wire that makes the cloud unreachable"
    WIRE = "a wire that the rig can cut and heal (bench file: wire)"
    RESETS = "a wire that can reset lines (bench file: wire)"
    STREAMS = "a wire that can delay, throttle and answer lines (bench file: wire)"
    PACKETS = "a wire that can harm single packets (bench file: wire)"
    NOT_RESOLVED = "a resolver that the rig plays"
    APPROVE = "an amount that the terminal approves (ixit outcomes.approve)"
    DECLINE = "an amount that the terminal declines (ixit outcomes.decline)"
    CANCEL = "an amount that the cardholder cancels (ixit outcomes.cancel)"
    ERROR = "an amount at which the terminal fails (ixit outcomes.error)"


class Power(Protocol):
    """The mains of the DUT. Each switching goes into the trace: `Mains`, and what the relay said of it."""

    async def switch(self, *, on: bool) -> None:
        """Give the DUT its mains or cut them, and wait until they have settled. Raises BenchError."""

    async def command(self, *, on: bool) -> None:
        """The same, and wait for nothing."""


class Link(Protocol):
    """The link at the DUT's end of the wire."""

    def __call__(self, *, up: bool) -> None:
        """Give it its carrier, or take it away. Raises BenchError."""


class Screen(Protocol):
    """What reads the DUT's display. What it reads goes into the trace by itself: `Screen`, or `Unread` and why."""

    def start(self) -> None:
        """Look from now on. Raises BenchError."""

    def stop(self) -> None:
        """Look no more. May be said twice. Raises BenchError."""

    def own_up(self) -> None:
        """Something is to be judged: if what was read last is in doubt by now, the trace says so."""


class Operator(Protocol):
    """A person at the bench, or the answers that one has prepared."""

    async def ask(self, question: str, look_for: str, requirement: str) -> Answered:
        """Put a question that is answered yes, no or cannot tell; question and answer go into the trace.

        `question`: a sentence ending in a question mark; `look_for`: what to do and to look at first; `requirement`:
        the id under which the answer is asked, and prepared; "" where something is only to be done. Raises BenchError
        if the operator can no longer be reached."""


def _nobody_sees() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Bench:
    """Which of these a bench has, in one case.

    `power`: None if the DUT is its own mains, or nothing can switch them; `link`: None if the wire pulls the cable, or
    nothing does; `screen`: None if the DUT tells its own, or nobody reads it; `operator`: None if nobody is asked;
    `carrier`: whether the DUT's link is seen to have one, None if nobody sees."""

    power: Power | None = None
    link: Link | None = None
    screen: Screen | None = None
    operator: Operator | None = None
    carrier: Callable[[], bool | None] = _nobody_sees


class Dut(Protocol):
    """The device under test, as the rig reaches it. What it shows and does goes into the trace by itself."""

    means: frozenset[Means]

    async def prepare(self) -> None:
        """A case begins, and nothing listens yet: be as it wants to find it. Raises BenchError."""

    async def power_on(self) -> None:
        """Give it mains. Raises BenchError if that is not possible."""

    async def power_off(self) -> None:
        """Cut its mains, without warning."""

    async def leave(self) -> None:
        """The case is over: leave it as the next one is to find it."""

    def provision(self, **settings: str) -> None:
        """Change settings as a terminal management system would; they hold from the next power on.

        Keys: `primary` and `secondary` (names of our listeners), `ack_heartbeat` (`true` or `false`)."""
