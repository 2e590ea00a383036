"""A terminal in software that emits events: it tells its webhook how it stands, and what was done at it.

Events leave one after the other, in the order in which they happened, and each until it is acknowledged or given up; so
a receiver that is slow delays them and never reorders them. What its user does (`Pressed`), and what comes of it:

    boot         {}            start again after a shutdown: Initialised when it is ready
    shutdown     {}            Shutdown, and off
    maintenance  {}            BeginMaintenance, and when that is over EndMaintenance
    fault        {}            OutOfOrder; `boot` ends it
    reference    {text}        a reference typed on it: SaleWakeUp
    request      {text}        a request came in, as JSON: Reject, unless it is a payment for this terminal while idle;
                               that is paid, and the response goes the way of the events

Requests come in at the listener `nexo`, too, as a POST of the local Terminal API.
"""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from emulator.adyen.seal import Seal
from emulator.adyen.settings import SenderSettings
from emulator.adyen.webhook import TEXT, basic
from emulator.book import Display
from emulator.http_party import Failed, HttpParty
from emulator.panel import Notice
from harness.evidence.bench import Pressed
from harness.wire import nexo
from harness.wire.endpoint import Noted, Output
from harness.wire.framing import Malformed
from harness.wire.http1 import Headers, Reply, Request
from harness.wire.nexo import (
    EVENT_HEADER,
    EventNotification,
    Message,
    MessageHeader,
    PaymentResponse,
    SaleToPOIRequest,
    SaleToPOIResponse,
)

if TYPE_CHECKING:
    from random import Random

_DEVICE_ID = "device id"


