"""A POS that orders by URL from JSON values: how memory, and the program of the emulator, come by one."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from emulator.webapi.defects import DEFECTS
from emulator.webapi.pos import Pos
from emulator.webapi.settings import Settings

if TYPE_CHECKING:
    from random import Random


def build(settings: dict[str, Any], storage: MutableMapping[str, str], rng: Random, defect: str | None) -> Pos:
    """The conformant POS, or the one with this defect. Raises KeyError for an unknown one."""
    kind = Pos if defect is None else DEFECTS[defect]
    return kind(Settings(**settings), storage, rng)
