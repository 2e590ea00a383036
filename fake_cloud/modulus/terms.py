"""Whom the gateway knows and how it reads the open points of the document."""

from __future__ import annotations

from dataclasses import dataclass

from harness.wire.modulus_schema import ONLINE


@dataclass(frozen=True, slots=True)
class Key:
    """An API key. `secret` signs requests of the HTTP side; `websocket`: it has the right to connect."""

    key: str
    secret: str = ""
    websocket: bool = True
    group: str = ""


@dataclass(frozen=True, slots=True)
class Paired:
    """A terminal the gateway knows, and how it stands with it when the run begins."""

    device_id: str
    status: str = ONLINE
    group: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Times in seconds.

    `refusal`: how a bad key is turned away, an HTTP status or a close code. `displaced_after`: from forceDisconnect to
    the close of the line, None: the line is left open. `shape`, `ack`, `parallel`, `replay`: as in the profile.
    `epoch`: seconds since 1970 at the start of the run; `fresh_within`: how far the time of an HTTP request may lie
    from now, None: anywhere. `exchange`: payments are carried to the party of that name, which knows the terminals."""

    keys: tuple[Key, ...] = (Key("bench-pos-key", "bench-pos-secret"),)
    terminals: tuple[Paired, ...] = (Paired("TERM-001"), Paired("TERM-002"))
    refusal: int = 401
    displaced_code: int = 1000
    displaced_after: float | None = 0.5
    idle_code: int = 1001
    idle_after: float = 600.0
    shape: str = "action"
    ack: str = "none"
    parallel: str = "error"
    decided_after: float = 4.0
    groups: bool = False
    replay: str = "once"
    grace: float = 60.0
    long_poll: float = 90.0
    epoch: float = 1_767_225_600.0
    fresh_within: float | None = 300.0
    frame_limit: int = 1 << 20
    exchange: bool = False
