"""The other side of Adyen's cloud in its tests: an event URL that answers as a test says, and a caller of its APIs."""

# ruff: noqa: S107 - the password is that of a URL of ours

from __future__ import annotations

import json
import random
from collections import deque

from fake_cloud.adyen.instructions import Configure
from fake_cloud.adyen.party import LISTENERS, Adyen
from fake_cloud.adyen.terms import Terms
from harness.transports.memory import MemoryHost
from harness.wire.adyen import Acknowledged, Posted, Unacknowledged
from harness.wire.endpoint import Close, Dial, Opened, PeerClosed, Received, Send, Told
from harness.wire.http1 import ClientSide, Reply, Request, ServerSide

MERCHANT = ("merchant", "HarnessMerchant")
LANE, BAR = "V400m-000000001", "S1F2-000158700000001"
KEY = {"identifier": "harness-key", "passphrase": "Harness-Passphrase-1!", "version": 1}
ACCEPTED = Reply(200, (("Content-Type", "text/plain"),), b"[accepted]")


def nexo_settings(
    url="http://127.0.0.1:8080/events", *, encrypted=False, username="events", password="Harness-Hook-1!"
):
    """What is to be set so that events go to that URL."""
    entry = {"url": url, "encrypted": encrypted, "username": username, "password": password}
    return {"nexo": {"eventUrls": {"eventLocalUrls": [entry]}, "encryptionKey": KEY}}


class Hook:
    """An event URL. `replies`: one after the other, None for silence; the last is given for ever."""

    name = "hook"

    def __init__(self, *replies):
        self.replies = deque(replies or [ACCEPTED])
        self.requests = []
        self.lines = []
        self._sides = {}

    def handle(self, event, now):
        match event:
            case Opened(line):
                self.lines.append(line)
                self._sides[line] = ServerSide()
            case Received(line, data):
                for request in self._sides[line].receive_data(data):
                    self.requests.append((now, request))
                    reply = self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
                    if reply is not None:
                        yield Send(line, self._sides[line].send(reply))
            case PeerClosed(line):
                del self._sides[line]


class Caller:
    """Who calls an API: told (listener, Request), it keeps the reply."""

    name = "caller"

    def __init__(self):
        self.replies = []
        self._asked = {}
        self._sides = {}

    def handle(self, event, now):  # noqa: ARG002 — a party is told the time
        match event:
            case Told(_, (to, request)):
                self._asked.setdefault(to, deque()).append(request)
                yield Dial(to, 5.0)
            case Opened(line, to):
                self._sides[line] = ClientSide()
                yield Send(line, self._sides[line].request(self._asked[to].popleft()))
            case Received(line, data):
                for reply in self._sides[line].receive_data(data):
                    self.replies.append(reply)
                    yield Close(line)


class Shop:
    """Adyen's cloud, an event URL and a caller on one clock that jumps."""

    def __init__(self, hook, **terms):
        self.host = MemoryHost()
        self.adyen = Adyen(Terms(**terms), random.Random(7))  # noqa: S311 — only nonces
        self.hook = hook
        self.caller = Caller()

    @property
    def now(self):
        return self.host.now

    async def opens(self):
        await self.host.attach(self.adyen, dict.fromkeys(LISTENERS, ("", 0)))
        await self.host.attach(self.hook, {"webhook": ("", 0)}, recorded=False)
        await self.host.attach(self.caller, recorded=False)

    async def told(self, *instructions, within=400.0):
        """Tell the cloud something, and let time pass until nothing more happens."""
        for instruction in instructions:
            self.host.feed("adyen", Told("case", instruction))
        await self.host.until(lambda: False, within, "the end")

    async def asks(self, to, method, path, body=None, *, within=30.0, **headers):
        """The reply to a call, its JSON beside it."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {
            "X-API-Key": self.adyen.terms.api_key,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        fields = (("Host", to), *((name, value) for name, value in named.items() if value))
        before = len(self.caller.replies)
        self.host.feed("caller", Told("test", (to, Request(method, path, fields, data))))
        await self.host.until(lambda: len(self.caller.replies) > before, within, "a reply")
        reply = self.caller.replies[-1]
        kind = reply.header("Content-Type") or ""
        return reply.status, json.loads(reply.body) if "json" in kind else reply.body.decode()

    def noted(self, *kinds):
        return [body for _, body in self.host.trace.heard("adyen", *kinds)]

    def fates(self):
        """What became of each attempt: (id, attempt, status or why)."""
        return [(body.id, body.attempt, body.status if isinstance(body, Acknowledged) else body.why)
                for body in self.noted(Acknowledged, Unacknowledged)]  # fmt: skip

    def posted(self):
        return self.noted(Posted)


async def shop(*replies, settings=None, **terms):
    """A shop whose event URL is set, open."""
    made = Shop(Hook(*replies), **terms)
    await made.opens()
    await made.told(Configure(MERCHANT, nexo_settings() if settings is None else settings), within=0.1)
    return made
