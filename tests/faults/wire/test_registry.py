"""A fault that crosses into the wire's process is the same fault there."""

from __future__ import annotations

import json

import pytest

from harness.faults.moment import Toward
from harness.faults.wire import registry
from harness.faults.wire.black_hole import BlackHole
from harness.transports.host import HarnessError


def test_finds_a_fault_by_what_was_said_of_it() -> None:
    fault = BlackHole((Toward.CLOUD,))
    found = registry.fault(fault.kind, json.loads(json.dumps(fault.parameters)))
    assert isinstance(found, BlackHole)
    assert tuple(found.toward) == fault.toward


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("black_hole.BlackHole", {"away": 1}),
        ("black_hole.Toward", {}),
        ("black_hole.Nothing", {}),
        ("nowhere.Nothing", {}),
        ("rule.Rule", {}),
        ("black_hole", {}),
        ("", {}),
    ],
)
def test_says_what_is_not_to_be_had(kind: str, parameters: dict[str, int]) -> None:
    with pytest.raises(HarnessError, match=f"no fault of the wire is called {kind!r}"):
        registry.fault(kind, parameters)
