"""Relay boards in software, one module each, found by its name: what runs on a board, fed with what its line brings.

A module has one class, a Firmware. It is written from what is documented of the real board's bytes, and shares nothing
with the driver of that board, so that each is a second reading of the same sources. Relays are counted from 0 here,
whatever is printed on the board. What a real board does not understand it ignores, unless its module says otherwise.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

LONGEST_COMMAND = 256
"""Bytes that a firmware keeps while it waits for the end of a command; all of them are shorter."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A command carried out: the relays that are to be energised from now on, one truth each."""

    states: tuple[bool, ...]


class Firmware(ABC):
    """What runs on one kind of board.

    `sensed`: the relays as the firmware knows them, one truth each; whoever feeds it keeps that up to date between two
    things that it says. `line`: what was heard and has not been understood yet."""

    SIZES: ClassVar[tuple[int, ...]]
    """How many relays the board is sold with."""

    def __init__(self, relays: int) -> None:
        self.sensed: tuple[bool, ...] = (False,) * relays
        self.line = b""

    def hear(self, data: bytes) -> Iterator[Switch | bytes]:
        """What it does about these bytes, cut as they may be: switchings and answers, in their order."""
        self.line += data
        while self.line and (length := self.command()):
            command, self.line = self.line[:length], self.line[length:]
            yield from self.obey(command)
        if len(self.line) > LONGEST_COMMAND:
            self.line = b""

    @abstractmethod
    def command(self) -> int:
        """How many bytes of `line` make the next command, or none and are thrown away; 0 if more must come first."""

    @abstractmethod
    def obey(self, command: bytes) -> Iterator[Switch | bytes]:
        """Carry one command out."""

    def wrong(self, answer: bytes) -> bytes:
        """An answer gone wrong: for another relay where the answer names one, otherwise with every bit upside down."""
        return bytes(byte ^ 0xFF for byte in answer)

    def switched(self, relay: int, on: bool) -> Switch:
        """One relay switched, the others as they are."""
        return Switch(tuple(on if one == relay else was for one, was in enumerate(self.sensed)))

    def masked(self, mask: int) -> Switch:
        """All relays switched, the first by the lowest bit."""
        return Switch(tuple(bool(mask >> one & 1) for one in range(len(self.sensed))))

    def alike(self, on: bool) -> Switch:
        """All relays switched."""
        return Switch((on,) * len(self.sensed))


def mask(states: Sequence[bool]) -> int:
    """The states as a number, the first in its lowest bit."""
    return sum(on << one for one, on in enumerate(states))


def names() -> list[str]:
    """The boards there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> type[Firmware]:
    """A board by its name. Raises ModuleNotFoundError."""
    module = importlib.import_module(f"{__name__}.{name}")
    (found,) = (
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Firmware) and kind.__module__ == module.__name__
    )
    return found
