"""What a POS client makes of words: amounts, names of attempts, its picture of the terminals, outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from harness.wire import modulus, modulus_schema
from harness.wire.modulus import TerminalStatusUpdate

if TYPE_CHECKING:
    from random import Random

PENNY = Decimal("0.01")

OUTCOMES = {
    modulus_schema.SUCCESS: "paid",
    modulus_schema.FAILED: "declined",
    modulus_schema.CANCELLED: "cancelled",
    modulus_schema.PENDING: "pending",
}
"""How it stands with a sale by the status of a result: only SUCCESS settles it (MOD-061, 108)."""

FINDINGS = {
    "COMPLETED": "paid",
    "FAILED": "declined",
    "CANCELLED": "cancelled",
    "VOIDED": "voided",
    "PENDING": "pending",
    "AWAITING_RECONNECT": "pending",
}
"""The same by the status of a transaction that was asked for."""

FINAL = ("paid", "declined", "cancelled", "voided")
"""A sale that stands so is over."""


def amount_of(text: str) -> str | None:
    """An amount as a cashier types it, in the form of the document: `12.4` is `12.40` (MOD-055). None if it is none."""
    value = modulus.decimal(text.strip())
    if value is None or value <= 0 or value != value.quantize(PENNY):
        return None
    return str(value.quantize(PENNY))


def same_amount(text: str, amount: str) -> bool:
    """Compared as decimals: `12.4` is `12.40` (open point 10)."""
    return modulus.decimal(text) == modulus.decimal(amount)


def uuid7(milliseconds: int, rng: Random) -> str:
    """A UUID of version 7: Unix time first, chance behind it (MOD-106)."""
    value = (milliseconds & (1 << 48) - 1) << 80 | rng.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal as the gateway describes it. `name`: its deviceId, which lasts; its connection if it has none."""

    name: str
    connection: str
    status: str

    def is_called(self, name: str) -> bool:
        return bool(name) and name in (self.name, self.connection)


STATUSES = {modulus_schema.CONNECTED: modulus_schema.ONLINE, modulus_schema.DISCONNECTED: modulus_schema.OFFLINE}
"""What a push calls otherwise than a list."""


def listed(message: modulus.TerminalsResponse) -> dict[str, Terminal] | None:
    """The terminals of a list by name, entries that name none left out; None if there is no list (MOD-073)."""
    if not message.document.fields.get("terminals", "").startswith("["):
        return None
    found = {}
    for entry in message.terminals:
        if entry.id and entry.status:
            found[entry.id] = Terminal(entry.id, entry.connection_id, entry.status)
    return found


def updated(terminals: Iterable[Terminal], push: TerminalStatusUpdate) -> Terminal | None:
    """The terminal that a push is about, as it stands now; None if the push does not say which, or not what."""
    names = [push.text(name) for name in ("deviceId", "terminalId", "connectionId") if push.text(name)]
    known = [terminal for terminal in terminals if not names or any(terminal.is_called(name) for name in names)]
    status = STATUSES.get(push.status, push.status)
    if len(known) != 1 or not status:
        return None
    return replace(known[0], status=status, connection=push.text("connectionId") or known[0].connection)
