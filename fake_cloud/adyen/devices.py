"""The device API: takes requests for terminals, and brings their outcomes back, at once or to the event URLs.

An asynchronous request is taken over with `ok`, and its response posted later; a synchronous one is answered by its
response. What was asked stays known with its outcome, so that a status query can tell of a result that never arrived.
How a payment ends is decided in one place, `_decide`: as the case said, or by the party `exchange`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fake_cloud.adyen.calls import Answered, json_reply, key_login, problem, text_reply
from fake_cloud.adyen.configuration import Configuration
from fake_cloud.adyen.deals import Deal, Deals
from fake_cloud.adyen.instructions import OWN_IDS, PLAIN, Bend, Online, Settle
from fake_cloud.adyen.terms import Terms
from fake_cloud.order import Fate, Order, Outcome
from harness.wire import envelope, nexo
from harness.wire.adyen import DeviceCall, DeviceReply, Login
from harness.wire.endpoint import Noted, Output, Tell, WakeAt
from harness.wire.envelope import Key, Unopened
from harness.wire.framing import SHOWN, Malformed
from harness.wire.http1 import Request
from harness.wire.nexo import (
    EVENT_HEADER,
    EventNotification,
    JsonObject,
    Message,
    MessageHeader,
    PaymentRequest,
    SaleToPOIRequest,
    SaleToPOIResponse,
    TransactionStatusRequest,
    TransactionStatusResponse,
)

if TYPE_CHECKING:
    from random import Random

_DEVICE = re.compile(r"/v\d+/merchants/([^/]+)/devices/([^/]+)/(async|sync|status)")
_CONNECTED = re.compile(r"/v\d+/merchants/([^/]+)/(connectedDevices)")

Post = Callable[[int, Message, Bend, float], Iterator[Output]]
"""How a message goes to the event URLs: id, message, bend, now."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request at hand. `device`: of the path; `line`: where the caller waits; `waits`: for the response itself."""

    message: SaleToPOIRequest
    device: str
    line: int
    waits: bool
    key: Key | None
    raw: bytes


