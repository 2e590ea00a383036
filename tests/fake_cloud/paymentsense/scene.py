"""A till and Connect on the memory's clock. The till says what a test makes it say, and keeps all that it hears."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fake_cloud.paymentsense.connect import Connect
from fake_cloud.paymentsense.terms import Terms
from harness.evidence.trace import Trace
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Close, Dial, Input, Opened, Output, PeerClosed, Received, Send, Told
from harness.wire.http1 import Headers
from harness.wire.paymentsense import (
    INSTALLER,
    SOFTWARE_HOUSE,
    TOKEN,
    VERSION,
    Demand,
    Dialogue,
    Message,
    Notification,
    Result,
    Side,
    build_target,
)
from harness.wire.websocket import Client, NotUpgraded, Upgraded
from harness.wire.websocket_frames import Ping, Text

KEY = "0b6e-key"
SITE = "testhost.connect.paymentsense.cloud"
TERMS = Terms(sites={KEY: SITE}, software_houses=("SH001X",), installers=("IN777", "IN888"))
VALUES = {TOKEN: KEY, VERSION: "v1", SOFTWARE_HOUSE: "SH001X", INSTALLER: "IN777"}
CHIP, DECLINED, SIGNED, FAILED, TIMED_OUT = "2211SIP0", "2211DIP0", "2211SIS0", "2211UIP0", "2211TIP0"


@dataclass
class Till:
    """One connection of an EPoS, to be told what to do by a test."""

    name: str
    target: str
    headers: Headers = ()
    pongs: bool = True
    heard: list[tuple[float, object]] = field(default_factory=list)
    line: int = 0

    def __post_init__(self) -> None:
        self.client = Client(random.Random(1))  # noqa: S311
        self.dialogue = Dialogue(Side.EPOS)

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Told("test", "dial"):
                yield Dial("connect", 10.0, secure=True)
            case Told("test", bytes() as data):
                yield Send(self.line, data)
            case Told("test", str() as text):
                yield Send(self.line, self.client.text(text))
            case Told("test", Demand() | Notification() | Result() as message):
                yield Send(self.line, self.client.text(self.dialogue.say(message)))
            case Told("test", Close()):
                yield Close(self.line)
            case Opened(line):
                self.line = line
                yield Send(line, self.client.request(self.target, SITE, self.headers))
            case Received(_, data):
                for seen in self.client.receive_data(data):
                    heard = self.dialogue.hear(seen.text) if isinstance(seen, Text) else seen
                    self.heard.append((now, heard))
                    if isinstance(seen, Ping) and self.pongs:
                        yield Send(self.line, self.client.pong(seen.payload))
            case PeerClosed():
                self.heard.append((now, event))

    def all(self, kind: type) -> list:
        return [body for _, body in self.heard if isinstance(body, kind)]

    @property
    def messages(self) -> list[Message]:
        return self.all(Message)

    @property
    def notices(self) -> list[str]:
        return [message.param("notificationValue") for message in self.all(Notification)]

    @property
    def status(self) -> int | None:
        """That of the answer to its handshake: 101 if it was let in."""
        answers = self.all(Upgraded | NotUpgraded)
        return answers[0].reply.status if answers else None


class Scene:
    """Connect and any number of tills."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.trace = Trace()
        self.host = MemoryHost(self.trace)
        self.connect = Connect(terms)
        self._tills = 0

    async def till(self, integration: str = "pac", *, pongs: bool = True, flag: bool = False, target: str = "",
                   headers: Headers = (), **values: str | None) -> Till:  # fmt: skip
        """A till that has dialled, and had its answer. `values`: parameters other than the usual, None for none."""
        if not self._tills:
            await self.host.attach(self.connect, {"connect": ("", 0), "plain": ("", 0)})
        self._tills += 1
        given = {name.replace("_", "-"): value for name, value in values.items()}
        kept = {name: value for name, value in {**VALUES, **given}.items() if value is not None}
        target = target or build_target(integration, kept, final_receipt=flag)
        till = Till(f"till {self._tills}", target, headers, pongs)
        await self.host.attach(till, recorded=False)
        self.tell(till, "dial")
        await self.passes(0.1)
        return till

    def tell(self, till: Till, what: object) -> None:
        self.host.feed(till.name, Told("test", what))

    def case(self, *instructions: object) -> None:
        for instruction in instructions:
            self.host.feed("connect", Told("case", instruction))

    async def passes(self, seconds: float) -> None:
        await self.host.until(lambda: False, seconds, "time to pass")

    async def asks(self, till: Till, method: str, id: object = None, **params: object) -> Message:
        """The till's demand is answered with this."""
        demand = Demand(Side.EPOS, id or f"{method} {len(till.heard)}", method, params or None)
        self.tell(till, demand)
        answered: Callable[[], list] = lambda: [  # noqa: E731
            message for message in till.messages if getattr(message, "of", "") and message.id == demand.id
        ]
        await self.host.until(lambda: bool(answered()), 300.0, "the answer")
        assert answered(), f"no answer to {method}"
        return answered()[0]

    async def sells(self, till: Till, tid: str = CHIP, amount: int = 1240, **params: object) -> Message:
        return await self.asks(till, "sale", tid=tid, amount=amount, currency="GBP", **params)

    def noted(self, *kinds: type) -> list:
        return [body for _, body in self.trace.heard("connect", *kinds)]
