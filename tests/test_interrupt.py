"""However a run is ended from outside: no DUT is left running, and what had been found is on disk."""

from __future__ import annotations

import signal
import subprocess
import time
import uuid

import pytest

from fixtures import evidence
from tests.processes import alive, gone
from tests.runs import LIMIT, PROJECT, begin, bench_file, end

PATIENT = '''
from pathlib import Path

from catalogue.econduit import ECD_040
from fixtures.case import case
from harness.checks import lines


@case(ECD_040)
async def test_a_is_over(terminal, judge):
    """It registers."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)


@case(ECD_040)
async def test_b_takes_long(terminal, cloud, judge):
    """It is watched for longer than anybody waits."""
    await terminal.online()
    Path(__file__).with_name("in-the-case").touch()
    await cloud.watch(1e6, "the end of patience")
    judge(lines.registers_first_on_every_line)


@case(ECD_040)
async def test_c_never_begins(terminal, judge):
    """It registers once more."""
    await terminal.online()
    judge(lines.registers_first_on_every_line)
'''


@pytest.fixture(params=[signal.SIG_DFL, signal.SIG_IGN], ids=["in the foreground", "in the background of a script"])
def begun(tmp_path, request):
    """A run in the middle of its second case, its folder, and the argument by which its DUT is known.

    What a script starts in its background ignores SIGINT from the start."""
    mark = f"mark-{uuid.uuid4().hex}"
    suite = tmp_path / "test_patient.py"
    suite.write_text(PATIENT)
    emulator = "{python} -m emulator terminal --primary {primary_host}:{primary_port} --time-scale {time_scale}"
    command = [*emulator.split(), "--terminal-id", "{terminal_id}", "--flash", f"{tmp_path}/{mark}"]
    bench = bench_file(tmp_path, command=command, directory=str(PROJECT))
    out = tmp_path / "out"
    heard = signal.signal(signal.SIGINT, request.param)
    hung_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # these tests may themselves run under nohup
    try:
        process = begin(out, suite, "-c", "pyproject.toml", "--rootdir", ".", "-p", "fixtures.plugin", "--bench", bench)
    finally:
        signal.signal(signal.SIGINT, heard)
        signal.signal(signal.SIGHUP, hung_up)
    deadline = time.monotonic() + LIMIT
    while not (tmp_path / "in-the-case").exists():
        assert process.poll() is None, (out / "output.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)  # noqa: TID251 — another process cannot be awaited
    yield process, out, mark
    process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_run_cleans_up_and_says_how_far_it_came(begun, how):
    process, out, mark = begun
    assert alive(mark)
    process.send_signal(how)
    ended = end(process, out)
    assert ended.cases == {"PASS": 1, "INCONC": 2}, ended.output
    assert gone(mark)
    assert (ended.code, ended.summary["exit_code"], ended.summary["verdict"]) == (2, 2, "INCONC")
    assert ended.found.count("the run was interrupted before the end of the case") == 2
    assert ended.junit >= 1
    traces = sorted(ended.folder.glob("cases/*/trace.jsonl"))
    assert [path.parent.name[:6] for path in traces] == ["test-a", "test-b"]
    assert all(len(evidence.read(path)) > 0 for path in traces)


def test_a_killed_run_leaves_no_dut_and_what_it_had_written(begun):
    process, out, mark = begun
    assert alive(mark)
    process.kill()
    assert process.wait(LIMIT) == -signal.SIGKILL
    assert gone(mark)
    (trace,) = out.glob("*/cases/test-a*/trace.jsonl")
    assert len(evidence.read(trace)) > 0


def test_the_end_of_a_terminal_window_is_an_end(begun):
    """A hang-up kills the harness as it kills any program; the DUT goes with it."""
    process, _, mark = begun
    process.send_signal(signal.SIGHUP)
    assert process.wait(LIMIT) == -signal.SIGHUP
    assert gone(mark)


def test_what_was_proven_to_run_can_be_seen_in_proc():
    """The way in which these tests look for processes finds one."""
    mark = f"mark-{uuid.uuid4().hex}"
    shell = ["/bin/sh", "-c", "echo up; read _", mark]
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        # Its word that it runs: until the new program has begun, its arguments are not to be seen.
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        assert alive(mark) == [process.pid]
        process.communicate()
    assert gone(mark)
