"""Each case has its capture: whole, with good checksums, and with a word on each frame that was harmed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys

import pytest

from harness.evidence.bench import CaptureClosed, FaultBegan
from tests.runs import PROJECT, run
from tests.wired import frames, needs_namespaces, packet_bench, suite, traces

SUITE = '''
import pytest

from catalogue.econduit import ECD_042
from fixtures.case import case
from harness.checks import lines
from harness.faults.wire.delay import Delay
from harness.faults.wire.drop_kth import DropByte
from harness.faults.wire.duplication import Duplication
from harness.faults.wire.internet_loss import InternetLoss
from harness.faults.wire.not_resolved import NotResolved
from harness.faults.wire.refused import Refused
from harness.faults.wire.reset import ResetToBoth
from suites.econduit.drops import usable

FAULTS = [
    Delay(2.0),
    DropByte(pattern='"ResultCode"', k=10),
    Duplication(1.0),
    InternetLoss(told=True),
    NotResolved(),
    Refused(),
    ResetToBoth(),
]


@case(ECD_042)
async def test_unharmed(cloud, terminal, campaign, judge):
    """A terminal registers and sells."""
    await terminal.online()
    await usable(cloud, campaign)
    judge(lines.registers_first_on_every_line)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@case(ECD_042)
async def test_harmed(cloud, terminal, nemesis, campaign, judge, fault):
    """A terminal sells and dials anew while the wire is harmed, and sells when it is not."""
    await terminal.online()
    async with nemesis(fault):
        await cloud.response(cloud.say(cloud.sale()), within=5)
        cloud.end()
        await cloud.watch(5, "the line has ended")
    await usable(cloud, campaign)
    judge(lines.registers_first_on_every_line)
'''

BROKEN = '''
from catalogue.econduit import ECD_042
from fixtures.case import case


@case(ECD_042)
async def test_broken(terminal):
    """A case breaks when the terminal is registered."""
    await terminal.online()
    raise ZeroDivisionError
'''

CASES = 8


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run of an unharmed case and harmed ones."""
    needs_namespaces()
    folder = tmp_path_factory.mktemp("captures")
    bench = packet_bench(folder, times=20)
    ended = run(folder / "out", *suite(folder, SUITE), "--bench", bench, "--seed", "1").proven()
    assert (ended.code, ended.cases) == (0, {"PASS": CASES}), ended.found
    return ended


def captured(ended, cases):
    """Each case has the capture that its trace tells of."""
    of_cases = traces(ended)
    assert len(of_cases) == cases
    for folder, trace in of_cases.items():
        ((_, closed),) = trace.heard("wire", CaptureClosed)
        capture = ended.folder / "cases" / folder / closed.file
        assert capture.name == "wire.pcapng"
        assert hashlib.sha256(capture.read_bytes()).hexdigest() == closed.sha256
        caught = list(frames(capture))
        assert len(caught) == closed.frames > 0
        stamps = [frame.caught.stamp for frame in caught]
        assert stamps == sorted(stamps)


def test_each_case_has_the_capture_that_its_trace_tells_of(ended):
    captured(ended, CASES)


def test_a_case_that_breaks_has_its_capture_too(tmp_path):
    needs_namespaces()
    ended = run(tmp_path / "out", *suite(tmp_path, BROKEN), "--bench", packet_bench(tmp_path, times=20)).proven()
    assert (ended.code, ended.cases) == (3, {"ERROR": 1})
    captured(ended, 1)


def test_a_frame_that_a_harm_touched_says_so(ended):
    for folder, trace in traces(ended).items():
        harms = {began.fault for _, began in trace.heard("nemesis", FaultBegan)}
        assert len(harms) == ("unharmed" not in folder)
        said = [text for frame in frames(ended.folder / "cases" / folder / "wire.pcapng") for text in frame.comments]
        for harm in harms:
            assert any(text.endswith(f"in force: {harm}") for text in said), said
        if not harms:
            assert not [text for text in said if "in force" in text and "names inside the wire" not in text], said


CHECKED = [word for layer in ("ip", "tcp", "udp") for word in ("-o", f"{layer}.check_checksum:TRUE")]
BAD = " || ".join(f"{layer}.checksum.status==0" for layer in ("ip", "tcp", "udp"))


def read_by_tshark(*arguments: str) -> list[str]:
    done = subprocess.run(["tshark", *arguments], capture_output=True, text=True, timeout=60, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_each_without_a_bad_checksum(ended):
    for capture in ended.folder.glob("cases/*/wire.pcapng"):
        good = " || ".join(f"{layer}.checksum.status==1" for layer in ("tcp", "udp"))
        assert read_by_tshark("-r", str(capture), *CHECKED, "-Y", good)
        assert read_by_tshark("-r", str(capture), *CHECKED, "-Y", BAD) == []


def test_who_judges_the_run_again_finds_the_same(ended):
    command = [sys.executable, "-m", "fixtures.rejudge", str(ended.folder)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("judgements made again from the traces, 0 with another verdict\n")
    assert not done.stdout.startswith("0 ")
