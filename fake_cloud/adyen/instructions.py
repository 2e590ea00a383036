"""What a case may say to Adyen's cloud: send this, bend that, decide so; each a frozen value told by `Told("case", …)`.

`id` is the case's own, below `OWN_IDS`; under it stands in the trace what became of a message (`harness.wire.adyen`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fake_cloud.adyen.terms import Place
from harness.wire.adyen import Login
from harness.wire.nexo import Message, PaymentReceipt

OWN_IDS = 1_000_000
"""From here on messages are numbered that no case asked for by itself: results, and rejections."""

# ---- How a webhook is bent -------------------------------------------------------------------------------------------


class Form(StrEnum):
    """In an envelope or not."""

    AS_CONFIGURED = "as configured"
    CLEAR = "clear"
    SEALED = "sealed"


class Tamper(StrEnum):
    """What an attacker, or a fault, may have done to an envelope."""

    BLOB = "blob changed"
    BLOB_CUT = "blob cut short"
    PADDING = "padding changed"
    HMAC = "HMAC changed"
    NONCE = "nonce changed"
    IDENTIFIER = "unknown key identifier"
    VERSION = "unknown key version"
    CRYPTO_VERSION = "unknown crypto version"
    FOREIGN_KEY = "sealed with another passphrase"
    HEADER = "clear header of another terminal"
    NO_TRAILER = "no security trailer"


@dataclass(frozen=True, slots=True)
class Bend:
    """One webhook's way to the DUT.

    `body`: bytes in place of the message, `called`: what they are, in words. `login`: the credentials it brings, None
    for those of the URL. `content_type`: "" for none. `cuts`: offsets at which the request leaves in pieces, `gap`
    seconds apart. `retries`: pauses before each further attempt, None for those of the terms, or for none at all where
    something is bent. `keep`: on a line that stays up, and on one that is up already."""

    body: bytes | None = None
    called: str = ""
    login: Login | None = None
    form: Form = Form.AS_CONFIGURED
    tamper: Tamper | None = None
    method: str = "POST"
    content_type: str = "application/json"
    cuts: tuple[int, ...] = ()
    gap: float = 1.0
    retries: tuple[float, ...] | None = None
    keep: bool = False


PLAIN = Bend()

# ---- Webhooks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Emit:
    """Something happens to a terminal: its event goes to the event URLs that hold for it.

    `ago`: seconds by which the TimeStamp lies back; `device_id`: "" for the next one; `extra`: unknown members beside
    header and event, first in the message."""

    id: int
    poi_id: str
    event: str
    details: str = "newstate=IDLE&oldstate=START"
    ago: float = 0.0
    device_id: str = ""
    service_id: str = ""
    sale_id: str | None = None
    rejected_message: str = ""
    header_first: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)
    bend: Bend = PLAIN


@dataclass(frozen=True, slots=True)
class Post:
    """Send this message to the event URLs that hold for the terminal of its header."""

    id: int
    message: Message
    bend: Bend = PLAIN


@dataclass(frozen=True, slots=True)
class Again:
    """Send once more what went under `of`: the message, sealed anew if it is sealed; or, `verbatim`, the same bytes."""

    id: int
    of: int
    verbatim: bool = False
    bend: Bend = PLAIN


@dataclass(frozen=True, slots=True)
class Cut:
    """End the lines on which the next so many results go to an event URL when they are sent, before they can be
    acknowledged; they are sent again as the terms have it."""

    times: int = 1


# ---- Settings --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Configure:
    """Somebody sets this at a place by hand in the Customer Area: top-level objects, as a PATCH replaces them."""

    place: Place
    settings: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """From now on the API credential has these roles for terminal advanced settings."""

    read: bool
    write: bool


# ---- Payments --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settle:
    """How the payments asked for from now on end, or so many of them.

    `result`: Success, Partial or Failure; `amount`, `currency`: what was authorised, None for what was asked for;
    `after`: seconds until the result, None for the terms'. `withheld`: no result is sent, though a status query will
    tell of it; `lost`: neither. `held`: until `Release`. `sale_id`, `service_id`, `poi_id`: in the header in place of
    the echo. `bend`: how an asynchronous result travels; `copies`: how often it is sent."""

    result: str = "Success"
    amount: str | None = None
    currency: str | None = None
    error: str = ""
    additional: str = ""
    after: float | None = None
    withheld: bool = False
    lost: bool = False
    held: bool = False
    sale_id: str | None = None
    service_id: str | None = None
    poi_id: str | None = None
    receipts: tuple[PaymentReceipt, ...] | None = None
    copies: int = 1
    bend: Bend = PLAIN
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Send the results that were held: in the order of their requests, or backwards."""

    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Online:
    """From now on a terminal is reached, or is not: requests to it are rejected then."""

    poi_id: str
    online: bool


# ---- Answers ---------------------------------------------------------------------------------------------------------


class Service(StrEnum):
    """Where the DUT calls us; the names of our listeners."""

    MANAGEMENT = "management"
    DEVICE = "device"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Answering:
    """An answer of ours, bent. `status`, `body`, `headers`: in place of its own; `reject`: the device API rejects the
    request, for this reason; `after`: seconds of delay; `silent`: none at all; `close`: the line ends in its place."""

    status: int | None = None
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    reject: str = ""
    after: float = 0.0
    silent: bool = False
    close: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer calls there like that, from now on or so many times."""

    service: Service
    answering: Answering
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Straighten:
    """Answer, and decide, as the document says again."""
