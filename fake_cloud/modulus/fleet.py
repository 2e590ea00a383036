"""The terminals behind the gateway and the transactions on them: what is so, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fake_cloud.modulus import sayings
from fake_cloud.modulus.terms import Terms
from harness.wire.modulus_schema import CANCELLED, FAILED, OFFLINE, ONLINE, PENDING, RECONNECTING, SUCCESS
from harness.wire.strict_json import Document

AWAITING, VOIDED = "AWAITING_RECONNECT", "VOIDED"
STATES = {SUCCESS: "COMPLETED", FAILED: FAILED, CANCELLED: CANCELLED, PENDING: PENDING}
"""How a transaction stands for the HTTP side, by the status of its result (M9)."""

RUNNING = (PENDING, AWAITING)


@dataclass(slots=True)
class Terminal:
    """A terminal, and its connection to the gateway: the number of that changes with every return."""

    device_id: str
    status: str
    group: str
    connections: int = 1

    @property
    def connection_id(self) -> str:
        return f"conn-{self.device_id}-{self.connections}"


@dataclass(slots=True)
class Transaction:
    """A payment that was ordered. `key`: by whom; `named`: the terminalId it was ordered with; `waits`: the line of the
    HTTP side that waits for its result; `queued`: it waits for the terminal to be free; `result`: its paymentResponse
    once it is decided."""

    id: str
    key: str
    terminal: Terminal
    named: str
    amount: str
    currency: str
    method: str
    metadata: Any = None
    state: str = PENDING
    queued: bool = False
    waits: int | None = None
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Its terminal is busy with it."""
        return self.state in RUNNING and not self.result and not self.queued

    def told(self) -> dict[str, Any]:
        """What the HTTP side tells of it."""
        return {
            "currency": self.currency,
            "paymentMethod": self.method,
            "amount": self.amount,
            **self.result,
            "transactionId": self.id,
            "status": self.state,
            "terminalId": self.terminal.device_id,
        }


class Fleet:
    """All terminals and all transactions of a run."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.terminals = [Terminal(paired.device_id, paired.status, paired.group) for paired in terms.terminals]
        self.transactions: dict[str, Transaction] = {}
        self._made = 0

    def terminal(self, name: str) -> Terminal | None:
        """By its lasting name, or by that of its present connection."""
        return next((known for known in self.terminals if name in (known.device_id, known.connection_id)), None)

    def known(self, device_id: str) -> Terminal:
        """A terminal by its lasting name; one that a case names first is paired with that."""
        found = self.terminal(device_id)
        if found is None:
            found = Terminal(device_id, OFFLINE, "", connections=0)
            self.terminals.append(found)
        return found

    def listed(self, now: float) -> list[dict[str, Any]]:
        """The entries of a list of terminals."""
        stamp = sayings.stamp(self._terms.epoch, now)
        return [
            {
                "deviceId": terminal.device_id,
                "status": terminal.status,
                "connectionId": terminal.connection_id,
                "connectedAt": stamp,
                "lastActivity": stamp,
                "metadata": {},
            }
            for terminal in self.terminals
        ]

    def refusal(self, name: str, group: str) -> tuple[str, str] | None:
        """Why a payment cannot be ordered on the terminal of this name, None if it can."""
        terminal = self.terminal(name)
        if not name:
            return sayings.TERMINAL_ID_REQUIRED
        if terminal is None or terminal.status not in (ONLINE, RECONNECTING):
            return sayings.NOT_FOUND
        if self._terms.groups and terminal.group != group:
            return sayings.OTHER_GROUP
        if self.busy(terminal) and self._terms.parallel == "error":
            return sayings.IN_PROGRESS
        return None

    def busy(self, terminal: Terminal) -> bool:
        return any(order.runs and order.terminal is terminal for order in self.transactions.values())

    def open(self, key: str, named: str, request: Document) -> Transaction:
        """A transaction for a paymentRequest, on a terminal that can take it; without a transactionId it gets one."""
        terminal = self.terminal(named)
        assert terminal is not None  # noqa: S101 - `refusal` has looked
        self._made += 1
        fields = request.fields
        made = Transaction(
            fields.get("transactionId") or f"TXN-{self._made:06}",
            key,
            terminal,
            named,
            fields.get("amount", ""),
            fields.get("currency", ""),
            fields.get("paymentMethod", ""),
            _metadata(request),
            state=PENDING if terminal.status == ONLINE else AWAITING,
            queued=self.busy(terminal),
        )
        self.transactions[made.id] = made
        return made

    def find(self, transaction_id: str | None) -> Transaction | None:
        """A transaction, None for the newest."""
        if transaction_id is None:
            return next(reversed(self.transactions.values()), None)
        return self.transactions.get(transaction_id)

    def awaiting(self, terminal: Terminal) -> Iterator[Transaction]:
        """Those that wait for this terminal to return."""
        return (order for order in self.transactions.values() if order.terminal is terminal and order.state == AWAITING)

    def next_queued(self, terminal: Terminal) -> Transaction | None:
        return next(
            (order for order in self.transactions.values() if order.terminal is terminal and order.queued), None
        )


def _metadata(request: Document) -> Any:
    """The metadata of a paymentRequest, which come back unchanged; None without any that can be written again."""
    try:
        return json.loads(request.fields["metadata"]) if "metadata" in request.unquoted else None
    except ValueError:
        return None
