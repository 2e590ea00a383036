"""Another till of the house: it comes, answers pings, is displaced or leaves, and never comes back by itself."""

from __future__ import annotations

import random

from fake_cloud.paymentsense.connect import Connect
from fake_cloud.paymentsense.instructions import End, TurnAway
from fake_cloud.paymentsense.neighbour import Join, Neighbour, Part
from fake_cloud.paymentsense.terms import Terms
from harness.evidence.trace import Trace
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Opened, Told
from harness.wire.paymentsense import Admitted, Pinged, build_target
from harness.wire.websocket_frames import Closing, Pong
from tests.fake_cloud.paymentsense.scene import SITE, TERMS, VALUES


class House:
    """Connect and a neighbour that has joined."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.trace = Trace()
        self.host = MemoryHost(self.trace)
        self.connect = Connect(terms)

    async def joined(self) -> House:
        await self.host.attach(self.connect, {"beside": ("", 0)})
        await self.host.attach(Neighbour(random.Random(1)), recorded=False)  # noqa: S311
        self.tell(Join("beside", build_target("pat", VALUES), SITE))
        return await self.after(1)

    def tell(self, instruction: object) -> None:
        self.host.feed(Neighbour.name, Told("case", instruction))

    async def after(self, seconds: float) -> House:
        await self.host.until(lambda: False, seconds, "time to pass")
        return self

    def heard(self, kind: type) -> list:
        return [body for _, body in self.trace.heard("connect", kind)]


async def test_it_comes_and_answers_pings():
    house = await (await House().joined()).after(100)
    assert len(house.heard(Admitted)) == 1
    assert [pong.payload for pong in house.heard(Pong)] == [ping.payload for ping in house.heard(Pinged)]
    assert len(house.heard(Pinged)) == 3


async def test_it_leaves_in_order():
    house = await House().joined()
    house.tell(Part())
    await house.after(600)
    assert house.heard(Closing) == [Closing(1000, "")]
    assert (house.host.lines_of("connect"), len(house.heard(Opened))) == ([], 1)


async def test_who_is_ended_stays_away():
    house = await House().joined()
    house.host.feed("connect", Told("case", End()))
    await house.after(600)
    assert (house.host.lines_of("neighbour"), len(house.heard(Opened))) == ([], 1)


async def test_who_is_turned_away_stays_away():
    house = House()
    list(house.connect.handle(Told("case", TurnAway(401)), 0.0))
    await house.joined()
    await house.after(600)
    assert (house.host.lines_of("neighbour"), len(house.heard(Opened))) == ([], 1)
