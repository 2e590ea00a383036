"""Another POS with the same key: the gateway and two of them in memory, where the newer wins."""

from __future__ import annotations

import random

import pytest

from fake_cloud.modulus.gateway import Gateway
from fake_cloud.modulus.rival import Arrive, Leave, Rival
from harness.evidence.trace import Trace
from harness.transports.memory import MemoryHost
from harness.wire.endpoint import Close, Opened, PeerClosed, Told
from harness.wire.modulus import ForceDisconnect, KeyShown
from harness.wire.websocket import Upgraded
from harness.wire.websocket_frames import Closing

KEY = "bench-pos-key"


class Other(Rival):
    """A second one, by another name."""

    name = "other"


@pytest.fixture
async def host() -> MemoryHost:
    host = MemoryHost(Trace())
    await host.attach(Gateway(), {"gateway": ("", 0)})
    for number, kind in enumerate((Rival, Other)):
        await host.attach(kind(KEY, random.Random(number)))  # noqa: S311 — for masks
    return host


async def later(host: MemoryHost, seconds: float = 10.0) -> None:
    await host.until(lambda: False, seconds, "what follows")


def kinds(host: MemoryHost, source: str, *wanted: type) -> list[type]:
    return [type(body) for _, body in host.trace.heard(source, *wanted)]


async def test_it_is_let_in_and_says_goodbye(host: MemoryHost):
    host.feed("rival", Told("case", Arrive("gateway")))
    await later(host)
    assert kinds(host, "gateway", KeyShown) == [KeyShown]
    assert kinds(host, "rival", Upgraded) == [Upgraded]
    host.feed("rival", Told("case", Leave()))
    await later(host)
    assert [body for _, body in host.trace.heard("gateway", Closing)] == [Closing(1000, "")]
    host.feed("rival", Told("case", Leave()))
    assert host.lines_of("rival") == []


async def test_the_newer_displaces_it_and_it_keeps_quiet(host: MemoryHost):
    host.feed("rival", Told("case", Arrive("gateway")))
    await later(host)
    host.feed("other", Told("case", Arrive("gateway")))
    await later(host, 120.0)
    assert kinds(host, "rival", Upgraded, ForceDisconnect, Closing) == [Upgraded, ForceDisconnect, Closing]
    assert kinds(host, "other", Upgraded, ForceDisconnect) == [Upgraded]
    assert len(host.trace.heard("gateway", Opened)) == 2
    assert (host.lines_of("rival"), len(host.lines_of("other"))) == ([], 1)


async def test_a_gateway_that_drops_it_is_left_alone(host: MemoryHost):
    host.feed("rival", Told("case", Arrive("gateway")))
    await later(host)
    host.say("gateway", [Close(1)])
    await later(host)
    assert kinds(host, "rival", PeerClosed) == [PeerClosed]
    assert host.lines_of("rival") == []
