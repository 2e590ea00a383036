"""A dialogue with the cloud that terminals dial: what it is told, and what it does, at once and later."""

from __future__ import annotations

from typing import Any

from fake_cloud.econduit import Cloud, Terms
from harness.wire import econduit
from harness.wire.econduit import (
    OK_REGISTRATION,
    Command,
    Register,
    RegistrationAnswer,
    build,
)
from harness.wire.endpoint import (
    Input,
    Noted,
    Opened,
    Output,
    Received,
    Send,
    Told,
    WakeAt,
    Woke,
)

END = econduit.TERMINATOR
FIELDS = {"Command": "Register", "TerminalType": "AcmePay", "TerminalID": "77001234", "AckHeartbeat": "true"}
BEAT = build({"Command": "Heartbeat"})
SALE = Command({"Command": "Sale", "RefID": "Ref-1", "Amount": "1.00"})
SALE_BYTES = b'{"Command":"Sale","RefID":"Ref-1","Amount":"1.00"}'
OK = RegistrationAnswer(OK_REGISTRATION)
OK_BYTES = OK_REGISTRATION.encode() + END


class Dialogue:
    """A cloud, and a clock that goes to each moment at which it asked to be woken."""

    def __init__(self, terms: Terms | None = None) -> None:
        self.cloud = Cloud(terms)
        self.now = 0.0
        self.alarms: dict[str, float] = {}

    def feed(self, event: Input) -> list[Output]:
        """What the cloud does at once, without the alarms it sets."""
        done = list(self.cloud.handle(event, self.now))
        for output in done:
            if isinstance(output, WakeAt):
                self.alarms[output.name] = output.at
        return [output for output in done if not isinstance(output, WakeAt)]

    def tell(self, body: object) -> list[Output]:
        return self.feed(Told("case", body))

    def later(self) -> list[tuple[float, Output]]:
        """What it does when it wakes, with the times, until it sleeps for good."""
        done = []
        while self.alarms:
            name = min(self.alarms, key=lambda name: self.alarms[name])
            self.now = self.alarms.pop(name)
            done += [(self.now, output) for output in self.feed(Woke(name))]
        return done

    def open(self, line: int = 1) -> None:
        assert self.feed(Opened(line, "primary")) == []

    def register(self, line: int = 1, **fields: Any) -> list[Output]:
        """What follows a registration, without the message read."""
        self.open(line)
        told = {name: value for name, value in {**FIELDS, **fields}.items() if value is not None}
        read, *done = self.feed(Received(line, build(told)))
        assert isinstance(read, Noted)
        assert isinstance(read.body, Register)
        return done


def said(line: int, data: bytes, message: object) -> list[Output]:
    """Bytes on a line, and what they were for the trace."""
    return [Send(line, data), Noted(line, message)]
