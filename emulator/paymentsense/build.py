"""An EPoS from its settings."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from emulator.paymentsense.defects import DEFECTS
from emulator.paymentsense.epos import Epos
from emulator.paymentsense.settings import Settings

if TYPE_CHECKING:
    from random import Random


def build(
    settings: Mapping[str, Any], storage: MutableMapping[str, str], rng: Random, defect: str | None = None
) -> Epos:
    """An EPoS by its settings as JSON values, conformant or with a defect of `DEFECTS`, and what that needs to show.

    Raises KeyError for an unknown defect and TypeError for an unknown setting."""
    kind = Epos if defect is None else DEFECTS[defect]
    needs = {} if defect is None else DEFECTS[defect].needs
    return kind(Settings(**{**settings, **needs}), storage, rng)
