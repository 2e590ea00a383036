"""What a case may say to the gateway, by `Told("case", …)`. Left alone it is the gateway of the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fake_cloud.modulus.delivery import PLAIN, Delivery, Then
from harness.wire.endpoint import Hearing
from harness.wire.modulus_schema import SUCCESS

# ---- How it answers --------------------------------------------------------------------------------------------------


class Answers(StrEnum):
    """The gateway's own messages, which a case can bend. API: the replies of the HTTP side."""

    TERMINALS = "terminals"
    RESULT = "result"
    STATUS = "status"
    ERROR = "error"
    VOIDED = "voided"
    DISPLACED = "displaced"
    PONG = "pong"
    API = "api"


@dataclass(frozen=True, slots=True)
class Bend:
    """Deliver these messages like that, from now on or so many times."""

    answers: Answers
    delivery: Delivery
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Turn handshakes away, from now on or so many times. `status`: of the HTTP reply, or a close code of 1000 and
    more, with which the line is closed once it was accepted; None: drop the line without a reply."""

    status: int | None
    times: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Straighten:
    """Answer, and accept, as the document says again; what was scripted for terminals is forgotten."""


# ---- What terminals do -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """How a terminal decides a payment.

    `after`: seconds from its order, None for what the terms say. `withheld`: the result is kept until `Release`.
    `more`: further members of the paymentResponse, as `errorMessage`. `delivery`: of the result."""

    status: str = SUCCESS
    after: float | None = None
    withheld: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide the next payments like that, in the order in which a case said so; None: all that follow."""

    decision: Decision
    times: int | None = 1


@dataclass(frozen=True, slots=True)
class Settle:
    """Push a result for a payment again, or after all. Its transaction, None for the newest."""

    decision: Decision
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Push the results that were withheld."""


@dataclass(frozen=True, slots=True)
class Void:
    """A payment is undone at the terminal; None: the newest."""

    transaction_id: str | None = None
    reason: str = "voided by the merchant"


@dataclass(frozen=True, slots=True)
class Goes:
    """A terminal goes `online`, `offline` or `reconnecting`; from there it is offline after its grace, unless it
    returns. `told`: whether the POS is pushed a terminalStatusUpdate."""

    terminal_id: str
    status: str
    told: bool = True


# ---- What comes of itself --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message of any members, or with a `delivery.text` any text, on a line; None: the newest that is open."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    delivery: Delivery = PLAIN
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Put bytes on a line, a frame or none."""

    data: bytes
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """Send a WebSocket control ping."""

    payload: bytes = b""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Displace:
    """Another instance connected with the same key: the line is sent forceDisconnect, then closed."""

    reason: str = "Another connection was opened with this API key"
    line: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """End a line, or all of them. `code`: of the close frame where it is ended by one, None: without one."""

    then: Then = Then.CLOSE
    code: int | None = 1001
    reason: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Hear:
    """Treat those who dial a listener like this, with which certificate."""

    at: str
    hearing: Hearing = Hearing.ANSWERING
    identity: str = "good"


@dataclass(frozen=True, slots=True)
class Unheard:
    """Noted: what a case said found no line to go down on."""

    what: str
