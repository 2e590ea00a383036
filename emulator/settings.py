"""How a terminal is provisioned: what a terminal management system would set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

OUTCOMES: Final = MappingProxyType({"1.05": "Declined", "1.06": "Cancelled", "1.07": "Error"})
"""The amounts that do not approve unless it is provisioned otherwise."""


@dataclass(frozen=True)
class Settings:
    """How a terminal is provisioned. Times in seconds.

    `outcomes`: ResultCode by amount, `Approved` for any other; `parts`: what is approved of an amount, all of any other
    (ECD-124). `heartbeat`: the idle period; `ack_within`: how long an
    ack may take, if `ack_heartbeat` asks for them; `answer_within`: the same for the registration's answer; `quiet`:
    how long an answer without terminator must rest before it counts as whole (open point 2)."""

    primary: str
    secondary: str | None
    terminal_id: str = "77001234"
    terminal_type: str = "AcmePay"
    terminal_model: str = "Lane-7"
    software: str = "AcmeApp v3.4"
    ack_heartbeat: bool = True
    heartbeat: float = 60.0
    answer_within: float = 15.0
    ack_within: float = 20.0
    dial_within: float = 10.0
    quiet: float = 1.0
    processing: float = 2.0
    backoff_first: float = 1.0
    backoff_most: float = 30.0
    outcomes: Mapping[str, str] = field(default_factory=lambda: OUTCOMES)
    parts: Mapping[str, str] = field(default_factory=dict)
    colour_display: bool = True
