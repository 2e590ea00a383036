"""Rules about WebSocket handshakes: path, query parameters, headers, and whether the line is encrypted.

No finding quotes a value: keys and tokens stand in targets and headers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from harness.checks.reading import decided, failed, passed, undecided, warned
from harness.checks.sockets import sockets
from harness.evidence.bench import Provisioned
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.endpoint import Opened
from harness.wire.framing import Malformed
from harness.wire.http1 import Request

_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")
"""What may stand in a query (RFC 3986 section 3.4)."""

_SPLIT = re.compile(rb"GET [^ ?\r\n]*\?[^\r\n]*[ \x7f-\xff][^\r\n]* HTTP/1\.[01]\r\n")
"""A first line whose query holds what splits it, or what no first line may hold."""

_PLACEHOLDER = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|\$\w+")
"""Words that a document puts where a value belongs."""


def _handshakes(trace: Trace, source: str, paths: list[str] | None = None) -> Iterator[tuple[Event, Request]]:
    for socket in sockets(trace, source):
        if socket.upgrade is not None and socket.request is not None and (not paths or socket.request.path in paths):
            yield socket.upgrade, socket.request


def _pairs(request: Request) -> list[tuple[str, str]]:
    """Names and values of the query as they stand in the target, still encoded."""
    query = request.target.partition("?")[2]
    return [(part.partition("=")[0], part.partition("=")[2]) for part in query.split("&") if part]


def _named(request: Request, name: str) -> list[str]:
    """The decoded values of a parameter."""
    return request.query.get(name, [])


# ---- Where to --------------------------------------------------------------------------------------------------------


def path_among(trace: Trace, source: str, paths: list[str], any_case: bool = False) -> Finding:
    """Every handshake asks for one of these paths; `any_case`: whatever the case of its letters."""
    allowed = {path.casefold() if any_case else path for path in paths}
    told = list(_handshakes(trace, source))
    offences = [
        (f"the path is {request.path!r}", event)
        for event, request in told
        if (request.path.casefold() if any_case else request.path) not in allowed
    ]
    return decided(f"every handshake asks for {' or '.join(paths)}", offences, len(told), "handshakes")


def path_in_lower_case(trace: Trace, source: str) -> Finding:
    """A SHOULD: paths as the document writes them, in lower case."""
    told = list(_handshakes(trace, source))
    expected = "every handshake writes its path in lower case"
    upper = [event for event, request in told if request.path != request.path.lower()]
    if upper:
        return warned(expected, f"not so in {len(upper)} of {len(told)} handshakes", upper)
    return decided(expected, [], len(told), "handshakes")


def same_target_again(trace: Trace, source: str) -> Finding:
    """Each later handshake asks for the target of the first one, whose words no finding shows. Where the bench gave the
    DUT other settings, the next one is a first one again."""
    moved = [event.index for event in trace if isinstance(event.body, Provisioned)]
    told = list(_handshakes(trace, source))
    again = [(one, other) for one, other in itertools.pairwise(told)
             if not any(one[0].index < index < other[0].index for index in moved)]  # fmt: skip
    offences = [
        ("another target than before", event) for (_, one), (event, other) in again if one.target != other.target
    ]
    return decided("each handshake asks for the same target again", offences, len(again), "later handshakes")


def secured(trace: Trace, source: str, listeners: list[str] | None = None) -> Finding:
    """Every line that was dialled is encrypted. A bench without encryption does not decide."""
    found = sockets(trace, source, listeners)
    expected = "every line is encrypted"
    if not any(socket.secured for socket in found):
        return undecided(expected, "no line of this bench was encrypted")
    offences = [(f"line {socket.number} is in clear", socket.opened) for socket in found if not socket.secured]
    return decided(expected, offences, len(found), "lines")


def untouched(trace: Trace, source: str, listener: str) -> Finding:
    """Nobody dials this listener, as one without encryption beside the one that should be dialled.

    A DUT that dialled nowhere at all has shown nothing."""
    expected = f"nobody dials the listener {listener!r}"
    strangers = [event for event, body in trace.heard(source, Opened) if body.to == listener]
    elsewhere = [event for event, body in trace.heard(source, Opened) if body.to != listener]
    if strangers:
        return failed(expected, f"dialled {len(strangers)} times", strangers)
    if not elsewhere:
        return undecided(expected, "nothing was dialled at all")
    return passed(expected, f"{len(elsewhere)} lines, all to others", elsewhere)


# ---- Parameters ------------------------------------------------------------------------------------------------------


def parameter_given(
    trace: Trace, source: str, name: str, values: list[str] | None = None, paths: list[str] | None = None
) -> Finding:
    """Every handshake (on one of the `paths`) has this query parameter, not empty; with one of the `values`, if given.

    The finding names neither the values nor what came."""
    told = list(_handshakes(trace, source, paths))
    offences = []
    for event, request in told:
        found = _named(request, name)
        if not any(found):
            offences.append((f"{name} is {'empty' if found else 'missing'}", event))
        elif values and not set(found) <= set(values):
            offences.append((f"{name} has another value", event))
    which = " with a value that was issued" if values else ""
    return decided(f"every handshake has the parameter {name}{which}", offences, len(told), "handshakes")


def parameter_absent(trace: Trace, source: str, name: str, paths: list[str] | None = None) -> Finding:
    """No handshake (on one of the `paths`) has this query parameter."""
    told = list(_handshakes(trace, source, paths))
    offences = [(f"{name} is there", event) for event, request in told if _named(request, name)]
    return decided(f"no handshake has the parameter {name}", offences, len(told), "handshakes")


def parameter_not(trace: Trace, source: str, name: str, values: list[str]) -> Finding:
    """No handshake has this query parameter with one of these values. The finding names them: give no secrets."""
    told = [(event, _named(request, name)) for event, request in _handshakes(trace, source)]
    offences = [(f"{name} is {value}", event) for event, found in told for value in found if value in values]
    return decided(f"no handshake has {name} as {' or '.join(values)}", offences, len(told), "handshakes")


def parameter_bare(trace: Trace, source: str, name: str) -> Finding:
    """A SHOULD: this parameter is a bare name, with neither `=` nor a value."""
    expected = f"the parameter {name} is a bare name"
    query = [(event, request.target.partition("?")[2].split("&")) for event, request in _handshakes(trace, source)]
    told = [(event, part) for event, parts in query for part in parts if part.partition("=")[0] == name]
    valued = [event for event, part in told if "=" in part]
    if valued:
        return warned(expected, f"followed by = in {len(valued)} of {len(told)} handshakes", valued)
    return decided(expected, [], len(told), "handshakes with it")


def _plainly(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name).casefold()


def parameters_exact(trace: Trace, source: str, names: list[str]) -> Finding:
    """Parameters are named exactly as in the document, and each stands once.

    A name that differs from one of `names` only by letter case or by its strokes is a mistake; one that resembles none
    is not judged."""
    told = list(_handshakes(trace, source))
    known = {_plainly(name): name for name in names}
    offences: list[tuple[str, Event]] = []
    for event, request in told:
        given = [name for name, _ in _pairs(request)]
        offences += [(f"{known[_plainly(name)]} is written otherwise", event) for name in given
                     if name not in names and _plainly(name) in known]  # fmt: skip
        offences += [(f"{name} stands {given.count(name)} times", event) for name in names if given.count(name) > 1]
    seen = sum(bool(_pairs(request)) for _, request in told)
    return decided("parameters are named exactly and stand once each", offences, seen, "handshakes with parameters")


def parameters_encoded(trace: Trace, source: str) -> Finding:
    """What stands in a query is encoded as RFC 3986 demands; so, where that made no handshake of it, in the first line
    that came."""
    told = [(event, request) for event, request in _handshakes(trace, source) if _pairs(request)]
    offences = [
        (f"the value of {name} holds characters that must be encoded", event)
        for event, request in told
        for name, value in _pairs(request)
        if not _QUERY.fullmatch(f"{name}={value}")
    ]
    broken = [event for socket in sockets(trace, source) if socket.upgrade is None
              for event, body in socket.of(Malformed)[:1] if _SPLIT.match(body.raw)]  # fmt: skip
    offences += [("the query holds a space or a byte that is no ASCII", event) for event in broken]
    return decided("parameters are URL-encoded", offences, len(told) + len(broken), "handshakes with parameters")


def no_placeholders(trace: Trace, source: str) -> Finding:
    """No parameter and no part of the path is a placeholder of the document, as `<…>` or `[…]`."""
    told = list(_handshakes(trace, source))
    offences: list[tuple[str, Event]] = []
    for event, request in told:
        offences += [("a part of the path is a placeholder", event) for part in request.path.split("/")
                     if _PLACEHOLDER.fullmatch(part)]  # fmt: skip
        offences += [(f"the value of {name} is a placeholder", event) for name, values in request.query.items()
                     if any(_PLACEHOLDER.fullmatch(value) for value in values)]  # fmt: skip
    return decided("no placeholder stands in a handshake", offences, len(told), "handshakes")


# ---- Headers ---------------------------------------------------------------------------------------------------------


def header_given(trace: Trace, source: str, name: str, values: list[str] | None = None) -> Finding:
    """Every handshake has this header once, not empty; with one of the `values`, if given, which no finding names."""
    told = list(_handshakes(trace, source))
    offences = []
    for event, request in told:
        found = [value for key, value in request.headers if key.casefold() == name.casefold()]
        if len(found) != 1:
            offences.append((f"{name} stands {len(found)} times", event))
        elif not found[0]:
            offences.append((f"{name} is empty", event))
        elif values and found[0] not in values:
            offences.append((f"{name} has another value", event))
    return decided(f"every handshake has the header {name}", offences, len(told), "handshakes")


def header_or_parameter_given(trace: Trace, source: str, name: str) -> Finding:
    """Every handshake has this name, not empty, as a header or as a query parameter."""
    told = list(_handshakes(trace, source))
    offences = [(f"{name} is in neither", event) for event, request in told
                if not request.header(name) and not any(_named(request, name))]  # fmt: skip
    return decided(f"every handshake has {name} as a header or a parameter", offences, len(told), "handshakes")


def header_preferred(trace: Trace, source: str, name: str) -> Finding:
    """A SHOULD: what may be a header or a query parameter is a header, for targets are written into logs."""
    told = [(event, request) for event, request in _handshakes(trace, source)
            if request.header(name) or _named(request, name)]  # fmt: skip
    expected = f"{name} is not in the target"
    shown = [event for event, request in told if _named(request, name)]
    if shown:
        return warned(expected, f"it is in {len(shown)} of {len(told)} handshakes", shown)
    return decided(expected, [], len(told), "handshakes")
