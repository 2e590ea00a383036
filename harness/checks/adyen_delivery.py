"""Rules about the door of a webhook: what it takes, how soon it says so, and whom it turns away."""

from __future__ import annotations

from harness.checks.adyen_reading import BENCH, CLOUD, Delivered, deliveries
from harness.checks.reading import Times, decided, done, failed, passed, shown, undecided, warned
from harness.evidence.bench import Exited, Mains, Pressed
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire import nexo
from harness.wire.adyen import Acknowledged, Heard, Knocked, Login, Unacknowledged, Url
from harness.wire.framing import Malformed


def _genuine(trace: Trace, ids: list[int]) -> list[Delivered]:
    """What the DUT shall believe, as far as it is known what came of it."""
    return [one for one in deliveries(trace, *ids) if one.body.genuine and one.answer is not None]


def _said(one: Delivered) -> str:
    answer = None if one.answer is None else one.answer.body
    if isinstance(answer, Acknowledged):
        return f"status {answer.status}"
    return answer.why if isinstance(answer, Unacknowledged) else "nothing yet"


# ---- Acknowledging ---------------------------------------------------------------------------------------------------


def takes_messages(trace: Trace, *, ids: list[int] | None = None) -> Finding:
    """Each genuine message is acknowledged with success (ADY-004). `ids`: those to judge, None for all."""
    sent = _genuine(trace, ids or [])
    offences = [(f"{_named(one)}: {_said(one)}", one.posted) for one in sent if not one.acknowledged]
    return decided("each message is acknowledged with success", offences, len(sent), "messages")


def _named(one: Delivered) -> str:
    if one.event is not None:
        return shown(one.event.event)
    return "a result" if one.result is not None else "a message"


def takes_them_there(trace: Trace) -> Finding:
    """On the very URL, with no redirect and no page for people (ADY-008)."""
    offences: list[tuple[str, Event]] = []
    seen = 0
    for one in _genuine(trace, []):
        answer = one.answer.body if one.answer is not None else None
        if not isinstance(answer, Acknowledged):
            continue
        seen += 1
        page = answer.text.lstrip().casefold().startswith(("<!doctype", "<html"))  # its type alone says too little
        if 300 <= answer.status < 400 or answer.status in (404, 405, 410):
            offences.append((f"status {answer.status} at {shown(one.body.url)}", one.posted))
        elif page:
            offences.append((f"a page for people, status {answer.status}", one.posted))
    return decided("a POST is taken on the very URL, without redirect or page", offences, seen, "answers")


def acknowledges(
    trace: Trace, *, within: float, target: float, mode: str = "any 2xx", ids: list[int] | None = None
) -> Finding:
    """Each message is acknowledged within the limit (ADY-009, ADY-010); what is slower than `target` waits for
    something, which is a warning. `mode`: `[accepted]` wants these words in the body."""
    words = " with [accepted]" if mode == "[accepted]" else ""
    expected = f"each message is acknowledged{words} within {within:g} s"
    sent = _genuine(trace, ids or [])
    times = Times(trace)
    offences, slow = [], []
    for one in sent:
        answer = one.answer.body if one.answer is not None else None
        if not isinstance(answer, Acknowledged) or not answer.success:
            offences.append((f"{_named(one)}: {_said(one)}", one.posted))
        elif words and not answer.accepted:
            offences.append((f"{_named(one)}: {shown(answer.text)}", one.posted))
        elif times.beyond(answer.after, within, one.posted):
            offences.append((f"{_named(one)}: only after {answer.after:.1f} s", one.posted))
        elif times.beyond(answer.after, target, one.posted):
            slow.append((answer.after, one.posted))
    if slow and not offences:
        return warned(expected, f"so, but only after {max(slow)[0]:.1f} s", [max(slow, key=lambda item: item[0])[1]])
    return decided(expected, offences, len(sent), "messages")


# ---- Turning away ----------------------------------------------------------------------------------------------------


def turns_away_strangers(trace: Trace, *, statuses: list[int]) -> Finding:
    """Wrong credentials, and none, are refused (ADY-025). `statuses`: by which a refusal is known."""
    expected = f"calls with wrong credentials and with none are answered {' or '.join(map(str, statuses))}"
    strangers = [one for one in deliveries(trace) if one.body.login in (Login.WRONG, Login.ABSENT)]
    judged = [one for one in strangers if one.answer is not None and isinstance(one.answer.body, Acknowledged)]
    offences = [(f"{one.body.login} credentials: {_said(one)}", one.posted) for one in judged
                if one.answer is not None and one.answer.body.status not in statuses]  # fmt: skip
    if not offences and {one.body.login for one in judged} != {Login.WRONG, Login.ABSENT}:
        return undecided(expected, "not both were tried and answered")
    return decided(expected, offences, len(judged), "calls")


# ---- Ports and versions ----------------------------------------------------------------------------------------------


