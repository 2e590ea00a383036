"""How a POS backend makes its webhook known: by the Management API, at the level that is wanted.

Settings are inherited: company ▸ merchant ▸ store ▸ terminal. An object that is sent replaces the one that stood there,
and a member left out of it falls back to what the level above says. So whoever changes one thing must first know all
the others: read the level, change what is ours, write the whole `nexo` back; and before removing, read the level above,
because that is what will hold afterwards.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit

from emulator.adyen.webhook import Webhook
from emulator.http_party import Failed
from harness.wire import nexo
from harness.wire.endpoint import Output
from harness.wire.http1 import Headers, Reply, Request
from harness.wire.nexo import JsonObject

LEVELS = ("company", "merchant", "store", "terminal")
COLLECTIONS = {"company": "companies", "merchant": "merchants", "store": "stores", "terminal": "terminals"}

EVENT_URLS = "eventUrls"
LOCAL, PUBLIC = "eventLocalUrls", "eventPublicUrls"

LAN = tuple(map(ip_network, (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)))  # fmt: skip
"""Addresses that nobody outside can call. (`is_private` would count those of examples in documents, too.)"""

_CONFIGURED = "event url"

Settings = dict[str, Any]
"""All of a level, as the API tells it."""

Whole = Callable[[Settings, float], Iterator[Output]]
"""What is done with them."""


def is_local(url: str) -> bool:
    """Whether a URL is on a Local Area Network: by its address, or by a name that no public resolver knows."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa"))
    return any(address in network for network in LAN if network.version == address.version)


