"""What a case may say to Connect: how handshakes, messages, pings and card machines shall be, and what is to happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fake_cloud.delivery import Then
from harness.wire.endpoint import Hearing
from harness.wire.paymentsense import Message

# ---- Messages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """One message's way onto its line.

    `after`: seconds of delay, in which others may overtake it; `members`: members of the JSON object that are added, or
    take the place of its own; `without`: members that are left out; `text`: another text in its place; `fragments`:
    bytes after which it is cut into frames of its own, with a ping between them if `ping_between`; `copies`: how often
    it is sent; `silent`: not at all; `then`: what becomes of the line."""

    after: float = 0.0
    members: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    text: str | None = None
    fragments: tuple[int, ...] = ()
    ping_between: bool = False
    copies: int = 1
    silent: bool = False
    then: Then = Then.KEEP

    @property
    def edited(self) -> bool:
        return bool(self.members or self.without or self.text is not None)


PLAIN = Way()
SILENCE = Way(silent=True)
CLOSE_INSTEAD = Way(silent=True, then=Then.CLOSE)
RESET_INSTEAD = Way(silent=True, then=Then.RESET)


def late(seconds: float) -> Way:
    """The message itself, but late."""
    return Way(after=seconds)


@dataclass(frozen=True, slots=True)
class Bend:
    """Send what Connect has to say by this method like that: a demand, a notification, or the answer to a demand of the
    EPoS. From now on, or so many times."""

    method: str
    way: Way
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer demands of this method with an error, from now on or so many times."""

    method: str
    code: int
    message: str
    user_message: str = ""
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Straighten:
    """Do all as the document says again: nothing is bent, refused or turned away."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message, or any text, on a line; `None` is that of the newest connection."""

    what: Message | str
    way: Way = PLAIN
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SayBytes:
    """Send any bytes on a line, as frames that no one may send."""

    data: bytes
    line: int | None = None


# ---- Lines -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TurnAway:
    """Refuse handshakes with this HTTP status, or with none by closing the line; from now on or so many times."""

    status: int | None
    body: str = ""
    times: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """End a line, or all of them: by a close frame, if there is a `code`, and then by FIN or RST."""

    line: int | None = None
    code: int | None = 1001
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Hear:
    """Treat those who dial a listener like this, with this certificate."""

    at: str
    hearing: Hearing = Hearing.ANSWERING
    identity: str = "good"


# ---- Pings -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pinging:
    """How Connect pings, from now on. `period`: seconds between two pings; `pong_within`: seconds after which a ping
    counts as missed; `missed`: so many in a row end the connection; by a close frame with this `code`, or by RST if it
    is None. `payload`: the same for each ping, None for one of its own; `heeds`: whether it takes pongs for answers."""

    period: float = 30.0
    pong_within: float = 20.0
    missed: int = 2
    code: int | None = 1011
    payload: bytes | None = None
    heeds: bool = True


@dataclass(frozen=True, slots=True)
class Ping:
    """Ping now, out of turn. `line`: `None` is that of the newest connection."""

    payload: bytes
    line: int | None = None


# ---- Card machines at the counter ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """How a transaction goes at a card machine.

    `notices`: what it notifies, `pace` seconds apart; `result`: how it ends; `signature`: it asks for the signature to
    be verified before its end; `silent_for`: seconds from its beginning to its end, if it falls silent after its
    notices; `cancellable`: whether a cancellation comes in time. `charged`: amounts that the customer changed at the
    machine, as `amountGratuity`, in minor units; `user_message`: in the result."""

    notices: tuple[str, ...] = ("TRANSACTION_STARTED",)
    result: str = "SUCCESSFUL"
    pace: float = 1.0
    signature: bool = False
    silent_for: float | None = None
    cancellable: bool = True
    verification: str = "PIN"
    method: str = "ICC_CHIP"
    charged: dict[str, int] = field(default_factory=dict)
    user_message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """From now on transactions at this card machine go like that; `None`: as its TID says again."""

    tid: str
    course: Course | None


@dataclass(frozen=True, slots=True)
class Stand:
    """From now on the card machine is `AVAILABLE`, `BUSY` with something else, or not connected (`None`)."""

    tid: str
    status: str | None


# ---- Card machines at the table --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """A guest pays at a table: a card machine asks for the tables, locks one, prints its bill, takes the payments, says
    what it took, and unlocks the table.

    `payments`: amounts in minor units, empty for the whole amount in one; `bill`: it prints the bill; `release`: it
    unlocks the table at the end. `only`: no more than these steps, by their canonical methods."""

    tid: str
    table: str
    payments: tuple[int, ...] = ()
    bill: bool = True
    release: bool = True
    only: tuple[str, ...] = ()
