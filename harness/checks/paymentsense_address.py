"""Rules of Paymentsense Connect about the address: whose key and ids it carries, to which host, and what a refusal
leads to. No finding quotes a key."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.paymentsense_reading import CONNECT, ran_for, screens
from harness.checks.reading import BENCH, decided, failed, passed, undecided
from harness.checks.sockets import Socket, sockets
from harness.evidence.bench import Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Listen, Opened, Secured, Unsecured
from harness.wire.paymentsense import FINAL_RECEIPT, PAT, TOKEN, VERSION, Address, Admitted, TurnedAway, read_address
from harness.wire.websocket import Upgrade

Offence = tuple[str, Event]

NO_KEY = "no valid API key"
"""Why Connect turns away whose key it does not know."""


def _handshakes(trace: Trace) -> Iterator[tuple[Socket, Event, Address]]:
    for socket in sockets(trace, CONNECT):
        if socket.upgrade is not None and socket.request is not None:
            yield socket, socket.upgrade, read_address(socket.request.target)


def _of_line(trace: Trace, line: int) -> Admitted | TurnedAway | None:
    """What Connect made of the handshake on a line."""
    noted = trace.heard(CONNECT, Admitted, TurnedAway)
    return next((body for event, body in noted if event.line == line), None)


# ---- Key and host ----------------------------------------------------------------------------------------------------


def key_in_the_address(trace: Trace) -> Finding:
    """Each handshake has an API key in its address, which Connect knows, and does not rely on headers for it.

    A handshake that was turned away for another reason has shown no more than that a key is there."""
    seen, offences = 0, list[Offence]()
    for socket, event, address in _handshakes(trace):
        seen += 1
        made = _of_line(trace, socket.number)
        if not address.value(TOKEN):
            in_headers = " but in a header" if isinstance(made, Admitted) else ""
            offences.append((f"the key is not in the address{in_headers}", event))
        elif isinstance(made, TurnedAway) and made.why == NO_KEY:
            offences.append(("the key in the address is none that Connect knows", event))
    return decided("each address carries a valid API key", offences, seen, "handshakes")


def host_of_the_site(trace: Trace, server_names: bool = False) -> Finding:
    """Each handshake goes to the host address of the site whose API key it carries: the Host header names it.

    `server_names`: that the line was encrypted for it (SNI) is judged too."""
    seen, offences = 0, list[Offence]()
    names = {event.line: body.server_name for event, body in trace.heard(CONNECT, Secured)}
    for socket, event, _ in _handshakes(trace):
        made = _of_line(trace, socket.number)
        if not isinstance(made, Admitted) or not made.site or socket.request is None:
            continue
        seen += 1
        host = (socket.request.header("Host") or "").partition(":")[0]
        if host.casefold() != made.site.casefold():
            offences.append((f"the Host header is {host!r}, and the site's host address {made.site!r}", event))
        named = names.get(socket.number)
        if server_names and named is not None and named.casefold() != made.site.casefold():
            offences.append((f"encrypted for {named!r}, and the site's host address is {made.site!r}", event))
    return decided("each handshake goes to the host of its site", offences, seen, "handshakes with a known key")


def moved_to_the_site(trace: Trace, site: str) -> Finding:
    """After the installer has set the EPoS up for another site, it connects with the API key of that site."""
    expected = f"connected with the API key of {site}"
    admitted = trace.heard(CONNECT, Admitted)
    there = [event for event, body in admitted if body.site == site]
    if there:
        return passed(expected, "so it did", there)
    if not trace.heard(CONNECT, Opened):
        return undecided(expected, "it never dialled")
    turned = [event for event, _ in trace.heard(CONNECT, TurnedAway)]
    return failed(expected, "it did not", [event for event, _ in admitted] + turned)


def same_at_every_site(trace: Trace, name: str, at_least: int = 2) -> Finding:
    """A parameter has the same value in the addresses of all sites. `at_least`: sites that must have been seen."""
    values: dict[str, Event] = {}
    sites = set()
    for socket, event, address in _handshakes(trace):
        made = _of_line(trace, socket.number)
        if isinstance(made, Admitted):
            sites.add(made.site)
        values.setdefault(address.value(name) or "", event)
    expected = f"{name} is the same at each of {at_least} sites"
    if len(values) > 1:
        return failed(expected, f"{len(values)} values", values.values())
    if len(sites) < at_least:
        return undecided(expected, f"connected at {len(sites)} sites")
    return passed(expected, f"one value at {len(sites)} sites", values.values())


def given_at_site(trace: Trace, name: str, values: dict[str, str]) -> Finding:
    """At each site a parameter has the value that was set up there. `values`: by the site's host address."""
    seen, offences = set(), list[Offence]()
    for socket, event, address in _handshakes(trace):
        made = _of_line(trace, socket.number)
        if isinstance(made, Admitted) and made.site in values:
            seen.add(made.site)
            if address.value(name) != values[made.site]:
                offences.append((f"{name} at {made.site} is not as it was set up there", event))
    judged = len(seen) if len(seen) == len(values) else 0
    return decided(f"{name} is at each site what was set up there", offences, judged, "sites")