class Devices:
    """Terminals behind the API. Its timers' names begin with `device`."""

    def __init__(self, terms: Terms, configuration: Configuration, rng: Random, post: Post) -> None:
        self._terms = terms
        self._configuration = configuration
        self._rng = rng
        self._post = post
        self._settle = Settle()
        self._offline: set[str] = set()
        self._deals = Deals()
        self._held: list[Deal] = []
        self._count = 0

    # ---- what a case says --------------------------------------------------------------------------------------------

    def settle(self, how: Settle) -> None:
        self._settle = how

    def online(self, said: Online) -> None:
        (self._offline.discard if said.online else self._offline.add)(said.poi_id)

    def release(self, now: float, *, backwards: bool) -> Iterator[Output | Answered]:
        held, self._held = self._held, []
        for deal in reversed(held) if backwards else held:
            yield from self._send(deal, now)

    # ---- what a DUT asks ---------------------------------------------------------------------------------------------

    def called(self, line: int, request: Request, now: float, reject: str = "") -> Iterator[Output | Answered]:
        """Serve a call. `reject`: the reason to reject a request for, where a case wants that."""
        login = key_login(request, self._terms.api_key)
        found = _DEVICE.fullmatch(request.path) or _CONNECTED.fullmatch(request.path)
        if found is None:
            yield Noted(line, DeviceCall("", "", "", login, sealed=False, document={}, faults=("no call of the API",)))
            yield _error(line, 404, "Not found")
            return
        merchant, device, call = found[1], found[2] if found.re is _DEVICE else "", found[found.re.groups]
        if call in ("async", "sync"):
            yield from self._requested(line, request, now, (merchant, device, call), login, reject)
            return
        yield Noted(line, DeviceCall(call, merchant, device, login, sealed=False, document={}))
        if (error := self._denied(request, "GET", merchant, login)) is not None:
            yield _error(line, *error)
        elif call == "status":
            status = "ONLINE" if self._reached(device) else "OFFLINE"
            yield _document(line, {"deviceId": device, "status": status})
        else:
            stores = request.query.get("store", list(self._terms.stores))
            known = [poi_id for store in stores for poi_id in self._terms.stores.get(store, ())]
            yield _document(line, {"uniqueDeviceIds": [poi_id for poi_id in known if self._reached(poi_id)]})

    def _denied(self, request: Request, method: str, merchant: str, login: Login) -> tuple[int, str] | None:
        if login is not Login.RIGHT:
            return 401, "Unauthorized"
        if request.method != method:
            return 405, "Method not allowed"
        return None if merchant == self._terms.merchant else (403, "Not the right permission to access this service")

    def _reached(self, poi_id: str) -> bool:
        return poi_id in self._terms.terminals and poi_id not in self._offline

    def _requested(
        self, line: int, request: Request, now: float, call: tuple[str, str, str], login: Login, reject: str
    ) -> Iterator[Output | Answered]:
        merchant, device, way = call
        message, key, faults = self._read(request.body, device)
        sealed = b'"NexoBlob"' in request.body
        document = {} if message is None else message.document
        yield Noted(line, DeviceCall(way, merchant, device, login, sealed, document, faults))
        if (error := self._denied(request, "POST", merchant, login)) is not None:
            yield _error(line, *error)
        elif message is None and not sealed:
            yield _error(line, 400, "Not a Terminal API request")
        else:
            header = MessageHeader.read({}) if message is None else message.header
            why = reject or self._refused(message, header, device)
            if message is None or why:
                yield _document(line, self._rejection(header, device, why, request.body, now).document)
                return
            yield from self._serve(_Asked(message, device, line, way == "sync", key, request.body), now)

    def _read(self, body: bytes, device: str) -> tuple[SaleToPOIRequest | None, Key | None, tuple[str, ...]]:
        """The request in a body, the key it was sealed with, and what is wrong with it."""
        message = nexo.parse(body)
        if isinstance(message, Malformed):
            return None, None, (message.why,)
        key, faults = None, message.faults
        if message.sealed:
            members = self._configuration.encryption_key(device)
            if not members.get("passphrase") or not members.get("identifier"):
                return None, None, (*faults, "sealed, and no encryption key is set")
            key = Key(members["passphrase"], members["identifier"], members.get("version", 0))
            opened = envelope.open_sealed(message, key)
            if isinstance(opened, Unopened):
                return None, None, (*faults, opened.why)
            message, faults = opened, (*faults, *opened.faults)
        if not isinstance(message, SaleToPOIRequest):
            return None, key, (*faults, "a response where a request was expected")
        return message, key, faults

    def _refused(self, message: SaleToPOIRequest | None, header: MessageHeader, device: str) -> str:
        """Why a request is rejected; "" if it is not."""
        if message is None:
            return "The message could not be decrypted"
        if header.poi_id != device:
            return "POIID does not match the device"
        if not self._reached(device):
            return "Did not receive a response from the POI."
        if any(deal.header == header for deal in self._deals):
            return "Message with this SaleID and ServiceID was seen before"
        return ""

    def _rejection(self, header: MessageHeader, device: str, why: str, raw: bytes, now: float) -> SaleToPOIRequest:
        """The event that a request was rejected, as the gateway itself answers it: in clear (open point 11)."""
        self._count += 1
        said = replace(
            EVENT_HEADER,
            sale_id=header.sale_id or self._terms.sale_id,
            service_id=header.service_id,
            poi_id=header.poi_id or device,
            device_id=str(9_000_000_000 + self._count),
        )
        details = urlencode({"message": why})
        rejected = b64encode(raw).decode()
        return nexo.request(said, EventNotification("Reject", self._stamp(now), details, rejected))

    # ---- what terminals do -------------------------------------------------------------------------------------------

    def _serve(self, asked: _Asked, now: float) -> Iterator[Output | Answered]:
        message = asked.message
        if not asked.waits:
            yield Answered(asked.line, text_reply(200, "ok"), DeviceReply(200, "ok", {}))
        if (payment := message.payment) is not None:
            yield from self._pay(asked, payment, now)
        elif (query := message.status) is not None:
            yield from self._respond(asked, self._status(message.header, query), now)
        elif message.name == "AbortRequest":
            yield from self._abort(asked, now)
        else:
            yield from self._respond(asked, _unavailable(message), now)

    def _pay(self, asked: _Asked, payment: PaymentRequest, now: float) -> Iterator[Output]:
        settle, self._settle = self._settle, _used(self._settle)
        line = asked.line if asked.waits else None
        deal = self._deals.add(payment, asked.message.header, line, asked.key, settle)
        yield from self._decide(deal, now)

    def _decide(self, deal: Deal, now: float) -> Iterator[Output]:
        """How a payment ends is decided here, and comes about in `_settled`."""
        why = self._deals.irreversible(deal)
        if why:
            deal.settle = replace(deal.settle, result="Failure", error=why)
        if self._terms.exchange and not why:
            command = "Refund" if deal.request.gives_back else "Sale"
            fields = {"Command": command, "RefID": deal.request.reference, "Amount": self._deals.amount(deal)}
            yield Tell("exchange", Order(deal.number, deal.header.poi_id, fields))
        else:
            after = self._terms.result_after if deal.settle.after is None else deal.settle.after
            yield WakeAt(f"device result {deal.number}", now + after)

    def woke(self, name: str, now: float) -> Iterator[Output | Answered]:
        deal = self._deals.get(int(name.split()[2]))
        if deal is not None and deal.response is None:
            yield from self._settled(deal, deal.settle, now)

    def learned(self, outcome: Outcome, now: float) -> Iterator[Output | Answered]:
        """What the exchange says became of a payment; neither yes nor no leaves it as it is."""
        deal = self._deals.get(outcome.id)
        if deal is None or deal.response is not None:
            return
        match outcome.fate:
            case Fate.ANSWERED:
                yield from self._settled(deal, _told(outcome.fields), now)
            case Fate.BUSY:
                yield from self._settled(deal, Settle("Failure", error="Busy"), now)
            case Fate.OFFLINE:
                yield from self._settled(deal, Settle("Failure", error="UnreachableHost"), now)

    def _settled(self, deal: Deal, how: Settle, now: float) -> Iterator[Output | Answered]:
        if how.lost:
            return
        deal.settle, deal.response = how, self._deals.response(deal, how, self._stamp(now))
        if how.held:
            self._held.append(deal)
        elif not how.withheld:
            yield from self._send(deal, now)

    def _send(self, deal: Deal, now: float) -> Iterator[Output | Answered]:
        assert deal.response is not None  # noqa: S101 — only what is settled is sent
        if deal.line is not None:
            line, deal.line = deal.line, None
            yield self._sync(line, deal.response, deal.key)
            return
        for _ in range(deal.settle.copies):
            yield from self._post(self._own_id(), deal.response, deal.settle.bend, now)

    def _respond(self, asked: _Asked, response: SaleToPOIResponse, now: float) -> Iterator[Output | Answered]:
        if asked.waits:
            yield self._sync(asked.line, response, asked.key)
        else:
            yield from self._post(self._own_id(), response, PLAIN, now)

    def _sync(self, line: int, response: SaleToPOIResponse, key: Key | None) -> Answered:
        document = response.document
        if key is not None:
            document = envelope.seal(response, key, self._rng.randbytes(envelope.NONCE_BYTES)).document()
        return Answered(line, json_reply(200, document), DeviceReply(200, "", response.document))

    def _status(self, header: MessageHeader, query: TransactionStatusRequest) -> SaleToPOIResponse:
        deals = self._deals.about(query.sale_id, query.service_id)
        if not deals:
            known = TransactionStatusResponse("Failure", "NotFound")
        elif deals[-1].response is None:
            known = TransactionStatusResponse("Failure", "InProgress")
        else:
            known = TransactionStatusResponse.repeating(deals[-1].response)
        return nexo.response(header.answered(), known)

    def _abort(self, asked: _Asked, now: float) -> Iterator[Output | Answered]:
        """An abort has no response of its own; the payment it names ends, if it still runs."""
        if asked.waits:
            yield Answered(asked.line, text_reply(200, "ok"), DeviceReply(200, "ok", {}))
        query = TransactionStatusRequest.read(asked.message.body)
        for deal in self._deals.about(query.sale_id, query.service_id):
            if deal.response is None:
                yield from self._settled(deal, Settle("Failure", error="Aborted"), now)

    def _own_id(self) -> int:
        self._count += 1
        return OWN_IDS + self._count

    def _stamp(self, now: float) -> str:
        return nexo.stamp(self._terms.epoch + now)


