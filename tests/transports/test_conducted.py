"""An emulator in a process of its own, on real TCP, whose clock jumps along with ours."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from harness.evidence.bench import Screen
from harness.rig.process import read_line
from harness.transports.tcp import TcpHost
from harness.transports.virtual import Conductor
from harness.wire import econduit
from harness.wire.endpoint import Close, Hearing, Input, Listen, Output, PeerClosed, Received, Send
from tests.transports.party import PATIENCE, Recorder, pass_by

HOUR = 3600.0
OK = econduit.OK_REGISTRATION.encode() + econduit.TERMINATOR
ACK = b'{"Status":"OK"}' + econduit.TERMINATOR


@pytest.fixture
def connections() -> Iterator[int]:
    """The table of this machine's own namespace."""
    fd = os.open("/proc/net/tcp", os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
async def host() -> AsyncIterator[TcpHost]:
    host = TcpHost()
    yield host
    await host.close()


class Cloud(Recorder):
    """Accepts every registration, acknowledges every heartbeat, and keeps their document seconds."""

    def __init__(self) -> None:
        super().__init__("cloud", self._answer)
        self.registrations: list[float] = []
        self.beats: list[float] = []
        self.line = 0

    def handle(self, event: Input, now: float) -> list[Output]:
        if isinstance(event, Received):
            (self.registrations if b"Register" in event.data else self.beats).append(now)
            self.line = event.line
        return list(super().handle(event, now))

    def _answer(self, event: Input) -> list[Output]:
        return [Send(event.line, OK if b"Register" in event.data else ACK)] if isinstance(event, Received) else []


class Emulator:
    """The emulator as a process; what it shows goes into the trace, as a rig would have it."""

    def __init__(self, host: TcpHost, conductor: Conductor) -> None:
        self._host = host
        self._conductor = conductor
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        fd = self._conductor.join()
        command = [sys.executable, "-m", "emulator", "terminal", "--clock-fd", str(fd)]
        address = "{}:{}".format(*self._host.address("primary"))
        self.process = subprocess.Popen(
            [*command, "--primary", address],
            pass_fds=[fd],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        os.close(fd)

    def read(self) -> None:
        asyncio.get_running_loop().add_reader(self.process.stdout, self._read)

    def _read(self) -> None:
        for line in os.read(self.process.stdout.fileno(), 65536).splitlines():
            self._host.record("bench", read_line(line))

    def stop(self) -> None:
        if self.process is not None:
            asyncio.get_running_loop().remove_reader(self.process.stdout)
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None


@pytest.fixture
async def cloud(host) -> Cloud:
    cloud = Cloud()
    await host.attach(cloud, {"primary": ("127.0.0.1", 0)}, recorded=False)
    return cloud


@pytest.fixture
async def conductor(host, connections) -> Conductor:
    return Conductor(host, lambda: [connections], shared=True)


@pytest.fixture
async def emulator(host, cloud, conductor) -> AsyncIterator[Emulator]:
    emulator = Emulator(host, conductor)
    yield emulator
    emulator.stop()


def intervals(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


async def test_an_hour_of_heartbeats_with_a_reset_a_deaf_cloud_and_a_power_cut(host, cloud, conductor, emulator):
    emulator.start()
    emulator.read()
    await pass_by(host, HOUR)
    assert len(cloud.beats) == 59
    assert intervals(cloud.beats) == pytest.approx([60.0] * 58, abs=0.01)
    assert [body.text for _, body in host.trace.heard("bench", Screen)] == ["POS Offline", "POS Online"]

    host.say("cloud", [Close(cloud.line, reset=True)])
    lost = host.now
    await pass_by(host, HOUR)
    assert len(cloud.registrations) == 2
    assert cloud.registrations[1] == pytest.approx(lost, abs=1.0)
    assert len(cloud.beats) == 59 + 59
    assert intervals(cloud.beats[59:]) == pytest.approx([60.0] * 58, abs=0.01)

    host.say("cloud", [Listen("primary", Hearing.TIMED_OUT), Close(cloud.line, reset=True)])
    await pass_by(host, HOUR)
    assert len(cloud.registrations) == 2
    host.say("cloud", [Listen("primary")])
    heard = host.now
    await pass_by(host, HOUR)
    assert len(cloud.registrations) == 3
    assert 0 < cloud.registrations[2] - heard < 30.0 + 10.0, "its longest pause, and its patience with a dial"

    emulator.stop()
    await host.until(lambda: bool(cloud.of(PeerClosed)), HOUR, "the end of its line")
    begun = host.now
    await pass_by(host, HOUR)
    assert host.now >= begun + HOUR
    emulator.start()
    emulator.read()
    joined, beats = host.now, len(cloud.beats)
    await pass_by(host, 150.0)
    assert len(cloud.registrations) == 4
    assert cloud.registrations[3] > joined
    assert len(cloud.beats) == beats + 2
    assert cloud.beats[-2] - cloud.registrations[3] == pytest.approx(60.0, abs=1.0)


async def test_while_the_emulator_hangs_time_is_real(host, cloud, conductor, emulator):
    emulator.start()
    emulator.read()
    assert await host.until(lambda: len(cloud.beats) >= 2, HOUR, "heartbeats")
    emulator.process.send_signal(signal.SIGSTOP)
    await pass_by(host, 0.05)  # what it has said before may still be taken at its word
    jumps, begun, started = conductor.jumps, host.now, time.monotonic()
    await pass_by(host, 0.3)
    assert conductor.jumps == jumps
    assert host.now - begun == pytest.approx(time.monotonic() - started, abs=0.01)
    emulator.process.send_signal(signal.SIGCONT)
    await pass_by(host, HOUR)
    assert intervals(cloud.beats)[-50:] == pytest.approx([60.0] * 50, abs=0.01)


async def test_words_of_the_emulator_that_nobody_has_read_keep_time_real(host, cloud, conductor, emulator):
    emulator.start()
    assert await host.until(lambda: bool(cloud.registrations), HOUR, "a registration")
    await pass_by(host, 0.3)
    assert conductor.jumps == 0
    emulator.read()
    await pass_by(host, HOUR)
    assert intervals(cloud.beats) == pytest.approx([60.0] * 59, abs=0.01)


async def test_when_the_conductor_goes_the_emulator_lives_on_in_real_time(host, cloud, conductor, emulator):
    emulator.start()
    emulator.read()
    assert await host.until(lambda: bool(cloud.beats), HOUR, "a heartbeat")
    conductor.leave()
    host.say("cloud", [Close(cloud.line, reset=True)])
    async with asyncio.timeout(PATIENCE):  # not in `until`: a harness alone jumps to what is due
        while len(cloud.registrations) < 2:
            host.stirred.clear()
            await host.stirred.wait()
    assert emulator.process.poll() is None
