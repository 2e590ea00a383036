"""Lines without sockets on a clock that jumps: cause before effect, nothing lost, and the same every time."""

from __future__ import annotations

import pytest

from harness.evidence.trace import Trace
from harness.transports.host import BenchError, HarnessError
from harness.transports.memory import LATENCY, MemoryHost
from harness.wire.endpoint import (
    Close,
    Dial,
    Hearing,
    Listen,
    Noted,
    Opened,
    PeerClosed,
    Received,
    Refused,
    Send,
    Tell,
    Told,
    WakeAt,
    Woke,
)
from tests.transports.party import Recorder

ANY = ("127.0.0.1", 0)


async def joined(trace: Trace | None = None) -> tuple[MemoryHost, Recorder, Recorder]:
    """A host with a cloud and a terminal whose line is up."""
    host, cloud, terminal = MemoryHost(trace), Recorder("cloud"), Recorder("terminal")
    await host.attach(cloud, {"primary": ANY, "secondary": ANY})
    await host.attach(terminal, recorded=False)
    host.say("terminal", [Dial("primary", within=10)])
    await host.until(lambda: bool(terminal.of(Opened)), 1, "a line")
    return host, cloud, terminal


async def test_a_line_opens_at_both_ends_and_carries_bytes_in_order():
    host, cloud, terminal = await joined()
    host.say("terminal", [Send(1, b"one"), Send(1, b"two")])
    host.say("cloud", [Send(1, b"three")])
    await host.until(lambda: False, 1, "what comes")
    assert cloud.of(Opened) == terminal.of(Opened) == [Opened(1, "primary")]
    assert cloud.of(Received) == [Received(1, b"one"), Received(1, b"two")]
    assert terminal.of(Received) == [Received(1, b"three")]
    sent, came = host.trace.heard("cloud", Send)[0][0], terminal.inputs[-1][0]
    assert came == pytest.approx(sent.at + LATENCY)


@pytest.mark.parametrize("reset", [False, True])
async def test_what_was_sent_before_the_end_arrives_and_then_the_end(reset):
    host, cloud, terminal = await joined()
    host.say("terminal", [Send(1, b"last words"), Close(1, reset)])
    host.say("cloud", [Send(1, b"too late")])
    await host.until(lambda: False, 1, "the end")
    assert [event for _, event in cloud.inputs[1:]] == [Received(1, b"last words"), PeerClosed(1, reset)]
    assert terminal.of(Received) == []
    assert host.lines_of("cloud") == host.lines_of("terminal") == []


@pytest.mark.parametrize("hearing", [hearing for hearing in Hearing if hearing is not Hearing.ANSWERING])
async def test_a_listener_that_does_not_answer(hearing):
    host, _, terminal = await joined()
    host.say("cloud", [Listen("primary", hearing)])
    begun = host.now
    host.say("terminal", [Dial("primary", within=10)])
    await host.until(lambda: bool(terminal.of(Refused)), 60, "a refusal")
    assert terminal.of(Refused) == [Refused("primary", hearing.value)]
    crossings = {Hearing.NOT_RESOLVED: 2, Hearing.REFUSED: 4, Hearing.UNREACHABLE: 4}
    assert host.now == pytest.approx(begun + (crossings[hearing] * LATENCY if hearing in crossings else 10))
    host.say("cloud", [Listen("primary")])
    host.say("terminal", [Dial("primary", within=10)])
    assert await host.until(lambda: len(terminal.of(Opened)) == 2, 1, "a second line")


async def test_a_name_that_nobody_has_is_not_resolved():
    host, _, terminal = await joined()
    host.say("terminal", [Dial("elsewhere", within=10)])
    await host.until(lambda: bool(terminal.of(Refused)), 1, "a refusal")
    assert terminal.of(Refused) == [Refused("elsewhere", "name not resolved")]


async def test_a_day_passes_at_once_and_a_timer_is_replaced_or_forgotten():
    host, cloud, _ = await joined()
    day = 86400.0
    host.say("cloud", [WakeAt("beat", 60), WakeAt("beat", day), WakeAt("never", 5), WakeAt("never", None)])
    assert await host.until(lambda: bool(cloud.of(Woke)), 2 * day, "a day")
    assert cloud.of(Woke) == [Woke("beat")]
    assert host.now == day


async def test_until_tells_whether_it_was_seen_and_stops_at_its_limit():
    host, _, _ = await joined()
    begun = host.now
    assert not await host.until(lambda: False, 5, "nothing")
    assert host.now == begun + 5
    assert await host.until(lambda: True, 5, "what is there")
    assert host.now == begun + 5


