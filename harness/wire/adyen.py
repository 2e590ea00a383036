"""What passes over HTTP between Adyen's cloud and a DUT, as values for the trace: webhooks, settings, device calls.

The messages themselves are those of `harness.wire.nexo`; here is what stands around them: which URL, whose credentials,
sealed or clear, which attempt, what came back. A value holds a message as its JSON document, so that a trace can be
written and read back; no value holds a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.wire import nexo
from harness.wire.nexo import JsonObject, Message, SaleToPOIRequest, SaleToPOIResponse

ACCEPTED = "[accepted]"
"""The body of an acknowledgement, in the strict reading (open point 1)."""

SECRETS = frozenset({"password", "passphrase"})
"""Members whose values stay out of every trace."""

MASK = "¤"


def masked(value: Any) -> Any:
    """A JSON value without its secrets; a string stays a string, and is as empty or as long as it was."""
    if isinstance(value, Mapping):
        return {name: _hidden(item) if name.casefold() in SECRETS else masked(item) for name, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return MASK * len(value)
    return 0 if isinstance(value, int | float) and not isinstance(value, bool) else value


def message(document: JsonObject) -> Message | None:
    """The nexo message in a document of a trace, None if it holds none."""
    for kind in (SaleToPOIRequest, SaleToPOIResponse):
        if isinstance(document.get(kind.WRAPPER), dict):
            return nexo.of(kind, document)
    return None


class Login(StrEnum):
    """What a call brought by way of credentials, beside what was wanted."""

    NONE_SET = "none set"
    RIGHT = "right"
    WRONG = "wrong"
    ABSENT = "absent"


# ---- Webhooks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posted:
    """We put a message on its way to an event URL of the DUT.

    `id`: whose fate is told under it, `attempt`: 1 for the first; `url`, `encrypted`: as configured; `sealed`: whether
    this one is in an envelope; `bent`: what is wrong with it on purpose, in words, "" if nothing is; `login`: what it
    brought; `document`: the message in clear, {} if the body holds none; `size`: of the body in bytes."""

    id: int
    attempt: int
    url: str
    encrypted: bool
    sealed: bool
    login: Login
    bent: str
    document: JsonObject
    size: int

    @property
    def message(self) -> Message | None:
        return message(self.document)

    @property
    def genuine(self) -> bool:
        """Whether the DUT shall believe it: nothing bent, the right credentials or none wanted, sealed if it has to."""
        return not self.bent and self.login in (Login.RIGHT, Login.NONE_SET) and self.sealed >= self.encrypted


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The DUT answered a webhook. `after`: seconds since the request was whole on the line; `text`: the body's
    beginning."""

    id: int
    attempt: int
    status: int
    text: str
    content_type: str
    after: float

    @property
    def success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def accepted(self) -> bool:
        """Whether it has the words of the strict reading, in quotation marks or without."""
        return self.success and self.text.strip().strip('"') == ACCEPTED


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """No answer to a webhook, and why: `no answer within 10 s`, `refused`, `the line ended before a reply`, …"""

    id: int
    attempt: int
    why: str
    after: float


@dataclass(frozen=True, slots=True)
class NoUrl:
    """A message could not be sent: no event URL is set (ADY-002), or what is set is no URL, or has no key."""

    id: int
    poi_id: str
    document: JsonObject
    why: str


# ---- The Management API ----------------------------------------------------------------------------------------------

LEVELS = ("company", "merchant", "store", "terminal")
"""From the highest to the lowest; each inherits from the one before it."""


@dataclass(frozen=True, slots=True)
class SettingsCall:
    """The DUT called the Management API. `level`, `id`: of which place, "" for a path that names none; `login`: of its
    API key; `body`: masked, {} if it is no JSON object; `faults`: what is wrong with the call, each with its place."""

    method: str
    path: str
    level: str
    id: str
    login: Login
    body: JsonObject
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsReply:
    """What the Management API answered, masked."""

    status: int
    body: JsonObject


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings that hold at a place now, with what it inherits, masked; told whenever they were changed."""

    level: str
    id: str
    settings: JsonObject


# ---- The device API --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceCall:
    """The DUT called the device API. `call`: async, sync, connectedDevices or status; `document`: the message in clear,
    {} if there is none to be read; `sealed`: whether it came in an envelope; `faults`: what is wrong with it."""

    call: str
    merchant: str
    device: str
    login: Login
    sealed: bool
    document: JsonObject
    faults: tuple[str, ...] = ()

    @property
    def message(self) -> Message | None:
        return message(self.document)


@dataclass(frozen=True, slots=True)
class DeviceReply:
    """What the device API answered: a text (`ok`), or a JSON document in clear."""

    status: int
    text: str
    document: JsonObject


# ---- The receiver ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """The DUT, a terminal, sent us a message. `document`: in clear, {} if there is none to be read; `sealed`: whether
    it came in an envelope; `faults`: what is wrong with the message, or why there is none."""

    method: str
    path: str
    login: Login
    sealed: bool
    document: JsonObject
    faults: tuple[str, ...] = ()

    @property
    def message(self) -> Message | None:
        return message(self.document)


@dataclass(frozen=True, slots=True)
class HeardReply:
    """How we answered the terminal; 0: not at all."""

    status: int
    text: str


# ---- Strangers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Knocked:
    """Somebody tried the DUT's webhook in this manner, as `TLS 1.1` or `plain HTTP`. `secured`: the version that came
    about, "" for none; `why`: nothing did, in the words of who tried; `heard`: the first bytes that came back."""

    manner: str
    secured: str
    why: str
    heard: bytes


KINDS = (
    *(Posted, Acknowledged, Unacknowledged, NoUrl, SettingsCall, SettingsReply, InForce),
    *(DeviceCall, DeviceReply, Heard, HeardReply, Knocked, SaleToPOIRequest, SaleToPOIResponse),
)
"""What may stand in a trace of this programme beside what may stand in any."""

# ---- URLs ------------------------------------------------------------------------------------------------------------

URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/:?#\s@\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
                 r"(?P<path>/[^\s#]*)?")  # fmt: skip
"""The form of an event URL (ADY-047): a scheme and a domain, perhaps a port and a path."""


@dataclass(frozen=True, slots=True)
class Url:
    """An event URL in its parts; `port`: the scheme's own if it names none."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"

    @classmethod
    def read(cls, text: str) -> Url | None:
        """The parts of a URL, None for what has not its form."""
        found = URL.fullmatch(text)
        if found is None:
            return None
        port = int(found["port"] or (443 if found["scheme"] == "https" else 80))
        return cls(found["scheme"], found["host"], port, found["path"] or "/")
