"""The sender: messages to the event URLs that hold for a terminal, until they are acknowledged or given up.

Each message goes to every event URL of its terminal, in an envelope where the URL says so and with its credentials.
What is not acknowledged is sent again after pauses, each time sealed anew; so a receiver may get it more often than
once, and has to act once. Every POST has a line of its own, unless the case wants one kept.
"""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from fake_cloud.adyen.configuration import Configuration
from fake_cloud.adyen.instructions import Bend, Form, Tamper
from fake_cloud.adyen.terms import Terms
from harness.wire import envelope, nexo
from harness.wire.adyen import Acknowledged, Login, NoUrl, Posted, Unacknowledged, Url
from harness.wire.endpoint import Close, Dial, Noted, Output, Send, WakeAt
from harness.wire.envelope import Key
from harness.wire.framing import SHOWN, Malformed
from harness.wire.http1 import ClientSide, Headers, Reply, Request
from harness.wire.nexo import JsonObject, Message, SaleToPOIResponse

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class _Target:
    """One entry of a list of event URLs. `key`: None if it wants no encryption, or none was set."""

    url: Url
    text: str
    encrypted: bool
    username: str
    password: str = field(repr=False)
    key: Key | None = field(repr=False)


@dataclass(slots=True)
class _Delivery:
    """One message on its way to one URL. `again`: the bytes to send in place of what is made anew."""

    id: int
    message: Message
    target: _Target
    bend: Bend
    retries: deque[float]
    attempt: int = 0
    again: bytes | None = None
    body: bytes = b""
    sealed: bool = False


@dataclass(slots=True)
class _Talk:
    """A line to an event URL. `delivery`: None while it is kept idle."""

    to: str
    delivery: _Delivery | None
    side: ClientSide = field(default_factory=ClientSide)
    pieces: deque[bytes] = field(default_factory=deque)
    asked: float = 0.0


