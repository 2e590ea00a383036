"""Rules about the web API by which a POS orders transactions: our own side, held to what the terminal really said.

They read the till's HTTP as it stood on the wire. A call is named by its number, which is that of the line the till
opened for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harness.checks import reading
from harness.checks.reading import failed, passed, undecided
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import RESPONSE_FIELDS, Command, Response
from harness.wire.endpoint import Received, Send
from harness.wire.http1 import ClientSide, Reply, Request

TILL = "till"

BATCH_FIELDS = ("TerminalID", "RefID", "ResultCodeCredit", "ResultCodeGift", "MessageCredit", "MessageGift",
                "BatchNumCredit", "BatchNumGift", "TransCntTotal", "TransCntCredit", "TransCntGift", "AmtTotal",
                "AmtCredit", "AmtGift", "AmtTotalString", "AmtCreditString", "AmtGiftString")  # fmt: skip
PAIRING_FIELDS = ("TerminalID", "ApiKey", "ApiPassword", "Status", "ErrorMessage")
SHAPES = {
    "runTransaction": RESPONSE_FIELDS,
    "runTransaction2": RESPONSE_FIELDS,
    "checkStatus": (*RESPONSE_FIELDS, "ResultFinal"),
    "checkStatus2": (*RESPONSE_FIELDS, "ResultFinal"),
    "closeBatch": BATCH_FIELDS,
    "pairTerminal": PAIRING_FIELDS,
    "pairTerminalWithCountry": PAIRING_FIELDS,
    "unPairTerminal": PAIRING_FIELDS,
}
"""The fields of each call's answer, as the public pages have them. An error is told in the same shape."""

TRUTHS = ("ResultCode", "AuthCode", "RefID", "Last4", "CardType", "EntryMethod")
"""Fields in which the POS must hear what the terminal said, letter by letter, where the terminal said anything."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer. `reply` is None, `fields` empty, while none has come that can be read."""

    name: str
    parameters: dict[str, str]
    asked: Event
    replied: Event | None
    reply: Reply | None
    fields: dict[str, Any]

    @property
    def ref_id(self) -> str:
        return next((value for name, value in self.parameters.items() if name.casefold() == "refid"), "")


