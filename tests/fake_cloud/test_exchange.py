"""One order through the house: a POS party, the exchange, the cloud, and the emulated terminal at the end of a line."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from emulator.settings import Settings
from emulator.terminal import Terminal
from fake_cloud.econduit import Cloud, End, Terms
from fake_cloud.exchange import Exchange
from fake_cloud.order import Fate, Order, Outcome, Reach
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Input, Output, Tell, Told, Woke

NAMES = {"gateway": {"TERM-001": "77001234"}, "adyen": {"V400m-000000001": "77001234"}, "connect": {}}


class Pos:
    """A POS counterpart: passes on what the test orders, keeps what it is told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[object] = []

    def handle(self, event: Input, now: float) -> Iterator[Output]:  # noqa: ARG002
        match event:
            case Told("case", Order() as order):
                yield Tell("exchange", order)
            case Told("exchange", body):
                self.told.append(body)

    @property
    def outcomes(self) -> list[Outcome]:
        return [body for body in self.told if isinstance(body, Outcome)]

    @property
    def reaches(self) -> list[Reach]:
        return [body for body in self.told if isinstance(body, Reach)]


@pytest.fixture
async def host():
    host = MemoryHost()
    await host.attach(Cloud(Terms(watcher="exchange")), {"primary": ("", 0), "secondary": ("", 0)})
    await host.attach(Exchange(NAMES))
    yield host
    await host.close()


@pytest.fixture
async def pos_of(host):
    made = {}

    async def pos(name: str) -> Pos:
        made[name] = Pos(name)
        await host.attach(made[name])
        return made[name]

    return pos


@pytest.fixture
async def terminal(host):
    settings = Settings(primary="primary", secondary="secondary", outcomes={"2.00": "Declined"})
    await host.attach(Terminal(settings, {}, random.Random(1)), recorded=False)  # noqa: S311
    host.feed("terminal", Woke("power on"))


def order(host: MemoryHost, pos: Pos, id: int, terminal: str, amount: str = "12.40", reference: str = "A") -> None:
    fields = {"Command": "Sale", "RefID": reference, "Amount": amount}
    host.feed(pos.name, Told("case", Order(id, terminal, fields)))


async def answered(host: MemoryHost, pos: Pos, count: int = 1) -> list[Outcome]:
    await host.until(lambda: len(pos.outcomes) >= count, 120, "outcomes")
    return pos.outcomes


async def reached(host: MemoryHost, pos: Pos, online: bool) -> None:
    await host.until(lambda: bool(pos.reaches) and pos.reaches[-1].online is online, 120, "the terminal")


async def test_an_order_reaches_the_terminal_and_its_outcome_comes_back(host, pos_of, terminal):
    gateway = await pos_of("gateway")
    await reached(host, gateway, online=True)
    order(host, gateway, 7, "TERM-001")
    (outcome,) = await answered(host, gateway)
    assert (outcome.id, outcome.fate, outcome.fields["ResultCode"]) == (7, Fate.ANSWERED, "Approved")
    assert outcome.fields["Amount"] == "12.40"


async def test_each_pos_has_its_own_orders(host, pos_of, terminal):
    gateway, adyen = await pos_of("gateway"), await pos_of("adyen")
    await reached(host, gateway, online=True)
    order(host, gateway, 1, "TERM-001", reference="same")
    await answered(host, gateway)
    order(host, adyen, 1, "V400m-000000001", amount="2.00", reference="same")
    (second,) = await answered(host, adyen)
    assert second.fields["ResultCode"] == "Declined", "no repetition of the other's order"
    assert gateway.outcomes[0].fields["ResultCode"] == "Approved"
    assert len(gateway.outcomes) == 1


async def test_a_terminal_that_drops_and_returns_is_told_to_those_who_know_it(host, pos_of, terminal):
    gateway, adyen, connect = [await pos_of(name) for name in ("gateway", "adyen", "connect")]
    await reached(host, gateway, online=True)
    host.feed("cloud", Told("case", End(reset=True)))
    await reached(host, gateway, online=False)
    await reached(host, gateway, online=True)
    await reached(host, adyen, online=True)
    assert gateway.reaches == [Reach("TERM-001", online) for online in (True, False, True)]
    assert adyen.reaches == [Reach("V400m-000000001", online) for online in (True, False, True)]
    assert not connect.told


async def test_what_is_lost_is_told_as_lost_and_a_late_answer_follows(host, pos_of, terminal):
    gateway = await pos_of("gateway")
    await reached(host, gateway, online=True)
    order(host, gateway, 1, "TERM-001")
    await host.until(lambda: False, 0.5, "the card to be read")
    host.feed("cloud", Told("case", End(reset=True)))
    lost, late = await answered(host, gateway, 2)
    assert (lost.fate, lost.fields) == (Fate.LOST, {})
    assert (late.id, late.fate, late.fields["ResultCode"]) == (1, Fate.ANSWERED, "Approved")


@pytest.mark.parametrize("name", ["TERM-001", "TERM-002"])
async def test_a_terminal_that_is_not_there_is_offline(host, pos_of, name):
    gateway = await pos_of("gateway")
    order(host, gateway, 3, name)
    assert await answered(host, gateway) == [Outcome(3, Fate.OFFLINE, {})]


async def test_a_busy_terminal_is_busy(host, pos_of, terminal):
    gateway = await pos_of("gateway")
    await reached(host, gateway, online=True)
    order(host, gateway, 1, "TERM-001", reference="A")
    order(host, gateway, 2, "TERM-001", reference="B")
    assert [(one.id, one.fate) for one in await answered(host, gateway, 2)] == [(2, Fate.BUSY), (1, Fate.ANSWERED)]
