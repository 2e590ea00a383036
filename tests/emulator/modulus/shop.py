"""A POS client in a shop without a network: the test moves the clock, and says what the gateway says.

shop = open_shop()                 # power on, connected, terminals listed
shop.press("sale", amount="12.40")
payment = shop.last(Payment)
shop.hear(result(payment))
assert shop.book == {payment.transaction_id: "paid"}
"""

from __future__ import annotations

import json
import random
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from emulator.modulus.link import POWER_ON, USER
from emulator.modulus.pos import Pos
from emulator.modulus.settings import Settings
from emulator.panel import Notice
from harness.evidence.bench import Booked, Pressed, Screen
from harness.wire import modulus
from harness.wire.endpoint import Close, Dial, Input, Noted, Opened, Output, Received, Send, Told, WakeAt, Woke
from harness.wire.http1 import Reply, Request, ServerSide
from harness.wire.modulus import Payment
from harness.wire.websocket import Server, Upgrade, WsFrame

GATEWAY, INQUIRY = "gateway:443", "api:443"
KEY = "bench-pos-key"
SETTINGS = Settings(GATEWAY, KEY, "bench-pos-secret", INQUIRY, epoch=1_767_225_600.0)

ONE = {"deviceId": "TERM-001", "connectionId": "conn-1", "status": "online"}
TWO = {"deviceId": "TERM-002", "connectionId": "conn-2", "status": "offline"}
LISTED = {"action": "terminalsResponse", "terminals": [ONE, TWO]}

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Did:
    """Something the POS did: an output, or what it means to a gateway."""

    at: float
    line: int
    what: object


class Shop:
    """A POS, a clock, and all it has ever done, in order."""

    def __init__(
        self, kind: type[Pos] = Pos, storage: MutableMapping[str, str] | None = None, **changes: object
    ) -> None:
        self.now = 0.0
        self.did: list[Did] = []
        self.pos = kind(replace(SETTINGS, **changes), {} if storage is None else storage, random.Random(1))  # noqa: S311
        self._lines: dict[int, Server | ServerSide] = {}
        self._timers: dict[str, float] = {}

    # ---- What happens to it ------------------------------------------------------------------------------------------

    def feed(self, event: Input) -> None:
        for output in self.pos.handle(event, self.now):
            self._carry_out(output)

    def after(self, seconds: float) -> None:
        """Time passes."""
        end = self.now + seconds
        while self._timers and min(self._timers.values()) <= end + 1e-9:
            name = min(self._timers, key=self._timers.__getitem__)
            self.now = max(self.now, self._timers.pop(name))
            self.feed(Woke(name))
        self.now = end

    def power_on(self) -> None:
        self.feed(POWER_ON)

    def press(self, key: str, **fields: str) -> None:
        self.feed(Told(USER, Pressed(key, fields)))

    def answer_dial(self) -> int:
        """The dial at hand is answered: the line."""
        line = 1 + max(self._lines, default=0)
        to = self.last(Dial).to
        self._lines[line] = Server() if to == GATEWAY else ServerSide()
        self.feed(Opened(line, to))
        return line

    def accept(self) -> int:
        """The gateway takes the dial and the handshake: the line."""
        line = self.answer_dial()
        self.feed(Received(line, self._lines[line].accept()))
        return line

    def hear(self, message: dict[str, Any] | str, line: int = 0) -> None:
        """The gateway says this, on its newest line if no other is named."""
        text = message if isinstance(message, str) else json.dumps(message)
        self.feed(Received(line or self.line, self.server(line).text(text)))

    def reply(self, code: int, **answer: str) -> None:
        """The HTTP side answers the newest question."""
        line = max(number for number, side in self._lines.items() if isinstance(side, ServerSide))
        self.feed(Received(line, self._lines[line].send(Reply(code, (), json.dumps(answer).encode()))))

    # ---- What it did -------------------------------------------------------------------------------------------------

    @property
    def line(self) -> int:
        return max(number for number, side in self._lines.items() if isinstance(side, Server))

    def server(self, line: int = 0) -> Server:
        return self._lines[line or self.line]

    def all(self, kind: type[Kind], since: float = 0.0) -> list[Kind]:
        return [did.what for did in self.did if isinstance(did.what, kind) and did.at >= since]

    def times(self, kind: type) -> list[float]:
        return [did.at for did in self.did if isinstance(did.what, kind)]

    def last(self, kind: type[Kind]) -> Kind:
        return self.all(kind)[-1]

    @property
    def book(self) -> dict[str, str]:
        """How it stands with each sale, as it was told."""
        return {booked.reference: booked.state for booked in self.all(Booked)}

    @property
    def screen(self) -> str:
        return self.last(Screen).text

    @property
    def journal(self) -> str:
        return "\n".join(notice.text for notice in self.all(Notice))

    def _carry_out(self, output: Output) -> None:
        match output:
            case WakeAt(name, at):
                self._timers.pop(name, None)
                if at is not None:
                    self._timers[name] = at
            case Noted(line, body):
                self._note(line, body)
            case Send(line, data):
                for seen in self._lines[line].receive_data(data):
                    self._note(line, seen)
            case _:
                self._note(output.line if isinstance(output, Close) else 0, output)

    def _note(self, line: int, what: object) -> None:
        if not isinstance(what, WsFrame):
            text = getattr(what, "text", None)
            said = modulus.read_from_pos(text) if type(what).__name__ == "Text" else what
            self.did.append(Did(self.now, line, said if text is not None else what))


def result(payment: Payment, status: str = "SUCCESS", terminal: str = "TERM-001", **changes: Any) -> dict[str, Any]:
    """The paymentComplete of a payment. `changes`: members of the response."""
    response = {"transactionId": payment.transaction_id, "status": status, "amount": payment.amount, **changes}
    return {"action": "paymentComplete", "terminalId": terminal, "paymentResponse": response}


def online(kind: type[Pos] = Pos, storage: MutableMapping[str, str] | None = None, **changes: object) -> Shop:
    """Connected on line 1; the terminals are known."""
    shop = Shop(kind, storage, **changes)
    shop.power_on()
    shop.accept()
    shop.hear(LISTED)
    return shop


def selling(kind: type[Pos] = Pos, amount: str = "12.40", **changes: object) -> tuple[Shop, Payment]:
    """A payment has been ordered on TERM-001."""
    shop = online(kind, **changes)
    shop.press("sale", amount=amount, terminal="TERM-001")
    return shop, shop.last(Payment)


__all__ = ["GATEWAY", "INQUIRY", "KEY", "LISTED", "Request", "Shop", "Upgrade", "online", "result", "selling"]
