"""How a POS that orders by URL is set up: what its integrator was given, and how patient it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """How a POS is set up. Times in seconds.

    `api`: the web API as `host:port`; `key`, `password`: of the merchant; `terminal`: the TerminalID paired with them,
    at which a sale is made unless the cashier says another. `reply_within`: how long the answer to an order may take,
    `status_within` that to a question. An outcome that is missing is asked for at once, then every `ask_every` for
    `ask_often_for`, then every `ask_seldom` (ECD-123). `epoch`: the Unix time at which the clock of the run stood at
    0."""

    api: str
    key: str = field(repr=False)
    password: str = field(repr=False)
    terminal: str = "77001234"
    reply_within: float = 150.0
    status_within: float = 15.0
    ask_every: float = 5.0
    ask_often_for: float = 180.0
    ask_seldom: float = 30.0
    epoch: float = 0.0
