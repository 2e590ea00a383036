"""A person is asked without the bench standing still; prepared answers are read whole or not at all."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tty

import pytest

from harness.evidence.answers import AnswerError, read
from harness.evidence.bench import Answered, Asked
from harness.rig.bench_file import BenchFile
from harness.rig.operator import PreparedOperator, TerminalOperator, is_attended, prepared, understood
from harness.transports.host import BenchError
from harness.transports.memory import MemoryHost
from harness.transports.tcp import TcpHost
from harness.wire.endpoint import Woke
from tests.runs import PROJECT

TEXTS = {"ECD-046": "The terminal has a TerminalID that its end user finds easily"}
SCALE = 1000.0
"""Document seconds in a wall second: the bench goes on while a person thinks."""

# ---- Somebody at the terminal ----------------------------------------------------------------------------------------


@pytest.fixture
def desk():
    """The two ends of a pty: the person's, and the harness's, which echoes nothing."""
    person, harness = os.openpty()
    tty.setcbreak(harness)
    yield person, harness
    for end in (person, harness):
        os.close(end)


@pytest.fixture
async def host():
    host = TcpHost(scale=SCALE)
    yield host
    await host.close()


class Person:
    """Somebody who types at a moment of the host's clock, and so only if that clock goes on while he is asked."""

    name = "person"

    def __init__(self, end: int, *typed: bytes) -> None:
        self._end = end
        self._typed = list(typed)

    def handle(self, event: object, _now: float) -> list[object]:
        if isinstance(event, Woke):
            os.write(self._end, self._typed.pop(0))
        return []


async def types(host: TcpHost, end: int, *typed: bytes) -> None:
    """Let somebody type this, a piece at a time, after the question has been put."""
    await host.attach(Person(end, *typed), recorded=False)
    for number in range(len(typed)):
        host.alarms.set(host.now + 20.0 * (number + 1), lambda: host.feed("person", Woke("types")))


def operator(host: TcpHost, end: int, patience: float = 60.0) -> TerminalOperator:
    return TerminalOperator(host, end, "ada", TEXTS, SCALE, patience)


def read_all(end: int) -> str:
    """What has been written to the person so far."""
    text = b""
    while select.select([end], [], [], 0)[0]:
        text += os.read(end, 65536)
    return text.decode()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ((b"y\n",), ("yes", "")),
        ((b"n the label is missing\n",), ("no", "the label is missing")),
        ((b"?\n",), ("cannot tell", "")),
        ((b"n the la", b"bel\n"), ("no", "the label")),
        ((b"\nmaybe\nY\n",), ("yes", "")),
    ],
    ids=["y", "n and a remark", "?", "in pieces", "asked again"],
)
async def test_an_answer_is_typed_while_the_bench_goes_on(host, desk, typed, answer):
    person, end = desk
    await types(host, person, *typed)
    answered = await operator(host, end).ask("Is it there?", "Look at the label.", "ECD-046")
    assert answered == Answered("ECD-046", *answer, prepared=False, by="ada")
    asked = Asked("ECD-046", "Is it there?", "Look at the label.")
    assert [event.body for event in host.trace if event.source == "operator"] == [asked, answered]
    shown = read_all(person)
    assert all(part in shown for part in ("ECD-046", TEXTS["ECD-046"], "Look at the label.", "Is it there?", "1 min"))
    assert shown.count("y = yes") == (3 if b"maybe" in typed[0] else 1)


async def test_the_progress_line_keeps_away_from_the_question(host, desk):
    """It is told of every wait, when it is over at the latest."""
    told = []
    host.on_wait = lambda *wait: told.append(wait)
    await types(host, desk[0], b"y\n")
    await operator(host, desk[1]).ask("Is it there?", "Look.", "ECD-046")
    assert told == []
    await host.until(lambda: True, 1.0, "something else")
    assert [what for what, _, _ in told] == ["something else"]


async def test_what_was_typed_before_the_question_is_no_answer(host, desk):
    os.write(desk[0], b"n\n")
    assert select.select([desk[1]], [], [], 5.0)[0]
    await types(host, desk[0], b"y\n")
    assert (await operator(host, desk[1]).ask("Is it there?", "Look.", "ECD-046")).answer == "yes"


async def test_nobody_answers(host, desk):
    answered = await operator(host, desk[1], patience=0.05).ask("Is it there?", "Look.", "ECD-046")
    assert answered == Answered("ECD-046", "cannot tell", "nobody answered in 0.05 seconds")
    assert host.trace.events[-1].body == answered
    assert "nobody answered in 0.05 seconds: taken as 'cannot tell'" in read_all(desk[0])


async def test_an_end_of_file_is_no_judgement(host):
    person, end = os.openpty()  # in the mode in which a terminal is found: Ctrl-D is its end of file
    try:
        await types(host, person, b"\x04")
        answered = await operator(host, end).ask("Is it there?", "Look.", "ECD-046")
    finally:
        os.close(person)
        os.close(end)
    assert answered == Answered("ECD-046", "cannot tell", "the operator ended the input (Ctrl-D)", by="ada")


