"""From the `kind` and the `parameters` of a fault, as they cross into the wire's process, back to the fault."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from harness.faults.moment import Moment, Passed, Toward
from harness.faults.wire.fault import WireFault
from harness.transports.host import HarnessError


def fault(kind: str, parameters: Mapping[str, Any]) -> WireFault:
    """The fault whose `kind` and `parameters` these are; its sequences have become lists, its enums plain strings.

    Raises HarnessError if there is no such fault, or if it does not have these parameters."""
    module, _, name = kind.partition(".")
    try:
        found = getattr(import_module(f"{__package__}.{module}"), name)
        if not issubclass(found, WireFault):
            raise TypeError(f"{name} is no WireFault")
        made: WireFault = found(**parameters)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise HarnessError(f"no fault of the wire is called {kind!r} with {dict(parameters)!r}: {error}") from error
    return made


def moment(value: dict[str, Any]) -> Moment:
    """A moment out of its JSON value."""
    return Moment(**{**value, "toward": Toward(value["toward"]), "passed": Passed(value["passed"])})
