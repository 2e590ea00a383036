"""The exit code says how a run ended, and its message says why, to somebody who has never seen the inside."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.runs import FIRST, PROJECT, Run, bench_file, run, two_cases

MEMORY = ("--bench", "benches/memory.yaml")


def proven(ended: Run, cases: int) -> Run:
    """The run, once it is shown that it was one: its summary and its JUnit report list this many cases."""
    assert (sum(ended.cases.values()), ended.junit) == (cases, cases), ended.output
    assert ended.summary["exit_code"] == ended.code
    assert "Traceback" not in ended.output
    return ended


# ---- 0, 1, 2 ---------------------------------------------------------------------------------------------------------


def test_0_a_terminal_that_conforms(tmp_path):
    ended = proven(run(tmp_path, FIRST, *MEMORY), 1)
    assert (ended.code, ended.cases) == (0, {"PASS": 1})


@pytest.mark.parametrize("bench", ["memory", "emulator"])
def test_1_a_terminal_with_a_defect(tmp_path, bench):
    ended = proven(run(tmp_path, FIRST, "--bench", f"benches/{bench}.yaml", "--defect", "only-one-terminator-byte"), 1)
    assert (ended.code, ended.cases) == (1, {"FAIL": 1})
    assert "FAIL ECD-001" in ended.found
    assert "with defect only-one-terminator-byte" in ended.summary["run"]["dut"]


def test_2_a_terminal_that_never_dials(tmp_path):
    bench = bench_file(
        tmp_path,
        command=["{python}", "-c", "import time; time.sleep(100)"],
        ixit={"boot_within": 0.3},
    )
    ended = proven(run(tmp_path / "out", FIRST, "--bench", bench), 1)
    assert (ended.code, ended.cases) == (2, {"INCONC": 1})
    assert "did not dial within 0.3 wall seconds (ixit boot_within, after a power on)" in ended.found


# ---- 3 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["/no/such/terminal"], "cannot start the DUT: /no/such/terminal: No such file or directory"),
        (["{python}", "-c", "import sys; sys.exit('no licence found')"], "ended at once with code 1: no licence found"),
    ],
    ids=["no such command", "ends at once"],
)
def test_3_a_program_that_does_not_run(tmp_path, command, why):
    bench = bench_file(tmp_path, command=command)
    ended = proven(run(tmp_path / "out", *two_cases(tmp_path), "--bench", bench), 2)
    assert (ended.code, ended.cases) == (3, {"ERROR": 1, "not run": 1})
    assert ended.found.startswith("ERROR ECD-040: bench: ")
    assert why in ended.found


def test_3_a_suite_that_cannot_be_read(tmp_path):
    (tmp_path / "test_broken.py").write_text("def test_(:\n")
    ended = run(tmp_path / "out", tmp_path / "test_broken.py", *two_cases(tmp_path), *MEMORY)
    assert (ended.code, ended.cases) == (3, {"ERROR": 2})
    assert "SyntaxError" in ended.output


# ---- 4 ---------------------------------------------------------------------------------------------------------------


def refused(ended: Run, *messages: str) -> None:
    """The run did not begin, and each mistake was told in one message."""
    assert ended.errors, ended.output
    assert ended.code == 4
    assert "Traceback" not in ended.output
    assert len(ended.errors) == len(messages)
    for told, message in zip(ended.errors, messages, strict=True):
        assert re.fullmatch(message, told), told
    assert [path for path in ended.out.iterdir() if path.is_dir()] == []


def answers(folder: Path, **files: str) -> Path:
    """A folder of answers, the emulator's but for these files."""
    path = folder / "answers"
    path.mkdir()
    for name in ("ics", "ixit", "profile"):
        good = (PROJECT / "answers" / "emulator" / f"{name}.yaml").read_text("utf-8")
        (path / f"{name}.yaml").write_text(files.get(name, good), "utf-8")
    return path


def test_4_every_mistake_of_the_answers_in_a_message_of_its_own(tmp_path):
    ixit = "boot_within: -1\noutcomes: {approve: 1.00}\nterminal: x\n"
    refused(
        run(tmp_path / "out", FIRST, *MEMORY, "--answers", answers(tmp_path, ixit=ixit)),
        r".*ixit.yaml:1: boot_within: found -1; allowed: greater than 0",
        r".*ixit.yaml:2: outcomes.approve: found 1.0; allowed: a text in quotation marks",
        r".*ixit.yaml:3: terminal: unknown key; allowed: .*terminal_id.*",
    )


def test_4_cases_side_by_side(tmp_path):
    message = r"-n: a run has one DUT; allowed: -n with the harness's own tests, in tests/"
    refused(run(tmp_path, FIRST, *MEMORY, "-n", "2"), message)


def test_4_a_mistake_in_the_bench_file(tmp_path):
    bench = bench_file(tmp_path, command=["run", "{port}"])
    message = r".*bench.yaml:\d+: command: found .*; allowed: .*{primary_port}.*\(unknown: {port}\)"
    refused(run(tmp_path / "out", FIRST, "--bench", bench), message)


def test_4_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        bench = bench_file(tmp_path, dut="emulator", listen={"primary": "127.0.0.1:0", "pos": address})
        message = rf".*bench.yaml:\d+: listen.pos: found {address}: Address already in use; allowed: .*free port"
        refused(run(tmp_path / "out", FIRST, "--bench", bench), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--bench", "benches/none.yaml"), r"--bench: cannot read benches/none.yaml: No such .*; allowed: a YAML file"),
        ((*MEMORY, "--defect", "slow"), r"--defect: found 'slow'; allowed: .*only-one-terminator-byte.*"),
    ],
    ids=["no such bench", "no such defect"],
)
def test_4_a_mistake_on_the_command_line(tmp_path, arguments, message):
    refused(run(tmp_path / "out", FIRST, *arguments), message)


def test_4_no_case_was_chosen(tmp_path):
    ended = run(tmp_path, FIRST, *MEMORY, "-k", "no_such_case")
    assert "1 deselected" in ended.output
    assert ended.code == 4
