"""The document's clock and its alarms: what was is mapped as it was, and nothing happens before its time."""

from __future__ import annotations

import asyncio
import math

import pytest

from harness.transports.clock import Alarms, Clock


def test_a_clock_runs_at_its_scale_from_its_beginning():
    clock = Clock(120.0, begun=1000.0)
    assert clock.at(1000.0) == 0.0
    assert clock.at(1000.5) == 60.0
    assert Clock(begun=1000.0, now=77.0).at(1003.0) == 80.0


def test_moments_before_and_after_two_jumps_are_mapped_as_they_were():
    clock = Clock(begun=100.0)
    clock.hold(60.0, 110.0)  # at 10 s it jumps to 60 and stands there
    clock.release(112.0)
    clock.hold(120.0, 115.0)  # at 63 s it jumps to 120, and runs on at once
    clock.release(115.0)
    mapped = {99.0: -1.0, 109.9: 9.9, 110.0: 60.0, 111.5: 60.0, 112.0: 60.0, 114.9: 62.9, 115.0: 120.0, 120.0: 125.0}
    assert {moment: clock.at(moment) for moment in mapped} == pytest.approx(mapped)


def test_a_clock_is_never_released_before_it_was_held():
    clock = Clock(begun=100.0)
    clock.hold(60.0, 110.0)
    clock.release(105.0)
    assert clock.at(110.0) == 60.0
    assert clock.at(111.0) == 61.0


def test_two_clocks_that_were_told_the_same_agree_for_ever():
    one, other = Clock(begun=50.0), Clock(begun=60.0, now=10.0)
    for clock in (one, other):
        clock.hold(3600.0, 70.25)
        clock.release(70.5)
    assert [one.at(moment) for moment in (65.0, 70.3, 90.0)] == [other.at(moment) for moment in (65.0, 70.3, 90.0)]


async def test_what_has_become_due_is_done_in_its_order_at_exactly_the_time_jumped_to():
    clock = Clock()
    alarms, done = Alarms(clock), []
    for at in (60.0, 20.0, 90.0, 40.0):
        alarms.set(at, lambda at=at: done.append((at, clock.now)))
    assert alarms.next == 20.0
    clock.hold(60.0, clock._begun[-1])
    alarms.catch_up()
    assert done == [(20.0, 60.0), (40.0, 60.0), (60.0, 60.0)]
    assert alarms.next == 90.0
    alarms.cancel_all()
    assert alarms.next == math.inf


async def test_an_alarm_may_undo_another_and_set_one_that_is_due_too():
    clock = Clock()
    alarms, done = Alarms(clock), []
    second = alarms.set(20.0, lambda: done.append("second"))
    alarms.set(10.0, lambda: (alarms.cancel(second), alarms.set(30.0, lambda: done.append("third"))))
    clock.hold(60.0, clock._begun[-1])
    alarms.catch_up()
    assert done == []
    alarms.catch_up()
    assert done == ["third"]


async def test_no_alarm_rings_early():
    clock = Clock(1000.0)
    rang: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    alarm = Alarms(clock).set(30.0, lambda: rang.set_result(clock.now))
    clock.hold(0.0, clock._begun[-1])  # the wall's time passes, the document's does not
    passed = asyncio.Event()
    asyncio.get_running_loop().call_at(alarm.handle.when() + 0.01, passed.set)
    await passed.wait()
    assert not rang.done()
    clock.release(asyncio.get_running_loop().time())
    assert await asyncio.wait_for(rang, 10.0) >= 30.0
