"""Where orders of every POS meet the terminals on the bench: an order goes there, and what became of it goes back.

    connect | gateway | adyen ──Order──▶ exchange ──Order──▶ cloud ── TCP ──▶ terminal
                              ◀─Outcome─          ◀─Outcome─

Each POS knows a terminal by a name of its own dialect (a TID, a deviceId, a POIID); the exchange alone knows which
TerminalID that is. It invents nothing: an outcome that is neither yes nor no (`Fate.LOST`, `Fate.TIMED_OUT`) goes back
as that, and a late answer follows it. When a terminal drops or returns, every POS that knows it is told (`Reach`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fake_cloud.order import Order, Outcome, Reach
from harness.wire.endpoint import Input, Output, Tell, Told


@dataclass(frozen=True, slots=True)
class _Placed:
    by: str
    id: int


class Exchange:
    """The party that POS counterparts tell their orders.

    `terminals`: for each POS party the TerminalIDs by the names under which it knows them; `cloud`: the party that
    terminals dial."""

    name = "exchange"

    def __init__(self, terminals: Mapping[str, Mapping[str, str]], cloud: str = "cloud") -> None:
        self._terminals = {pos: dict(names) for pos, names in terminals.items()}
        self._cloud = cloud
        self._placed: dict[int, _Placed] = {}

    def handle(self, event: Input, now: float) -> Iterator[Output]:  # noqa: ARG002 — it has no times of its own
        match event:
            case Told(by, Order() as order):
                yield from self._carry(by, order)
            case Told(_, Outcome(id=number, fate=fate, fields=fields)) if number in self._placed:
                placed = self._placed[number]
                yield Tell(placed.by, Outcome(placed.id, fate, fields))
            case Told(_, Reach() as reach):
                for pos, names in self._terminals.items():
                    for name in (name for name, terminal in names.items() if terminal == reach.terminal_id):
                        yield Tell(pos, Reach(name, reach.online))

    def _carry(self, by: str, order: Order) -> Iterator[Output]:
        number = len(self._placed) + 1
        self._placed[number] = _Placed(by, order.id)
        terminal = self._terminals.get(by, {}).get(order.terminal_id, order.terminal_id)
        # Two POS may use one reference; the terminal must not take the second order for a repetition of the first.
        fields = {**order.fields, "RefID": f"{number}-{order.fields['RefID']}"[:_LONGEST_REFERENCE]}
        yield Tell(self._cloud, Order(number, terminal, fields))


_LONGEST_REFERENCE = 50
