"""Everything that happened, in order, on one clock; and its written form, one JSON object a line.

A trace is the whole ground of a verdict: it can be written, read back and judged again to the same findings. Bytes are
written as Latin-1 text, so that each byte is one character and JSON's `\\u0004` shows the terminator.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, overload

T = TypeVar("T")

PLACES = 6
"""Decimal places of a time: microseconds."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `at`: seconds on the clock of the run; `source`: the party or part of the bench it
    happened to; `line`: that party's number for the connection, 0 for none; `body`: an Input, an Output, a message, a
    value of `harness.evidence.bench`."""

    index: int
    at: float
    source: str
    line: int
    body: Any


class Trace:
    """Events in the order in which the harness learned of them. What is dated by the wire may have happened sooner
    than the event before it."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events: list[Event] = list(events)

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @property
    def end(self) -> float:
        """When the latest event happened; 0 for an empty trace."""
        return max((event.at for event in self.events), default=0.0)

    def record(self, at: float, source: str, line: int, body: object) -> Event:
        """Add an event at the end. Its time is kept to the places of a written trace, and so judged alike again."""
        event = Event(len(self.events), round(at, PLACES), source, line, body)
        self.events.append(event)
        return event

    @overload
    def heard(self, by: str, kind: type[T], /) -> list[tuple[Event, T]]: ...
    @overload
    def heard(self, by: str, /, *kinds: type[Any]) -> list[tuple[Event, Any]]: ...
    def heard(self, by: str, /, *kinds: type[Any]) -> list[tuple[Event, Any]]:
        """The events of one source whose body is of one of these kinds, in order."""
        return [(event, event.body) for event in self.events if event.source == by and isinstance(event.body, kinds)]


# ---- Written form ----------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _of(kind: Any, value: Any) -> Any:
    """`value`, as JSON gave it, made into the type that a field declares."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return (
            None
            if value is None
            else _of(next(arg for arg in typing.get_args(kind) if arg is not types.NoneType), value)
        )
    if origin is tuple:
        return tuple(_of(typing.get_args(kind)[0], item) for item in value)
    if kind is bytes:
        return value.encode("latin-1")
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: _of(hints[field.name], value[field.name]) for field in fields(kind)})
    return value


def dump(trace: Iterable[Event], redact: Callable[[Event], Any] | None = None) -> Iterator[str]:
    """The lines of a trace file. `redact` gives the body to write in place of an event's own."""
    for event in trace:
        body = event.body if redact is None else redact(event)
        kind = {"kind": type(body).__name__, **_plain(body)} if is_dataclass(body) else body
        yield json.dumps(
            {
                "index": event.index,
                "at": round(event.at, PLACES),
                "source": event.source,
                "line": event.line,
                "body": kind,
            }
        )


def load(lines: Iterable[str], kinds: Iterable[type]) -> Trace:
    """A trace from its file. `kinds`: the types that may stand in a body.

    Raises ValueError for a line that is no event, naming its number."""
    by_name = {kind.__name__: kind for kind in kinds}
    events = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            body = entry["body"]
            kind = by_name[body.pop("kind")]
            events.append(Event(entry["index"], entry["at"], entry["source"], entry["line"], _of(kind, body)))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number}: no event of a trace: {error!r}") from error
    return Trace(events)
