"""What a bad DUT does to a counterpart over TLS is data, bounded in memory and time, and breaks nothing of ours."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from random import Random

import pytest

from fake_cloud.adyen.party import Adyen
from fake_cloud.adyen.terms import Terms as AdyenTerms
from fake_cloud.modulus.gateway import Gateway
from fake_cloud.paymentsense.connect import Connect
from fake_cloud.paymentsense.terms import Terms
from harness.evidence.trace import Trace
from harness.transports.security import Security
from harness.transports.tcp import TcpHost
from harness.transports.virtual import Conductor
from harness.wire.endpoint import (
    Close,
    Dial,
    Endpoint,
    Input,
    Output,
    PeerClosed,
    Received,
    Secured,
    Send,
    WakeAt,
    Woke,
)
from harness.wire.framing import Malformed
from harness.wire.http1 import BODY_LIMIT, HEADER_LIMIT
from harness.wire.websocket import Client, Opcode, Upgrade
from tests.transports.party import Recorder
from tests.transports.secured import client, server

TOKEN = "3f0e5b1c-7d52"  # noqa: S105 — of nobody
ADDRESS = f"/pac?token={TOKEN}&api-version=v1&software-house-id=SH1&installer-id=IN1"
MEGABYTE = bytes(1 << 20)


@dataclass(frozen=True)
class Counterpart:
    """A party we play, and what is shown to it to be let in."""

    make: Callable[[], Endpoint]
    target: str
    headers: tuple[tuple[str, str], ...] = ()


COUNTERPARTS = {
    "gateway": Counterpart(Gateway, "/v1", (("x-api-key", "bench-pos-key"),)),
    "connect": Counterpart(lambda: Connect(Terms(sites={TOKEN: "localhost"})), ADDRESS),
}

CALLED = {
    "Modulus HTTP API": (Gateway, "api"),
    "Adyen device API": (lambda: Adyen(AdyenTerms(), Random(1)), "device"),  # noqa: S311
    "Adyen Management API": (lambda: Adyen(AdyenTerms(), Random(1)), "management"),  # noqa: S311
    "Adyen receiver": (lambda: Adyen(AdyenTerms(), Random(1)), "receiver"),  # noqa: S311
}
"""Parties that are called by HTTP, and at which listener."""


class Scene:
    """A counterpart at a secure listener, and a DUT that says what a test gives it to say."""

    def __init__(self, played: Counterpart, listener: str = "secure") -> None:
        self.host = TcpHost(trace=Trace())
        self.played = played
        self.listener = listener
        self.counterpart = played.make()
        self.dut = Recorder("dut")
        self.socket = Client(Random(1))  # noqa: S311 — reproducible on purpose

    async def open(self) -> None:
        security = Security({"good": server("localhost", "127.0.0.1")}, frozenset({self.listener}))
        await self.host.attach(self.counterpart, {self.listener: ("127.0.0.1", 0)}, security=security)
        await self.host.attach(self.dut, recorded=False, security=Security(trusting=client()))
        self.host.say("dut", [Dial("{}:{}".format(*self.host.address(self.listener)), 10.0, secure=True)])
        await self.until(lambda: bool(self.dut.of(Secured)))

    async def until(self, seen: Callable[[], bool], within: float = 20.0) -> None:
        assert await self.host.until(seen, within, "what the test waits for")

    def send(self, *data: bytes) -> None:
        self.host.say("dut", [Send(1, piece) for piece in data])

    async def let_in(self) -> None:
        self.send(self.socket.request(self.played.target, "localhost", self.played.headers))
        await self.until(lambda: bool(self.dut.of(Received)))
        answer = b"".join(event.data for event in self.dut.of(Received))
        assert answer.startswith(b"HTTP/1.1 101")
        assert self.heard(Upgrade)

    def heard(self, kind: type) -> list[object]:
        return [body for _, body in self.host.trace.heard(self.counterpart.name, kind)]

    @property
    def ended(self) -> bool:
        return not self.host.lines_of(self.counterpart.name)


@pytest.fixture(params=COUNTERPARTS)
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    scene = Scene(COUNTERPARTS[request.param])
    await scene.open()
    yield scene
    await scene.host.close()


@pytest.fixture(params=CALLED)
async def called(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    make, listener = CALLED[request.param]
    scene = Scene(Counterpart(make, "/"), listener)
    await scene.open()
    yield scene
    await scene.host.close()


async def pours(scene: Scene, begin: bytes) -> int:
    """The DUT begins so, and goes on for a hundred megabytes if nobody ends it: how many bytes of it came."""
    left = iter(range(100))

    def more(event: Input) -> list[Output]:
        goes_on = isinstance(event, Woke) and next(left, None) is not None
        return [Send(1, MEGABYTE), WakeAt("more", scene.host.now + 0.001)] if goes_on else []

    scene.dut.answer = more
    scene.send(begin)
    scene.host.say("dut", [WakeAt("more", 0.0)])
    await scene.until(lambda: scene.ended and bool(scene.dut.of(PeerClosed)))
    assert scene.heard(Malformed)
    assert next(left) < 99, "it was cut off before it had said all"
    return sum(len(body.data) for body in scene.heard(Received))


async def test_a_header_of_a_hundred_megabytes(scene):
    came = await pours(scene, b"GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Much: ")
    assert came < HEADER_LIMIT + (1 << 18)


async def test_a_call_whose_header_has_a_hundred_megabytes(called):
    came = await pours(called, b"POST /v1/x HTTP/1.1\r\nHost: localhost\r\nX-Much: ")
    assert came < HEADER_LIMIT + (1 << 18)


@pytest.mark.parametrize("length", [b"Content-Length: 104857600", b"Transfer-Encoding: chunked"])
async def test_a_call_whose_body_has_a_hundred_megabytes(called, length):
    begin = b"POST /v1/x HTTP/1.1\r\nHost: localhost\r\n" + length + b"\r\n\r\n"
    came = await pours(called, begin + b"6400000\r\n" * length.startswith(b"T"))
    assert came < BODY_LIMIT + (1 << 18)


async def test_who_calls_with_a_byte_a_second_is_answered_when_he_has_said_it(called):
    table = os.open("/proc/net/tcp", os.O_RDONLY)
    Conductor(called.host, lambda: [table], shared=True)
    call = b"GET /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = iter(call)

    def drips(event: Input) -> list[Output]:
        byte = next(slow, None) if isinstance(event, Woke) else None
        return [] if byte is None else [Send(1, bytes([byte])), WakeAt("byte", called.host.now + 1.0)]

    called.dut.answer = drips
    called.host.say("dut", [WakeAt("byte", 0.0)])
    await called.until(lambda: bool(called.dut.of(Received)) or called.ended, 900.0)
    assert b"".join(event.data for event in called.dut.of(Received)).startswith(b"HTTP/1.1 ")
    assert [body.data for body in called.heard(Received)] == [bytes([byte]) for byte in call]
    await called.host.close()
    os.close(table)


async def test_who_sends_a_byte_a_second_takes_the_time_of_nobody(scene):
    table = os.open("/proc/net/tcp", os.O_RDONLY)
    conductor = Conductor(scene.host, lambda: [table], shared=True)
    hello = scene.socket.request(scene.played.target, "localhost", scene.played.headers)
    slow = iter(hello[:60])

    def drips(event: Input) -> list[Output]:
        if not isinstance(event, Woke):
            return []
        byte = next(slow, None)
        return [Send(1, hello[60:])] if byte is None else [Send(1, bytes([byte])), WakeAt("byte", scene.host.now + 1.0)]

    scene.dut.answer = drips
    scene.host.say("dut", [WakeAt("byte", 0.0)])
    await scene.until(lambda: bool(scene.heard(Upgrade)), 900.0)
    assert [body.data for body in scene.heard(Received)[:60]] == [bytes([byte]) for byte in hello[:60]]
    assert scene.host.now > 60.0
    assert conductor.jumps > 50
    await scene.host.close()
    os.close(table)


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\xff\xfe\r\n\r\n",
        b"HELO localhost\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ],
)
async def test_what_is_no_handshake(scene, said):
    scene.send(said)
    await scene.until(lambda: scene.ended)
    assert scene.heard(Malformed)
    assert scene.heard(Close)


FRAMES = {
    "not masked": b"\x81\x02hi",
    "reserved bits": b"\xf1\x82\x00\x00\x00\x00hi",
    "an opcode that is none": b"\x83\x82\x00\x00\x00\x00hi",
    "a ping of 200 bytes": b"\x89\xfe\x00\xc8" + bytes(204),
    "nine exabytes announced": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + bytes(4),
    "a fragment of nothing": b"\x80\x82\x00\x00\x00\x00hi",
    "text that is no UTF-8": b"\x81\x82\x00\x00\x00\x00\xff\xfe",
}


@pytest.mark.parametrize("frame", FRAMES)
async def test_a_frame_that_breaks_the_rules_of_websocket(scene, frame):
    await scene.let_in()
    scene.send(FRAMES[frame])
    await scene.until(lambda: scene.ended)
    assert scene.heard(Malformed)


TEXTS = {
    "a batch": '[{"jsonrpc": "2.0", "id": 1, "method": "getTerminals"}, {"jsonrpc": "2.0", "id": 2, "method": "x"}]',
    "a hundred thousand brackets": "[" * 100_000,
    "a hundred thousand objects": '{"a":' * 100_000,
    "a number of a hundred thousand digits": '{"jsonrpc": "2.0", "id": ' + "9" * 100_000 + "}",
    "an exponent": '{"jsonrpc": "2.0", "id": 1e999999999, "method": "x"}',
    "half a surrogate pair": '{"action": "\\ud800", "jsonrpc": "2.0", "id": "\\udfff", "method": "\\ud800"}',
    "names that are twice there": '{"id": 1, "id": 2, "jsonrpc": "2.0", "method": "x", "method": "y", "action": {}}',
    "nothing": "",
    "null": "null",
}


@pytest.mark.parametrize("text", TEXTS)
async def test_a_message_that_is_none_and_then_one_that_is(scene, text):
    await scene.let_in()
    scene.send(scene.socket.text(TEXTS[text]), scene.socket.frame(Opcode.PING, b"still there?"))
    answers = lambda: b"".join(event.data for event in scene.dut.of(Received))  # noqa: E731
    await scene.until(lambda: b"still there?" in answers() or scene.ended)
    assert not scene.ended
