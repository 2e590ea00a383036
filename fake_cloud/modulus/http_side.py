"""The HTTP side of the gateway, by which a POS recovers what it missed: signed requests, JSON replies (M7 to M9)."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fake_cloud.modulus.delivery import Delivery, Then
from fake_cloud.modulus.fleet import Transaction
from fake_cloud.modulus.instructions import Answers
from fake_cloud.modulus.terms import Key
from harness.wire import modulus, strict_json
from harness.wire.endpoint import Close, Noted, Output, Send
from harness.wire.framing import Malformed
from harness.wire.http1 import Reply, Request, ServerSide
from harness.wire.modulus import ApiAnswer, ApiCall
from harness.wire.modulus_schema import ONLINE
from harness.wire.strict_json import Document

if TYPE_CHECKING:
    from fake_cloud.modulus.gateway import Gateway

TERMINALS = "/v1/terminals"
TRANSACTIONS = "/v1/transactions/"

Fields = Mapping[str, Any]


def _error(why: str) -> Fields:
    return {"error": why}


class HttpSide:
    """The lines that came in by the API's listener."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lines: dict[int, ServerSide] = {}

    def opened(self, line: int) -> None:
        self._lines[line] = ServerSide()

    def closed(self, line: int) -> None:
        self._lines.pop(line, None)

    def received(self, line: int, data: bytes, now: float) -> Iterator[Output]:
        side = self._lines.get(line)
        for found in side.receive_data(data) if side else ():
            if isinstance(found, Malformed):
                yield Noted(line, found)
                if side and (rejection := side.rejection(found)):
                    yield Send(line, rejection)
                yield from self._end(line)
            else:
                yield from self._asked(line, found, now)

    # ---- what is asked -----------------------------------------------------------------------------------------------

    def _asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        refused = self._refused(request, now)
        transaction_id = request.path.removeprefix(TRANSACTIONS) if request.path.startswith(TRANSACTIONS) else ""
        body = strict_json.parse(request.body)
        if isinstance(body, Document) and not transaction_id:
            transaction_id = body.fields.get("transactionId", "")
        yield Noted(line, ApiCall(request.method, request.path, refused, transaction_id))
        if refused:
            yield from self._answer(line, 401, _error(refused), now)
        elif request.method == "GET" and request.path == TERMINALS:
            yield from self._answer(line, 200, {"terminals": self._gateway.fleet.listed(now)}, now)
        elif request.method == "GET" and request.path.startswith(TRANSACTIONS):
            order = self._gateway.fleet.transactions.get(transaction_id)
            status, fields = (200, order.told()) if order else (404, _error("Transaction not found"))
            yield from self._answer(line, status, fields, now)
        elif request.method == "POST" and request.path.startswith(TERMINALS) and request.path.endswith("/payments"):
            name = request.path.removeprefix(TERMINALS).removesuffix("/payments").strip("/")
            yield from self._ordered(line, name, request, body, now)
        else:
            yield from self._answer(line, 404, _error("No such resource"), now)

    def _key(self, request: Request) -> Key | None:
        said = request.header(modulus.KEY_NAME)
        return next((known for known in self._gateway.terms.keys if known.key == said), None)

    def _refused(self, request: Request, now: float) -> str:
        """What is wrong with the key, the time or the signature of a request; "" if nothing is."""
        terms, key = self._gateway.terms, self._key(request)
        timestamp = request.header(modulus.TIMESTAMP_NAME) or ""
        if key is None:
            return "unknown API key"
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
            return "no time in seconds"
        if terms.fresh_within is not None and abs(int(timestamp) - terms.epoch - now) > terms.fresh_within:
            return "stale"
        path = request.target.partition("?")[0]
        wanted = modulus.signature(key.secret, request.method, path, timestamp, request.body)
        given = request.header(modulus.SIGNATURE_NAME) or ""
        return "" if hmac.compare_digest(wanted.encode(), given.encode()) else "wrong signature"

    # ---- payments ----------------------------------------------------------------------------------------------------

    def _ordered(self, line: int, name: str, request: Request, body: Document | str, now: float) -> Iterator[Output]:
        gateway, key = self._gateway, self._key(request)
        terminal = gateway.fleet.terminal(name)
        if terminal is None:
            yield from self._answer(line, 404, _error("Terminal not found"), now)
        elif terminal.status != ONLINE:
            yield from self._answer(line, 503, _error("Terminal offline"), now)
        elif gateway.fleet.busy(terminal):
            yield from self._answer(line, 409, _error("Payment in progress"), now)
        elif not isinstance(body, Document) or not body.fields.get("amount"):
            yield from self._answer(line, 400, _error("amount is required"), now)
        elif body.fields.get("transactionId") in gateway.fleet.transactions:
            yield from self._answer(line, 409, _error("transactionId was used before"), now)
        else:
            order = gateway.fleet.open(key.key if key else "", name, body)
            order.waits = line
            yield from gateway.later(f"poll {line}", now + gateway.terms.long_poll, lambda now: self._over(order, now))
            yield from gateway.steering.ordered(order, now)

    def _over(self, order: Transaction, now: float) -> Iterator[Output]:
        """The long poll has lasted long enough."""
        line, order.waits = order.waits, None
        if line is not None:
            yield from self._answer(line, 504, {**_error("Timeout"), "transactionId": order.id}, now)

    def concluded(self, order: Transaction, now: float) -> Iterator[Output]:
        """The result that a long poll waits for."""
        line, order.waits = order.waits, None
        if line is not None:
            yield from self._gateway.never(f"poll {line}")
            yield from self._answer(line, 200, order.told(), now)

    # ---- answering ---------------------------------------------------------------------------------------------------

    def _answer(self, line: int, status: int, fields: Fields, now: float) -> Iterator[Output]:
        delivery = self._gateway.bent(Answers.API)
        if delivery.after > 0:
            yield from self._gateway.later(
                f"reply {line}", now + delivery.after, lambda now: self._reply(line, status, fields, delivery, now)
            )
        else:
            yield from self._reply(line, status, fields, delivery, now)

    def _reply(self, line: int, status: int, fields: Fields, delivery: Delivery, now: float) -> Iterator[Output]:
        side = self._lines.get(line)
        if side is None:
            return
        if not delivery.silent:
            status, body = delivery.status or status, delivery.written(fields)
            told = strict_json.parse(body.encode())
            said = told.fields if isinstance(told, Document) else {}
            headers = (("Content-Type", "application/json"),)
            yield Send(line, side.send(Reply(status, headers, body.encode())))
            yield Noted(line, ApiAnswer(status, said.get("transactionId", ""), said.get("status", "")))
        if delivery.then is not Then.KEEP:
            yield from self._end(line, reset=delivery.then is Then.RESET)
        elif side.must_close and not delivery.silent:
            yield from self._end(line)
        else:
            yield from self.received(line, b"", now)

    def _end(self, line: int, *, reset: bool = False) -> Iterator[Output]:
        if self._lines.pop(line, None) is not None:
            yield Close(line, reset)
