"""Traces written by hand, a line an event: what checks are shown in their tests."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from harness.evidence.trace import Trace
from harness.wire import econduit, strict_json
from harness.wire.econduit import OK_REGISTRATION, Command, Heartbeat, Register, RegistrationAnswer, Response
from harness.wire.strict_json import Document

OK = RegistrationAnswer(OK_REGISTRATION)
"""The answer after which a line counts as registered."""

BEAT = Heartbeat(econduit.HEARTBEAT_BODIES[0])

_REGISTER = {
    "Command": "Register", "TerminalType": "AcmePay", "TerminalModel": "Lane-7", "TerminalID": "77001234",
    "SoftwareVersion": "AcmeApp v3.4", "AckHeartbeat": "true",
}  # fmt: skip


def trace(*events: tuple[float, str, int, object]) -> Trace:
    """A trace of (seconds, source, line, body): `trace((0.0, "cloud", 1, Opened(1, "primary")), …)`."""
    made = Trace()
    for at, source, line, body in events:
        made.record(at, source, line, body)
    return made


def document(**fields: str) -> Document:
    """A JSON object as the terminal would send it."""
    parsed = strict_json.parse(strict_json.build(fields))
    assert isinstance(parsed, Document)
    return parsed


def register(**fields: str) -> Register:
    """A proper registration that asks for acks, with some fields changed."""
    return Register(document(**{**_REGISTER, **fields}))


def response(ref_id: str, result: str = "Approved", **fields: str) -> Response:
    """The response to the command of that RefID."""
    return Response(document(ResultCode=result, RefID=ref_id, **fields))


def command(ref_id: str, name: str = "Sale", amount: str = "1.00") -> Command:
    """A command with that RefID."""
    return Command({"Command": name, "RefID": ref_id, "Amount": amount})


def checks_of(module: ModuleType) -> set[Callable[..., Any]]:
    """The checks that a module defines: its public functions that return a Finding."""
    own = [item for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__]
    public = [item for item in own if not getattr(item, "__name__", "_").startswith("_")]
    return {item for item in public if getattr(item, "__annotations__", {}).get("return") == "Finding"}
