"""A shop without sockets: the EPoS with its user, and Connect with its card machines, on a clock that jumps."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from emulator.paymentsense import build
from emulator.paymentsense.settings import Settings
from emulator.paymentsense.uplink import POWER_ON
from fake_cloud.paymentsense.connect import Connect
from fake_cloud.paymentsense.terms import Terms
from harness.evidence.bench import Booked, Pressed, Screen
from harness.evidence.trace import Trace
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Opened, Told
from harness.wire.paymentsense import Demand, Message, Notification, Refusal, Result, Side

TOKEN = Settings("").token


class Shop:
    """What happens is in `trace`; the till is not recorded, what it shows and books is, as on a bench."""

    def __init__(self, defect: str | None = None, terms: Terms | None = None, seed: int = 1, **settings: Any) -> None:
        self.trace = Trace()
        self.host = MemoryHost(self.trace, on_noted=lambda _party, _line, body: self._show(body))
        self.connect = Connect(terms or Terms(sites={TOKEN: Settings("").host}))
        self.till = build({"address": "connect", **settings}, {}, random.Random(seed), defect)  # noqa: S311

    def _show(self, body: object) -> None:
        if isinstance(body, Screen | Booked):
            self.host.record("bench", body)

    async def open(self) -> Shop:
        """The till has found Connect."""
        await self.host.attach(self.connect, {"connect": ("", 0), "plain": ("", 0)})
        await self.host.attach(self.till, recorded=False)
        self.host.feed("epos", POWER_ON)
        assert await self.shows("Connected")
        return self

    def press(self, key: str, **fields: str) -> None:
        pressed = Pressed(key, fields)
        self.host.record("bench", pressed)
        self.host.feed("epos", Told("user", pressed))

    def tell(self, instruction: object) -> None:
        self.host.feed("connect", Told("case", instruction))

    async def until(self, seen: Callable[[], bool], within: float = 30.0) -> bool:
        return await self.host.until(seen, within, "what the test waits for")

    async def after(self, seconds: float) -> None:
        await self.host.until(lambda: False, seconds, "time to pass")

    async def stands(self, state: str, within: float = 30.0) -> bool:
        """Await a sale that stands so."""
        return await self.until(lambda: self.states[-1:] == [state], within)

    async def shows(self, text: str, within: float = 30.0) -> bool:
        return await self.until(lambda: text in self.screen, within)

    def heard(self, kind: type[Any]) -> list[Any]:
        return [body for _, body in self.trace.heard("connect", kind)]

    def said(self, by: Side, method: str) -> list[Message]:
        kinds: list[Any] = [*self.heard(Demand), *self.heard(Notification)]
        return [body for body in kinds if body.by is by and body.method == method]

    def replied(self, of: str) -> list[Any]:
        """The EPoS's answers to a method."""
        return [body for body in [*self.heard(Result), *self.heard(Refusal)] if body.by is Side.EPOS and body.of == of]

    @property
    def states(self) -> list[str]:
        return [body.state for _, body in self.trace.heard("bench", Booked)]

    @property
    def settled(self) -> str:
        return self.trace.heard("bench", Booked)[-1][1].amount

    @property
    def screen(self) -> str:
        return self.screens[-1]

    @property
    def screens(self) -> list[str]:
        return [body.text for _, body in self.trace.heard("bench", Screen)]

    @property
    def lines(self) -> int:
        return len(self.heard(Opened))

    def faults(self) -> list[str]:
        """Everything that Connect found wrong with what the EPoS sent."""
        messages = [*self.heard(Demand), *self.heard(Notification), *self.heard(Result), *self.heard(Refusal)]
        return [fault for body in messages if body.by is Side.EPOS for fault in body.faults]
