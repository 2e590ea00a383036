"""JSON-RPC 2.0: texts to calls, notices, replies and failures, read leniently so that every deviation can be told.

A message that can be understood in spite of its mistakes is that message, with its `faults` as sentences; what cannot
be is one Malformed that names them all. An id keeps its JSON type, because a reply has to repeat it with it: `1` and
`"1"` are two ids. A batch is legal JSON-RPC and no message: it is told as what it is, and its parts are texts again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.wire import strict_json
from harness.wire.framing import Malformed, malformed

VERSION = "2.0"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
"""The codes of section 5.1."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that wants an answer. `params`: an object, an array, or None for none."""

    id: Any
    method: str
    params: Any = None
    faults: tuple[str, ...] = ()
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification: a request without an id, which nobody may answer."""

    method: str
    params: Any = None
    faults: tuple[str, ...] = ()
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call that was carried out. `result`: any JSON value."""

    id: Any
    result: Any
    faults: tuple[str, ...] = ()
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """The answer to a call that was not. `id`: None where the caller's could not be read; `data`: None for none."""

    id: Any
    code: int
    message: str
    data: Any = None
    faults: tuple[str, ...] = ()
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Several messages in an array (section 6). `parts`: each as a text for `parse`."""

    parts: tuple[str, ...]
    raw: str = field(default="", compare=False)


Message = Call | Notice | Reply | Failure | Batch


def same_id(one: Any, other: Any) -> bool:
    """Whether two ids are the same in value and in JSON type; Python would take 1, 1.0 and true for one."""
    return type(one) is type(other) and bool(one == other)


# ---- Reading ---------------------------------------------------------------------------------------------------------


def parse(text: str) -> Message | Malformed:
    """The message that a text holds, or all that keeps it from being one."""
    read = strict_json.decode(text)
    if isinstance(read, str):
        return _refused(text, [read])
    value, blemishes = read
    if isinstance(value, list):
        if not value:
            return _refused(text, ["an empty batch (JSON-RPC 2.0 section 6)"])
        return Batch(tuple(_dumped(part) for part in value), text)
    if not isinstance(value, dict):
        return _refused(text, ["JSON that is neither an object nor an array (JSON-RPC 2.0 section 4)"])
    faults = [*blemishes, *_version_faults(value)]
    if "method" in value:
        return _request(value, faults, text)
    if "result" in value or "error" in value:
        return _response(value, faults, text)
    return _refused(text, [*faults, "none of method, result and error (JSON-RPC 2.0 sections 4 and 5)"])


def _refused(text: str, faults: list[str]) -> Malformed:
    return malformed(text.encode(errors="replace"), "; ".join(faults))


def _version_faults(value: dict[str, Any]) -> Iterator[str]:
    if "jsonrpc" not in value:
        yield "no jsonrpc member (JSON-RPC 2.0 section 4)"
    elif value["jsonrpc"] != VERSION:
        yield f'jsonrpc is not the string "{VERSION}" (JSON-RPC 2.0 section 4)'


def _id_faults(value: dict[str, Any], may_be_null: bool = False) -> Iterator[str]:
    match value.get("id"):
        case bool() | dict() | list():
            yield "id is neither a string nor a number (JSON-RPC 2.0 section 4)"
        case float():
            yield "id is a number with a fraction (JSON-RPC 2.0 section 4)"
        case None if "id" not in value:
            yield "no id (JSON-RPC 2.0 section 5)"
        case None if not may_be_null:
            yield "id is null (JSON-RPC 2.0 section 4)"


def _request(value: dict[str, Any], faults: list[str], text: str) -> Call | Notice | Malformed:
    method, params = value["method"], value.get("params")
    if not isinstance(method, str):
        return _refused(text, [*faults, "method is not a string (JSON-RPC 2.0 section 4)"])
    if method.startswith("rpc."):
        faults.append("method of the reserved kind rpc.… (JSON-RPC 2.0 section 4)")
    if "params" in value and not isinstance(params, dict | list):
        faults.append("params is neither an object nor an array (JSON-RPC 2.0 section 4.2)")
    if "result" in value or "error" in value:
        faults.append("a method and a result or an error in one message (JSON-RPC 2.0 sections 4 and 5)")
    if "id" not in value:
        return Notice(method, params, tuple(faults), text)
    return Call(value["id"], method, params, (*faults, *_id_faults(value)), text)


def _response(value: dict[str, Any], faults: list[str], text: str) -> Reply | Failure | Malformed:
    if "error" not in value:
        return Reply(value.get("id"), value["result"], (*faults, *_id_faults(value)), text)
    if "result" in value:
        faults.append("both a result and an error (JSON-RPC 2.0 section 5)")
    error = value["error"]
    faults += _id_faults(value, may_be_null=True)
    if not isinstance(error, dict):
        return _refused(text, [*faults, "error is not an object (JSON-RPC 2.0 section 5.1)"])
    code, message = error.get("code"), error.get("message")
    if not isinstance(message, str):
        faults.append("error without a message that is a string (JSON-RPC 2.0 section 5.1)")
        message = ""
    if not isinstance(code, int) or isinstance(code, bool):
        return _refused(text, [*faults, "error without a code that is an integer (JSON-RPC 2.0 section 5.1)"])
    return Failure(value.get("id"), code, message, error.get("data"), tuple(faults), text)


# ---- Building --------------------------------------------------------------------------------------------------------


def build(message: Call | Notice | Reply | Failure) -> str:
    """The text of a message, complete, without spaces; `faults` and `raw` are for what was read."""
    members: dict[str, Any] = {"jsonrpc": VERSION}
    match message:
        case Call(id, method, params):
            members |= {"id": id, "method": method} | _unless_none(params=params)
        case Notice(method, params):
            members |= {"method": method} | _unless_none(params=params)
        case Reply(id, result):
            members |= {"id": id, "result": result}
        case Failure(id, code, words, data):
            members |= {"id": id, "error": {"code": code, "message": words} | _unless_none(data=data)}
    return _dumped(members)


def _unless_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
