"""What the harness makes of an adapter to a lab: its words, its silence, its death. A real lab is in tests/lab."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.rig import lab as lab_module
from harness.rig.bench_file import BenchFile, LabFile, asked_of_lab
from harness.rig.lab import Lab
from harness.transports.host import BenchError

PLACE = '{"owner": "runner3/alice", "serials": {"relay": "socket://10.0.0.7:4001"}, "power": "PduDriver of mains"}'

Made = Callable[[str], LabFile]


@pytest.fixture
def scripted(tmp_path) -> Made:
    """A bench file whose Python runs a script of ours in the adapter's stead; `say(...)` writes one line."""

    def make(script: str) -> LabFile:
        python = tmp_path / "python3"
        head = f"#!{sys.executable} -S\nimport sys\ndef say(line): print(line, flush=True)\n"
        python.write_text(f"{head}place = {PLACE!r}\n{script}\n", "utf-8")
        python.chmod(0o755)
        return LabFile(place="bench07", python=str(python), power=True)

    return make


def refused(file: LabFile) -> str:
    with pytest.raises(BenchError) as why:
        Lab.acquire(file)
    return str(why.value)


@pytest.mark.parametrize(
    ("port", "asked"),
    [("lab", ""), ("lab:relay", "relay"), ("/dev/ttyUSB0", None), ("socket://lab:1", None), ("lab://relay", None)],
)
def test_which_port_of_the_lab_is_meant(port, asked):
    assert asked_of_lab(port) == asked


def test_a_port_of_the_lab_needs_a_lab():
    relay = {"board": "lcus", "channels": 2, "port": "lab:relay", "power": {"channel": 1}}
    with pytest.raises(ValidationError, match="a lab: section that says which lab and place"):
        BenchFile(dut="bench", relay=relay)
    assert BenchFile(dut="bench", relay=relay, lab={"place": "bench07"}).lab


def test_mains_hang_at_one_place_only():
    relay = {"board": "lcus", "channels": 2, "port": "lab", "power": {"channel": 1}}
    with pytest.raises(ValidationError, match="not both: one of them would leave the mains as they are"):
        BenchFile(dut="bench", relay=relay, lab={"place": "bench07", "power": True})


def test_a_python_that_is_not_there(tmp_path):
    file = LabFile(place="bench07", python=str(tmp_path / "python3"))
    assert refused(file) == f"lab.python: {tmp_path / 'python3'}: No such file or directory"


def test_a_python_without_labgrid(scripted):
    file = scripted("raise ModuleNotFoundError(\"No module named 'labgrid'\")")
    assert f"{file.python} has no labgrid" in refused(file)


def test_what_is_no_python():
    assert "/bin/echo is no Python" in refused(LabFile(place="bench07", python="/bin/echo"))


def test_without_a_python_the_one_beside_labgrid_client_is_taken(scripted, tmp_path, monkeypatch):
    file = scripted("say(place); sys.stdin.read()")
    client = tmp_path / "labgrid-client"
    client.touch(0o755)
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "labgrid-client").symlink_to(client)
    monkeypatch.setenv("PATH", str(bin))
    # The script's own first line names its interpreter in full.
    lab = Lab.acquire(file.model_copy(update={"python": None}))
    assert lab.owner == "runner3/alice"
    lab.close()


