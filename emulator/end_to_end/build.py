"""A POS of one dialect from settings that came as JSON; `dialect` says which."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from emulator.adyen.build import build as adyen
from emulator.end_to_end.defects import OF_THE_POS
from emulator.modulus.build import build as modulus
from emulator.paymentsense.build import build as connect
from emulator.webapi.build import build as webapi
from harness.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from random import Random

BUILDS: Mapping[str, Any] = {"connect": connect, "modulus": modulus, "adyen": adyen, "webapi": webapi}


def build(
    settings: Mapping[str, Any], storage: MutableMapping[str, str], rng: Random, defect: str | None = None
) -> Endpoint:
    """The POS of its dialect, set as that dialect's own are. A defect of another dialect, or of the terminal, is not
    its own. Raises KeyError for an unknown dialect."""
    given = dict(settings)
    dialect = given.pop("dialect")
    of, name = OF_THE_POS.get(defect or "", ("", ""))
    made: Endpoint = BUILDS[dialect](given, storage, rng, name if of == dialect else None)
    return made
