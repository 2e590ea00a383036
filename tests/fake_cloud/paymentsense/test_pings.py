"""Connect pings those who are connected, and ends the connection of those who leave its pings unanswered."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from fake_cloud.paymentsense.instructions import Ping, Pinging
from harness.wire import websocket_frames as frames
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.paymentsense import Ended, Pinged
from tests.fake_cloud.paymentsense.scene import TERMS, TIMED_OUT, Scene


async def test_pings_each_connection_in_its_period_for_hours():
    scene = Scene()
    till = await scene.till()
    await scene.passes(3600)
    pings = [(at, body) for at, body in till.heard if isinstance(body, frames.Ping)]
    assert len(pings) == 120
    assert {round(later[0] - earlier[0], 6) for earlier, later in pairwise(pings)} == {30.0}
    assert len({ping.payload for _, ping in pings}) == 120
    assert scene.noted(Ended) == []


async def test_pings_in_the_middle_of_a_sale():
    scene = Scene()
    till = await scene.till()
    await scene.sells(till, TIMED_OUT)
    assert len(till.all(frames.Ping)) == 6


@pytest.mark.parametrize(("code", "reset"), [(1011, False), (None, True)])
async def test_ends_the_connection_after_two_pings_without_an_answer(code, reset):
    scene = Scene(replace(TERMS, close_codes=(code,)))
    till = await scene.till(pongs=False)
    await scene.passes(79)
    assert scene.noted(Ended) == []
    await scene.passes(2)
    assert scene.noted(Ended) == [Ended("pings were left unanswered", code)]
    await scene.passes(6)
    assert till.all(PeerClosed) == [PeerClosed(1, reset)]
    assert [closing.code for closing in till.all(frames.Closing)] == ([code] if code else [])


async def test_both_ways_of_ending_are_played_by_turns():
    scene = Scene()
    for _ in range(4):
        await scene.till(pongs=False)
    await scene.passes(90)
    assert [ended.code for ended in scene.noted(Ended)] == [1011, None, 1011, None]


@pytest.mark.parametrize("answer", [b"", b"another"])
async def test_a_pong_of_another_payload_is_no_answer(answer):
    scene = Scene()
    till = await scene.till(pongs=False)
    for _ in range(9):
        scene.tell(till, till.client.pong(answer))
        await scene.passes(10)
    assert len(scene.noted(Ended)) == 1


async def test_a_late_pong_answers_all_pings_before_it():
    scene = Scene()
    till = await scene.till(pongs=False)
    for _ in range(6):
        await scene.passes(60)
        scene.tell(till, till.client.pong(till.all(frames.Ping)[-1].payload))
    assert scene.noted(Ended) == []


async def test_a_case_sets_how_it_pings_from_now_on():
    scene = Scene()
    till = await scene.till()
    scene.case(Pinging(period=5.0, pong_within=2.0, missed=1, code=None, payload=b"same"))
    await scene.passes(21)
    assert [ping.payload for ping in till.all(frames.Ping)] == [b"same"] * 4
    till.pongs = False
    await scene.passes(7)
    assert [type(body) for body in scene.noted(Ended, Close)] == [Ended, Close]


async def test_a_ping_out_of_turn_may_have_no_payload():
    scene = Scene()
    till = await scene.till()
    scene.case(Ping(b""))
    await scene.passes(1)
    assert till.all(frames.Ping) == [frames.Ping(b"")]
    assert scene.noted(Pinged) == [Pinged(b"")]


async def test_answers_the_pings_of_an_epos():
    scene = Scene()
    till = await scene.till()
    scene.tell(till, till.client.ping(b"you?"))
    await scene.passes(1)
    assert till.all(frames.Pong) == [frames.Pong(b"you?")]


async def test_a_case_has_pongs_go_unheeded():
    scene = Scene()
    await scene.till()
    scene.case(Pinging(heeds=False))
    await scene.passes(81)
    assert scene.noted(Ended) == [Ended("pings were left unanswered", 1011)]
