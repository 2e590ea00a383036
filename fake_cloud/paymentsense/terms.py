"""How this Connect reads the open points of the document, and whom it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_cloud.paymentsense.instructions import Pinging
from harness.wire.paymentsense import NAMES, UNAVAILABLE
from harness.wire.paymentsense_schema import V0, V1

MACHINES = ("2211SIP0", "2211SCD0", "2211DIP0", "2211SIS0", "2211UIP0", "2211TIP0")


@dataclass(frozen=True, slots=True)
class Terms:
    """`sites`: the host address of each site, by its API key; `software_houses` and `installers`: the ids it has
    issued, empty for any.

    `missing_ids_status`: with which it refuses a handshake without known ids, None to admit it. `close_codes`: how the
    connection of an EPoS that leaves pings unanswered is ended, by turns; None is RST. `notify_all`: all PAC
    connections hear of a transaction, not only the one that started it. `methods_asked`: notifications that are sent
    as requests. `cancel_values`: what a cancellation is answered with, by version, in the member `cancel_member`, bare
    if that is empty. `exchange`: transactions are not decided here, but by the party of that name."""

    sites: Mapping[str, str] = field(default_factory=dict)
    software_houses: tuple[str, ...] = ()
    installers: tuple[str, ...] = ()
    machines: tuple[str, ...] = MACHINES
    currency: str = "GBP"
    names: Mapping[str, str] = field(default_factory=lambda: NAMES)
    pinging: Pinging = field(default_factory=Pinging)
    close_codes: tuple[int | None, ...] = (1011, None)
    case_strict: bool = False
    flag_on_pac: bool = True
    missing_ids_status: int | None = 401
    default_version: str = "v0"
    cancel_member: str = "result"
    cancel_values: Mapping[str, str] = field(default_factory=lambda: {V1: "cancelling", V0: "cancelled"})
    unavailable: int = UNAVAILABLE
    signature_window: float = 80.0
    signature_timeout: str = "VOID"
    notify_all: bool = False
    timed_out_after: float = 200.0
    answer_within: float = 10.0
    methods_asked: tuple[str, ...] = ()
    exchange: str = ""
    message_limit: int = 1 << 20
