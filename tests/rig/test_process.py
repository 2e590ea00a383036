"""A program as DUT: its mains are its life, all of its family dies with it, and what it says is kept within bounds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from harness.evidence.bench import Booked, Exited, Journal, Mains, Pressed, Provisioned, Screen, Unreadable
from harness.evidence.trace import Event
from harness.rig import process
from harness.rig.bench import Means
from harness.rig.network import Network
from harness.rig.process import Outlet, ProcessDut, means, read_line
from harness.rig.starting import Place
from harness.transports.host import BenchError
from harness.transports.tcp import TcpHost
from tests.processes import alive, gone
from tests.rig.carrying import ESTABLISHED, accepted, carried, listening, state

PATIENCE = 10.0

FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; print('{}', flush=True); time.sleep(100)", *sys.argv[1:]])
time.sleep(100)
"""
"""A program that starts another and waits."""


@pytest.fixture
async def host() -> AsyncIterator[TcpHost]:
    host = TcpHost()
    yield host
    await host.close()


@pytest.fixture
async def dut_of(host, tmp_path) -> AsyncIterator[Callable[..., ProcessDut]]:
    """A DUT from a command line; it has no power any more when the test has ended."""
    made = []

    def make(*command: str, has_screen: bool = True, outlet: Outlet | None = None, keys: bool = False) -> ProcessDut:
        dut = ProcessDut(
            host, command, lambda settings: {"primary_port": "9001", **settings},
            directory=tmp_path, evidence=tmp_path / "stderr.txt", has_screen=has_screen, outlet=outlet,
            keys=keys,
        )  # fmt: skip
        made.append(dut)
        return dut

    yield make
    for dut in made:
        await dut.power_off()


@pytest.fixture
def mark() -> str:
    """An argument by which the processes of one test are found."""
    return f"mark-{uuid.uuid4().hex}"


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *arguments)


def on_the_bench(host: TcpHost) -> list[object]:
    return [event.body for event in host.trace]


async def seen(host: TcpHost, *kinds: type) -> Event:
    """Await an event of one of these kinds on the bench."""
    assert await host.until(lambda: bool(host.trace.heard("bench", *kinds)), PATIENCE, "an event")
    return host.trace.heard("bench", *kinds)[0][0]


# ---- Mains -----------------------------------------------------------------------------------------------------------


async def test_cutting_the_mains_kills_the_whole_family(host, dut_of, mark):
    dut = dut_of(*python(FAMILY, mark))
    await dut.power_on()
    await dut.power_on()
    await seen(host, Unreadable)  # the grandchild is up
    assert len(alive(mark)) == 2
    await dut.power_off()
    await dut.power_off()
    assert gone(mark)
    assert on_the_bench(host)[::2] == [Mains(on=True), Mains(on=False)]


async def test_a_program_that_ends_takes_its_family_with_it(host, dut_of, mark):
    dut = dut_of(*python(FAMILY.replace("time.sleep(100)\n", "input()\n"), mark))
    await dut.power_on()
    exited = await seen(host, Exited)
    assert exited.body.code == 1
    assert "EOFError" in exited.body.stderr
    assert gone(mark)


async def test_after_an_end_by_itself_the_mains_can_be_given_again(host, dut_of):
    dut = dut_of(*python("print('{}')"))
    for times in (1, 2):
        await dut.power_on()
        assert await host.until(lambda: len(host.trace.heard("bench", Exited)) == times, PATIENCE, "an end")  # noqa: B023
    await dut.power_off()
    assert host.trace.heard("bench", Mains)[-1][1] == Mains(on=True)


async def test_how_it_ended_and_the_end_of_its_stderr_are_told(host, dut_of):
    dut = dut_of(*python("import sys; sys.stderr.write('x' * 100_000 + 'no licence\\n'); sys.exit(7)"))
    await dut.power_on()
    exited = (await seen(host, Exited)).body
    assert exited.code == 7
    assert exited.stderr.endswith("xno licence")
    assert len(exited.stderr) <= process.STDERR_SHOWN
    assert dut.stderr_path.stat().st_size == 100_011


async def test_one_that_has_ended_before_anybody_reads_its_pipe_leaves_none(host, dut_of, monkeypatch):
    start = ProcessDut._start

    def until_it_has_ended(self, *about):
        process = start(self, *about)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return process

    monkeypatch.setattr(ProcessDut, "_start", until_it_has_ended)
    dut = dut_of("sh", "-c", "exit 3")
    before = set(os.listdir("/proc/self/fd"))
    await dut.power_on()
    await seen(host, Exited)
    assert await host.until(lambda: set(os.listdir("/proc/self/fd")) <= before, PATIENCE, "its pipe is closed")


