"""A program that starts warm is a process like any other: what it is given, where it runs, how it ends, whose it is."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.evidence.bench import Exited, Mains, Screen, Unreadable
from harness.rig.process import Outlet, ProcessDut
from harness.rig.starting import HERE, Order, Place
from harness.rig.warm import Warm
from harness.transports.host import BenchError
from harness.transports.tcp import TcpHost

PATIENCE = 10.0

DOOR = """
import sys
loaded = []
def main(arguments):
    loaded.append(len(loaded))
    scope = {"arguments": arguments[1:], "loaded": loaded, "code": 0}
    exec(arguments[0], scope)
    return scope["code"]
"""
"""A program that does what its first argument says, as `python -c` does."""

SCREEN = "import json, sys; print(json.dumps({'screen': {'text': input()}}), flush=True); sys.stdin.read()"


@pytest.fixture
def program(tmp_path) -> tuple[str, ...]:
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "__init__.py").touch()
    (tmp_path / "told" / "__main__.py").write_text(DOOR)
    return (sys.executable, "-m", "told")


@pytest.fixture
def warm(program, tmp_path, monkeypatch) -> Iterator[Warm]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    warm = Warm(program, ["decimal"], tmp_path)
    yield warm
    warm.close()


@pytest.fixture
async def host():
    host = TcpHost()
    yield host
    await host.close()


@pytest.fixture
async def dut_of(host, warm, program, tmp_path):
    made = []

    def make(code: str, *arguments: str, keys: bool = False, outlet: Outlet | None = None) -> ProcessDut:
        dut = ProcessDut(
            host, (*program, code, *arguments), lambda _: {}, directory=tmp_path, evidence=tmp_path / "stderr.txt",
            has_screen=True, keys=keys, outlet=outlet, starter=warm,
        )  # fmt: skip
        made.append(dut)
        return dut

    yield make
    for dut in made:
        await dut.power_off()


@pytest.fixture
def said(warm, program, tmp_path) -> Callable[..., str]:
    """What a program prints until it ends."""

    def say(code: str, *arguments: str, place: Place = HERE, report: int = -1) -> str:
        with (tmp_path / "stderr.txt").open("ab") as stderr:
            started = warm(Order([*program, code, *arguments], place, report, tmp_path, stderr, keys=False))
        with started.stdout as pipe:
            words = pipe.read().decode()
        return f"{words}{started.wait() or ''}"

    return say


async def seen(host: TcpHost, *kinds: type) -> object:
    assert await host.until(lambda: bool(host.trace.heard("bench", *kinds)), PATIENCE, "an event")
    return host.trace.heard("bench", *kinds)[0][1]


def test_each_is_a_process_of_its_own_that_has_loaded_everything(said, tmp_path):
    code = (
        "import os, sys; print(os.getpid(), os.getpgid(0), os.getcwd(), *arguments, 'decimal' in sys.modules, *loaded)"
    )
    first, second = said(code, "an argument").split(" ", 1), said(code, "another").split(" ", 1)
    assert first[0] != second[0]
    for (pid, rest), argument in ((first, "an argument"), (second, "another")):
        assert rest == f"{pid} {tmp_path} {argument} True 0\n", "nothing of one is left in the next"


def test_it_has_nothing_of_the_harness_in_its_hands(said):
    read, write = os.pipe()
    code = "import os, sys; print(*sorted(map(int, os.listdir('/proc/self/fd')))); os.write(int(arguments[0]), b'mine')"
    try:
        words = said(code, str(write), place=Place(inherited=(write,)))
        assert {"0", "1", "2", str(write)} <= set(words.split())
        assert len(words.split()) == 5, "beside these there is the listing itself"
        assert os.read(read, 10) == b"mine"
    finally:
        os.close(read)
        os.close(write)


async def test_its_keys_and_its_screen(host, dut_of):
    dut = dut_of(SCREEN, keys=True)
    await dut.power_on()
    dut.press("sale", amount="12.40")
    assert await seen(host, Screen) == Screen('{"press": {"sale": {"amount": "12.40"}}}', "")


async def test_without_keys_its_stdin_is_at_its_end(said):
    assert said("import sys; print(repr(sys.stdin.read()))") == "''\n"


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [
        ("import sys; print('no licence', file=sys.stderr); code = 7", 7, "no licence"),
        ("raise OSError('no card reader')", 1, "OSError: no card reader"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV, ""),
    ],
)
async def test_how_it_ended_and_its_last_words_are_told(host, dut_of, code, exit_code, words):
    await dut_of(code).power_on()
    exited = await seen(host, Exited)
    assert exited.code == exit_code
    assert exited.stderr.endswith(words)


async def test_cutting_the_mains_kills_its_whole_family(host, dut_of):
    family = "import subprocess; p = subprocess.Popen(['sleep', '1000']); print(p.pid, flush=True); p.wait()"
    dut = dut_of(family)
    await dut.power_on()
    child = int((await seen(host, Unreadable)).text)
    handle = os.pidfd_open(child)
    await dut.power_off()
    ended(handle)
    assert [body for _, body in host.trace.heard("bench", Mains)] == [Mains(on=True), Mains(on=False)]
    await dut.power_on()  # and again


def test_it_dies_with_what_it_was_forked_from(warm, program, tmp_path):
    with (tmp_path / "stderr.txt").open("ab") as stderr:
        started = warm(Order([*program, "import time; time.sleep(1000)"], HERE, -1, tmp_path, stderr, keys=False))
    handle = os.pidfd_open(started.pid)
    warm.close()
    warm.close()
    ended(handle)
    started.stdout.close()


HARNESS = """
import sys
from pathlib import Path
from harness.rig.starting import HERE, Order
from harness.rig.warm import Warm
place = Path.cwd()
warm = Warm((sys.executable, "-m", "told"), [], place)
words = (sys.executable, "-m", "told", "import time; time.sleep(1000)")
print(warm(Order(words, HERE, -1, place, sys.stderr.buffer, keys=False)).pid, flush=True)
sys.stdin.read()
"""


def test_it_dies_with_the_harness(program, tmp_path):
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=paths
    ) as harness:
        handle = os.pidfd_open(int(harness.stdout.readline()))
        harness.kill()
        ended(handle)


async def test_who_started_it_is_dead_and_the_program_is_not_blamed(host, dut_of, warm):
    dut = dut_of("import time; time.sleep(1000)")
    await dut.power_on()
    os.kill(warm.pid, signal.SIGKILL)
    with pytest.raises(BenchError, match="does not answer"):
        await host.until(lambda: False, PATIENCE, "an end")
    assert not host.trace.heard("bench", Exited)
    with pytest.raises(BenchError, match="cannot start the DUT"):
        await dut.power_on()


def test_only_programs_of_its_command_line(warm, tmp_path):
    with (tmp_path / "stderr.txt").open("ab") as stderr, pytest.raises(BenchError, match=r"allowed: .* -m told"):
        warm(Order(["/bin/true"], HERE, -1, tmp_path, stderr, keys=False))


def test_what_cannot_be_loaded_is_told(program, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    with pytest.raises(BenchError, match="No module named 'nowhere'"):
        Warm(program, ["nowhere"], tmp_path)


# ---- In the terminal -------------------------------------------------------------------------------------------------


async def test_it_runs_in_the_terminal_without_rights_there(network, host, dut_of):
    cards = "; ".join(
        (
            "import re, time",
            "status = open('/proc/self/status').read()",
            "cards = re.findall(r'^ *(\\w+):', open('/proc/net/dev').read(), re.M)",
            "print(*cards, re.search(r'NoNewPrivs:\\s+(\\d)', status)[1], flush=True)",
            "time.sleep(1000)",
        )
    )
    await dut_of(cards, outlet=network).power_on()
    assert (await seen(host, Unreadable)).text == "lo eth0 1"


def test_why_it_cannot_enter_the_terminal_is_told(said):
    read, write = os.pipe()
    with os.fdopen(read) as report, Path(os.devnull).open() as no_namespace:
        assert said("print('here')", place=Place((no_namespace.fileno(),)), report=write) == "126"
        os.close(write)
        assert report.read() == "cannot enter the terminal's namespaces: Invalid argument"


def ended(handle: int) -> None:
    """Await the end of a process, and forget it."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        assert poll.poll(PATIENCE * 1000)
    finally:
        os.close(handle)
