"""Defects in how the webhook is made known."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.adyen import (
    ADY_002,
    ADY_026,
    ADY_027,
    ADY_028,
    ADY_040,
    ADY_042,
    ADY_043,
    ADY_044,
    ADY_045,
    ADY_046,
    ADY_047,
    ADY_048,
    ADY_049,
    ADY_050,
)
from emulator.adyen.configuring import EVENT_URLS, LOCAL, PUBLIC, Whole
from emulator.adyen.defects.defect import BackendDefect
from harness.wire.endpoint import Output
from harness.wire.nexo import JsonObject


class SendsHalfOfNexo(BackendDefect):
    """The change is sent without the other members of `nexo`, which are reset by it."""

    row = 23
    breaks = (ADY_049, ADY_050)

    def with_entry(self, current: JsonObject, url: str) -> JsonObject:
        return {EVENT_URLS: super().with_entry(current, url)[EVENT_URLS]}


class ListsBesideEventUrls(BackendDefect):
    """The lists are put into `nexo` itself."""

    row = 24
    breaks = (ADY_044,)

    def with_entry(self, current: JsonObject, url: str) -> JsonObject:
        whole = super().with_entry(current, url)
        return {**whole, **whole.pop(EVENT_URLS)}


class NamesOfDisplayUrls(BackendDefect):
    """The lists are named as those of display notifications are."""

    row = 24
    breaks = (ADY_044,)

    def with_entry(self, current: JsonObject, url: str) -> JsonObject:
        whole = super().with_entry(current, url)
        names = {LOCAL: "localUrls", PUBLIC: "publicUrls"}
        return {**whole, EVENT_URLS: {names[name]: entries for name, entries in whole[EVENT_URLS].items()}}


class EncryptedAsText(BackendDefect):
    """`encrypted` is sent as a string."""

    row = 25
    breaks = (ADY_046,)

    def entry(self, url: str) -> JsonObject:
        return {**super().entry(url), "encrypted": "true" if self.settings.encrypted else "false"}


class UrlWithoutScheme(BackendDefect):
    """The URL is sent as host and path."""

    row = 25
    breaks = (ADY_047,)

    def entry(self, url: str) -> JsonObject:
        return {**super().entry(url), "url": url.partition("://")[2]}


class LanAddressAsPublic(BackendDefect):
    """Every URL goes into the public list."""

    row = 26
    breaks = (ADY_026, ADY_048)

    def list_for(self, url: str) -> str:  # noqa: ARG002
        return PUBLIC


class RemovesBlindly(BackendDefect):
    """A URL is taken away without a look at what will be inherited in its place."""

    row = 27
    breaks = (ADY_042,)

    def look_above(self, level: str, then: Whole, now: float) -> Iterator[Output]:  # noqa: ARG002
        yield from then({}, now)


class AsksWithoutAWayBack(BackendDefect):
    """It asks asynchronously without having set up where results go."""

    row = 28
    breaks = (ADY_002,)

    def is_configured(self) -> bool:
        return True


class EncryptsUnasked(BackendDefect):
    """The URL is set up encrypted, whatever was wanted of it."""

    row = 48
    breaks = (ADY_027,)

    def entry(self, url: str) -> JsonObject:
        return {**super().entry(url), "encrypted": True}


class SavesForTheCompany(BackendDefect):
    """The URL is saved for the whole company, whatever level was wanted."""

    row = 48
    breaks = (ADY_028,)

    def patch(self, level: str, id: str, body: JsonObject, then: Whole) -> Iterator[Output]:  # noqa: ARG002
        yield from super().patch("company", self.id_of("company"), body, then)


class CallsWithAKeyWithoutTheRole(BackendDefect):
    """The settings are asked for with an API key that is for something else."""

    row = 49
    breaks = (ADY_040,)

    def credential(self) -> str:
        return "key-of-another-role"


class PutsTheSettings(BackendDefect):
    """A change is a PUT."""

    row = 49
    breaks = (ADY_043,)

    def patch(self, level: str, id: str, body: JsonObject, then: Whole) -> Iterator[Output]:
        yield from self.manage("PUT", level, id, body, then)


class OneEntryWithoutItsList(BackendDefect):
    """Where there is one URL, its entry stands in place of the list."""

    row = 49
    breaks = (ADY_045,)

    def with_entry(self, current: JsonObject, url: str) -> JsonObject:
        whole = super().with_entry(current, url)
        return {**whole, EVENT_URLS: {name: entries[0] for name, entries in whole[EVENT_URLS].items() if entries}}
