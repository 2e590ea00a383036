"""Serial relay boards, one module each, found by its name: what is said to a board on its line, and what it says back.

Everything here is pure; `harness.rig.relay` is what speaks. A module is named as people name the board, with `_` for
what is no letter or digit, and its docstring shows the bench file to write, where its bytes are documented and what may
be believed of its read-back. It is a `Board`, which is told either one relay at a time (`OneByOne`) or the state of all
of them (`AllAtOnce`), and as many of the other protocols below as the hardware allows: a board has no function for what
it cannot do. Channels are numbered as they are printed on the board.

What reads a reply is called with all bytes that have come so far, and says None until they are the whole answer: so it
also says when to stop listening, and a wrong answer is one that never becomes whole.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import NamedTuple, Protocol, cast, runtime_checkable


class Board(Protocol):
    """A module of this package."""

    BAUD: int
    FIRST: int
    """The number printed on its first channel."""
    SIZES: tuple[int, ...]
    """How many channels it is sold with."""


@runtime_checkable
class OneByOne(Board, Protocol):
    """One that is told what one relay shall do."""

    @staticmethod
    def command(channel: int, on: bool) -> bytes:
        """What switches one relay."""


class Identity(NamedTuple):
    """What a board says of itself."""

    name: str
    sizes: tuple[int, ...]
    """How many channels a board that says so may have; empty if it is none of this kind."""


@runtime_checkable
class Identified(Protocol):
    """One that says what it is."""

    @staticmethod
    def identify() -> bytes:
        """What asks it."""

    @staticmethod
    def identity(reply: bytes) -> Identity | None:
        """What it says of itself, once that has come as a whole."""


@runtime_checkable
class AllAtOnce(Board, Identified, Protocol):
    """One that is told the state of all its relays at once, and has to be started first, once for as long as it has
    power: when it has been started, another `identify` or `START` switches relays."""

    START: bytes

    @staticmethod
    def pattern(energised: frozenset[int], channels: int) -> bytes:
        """What energises these relays and no others of a board with so many."""


@runtime_checkable
class Answering(Protocol):
    """One that answers each command."""

    @staticmethod
    def answered(reply: bytes, channel: int, on: bool) -> bool | None:
        """True once the answer to this very command has come as a whole. It need not say whether the relay obeyed."""


@runtime_checkable
class Asked(Protocol):
    """One that can be asked what its relays are."""

    MAY_BE_SILENT: bool
    """Some boards of this kind never answer: what does not answer when it is opened is not asked again."""

    @staticmethod
    def queries(channel: int, channels: int) -> tuple[bytes, ...]:
        """What is asked about a relay of a board with so many, one after another; only the answer to the last counts.

        Nothing, if a board of this size cannot be asked."""

    @staticmethod
    def state(reply: bytes, channel: int, channels: int) -> bool | None:
        """Whether the relay is energised, once the answer has come as a whole."""


@runtime_checkable
class Slow(Protocol):
    """One that loses what is said to it too soon."""

    PAUSE: float
    """WALL seconds between one thing said to it and the next."""


def names() -> list[str]:
    """The boards that are known."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Board:
    """A board by its name. Raises ModuleNotFoundError."""
    return cast(Board, importlib.import_module(f"{__name__}.{name}"))


def known_channels(name: str, channels: int | None = None) -> tuple[int, ...]:
    """The channels of a board, as they are printed on it. `channels`: how many; may be None if it is sold in one size.

    Raises ValueError with what is allowed."""
    if name not in names():
        raise ValueError(f"a board among {', '.join(names())} (found {name})")
    board = load(name)
    size = board.SIZES[0] if channels is None and len(board.SIZES) == 1 else channels
    if size not in board.SIZES:
        found = "none is given" if channels is None else f"found {channels}"
        raise ValueError(f"how many channels the {name} board has: {' or '.join(map(str, board.SIZES))} ({found})")
    return tuple(range(board.FIRST, board.FIRST + size))
