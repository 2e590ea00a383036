"""What the gateway says, as JSON objects (sheet, table b): its own words, and what a case puts into its mouth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from harness.wire.modulus_schema import SUCCESS

Fields = dict[str, Any]

PONG: Fields = {"action": "pong"}

TERMINAL_ID_REQUIRED = ("Bad Request", "terminalId is required")
PAYMENT_REQUEST_REQUIRED = ("Bad Request", "paymentRequest is required")
NOT_FOUND = ("Not Found", "Terminal connection not found")
OTHER_GROUP = ("Forbidden", "Terminal belongs to a different group")
IN_PROGRESS = ("Conflict", "Payment in progress")
USED = ("Conflict", "transactionId was used before")


def stamp(epoch: float, now: float) -> str:
    """A moment as the pages write it, ISO 8601. `epoch`: seconds since 1970 at the start of the run."""
    return datetime.fromtimestamp(epoch + now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def terminals(listed: Iterable[Fields], timestamp: str) -> Fields:
    return {"action": "terminalsResponse", "terminals": list(listed), "timestamp": timestamp}


def response(transaction_id: str, status: str = SUCCESS, amount: str = "12.40", **more: Any) -> Fields:
    """A paymentResponse."""
    if status == SUCCESS:
        more = {"authorizationCode": "AUTH123456", **more}
    return {"transactionId": transaction_id, "status": status, "amount": amount, **more}


def result(terminal_id: str, response: Mapping[str, Any]) -> Fields:
    """A paymentComplete."""
    return {"action": "paymentComplete", "terminalId": terminal_id, "paymentResponse": dict(response)}


def status_update(terminal_id: str, connection_id: str, status: str, timestamp: str, group: str = "") -> Fields:
    return {
        "action": "terminalStatusUpdate",
        "status": status,
        "terminalId": terminal_id,
        "deviceId": terminal_id,
        "connectionId": connection_id,
        "terminalInfo": {"deviceId": terminal_id, "status": status},
        "groupId": group,
        "timestamp": timestamp,
        "version": "v1",
    }


def voided(terminal_id: str, transaction_id: str, reason: str, timestamp: str) -> Fields:
    return {
        "action": "paymentVoided",
        "terminalId": terminal_id,
        "transactionId": transaction_id,
        "voidReason": reason,
        "timestamp": timestamp,
    }


def force_disconnect(reason: str) -> Fields:
    return {"action": "forceDisconnect", "reason": reason}


def error(shape: str, why: tuple[str, str], transaction_id: str = "") -> Fields:
    """An error reply. `shape`: as the profile's `errors.shape`."""
    said: Fields = {"error": why[0], "message": why[1]}
    if shape != "bare":
        said = {"action": "error", **said}
    if shape == "transaction" and transaction_id:
        said["transactionId"] = transaction_id
    return said