def test_without_a_python_and_without_labgrid_client(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "name a Python that has labgrid" in refused(LabFile(place="bench07"))


def test_a_refusal_is_told_with_coordinator_and_place(scripted):
    file = scripted("""say('{"error": "it is acquired by runner3/bob"}'); sys.exit(1)""")
    assert refused(file) == "lab 127.0.0.1:20408, place bench07: it is acquired by runner3/bob"


def test_an_adapter_that_breaks_has_its_last_words_told(scripted):
    assert "ended with 1: ZeroDivisionError" in refused(scripted("1 / 0"))


def test_a_serial_port_is_told_as_a_url(scripted):
    lab = Lab.acquire(scripted("say(place); sys.stdin.read()"))
    assert lab.serial_url() == lab.serial_url("relay") == "socket://10.0.0.7:4001"
    with pytest.raises(BenchError, match=r"no serial port other \(there are: relay\)"):
        lab.serial_url("other")
    lab.close()


def test_of_several_serial_ports_one_must_be_named(scripted):
    place = PLACE.replace('"relay"', '"console": "socket://10.0.0.7:4002", "relay"')
    lab = Lab.acquire(scripted(f"say({place!r}); sys.stdin.read()"))
    assert lab.serial_url("relay") == "socket://10.0.0.7:4001"
    with pytest.raises(BenchError, match=r"relay.port lab:NAME \(there are: console, relay\)"):
        lab.serial_url()
    lab.close()


@pytest.mark.parametrize(("state", "confirmed"), [("false", True), ("null", None)])
async def test_switching_is_confirmed_by_what_is_read_back(scripted, state, confirmed):
    answer = f'{{"order": 1, "state": {state}}}'
    lab = Lab.acquire(scripted(f"say(place); sys.stdin.readline(); say({answer!r}); sys.stdin.read()"))
    assert lab.power.label == "labgrid PduDriver of mains at place bench07"
    assert await lab.power.switch(on=False) is confirmed
    lab.close()


async def test_mains_that_read_back_otherwise_break_the_bench(scripted):
    answer = '{"order": 1, "state": true}'
    lab = Lab.acquire(scripted(f"say(place); sys.stdin.readline(); say({answer!r}); sys.stdin.read()"))
    with pytest.raises(BenchError, match="at place bench07: switched off, and it reads back on"):
        await lab.power.switch(on=False)
    lab.close()


async def test_an_answer_that_is_late_is_not_taken_for_the_next(scripted):
    script = """
say(place)
sys.stdin.readline(), sys.stdin.readline()
say('{"order": 1, "state": false}')
say('{"order": 2, "state": true}')
sys.stdin.read()
"""
    lab = Lab.acquire(scripted(script))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lab.power.switch(on=False)
    assert await lab.power.switch(on=True)
    lab.close()


async def test_an_order_that_is_not_answered_breaks_the_bench(scripted, monkeypatch):
    monkeypatch.setattr(lab_module, "ORDERED_WITHIN", 0.01)
    lab = Lab.acquire(scripted("say(place); sys.stdin.read()"))
    with pytest.raises(BenchError, match=r"no answer within 0\.01 s"):
        await lab.power.state()
    lab.close()


async def test_an_adapter_that_dies_breaks_the_bench_and_says_how_to_free_the_place(scripted):
    lab = Lab.acquire(scripted("say(place); sys.stdin.readline(); sys.exit('out of memory')"))
    free = "labgrid-client -x 127.0.0.1:20408 -p bench07 release-from runner3/alice"
    for _ in range(2):
        with pytest.raises(BenchError, match=f"ended with 1: out of memory; it stays acquired .*: {free}$"):
            await lab.power.switch(on=False)
    with pytest.raises(BenchError, match=free):
        lab.close()


async def test_what_an_adapter_said_before_it_ended_is_told(scripted):
    last = '{"error": "it was told to end"}'
    lab = Lab.acquire(scripted(f"say(place); say({last!r}); sys.exit(1)"))
    with pytest.raises(BenchError, match=r"it was told to end$"):
        await lab.power.switch(on=False)
    with pytest.raises(BenchError, match="ended with 1"):
        lab.close()


async def test_a_place_is_released_once_and_not_used_after(scripted, tmp_path):
    mark = tmp_path / "released"
    lab = Lab.acquire(scripted(f"say(place); sys.stdin.read(); open({str(mark)!r}, 'x')"))
    lab.close()
    assert mark.exists()
    lab.close()
    with pytest.raises(BenchError, match="it is released"):
        await lab.power.switch(on=True)


def test_a_place_that_cannot_be_released_is_told(scripted):
    lab = Lab.acquire(scripted("""say(place); sys.stdin.read(); say('{"error": "it cannot"}'); sys.exit(1)"""))
    with pytest.raises(BenchError, match=r"place bench07: it cannot$"):
        lab.close()


def test_an_adapter_that_does_not_end_is_killed(scripted, monkeypatch):
    monkeypatch.setattr(lab_module, "RELEASED_WITHIN", 0.01)
    lab = Lab.acquire(scripted("say(place); import signal; signal.pause()"))
    with pytest.raises(BenchError, match="ended with -9"):
        lab.close()
    assert not Path(f"/proc/{lab.pid}").exists()
