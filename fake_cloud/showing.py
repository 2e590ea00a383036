"""What happens in the fake cloud, in words for a person who looks on."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from fake_cloud.desk import Said, Spoken
from fake_cloud.econduit import Undelivered
from harness.evidence.redact import redact
from harness.evidence.secrets import Secrets
from harness.wire.adyen import NoUrl
from harness.wire.econduit import Ack, Command, Heartbeat, Register, RegistrationAnswer, Response, Strange
from harness.wire.endpoint import Close, Opened, PeerClosed, Received, Refused, Secured, Send, Unsecured
from harness.wire.framing import Malformed
from harness.wire.paymentsense import Unsent
from harness.wire.webapi import PosAnswer, PosCall
from harness.wire.websocket import Upgrade
from harness.wire.websocket_frames import WsFrame

LONGEST = 400
"""Characters of one line; the whole stands in the trace."""


def told(party: str, line: int, body: object, secrets: Secrets) -> str:
    """What happened; "" for what he need not see, as bytes whose meaning is told anyway."""
    words = _words(body)
    if not words:
        return ""
    place = f"{party} line {line}: " if line else f"{party}: "
    cut = len(words) > LONGEST and not isinstance(body, Said)
    return masked(place + (words[: LONGEST - 1] + "…" if cut else words), secrets)


def masked(text: str, secrets: Secrets) -> str:
    """Without keys and card numbers."""
    return redact(secrets.masked(text))


def _words(body: object) -> str:
    match body:
        case Received() | Send() | WsFrame():
            return ""
        case Opened(_, to):
            return f"somebody is at {to}"
        case PeerClosed(_, reset):
            return "the other side " + ("reset the line" if reset else "ended the line")
        case Close(_, reset):
            return "we " + ("reset" if reset else "end") + " the line"
        case Secured(_, version, _, name):
            return f"{version}" + (f", asked for {name}" if name else "")
        case Unsecured(to, why):
            return f"no TLS at {to}: {why}"
        case Refused(to, why):
            return f"cannot dial {to}: {why}"
        case Spoken(by, words):
            return f"{by} says {words!r}"
        case Said(text):
            return text
        case Register(document):
            return f"terminal registers: {document.fields}"
        case RegistrationAnswer(text):
            return f"cloud answers {text}"
        case Heartbeat():
            return "terminal sends a heartbeat"
        case Ack():
            return "cloud acks it"
        case Command(fields_):
            return f"cloud sends {fields_}"
        case Response(document) | Strange(document):
            return f"terminal sends {document.fields}"
        case Malformed(raw, why):
            return f"{why}; it came as {raw!r}"
        case NoUrl(number, poi_id, _, why):
            return f"event {number} of {poi_id} went nowhere: {why}"
        case Unsent(what):
            return f"nobody is connected to whom {what or 'it'} could be said"
        case Undelivered(command):
            return f"no terminal is registered to whom {command.fields} could be said"
        case Upgrade(request):
            fields_of = ", ".join(f"{name}: {value}" for name, value in request.headers)
            return f"asks for a WebSocket at {request.target}; {fields_of}"
        case PosCall(call, parameters):
            return f"POS calls {call} {parameters}"
        case PosAnswer(status, answer):
            return f"POS is answered {status} {answer}"
    return f"{type(body).__name__} {_members(body)}" if is_dataclass(body) else ""


def _members(body: Any) -> str:
    """A message as JSON, if it keeps what it was read from; else its members."""
    document = getattr(getattr(body, "document", None), "fields", None)
    if document is not None:
        return json.dumps(document, ensure_ascii=False, default=str)
    return ", ".join(f"{one.name} {getattr(body, one.name)!r}" for one in fields(body) if one.repr)