async def test_parties_tell_each_other():
    host, cloud, _ = await joined()
    host.say("terminal", [Tell("cloud", "hello"), Tell("nobody", "hello")])
    await host.until(lambda: bool(cloud.of(Told)), 1, "a word")
    assert cloud.of(Told) == [Told("terminal", "hello")]


async def test_a_party_without_power_says_no_goodbye_and_its_timers_stay_silent():
    host, cloud, terminal = await joined()
    host.say("terminal", [WakeAt("beat", 1.0)])
    host.detach("terminal")
    host.detach("terminal")
    await host.until(lambda: False, 5, "what comes")
    assert cloud.of(PeerClosed) == []
    assert host.lines_of("cloud") == [1]
    assert terminal.of(Woke) == []


async def test_nothing_answers_while_the_power_is_off_and_a_reset_once_it_is_on():
    host, cloud, _ = await joined()
    host.say("cloud", [Send(1, b"under way when the power goes")])
    host.detach("terminal")
    host.say("cloud", [Send(1, b"are you there?")])
    await host.until(lambda: False, 600, "an answer")
    assert cloud.inputs[-1][1] == Opened(1, "primary")
    fresh = Recorder("terminal")
    await host.attach(fresh, recorded=False)
    await host.until(lambda: False, 1, "an answer")
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]
    assert fresh.inputs == []


async def test_a_line_of_a_former_life_stays_up_until_something_is_sent_on_it():
    host, cloud, _ = await joined()
    host.detach("terminal")
    fresh = Recorder("terminal")
    await host.attach(fresh, recorded=False)
    host.say("terminal", [Dial("primary", within=10)])
    await host.until(lambda: False, 600, "what comes")
    assert host.lines_of("cloud") == [1, 2]
    host.say("cloud", [Send(1, b"old"), Send(2, b"new")])
    await host.until(lambda: False, 1, "what comes")
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]
    assert fresh.of(Received) == [Received(1, b"new")]


async def test_who_sends_to_the_dead_gives_up_in_the_end():
    host, cloud, _ = await joined()
    host.detach("terminal")
    begun = host.now
    host.say("cloud", [Send(1, b"are you there?")])
    assert await host.until(lambda: bool(cloud.of(PeerClosed)), 1000, "the end")
    assert cloud.of(PeerClosed) == [PeerClosed(1, reset=True)]
    assert host.now == pytest.approx(begun + 924.6, abs=0.1)


async def test_two_parties_of_one_name_are_a_mistake_of_the_bench():
    host, _, _ = await joined()
    with pytest.raises(BenchError, match="'cloud'"):
        await host.attach(Recorder("cloud"))


async def test_a_party_that_breaks_is_told_to_the_case_that_waits():
    def breaks(event):
        raise LookupError("a bug of ours")

    host, _, _ = await joined()
    await host.attach(Recorder("till", breaks))
    host.feed("till", Told("case", "go"))
    with pytest.raises(HarnessError, match="a bug of ours"):
        await host.until(lambda: False, 1, "anything")


async def test_a_clock_that_stands_still_is_told():
    host = MemoryHost()
    await host.attach(Recorder("cloud", lambda _: [WakeAt("now", 0.0)]))
    host.feed("cloud", Woke("now"))
    with pytest.raises(HarnessError, match=r"the clock stands still at 0\.000 s while waiting for nothing"):
        await host.until(lambda: False, 1, "nothing")


async def test_who_is_not_recorded_leaves_only_what_is_asked_for():
    noted = []
    host = MemoryHost(on_noted=lambda party, line, body: noted.append((party, line, body)))
    await host.attach(Recorder("terminal", lambda _: [Noted(3, "a screen"), Send(1, b"x")]), recorded=False)
    host.feed("terminal", Woke("power on"))
    assert noted == [("terminal", 3, "a screen")]
    assert len(host.trace) == 0


async def test_two_runs_tell_the_same_story():
    traces = []
    for _ in range(2):
        host, cloud, _ = await joined()
        cloud.answer = lambda event: [Send(event.line, event.data)] if isinstance(event, Received) else []
        host.say("terminal", [Send(1, bytes([number])) for number in range(100)])
        await host.until(lambda: False, 1, "the echo")
        traces.append(host.trace.events)
    assert traces[0] == traces[1]
    assert len(traces[0]) == 201
