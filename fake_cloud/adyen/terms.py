"""What this cloud is set up with: one merchant's tree of places, its credentials, and how it delivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from harness.wire.envelope import Key

EPOCH = 1_893_553_445.0
"""Seconds from 1970 to 2030-01-02T03:04:05Z, where the clock of a run begins unless it is set otherwise."""

Place = tuple[str, str]
"""Level and id: `("merchant", "HarnessMerchant")`."""

STORES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"ST0001": ("V400m-000000001", "S1F2-000158700000001"), "ST0002": ("P630-000000777",)}
)


@dataclass(frozen=True)
class Terms:
    """Times in seconds. `stores`: the terminals of each, by POIID; `settings`: what is set at a place from the start,
    as if by hand in the Customer Area.

    `webhook`: the address to dial for any event URL, "" for its own host and port; `routes`: addresses by `host:port`
    that go before it (open point 14). `acknowledge_within`, `ack_mode`, `retries`, `retry_on_4xx`: open points 1, 2,
    13. `result_after`: how long a payment takes at a terminal. `epoch`: the seconds since 1970 when the clock shows 0.

    `receiver_…`: what the receiver wants of a terminal that emits events. `exchange`: outcomes of payments are not
    decided here but by the party `exchange`."""

    company: str = "HarnessCompany"
    merchant: str = "HarnessMerchant"
    stores: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: STORES)
    settings: Mapping[Place, dict[str, Any]] = field(default_factory=dict, repr=False)
    api_key: str = field(default="AQE-harness-api-key", repr=False)
    sale_id: str = "HARNESS-POS-1"
    webhook: str = "webhook"
    routes: Mapping[str, str] = field(default_factory=dict)
    dial_within: float = 10.0
    acknowledge_within: float = 10.0
    ack_mode: Literal["any 2xx", "[accepted]"] = "any 2xx"
    retries: tuple[float, ...] = (5.0, 30.0, 120.0)
    retry_on_4xx: bool = True
    result_after: float = 2.0
    receiver_username: str = "events"
    receiver_password: str = field(default="Harness-Webhook-1!", repr=False)
    receiver_key: Key | None = field(default=None, repr=False)
    exchange: bool = False
    epoch: float = EPOCH

    @property
    def terminals(self) -> tuple[str, ...]:
        """Every POIID."""
        return tuple(poi_id for terminals in self.stores.values() for poi_id in terminals)
