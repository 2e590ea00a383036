"""POS and terminal as two programs: on a clock that jumps, and as programs of somebody else's on a compressed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fixtures.evidence import read
from fixtures.programmes import load
from harness.evidence.bench import Booked, Exited, Journal, Mains, Screen
from harness.evidence.trace import Trace
from tests.runs import PROJECT, Left, run

BENCHES = PROJECT / "benches" / "end_to_end"


def traces(left: Left) -> list[Trace]:
    kinds = load("end_to_end").kinds
    return [read(path, kinds) for path in sorted((left.folder / "cases").glob("*/trace.jsonl"))]


def bench(folder: Path, **terminal: Any) -> Path:
    """The process bench, with a terminal that is otherwise."""
    text = yaml.safe_load((BENCHES / "process.yaml").read_text("utf-8"))
    text |= {"directory": str(PROJECT), "answers": str(PROJECT / "answers" / "end-to-end")}
    text["terminal"] |= {"directory": str(PROJECT), **terminal}
    path = folder / "bench.yaml"
    path.write_text(yaml.safe_dump(text), encoding="utf-8")
    return path


def test_two_programs_of_the_user(tmp_path):
    done = run(
        tmp_path / "out",
        "suites/end_to_end",
        "--bench",
        bench(tmp_path),
        "-k",
        "test_a_sale or test_a_decline and webapi",
    ).proven()
    assert set(done.verdicts.values()) == {"PASS"}, done.output
    assert len(done.verdicts) == 5
    for trace in traces(done):
        assert [body.on for _, body in trace.heard("terminal", Mains)][:1] == [True]
        assert trace.heard("terminal", Screen)
        assert trace.heard("bench", Booked)
        assert not trace.heard("bench", Journal)


def test_a_terminal_whose_stdout_says_nothing_is_judged_by_what_it_answers(tmp_path):
    chosen = "(test_the_terminal_stays_away or test_a_sale) and webapi"
    done = run(tmp_path / "out", "suites/end_to_end", "--bench", bench(tmp_path, screen="none"), "-k", chosen).proven()
    assert set(done.verdicts.values()) == {"PASS"}, done.output
    assert not any(trace.heard("terminal", Screen) for trace in traces(done))


def test_a_terminal_that_ends_by_itself_is_told_with_its_last_words(tmp_path):
    says = ["{python}", "-c", "raise SystemExit('no paper')"]
    done = run(
        tmp_path / "out", "suites/end_to_end", "--bench", bench(tmp_path, command=says), "-k", "test_a_sale and webapi"
    ).proven()
    assert done.failed_requirements == {"E2E-013"}
    assert "ended by itself with code 1: no paper" in done.output
    assert all(trace.heard("terminal", Exited) for trace in traces(done))


def test_on_the_clock_that_jumps_the_terminal_is_a_program_with_its_own_defects(tmp_path):
    arguments = ["--bench", BENCHES / "emulator.yaml", "--defect", "terminal-silent-when-declined"]
    done = run(
        tmp_path / "out", "suites/end_to_end", *arguments, "-k", "(test_a_decline or mains) and modulus"
    ).proven()
    assert done.failed_requirements >= {"E2E-013"}
    assert sorted(done.verdicts.values()) == ["FAIL", "PASS"]
    mains = max((trace.heard("terminal", Mains) for trace in traces(done)), key=len)
    assert [body.on for _, body in mains][:3] == [True, False, True]
