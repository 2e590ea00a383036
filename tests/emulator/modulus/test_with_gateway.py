"""The POS client and our gateway, joined in memory: a sale goes through, whatever happens to lines and results."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from emulator.modulus.link import POWER_ON, USER
from emulator.modulus.pos import Pos
from fake_cloud.modulus.gateway import API, GATEWAY, Gateway
from fake_cloud.modulus.instructions import Decide, Decision, Displace, End, Refuse
from fake_cloud.modulus.terms import Terms
from harness.evidence.bench import Booked, Pressed, Screen
from harness.evidence.trace import Trace
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Opened, Told
from harness.wire.framing import Malformed
from harness.wire.modulus import JsonPing, Payment
from tests.emulator.modulus.shop import SETTINGS


class Joined:
    """A gateway with its HTTP side, and a POS that was given both addresses."""

    def __init__(self) -> None:
        self.shown: list[object] = []
        self.host = MemoryHost(Trace(), on_noted=lambda _party, _line, body: self.shown.append(body))
        self.pos = Pos(replace(SETTINGS, gateway=GATEWAY, inquiry=API), {}, random.Random(1))  # noqa: S311

    async def begin(self) -> None:
        await self.host.attach(Gateway(Terms(epoch=SETTINGS.epoch)), {GATEWAY: ("", 0), API: ("", 0)})
        await self.host.attach(self.pos, recorded=False)
        self.host.feed("client", POWER_ON)
        await self.host.until(lambda: self.pos.discovered, 10, "the list of terminals")

    def order(self, instruction: object) -> None:
        self.host.feed(GATEWAY, Told("case", instruction))

    def sell(self) -> None:
        self.host.feed("client", Told(USER, Pressed("sale", {"amount": "12.40"})))

    async def after(self, seconds: float) -> None:
        await self.host.until(lambda: False, seconds, "time")

    def heard(self, kind: type) -> list:
        return [body for _, body in self.host.trace.heard(GATEWAY, kind)]

    @property
    def states(self) -> list[str]:
        return [body.state for body in self.shown if isinstance(body, Booked)]


@pytest.fixture
async def joined():
    both = Joined()
    await both.begin()
    yield both
    assert both.heard(Malformed) == []
    assert [fault for message in both.heard(Payment) for fault in message.faults] == []
    await both.host.close()


async def test_a_sale(joined):
    joined.sell()
    await joined.after(10)
    assert joined.states == ["open", "pending", "paid"]


async def test_a_sale_through_a_drop(joined):
    joined.order(Decide(Decision(after=3)))
    joined.sell()
    await joined.after(1)
    joined.order(End(code=None))
    await joined.after(30)
    assert joined.states == ["open", "pending", "paid"]
    assert len(joined.heard(Payment)) == 1


async def test_a_result_that_never_comes_is_asked_for(joined):
    joined.order(Decide(Decision(withheld=True)))
    joined.sell()
    await joined.after(125)
    assert joined.states == ["open", "pending", "unknown", "paid"]
    assert len(joined.heard(Payment)) == 1


async def test_hours_without_a_sale(joined):
    await joined.after(4 * 3600)
    assert len(joined.heard(JsonPing)) == 480
    assert len(joined.heard(Opened)) == 1


async def test_displaced_and_refused(joined):
    joined.order(Displace("Another till"))
    await joined.after(600)
    assert len(joined.heard(Opened)) == 1
    assert any("Another till" in body.text for body in joined.shown if isinstance(body, Screen))
    joined.order(Refuse(401, times=3))
    joined.host.feed("client", Told(USER, Pressed("connect", {})))
    await joined.after(60)
    assert len(joined.heard(Opened)) == 5
    assert joined.pos.discovered
