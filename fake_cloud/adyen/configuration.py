"""Terminal settings as Adyen keeps them: what is set at a place, what it inherits, and what a PATCH does to both.

A place (company, merchant, store, terminal) has settings of its own, and takes from the next higher one whatever it
has not. A PATCH replaces each top-level object it names as a whole: an object that is not sent stays as it was, and a
member left out of one that is sent falls back to the inherited value. So whoever wants to change one event URL sends
all of `nexo`, or loses its display URLs and its encryption key (ADY-049, ADY-050).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator

from fake_cloud.adyen.terms import Place, Terms
from harness.wire.adyen import LEVELS
from harness.wire.nexo import JsonObject

DEFAULTS: JsonObject = {
    "receiptOptions": {"promptBeforePrinting": False, "qrCodeData": ""},
    "standalone": {"currencyCode": "EUR", "enableStandalone": False},
    "nexo": {
        "displayUrls": {"localUrls": [], "publicUrls": []},
        "encryptionKey": {},
        "eventUrls": {"eventLocalUrls": [], "eventPublicUrls": []},
        "notification": {"category": "SaleWakeUp", "enabled": False, "showButton": False, "title": ""},
    },
}
"""What the company inherits: two objects beside `nexo`, so that it shows who keeps what it did not mean to change."""

_ENTRIES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string"},
            "encrypted": {"type": "boolean"},
            "username": {"type": "string"},
            "password": {"type": "string"},
        },
    },
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


_PATCH = Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "nexo": _object(
                eventUrls=_object(eventLocalUrls=_ENTRIES, eventPublicUrls=_ENTRIES, localUrls=False, publicUrls=False),
                displayUrls=_object(localUrls=_ENTRIES, publicUrls=_ENTRIES),
                encryptionKey=_object(
                    identifier={"type": "string", "minLength": 1},
                    passphrase={"type": "string", "minLength": 12},
                    version={"type": "integer", "minimum": 0},
                ),
                notification={"type": "object"},
                eventLocalUrls=False,  # they belong into eventUrls (open point 4)
                eventPublicUrls=False,
            )
        },
        "additionalProperties": {"type": "object"},
    }
)


def invalid_fields(body: JsonObject) -> list[tuple[str, str]]:
    """What a PATCH may not hold, as (place, why) without values, in order of place; empty for a proper body."""
    found = [
        (".".join(map(str, error.absolute_path)), f"breaks {error.validator or 'the nesting'}")
        for error in _PATCH.iter_errors(body)  # its message would repeat a value, which may be a password
    ]
    return sorted(found)[:20]


class Configuration:
    """The settings of every place of one merchant."""

    def __init__(self, terms: Terms) -> None:
        self._above: dict[Place, Place | None] = {
            ("company", terms.company): None,
            ("merchant", terms.merchant): ("company", terms.company),
        }
        for store, terminals in terms.stores.items():
            self._above["store", store] = ("merchant", terms.merchant)
            self._above |= {("terminal", poi_id): ("store", store) for poi_id in terminals}
        self._own: dict[Place, JsonObject] = {place: deepcopy(own) for place, own in terms.settings.items()}

    def __contains__(self, place: Place) -> bool:
        return place in self._above

    def effective(self, place: Place) -> JsonObject:
        """All settings that hold at a place: its own, and what it inherits."""
        above = self._above[place]
        inherited = DEFAULTS if above is None else self.effective(above)
        return _merged(inherited, self._own.get(place, {}))

    def patch(self, place: Place, body: JsonObject) -> JsonObject:
        """Replace the objects that are sent; the whole configuration afterwards."""
        self._own[place] = {**self._own.get(place, {}), **deepcopy(body)}
        return self.effective(place)

    def of_terminal(self, poi_id: str) -> JsonObject:
        """What holds for a terminal; for one that we do not know, what holds for the merchant."""
        merchant = next(place for place in self._above if place[0] == LEVELS[1])
        place = ("terminal", poi_id)
        return self.effective(place if place in self else merchant)

    def event_urls(self, poi_id: str) -> Iterator[JsonObject]:
        """The entries of both lists of event URLs that hold for a terminal, local ones first."""
        urls = self.of_terminal(poi_id)["nexo"]["eventUrls"]
        for name in ("eventLocalUrls", "eventPublicUrls"):
            yield from urls.get(name, ())

    def encryption_key(self, poi_id: str) -> JsonObject:
        """Identifier, passphrase and version that hold for a terminal; {} if none was set."""
        key: JsonObject = self.of_terminal(poi_id)["nexo"]["encryptionKey"]
        return key


def _merged(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> JsonObject:
    """Objects member by member; a list or a value of its own stands in place of the inherited one."""
    merged = deepcopy(dict(inherited))
    for name, value in own.items():
        if isinstance(value, Mapping) and isinstance(merged.get(name), Mapping):
            merged[name] = _merged(merged[name], value)
        else:
            merged[name] = deepcopy(value)
    return merged
