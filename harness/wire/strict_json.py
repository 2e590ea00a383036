"""JSON that remembers what a lenient parser forgets: duplicate names, order, and which values were not quoted.

eConduit demands that every name and every value stands in quotation marks (clause "Registration"), so `"AckHeartbeat":
true` and `"AckHeartbeat": "true"` are two different things here. Parsing is the standard library's; this module only
keeps what its hooks are told.
"""

from __future__ import annotations

import json
import math
import re
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


_HALF = re.compile("[\ud800-\udfff]")
"""Half of a pair that stands for one character in UTF-16."""


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
    except ValueError as error:
        return f"not JSON: {error}"
    except RecursionError:
        return "not JSON: nested too deeply"
    if not isinstance(pairs, _Pairs):
        return "not a JSON object"
    try:
        entries = [(name, value if isinstance(value, str) else _literal(value), value) for name, value in pairs]
    except RecursionError:
        return "not JSON: nested too deeply"
    if any(_HALF.search(name + words) for name, words, _ in entries):
        # It can be written as an escape, but stands for no character, and no one could send it on.
        entries = [(_HALF.sub("\ufffd", name), _HALF.sub("\ufffd", words), value) for name, words, value in entries]
        blemishes += ("has half of a surrogate pair",)
    count = Counter(name for name, _, _ in entries)
    return Document(
        fields={name: words for name, words, _ in entries},
        unquoted=tuple(name for name, _, value in entries if not isinstance(value, str)),
        duplicates=tuple(name for name, times in count.items() if times > 1),
        blemishes=blemishes,
    )


def build(fields: dict[str, str]) -> bytes:
    """The object with every name and value quoted, in the order given, in UTF-8 without spaces."""
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


# ---- Values of any shape ---------------------------------------------------------------------------------------------

DEPTH = 64
"""How deep arrays and objects may lie in one another: far beyond any message, and harmless to whoever walks them."""


def decode(text: str) -> tuple[Any, tuple[str, ...]] | str:
    """A JSON value of any shape in Python's own types, and its blemishes as sentences; or why it is none, in a clause.

    A repeated name keeps its last value, half of a surrogate pair becomes U+FFFD, and both are blemishes."""
    repeated: list[str] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        repeated.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return dict(pairs)

    try:
        value = json.loads(
            text, object_pairs_hook=object_of, parse_int=_integer, parse_float=_finite, parse_constant=_no_constant
        )
        whole = _whole(value)
    except _BeyondError:
        return "a number beyond all bounds"
    except ValueError as error:
        return f"not JSON: {error}"
    except RecursionError:
        return "not JSON: nested too deeply"
    blemishes = [f"repeats the name {_HALF.sub(chr(0xFFFD), name)!r}" for name in repeated]
    if whole != value:
        blemishes.append("has half of a surrogate pair")
    return whole, tuple(blemishes)


class _BeyondError(Exception):
    """A number in good JSON that Python would not hold, or not write again."""


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # of more digits than it converts
        raise _BeyondError from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _BeyondError
    return number


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON value")


def _whole(value: Any, depth: int = 0) -> Any:
    """The value with every string made one that can be written in UTF-8. Raises RecursionError beyond `DEPTH`."""
    if depth > DEPTH:
        raise RecursionError
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(item, depth + 1) for name, item in value.items()}
    return value
