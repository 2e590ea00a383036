"""One run has a bench; who is refused learns whose it is, and who follows a dead run learns what that one has left."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.evidence.answers import read
from harness.rig.bench_file import BenchFile, SafeState
from harness.rig.lease import Lease, Taken, key, leases, shared_folder
from harness.transports.host import BenchError

PORT = "/dev/ttyUSB7"

RUN = """
import sys
from pathlib import Path
from harness.rig.lease import Lease
lease = Lease.take(sys.argv[1], "counter", "anna@desk", folder=Path(sys.argv[2]), clock=lambda: 0.0)
with lease.switching("power", on=False):
    print("has it", flush=True)
    sys.stdin.read()
"""


def take(folder: Path, at: str = PORT, **more: object) -> Lease:
    return Lease.take(at, "counter", "bert@desk", folder=folder, **more)


def dead_run(folder: Path) -> int:
    """A run that was killed while it switched the power off; its process number."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, PORT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "has it\n"
            with pytest.raises(Taken, match=rf"held by anna@desk \(pid {run.pid}, bench counter\) since 1970-"):
                take(folder)
        finally:
            run.kill()
    assert run.returncode == -signal.SIGKILL
    return run.pid


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


# ---- Two runs --------------------------------------------------------------------------------------------------------


def test_a_bench_has_one_run_at_a_time(tmp_path):
    with take(tmp_path) as lease:
        assert lease.taken_over == ""
        with pytest.raises(Taken, match=rf"at {PORT} is held by bert@desk \(pid {os.getpid()}, bench counter\) since"):
            take(tmp_path)
        take(tmp_path, "/dev/ttyUSB8").release()
    take(tmp_path).release()


def test_whoever_is_refused_learns_when_the_owner_was_heard_last(tmp_path):
    now = iter(range(60, 600, 60))
    with take(tmp_path, clock=lambda: float(next(now))) as lease:
        lease.beat()
        with pytest.raises(Taken, match=r"since 1970-01-01 00:01:00 UTC, last heartbeat 1970-01-01 00:03:00 UTC"):
            take(tmp_path)


def test_nothing_is_left_of_a_lease_that_was_released(tmp_path):
    lease = take(tmp_path)
    with lease.switching("power", on=False):
        pass
    with lease.switching("power", on=True):
        pass
    lease.release()
    lease.release()
    lease.beat()
    assert list(tmp_path.iterdir()) == []
    assert leases(tmp_path) == []


def test_an_owner_is_named_if_none_is_given(tmp_path):
    with Lease.take(PORT, "counter", folder=tmp_path):
        ((holder, lives),) = leases(tmp_path)
    assert lives
    assert holder.owner.endswith(f"@{os.uname().nodename}")
    assert (holder.at, holder.bench, holder.pid, holder.left) == (PORT, "counter", os.getpid(), {})


# ---- A run that is dead ----------------------------------------------------------------------------------------------


def test_a_dead_runs_lease_is_taken_over_with_what_it_left(tmp_path):
    pid = dead_run(tmp_path)
    ((holder, lives),) = leases(tmp_path)
    assert (holder.pid, holder.left, lives) == (pid, {"power": False}, False)
    with take(tmp_path) as lease:
        assert lease.left == {"power": False}
        said = (
            f"the run of anna@desk (pid {pid}), begun 1970-01-01 00:00:00 UTC, died holding this bench; its power was"
        )
        assert lease.taken_over == f"{said} off and has not been restored"
        lease.note("power", on=True)
        lease.note("power", on=False)
        assert lease.taken_over == f"{said} off and has been restored"
        lease.note("power", on=True)
    with take(tmp_path) as lease:
        assert lease.taken_over == ""


def test_what_was_not_restored_is_handed_on(tmp_path):
    """Also by a run that ends in good order: its successor is told."""
    dead_run(tmp_path)
    take(tmp_path).release()
    with take(tmp_path) as lease:
        assert lease.left == {"power": False}
        assert "the run of bert@desk" in lease.taken_over
        assert "ended without putting this bench back; its power was off" in lease.taken_over


def test_a_dead_run_that_had_left_nothing_is_named_too(tmp_path):
    record = {"at": PORT, "owner": "anna@desk", "pid": os.getpid(), "bench": "b", "since": "noon", "heartbeat": "noon"}
    take(tmp_path).release()
    lease = take(tmp_path)
    path = only_file(tmp_path)
    lease.release()
    path.write_text(json.dumps(record))  # a process has this number, which is ours: it says nothing
    with take(tmp_path) as lease:
        expected = f"the run of anna@desk (pid {os.getpid()}), begun noon, died holding this bench"
        assert lease.taken_over == f"{expected}, which it had left in its safe state"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\x00 garbage",
        b"[1]",
        b'{"owner": "anna"}',
        b'{"at": 1, "owner": "", "pid": 1, "bench": "", "since": "", "heartbeat": ""}',
        b'{"at": "", "owner": "", "pid": 1, "bench": "", "since": "", "heartbeat": "", "left": {"door": true}}',
        b'{"at": "", "own',
    ],
)
def test_a_lease_that_cannot_be_read_is_taken_over_with_a_word(tmp_path, garbage):
    lease = take(tmp_path)
    path = only_file(tmp_path)
    path.write_bytes(garbage)
    with pytest.raises(Taken, match="held by a run that has not said whose it is"):
        take(tmp_path)
    os.truncate(path, 0)
    lease.release()
    path.write_bytes(garbage)
    assert leases(tmp_path) == []
    with take(tmp_path) as lease:
        assert lease.left == {}
        assert (
            lease.taken_over
            == f"a run that died has left {path}, which cannot be read; how it left the bench is not known"
        )