def is_on_a_listed_port(trace: Trace, *, ports: list[int]) -> Finding:
    """The URL at which messages are taken has a port of the list (ADY-005, ADY-006)."""
    taken = [one for one in _genuine(trace, []) if one.acknowledged]
    offences = []
    for one in taken:
        url = Url.read(one.body.url)
        if url is None or url.port not in ports:
            offences.append((f"port {'none' if url is None else url.port}", one.posted))
    return decided(f"messages are taken on port {', '.join(map(str, ports))}", offences, len(taken), "messages")


def speaks(trace: Trace, *, manner: str) -> Finding:
    """Who knocks in this manner is let in (ADY-005, ADY-006)."""
    expected = f"{manner} is spoken"
    event, knock = _knocked(trace, manner)
    if event is None or knock is None or _ours(knock):
        return undecided(expected, "it was not tried" if knock is None else knock.why)
    if knock.secured:
        return passed(expected, f"{knock.secured} came about", [event])
    return failed(expected, knock.why or "no encryption came about", [event])


def turns_away(trace: Trace, *, manner: str) -> Finding:
    """Who knocks in this manner is not let in: nothing below TLS 1.2, no plain HTTP (ADY-007)."""
    expected = f"{manner} is turned away"
    event, knock = _knocked(trace, manner)
    if event is None or knock is None or _ours(knock):
        return undecided(expected, "it was not tried" if knock is None else knock.why)
    if knock.secured:
        return failed(expected, f"{knock.secured} came about", [event])
    if knock.heard.startswith(b"HTTP/") and knock.heard.partition(b" ")[2][:1] == b"2":
        return failed(expected, "a message was taken", [event])
    return passed(expected, knock.why or f"heard {shown(knock.heard, 40)}", [event])


def _knocked(trace: Trace, manner: str) -> tuple[Event | None, Knocked | None]:
    return next(iter(trace.heard(manner, Knocked)), (None, None))


def _ours(knock: Knocked) -> bool:
    """Whether it was our side that could not, or nobody was there at all."""
    return "no protocols available" in knock.why or knock.why in ("refused", "timed out", "unreachable")


# ---- A DUT that sends ------------------------------------------------------------------------------------------------


def brings_credentials(trace: Trace) -> Finding:
    """Each message of the sender has the user name and the password of the URL (ADY-024)."""
    heard = trace.heard(CLOUD, Heard)
    offences = [(f"{body.login} credentials", event) for event, body in heard if body.login is not Login.RIGHT]
    return decided("each message has the credentials of the URL", offences, len(heard), "messages")


def seals_as_configured(trace: Trace, *, encrypted: bool) -> Finding:
    """Each message is in an envelope that opens, or each is in clear, as the URL says (ADY-110)."""
    offences = []
    heard = trace.heard(CLOUD, Heard)
    for event, body in heard:
        if body.sealed is not encrypted:
            offences.append(("in an envelope" if body.sealed else "in clear", event))
        elif not body.document:
            offences.append((body.faults[-1] if body.faults else "not to be read", event))
    wanted = "in an envelope that opens" if encrypted else "in clear"
    return decided(f"each message is {wanted}", offences, len(heard), "messages")


def answers_here(trace: Trace, *, request: str, within: float) -> Finding:
    """The response to an asynchronous request comes to the URL of the events, in its documented form (ADY-003, ADY-090,
    ADY-091). `request`: as it was put to the sender, a JSON text."""
    expected = f"the response within {within:g} s at the URL of the events, in its documented form"
    put = next((event for event, body in trace.heard(BENCH, Pressed) if body.fields.get("text") == request), None)
    asked = nexo.parse(request.encode())
    if put is None or isinstance(asked, Malformed):
        return undecided(expected, "no request was put")
    came = [(event, body) for event, body in trace.heard(CLOUD, Heard) if _answers(body, asked)]
    if not came:
        early = trace.end < done(trace, put) + within
        return (undecided if early else failed)(expected, "none came", [put])
    event, body = came[0]
    if body.faults:
        return failed(expected, "; ".join(body.faults), [event])
    return Times(trace).within(expected, max(0.0, event.at - done(trace, put)), within, [event, put])


def _answers(heard: Heard, asked: nexo.Message) -> bool:
    message = heard.message
    return isinstance(message, nexo.SaleToPOIResponse) and nexo.answers(message.header, asked.header)


def sends_events(trace: Trace, *, within: float) -> Finding:
    """Events come to the URL that was set, the first of them within so many seconds of its start (ADY-029).

    A program that ended by itself has shown nothing."""
    expected = f"events come to the URL, the first within {within:g} s of its start"
    started = next((event for event, body in reversed(trace.heard(BENCH, Mains)) if body.on), None)
    if started is None:
        return undecided(expected, "the bench switched nothing on")
    heard = [event for event, body in trace.heard(CLOUD, Heard) if body.message is not None or body.sealed]
    came = next((event for event in heard if event.index > started.index), None)
    times = Times(trace)
    if came is not None:
        return times.within(expected, came.at - started.at, within, [came, started])
    if any(trace.heard(BENCH, Exited)) or not times.beyond(trace.end - started.at, within, started):
        return undecided(expected, f"none came in {trace.end - started.at:.1f} s", [started])
    return failed(expected, f"none came in {trace.end - started.at:.1f} s", [started])
