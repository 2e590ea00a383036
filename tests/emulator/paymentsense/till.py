"""A till under test with its user, its clock, and a Connect that only says what the test says."""

from __future__ import annotations

import json
import random
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from emulator.paymentsense.epos import Epos
from emulator.paymentsense.settings import Settings
from emulator.paymentsense.uplink import POWER_ON
from harness.evidence.bench import Booked, Pressed, Screen
from harness.wire.endpoint import (
    Close,
    Dial,
    Input,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.websocket import Server, WsFrame

AT = "connect"
SIP, SIS = "2211SIP0", "2211SIS0"


class Till:
    """One EPoS. What it does is kept in `done` with its time, timers apart; `texts` are the messages it has sent."""

    def __init__(
        self, kind: type[Epos] = Epos, storage: MutableMapping[str, str] | None = None, seed: int = 1, **changes: Any
    ) -> None:
        self.storage: MutableMapping[str, str] = {} if storage is None else storage
        self.epos = kind(Settings(AT, **changes), self.storage, random.Random(seed))  # noqa: S311
        self.now = 0.0
        self.line = 0
        self.server = Server()
        self.done: list[tuple[float, Output]] = []
        self.frames: list[WsFrame] = []
        self.texts: list[Any] = []
        self.mistakes: list[Malformed] = []
        self._alarms: dict[str, float] = {}

    # ---- What happens ------------------------------------------------------------------------------------------------

    def feed(self, event: Input) -> Till:
        for output in self.epos.handle(event, self.now):
            if isinstance(output, WakeAt):
                self._alarms.pop(output.name, None)
                if output.at is not None:
                    self._alarms[output.name] = output.at
                continue
            self.done.append((self.now, output))
            if isinstance(output, Send) and output.line == self.line:
                self._read(output.data)
        return self

    def _read(self, data: bytes) -> None:
        for seen in self.server.receive_data(data):
            if isinstance(seen, WsFrame):
                self.frames.append(seen)
                if seen.opcode == 1:
                    with suppress(ValueError):  # a defect may send anything
                        self.texts.append(json.loads(seen.payload))
            elif isinstance(seen, Malformed):
                self.mistakes.append(seen)

    def after(self, seconds: float) -> Till:
        """Time passes, and every timer that falls due is heard."""
        until = self.now + seconds
        for _ in range(10_000):
            due = [(at, name) for name, at in self._alarms.items() if at <= until]
            if not due:
                break
            self.now, name = min(due)
            del self._alarms[name]
            self.feed(Woke(name))
        self.now = until
        return self

    def dialling(self) -> Till:
        """Time passes until it dials."""
        seen = len(self.dials)
        while len(self.dials) == seen and self._alarms:
            self.after(min(self._alarms.values()) - self.now)
        return self

    def power(self) -> Till:
        return self.feed(POWER_ON)

    def opened(self) -> Till:
        """What it has dialled is there."""
        self.line += 1
        self.server = Server()
        return self.feed(Opened(self.line, AT))

    def online(self) -> Till:
        return self.power().back()

    def back(self) -> Till:
        """Connect is there, and takes the handshake."""
        self.opened()
        return self.hears(self.server.accept())

    def refuses(self, status: int) -> Till:
        self.opened()
        return self.hears(self.server.refuse(status))

    def hears(self, data: bytes) -> Till:
        return self.feed(Received(self.line, data))

    def says(self, **members: Any) -> Till:
        """Connect sends a message."""
        return self.hears(self.server.text(json.dumps({"jsonrpc": "2.0", **members})))

    def answers(self, result: Any, number: int = -1) -> Till:
        """Connect answers the newest question, or another."""
        return self.says(id=self.asked[number]["id"], result=result)

    def dropped(self) -> Till:
        return self.feed(PeerClosed(self.line, reset=True))

    def press(self, key: str, **fields: str) -> Till:
        return self.feed(Told("user", Pressed(key, fields)))

    # ---- What it did -------------------------------------------------------------------------------------------------

    @property
    def screens(self) -> list[str]:
        return [body.text for body in self._noted() if isinstance(body, Screen)]

    @property
    def screen(self) -> str:
        return self.screens[-1]

    @property
    def booked(self) -> list[tuple[str, str, str]]:
        return [(body.reference, body.state, body.amount) for body in self._noted() if isinstance(body, Booked)]

    @property
    def states(self) -> list[str]:
        return [state for _, state, _ in self.booked]

    @property
    def asked(self) -> list[Any]:
        """Its questions, in order."""
        return [text for text in self.texts if isinstance(text, dict) and "method" in text]

    @property
    def replies(self) -> list[Any]:
        return [text for text in self.texts if isinstance(text, dict) and "method" not in text]

    @property
    def dials(self) -> list[float]:
        return [at for at, output in self.done if isinstance(output, Dial)]

    @property
    def closes(self) -> list[Close]:
        return [output for _, output in self.done if isinstance(output, Close)]

    def _noted(self) -> list[object]:
        return [output.body for _, output in self.done if isinstance(output, Noted)]


def result(transaction: str = "SUCCESSFUL", **members: Any) -> dict[str, Any]:
    """What a card machine says of a sale of 12.40."""
    amounts = {"amountBase": 1240, "amountTotal": 1240} if transaction == "SUCCESSFUL" else {}
    return {"transactionResult": transaction, "transactionType": "SALE", "currency": "GBP", **amounts, **members}
