"""Serial relay boards, one module each, found by its name: what is said to a board on its line, and what it says back.

Everything here is pure; `harness.rig.relay` is what speaks. A module is named as people name the board, with `_` for
what is no letter or digit, and its docstring shows the bench file to write and where its bytes are documented.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast


class Board(Protocol):
    """A module of this package."""

    BAUD: int
    FIRST: int
    """The number printed on its first channel."""
    SIZES: tuple[int, ...]
    """How many channels it is sold with."""

    @staticmethod
    def command(channel: int, on: bool) -> bytes:
        """What switches one relay. `channel`: as it is printed on the board."""


def names() -> list[str]:
    """The boards that are known."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Board:
    """A board by its name. Raises ModuleNotFoundError."""
    return cast(Board, importlib.import_module(f"{__name__}.{name}"))