def version_among(trace: Trace, allowed: list[str], default: str = "", claimed: str = "") -> Finding:
    """Each address asks for one of these versions. `default`: what an address without one counts as; without a default
    it is not judged. `claimed`: the version of the ICS, if it is looked at: an EPoS that asks for another one that is
    allowed is not the one that they speak of, and nothing is decided."""
    expected = f"{VERSION} is {' or '.join(allowed)}" + (f", and {claimed} as the ICS claim" if claimed else "")
    told = [(event, address.value(VERSION) or default) for _, event, address in _handshakes(trace)]
    judged = [(event, version) for event, version in told if version]
    offences = [(f"{VERSION} is {version!r}", event) for event, version in judged if version not in allowed]
    other = [event for event, version in judged if claimed not in ("", version)]
    if other and not offences:
        return undecided(expected, "it asks for another version", other)
    return decided(expected, offences, len(judged), "handshakes with one")


# ---- The flag --------------------------------------------------------------------------------------------------------


def flag_only_with_pat_v1(trace: Trace) -> Finding:
    """No address has the flag for the final receipt, but one of `pat` with `v1`."""
    told = list(_handshakes(trace))
    offences = [
        (f"the flag with {address.integration} and {address.value(VERSION)}", event)
        for _, event, address in told
        if address.all(FINAL_RECEIPT) and (address.integration.lower(), address.value(VERSION)) != (PAT, "v1")
    ]
    return decided("the flag is passed only with pat and v1", offences, len(told), "handshakes")


def flag_passed(trace: Trace) -> Finding:
    """An EPoS that was set to ask for the final receipt passes the flag."""
    told = list(_handshakes(trace))
    offences = [("no flag", event) for _, event, address in told if not address.all(FINAL_RECEIPT)]
    return decided("the flag is passed where it is wanted", offences, len(told), "handshakes")


# ---- Refused ---------------------------------------------------------------------------------------------------------


def certificate_refused(trace: Trace) -> Finding:
    """While a listener shows a certificate that is not to be trusted, no handshake comes by it: nobody has asked for it
    over such a line, nor shown it a key."""
    expected = "no handshake over a line whose certificate is not to be trusted"
    bad: dict[str, bool] = {}
    opened: dict[int, str] = {}
    distrusted: list[Event] = []
    offences: list[Offence] = []
    for event, body in trace.heard(CONNECT, Listen, Opened, Unsecured, Upgrade):
        match body:
            case Listen(at=at, identity=identity):
                bad[at] = identity != "good"
            case Opened(line, to):
                opened[line] = to if bad.get(to) else ""
            case Unsecured(to=to) if bad.get(to):
                distrusted.append(event)
            case Upgrade() if opened.get(event.line):
                offences.append(("a handshake came all the same", event))
    return decided(expected, offences, len(distrusted), "lines that were given up")


def turned_away_without_key(trace: Trace) -> Finding:
    """Of Connect: a handshake without a key that it knows is answered with 401, and not let in."""
    seen, offences = 0, list[Offence]()
    for socket, event, address in _handshakes(trace):
        made = _of_line(trace, socket.number)
        if isinstance(made, Admitted) and not made.site and not made.mute:
            offences.append(("let in without a valid key", event))
        elif isinstance(made, TurnedAway) and made.why == NO_KEY:
            seen += made.status == 401
            if made.status != 401:
                offences.append((f"turned away with {made.status}", event))
        elif address.value(TOKEN) is None and isinstance(made, TurnedAway):
            seen += 1
    return decided("who has no valid key is not let in", offences, seen, "handshakes without one")


def refusal_told(trace: Trace, within: float) -> Finding:
    """The first handshake of an EPoS that was just started is refused: something comes onto the screen that was not
    there while it was connecting. Later a screen may tell already that there is no connection, and need not change."""
    seen, offences = 0, list[Offence]()
    started = False
    for event, body in trace.heard(CONNECT, Admitted, TurnedAway):
        if isinstance(body, TurnedAway) and not started:
            if screens(trace, event, within):
                seen += 1
            elif ran_for(trace, event, within):
                offences.append((f"nothing was shown in {within:g} s of the refusal with {body.status}", event))
        started = True
    return decided("the user is told of a refused handshake", offences, seen, "refusals")


def key_not_shown(trace: Trace) -> Finding:
    """No API key that stood in an address stands on a screen."""
    keys = {address.value(TOKEN) for _, _, address in _handshakes(trace)} - {None, ""}
    shown = trace.heard(BENCH, Screen)
    offences = [("an API key is on the screen", event) for event, screen in shown
                if any(key in screen.text for key in keys if key)]  # fmt: skip
    return decided("no API key is shown", offences, len(shown) if keys else 0, "screens")