def test_an_empty_file_is_a_free_bench(tmp_path):
    with take(tmp_path):
        path = only_file(tmp_path)
    path.touch()
    with take(tmp_path) as lease:
        assert lease.taken_over == ""


# ---- What is noted ---------------------------------------------------------------------------------------------------


def noted(folder: Path) -> dict[str, bool]:
    ((holder, _),) = leases(folder)
    return holder.left


def test_a_switching_is_noted_before_it_leaves_and_after_it_is_back(tmp_path):
    with take(tmp_path) as lease:
        with lease.switching("link", on=False):
            assert noted(tmp_path) == {"link": False}
        with lease.switching("link", on=True):
            assert noted(tmp_path) == {"link": False}
        assert noted(tmp_path) == {}


def test_a_switching_that_fails_leaves_what_was_noted(tmp_path):
    with take(tmp_path) as lease:
        with pytest.raises(BenchError), lease.switching("power", on=False):
            raise BenchError("silent")
        with pytest.raises(BenchError), lease.switching("power", on=True):
            raise BenchError("silent")
        assert noted(tmp_path) == {"power": False}
        lease.note("power", on=True)


def test_the_safe_state_is_the_bench_files(tmp_path):
    with take(tmp_path, safe=SafeState(power=False)) as lease:
        lease.note("power", on=True)
        assert noted(tmp_path) == {"power": True}
        lease.note("power", on=False)
        assert noted(tmp_path) == {}


def test_names_are_bounded_and_shown_as_text(tmp_path):
    with Lease.take("/dev/" + "ü" * 500, "😀" * 500, "an\x1b[2Jna\n" + "😀" * 500, folder=tmp_path):
        assert only_file(tmp_path).stat().st_size == 4096
        ((holder, _),) = leases(tmp_path)
    assert holder.owner.startswith("an�[2Jna�😀")
    assert all(len(name) == 200 for name in (holder.at, holder.owner, holder.bench))


# ---- The folder ------------------------------------------------------------------------------------------------------


def test_every_user_of_the_machine_may_take_it_over(tmp_path):
    before = os.umask(0o077)
    try:
        with take(tmp_path):
            mode = only_file(tmp_path).stat().st_mode
    finally:
        os.umask(before)
    assert stat.S_IMODE(mode) == 0o666
    assert shared_folder().stat().st_mode & 0o1777 == 0o1777


def test_a_link_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    folder = tmp_path / "leases"
    folder.mkdir()
    with take(folder):
        path = only_file(folder)
    path.symlink_to(elsewhere)
    with pytest.raises(BenchError, match=f"cannot take the lease {path} of the bench at {PORT}: it is a symbolic link"):
        take(folder)
    path.unlink()
    path.hardlink_to(elsewhere)
    with pytest.raises(BenchError, match="it is no plain file"):
        take(folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BenchError, match="it is no plain file"):
        take(folder)
    assert elsewhere.read_text() == "precious"


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(BenchError, match=r"cannot take the lease .*: No such file or directory"):
        take(tmp_path / "gone")


# ---- What is shared --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dut: memory", ""),
        ("dut: emulator\nrelay: {board: lcus, channels: 2, port: simulated, power: {channel: 1}}", ""),
        ("dut: bench\nrelay: {board: lcus, channels: 2, port: 'socket://h:1', power: {channel: 1}}", "socket://h:1"),
        ("dut: bench\noperator: terminal", "{folder}/bench.yaml"),
        ("dut: bench\noperator: terminal\nlab: {place: counter}", "127.0.0.1:20408/counter"),
        (
            "dut: bench\nrelay: {board: lcus, channels: 2, port: {folder}/by-path, power: {channel: 1}}",
            "{folder}/ttyUSB0",
        ),
    ],
)
def test_what_a_run_shares_with_no_other(tmp_path, text, expected):
    (tmp_path / "by-path").symlink_to(tmp_path / "ttyUSB0")
    file = read(BenchFile, text.replace("{folder}", str(tmp_path)), "bench.yaml")
    assert key(file, tmp_path / "bench.yaml") == expected.replace("{folder}", os.path.realpath(tmp_path))
