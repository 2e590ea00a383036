"""Rules about how a DUT sets its event URLs up: by which calls, in which form, and what it leaves as it was.

Secrets stand masked in what is read here; a mask is as long as what it hides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from harness.checks.adyen_reading import CLOUD
from harness.checks.reading import decided, failed, passed, shown, undecided, warned
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.adyen import LEVELS, DeviceCall, InForce, Login, SettingsCall, Url
from harness.wire.nexo import JsonObject

LISTS = ("eventLocalUrls", "eventPublicUrls")
DISPLAY_NAMES = ("localUrls", "publicUrls")
"""What the lists of the display URLs are called, a neighbour."""

_LAN = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
                              "fc00::/7", "fe80::/10", "::1/128")))  # fmt: skip
_LAN_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".localdomain")


def _calls(trace: Trace, *methods: str) -> list[tuple[Event, SettingsCall]]:
    return [(event, call) for event, call in trace.heard(CLOUD, SettingsCall) if not methods or call.method in methods]


def _patches(trace: Trace) -> list[tuple[Event, SettingsCall]]:
    return _calls(trace, "PATCH")


def _object(value: object, *path: str) -> JsonObject:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _event_urls(settings: JsonObject) -> JsonObject:
    return _object(settings, "nexo", "eventUrls")


def _entries(urls: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """The entries of both lists, as (list, entry), as far as they are objects."""
    for name in LISTS:
        entries = urls.get(name)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield name, entry


def _written(trace: Trace) -> list[tuple[Event, str, JsonObject]]:
    """Every entry that the DUT wrote, with its list."""
    return [(event, name, entry) for event, call in _patches(trace) for name, entry in _entries(_event_urls(call.body))]


def _in_force(trace: Trace, level: str, id: str, before: int) -> JsonObject | None:
    """What held at a place before an event of the trace, as far as it was told."""
    told = [body for event, body in trace.heard(CLOUD, InForce)
            if event.index < before and (body.level, body.id) == (level, id)]  # fmt: skip
    return told[-1].settings if told else None


def _followed(trace: Trace, patch: Event) -> JsonObject | None:
    """What held after a PATCH; None if it was not carried out."""
    told = ((event, body) for event, body in trace.heard(CLOUD, InForce) if event.index > patch.index)
    return next((body.settings for event, body in told if event.line == patch.line), None)


# ---- Calls -----------------------------------------------------------------------------------------------------------


def brings_its_key(trace: Trace) -> Finding:
    """Each call to the Management API has the API key that has the role (ADY-040)."""
    calls = _calls(trace)
    offences = [(f"API key {call.login}", event) for event, call in calls if call.login is not Login.RIGHT]
    return decided(
        "each call has the API key with the role for terminal advanced settings", offences, len(calls), "calls"
    )


def looks_first(trace: Trace) -> Finding:
    """Before it changes a place, it reads what is set there (ADY-041)."""
    expected = "a GET at the place before its first PATCH"
    patches = _patches(trace)
    offences, places = [], set()
    for event, call in patches:
        place = (call.level, call.id)
        seen = any(got.index < event.index and (read.level, read.id) == place for got, read in _calls(trace, "GET"))
        if place not in places and not seen:
            offences.append((f"{call.level} {call.id} is changed unseen", event))
        places.add(place)
    return decided(expected, offences, len(places), "places")


def changes_by_patch(trace: Trace) -> Finding:
    """Whatever is no GET is a PATCH to the settings of a company, merchant, store or terminal (ADY-043)."""
    expected = "changes are PATCHes to …/terminalSettings at one of the four levels"
    about = [(event, call) for event, call in _calls(trace) if call.path.casefold().endswith("/terminalsettings")]
    changes = [(event, call) for event, call in about if call.method != "GET"]
    offences = [(f"{call.method} {shown(call.path)}", event) for event, call in changes
                if call.method != "PATCH" or not call.level]  # fmt: skip
    return decided(expected, offences, len(changes), "changes")


def knows_what_is_inherited(trace: Trace) -> Finding:
    """Before it takes a URL away, it has read the next higher level (ADY-042)."""
    expected = "a GET at the next higher level before a URL is taken away"
    offences, removals = [], 0
    for event, call in _patches(trace):
        before, after = _in_force(trace, call.level, call.id, event.index), _followed(trace, event)
        if before is None or after is None or call.level not in LEVELS[1:]:
            continue
        left = {entry.get("url") for _, entry in _entries(_event_urls(after))}
        if {entry.get("url") for _, entry in _entries(_event_urls(before))} <= left:
            continue
        removals += 1
        above = LEVELS[LEVELS.index(call.level) - 1]
        if not any(got.index < event.index and read.level == above for got, read in _calls(trace, "GET")):
            offences.append((f"at {call.level} level, with no look at that of the {above}", event))
    return decided(expected, offences, removals, "removals")


# ---- Bodies ----------------------------------------------------------------------------------------------------------


def lists_are_nested(trace: Trace, *, either: bool = False) -> Finding:
    """The lists are in `nexo.eventUrls`, by their names (ADY-044). `either`: directly in `nexo` is taken too."""
    offences, seen = [], 0
    for event, call in _patches(trace):
        nexo = _object(call.body, "nexo")
        urls = _event_urls(call.body)
        beside = [name for name in LISTS if name in call.body or (name in nexo and not either)]
        foreign = [name for name in DISPLAY_NAMES if name in urls]
        seen += bool(foreign or any(name in where for where in (urls, nexo, call.body) for name in LISTS))
        if beside:
            offences.append((f"{' and '.join(beside)} beside eventUrls", event))
        if foreign:
            offences.append((f"{' and '.join(foreign)} in eventUrls", event))
    return decided(
        "eventLocalUrls and eventPublicUrls are in nexo.eventUrls", offences, seen, "PATCHes with event URLs"
    )


def lists_have_entries(trace: Trace) -> Finding:
    """Each list is an array, and one of them at least has an entry where nothing is taken away (ADY-045)."""
    offences, seen = [], 0
    for event, call in _patches(trace):
        urls = _event_urls(call.body)
        named = [name for name in LISTS if name in urls]
        seen += bool(named)
        wrong = [name for name in named if not isinstance(urls[name], list)]
        before = _in_force(trace, call.level, call.id, event.index)
        removes = before is not None and any(_entries(_event_urls(before)))
        if wrong:
            offences.append((f"{' and '.join(wrong)} is no array", event))
        elif named and not removes and not any(_entries(urls)):
            offences.append((f"{' and '.join(named)} without an entry", event))
    return decided("each list is an array with one entry or more", offences, seen, "PATCHes with event URLs")


def entries_have_types(trace: Trace) -> Finding:
    """`encrypted` is a Boolean; `url`, `username` and `password` are strings (ADY-046)."""
    wanted = {"encrypted": bool, "url": str, "username": str, "password": str}
    entries = _written(trace)
    offences = [
        (f"{name} is {_kind(entry[name])}", event)
        for event, _, entry in entries
        for name, kind in wanted.items()
        if name in entry and not isinstance(entry[name], kind)
    ]
    return decided("encrypted is a Boolean, url, username and password are strings", offences, len(entries), "entries")


def _kind(value: Any) -> str:
    names = {
        bool: "a Boolean",
        str: "a string",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "null")


def urls_have_form(trace: Trace) -> Finding:
    """Each URL has a scheme, http or https, and a host (ADY-047); an entry without a URL is none (ADY-022)."""
    entries = _written(trace)
    offences = [(f"url {shown(str(entry.get('url')))}", event) for event, _, entry in entries
                if Url.read(str(entry.get("url", ""))) is None]  # fmt: skip
    return decided("each url is http(s)://domain", offences, len(entries), "entries")


def lists_fit_addresses(trace: Trace, names: str = "warn") -> Finding:
    """Addresses of a local area network are in the local list, others in the public one (ADY-026, ADY-048).

    Where a host name leads nobody can tell from outside. `names`: what is made of one in the local list that says
    nothing of a local network: `accept`, `warn` or `refuse` (profile key config.local_names)."""
    expected = "local addresses are in eventLocalUrls, public ones in eventPublicUrls"
    offences, doubtful, seen = list[tuple[str, Event]](), list[tuple[str, Event]](), 0
    for event, name, entry in _written(trace):
        url = Url.read(str(entry.get("url", "")))
        if url is None:
            continue
        seen += 1
        fitting = LISTS[0] if _is_local(url.host) else LISTS[1]
        if name != fitting:
            unsure = name == LISTS[0] and not _is_address(url.host) and names != "refuse"
            (doubtful if unsure else offences).append((f"{shown(url.host)} in {name}", event))
    if doubtful and not offences and names == "warn":
        told = f"{doubtful[0][0]}: a name, which may lead anywhere"
        return warned(expected, told, [event for _, event in doubtful])
    return decided(expected, offences, seen, "URLs")


def _is_address(host: str) -> bool:
    return host.startswith("[") or re.fullmatch(r"[\d.]+", host) is not None


def _is_local(host: str) -> bool:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.casefold().endswith(_LAN_NAMES)
    return any(address in network for network in _LAN if network.version == address.version)


def live_urls_are_https(trace: Trace) -> Finding:
    """In live operation no URL is plain http (ADY-051)."""
    entries = _written(trace)
    offences = [(f"url {shown(str(entry.get('url')))}", event) for event, _, entry in entries
                if not str(entry.get("url", "")).startswith("https://")]  # fmt: skip
    return decided("each url is https", offences, len(entries), "entries")


# ---- What holds afterwards -------------------------------------------------------------------------------------------


def keeps_the_rest(trace: Trace) -> Finding:
    """A PATCH changes what it is for and nothing else: display URLs, encryption key, others' event URLs and settings
    beside `nexo` hold as before (ADY-049, ADY-050)."""
    offences, judged = [], 0
    for event, call in _patches(trace):
        before, after = _in_force(trace, call.level, call.id, event.index), _followed(trace, event)
        if before is None or after is None:
            continue
        judged += 1
        offences += [(what, event) for what in _lost(before, after, call.body)]
    return decided(
        "a PATCH leaves everything else as it was", offences, judged, "PATCHes over settings that were known"
    )


def _lost(before: JsonObject, after: JsonObject, sent: JsonObject) -> Iterator[str]:
    for name, value in before.items():
        if name != "nexo" and after.get(name) != value:
            yield f"{name} is changed"
    was, now = _object(before, "nexo"), _object(after, "nexo")
    for name, value in was.items():
        if name == "eventUrls" or now.get(name) == value:
            continue
        own_key = name == "encryptionKey" and _object(sent, "nexo", name).get("identifier")
        if not own_key:
            yield f"{name} is lost"


def keeps_others_urls(trace: Trace, *, others: list[str]) -> Finding:
    """Event URLs that somebody else has set stay (ADY-049, ADY-050)."""
    expected = f"{', '.join(others)} still among the event URLs"
    patches = _patches(trace)
    if not patches:
        return undecided(expected, "no PATCH to judge")
    told = [(event, body) for event, body in trace.heard(CLOUD, InForce) if event.index > patches[-1][0].index]
    if not told:
        return undecided(expected, "the last PATCH was not carried out", [patches[-1][0]])
    urls = {entry.get("url") for _, entry in _entries(_event_urls(told[-1][1].settings))}
    gone = [url for url in others if url not in urls]
    if gone:
        return failed(expected, f"{', '.join(gone)} is gone", [patches[-1][0], told[-1][0]])
    return passed(expected, "so it is", [told[-1][0]])


def sets_url(trace: Trace, *, url: str, level: str, encrypted: bool, username: str = "") -> Finding:
    """The URL is saved at the wanted level, with its own choice of encryption, and with the credentials of the server
    (ADY-020, ADY-023, ADY-027, ADY-028). `username`: "" if there are none."""
    expected = f"{url} in force at {level} level, encrypted {str(encrypted).lower()}"
    told = [(event, body) for event, body in trace.heard(CLOUD, InForce) if body.level == level]
    if not _patches(trace):
        return undecided(expected, "no PATCH to judge")
    if not told:
        return failed(expected, "nothing is set at that level", [_patches(trace)[-1][0]])
    event, body = told[-1]
    entry = next((entry for _, entry in _entries(_event_urls(body.settings)) if entry.get("url") == url), None)
    if entry is None:
        return failed(expected, "it is not there", [event])
    if entry.get("encrypted", False) is not encrypted:
        return failed(expected, f"encrypted is {shown(str(entry.get('encrypted')))}", [event])
    if username and (entry.get("username") != username or not entry.get("password")):
        return failed(expected, "without the credentials of the server", [event])
    return passed(expected, "so it is", [event])


def is_set_up_first(trace: Trace, *, by_hand: bool = False) -> Finding:
    """An event URL holds before the first asynchronous request (ADY-002). `by_hand`: somebody had set it before."""
    expected = "an event URL is set before the first asynchronous request"
    asked = [event for event, call in trace.heard(CLOUD, DeviceCall) if call.call == "async"]
    if not asked:
        return undecided(expected, "no asynchronous request to judge")
    told = [event for event, body in trace.heard(CLOUD, InForce) if any(_entries(_event_urls(body.settings)))]
    if by_hand or (told and told[0].index < asked[0].index):
        return passed(expected, "so it was", [*told[:1], asked[0]])
    return failed(expected, "none was set yet", [asked[0]])
