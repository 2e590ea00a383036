"""A rule that raises is a defect of the harness: the run says so and names it, and no packet is lost by it."""

from __future__ import annotations

import os
import re

import pytest

from harness.evidence.captured import Toward
from harness.wire.endpoint import Close, PeerClosed
from tests.runs import PROJECT, bench_file, run
from tests.wired import frames, needs_namespaces, packet_bench, suite, traces

FAULT = '''
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.fault import WireFault
from harness.faults.wire.rule import Rule
from harness.rig.bench import Means


class _Raise(Rule):
    def frame(self, frame, now):
        raise ZeroDivisionError(frame.data.hex())


@dataclass(frozen=True)
class Blunder(WireFault):
    """Its rule raises on the first frame, with that frame."""

    name: ClassVar[str] = "blunder"
    means: ClassVar[Means] = Means.RESETS

    def rule(self, scene):
        return _Raise(scene)

    def signs(self, seen):
        return NO_SIGN
'''

DOOR = """
import harness.faults.wire

harness.faults.wire.__path__.append({folder!r})
"""
"""Read by every Python before its program: there is one more module of faults."""

SUITE = '''
from catalogue.econduit import ECD_040
from fixtures.case import case
from harness.checks import lines
from harness.faults.wire.blunder import Blunder


@case(ECD_040)
async def test_blunder(cloud, terminal, nemesis, judge):
    """A sale is ordered through a wire with a rule that raises."""
    await terminal.online()
    async with nemesis(Blunder()):
        await cloud.transact(cloud.sale())
        await cloud.watch(1e6, "the end of patience")
    judge(lines.registers_first_on_every_line)


@case(ECD_040)
async def test_next(terminal, judge):
    """It registers again."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)
'''


@pytest.fixture(params=["memory", "proxy", "netns"])
def bench(request, tmp_path, monkeypatch):
    """Which wire, and a bench file with it; a fault that raises is found there."""
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "blunder.py").write_text(FAULT)
    (tmp_path / "sitecustomize.py").write_text(DOOR.format(folder=str(tmp_path / "faults")))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(PROJECT)]), prepend=os.pathsep)
    match request.param:
        case "memory":
            return "memory", PROJECT / "benches" / "memory.yaml"
        case "proxy":
            return "proxy", bench_file(tmp_path, dut="emulator", wire="proxy", ixit={"time_scale": 20})
        case _:
            needs_namespaces()
            return "netns", packet_bench(tmp_path, times=20)


def test_a_rule_that_raises_is_an_error_of_the_harness_and_loses_nothing(tmp_path, bench):
    wire, file = bench
    # The door imports the package before pytest has put its hand on it.
    seen = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    ended = run(tmp_path / "out", *suite(tmp_path, SUITE), "--bench", file, *seen).proven()
    assert ended.code == 3, ended.output
    assert {name.partition("::")[2]: verdict for name, verdict in ended.verdicts.items()} == {
        "test_blunder": "ERROR",
        "test_next": "PASS",
    }
    told = re.fullmatch(
        r"ERROR ECD-040: harness: the rule of blunder broke: Blunder: ZeroDivisionError: (\w+)", ended.found
    )
    assert told, ended.found
    (trace,) = (trace for name, trace in traces(ended).items() if name.startswith("test-blunder"))
    assert not trace.heard("cloud", PeerClosed, Close)
    if wire == "netns":
        # The frame it was about has left the wire as it came.
        (capture,) = ended.folder.glob("cases/test-blunder*/wire.pcapng")
        told_of = bytes.fromhex(told[1])
        passed = [frame.caught for frame in frames(capture) if frame.caught.data == told_of]
        assert [frame.leaving for frame in passed] == [False, True]
        assert {frame.side for frame in passed} == set(Toward)


DYING = '''
from catalogue.econduit import ECD_040
from fixtures.case import case
from fixtures.plugin import WIRE
from harness.checks import lines


@case(ECD_040)
async def test_dying(terminal, judge, pytestconfig):
    """The wire dies when all has been judged but the standing rules."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)
    process = pytestconfig.stash[WIRE].control._process
    process.kill()
    process.wait()
'''


def test_a_wire_that_dies_is_an_error_at_the_very_end_of_a_case_too(tmp_path):
    needs_namespaces()
    bench = packet_bench(tmp_path, times=20)
    ended = run(tmp_path / "out", *suite(tmp_path, DYING), "--bench", bench).proven()
    assert (ended.code, ended.cases) == (3, {"ERROR": 1}), ended.output
    assert ended.found == "ERROR ECD-040: harness: the wire's process has ended (-9): it closed its control socket"
