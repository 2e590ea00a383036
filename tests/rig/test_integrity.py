"""What can go wrong on the harness's side is noticed, and told in document seconds."""

import asyncio
import time
from collections.abc import Callable

import pytest

from harness.evidence.bench import Impaired
from harness.evidence.captured import Captured, Toward
from harness.rig.integrity import ON_VETH, ClockWatch, CountWatch, StallWatch, clock_offset, overflows, self_test
from harness.transports.host import BenchError

# ---- The clocks ------------------------------------------------------------------------------------------------------


class Hand:
    """A clock's distance from another, set by hand, in nanoseconds."""

    def __init__(self) -> None:
        self.at = 1_000_000_000

    def __call__(self) -> int:
        return self.at


def test_clocks_that_keep_their_distance() -> None:
    hand = Hand()
    watch = ClockWatch(hand)
    hand.at += 900_000
    assert watch.impaired() is None


@pytest.mark.parametrize(("by", "told"), [(2_000_000, "+0.002"), (-3_600_000_000_000, "-3600.000")])
def test_a_step_is_told(by: int, told: str) -> None:
    hand = Hand()
    watch = ClockWatch(hand)
    hand.at += by
    assert watch.impaired() == Impaired(f"the clock stepped by {told} s")
    watch.begin()
    assert watch.impaired() is None


def test_a_step_there_and_back_is_seen_if_one_looks_between() -> None:
    hand = Hand()
    watch = ClockWatch(hand)
    hand.at += 5_000_000
    watch.sample()
    hand.at -= 5_000_000
    assert watch.impaired() == Impaired("the clock stepped by +0.005 s")


def test_a_stamp_on_the_monotonic_clock() -> None:
    hand = Hand()
    assert ClockWatch(hand).monotonic(3_500_000_000) == 2.5


def test_the_offset_lies_between_readings_around_it() -> None:
    before = time.time_ns() - time.monotonic_ns()
    offset = clock_offset()
    after = time.time_ns() - time.monotonic_ns()
    assert min(before, after) - 10_000_000 < offset < max(before, after) + 10_000_000


# ---- What is counted -------------------------------------------------------------------------------------------------


def test_only_what_was_counted_since_the_beginning() -> None:
    counts = [7]
    watch = overflows(lambda: counts[-1])
    assert watch.impaired() is None
    counts.append(9)
    assert watch.impaired() == Impaired("dials dropped because a listener of ours was full: 2")
    watch.begin()
    assert watch.impaired() is None


def test_what_is_counted_has_no_seconds() -> None:
    counts = [0]
    watch = CountWatch(lambda: counts[-1], "x")
    counts.append(1)
    impaired = watch.impaired()
    assert impaired is not None
    assert impaired.seconds == 0.0


# ---- Our own pace ----------------------------------------------------------------------------------------------------


class Loop:
    """An event loop whose time stands still until it is told: what `StallWatch` uses of one."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.running = True

    def is_running(self) -> bool:
        return self.running

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, do: Callable[..., None], *arguments: object) -> "Timer":
        self.due.append((when, lambda: do(*arguments)))
        return Timer(self, self.due[-1])

    def run(self, until: float, late: float = 0.0) -> None:
        """Time passes; each thing that is due happens so much late."""
        while self.due and min(when for when, _ in self.due) <= until:
            entry = min(self.due, key=lambda entry: entry[0])
            self.due.remove(entry)
            self.now = max(self.now, entry[0] + late)
            entry[1]()
        self.now = max(self.now, until)


class Timer:
    def __init__(self, loop: Loop, entry: tuple[float, Callable[[], None]]) -> None:
        self.loop, self.entry = loop, entry

    def cancel(self) -> None:
        if self.entry in self.loop.due:
            self.loop.due.remove(self.entry)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def test_a_loop_in_time_is_no_stall(loop: Loop) -> None:
    told: list[Impaired] = []
    watch = StallWatch(10.0, told.append)
    watch.start()
    loop.run(110.0, late=0.2)
    watch.stop()
    assert told == []
    assert loop.due == []


def test_a_stall_is_told_in_document_seconds(loop: Loop) -> None:
    told: list[Impaired] = []
    StallWatch(10.0, told.append).start()
    loop.run(101.0)
    loop.run(loop.due[0][0], late=0.5)
    loop.run(103.0)
    assert [round(one.seconds, 6) for one in told] == [5.0]
    assert told[0].what == "the harness stalled for 0.50 s of its own time"


def test_a_stall_does_not_hide_behind_whoever_looks_or_ends(loop: Loop) -> None:
    told: list[Impaired] = []
    watch = StallWatch(1.0, told.append)
    watch.start()
    loop.now += 1.05
    watch.look()
    watch.look()
    assert len(told) == 1
    loop.now += 2.05
    watch.stop()
    assert [round(one.seconds, 6) for one in told] == [1.0, 2.0]
    watch.look()
    assert len(told) == 2
    assert loop.due == []


def test_a_loop_that_nobody_runs_is_not_late(loop: Loop) -> None:
    told: list[Impaired] = []
    watch = StallWatch(1.0, told.append)
    watch.start()
    loop.running = False
    loop.now += 60.0
    watch.look()
    watch.stop()
    assert told == []


# ---- How exact our times are -----------------------------------------------------------------------------------------


class Cable:
    """Sends markers and stamps them so many nanoseconds beside the middle of the sending."""

    def __init__(self, beside: int, *, blind: bool = False) -> None:
        self.beside, self.blind = beside, blind
        self.caught: list[Captured] = []

    def send(self, data: bytes) -> None:
        stamp = time.time_ns() + self.beside
        self.caught = [] if self.blind else [Captured(stamp, Toward.TERMINAL, False, data)]

    def awaited(self, marker: bytes, times: int, within: float) -> list[Captured]:
        assert within > 0
        return [frame for frame in self.caught if frame.data == marker][:times]


def test_stamps_inside_of_the_sending_are_as_exact_as_one_can_tell() -> None:
    cable = Cable(0)
    found = self_test(cable, cable.send, ClockWatch(), markers=8)
    assert found.uncertainty == max(ON_VETH, found.worst + found.bracket)
    assert found.worst < 0.01
    assert found.markers == 8


def test_stamps_beside_the_sending_are_as_wrong_as_they_are() -> None:
    cable = Cable(-40_000_000)
    found = self_test(cable, cable.send, ClockWatch(), markers=8)
    assert found.worst > 0.03
    assert found.timing(10.0).uncertainty == pytest.approx(found.uncertainty * 10)


def test_a_floor_is_always_assumed() -> None:
    cable = Cable(0)
    assert self_test(cable, cable.send, ClockWatch(), floor=5.0).uncertainty == 5.0


def test_a_blind_capture_is_no_bench() -> None:
    cable = Cable(0, blind=True)
    with pytest.raises(BenchError, match="not seen to enter the wire"):
        self_test(cable, cable.send, ClockWatch())
