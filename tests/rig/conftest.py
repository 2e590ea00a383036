"""A bench network for a test, where this machine allows one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.rig.network import Network, NetworkForbidden


@pytest.fixture
def network() -> Iterator[Network]:
    try:
        network = Network.open()
    except NetworkForbidden as why:
        pytest.skip(str(why))
    with network:
        yield network
