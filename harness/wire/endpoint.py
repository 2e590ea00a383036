"""What a party may see and do: the common language of every counterpart, emulator and fault.

An Endpoint is a *party*, not a connection. "At most one live line", "fall back to the secondary", "register again
after a drop" are rules across connections, so every Input and Output carries the number of its line, and dialling
is something a party *says*. Who carries it out (real sockets, or a memory with a clock that jumps) is decided
elsewhere, in `harness.transports`.

Times are seconds as float, on the clock of the run. A line is numbered from 1 in the order in which *this* party saw
it open; the two ends of one connection may number it differently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

# ---- Inputs: what happens to a party ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A line is up. `to`: the name of the listener it came in by, or the address that was dialled."""

    line: int
    to: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A dial failed. `why`: one of `refused`, `timed out`, `unreachable`, `name not resolved`; or `not secured: …` and
    the words of the TLS library."""

    to: str
    why: str


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes came in on a line, in pieces of any size."""

    line: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The other side ended the line: in order (FIN), or by reset (RST). The line is gone for us too."""

    line: int
    reset: bool


@dataclass(frozen=True, slots=True)
class Woke:
    """A moment asked for by `WakeAt` has come."""

    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """Another party, or the case, says something to this one. `body` is a value both sides know."""

    by: str
    body: object


@dataclass(frozen=True, slots=True)
class Secured:
    """The line that just opened is encrypted; comes right after its `Opened`. `version`: as `TLSv1.3`; `server_name`:
    what the client asked for by SNI, None if it asked for nothing."""

    line: int
    version: str
    cipher: str
    server_name: str | None


@dataclass(frozen=True, slots=True)
class Unsecured:
    """Somebody dialled a secure listener, and no encryption came about: no line opens. `to`: the listener; `why`: in
    the words of the TLS library, as `alert certificate unknown` (the dialler says that it does not trust us) or `http
    request`. With a `line`, its encryption broke, and its `PeerClosed` follows."""

    to: str
    why: str
    line: int = 0


Input = Opened | Secured | Unsecured | Refused | Received | PeerClosed | Woke | Told

# ---- Outputs: what a party does --------------------------------------------------------------------------------------


class Hearing(StrEnum):
    """How a listener treats those who dial it, named by what the dialler notices."""

    ANSWERING = "answering"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    UNREACHABLE = "unreachable"
    NOT_RESOLVED = "name not resolved"


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a line to an address; answered by `Opened` or `Refused`. `within`: seconds until it counts as timed out;
    `secure`: by TLS, with what the transport was given to trust."""

    to: str
    within: float
    secure: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Put bytes on a line. Each Send leaves by itself: to arrive in two pieces is two Sends with time between."""

    line: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """End a line: in order, or by reset. No `PeerClosed` follows for one's own close."""

    line: int
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """From now on the named listener treats diallers like this. Lines that are up stay up. `identity`: with which of
    the certificates that the transport was given for it, where it is a secure one."""

    at: str
    hearing: Hearing = Hearing.ANSWERING
    identity: str = "good"


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Wake me at this time; a second WakeAt of the same name replaces the first, and `at=None` forgets it."""

    name: str
    at: float | None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something understood or shown, for the trace: a message, a malformed frame, a screen. Line 0: no line."""

    line: int
    body: object


@dataclass(frozen=True, slots=True)
class Tell:
    """Say something to another party by name; it arrives there as `Told`."""

    to: str
    body: object


Output = Dial | Send | Close | Listen | WakeAt | Noted | Tell


class Endpoint(Protocol):
    """A party as a pure object: it is fed Inputs with the time they came and yields what it does about them."""

    name: str

    def handle(self, event: Input, now: float) -> Iterable[Output]: ...