class Configuring(Webhook):
    """What a backend does so that events and results come to it."""

    @abstractmethod
    def show(self, text: str, colour: str = "") -> Iterator[Output]:
        """Tell the user."""

    @abstractmethod
    def ready(self, now: float) -> Iterator[Output]:
        """The webhook is known: asynchronous calls may be made."""

    @abstractmethod
    def not_ready(self, why: str, now: float) -> Iterator[Output]:
        """It could not be made known."""

    under_way = False
    """Whether the webhook is being made known right now."""

    def started(self, now: float) -> Iterator[Output]:
        yield from super().started(now)
        if self.is_configured():
            yield from self.ready(now)
        else:
            yield from self.configure(self.settings.level, "", "", now)

    def is_configured(self) -> bool:
        """Whether results will reach us (ADY-002)."""
        return not self.settings.configures or _CONFIGURED in self.storage

    # ---- Setting -----------------------------------------------------------------------------------------------------

    def configure(self, level: str, id: str, url: str, now: float) -> Iterator[Output]:
        """Make a URL known at a level: see what is set, then write it back with ours. "": the usual one."""
        level, id = level or self.settings.level, id or self.id_of(level or self.settings.level)
        url = url or self.event_url()
        self.under_way = True
        if level not in LEVELS:
            yield from self.not_ready(f"there is no level {level!r}", now)
        elif self.settings.live and not self.fit_for_live(url):
            yield from self.not_ready("a live event URL must be https", now)
        else:

            def change(current: Settings, _: float) -> Iterator[Output]:
                body = {"nexo": self.with_entry(_object(current, "nexo"), url)}
                yield from self.patch(level, id, body, lambda whole, then: self.configured(whole, url, then))

            yield from self.get(level, id, change)

    def event_url(self) -> str:
        return self.settings.url

    def fit_for_live(self, url: str) -> bool:
        """(ADY-051)"""
        return url.startswith("https://")

    def entry(self, url: str) -> JsonObject:
        """Booleans as booleans, texts as texts (ADY-046); credentials only if there are any (ADY-023)."""
        entry: JsonObject = {"encrypted": self.settings.encrypted, "url": url}
        if self.settings.username:
            entry |= {"username": self.settings.username, "password": self.settings.password}
        return entry

    def list_for(self, url: str) -> str:
        """(ADY-026, 048)"""
        return LOCAL if is_local(url) else PUBLIC

    def with_entry(self, current: JsonObject, url: str) -> JsonObject:
        """The whole `nexo`, our entry in place of any other for the same URL (ADY-050)."""
        lists = self.without_entry(current, url).get(EVENT_URLS, {})
        name = self.list_for(url)
        whole = {**current, EVENT_URLS: {**lists, name: [*_entries(lists, name), self.entry(url)]}}
        return {**whole, "encryptionKey": self.encryption_key()} if self.settings.encrypted else whole

    def encryption_key(self) -> JsonObject:
        """What messages to the URL are to be encrypted with."""
        key = self.settings.key
        if key is None:
            return {}
        return {"identifier": key.identifier, "passphrase": key.passphrase, "version": key.version}

    def configured(self, whole: Settings, url: str, now: float) -> Iterator[Output]:
        """The answer is the whole configuration of the level (ADY-049): ours must be in it."""
        lists = _object(_object(whole, "nexo"), EVENT_URLS)
        if not any(entry.get("url") == url for name in (LOCAL, PUBLIC) for entry in _entries(lists, name)):
            yield from self.not_ready("the event URL is not in the settings that came back", now)
            return
        self.storage[_CONFIGURED] = url
        self.under_way = False
        yield from self.show("events are set up")
        yield from self.ready(now)

    # ---- Removing ----------------------------------------------------------------------------------------------------

    def remove(self, level: str, id: str, url: str, now: float) -> Iterator[Output]:
        """Take a URL away; first know what the level above will put in its place (ADY-042)."""
        level, id = level or self.settings.level, id or self.id_of(level or self.settings.level)
        url = url or self.event_url()
        if level not in LEVELS:
            yield from self.show(f"there is no level {level!r}", "red")
            return

        def removal(inherited: Settings, _: float) -> Iterator[Output]:
            yield from self.get(level, id, lambda current, then: change(current, inherited, then))

        def change(current: Settings, inherited: Settings, _: float) -> Iterator[Output]:
            body = {"nexo": self.without_entry(_object(current, "nexo"), url)}
            yield from self.patch(level, id, body, lambda _, then: self.removed(inherited, then))

        yield from self.look_above(level, removal, now)

    def look_above(self, level: str, then: Whole, now: float) -> Iterator[Output]:
        above = LEVELS.index(level) - 1
        if above < 0:
            yield from then({}, now)
        else:
            yield from self.get(LEVELS[above], self.id_of(LEVELS[above]), then)

    def without_entry(self, current: JsonObject, url: str) -> JsonObject:
        """The whole `nexo` without a URL. An empty list may not be sent (ADY-045): what is left out is inherited."""
        before = _object(current, EVENT_URLS)
        lists = {name: [e for e in _entries(before, name) if e.get("url") != url] for name in (LOCAL, PUBLIC)}
        kept = {name: entries for name, entries in lists.items() if entries}
        rest = {name: value for name, value in current.items() if name != EVENT_URLS}
        return {**rest, EVENT_URLS: kept} if kept else rest

    def removed(self, inherited: Settings, now: float) -> Iterator[Output]:  # noqa: ARG002
        """Say where events go from now on, if they go anywhere."""
        if _CONFIGURED in self.storage:
            del self.storage[_CONFIGURED]
        lists = _object(_object(inherited, "nexo"), EVENT_URLS)
        urls = [str(entry.get("url")) for name in (LOCAL, PUBLIC) for entry in _entries(lists, name)]
        if urls:
            self.storage[_CONFIGURED] = urls[0]
        yield from self.show(f"events go on to {', '.join(urls)} (inherited)" if urls else "events are not set up")

    # ---- The Management API ------------------------------------------------------------------------------------------

    def id_of(self, level: str) -> str:
        """Our own id at a level."""
        known = {"company": self.settings.company, "merchant": self.settings.merchant, "store": self.settings.store}
        return known.get(level, self.settings.terminals[0])

    def credential(self) -> str:
        """The API key that has the role for these settings (ADY-040)."""
        return self.settings.api_key

    def get(self, level: str, id: str, then: Whole) -> Iterator[Output]:
        yield from self.manage("GET", level, id, None, then)

    def patch(self, level: str, id: str, body: JsonObject, then: Whole) -> Iterator[Output]:
        yield from self.manage("PATCH", level, id, body, then)

    def manage(self, method: str, level: str, id: str, body: JsonObject | None, then: Whole) -> Iterator[Output]:
        headers: Headers = (("Host", self.settings.management), ("X-API-Key", self.credential()))
        if body is not None:
            headers = (*headers, ("Content-Type", "application/json"))
        target = f"/v3/{COLLECTIONS[level]}/{quote(id, safe='')}/terminalSettings"
        request = Request(method, target, headers, b"" if body is None else nexo.write(body))

        def answered(outcome: Reply | Failed, now: float) -> Iterator[Output]:
            whole = _settings(outcome)
            if isinstance(whole, str):
                yield from self.not_ready(f"{method} at the {level}: {whole}", now)
            else:
                yield from then(whole, now)

        yield from self.call(
            self.settings.management, request, answered, self.settings.reply_within, secure=self.settings.secure
        )


def _settings(outcome: Reply | Failed) -> Settings | str:
    """The configuration in a reply, or why there is none."""
    if isinstance(outcome, Failed):
        return outcome.why
    if outcome.status != 200:
        return "the credential lacks the role" if outcome.status == 403 else f"status {outcome.status}"
    read = nexo.read_json(outcome.body)
    return read if isinstance(read, str) else read[0]


def _object(members: Settings, name: str) -> JsonObject:
    value = members.get(name)
    return value if isinstance(value, dict) else {}


def _entries(lists: JsonObject, name: str) -> list[JsonObject]:
    value = lists.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