class Webhooks:
    """The lines to event URLs, and what is to be sent again. Its timers' names begin with `webhook`."""

    def __init__(self, terms: Terms, configuration: Configuration, rng: Random) -> None:
        self._terms = terms
        self._configuration = configuration
        self._rng = rng
        self._dialling: dict[str, deque[_Delivery]] = {}
        self._talks: dict[int, _Talk] = {}
        self._waiting: dict[str, _Delivery] = {}
        self._sent: dict[int, _Delivery] = {}
        self._timers = 0
        self._cuts = 0

    def __contains__(self, line: int) -> bool:
        return line in self._talks

    def expects(self, to: str) -> bool:
        """Whether a line to this address was dialled here."""
        return bool(self._dialling.get(to))

    # ---- what is to be sent ------------------------------------------------------------------------------------------

    def post(self, id: int, message: Message, bend: Bend, now: float) -> Iterator[Output]:
        """Send a message to every event URL that holds for its terminal."""
        poi_id = message.header.poi_id
        found = False
        for entry in list(self._configuration.event_urls(poi_id)):
            found = True
            target = self._target(entry, poi_id)
            if isinstance(target, str):
                yield Noted(0, NoUrl(id, poi_id, message.document, target))
            else:
                yield from self._begin(_Delivery(id, message, target, bend, deque()), now)
        if not found:
            yield Noted(0, NoUrl(id, poi_id, message.document, "no event URL is set"))

    def repeat(self, id: int, of: int, bend: Bend, now: float, *, verbatim: bool) -> Iterator[Output]:
        """Send once more what went under another id; nothing if nothing did."""
        if (old := self._sent.get(of)) is not None:
            again = old.body if verbatim else None
            yield from self._begin(_Delivery(id, old.message, old.target, bend, deque(), again=again), now)

    def cut(self, times: int) -> None:
        """Of the next so many results, the line is ended once they are sent."""
        self._cuts = times

    def _target(self, entry: JsonObject, poi_id: str) -> _Target | str:
        text, encrypted = str(entry.get("url", "")), entry.get("encrypted") is True
        key = _key(self._configuration.encryption_key(poi_id))
        if (url := Url.read(text)) is None:
            return "the event URL is no URL"
        if encrypted and key is None:
            return "no encryption key is set for an encrypted event URL"
        return _Target(url, text, encrypted, entry.get("username", ""), entry.get("password", ""), key)

    def _begin(self, delivery: _Delivery, now: float) -> Iterator[Output]:
        bent = _bent(delivery)
        default = () if bent else self._terms.retries
        delivery.retries.extend(default if delivery.bend.retries is None else delivery.bend.retries)
        self._sent[delivery.id] = delivery
        yield from self._attempt(delivery, now)

    def _attempt(self, delivery: _Delivery, now: float) -> Iterator[Output]:
        delivery.attempt += 1
        url = delivery.target.url
        to = self._terms.routes.get(url.netloc) or self._terms.webhook or url.netloc
        if delivery.bend.keep and (line := self._idle(to)) is not None:
            self._talks[line].delivery = delivery
            yield from self._ask(line, now)
        else:
            self._dialling.setdefault(to, deque()).append(delivery)
            yield Dial(to, self._terms.dial_within, secure=url.secure)

    def _idle(self, to: str) -> int | None:
        return next((line for line, talk in self._talks.items() if talk.to == to and talk.delivery is None), None)

    # ---- what becomes of it ------------------------------------------------------------------------------------------

    def opened(self, line: int, to: str, now: float) -> Iterator[Output]:
        self._talks[line] = _Talk(to, self._dialling[to].popleft())
        yield from self._ask(line, now)

    def refused(self, to: str, why: str, now: float) -> Iterator[Output]:
        if self.expects(to):
            yield from self._failed(0, self._dialling[to].popleft(), why, 0.0, now)

    def received(self, line: int, data: bytes, now: float) -> Iterator[Output]:
        yield from self._heard(line, self._talks[line].side.receive_data(data), now)

    def closed(self, line: int, now: float, *, reset: bool) -> Iterator[Output]:
        talk = self._talks[line]
        found = [] if reset else talk.side.receive_eof()
        why = "the line was reset" if reset else "the line ended before a reply"
        yield from self._heard(line, found or [Malformed(b"", why, 0)], now, ours=False)

    def woke(self, name: str, now: float) -> Iterator[Output]:
        match name.split():
            case ["webhook", "answer", number] if int(number) in self._talks:
                why = f"no answer within {self._terms.acknowledge_within:g} s"
                yield from self._heard(int(number), [Malformed(b"", why, 0)], now)
            case ["webhook", "piece", number] if int(number) in self._talks:
                yield from self._pump(int(number), now)
            case ["webhook", "retry", _] if name in self._waiting:
                yield from self._attempt(self._waiting.pop(name), now)

    def _ask(self, line: int, now: float) -> Iterator[Output]:
        talk = self._talks[line]
        assert talk.delivery is not None  # noqa: S101 — who asks has something to say
        delivery, bend = talk.delivery, talk.delivery.bend
        delivery.body, delivery.sealed = self._body(delivery)
        login, headers = _login(delivery.target, bend)
        yield Noted(line, _posted(delivery, login))
        request = Request(bend.method, delivery.target.url.path, self._headers(delivery, headers), delivery.body)
        data = talk.side.request(request)
        cuts = [0, *sorted({cut for cut in bend.cuts if 0 < cut < len(data)}), len(data)]
        talk.pieces.extend(data[start:end] for start, end in pairwise(cuts))
        yield from self._pump(line, now)

    def _pump(self, line: int, now: float) -> Iterator[Output]:
        """Put the next piece on the line; the DUT's time to answer runs from the last."""
        talk = self._talks[line]
        yield Send(line, talk.pieces.popleft())
        if talk.pieces and talk.delivery is not None:
            yield WakeAt(f"webhook piece {line}", now + talk.delivery.bend.gap)
        else:
            talk.asked = now
            yield WakeAt(f"webhook answer {line}", now + self._terms.acknowledge_within)
            if self._cuts and talk.delivery is not None and isinstance(talk.delivery.message, SaleToPOIResponse):
                self._cuts -= 1
                yield from self._heard(line, [Malformed(b"", "the line was cut on purpose", 0)], now)

    def _headers(self, delivery: _Delivery, login: Headers) -> Headers:
        url, content_type = delivery.target.url, delivery.bend.content_type
        typed = (("Content-Type", content_type),) if content_type else ()
        length = () if delivery.body else (("Content-Length", "0"),)
        kept = () if delivery.bend.keep else (("Connection", "close"),)
        return (("Host", url.netloc), *typed, *login, *length, *kept)

    def _heard(self, line: int, found: list[Reply | Malformed], now: float, *, ours: bool = True) -> Iterator[Output]:
        """The first thing heard settles one attempt."""
        if not found:
            return
        talk = self._talks[line]
        delivery, talk.delivery = talk.delivery, None
        whole = not talk.pieces
        settled = whole and ours and isinstance(found[0], Reply) and not talk.side.must_close
        keep = delivery is not None and delivery.bend.keep and settled
        if not keep:
            del self._talks[line]
        yield WakeAt(f"webhook answer {line}", None)
        yield WakeAt(f"webhook piece {line}", None)
        if ours and not keep:
            yield Close(line)
        if delivery is None:
            return
        after = now - talk.asked if whole else 0.0
        match found[0]:
            case Reply() as reply:
                told = _acknowledged(delivery, reply, after)
                yield Noted(line, told)
                if not self._satisfied(told):
                    yield from self._again(delivery, now)
            case Malformed(why=why):
                yield from self._failed(line, delivery, why, after, now)

    def _failed(self, line: int, delivery: _Delivery, why: str, after: float, now: float) -> Iterator[Output]:
        yield Noted(line, Unacknowledged(delivery.id, delivery.attempt, why, after))
        yield from self._again(delivery, now)

    def _satisfied(self, told: Acknowledged) -> bool:
        if 400 <= told.status < 500 and not self._terms.retry_on_4xx:
            return True
        return told.accepted if self._terms.ack_mode == "[accepted]" else told.success

    def _again(self, delivery: _Delivery, now: float) -> Iterator[Output]:
        if delivery.retries:
            self._timers += 1
            name = f"webhook retry {self._timers}"
            self._waiting[name] = delivery
            yield WakeAt(name, now + delivery.retries.popleft())

    # ---- the body ----------------------------------------------------------------------------------------------------

    def _body(self, delivery: _Delivery) -> tuple[bytes, bool]:
        """The bytes of the body, and whether they are an envelope."""
        bend = delivery.bend
        if delivery.again is not None:
            return delivery.again, b'"NexoBlob"' in delivery.again
        if bend.body is not None:
            return bend.body, False
        sealed = delivery.target.encrypted if bend.form is Form.AS_CONFIGURED else bend.form is Form.SEALED
        if not sealed:
            return delivery.message.build(), False
        key = delivery.target.key or Key("No-Key-Was-Set-1!", "none")
        return _sealed(delivery.message, key, bend.tamper, self._rng), True


