"""How a Modulus POS client is set up: what its integrator was given, and how patient it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """How a POS client is set up. Times in seconds.

    `gateway`: the provisioned endpoint as `host:port` (MOD-002); `inquiry`: that of the HTTP side, None where a lost
    result cannot be asked for; `api_key` and `secret` come from outside and stay out of every text (MOD-017, 019).
    `reconnect`: the first pause after a loss, doubled up to `reconnect_most` while there is no success; `ping_every`
    and `pong_within`: the heartbeat; `payment_within`: how long a result may take; `inquire_every`: the pause between
    two questions about one payment; `close_within`: how long a goodbye may take. `epoch`: the Unix time at which the
    clock of the run stood at 0."""

    gateway: str
    api_key: str = field(repr=False)
    secret: str = field(default="", repr=False)
    inquiry: str | None = None
    path: str = "/v1"
    group: str = ""
    currency: str = "PHP"
    method: str = "CARD"
    dial_within: float = 10.0
    answer_within: float = 10.0
    reconnect: float = 5.0
    reconnect_most: float = 60.0
    ping_every: float = 30.0
    pong_within: float = 10.0
    payment_within: float = 120.0
    inquire_every: float = 30.0
    close_within: float = 2.0
    epoch: float = 0.0
