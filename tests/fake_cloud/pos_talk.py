"""A dialogue with the web API: what it is fed, at what time, and what it says."""

from __future__ import annotations

import json
import random

from fake_cloud.order import Fate, Outcome
from fake_cloud.pos import Account, PosApi
from harness.wire.endpoint import Opened, Received, Send, Tell, Told
from harness.wire.http1 import ClientSide, Reply, Request
from harness.wire.webapi import order_path

KEY, PASSWORD = "K3Y-of-shop", "pa55&word"
LOGIN = {"key": KEY, "password": PASSWORD, "terminalId": "77001234"}
SALE = {"command": "Sale", **LOGIN, "amount": "12.40", "refID": "ref-1"}
APPROVED = {"TerminalID": "77001234", "ResultCode": "Approved", "AuthCode": "A1B2C3", "TransType": "Sale",
            "Amount": "12.40", "Last4": "4242", "Message": "APPROVAL", "RefID": "ref-1"}  # fmt: skip


def request(call, method="GET", **parameters):
    return f"{method} {order_path(call, **parameters)} HTTP/1.1\r\nHost: pos\r\n\r\n".encode()


class Desk:
    """A dialogue with the API: what it is fed, at what time, and what it says."""

    def __init__(self):
        accounts = {
            "shop": Account(KEY, PASSWORD, frozenset({"77001234", "77005678"})),
            "other": Account("other", "other", frozenset({"99"})),
        }
        self.api = PosApi(accounts, random.Random(1), answer_within=120.0)  # noqa: S311 - keys of a fake
        self.lines = 0

    def feed(self, event, now=0.0):
        return list(self.api.handle(event, now))

    def send(self, data, now=0.0):
        """Bytes on a new line."""
        self.lines += 1
        assert self.feed(Opened(self.lines, "pos"), now) == []
        return self.feed(Received(self.lines, data), now)

    def ask(self, call, now=0.0, **parameters):
        return self.send(request(call, **parameters), now)

    def told(self, call, **parameters):
        """The JSON answer to a call that needs no terminal."""
        return answer(self.ask(call, **parameters))

    def order(self, fate=Fate.ANSWERED, fields=None, **changed):
        """An order carried to its outcome; the JSON answer."""
        [tell] = [output for output in self.ask("runTransaction", **{**SALE, **changed}) if isinstance(output, Tell)]
        fields = (APPROVED if fields is None else fields) if fate is Fate.ANSWERED else {}
        return answer(self.feed(Told("cloud", Outcome(tell.body.id, fate, fields))))

    def status(self, **changed):
        given = {key: value for key, value in SALE.items() if key != "amount"}
        return self.told("checkStatus", **{**given, "date": "07292026", **changed})


def reply_in(outputs) -> Reply:
    [send] = [output for output in outputs if isinstance(output, Send)]
    side = ClientSide()
    side.request(Request("GET", "/", (("Host", "pos"),)))
    [reply] = side.receive_data(send.data)
    assert isinstance(reply, Reply)
    return reply


def answer(outputs, status=200):
    reply = reply_in(outputs)
    assert reply.status == status
    assert reply.header("Content-Type") == "application/json; charset=utf-8"
    return json.loads(reply.body)
