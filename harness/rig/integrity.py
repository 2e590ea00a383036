"""Whether the harness itself is fit to judge: its clocks, its capture, its listeners, its own pace.

Each watch looks at one thing that can go wrong on our side and then look like a fault of the DUT. What it finds is an
`Impaired` in the trace; whoever judges must not accuse on such a trace (`harness.checks.impairment`).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.evidence.bench import Impaired, Timing
from harness.evidence.captured import Captured
from harness.rig.capture import mark
from harness.transports.host import BenchError

# ---- The clocks ------------------------------------------------------------------------------------------------------

STEP = 0.001
"""Wall seconds by which the clocks may part; slewing (NTP) moves them together, and reading both takes microseconds."""

READINGS = 5


def clock_offset() -> int:
    """Nanoseconds from CLOCK_MONOTONIC to CLOCK_REALTIME: of some readings, that in which least time passed."""
    readings = []
    for _ in range(READINGS):
        before, real, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        readings.append((after - before, real - (before + after) // 2))
    return min(readings)[1]


class ClockWatch:
    """The kernel stamps frames by CLOCK_REALTIME, the harness lives by CLOCK_MONOTONIC: they must keep their distance.

    `read`: gives the distance in nanoseconds."""

    def __init__(self, read: Callable[[], int] = clock_offset) -> None:
        self._read = read
        self.begin()

    def begin(self) -> None:
        """A case begins: the distance now is the one that must stay."""
        self._offset = self._read()
        self._worst = 0

    def sample(self) -> None:
        """Look again; often, so that a step there and back is seen too."""
        self._worst = max(self._worst, self._read() - self._offset, key=abs)

    def monotonic(self, stamp: int) -> float:
        """Seconds of the monotonic clock at a stamp in nanoseconds of CLOCK_REALTIME."""
        return (stamp - self._offset) / 1_000_000_000

    def impaired(self) -> Impaired | None:
        self.sample()
        seconds = self._worst / 1_000_000_000
        return Impaired(f"the clock stepped by {seconds:+.3f} s") if abs(seconds) > STEP else None


# ---- What is counted -------------------------------------------------------------------------------------------------


class CountWatch:
    """Something that must not happen, by a counter that grows when it does. `what`: says what one of them is."""

    def __init__(self, count: Callable[[], int], what: str) -> None:
        self._count = count
        self._what = what
        self.begin()

    def begin(self) -> None:
        """A case begins: what was counted before is not its own."""
        self._before = self._count()

    def impaired(self) -> Impaired | None:
        more = self._count() - self._before
        return Impaired(f"{self._what}: {more}") if more else None


def losses(count: Callable[[], int]) -> CountWatch:
    """Frames that the capture lost (`Capture.dropped`): where one is missing, no absence proves anything."""
    return CountWatch(count, "frames lost by the capture")


def overflows(count: Callable[[], int]) -> CountWatch:
    """Dials that our own listeners dropped because their queue was full (ListenOverflows of the cloud's kernel)."""
    return CountWatch(count, "dials dropped because a listener of ours was full")


# ---- Our own pace ----------------------------------------------------------------------------------------------------

STALL = 0.25
"""Wall seconds that the event loop may come late. A busy machine makes it wait for hundredths of one; what is longer is
no noise any more."""

PULSE = 0.05


class StallWatch:
    """How late the harness's own event loop is: what it did not do in time, the DUT may be blamed for.

    Works from `start`, on the loop that is running, to `stop`. While that loop is not being run, between two parts of a
    test, it is not late. Not for a loop with virtual time, which cannot be late either.
    `scale`: document seconds in a wall second; `tell` is called for each stall, once it is over."""

    def __init__(self, scale: float, tell: Callable[[Impaired], object], limit: float = STALL) -> None:
        self._scale = scale
        self._tell = tell
        self._limit = limit
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wind(self._loop)

    def stop(self) -> None:
        self.look()
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None

    def look(self) -> None:
        """Is the loop late right now? Before a judgement, so that a stall does not hide behind the one who judges."""
        loop = self._loop
        if loop is None or not loop.is_running():
            return
        late = loop.time() - self._due
        if late > self._limit:
            self._tell(Impaired(f"the harness stalled for {late:.2f} s of its own time", late * self._scale))
            self._wind(loop)

    def _wind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = loop.time() + PULSE
        self._timer = loop.call_at(self._due, self._pulse, loop)

    def _pulse(self, loop: asyncio.AbstractEventLoop) -> None:
        self.look()
        self._wind(loop)


# ---- How exact our times are -----------------------------------------------------------------------------------------

ON_VETH, ON_A_NIC = 0.00001, 0.001
"""Wall seconds of uncertainty that are always assumed: a veth stamps in the sender's own context; a network card adds
its interrupt, which nobody here can measure."""

MARKERS = 40
AWAITED = 1.0


class Sees(Protocol):
    """What is needed of a capture to test it."""

    def awaited(self, marker: bytes, times: int, within: float) -> list[Captured]:
        """Wait until a marker was seen so many times, or for so many wall seconds; where it was seen."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How exact the times of a run are, in wall seconds.

    `uncertainty`: by how much one may be wrong; `worst`: by how much a stamp lay outside of the time in which its frame
    was sent; `bracket`: how long sending one took, in the median: the measurement itself cannot tell any better."""

    uncertainty: float
    worst: float
    bracket: float
    markers: int

    def timing(self, scale: float) -> Timing:
        """For the trace of a case with so many document seconds in a wall second."""
        return Timing("the kernel's stamps at the wire", self.uncertainty * scale)


def self_test(
    capture: Sees, send: Callable[[bytes], object], clock: ClockWatch, floor: float = ON_VETH, markers: int = MARKERS
) -> Precision:
    """Measure how exact the verdict times of a run are: send markers and compare their stamps with the time of sending.

    `send` puts a frame on the cable at one end and returns when it has. Raises BenchError if a marker is not caught."""
    outside, brackets = [], []
    for _ in range(markers):
        marker = mark(os.urandom(16))
        before = time.monotonic()
        send(marker)
        after = time.monotonic()
        entered = [frame for frame in capture.awaited(marker, 1, AWAITED) if not frame.leaving]
        if not entered:
            raise BenchError("no capture: a marker was sent and not seen to enter the wire")
        stamp = clock.monotonic(entered[0].stamp)
        outside.append(max(0.0, before - stamp, stamp - after))
        brackets.append(after - before)
    worst, bracket = max(outside), statistics.median(brackets)
    return Precision(max(floor, worst + bracket), worst, bracket, markers)
