"""The POS that orders by URL and our web API, joined in memory: an order, its outcome, a question where none came."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from emulator.http_party import POWER_ON
from emulator.webapi.build import build
from emulator.webapi.defects import DEFECTS
from emulator.webapi.pos import Pos
from fake_cloud.order import Fate, Order, Outcome
from fake_cloud.pos import Account, End, PosApi
from harness.evidence.bench import Booked, Pressed, Screen
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Hearing, Listen, Told
from harness.wire.webapi import PosCall

SETTINGS = {"api": "pos", "key": "bench-key", "password": "bench-password"}


class Carrier:
    """What takes the orders of the API, and knows nothing of them until the test says so."""

    name = "cloud"

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def handle(self, event, now):  # noqa: ARG002
        if isinstance(event, Told):
            self.orders.append(event.body)
        return []


class Joined:
    """The API, and a POS that dials it."""

    def __init__(self) -> None:
        self.shown: list[object] = []
        self.host = MemoryHost(on_noted=lambda _party, _line, body: self.shown.append(body))
        self.carrier = Carrier()
        self.storage: dict[str, str] = {}

    async def begin(self) -> None:
        accounts = {"shop": Account("bench-key", "bench-password", frozenset({"77001234"}))}
        await self.host.attach(PosApi(accounts, random.Random(1)), {"pos": ("", 0)})  # noqa: S311
        await self.host.attach(self.carrier, recorded=False)
        await self.start()

    async def start(self) -> None:
        pos = build(SETTINGS, self.storage, random.Random(2), None)  # noqa: S311
        await self.host.attach(pos, recorded=False)
        self.host.feed(Pos.name, POWER_ON)

    async def after(self, seconds: float) -> None:
        await self.host.until(lambda: False, seconds, "time")

    async def press(self, key: str, **fields: str) -> None:
        self.host.feed(Pos.name, Told("user", Pressed(key, fields)))
        await self.after(0.5)

    async def outcome(self, fate: Fate, result: str = "Approved", amount: str = "12.40") -> None:
        """What becomes of the last order."""
        fields = {"ResultCode": result, "Amount": amount, "TransType": "Sale"} if fate is Fate.ANSWERED else {}
        self.host.feed("pos", Told("cloud", Outcome(self.carrier.orders[-1].id, fate, fields)))
        await self.after(0.5)

    @property
    def calls(self) -> list[tuple[float, PosCall]]:
        return [(event.at, call) for event, call in self.host.trace.heard("pos", PosCall)]

    @property
    def states(self) -> list[str]:
        return [body.state for body in self.shown if isinstance(body, Booked)]

    @property
    def screen(self) -> str:
        return next(body.text for body in reversed(self.shown) if isinstance(body, Screen))


@pytest.fixture
async def joined():
    both = Joined()
    await both.begin()
    yield both
    await both.host.close()


@pytest.mark.parametrize(
    ("result", "state"), [("Approved", "paid"), ("Declined", "declined"), ("Cancelled", "cancelled")]
)
async def test_an_outcome_is_booked(joined, result, state):
    await joined.press("sale", amount="12.40")
    assert joined.carrier.orders[0].fields["Amount"] == "12.40"
    await joined.outcome(Fate.ANSWERED, result)
    assert joined.states == ["open", "pending", state]
    assert [call.call for _, call in joined.calls] == ["runTransaction"]


async def test_a_part_is_booked_and_the_rest_is_due(joined):
    await joined.press("sale", amount="12.40")
    await joined.outcome(Fate.ANSWERED, amount="5.00")
    assert joined.shown[-2:] == [Booked("1-" + joined.calls[0][1].parameters["refID"][2:], "paid", "5.00"),
                                 Screen("5.00 paid of 12.40, 7.40 still due", "green")]  # fmt: skip


@pytest.mark.parametrize("amount", ["12.41", "lots"])
async def test_an_approved_amount_that_cannot_be_is_unknown(joined, amount):
    await joined.press("sale", amount="12.40")
    await joined.outcome(Fate.ANSWERED, amount=amount)
    assert joined.states[-1] == "unknown"


async def test_a_lost_answer_is_asked_for_until_it_is_final_and_never_ordered_again(joined):
    await joined.press("sale", amount="12.40")
    await joined.outcome(Fate.LOST)
    assert joined.states[-1] == "unknown"
    await joined.after(12.0)
    asked = [at for at, call in joined.calls if call.call == "checkStatus"]
    assert [later - earlier for earlier, later in pairwise(asked)] == pytest.approx([5.0, 5.0], abs=0.1)
    await joined.outcome(Fate.ANSWERED)
    await joined.after(5.0)
    assert joined.states[-1] == "paid"
    assert len(joined.carrier.orders) == 1


async def test_it_asks_less_often_at_last(joined):
    await joined.press("sale", amount="12.40")
    await joined.outcome(Fate.LOST)
    await joined.after(600.0)
    asked = [at for at, call in joined.calls if call.call == "checkStatus"]
    assert asked[-1] - asked[-2] == pytest.approx(30.0, abs=0.1)
    assert joined.states[-1] == "unknown"


async def test_a_line_that_ends_leaves_the_outcome_open(joined):
    await joined.press("sale", amount="12.40")
    joined.host.feed("pos", Told("case", End(reset=True)))
    await joined.after(1.0)
    assert joined.states[-1] == "unknown"
    await joined.press("sale", amount="3.00")
    assert joined.screen == "No sale: the sale before it is being checked"
    await joined.outcome(Fate.ANSWERED)
    await joined.after(5.0)
    assert joined.states[-1] == "paid"
    await joined.press("sale", amount="3.00")
    assert len(joined.carrier.orders) == 2


async def test_an_order_that_reached_no_terminal_is_over(joined):
    await joined.press("sale", amount="12.40")
    await joined.outcome(Fate.OFFLINE)
    assert joined.states[-1] == "cancelled"
    assert "Terminal offline" in joined.screen


async def test_an_api_that_is_away_has_no_order(joined):
    joined.host.say("pos", [Listen("pos", Hearing.REFUSED)])
    await joined.press("sale", amount="12.40")
    assert joined.states == ["open", "pending", "cancelled"]


async def test_a_restart_asks_for_what_was_under_way(joined):
    await joined.press("sale", amount="12.40")
    joined.host.detach(Pos.name)
    await joined.start()
    await joined.after(1.0)
    assert joined.states[-1] == "unknown"
    await joined.outcome(Fate.ANSWERED)
    await joined.after(6.0)
    assert joined.states[-1] == "paid"


@pytest.mark.parametrize(
    ("key", "fields", "screen"),
    [
        ("sale", {"amount": "12,40"}, "No sale: that is no amount"),
        ("report", {}, "Takings 0.00"),
        ("cancel", {}, "Cancel at the terminal"),
        ("refund", {"amount": "1.00"}, "Refund: not offered here"),
    ],
)
async def test_other_keys(joined, key, fields, screen):
    await joined.press(key, **fields)
    assert joined.screen == screen
    assert joined.carrier.orders == []


async def test_a_second_sale_waits_for_the_first(joined):
    await joined.press("sale", amount="12.40")
    await joined.press("sale", amount="3.00")
    assert joined.screen == "No sale: 77001234 is at work"
    assert len(joined.carrier.orders) == 1


def test_every_defect_says_what_it_breaks():
    assert all(defect.__doc__ and defect.breaks for defect in DEFECTS.values())
    assert sorted(defect.row for defect in DEFECTS.values()) == list(range(1, len(DEFECTS) + 1))
