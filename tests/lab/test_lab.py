"""A bench that is a place of a lab, through a real labgrid: who holds it, its relay, its mains, and what breaks."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys

import pytest

from harness.rig.lab import Lab
from harness.rig.relay import Relay
from harness.transports.host import BenchError
from tests.lab.conftest import awaited, laboratory, program
from tests.runs import PROJECT


def refused(site, place, **changes) -> str:
    """Why a place is not given."""
    with pytest.raises(BenchError) as why:
        Lab.acquire(site.file(place, **changes))
    return str(why.value)


def is_free(site, place) -> bool:
    return "acquired: None" in site.client("-p", place, "show")


async def test_a_run_drives_relay_and_mains_through_its_place(site):
    with site.acquired(power=True) as lab:
        relay = Relay.open("lcus", lab.serial_url(), 2)
        try:
            for channel, contacts in ((1, (True, False)), (2, (True, True))):
                assert relay.switch(channel, on=True).confirmed
                assert site.board.contacts() == contacts
            relay.switch(1, on=False)
            assert site.board.contacts() == (False, True)
        finally:
            relay.close()
        for on in (False, True):
            assert await lab.power.switch(on=on)
            assert site.outlets.on["7"] is on
            assert await lab.power.state() is on
        assert lab.owner in site.client("-p", "bench07", "show")
    assert is_free(site, "bench07")


def test_a_place_is_held_by_one_run_and_the_next_is_told_by_whom(site, monkeypatch):
    monkeypatch.setenv("LG_HOSTNAME", "runner3")
    monkeypatch.setenv("LG_USERNAME", "alice")
    with site.acquired():
        monkeypatch.setenv("LG_USERNAME", "bob")
        assert "acquired by runner3/alice" in refused(site, "bench07")
    with site.acquired() as lab:
        assert lab.owner == "runner3/bob"


def test_a_place_that_is_reserved_for_another_is_refused(site):
    token = site.client("reserve", "--shell", "name=bench08").strip().removeprefix("export LG_TOKEN=")
    try:
        assert "not reserved for" in refused(site, "bench08")
    finally:
        site.client("cancel-reservation", token)


def test_a_place_that_is_not_known_is_told_with_those_that_are(site):
    assert "(places: bench07, bench08)" in refused(site, "bench70")


def test_a_serial_port_that_is_not_there_is_told_with_those_that_are(site):
    with site.acquired() as lab:
        assert lab.serial_url("relay") == lab.serial_url()
        with pytest.raises(BenchError, match=r"no serial port realy \(there are: relay\)"):
            lab.serial_url("realy")


def test_a_place_with_nothing_that_switches_mains_is_told_with_what_it_has(site):
    assert "(it has mains: NetworkPowerPort, relay: NetworkSerialPort)" in refused(site, "bench07", power="relay")


async def test_of_several_outputs_the_bench_file_names_the_mains(site):
    assert "name one as lab.power (left, right)" in refused(site, "bench08", power=True)
    with site.acquired("bench08", power="right") as lab:
        assert await lab.power.switch(on=False)
        assert (site.outlets.on["8"], site.outlets.on["9"]) == (True, False)
    assert site.outlets.on["9"], "the mains are safe after the run"


async def test_a_power_switch_that_lies_or_refuses_breaks_the_bench(site):
    with site.acquired(power=True) as lab:
        site.outlets.stuck = True
        with pytest.raises(BenchError, match="switched off, and it reads back on"):
            await lab.power.switch(on=False)
        site.outlets.stuck, site.outlets.broken = False, True
        with pytest.raises(BenchError, match="503"):
            await lab.power.switch(on=False)
        site.outlets.broken = False
        assert await lab.power.switch(on=False)


def test_a_run_that_is_killed_leaves_its_place_free_and_its_mains_on(site, tmp_path):
    words = (sys.executable, "-m", "tests.lab.holder", site.coordinator, "bench07", site.python)
    with program(*words, cwd=PROJECT, log=tmp_path / "run.log", ready="dark") as (run, _):
        assert not site.outlets.on["7"]
        assert not is_free(site, "bench07")
        run.kill()
    awaited(lambda: is_free(site, "bench07"))
    assert site.outlets.on["7"]


async def test_an_adapter_that_is_killed_breaks_the_bench_and_it_is_told_how_to_free_the_place(site):
    lab = Lab.acquire(site.file("bench07", power=True))
    os.kill(lab.pid, signal.SIGKILL)
    with pytest.raises(BenchError, match="ended with -9") as why:
        await lab.power.switch(on=False)
    with pytest.raises(BenchError, match="ended with -9"):
        lab.close()
    assert f"acquired by {lab.owner}" in refused(site, "bench07")
    coordinator, words = re.search(r"labgrid-client -x (\S+) (.*)$", str(why.value)).groups()
    assert coordinator == site.coordinator
    site.client(*shlex.split(words), user="bob")
    assert is_free(site, "bench07")


async def test_an_adapter_that_is_told_to_end_leaves_the_mains_safe_and_the_place_free(site):
    lab = Lab.acquire(site.file("bench07", power=True))
    assert await lab.power.switch(on=False)
    os.kill(lab.pid, signal.SIGTERM)
    with pytest.raises(BenchError, match="SIGTERM"):
        lab.close()
    assert site.outlets.on["7"]
    assert is_free(site, "bench07")


async def test_a_place_that_is_taken_from_a_run_is_neither_switched_nor_released_by_it(site):
    with site.acquired(power=True) as lab:
        site.client("-p", "bench07", "release", "--kick", user="bob")
        site.client("-p", "bench07", "acquire", user="bob")
        try:
            with pytest.raises(BenchError, match=r"taken from this run, and is acquired by .*/bob"):
                await lab.power.switch(on=False)
            assert site.outlets.on["7"]
            lab.close()
            assert "/bob" in site.client("-p", "bench07", "show")
        finally:
            site.client("-p", "bench07", "release", user="bob")


async def test_a_coordinator_that_goes_away_breaks_the_bench(lab_python, tmp_path):
    with laboratory(lab_python, tmp_path) as site:
        lab = Lab.acquire(site.file("bench07", power=True))
        assert await lab.power.switch(on=False)
        site.process.kill()
        site.process.wait()
        for _ in range(2):
            with pytest.raises(BenchError, match="the coordinator went away"):
                await lab.power.switch(on=True)
        assert not site.outlets.on["7"]
        with pytest.raises(BenchError, match="it cannot be released"):
            lab.close()
        assert site.outlets.on["7"], "the mains are safe after the run"
        assert "no labgrid coordinator answers" in refused(site, "bench07")