async def test_a_program_killed_by_a_signal_tells_which(host, dut_of):
    dut = dut_of(*python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))
    await dut.power_on()
    assert (await seen(host, Exited)).body == Exited(-signal.SIGSEGV, "")


@pytest.mark.parametrize(
    ("command", "why"), [("/no/such/program", "No such file or directory"), ("/etc/passwd", "Permission denied")]
)
async def test_a_program_that_cannot_be_started_is_a_mistake_of_the_bench(dut_of, command, why):
    with pytest.raises(BenchError, match=f"cannot start the DUT: {command}: {why}"):
        await dut_of(command).power_on()


async def test_settings_are_filled_in_at_the_next_start(host, dut_of):
    dut = dut_of(*python("import sys; print(sys.argv[1:])", "{primary_port}", "{ack_heartbeat}", "{other}"))
    dut.provision(ack_heartbeat="false")
    await dut.power_on()
    assert (await seen(host, Unreadable)).body == Unreadable("['9001', 'false', '{other}']")
    assert host.trace.heard("bench", Provisioned)[0][1] == Provisioned({"ack_heartbeat": "false"})


HARNESS = """
import asyncio, pathlib, sys
from harness.rig.network import Network
from harness.rig.process import ProcessDut
from harness.transports.tcp import TcpHost

async def main():
    host = TcpHost()
    evidence = pathlib.Path(sys.argv[1])
    command, place = tuple(sys.argv[2:]), evidence.parent
    dut = ProcessDut(host, command, lambda _: {}, directory=place, evidence=evidence, has_screen=True)
    await dut.power_on()
    await host.until(lambda: len(host.trace) > 1, 10, "the grandchild")
    print("up", flush=True)
    await host.until(lambda: False, 100, "its death")

asyncio.run(main())
"""
"""A harness that gives mains to a DUT and waits to be killed."""