def exchange(trace: Trace, call: int) -> Exchange | None:
    """The exchange on one line of the till; None if it asked nothing there."""
    sent = [(event, body) for event, body in trace.heard(TILL, Send) if event.line == call]
    if not sent:
        return None
    words = b"".join(body.data for _, body in sent).decode("latin-1").split(" ", 2)
    target = urlsplit(words[1] if len(words) > 1 else "")
    side = ClientSide()
    side.request(Request("GET", "/", (("Host", TILL), ("Connection", "close"))))
    name, parameters = target.path.rpartition("/")[2], dict(parse_qsl(target.query, keep_blank_values=True))
    for event, body in trace.heard(TILL, Received):
        for found in side.receive_data(body.data) if event.line == call else ():
            if isinstance(found, Reply):
                return Exchange(name, parameters, sent[0][0], event, found, _json(found.body))
    return Exchange(name, parameters, sent[0][0], None, None, {})


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode(errors="replace"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def answers_in_shape(trace: Trace, call: int) -> Finding:
    """ECD-090: a call is answered by HTTP 200 and a JSON object with every field of its own shape, errors too."""
    found = exchange(trace, call)
    if found is None or found.reply is None or found.replied is None:
        return undecided("an answer in the shape of the call", f"call {call} has no answer")
    shape = SHAPES.get(found.name, ())
    expected = f"HTTP 200 and a JSON object with the {len(shape)} fields of {found.name}"
    if found.reply.status != 200 or not found.fields:
        return failed(expected, f"HTTP {found.reply.status} and {reading.shown(found.reply.body)}", [found.replied])
    missing = [name for name in shape if name not in found.fields]
    if missing:
        return failed(expected, f"without {', '.join(missing)}", [found.replied])
    return passed(expected, "so it came", [found.replied])


def tells_the_truth(trace: Trace, call: int) -> Finding:
    """ECD-090: the POS hears what the terminal said, and nothing else.

    A response of the terminal is passed on as it is, a busy one as an error; without one the POS hears of an error,
    and never of a result. A checkStatus says beside it whether that is final: not while a command is unanswered."""
    found = exchange(trace, call)
    if found is None or found.replied is None:
        return undecided("the terminal's own word", f"call {call} has no answer")
    command = found.parameters.get("command", "").casefold()
    before = [event for event in trace.events[: found.replied.index] if event.source == reading.CLOUD and event.line]
    went = [event for event in before if isinstance(event.body, Command) and event.body.ref_id == found.ref_id]
    said = [
        event
        for event in before
        if isinstance(event.body, Response)
        and event.body.ref_id == found.ref_id
        and event.body.document.fields.get("TransType", command).casefold() in ("", command)
    ]
    final = found.fields.get("ResultFinal")
    evidence = [*went, *said, found.replied]
    if not said or said[-1].body.result == "Busy":
        why = "the terminal said nothing" if not said else "the terminal was busy"
        expected = f"ResultCode Error with a reason, as {why}" + (", and not final" if went and not said else "")
        told = f"{found.fields.get('ResultCode')!r}, {found.fields.get('Message')!r}"
        told += "" if final is None else f", final: {final}"
        wrong = found.fields.get("ResultCode") != "Error" or not found.fields.get("Message")
        premature = bool(went) and not said and final is True
        return (failed if wrong or premature else passed)(expected, told, evidence)
    response: Response = said[-1].body
    expected = f"the {response.result} that the terminal told"
    differences = [
        f"{name} {found.fields.get(name)!r} in place of {response.document.fields[name]!r}"
        for name in TRUTHS
        if response.document.fields.get(name) and found.fields.get(name) != response.document.fields[name]
    ]
    if final is False:
        differences.append("not final")
    if differences:
        return failed(expected, "; ".join(differences), evidence)
    return passed(expected, f"{response.result}, in its own words", evidence)


def tells(trace: Trace, call: int, **fields: Any) -> Finding:
    """ECD-090: the answer to a call holds these fields with these values."""
    expected = f"call {call} answered with " + ", ".join(f"{name} {value!r}" for name, value in fields.items())
    found = exchange(trace, call)
    if found is None or found.replied is None:
        return undecided(expected, "no answer")
    other = [f"{name} {found.fields.get(name)!r}" for name, value in fields.items() if found.fields.get(name) != value]
    if other:
        return failed(expected, ", ".join(other), [found.replied])
    return passed(expected, "so it came", [found.replied])


def refuses(trace: Trace, call: int, because: str) -> Finding:
    """ECD-090: the API refuses a call with a reason, in the shape of the call, and nothing of it reaches a terminal."""
    expected = f"an error that says {because!r}, and no command to the terminal"
    found = exchange(trace, call)
    if found is None or found.replied is None:
        return undecided(expected, "no answer")
    reached = [event for event, _ in reading.commands(trace) if found.asked.index < event.index < found.replied.index]
    if reached:
        return failed(expected, f"{len(reached)} commands went down", reached)
    error, why = _refusal(found.fields)
    if not error or because not in why:
        return failed(expected, f"{'an error' if error else 'no error'}: {why!r}", [found.replied])
    return passed(expected, repr(why), [found.replied])


def _refusal(fields: dict[str, Any]) -> tuple[bool, str]:
    """Whether an answer tells of an error, and why, in whichever of the three shapes it is."""
    if "Status" in fields:
        return fields["Status"] == "Error", str(fields.get("ErrorMessage"))
    if "ResultCodeCredit" in fields:
        return fields["ResultCodeCredit"] == "0", str(fields.get("MessageCredit"))
    return fields.get("ResultCode") == "Error", str(fields.get("Message"))


def reaches_the_terminal(trace: Trace, call: int) -> Finding:
    """ECD-090: an order given by URL goes down to the terminal once, with the command, RefID and amount of its URL."""
    expected = "one command on the terminal's line, as the URL says"
    found = exchange(trace, call)
    if found is None:
        return undecided(expected, f"call {call} was not made")
    wanted = (found.parameters.get("command", ""), found.ref_id, found.parameters.get("amount"))
    went = [
        (event, body)
        for event, body in reading.commands(trace)
        if body.ref_id == found.ref_id and event.index > found.asked.index
    ]
    same = [event for event, body in went if (body.name, body.ref_id, body.fields.get("Amount")) == wanted]
    if not went and not any(line.registered for line in reading.lines(trace)):
        return undecided(expected, "no terminal was registered")
    if len(same) != 1:
        return failed(expected, f"{len(same)} such commands, {len(went)} with this RefID", [event for event, _ in went])
    return passed(expected, "so it went", [found.asked, same[0]])
