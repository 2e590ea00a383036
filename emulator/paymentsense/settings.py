"""How an EPoS is set up at its site, and what is built into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

SOFTWARE_HOUSE_ID: Final = "SH001X"
"""Issued to the house that makes this EPoS, the same for all its customers, and therefore no setting (PSC-015)."""

MOST: Final = 99_999_999
"""The largest amount in minor units (PSC-111)."""

MOST_CASHBACK: Final = 10_000


@dataclass(frozen=True)
class Settings:
    """One EPoS at one site. Times in seconds.

    `address`: where it dials, by TLS; `plain_address`: what listens there without, which a conformant EPoS leaves
    alone; `host`: the host address of the site, as it was given; `integration`: `pac` or `pat`; `version`: the
    `api-version` it was written for; `tid`: the card machine
    beside this till, used when a sale names no other; `tables`: the bills of a pat house at first, as decimal amounts
    by table.

    `sale_patience`: how long the answer to a transaction may take, `patience` any other; `signature_window`: how long
    Connect waits for the answer to a signature question; `keepalive`: after so much silence the EPoS looks whether
    Connect is still there, for `pong_within`."""

    address: str
    plain_address: str = ""
    host: str = "testhost.connect.paymentsense.cloud"
    integration: str = "pac"
    version: str = "v1"
    token: str = "3f0e5b1c-7d52-4a86-9c1e-2b6f0a94d817"  # noqa: S105  # of a house that does not exist
    installer_id: str = "IN777"
    final_receipt: bool = False
    tid: str = "2211SIP0"
    currency: str = "GBP"
    tables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dial_within: float = 10.0
    upgrade_within: float = 15.0
    close_within: float = 5.0
    sale_patience: float = 220.0
    patience: float = 30.0
    signature_window: float = 80.0
    keepalive: float = 90.0
    pong_within: float = 20.0
    backoff_first: float = 1.0
    backoff_most: float = 30.0
    refused_first: float = 15.0
    refused_most: float = 240.0
    settled_after: float = 60.0