def test_nothing_is_left_when_the_harness_is_killed(tmp_path, mark):
    command = [sys.executable, "-c", HARNESS, str(tmp_path / "stderr.txt"), *python(FAMILY, mark)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as harness:
        assert harness.stdout.readline() == b"up\n"
        assert len(alive(mark)) == 3  # the harness, which has it among its arguments, the DUT, and the DUT's child
        harness.kill()
    assert gone(mark)


# ---- Mains with a network of their own -------------------------------------------------------------------------------

DIALS = """
import socket
line = socket.create_connection(("198.51.100.10", 9001))
print('{"screen": {"text": "up"}}', flush=True)
line.recv(1)
"""


async def test_with_an_outlet_the_cloud_hears_nothing_of_the_cut(network, host, dut_of, mark):
    dut = dut_of(*python(DIALS, mark), outlet=network)
    with listening(network) as listener, carried(network):
        for times in (1, 2):
            await dut.power_on()
            assert await host.until(lambda: len(host.trace.heard("bench", Screen)) == times, PATIENCE, "up")  # noqa: B023
            line = await accepted(listener)
            with line:
                await dut.power_off()
                assert gone(mark)
                assert state(line) == ESTABLISHED
    assert on_the_bench(host) == [Mains(on=True), Screen("up", ""), Mains(on=False)] * 2


async def test_a_program_that_ends_at_an_outlet_is_told_as_ever(network, host, dut_of):
    dut = dut_of(*python("import sys; sys.exit('no licence')"), outlet=network)
    for _ in range(2):
        await dut.power_on()
        assert (await seen(host, Exited)).body == Exited(1, "no licence")
    await dut.power_off()
    assert not network.carrier()


async def test_what_goes_wrong_on_the_way_to_the_outlet_is_a_mistake_of_the_bench(network, host, dut_of):
    with pytest.raises(BenchError, match="cannot start the DUT: /no/such/program: No such file or directory"):
        await dut_of("/no/such/program", outlet=network).power_on()
    assert on_the_bench(host) == [Mains(on=True), Mains(on=False)]
    assert not network.carrier()


async def test_a_command_that_never_gets_there_is_given_up(network, host, dut_of, mark, monkeypatch):
    monkeypatch.setattr(process, "STARTED_WITHIN", 0.05)
    stuck = list(python("import time; time.sleep(100)", mark))
    monkeypatch.setattr(Place, "entry", lambda _, report: (stuck, (report,)))
    with pytest.raises(BenchError, match=r"cannot start the DUT: it was not on its way after 0.05 s"):
        await dut_of("true", outlet=network).power_on()
    assert gone(mark)
    assert Exited not in map(type, on_the_bench(host))


async def test_an_outlet_out_of_order_is_a_mistake_of_the_bench_and_the_program_dies_all_the_same(
    network, host, dut_of, mark
):
    with Network.open() as outlet:
        dut = dut_of(*python("import time; print('{}'); time.sleep(100)", mark), outlet=outlet)
        await dut.power_on()
    with pytest.raises(BenchError, match="its helper does not answer"):
        await dut.power_off()
    assert gone(mark)
    assert on_the_bench(host)[-1] == Mains(on=False)
    with pytest.raises(BenchError, match="its helper does not answer"):
        await dut.power_on()


# ---- What it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"screen": {"text": "POS Online", "colour": "white"}}', Screen("POS Online", "white")),
        (b'{"screen": {"text": "POS Offline"}}', Screen("POS Offline", "")),
        (b'{"screen": {"text": "\\u00e4"}, "more": 1}', Screen("ä", "")),
        (b'{"journal": {"reference": "r", "charge": "c"}}', Journal("r", "c")),
        (b'{"journal": {"reference": "r"}}', Unreadable('{"journal": {"reference": "r"}}')),
        (b'{"screen": "POS Online"}', Unreadable('{"screen": "POS Online"}')),
        (b'{"screen": null}', Unreadable('{"screen": null}')),
        (b"[]", Unreadable("[]")),
        (b"7", Unreadable("7")),
        (b"POS Online", Unreadable("POS Online")),
        (b"\xff\xfe", Unreadable("\ufffd\ufffd")),
        (b"x" * 1000, Unreadable("x" * 200)),
        (b"[" * 100_000, Unreadable("[" * 200)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_line_of_stdout(line, said):
    assert read_line(line) == said


async def test_screens_come_in_order_whatever_stands_between_them(host, dut_of):
    dut = dut_of(*python(
        "import sys, time\n"
        "out = sys.stdout.buffer\n"
        "out.write(b'{\"screen\": {\"text\": \"one\"}}\\n\\n\\xff garbage\\n{\"screen\": {\"te'); out.flush()\n"
        "out.write(b'xt\": \"two\"}}\\n' + b'y' * 70_000); out.flush()\n"
        "time.sleep(100)"
    ))  # fmt: skip
    await dut.power_on()
    assert await host.until(lambda: len(host.trace) == 5, PATIENCE, "all of it")
    *first, last = on_the_bench(host)[1:]
    assert first == [Screen("one"), Unreadable("\ufffd garbage"), Screen("two")]
    assert last.text.endswith("bytes without a line end")


async def test_a_flood_on_stdout_is_kept_within_bounds(host, dut_of, monkeypatch):
    monkeypatch.setattr(process, "MOST_STDOUT", 100_000)
    dut = dut_of(*python("while True: print('garbage')"))
    await dut.power_on()
    last = lambda: "worth keeping" in getattr(host.trace.events[-1].body, "text", "")  # noqa: E731
    assert await host.until(last, PATIENCE, "the bound")
    assert not await host.until(lambda: not last(), 0.1, "more")


async def test_without_a_screen_stdout_says_nothing(host, dut_of):
    dut = dut_of(*python("print('a log line')"), has_screen=False)
    await dut.power_on()
    await seen(host, Exited)
    assert [type(body) for body in on_the_bench(host)] == [Mains, Exited]


@pytest.mark.parametrize(
    ("command", "has_screen", "expected"),
    [
        (("run",), False, {Means.POWER}),
        (("run",), True, {Means.POWER, Means.SCREEN}),
        (("run", "{primary_host}:{primary_port}"), False, {Means.POWER, Means.ENDPOINTS}),
        (("run", "--acks={ack_heartbeat}"), False, {Means.POWER, Means.ACKS}),
    ],
)
def test_what_the_rig_can_do_is_read_off_the_command_line(command, has_screen, expected):
    assert means(command, has_screen) == expected


ECHO = """
import json, sys
for line in sys.stdin:
    (key, fields), = json.loads(line)["press"].items()
    print(json.dumps({"journal": {"reference": key, "state": "paid", "amount": fields["amount"]}}), flush=True)
"""
"""A till that books whatever key is pressed."""


async def test_keys_are_pressed_on_stdin_and_a_book_is_told_on_stdout(host, dut_of):
    dut = dut_of(*python(ECHO), keys=True, has_screen=False)
    assert Means.KEYS in dut.means
    await dut.power_on()
    dut.press("sale", amount="12.40 €")
    event = await seen(host, Booked)
    assert event.body == Booked("sale", "paid", "12.40 €")
    assert Pressed("sale", {"amount": "12.40 €"}) in on_the_bench(host)


async def test_the_keys_of_a_program_that_has_ended_move_nothing(host, dut_of):
    dut = dut_of(*python("pass"), keys=True)
    await dut.power_on()
    await seen(host, Exited)
    dut.press("sale", amount="12.40")
    assert on_the_bench(host)[-1] == Pressed("sale", {"amount": "12.40"})


def test_without_keys_none_can_be_pressed(dut_of):
    assert Means.KEYS not in dut_of(*python("pass")).means