def _key(members: JsonObject) -> Key | None:
    identifier, passphrase, version = (members.get(name) for name in ("identifier", "passphrase", "version"))
    if not isinstance(identifier, str) or not isinstance(passphrase, str):
        return None
    return Key(passphrase, identifier, version if isinstance(version, int) else 0)


def _sealed(message: Message, key: Key, tamper: Tamper | None, rng: Random) -> bytes:
    """An envelope, whole or tampered with."""
    if tamper is Tamper.FOREIGN_KEY:
        key = replace(key, passphrase=key.passphrase + "-not")
    made = envelope.seal(message, key, rng.randbytes(envelope.NONCE_BYTES))
    trailer = made.trailer
    match tamper:
        case Tamper.BLOB:
            made = envelope.with_blob_flipped(made)
        case Tamper.PADDING:
            made = envelope.with_blob_flipped(made, -1)
        case Tamper.BLOB_CUT:
            made = replace(made, blob=made.blob[:-16])
        case Tamper.HMAC:
            made = envelope.with_hmac_flipped(made)
        case Tamper.NONCE:
            made = replace(made, trailer=replace(trailer, nonce=envelope.flipped(trailer.nonce)))
        case Tamper.IDENTIFIER:
            made = replace(made, trailer=replace(trailer, key_identifier=trailer.key_identifier + "-not"))
        case Tamper.VERSION:
            made = replace(made, trailer=replace(trailer, key_version=trailer.key_version + 1))
        case Tamper.CRYPTO_VERSION:
            made = replace(made, trailer=replace(trailer, crypto_version=trailer.crypto_version + 1))
        case Tamper.HEADER:
            made = replace(made, header={**made.header, "POIID": "P400Plus-999999999"})
        case Tamper.NO_TRAILER:
            document = made.document()
            del document[made.wrapper][nexo.TRAILER]
            return nexo.write(document)
    return made.build()


def _login(target: _Target, bend: Bend) -> tuple[Login, Headers]:
    """The credentials of a call: those of the URL, wrong ones, or none."""
    wanted = bend.login
    if wanted is None:
        wanted = Login.RIGHT if target.username or target.password else Login.NONE_SET
    if wanted in (Login.ABSENT, Login.NONE_SET):
        return wanted, ()
    password = target.password if wanted is Login.RIGHT else target.password + "-not"
    words = b64encode(f"{target.username}:{password}".encode()).decode()
    return wanted, (("Authorization", f"Basic {words}"),)


def _bent(delivery: _Delivery) -> str:
    """What is wrong with a delivery on purpose, in words."""
    bend, target = delivery.bend, delivery.target
    bent = [bend.called or "body replaced"] if bend.body is not None else []
    bent += [bend.tamper.value] if bend.tamper else []
    bent += ["clear to an encrypted URL"] if bend.form is Form.CLEAR and target.encrypted else []
    bent += ["sealed to a clear URL"] if bend.form is Form.SEALED and not target.encrypted else []
    bent += [f"method {bend.method}"] if bend.method != "POST" else []
    bent += [f"content type {bend.content_type or 'absent'}"] if bend.content_type != "application/json" else []
    bent += [f"{bend.login} credentials"] if bend.login in (Login.WRONG, Login.ABSENT) else []
    bent += ["the same bytes again"] if delivery.again is not None else []
    return ", ".join(bent)


def _posted(delivery: _Delivery, login: Login) -> Posted:
    document = {} if delivery.bend.body is not None else delivery.message.document
    return Posted(
        id=delivery.id,
        attempt=delivery.attempt,
        url=delivery.target.text,
        encrypted=delivery.target.encrypted,
        sealed=delivery.sealed,
        login=login,
        bent=_bent(delivery),
        document=document,
        size=len(delivery.body),
    )


def _acknowledged(delivery: _Delivery, reply: Reply, after: float) -> Acknowledged:
    text = reply.body[:SHOWN].decode(errors="replace")
    kind = reply.header("Content-Type") or ""
    return Acknowledged(delivery.id, delivery.attempt, reply.status, text, kind, round(after, 6))