def _used(settle: Settle) -> Settle:
    """What decides the next payment, after one was decided so."""
    if settle.times is None:
        return settle
    return replace(settle, times=settle.times - 1) if settle.times > 1 else Settle()


_RESULTS = {"Approved": ("Success", ""), "Declined": ("Failure", "Refusal"), "Cancelled": ("Failure", "Cancel"),
            "Busy": ("Failure", "Busy")}  # fmt: skip


def _told(fields: dict[str, str]) -> Settle:
    """The outcome of an eConduit terminal in nexo's words."""
    result, error = _RESULTS.get(fields.get("ResultCode", ""), ("Failure", "DeviceOut"))
    return Settle(result, amount=fields.get("Amount") or fields.get("AmountString") or None, error=error)


def _unavailable(message: SaleToPOIRequest) -> SaleToPOIResponse:
    """The response to a request that none of our terminals serves."""
    name = message.name.removesuffix("Request") + "Response"
    body: dict[str, Any] = {"Response": {"Result": "Failure", "ErrorCondition": "UnavailableService"}}
    header = message.header.answered()
    document = {nexo.RESPONSE: {nexo.HEADER: header.members(), name: body}}
    return SaleToPOIResponse(header, name, document)


def _document(line: int, document: JsonObject) -> Answered:
    return Answered(line, json_reply(200, document), DeviceReply(200, "", document))


def _error(line: int, status: int, title: str) -> Answered:
    return Answered(line, json_reply(status, problem(status, title)), DeviceReply(status, title[:SHOWN], {}))