@pytest.mark.parametrize("when", ["before the question", "while it is put"])
async def test_a_terminal_that_goes_is_a_broken_bench(host, when):
    person, end = os.openpty()
    try:
        if when == "before the question":
            os.close(person)
        else:
            host.alarms.set(host.now + 20.0, lambda: os.close(person))
        with pytest.raises(BenchError, match="operator: the terminal at which he was asked is gone"):
            await operator(host, end).ask("Is it there?", "Look.", "ECD-046")
    finally:
        os.close(end)


def test_who_can_be_asked(desk, tmp_path):
    assert is_attended(desk[1])
    reading = os.open(os.ttyname(desk[1]), os.O_RDONLY | os.O_NOCTTY)
    pipe = os.pipe()
    try:
        assert not is_attended(reading), "nobody would see the question"
        assert not is_attended(pipe[0])
    finally:
        for end in (reading, *pipe):
            os.close(end)


BACKGROUND = """
import fcntl, os, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from harness.rig.operator import is_attended
print(is_attended(0), flush=True)
if not (child := os.fork()):
    os.setpgid(0, 0)
    print(is_attended(0), flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
"""A program at the terminal that controls it, and a child of it in the background, as a shell puts it there."""


def test_nobody_is_asked_in_the_background(desk):
    command = [sys.executable, "-c", BACKGROUND]
    done = subprocess.run(
        command, stdin=desk[1], stdout=subprocess.PIPE, text=True, timeout=60, check=True, cwd=PROJECT
    )
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("y", ("yes", "")),
        (" Yes\t", ("yes", "")),
        ("no  it is  not", ("no", "it is  not")),
        ("? too dark", ("cannot tell", "too dark")),
        ("", None),
        ("yn", None),
        ("not at all", None),
    ],
)
def test_what_counts_as_an_answer(typed, answer):
    assert understood(typed) == answer


@pytest.mark.parametrize("text", ["dut: memory\n", "dut: emulator\nclock: virtual\n"])
def test_nobody_can_think_while_the_clock_jumps(text):
    with pytest.raises(AnswerError) as raised:
        read(BenchFile, f"{text}operator: terminal\n", "bench.yaml")
    assert str(raised.value).count("\n") == 0
    assert "operator: found 'terminal'; allowed: none, or a file of prepared answers; with " in str(raised.value)
    assert read(BenchFile, f"{text}operator: answers.yaml\n", "bench.yaml").operator == "answers.yaml"


# ---- Prepared answers ------------------------------------------------------------------------------------------------

GOOD = "ECD-046: {answer: yes, by: ada, date: 2026-11-21, remark: on its back}\n"
IDS = ("ECD-046", "ECD-047")


async def test_a_prepared_answer_is_marked_as_one():
    host = MemoryHost()
    operator = PreparedOperator(host, prepared(GOOD, "a.yaml", IDS))
    answered = await operator.ask("Is it there?", "Look.", "ECD-046")
    assert answered == Answered("ECD-046", "yes", "on its back", prepared=True, by="ada on 2026-11-21")
    unknown = await operator.ask("Is it a TID?", "Look.", "ECD-047")
    assert unknown == Answered("ECD-047", "cannot tell", "no prepared answer", prepared=True)
    assert [event.body for event in host.trace][1::2] == [answered, unknown]


@pytest.mark.parametrize("word", ["yes", "no", "cannot tell", '"yes"', '"no"', "true", "false"])
def test_yaml_may_take_yes_and_no_for_truth_values(word):
    (answer,) = prepared(GOOD.replace("yes", word), "a.yaml", IDS).values()
    assert answer.answer == {"true": "yes", "false": "no"}.get(word, word.strip('"'))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("46", "99"), "a.yaml:1: ECD-099: unknown key; allowed: ECD-046, ECD-047"),
        (GOOD.replace("yes", "1"), "a.yaml:1: ECD-046.answer: found 1; allowed: 'yes', 'no' or 'cannot tell'"),
        (GOOD.replace("yes", "maybe"), "found 'maybe'; allowed: 'yes', 'no' or 'cannot tell'"),
        (GOOD.replace("by: ada, ", ""), "a.yaml:1: ECD-046.by: missing; allowed: who looked"),
        (GOOD.replace("answer: yes, ", ""), "ECD-046.answer: missing; allowed: 'yes' or 'no' or 'cannot tell'"),
        (GOOD.replace("date", "on"), "unknown key; allowed: answer, by, date, remark"),
        (GOOD.replace("2026-11-21", "yesterday"), "a.yaml:1: ECD-046.date: found 'yesterday'; allowed: a date"),
        ("\nECD-046: yes\n", "a.yaml:2: ECD-046: found True; allowed: a mapping with the keys answer, by, date, rem"),
        (GOOD + GOOD, "a.yaml:2: ECD-046: found twice; allowed: once"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, told):
    with pytest.raises(AnswerError) as raised:
        prepared(text, "a.yaml", IDS)
    assert told in str(raised.value)
