"""JSON that remembers what a lenient parser forgets: duplicate names, order, and which values were not quoted.

eConduit demands that every name and every value stands in quotation marks (clause "Registration"), so `"AckHeartbeat":
true` and `"AckHeartbeat": "true"` are two different things here. Parsing is the standard library's; this module only
keeps what its hooks are told.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unquoted:
    """A value that was not a JSON string, as its literal text: `true`, `12.40`, `null`, `[…]`."""

    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A flat JSON object: fields in the order they came (a repeated name keeps its last value), and its blemishes.

    `unquoted` and `duplicates` hold field names; `blemishes` sentences about the whole text (a byte-order mark, …)."""

    fields: dict[str, str]
    unquoted: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    blemishes: tuple[str, ...] = ()


def _literal(value: Any) -> str:
    if isinstance(value, Unquoted):
        return value.text
    if isinstance(value, _Pairs):
        return "{" + ", ".join(f"{json.dumps(name)}: {_literal(item)}" for name, item in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return json.dumps(value)


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, told apart from a JSON array."""


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=Unquoted, parse_float=Unquoted, parse_constant=Unquoted, strict=True
)


def parse(raw: bytes) -> Document | str:
    """A Document, or why it is none, in one clause (`not UTF-8`, `not JSON: …`, `not a JSON object`)."""
    blemishes: tuple[str, ...] = ()
    if raw.startswith(b"\xef\xbb\xbf"):
        raw, blemishes = raw[3:], ("begins with a byte-order mark",)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8: byte {raw[error.start]:02x} at offset {error.start}"
    try:
        pairs = _DECODER.decode(text)
        if "\\ud" in text.casefold():
            # Half of a surrogate pair can be written as an escape, but stands for no character and cannot be sent on.
            json.dumps(pairs, default=str, ensure_ascii=False).encode()
    except ValueError as error:
        return f"not JSON: {error}"
    except RecursionError:
        return "not JSON: nested too deeply"
    if not isinstance(pairs, _Pairs):
        return "not a JSON object"
    count = Counter(name for name, _ in pairs)
    try:
        values = {name: value if isinstance(value, str) else _literal(value) for name, value in pairs}
    except RecursionError:
        return "not JSON: nested too deeply"
    return Document(
        fields=values,
        unquoted=tuple(name for name, value in pairs if not isinstance(value, str)),
        duplicates=tuple(name for name, times in count.items() if times > 1),
        blemishes=blemishes,
    )


def build(fields: dict[str, str]) -> bytes:
    """The object with every name and value quoted, in the order given, in UTF-8 without spaces."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
