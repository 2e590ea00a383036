"""Frames go through the rules in force, delayed ones when they are due, and never through a rule that broke."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from harness.faults.injector import Began, Bit, Broke
from harness.faults.moment import Moment, Passed, Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import bridge
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.transports.host import HarnessError
from tests.faults.wire.ports import Port, Wire
from tests.faults.wire.segments import arp, datagram, segment

TO_TERMINAL, TO_CLOUD = Toward.TERMINAL, Toward.CLOUD


@dataclass(frozen=True)
class Does(WireFault):
    """A fault whose rule does what the test says: with a frame, at its beginning, at its end."""

    name: ClassVar[str] = "what the test says"

    frame: Callable[[Frame], Any] = lambda _: None
    begin: Callable[[Scene], Any] = lambda _: ()
    end: Callable[[], Any] = lambda: ()

    def rule(self, scene: Scene) -> Rule:
        rule = Rule(scene)
        rule.begin = lambda _: self.begin(scene)
        rule.frame = lambda frame, _: self.frame(frame)
        rule.end = lambda _: self.end()
        return rule

    def signs(self, _: Sightings) -> Sign:
        return NO_SIGN


def later(*after: float) -> Does:
    """Delays the frames that come by so many seconds each, and the rest by the last of them."""
    left = list(after)
    return Does(lambda frame: [Out(frame.data, frame.toward, left.pop(0) if len(left) > 1 else left[0])])


def begin(wire: Wire, number: int, fault: WireFault, moment: Moment | None = None) -> None:
    wire.bridge.begin(number, fault, moment, seed=1, scale=1.0)


def raises(*_: object) -> None:
    raise ValueError("seven")


# ---- Without harm ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harmed", [False, True])
def test_carries_every_frame_as_it_is(harmed: bool) -> None:
    wire = Wire()
    if harmed:
        begin(wire, 1, Does())
    up = [arp(), datagram(b"?"), segment(b"x"), Frame(b"short", TO_CLOUD), Frame(b"", TO_CLOUD)]
    down = [arp(TO_TERMINAL), segment(b"y", TO_TERMINAL)]
    wire.carry(*up, *down)
    assert wire.cloud.sent == [frame.data for frame in up]
    assert wire.terminal.sent == [frame.data for frame in down]


def test_carries_a_batch_and_lets_the_other_end_have_its_turn() -> None:
    wire = Wire()
    wire.terminal.inbox.extend([arp().data] * (bridge.BATCH + 1))
    assert wire.bridge.drain(TO_TERMINAL)
    assert len(wire.cloud.sent) == bridge.BATCH
    assert not wire.bridge.drain(TO_TERMINAL)
    assert len(wire.cloud.sent) == bridge.BATCH + 1


@pytest.mark.parametrize("number", sorted(bridge.UNPLUGGED))
def test_a_cable_that_is_out_is_no_defect(number: int) -> None:
    wire = Wire()
    wire.terminal.inbox.append(OSError(number, "no cable"))
    assert not wire.bridge.drain(TO_TERMINAL)
    wire.cloud.refuses = OSError(number, "no cable")
    wire.carry(arp())
    assert wire.bridge.lost == 0


@pytest.mark.parametrize("harmed", [False, True])
def test_counts_what_it_cannot_send(harmed: bool) -> None:
    wire = Wire()
    if harmed:
        begin(wire, 1, Does())
    wire.cloud.refuses = BlockingIOError(errno.EAGAIN, "full")
    wire.carry(arp(), arp())
    assert wire.bridge.lost == 2


def test_another_error_of_an_end_is_not_passed_over() -> None:
    wire = Wire()
    wire.terminal.inbox.append(OSError(errno.EBADF, "closed"))
    with pytest.raises(OSError, match="closed"):
        wire.bridge.drain(TO_TERMINAL)


# ---- Rules -----------------------------------------------------------------------------------------------------------


def test_harms_from_its_beginning_to_its_end() -> None:
    wire = Wire()
    wire.carry(arp())
    begin(wire, 1, BlackHole((TO_CLOUD,)))
    wire.carry(arp(), arp(TO_TERMINAL))
    wire.bridge.end(1)
    wire.carry(arp())
    assert len(wire.cloud.sent) == 2
    assert len(wire.terminal.sent) == 1
    assert wire.reports == [Began(1, 100.0), Bit(1, 100.0, "42 bytes toward the cloud")]


def test_what_came_before_the_harm_is_not_harmed() -> None:
    wire = Wire()
    wire.terminal.inbox.extend([arp().data] * (bridge.BATCH + 10))
    begin(wire, 1, BlackHole())
    assert len(wire.cloud.sent) == bridge.BATCH + 10


def test_what_one_rule_lets_through_the_next_one_sees() -> None:
    wire = Wire()

    def add(letter: bytes) -> Does:
        return Does(lambda frame: [Out(frame.data + letter, frame.toward)])

    begin(wire, 1, add(b"a"))
    begin(wire, 2, add(b"b"))
    wire.carry(Frame(b"-", TO_CLOUD))
    assert wire.cloud.sent == [b"-ab"]


def test_a_rule_is_given_its_own_chance_the_scale_and_the_connections() -> None:
    wire = Wire()
    scenes: list[Scene] = []
    wire.bridge.begin(1, Does(begin=lambda scene: scenes.append(scene) or ()), None, seed=7, scale=10.0)
    wire.bridge.begin(2, Does(begin=lambda scene: scenes.append(scene) or ()), None, seed=7, scale=10.0)
    assert scenes[0].rng is not scenes[1].rng
    assert scenes[0].rng.random() == scenes[1].rng.random()
    assert scenes[0].scale == 10.0
    wire.carry(segment(b"x"))
    assert [flow.terminal[1] for flow in scenes[0].flows] == [40_000]


def test_reports_each_bite_and_counts_those_that_are_too_many() -> None:
    wire = Wire()
    begin(wire, 1, BlackHole())
    for _ in range(bridge.MOST_BITES + 5):
        wire.carry(arp())
    wire.bridge.end(1)
    bites = wire.said(Bit)
    assert len(bites) == bridge.MOST_BITES + 1
    assert bites[-1].what == "and 5 times more"


def test_a_number_names_one_fault() -> None:
    wire = Wire()
    begin(wire, 1, Does())
    with pytest.raises(HarnessError, match="in force already"):
        begin(wire, 1, Does())
    wire.bridge.end(1)
    with pytest.raises(HarnessError, match="no fault 1"):
        wire.bridge.end(1)


# ---- Delay -----------------------------------------------------------------------------------------------------------


def test_a_delayed_frame_leaves_when_it_is_due() -> None:
    wire = Wire()
    begin(wire, 1, later(0.5))
    wire.carry(arp())
    assert (wire.cloud.sent, wire.bridge.held, wire.alarms) == ([], 1, [100.5])
    wire.now = 100.4
    wire.bridge.release()
    assert (wire.cloud.sent, wire.alarms) == ([], [100.5, 100.5])
    wire.now = 100.5
    wire.bridge.release()
    assert (wire.cloud.sent, wire.bridge.held) == ([arp().data], 0)


def test_frames_that_are_due_together_keep_their_order() -> None:
    wire = Wire()
    begin(wire, 1, later(0.5))
    frames = [segment(b"x", ident=number) for number in range(20)]
    wire.carry(*frames)
    wire.now = 101.0
    wire.bridge.release()
    assert wire.cloud.sent == [frame.data for frame in frames]


def test_the_alarm_is_set_for_the_frame_that_is_due_first() -> None:
    wire = Wire()
    begin(wire, 1, later(3.0, 1.0, 2.0))
    wire.carry(Frame(b"c", TO_CLOUD), Frame(b"a", TO_CLOUD), Frame(b"b", TO_CLOUD))
    assert wire.alarms == [103.0, 101.0]
    for wire.now in (101.0, 102.0, 103.0):
        wire.bridge.release()
    assert wire.cloud.sent == [b"a", b"b", b"c"]


def test_a_delayed_frame_meets_the_harm_that_began_behind_it() -> None:
    wire = Wire()
    begin(wire, 1, later(0.5))
    wire.carry(arp())
    begin(wire, 2, BlackHole())
    wire.now = 101.0
    wire.bridge.release()
    assert wire.cloud.sent == []
    assert len(wire.said(Bit)) == 1


def test_at_its_end_what_a_rule_held_goes_on_in_order() -> None:
    wire = Wire()
    end = [Out(b"z", TO_CLOUD, 9.0), Out(b"y", TO_CLOUD)]
    begin(wire, 1, replace(later(2.0, 1.0), end=lambda: end))
    begin(wire, 2, later(7.0))
    begin(wire, 3, Does())
    wire.carry(Frame(b"b", TO_CLOUD), Frame(b"a", TO_CLOUD))
    wire.bridge.end(1)
    assert wire.bridge.held == 4  # now each is in the second rule's hands
    wire.bridge.end(2)
    assert (wire.cloud.sent, wire.bridge.held) == ([b"a", b"b", b"y", b"z"], 0)


# ---- A rule that breaks ----------------------------------------------------------------------------------------------

BREAKING = {
    "raises": (raises, "Does: ValueError: seven"),
    "no sequence": (lambda _: 7, "Does: TypeError: 'int' object is not iterable"),
    "no Out": (lambda _: [b"frame"], "Does: TypeError: b'frame' is no Out"),
}


@pytest.mark.parametrize(("frame", "why"), BREAKING.values(), ids=BREAKING)
def test_a_rule_that_breaks_is_named_once_and_the_frame_passes(frame: Callable[..., Any], why: str) -> None:
    wire = Wire()
    begin(wire, 1, Does(frame))
    wire.carry(segment(b"x"), segment(b"y"))
    assert wire.cloud.sent == [segment(b"x").data, segment(b"y").data]
    assert wire.said(Broke) == [Broke(1, 100.0, why)]
    wire.bridge.end(1)
    assert len(wire.said(Broke)) == 1


def test_a_rule_that_breaks_leaves_the_others_in_force() -> None:
    wire = Wire()
    begin(wire, 1, Does(raises))
    begin(wire, 2, BlackHole())
    wire.carry(segment(b"x"))
    assert wire.cloud.sent == []
    assert len(wire.said(Broke)) == len(wire.said(Bit)) == 1


def test_a_rule_that_breaks_at_its_beginning_is_out_of_force() -> None:
    wire = Wire()
    begin(wire, 1, Does(lambda _: (), begin=raises))
    wire.carry(arp())
    assert wire.cloud.sent == [arp().data]
    assert [type(report) for report in wire.reports] == [Began, Broke]
    wire.bridge.end(1)


def test_a_rule_that_breaks_at_its_end_lets_go_what_the_wire_held_for_it() -> None:
    wire = Wire()
    begin(wire, 1, replace(later(1.0), end=raises))
    wire.carry(arp())
    wire.bridge.end(1)
    assert (wire.cloud.sent, wire.bridge.held) == ([arp().data], 0)
    assert len(wire.said(Broke)) == 1


def test_a_rule_that_delays_too_many_frames_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "MOST_HELD", 3)
    wire = Wire()
    begin(wire, 1, later(1.0))
    wire.carry(*[arp()] * 4)
    assert (len(wire.cloud.sent), wire.bridge.held) == (1, 3)
    assert wire.said(Broke) == [Broke(1, 100.0, "Does: OverflowError: more than 3 frames inside the wire")]


# ---- Moments ---------------------------------------------------------------------------------------------------------

SALE = b'{"Command":"Sale"}\x04\x04'


def moment(passed: Passed) -> Moment:
    return Moment("a sale", TO_TERMINAL, '"Sale"', passed)


def payloads(port: Port) -> bytes:
    return b"".join(Frame(data, TO_TERMINAL).payload for data in port.sent)


@pytest.mark.parametrize(
    ("passed", "offset"),
    [(Passed.NOTHING, 0), (Passed.FIRST_BYTE, 1), (Passed.BODY, len(SALE) - 2), (Passed.WHOLE, len(SALE))],
)
def test_a_harm_begins_at_its_byte(passed: Passed, offset: int) -> None:
    wire = Wire(stamp=99.5)
    begin(wire, 1, BlackHole(), moment(passed))
    wire.carry(segment(b"{}\x04\x04", TO_TERMINAL, sequence=900), arp())
    assert wire.reports == []
    wire.carry(segment(SALE, TO_TERMINAL, sequence=904))
    assert payloads(wire.terminal) == b"{}\x04\x04" + SALE[:offset]
    assert wire.reports[0] == Began(1, 99.5)
    wire.carry(segment(SALE[offset:] + b"more", TO_TERMINAL, sequence=904 + offset))
    assert len(wire.said(Bit)) == (1 if offset == len(SALE) else 2)


def test_two_harms_begin_at_one_moment_in_the_order_in_which_they_were_armed() -> None:
    wire = Wire()
    forged = Does(begin=lambda _: [Out(b"forged", TO_TERMINAL)])
    begin(wire, 1, BlackHole(), moment(Passed.BODY))
    begin(wire, 2, forged, moment(Passed.BODY))
    begin(wire, 3, Does(), moment(Passed.FIRST_BYTE))
    wire.carry(segment(SALE, TO_TERMINAL))
    assert [report.number for report in wire.said(Began)] == [3, 1, 2]
    *pieces, last = wire.terminal.sent
    assert [Frame(data, TO_TERMINAL).payload for data in pieces] == [SALE[:1], SALE[1:-2]]
    assert last == b"forged"


def test_what_is_forged_at_a_moment_knows_what_has_passed_before_it() -> None:
    wire = Wire()
    awaited: list[int | None] = []
    look = Does(begin=lambda scene: awaited.extend(flow.next_of_cloud for flow in scene.flows) or ())
    begin(wire, 1, look, moment(Passed.BODY))
    wire.carry(segment(SALE, TO_TERMINAL, sequence=1000))
    assert awaited == [1000 + len(SALE) - 2]


def test_a_moment_comes_when_the_message_leaves_not_when_it_enters() -> None:
    wire = Wire()
    begin(wire, 1, later(0.5))
    begin(wire, 2, BlackHole(), moment(Passed.WHOLE))
    wire.carry(segment(SALE, TO_TERMINAL))
    assert not wire.said(Bit)
    wire.now = 100.5
    wire.bridge.release()
    assert payloads(wire.terminal) == SALE
    assert wire.said(Began)[-1] == Began(2, 100.5)


def test_a_fault_whose_moment_never_came_ends_without_a_word() -> None:
    wire = Wire()
    begin(wire, 1, BlackHole(), moment(Passed.WHOLE))
    wire.bridge.end(1)
    wire.carry(segment(SALE, TO_TERMINAL))
    assert payloads(wire.terminal) == SALE
    assert wire.reports == []
