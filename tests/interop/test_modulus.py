"""The sample client that Modulus prints, on `ws` for Node, against our gateway over TLS; and that it minds a bent one.

It is unchanged but for the address. Once it runs on its own clock; else its clock runs faster, together with ours."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fake_cloud.modulus.delivery import SILENCE, Delivery, Then
from fake_cloud.modulus.gateway import GATEWAY, Gateway
from fake_cloud.modulus.instructions import Answers, Bend, End, Hear, Probe, Refuse
from fake_cloud.modulus.terms import Terms
from harness.checks import dialling, handshake
from harness.checks import websocket as frames
from harness.evidence.verdict import Verdict
from harness.rig.certificates import Authority
from harness.transports.tcp import TcpHost
from harness.wire import websocket
from harness.wire.endpoint import Close, Secured, Told, Unsecured
from harness.wire.modulus import GetTerminals, JsonPing
from harness.wire.websocket import Upgrade
from harness.wire.websocket_frames import Closing, Pong, written

FOLDER = Path(__file__).parent / "modulus"
FILES = ("package.json", "package-lock.json", "clock.js", "quick_connection_test.js", "connect_and_heartbeat.js")
NODE, NPM = shutil.which("node"), shutil.which("npm")
ADDRESS = "{your-api-endpoint}"
"""Stands in the sample where the address belongs."""

PATIENCE = 20.0
"""Seconds of the wall that nothing here takes."""

REAL, FAST = 1.0, 10.0
"""How much faster the clocks run: a sample waits for half a minute."""

PASSED = ["1. Connection established", "2. Terminals received: 2", "3. Heartbeat working", "All tests passed!"]

pytestmark = pytest.mark.skipif("INTEROP" not in os.environ, reason="needs node and npm: tox -e interop")


@pytest.fixture(scope="module")
def client_at(tmp_path_factory) -> Path:
    """A folder with the samples and the library they lock, from the npm registry."""
    folder = tmp_path_factory.mktemp("modulus")
    for name in FILES:
        shutil.copy(FOLDER / name, folder)
    done = subprocess.run(
        [NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


class Bench:
    """Our gateway on a port with TLS, and one sample as a process."""

    def __init__(self, folder: Path, own: Path, scale: float) -> None:
        self.authority = Authority(own)
        self.host = TcpHost(scale=scale)
        self.trace = self.host.trace
        self._folder, self._own, self._scale = folder, own, scale
        self._process: asyncio.subprocess.Process | None = None
        self.said: list[str] = []

    async def open(self) -> None:
        security = self.authority.security(["wss"], ["localhost", "127.0.0.1"])
        await self.host.attach(Gateway(), {"wss": ("127.0.0.1", 0)}, security=security)

    def tell(self, *instructions: object) -> None:
        for body in instructions:
            self.host.feed(GATEWAY, Told("case", body))

    async def run(self, sample: str, *, trusts: bool = True) -> None:
        """Start a sample. What it writes on either channel is gathered in `said`."""
        port = self.host.address("wss")[1]
        program = self._folder / f"{self._own.name}_{sample}"
        program.write_text((self._folder / sample).read_text("utf-8").replace(ADDRESS, f"localhost:{port}"), "utf-8")
        known = {"NODE_EXTRA_CA_CERTS": str(self.authority.ca)} if trusts else {}
        self._process = await asyncio.create_subprocess_exec(
            str(NODE), *([] if self._scale == REAL else ["--require", "./clock.js"]), program.name,
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "MODULUS_API_KEY": Terms().keys[0].key, "CLOCK_SCALE": str(self._scale)}
            | known,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    async def says(self, words: str) -> str:
        """The next line that begins with these words; empty if the sample ended before it wrote one."""
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self._process.stdout.readline()).decode():
                self.said.append(line.rstrip("\n"))
                if line.startswith(words):
                    return self.said[-1]
        return ""

    async def ends(self) -> list[str]:
        """All that the sample said until it ended by itself."""
        assert await self.says("\0") == ""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE):
            await self._process.wait()
        return self.said

    async def hears(self, kind: type, times: int = 1) -> None:
        """Until the gateway heard so many of one kind."""
        within = PATIENCE * self._scale
        assert await self.host.until(lambda: len(self.trace.heard(GATEWAY, kind)) >= times, within, kind.__name__)

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # `node` may be a script that has started the real one
            await self._process.wait()
        await self.host.close()


@pytest.fixture
async def bench(client_at, tmp_path, request) -> AsyncIterator[Bench]:
    bench = Bench(client_at, tmp_path, getattr(request, "param", FAST))
    await bench.open()
    yield bench
    await bench.close()


# ---- The quick connection test ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bench", [REAL, FAST], indirect=True, ids=["on its own clock", "on a fast one"])
async def test_the_quick_connection_test_passes_its_own_steps_and_our_rules(bench):
    await bench.run("quick_connection_test.js")
    assert await bench.ends() == PASSED

    heard = [type(body) for _, body in bench.trace.heard(GATEWAY, Secured, Upgrade, GetTerminals, JsonPing, Closing)]
    assert heard == [Secured, Upgrade, GetTerminals, JsonPing, Closing]
    findings = [
        handshake.secured(bench.trace, GATEWAY),
        handshake.path_among(bench.trace, GATEWAY, ["/v1"]),
        handshake.header_given(bench.trace, GATEWAY, "x-api-key", [Terms().keys[0].key]),
        handshake.header_preferred(bench.trace, GATEWAY, "x-api-key"),
        frames.frames_legal(bench.trace, GATEWAY),
        frames.one_value_a_message(bench.trace, GATEWAY, objects=True),
    ]
    assert [(finding.verdict, finding.warning) for finding in findings] == [(Verdict.PASS, False)] * len(findings)


async def test_it_understands_fragments_cut_anywhere_and_late_answers(bench):
    bench.tell(
        Bend(Answers.TERMINALS, Delivery(sizes=(1, 0, 3, 40))),
        Bend(Answers.PONG, Delivery(after=0.5, sizes=(2,))),
    )
    await bench.run("quick_connection_test.js")
    assert await bench.ends() == PASSED


async def test_it_answers_pings_with_their_payload(bench):
    bench.tell(Bend(Answers.PONG, SILENCE))
    await bench.run("quick_connection_test.js")
    await bench.says("2. ")
    bench.tell(Probe(b"are you there"), Probe())
    await bench.hears(Pong, 2)
    assert frames.pings_answered(bench.trace, GATEWAY, within=60.0).verdict is Verdict.PASS


# ---- Our side bent ---------------------------------------------------------------------------------------------------


async def test_it_does_not_pass_without_a_pong(bench):
    bench.tell(Bend(Answers.PONG, SILENCE))
    await bench.run("quick_connection_test.js")
    await bench.hears(JsonPing)
    bench.tell(End(Then.DROP))
    assert await bench.ends() == PASSED[:2]


async def test_it_does_not_pass_with_another_pong(bench):
    bench.tell(Bend(Answers.PONG, Delivery(changes={"action": "Pong"}, then=Then.CLOSE)))
    await bench.run("quick_connection_test.js")
    assert await bench.ends() == PASSED[:2]


async def test_it_minds_a_wrong_answer_to_its_key(bench, monkeypatch):
    monkeypatch.setattr(websocket, "accept_key", lambda _: "d3Jvbmc=")
    await bench.run("quick_connection_test.js")
    assert await bench.ends() == ["Test failed: Invalid Sec-WebSocket-Accept header"]


@pytest.mark.parametrize(
    ("bent", "told"),
    [
        ({"mask": b"mask"}, "MASK must be clear"),
        ({"rsv": 4}, "RSV1 must be clear"),
        ({"fin": False}, ""),
    ],
    ids=["masked", "a reserved bit", "unfinished"],
)
async def test_it_minds_frames_that_are_not_a_server_s(bench, monkeypatch, bent, told):
    monkeypatch.setattr(websocket, "written", lambda *given, **more: written(*given, **(more | bent)))
    await bench.run("quick_connection_test.js")
    await bench.hears(JsonPing if not told else Close)
    bench.tell(End(Then.DROP))
    said = await bench.ends()
    assert said[0] == PASSED[0]
    assert PASSED[-1] not in said
    assert told in said[-1]


async def test_it_minds_a_refusal(bench):
    bench.tell(Refuse(401))
    await bench.run("quick_connection_test.js")
    assert await bench.ends() == ["Test failed: Unexpected server response: 401"]


@pytest.mark.parametrize("identity", ["wrong host", "expired", "self-signed", "unknown authority"])
async def test_it_trusts_no_certificate_but_the_right_one(bench, identity):
    bench.tell(Hear("wss", identity=identity))
    await bench.run("quick_connection_test.js")
    [said] = await bench.ends()
    assert said.startswith("Test failed: ")
    assert bench.trace.heard(GATEWAY, Upgrade) == []


async def test_it_trusts_nobody_whom_it_was_not_told_to(bench):
    await bench.run("quick_connection_test.js", trusts=False)
    [said] = await bench.ends()
    assert said.startswith("Test failed: ")
    await bench.hears(Unsecured)


# ---- The client that stays -------------------------------------------------------------------------------------------


async def test_the_client_that_stays_sends_its_heartbeat_and_comes_back_after_a_drop(bench):
    await bench.run("connect_and_heartbeat.js")
    assert await bench.says("Connected")
    assert await bench.says("Heartbeat OK")
    bench.tell(End(Then.DROP))
    assert await bench.says("Connection closed: 1006")
    assert await bench.says("Connected")
    assert await bench.says("Heartbeat OK")

    assert dialling.dials_again(bench.trace, GATEWAY, limit=60.0).verdict is Verdict.PASS
    assert dialling.one_line_at_a_time(bench.trace, GATEWAY).verdict is Verdict.PASS
    assert frames.frames_legal(bench.trace, GATEWAY).verdict is Verdict.PASS


async def test_it_gives_a_line_up_on_which_no_pong_comes(bench):
    bench.tell(Bend(Answers.PONG, SILENCE, times=1))
    await bench.run("connect_and_heartbeat.js")
    assert await bench.says("Pong timeout")
    assert await bench.says("Connection closed: 1006")
    assert await bench.says("Connected")
    assert bench.said.count("Heartbeat OK") == 0