class Sender(HttpParty):
    """The conformant terminal, an `Endpoint`. `storage` outlives it; `rng` gives nonces and where ids begin.

    `state`: START, IDLE, MAINTENANCE, FAULT or OFF."""

    name = "sender"
    listener = "nexo"
    sealing: type[Seal] = Seal

    def __init__(self, settings: SenderSettings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__()
        self.settings = settings
        self.storage = storage
        self.rng = rng
        self.seal = self.sealing(settings.key) if settings.key is not None else None
        self.display = Display()
        self.state = "START"
        self._unsent: deque[Message] = deque()
        self._tries = 0

    # ---- What happens to it ------------------------------------------------------------------------------------------

    def started(self, now: float) -> Iterator[Output]:
        """Booting takes its time (ADY-074)."""
        self.state = "START"
        yield from self.display.show("starting")
        yield from self.after("boot", self.settings.boot, now, self.booted)

    def booted(self, now: float) -> Iterator[Output]:
        yield from self.turn("IDLE", "Initialised", now)

    def told(self, body: object, now: float) -> Iterator[Output]:
        if not isinstance(body, Pressed):
            return
        match body.key:
            case "boot":
                yield from self.started(now)
            case _ if self.state == "OFF":
                return
            case "shutdown":
                yield from self.shut_down(now)
            case "maintenance":
                yield from self.begin_maintenance(now)
            case "fault":
                yield from self.turn("FAULT", "OutOfOrder", now)
            case "reference":
                yield from self.typed(body.fields.get("text", ""), now)
            case "request":
                yield from self.requested(body.fields.get("text", "").encode(), now)

    def shut_down(self, now: float) -> Iterator[Output]:
        """(ADY-070)"""
        yield from self.forget("boot")
        yield from self.forget("maintenance")
        yield from self.turn("OFF", "Shutdown", now)

    def begin_maintenance(self, now: float) -> Iterator[Output]:
        """(ADY-071)"""
        yield from self.turn("MAINTENANCE", "BeginMaintenance", now)
        yield from self.after("maintenance", self.settings.maintenance, now, self.end_maintenance)

    def end_maintenance(self, now: float) -> Iterator[Output]:
        """(ADY-072)"""
        yield from self.turn("IDLE", "EndMaintenance", now)

    def turn(self, state: str, event: str, now: float) -> Iterator[Output]:
        """It stands otherwise, shows it, and says so."""
        before, self.state = self.state, state
        yield from self.display.show({"IDLE": "ready", "OFF": ""}.get(state, event))
        yield from self.emit(event, urlencode({"newstate": state, "oldstate": before}), now)

    def typed(self, reference: str, now: float) -> Iterator[Output]:
        """The reference as it was typed (ADY-076)."""
        yield from self.emit("SaleWakeUp", reference, now)

    # ---- What is asked of it -----------------------------------------------------------------------------------------

    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        yield from self.reply(line, Reply(200, TEXT, b"ok"))
        yield from self.requested(request.body, now)

    def requested(self, raw: bytes, now: float) -> Iterator[Output]:
        """It takes payments for itself while it is idle; anything else is rejected, with the reason (ADY-075)."""
        message = nexo.parse(raw)
        if reason := self.objection_to(message):
            yield from self.reject(raw, message, reason, now)
        elif isinstance(message, SaleToPOIRequest) and self.settings.asynchronous:
            yield from self.after("paid", self.settings.paying, now, lambda then: self.paid(message, then))

    def objection_to(self, message: object) -> str:
        """Why a request is rejected, "" if it is not."""
        if isinstance(message, Malformed):
            return f"the request cannot be read: {message.why}"
        if not isinstance(message, SaleToPOIRequest) or message.payment is None:
            return "only payments are taken"
        if message.header.poi_id != self.settings.poi_id:
            return f"there is no terminal {message.header.poi_id}"
        if message.faults:
            return message.faults[0]
        return "" if self.state == "IDLE" else "the terminal is not ready"

    def reject(self, raw: bytes, message: object, reason: str, now: float) -> Iterator[Output]:
        """The refused request goes back with the explanation."""
        service = message.header.service_id if isinstance(message, SaleToPOIRequest) else ""
        details = urlencode({"message": reason})
        yield from self.emit("Reject", details, now, b64encode(raw).decode(), service)

    # ---- What it says ------------------------------------------------------------------------------------------------

    def emit(self, event: str, details: str, now: float, rejected: str = "", service_id: str = "") -> Iterator[Output]:
        """Say what has happened, dated now, after all that is still to be said."""
        body = EventNotification(event, self.stamp(now), details, rejected)
        yield from self.say(nexo.request(self.header(service_id), body, header_first=False))

    def paid(self, asked: SaleToPOIRequest, now: float) -> Iterator[Output]:
        """The response goes where the events go (ADY-003, 090)."""
        yield from self.say(self.response_to(asked, now))

    def response_to(self, asked: SaleToPOIRequest, now: float) -> SaleToPOIResponse:
        """As it would be in the reply to a synchronous request (ADY-091)."""
        payment = asked.payment
        assert payment is not None  # noqa: S101 — narrows: only payments are taken
        body = PaymentResponse("Success", payment.reference, self.stamp(now), payment.amount, payment.currency)
        return nexo.response(asked.header.answered(), body)

    def say(self, message: Message) -> Iterator[Output]:
        """Send a message when all that was said before it is through."""
        self._unsent.append(message)
        if len(self._unsent) == 1:
            yield from self.send()

    def header(self, service_id: str) -> MessageHeader:
        """(ADY-061, 062)"""
        return replace(EVENT_HEADER, sale_id=self.settings.sale_id, poi_id=self.settings.poi_id,
                       device_id=self.new_device_id(), service_id=service_id)  # fmt: skip

    def new_device_id(self) -> str:
        """One a message, as ten digits, also after a power cut (ADY-065)."""
        last = self.storage.get(_DEVICE_ID) or str(self.rng.randrange(1_000_000_000, 2_000_000_000))
        self.storage[_DEVICE_ID] = str(int(last) + 1)
        return self.storage[_DEVICE_ID]

    def stamp(self, now: float) -> str:
        """UTC, with milliseconds (ADY-063)."""
        return nexo.stamp(self.settings.epoch + now)

    def outgoing(self, message: Message) -> bytes:
        """In an envelope where the URL asks for it, else in clear (ADY-110)."""
        if self.settings.encrypted and self.seal is not None:
            return self.seal.close(message, self.rng.randbytes(16))
        return message.build()

    def credentials(self) -> Headers:
        """Those that are set for the URL (ADY-024)."""
        if not self.settings.username:
            return ()
        return (("Authorization", basic(self.settings.username, self.settings.password)),)

    def send(self) -> Iterator[Output]:
        """Send what has waited longest."""
        about = (("Host", self.settings.receiver), ("Content-Type", "application/json"))
        headers = (*about, *self.credentials())
        request = Request("POST", self.settings.path, headers, self.outgoing(self._unsent[0]))
        yield from self.call(
            self.settings.receiver, request, self.sent, self.settings.acknowledge_within, secure=self.settings.secure
        )

    def sent(self, outcome: Reply | Failed, now: float) -> Iterator[Output]:
        """Acknowledged by any 2xx; else the same again after a pause, and given up after the last."""
        if isinstance(outcome, Reply) and 200 <= outcome.status < 300:
            yield from self.next_message()
        elif self._tries < len(self.settings.retries):
            pause = self.settings.retries[self._tries]
            self._tries += 1
            yield from self.after("send again", pause, now, lambda _: self.send())
        else:
            yield Noted(0, Notice("a message was given up: it was not acknowledged"))
            yield from self.next_message()

    def next_message(self) -> Iterator[Output]:
        self._unsent.popleft()
        self._tries = 0
        if self._unsent:
            yield from self.send()
