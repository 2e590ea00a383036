"""Whole runs at a terminal of their own: a person is asked, and what he types becomes verdicts."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml

from catalogue.econduit import CATALOGUE
from fixtures.econduit import PROGRAMME
from fixtures.operator import asked_about
from harness.evidence.requirement import Seen
from tests.desk import LIMIT, Desk
from tests.runs import PROJECT, bench_file

CHECKLIST = "suites/econduit/test_operator.py"


@pytest.fixture
def bench(tmp_path):
    """A bench file at which a person is asked about an emulator, which is a process like any other."""
    arguments = "-m emulator terminal --primary {primary_host}:{primary_port} --terminal-id {terminal_id}"
    times = "--time-scale {time_scale} --heartbeat-seconds {heartbeat_seconds}"
    command = ["{python}", *arguments.split(), *times.split()]
    return bench_file(tmp_path, command=command, directory=str(PROJECT), wire="proxy", operator="terminal")


@pytest.fixture
def sit(tmp_path, bench):
    """Sit down before a run of the checklist's cases of some requirements."""
    desks = []

    def begun(*requirements: str) -> Desk:
        desk = Desk(tmp_path / "out", CHECKLIST, "--bench", bench, "--requirement", ",".join(requirements))
        desks.append(desk)
        return desk

    yield begun
    for desk in desks:
        desk.close()


def test_what_a_person_types_becomes_a_verdict(sit):
    desk = sit("ECD-045", "ECD-046", "ECD-047", "ECD-064")
    desk.is_asked("ECD-064")
    desk.types("\x04")
    desk.is_asked("ECD-046")
    desk.types("perhaps\n")
    desk.sees("n = no")
    desk.types("n broken\n")
    desk.is_asked("ECD-047")
    desk.types("? its box is gone\n")
    desk.is_asked("ECD-045")
    desk.types("y\n")
    ended = desk.end()
    assert ended.cases == {"PASS": 1, "FAIL": 1, "INCONC": 2}, ended.output
    assert (ended.code, ended.failed_requirements) == (1, {"ECD-046"})
    assert re.search(r"^FAIL ECD-046: .+ answered no: broken$", ended.found, re.MULTILINE)
    assert re.search(r"^INCONC ECD-047: .+ answered cannot tell: its box is gone$", ended.found, re.MULTILINE)
    assert re.search(r"^INCONC ECD-064: .+ cannot tell: the operator ended the input", ended.found, re.MULTILINE)


def test_a_person_may_end_the_run_instead_of_answering(sit):
    desk = sit("ECD-046", "ECD-047")
    desk.is_asked("ECD-046")
    desk.types("\x03")
    ended = desk.end()
    assert (ended.code, ended.cases) == (2, {"INCONC": 2}), ended.output
    assert ended.found.count("the run was interrupted before the end of the case") == 2


# ---- What is asked, and what is not ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """The plan of all suites where stdin is no terminal: fate, requirements and reason of each case by its name."""
    bench = bench_file(tmp_path_factory.mktemp("bench"), command=["none"], wire="proxy", operator="terminal")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "suites", "--plan", "--bench", str(bench)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=PROJECT, timeout=LIMIT, check=False,
    )  # fmt: skip
    lines = re.findall(r"^(runs|not run|not applicable) +(suites/\S+::.+) \[((?:ECD-\d+ ?)+)\](.*)$", done.stdout, re.M)
    (counts,) = re.findall(r"^plan: (.+)$", done.stdout, re.M)
    assert len(lines) == sum(map(int, re.findall(r"\d+", counts))) > 0, done.stdout[-4000:]
    return {case: (fate, ids.split(), reason) for fate, case, ids, reason in lines}


def test_nobody_is_asked_where_stdin_is_no_terminal(planned):
    asking = {case: told for case, told in planned.items() if case.startswith(CHECKLIST)}
    assert {fate for fate, _, _ in asking.values()} == {"not run", "not applicable"}
    reasons = [reason for fate, _, reason in asking.values() if fate == "not run"]
    assert all("(bench file: operator): its file says terminal, but stdin is none" in reason for reason in reasons)


def test_every_requirement_has_a_way_to_a_verdict(planned):
    """What binds the POS alone, and is seen on the wire, needs a POS under test, which no suite has yet."""
    named = {id for _, ids, _ in planned.values() for id in ids}
    of_the_pos = {item.id for item in CATALOGUE if item.binds == ("POS",) and item.seen == (Seen.WIRE,)}
    assert {item.id for item in CATALOGUE} - named == of_the_pos


def test_every_requirement_that_a_person_can_see_is_asked_about(planned):
    """Also where the rig could read the screen: a bench may have no such means."""
    prompted = {id for case, (_, ids, _) in planned.items() if case.startswith(CHECKLIST) for id in ids}
    assert prompted == set(asked_about(PROGRAMME))


def test_the_emulator_has_an_answer_to_each_question_that_applies():
    path = PROJECT / "answers" / "emulator" / "operator.yaml"
    of_the_pos = {item.id for item in CATALOGUE if item.binds == ("POS",)}
    assert set(yaml.safe_load(path.read_text("utf-8"))) == set(asked_about(PROGRAMME)) - of_the_pos
