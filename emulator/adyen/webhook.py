"""The webhook of a POS backend: who may call, what is taken, and that it is acknowledged before anything comes of it.

A message passes four doors: the place (path and method), the caller (basic credentials), the form (JSON, header,
envelope), and only then its content. What is taken is written to disk, acknowledged, and worked through later, so that
the acknowledgement waits for nothing and a power cut loses nothing.
"""

from __future__ import annotations

import hmac
from abc import abstractmethod
from base64 import b64encode
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

from emulator.adyen.seal import Seal
from emulator.adyen.settings import BackendSettings
from emulator.http_party import HttpParty
from emulator.panel import Notice
from harness.wire import nexo
from harness.wire.endpoint import Noted, Output
from harness.wire.framing import Malformed, malformed
from harness.wire.http1 import Reply, Request
from harness.wire.nexo import HEADER, Message, SaleToPOIRequest

if TYPE_CHECKING:
    from random import Random

TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
ACCEPTED = Reply(200, TEXT, b"[accepted]")
"""The acknowledgement that every edition of the document takes."""

UNTRUSTED = "not accepted"
"""The one reason that is given for a message that encryption does not vouch for (ADY-114)."""

_INBOX = "inbox "


def basic(username: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


class Webhook(HttpParty):
    """What a backend does for those who call it. `storage` outlives it; `rng` gives nonces and ids."""

    name = "backend"
    listener = "webhook"
    sealing: type[Seal] = Seal

    def __init__(self, settings: BackendSettings, storage: MutableMapping[str, str], rng: Random) -> None:
        super().__init__()
        self.settings = settings
        self.storage = storage
        self.rng = rng
        self.seal = self.sealing(settings.key) if settings.key is not None else None

    @abstractmethod
    def hear_message(self, message: Message, now: float) -> Iterator[Output]:
        """A message that was acknowledged: now it may take effect."""

    def started(self, now: float) -> Iterator[Output]:
        """What was acknowledged before the mains went is worked through now."""
        yield from self.work(now)

    def asked(self, line: int, request: Request, now: float) -> Iterator[Output]:
        if (refusal := self.objection(request)) is not None:
            yield from self.reply(line, refusal)
            return
        message = self.understood(request.body)
        if isinstance(message, Malformed):
            yield from self.turned_away(line, message)
            return
        yield from self.take(line, message, now)

    # ---- Doors -------------------------------------------------------------------------------------------------------

    def objection(self, request: Request) -> Reply | None:
        """What is wrong with a call before its body is looked at; None if nothing is."""
        if request.path != self.settings.path:
            return _refusal(404, "no such place")
        if request.method != "POST":
            return Reply(405, (*TEXT, ("Allow", "POST")), b"POST only")
        if not self.authorized(request):
            return Reply(401, (*TEXT, ("WWW-Authenticate", 'Basic realm="events"')), b"who are you?")
        kind = (request.header("Content-Type") or "").partition(";")[0].strip().casefold()
        return None if kind == "application/json" else _refusal(415, "JSON only")

    def authorized(self, request: Request) -> bool:
        """Both credentials are right, or none are asked for (ADY-025)."""
        wanted = basic(self.settings.username, self.settings.password)
        given = request.header("Authorization") or ""
        return not self.settings.username or hmac.compare_digest(given.encode(), wanted.encode())

    def understood(self, body: bytes) -> Message | Malformed:
        """The message in a body, out of its envelope; what cannot be used is Malformed, `why` being for our log."""
        message = nexo.parse(body)
        if isinstance(message, Malformed):
            return message
        if not isinstance(message.content.get(HEADER), dict) or not message.header.poi_id:
            return malformed(body, "no MessageHeader with a POIID")
        return self.trusted(message, body) if self.settings.encrypted else message

    def trusted(self, message: Message, body: bytes) -> Message | Malformed:
        """On an encrypted URL only what was in an envelope counts (ADY-111, 112)."""
        if not message.sealed:
            return message if self.may_be_clear(message) else malformed(body, UNTRUSTED)
        if self.seal is None:
            return malformed(body, UNTRUSTED)
        inner = self.seal.open(message)
        return inner if isinstance(inner, Message) else malformed(body, self.reason(inner.why))

    def may_be_clear(self, message: Message) -> bool:
        """A Reject by the gateway, which has no key (open point 11)."""
        event = message.event if isinstance(message, SaleToPOIRequest) else None
        return self.settings.clear_reject and event is not None and event.event == "Reject"

    def reason(self, why: str) -> str:  # noqa: ARG002  # a defect tells it
        """What the sender learns of a check that failed: nothing (ADY-114)."""
        return UNTRUSTED

    def turned_away(self, line: int, message: Malformed) -> Iterator[Output]:
        """No message of ours, so nothing comes of it (ADY-120)."""
        yield Noted(0, Notice(f"a message was not taken: {message.why}"))
        yield from self.reply(line, _refusal(400, message.why))

    # ---- Acknowledging -----------------------------------------------------------------------------------------------

    def take(self, line: int, message: Message, now: float) -> Iterator[Output]:
        """Keep, acknowledge, and only then begin to work (ADY-010)."""
        yield from self.keep(message, now)
        yield from self.acknowledge(line, message, now)

    def keep(self, message: Message, now: float) -> Iterator[Output]:
        number = 1 + max((int(key.removeprefix(_INBOX)) for key in self._inbox()), default=0)
        self.storage[f"{_INBOX}{number:09d}"] = message.build().decode()
        yield from self.after("work", self.settings.processing, now, self.work)

    def acknowledge(self, line: int, message: Message, now: float) -> Iterator[Output]:  # noqa: ARG002
        """At once, whatever the message says (ADY-009, 067)."""
        yield from self.reply(line, self.acknowledgement())

    def acknowledgement(self) -> Reply:
        return ACCEPTED

    def work(self, now: float) -> Iterator[Output]:
        """Work through what was acknowledged, in the order in which it came."""
        for key in self._inbox():
            message = nexo.parse(self.storage[key].encode())
            del self.storage[key]
            if not isinstance(message, Malformed):
                yield from self.hear_message(message, now)

    def _inbox(self) -> list[str]:
        return sorted(key for key in self.storage if key.startswith(_INBOX))

    # ---- Its own messages --------------------------------------------------------------------------------------------

    def outgoing(self, message: Message) -> bytes:
        """A message of ours as it leaves: in an envelope if that is agreed."""
        if self.settings.encrypted and self.seal is not None:
            return self.seal.close(message, self.rng.randbytes(16))
        return message.build()

    def stamp(self, now: float) -> str:
        """The time of day."""
        return nexo.stamp(self.settings.epoch + now)


def _refusal(status: int, why: str) -> Reply:
    return Reply(status, TEXT, why.encode())
