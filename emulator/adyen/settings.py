"""How the two DUTs are provisioned: what an installer would set before the first day of business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from harness.wire.envelope import Key

EPOCH: Final = 1_893_553_445.0
"""Seconds from 1970 to 2030-01-02T03:04:05Z, where the clock of a run begins unless it is set otherwise."""

ORDERS: Final = MappingProxyType({"0123456789": "45.08", "TABLE-7": "31.50"})
"""Open orders of the POS that a customer may pay by typing their reference on a terminal."""


@dataclass(frozen=True)
class BackendSettings:
    """How a POS backend is provisioned. Times in seconds, amounts as `12.40`.

    Addresses to dial: `device`, of the device API; `management`, of the Management API. `path`: where its webhook takes
    messages; `url`: by which it makes that place known, `level`: for whom. `username`, `password`: what the webhook
    asks for, nothing if they are empty. `key`: of the encryption; with `encrypted`, whatever is sent to the webhook and
    to the device API is in envelopes. `clear_reject`: a Reject by the gateway may be clear even so (open point 11).
    `configures`: the event URL is set up by the Management API; else somebody has done so by hand. `live`: nothing but
    https. `terminals`: the POIIDs of the shop. `orders`: what is due by reference, `due`: for any other, as in a car
    park. `result_within`: how long a result is awaited before the status is asked for, then each `ask_again` seconds
    and `questions` times in all. `processing`: what business logic takes. `epoch`: the seconds since 1970 when the
    clock of the run shows 0."""

    device: str = "device"
    management: str = "management"
    path: str = "/events"
    url: str = "http://127.0.0.1:8080/events"
    secure: bool = False
    level: str = "merchant"
    company: str = "HarnessCompany"
    merchant: str = "HarnessMerchant"
    store: str = "ST0001"
    api_key: str = field(default="AQE-harness-api-key", repr=False)
    username: str = "events"
    password: str = field(default="Harness-Webhook-1!", repr=False)
    encrypted: bool = False
    key: Key | None = field(default=None, repr=False)
    clear_reject: bool = True
    configures: bool = True
    live: bool = False
    sale_id: str = "HARNESS-POS-1"
    terminals: tuple[str, ...] = ("V400m-000000001", "S1F2-000158700000001")
    currency: str = "EUR"
    orders: Mapping[str, str] = field(default_factory=lambda: ORDERS)
    due: str = "10.00"
    result_within: float = 150.0
    ask_again: float = 60.0
    questions: int = 3
    reply_within: float = 30.0
    processing: float = 0.2
    epoch: float = EPOCH


@dataclass(frozen=True)
class SenderSettings:
    """How a terminal that emits events is provisioned. Times in seconds.

    `receiver`: the address to dial; `path`, `username`, `password`, `key`, `encrypted`: as its event URL says. `boot`,
    `maintenance`: how long each takes; `retries`: the pauses before an event that was not acknowledged within
    `acknowledge_within` is sent again. `asynchronous`: a payment it takes is answered at the event URL, after it took
    `paying`. `epoch`: the seconds since 1970 when the clock of the run shows 0."""

    receiver: str = "receiver"
    secure: bool = False
    path: str = "/events"
    username: str = "events"
    password: str = field(default="Harness-Webhook-1!", repr=False)
    encrypted: bool = False
    key: Key | None = field(default=None, repr=False)
    poi_id: str = "V400m-000000001"
    sale_id: str = "HARNESS-POS-1"
    boot: float = 5.0
    maintenance: float = 60.0
    acknowledge_within: float = 10.0
    retries: tuple[float, ...] = (5.0, 30.0, 120.0)
    asynchronous: bool = True
    paying: float = 4.0
    epoch: float = EPOCH
