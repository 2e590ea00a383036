"""Adyen's cloud as one party: three listeners for those who call it, and lines of its own to event URLs.

Its listeners are `management` (Management API), `device` (device API) and `receiver` (events of a DUT that is a
terminal). A case tells it the values of `fake_cloud.adyen.instructions`; what it understands and says is noted in those
of `harness.wire.adyen`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fake_cloud.adyen.calls import Answered
from fake_cloud.adyen.configuration import Configuration
from fake_cloud.adyen.devices import Devices
from fake_cloud.adyen.instructions import (
    OWN_IDS,
    Again,
    Answer,
    Answering,
    Configure,
    Cut,
    Emit,
    Grant,
    Online,
    Post,
    Release,
    Service,
    Settle,
    Straighten,
)
from fake_cloud.adyen.management import Management
from fake_cloud.adyen.receiver import Receiver
from fake_cloud.adyen.terms import Terms
from fake_cloud.adyen.webhooks import Webhooks
from fake_cloud.order import Outcome, Reach
from harness.wire import nexo
from harness.wire.endpoint import (
    Close,
    Input,
    Noted,
    Opened,
    Output,
    PeerClosed,
    Received,
    Refused,
    Send,
    Told,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import Request, ServerSide
from harness.wire.nexo import EVENT_HEADER, EventNotification, SaleToPOIRequest

if TYPE_CHECKING:
    from random import Random

REACH_IDS = 2 * OWN_IDS
"""From here on the events are numbered by which terminals behind the exchange come and go."""

LISTENERS = tuple(service.value for service in Service)


@dataclass(slots=True)
class _Served:
    """A line of somebody who calls. `waiting`: an answer that is late on purpose."""

    service: Service
    side: ServerSide = field(default_factory=ServerSide)
    how: Answering = field(default_factory=Answering)
    waiting: Answered | None = None


class Adyen:
    """Adyen's cloud. `rng`: where nonces come from."""

    name = "adyen"

    def __init__(self, terms: Terms, rng: Random) -> None:
        self.terms = terms
        configuration = Configuration(terms)
        self._webhooks = Webhooks(terms, configuration, rng)
        self._management = Management(terms, configuration)
        self._devices = Devices(terms, configuration, rng, self._webhooks.post)
        self._receiver = Receiver(terms)
        self._served: dict[int, _Served] = {}
        self._answers: dict[Service, Answer] = {}
        self._device_ids = 1_000_000_000
        self._reaches = 0

    def handle(self, event: Input, now: float) -> Iterator[Output]:
        match event:
            case Opened(line, to) if to in LISTENERS:
                self._served[line] = _Served(Service(to))
            case Opened(line, to) if self._webhooks.expects(to):
                yield from self._webhooks.opened(line, to, now)
            case Refused(to, why):
                yield from self._webhooks.refused(to, why, now)
            case Received(line, data) if line in self._served:
                yield from self._read(line, data, now)
            case Received(line, data) if line in self._webhooks:
                yield from self._webhooks.received(line, data, now)
            case PeerClosed(line) if line in self._served:
                for malformed in self._served.pop(line).side.receive_eof():
                    yield Noted(line, malformed)
            case PeerClosed(line, reset) if line in self._webhooks:
                yield from self._webhooks.closed(line, now, reset=reset)
            case Woke(name):
                yield from self._woke(name, now)
            case Told(_, Outcome() as outcome):
                yield from self._late(self._devices.learned(outcome, now), now)
            case Told(_, Reach(poi_id, online)):
                yield from self._reached(poi_id, now, online=online)
            case Told(_, body):
                yield from self._instructed(body, now)

    def _reached(self, poi_id: str, now: float, *, online: bool) -> Iterator[Output]:
        """The terminal behind the exchange drops or returns: its event says so, as it would itself."""
        self._devices.online(Online(poi_id, online))
        event = "Initialised" if online else "OutOfOrder"
        self._reaches += 1
        yield from self._instructed(Emit(REACH_IDS + self._reaches, poi_id, event), now)

    def _woke(self, name: str, now: float) -> Iterator[Output]:
        match name.split():
            case ["webhook", *_]:
                yield from self._webhooks.woke(name, now)
            case ["device", *_]:
                yield from self._late(self._devices.woke(name, now), now)
            case ["answer", number] if (served := self._served.get(int(number))) and served.waiting:
                answered, served.waiting = served.waiting, None
                yield from self._say(answered)
                yield from self._read(answered.line, b"", now)

    # ---- those who call ----------------------------------------------------------------------------------------------

    def _read(self, line: int, data: bytes, now: float) -> Iterator[Output]:
        """Serve what bytes complete, and then what was pipelined behind it."""
        served = self._served[line]
        while messages := served.side.receive_data(data):
            data = b""
            for message in messages:
                if isinstance(message, Malformed):
                    yield Noted(line, message)
                    if rejection := served.side.rejection(message):
                        yield Send(line, rejection)
                else:
                    yield from self._serve(line, served, message, now)
        if interim := served.side.data_to_send():
            yield Send(line, interim)
        yield from self._finish(line)

    def _serve(self, line: int, served: _Served, request: Request, now: float) -> Iterator[Output]:
        served.how = self._answering(served.service)
        match served.service:
            case Service.MANAGEMENT:
                yield from self._perform(self._management.called(line, request, now), now)
            case Service.DEVICE:
                yield from self._perform(self._devices.called(line, request, now, served.how.reject), now)
            case Service.RECEIVER:
                yield from self._perform(self._receiver.called(line, request, now), now)

    def _answering(self, service: Service) -> Answering:
        answer = self._answers.get(service)
        if answer is None:
            return Answering()
        if answer.times is not None:
            self._answers[service] = replace(answer, times=answer.times - 1)
            if answer.times <= 1:
                del self._answers[service]
        return answer.answering

    def _perform(self, outputs: Iterable[Output | Answered], now: float) -> Iterator[Output]:
        """Outputs as they are, and answers by way of what a case wants of them."""
        for output in outputs:
            if not isinstance(output, Answered):
                yield output
            elif (served := self._served.get(output.line)) is not None:
                how = served.how
                answered = output.bent(how)
                if how.close:
                    del self._served[output.line]
                    yield Close(output.line)
                elif how.after:
                    served.waiting = answered
                    yield WakeAt(f"answer {output.line}", now + how.after)
                elif not how.silent:
                    yield from self._say(answered)

    def _late(self, outputs: Iterable[Output | Answered], now: float) -> Iterator[Output]:
        """The same for answers that somebody has waited for: what he pipelined behind his call is served then."""
        outputs = list(outputs)
        yield from self._perform(outputs, now)
        for answered in outputs:
            if isinstance(answered, Answered) and answered.line in self._served:
                yield from self._read(answered.line, b"", now)

    def _say(self, answered: Answered) -> Iterator[Output]:
        yield Noted(answered.line, answered.said)
        yield Send(answered.line, self._served[answered.line].side.send(answered.reply))

    def _finish(self, line: int) -> Iterator[Output]:
        if line in self._served and self._served[line].side.must_close:
            del self._served[line]
            yield Close(line)

    # ---- what a case says --------------------------------------------------------------------------------------------

    def _instructed(self, body: object, now: float) -> Iterator[Output]:
        match body:
            case Emit():
                yield from self._webhooks.post(body.id, self._event(body, now), body.bend, now)
            case Post():
                yield from self._webhooks.post(body.id, body.message, body.bend, now)
            case Again():
                yield from self._webhooks.repeat(body.id, body.of, body.bend, now, verbatim=body.verbatim)
            case Cut(times):
                self._webhooks.cut(times)
            case Configure():
                yield from self._management.configure(body.place, body.settings)
            case Grant():
                self._management.grant(body)
            case Settle():
                self._devices.settle(body)
            case Release():
                yield from self._late(self._devices.release(now, backwards=body.backwards), now)
            case Online():
                self._devices.online(body)
            case Answer():
                self._answers[body.service] = body
            case Straighten():
                self._answers.clear()
                self._devices.settle(Settle())

    def _event(self, emit: Emit, now: float) -> SaleToPOIRequest:
        self._device_ids += 1
        header = replace(
            EVENT_HEADER,
            sale_id=self.terms.sale_id if emit.sale_id is None else emit.sale_id,
            poi_id=emit.poi_id,
            service_id=emit.service_id,
            device_id=emit.device_id or str(self._device_ids),
        )
        at = nexo.stamp(self.terms.epoch + now - emit.ago)
        body = EventNotification(emit.event, at, emit.details, emit.rejected_message)
        message = nexo.request(header, body, header_first=emit.header_first)
        if not emit.extra:
            return message
        return replace(message, document={nexo.REQUEST: {**emit.extra, **message.content}})
