"""Who is asked what only a person can see: somebody at the terminal where pytest runs, or answers that one prepared.

A person thinks for minutes, and the device under test must be served meanwhile: the answer is awaited by the host, as
anything else is, while the event loop watches the terminal. Question and answer go there directly (its device, opened
for reading and writing), past pytest, which captures what is printed and replaces what is read.
"""

from __future__ import annotations

import asyncio
import datetime
import fcntl
import os
import termios
import textwrap
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, create_model

from harness.evidence.answers import Answers, read
from harness.evidence.bench import CANNOT_TELL, NO, YES, Answered, Asked, Remark
from harness.transports.host import BenchError, Host

SOURCE = "operator"

PATIENCE = 15 * 60.0
"""Wall seconds for which an answer is awaited: time to fetch a card, a ladder or a colleague, not to go home."""

# ---- Prepared answers ------------------------------------------------------------------------------------------------


def _word(answer: object) -> object:
    """YAML 1.1 reads a bare `yes` or `no` as a truth value."""
    return {True: YES, False: NO}.get(answer, answer) if isinstance(answer, bool) else answer


class PreparedAnswer(Answers):
    """What somebody saw before the run. The day is a `date:`, since YAML 1.1 reads a key `on:` as a truth value."""

    answer: Annotated[Literal["yes", "no", "cannot tell"], BeforeValidator(_word)]
    by: str = Field(min_length=1, description="who looked")
    date: datetime.date = Field(description="the day on which he looked, as 2026-11-21")
    remark: str = Field("", description="what he saw")


def prepared(text: str, origin: str, ids: Iterable[str]) -> dict[str, PreparedAnswer]:
    """Prepared answers by requirement from YAML text. `origin` names the file; `ids`: what may be answered.

    Raises AnswerError with one line for each mistake."""
    ids = tuple(ids)
    fields = dict.fromkeys(ids, (PreparedAnswer | None, None))
    model = create_model("PreparedAnswers", __base__=Answers, **fields)  # type: ignore[call-overload]
    found = read(model, text, origin)
    return {id: answer for id in ids if (answer := getattr(found, id)) is not None}


class PreparedOperator:
    """Answers what was prepared, at once, and marks it as such. What was not prepared it cannot tell."""

    def __init__(self, host: Host, answers: Mapping[str, PreparedAnswer]) -> None:
        self._host = host
        self._answers = answers

    async def ask(self, question: str, look_for: str, requirement: str) -> Answered:
        """As `harness.rig.bench.Operator` says."""
        self._host.record(SOURCE, Asked(requirement, question, look_for))
        known = self._answers.get(requirement)
        if known is None:
            answered = Answered(requirement, CANNOT_TELL, "no prepared answer", prepared=True)
        else:
            by = f"{known.by} on {known.date}"
            answered = Answered(requirement, known.answer, known.remark, prepared=True, by=by)
        self._host.record(SOURCE, answered)
        return answered


# ---- Somebody at the terminal ----------------------------------------------------------------------------------------

WORDS = {"y": YES, "yes": YES, "n": NO, "no": NO, "?": CANNOT_TELL}
"""What may be typed."""

KEYS = "y = yes, n = no, ? = cannot tell; a remark may follow: n the label is missing"


def is_attended(fd: int) -> bool:
    """Whether somebody can be asked at a file descriptor: a terminal, for reading and writing, in the foreground.

    A run in the background of a shell would be stopped by its first look at the terminal."""
    if not os.isatty(fd) or fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDWR:
        return False
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:  # a terminal, but not the one that controls this process: nobody stops us for reading it
        return True


def understood(typed: str) -> tuple[str, str] | None:
    """Answer and remark of a line; None if it is no answer. `n the label is missing` is (no, the label is missing)."""
    word, _, remark = typed.strip().partition(" ")
    answer = WORDS.get(word.lower())
    return None if answer is None else (answer, remark.strip())


class TerminalOperator:
    """Asks at a terminal and awaits the answer; anything that is no answer is asked again.

    `tty`: its descriptor (see `is_attended`); `by`: who sits there; `texts`: the requirements by id; `scale`: document
    seconds in a wall second; `patience`: in wall seconds. Nobody's answer, and an end of file (Ctrl-D), is `cannot
    tell`."""

    def __init__(
        self, host: Host, tty: int, by: str, texts: Mapping[str, str], scale: float, patience: float = PATIENCE
    ) -> None:
        self._host = host
        self._tty = tty
        self._by = by
        self._texts = texts
        self._scale = scale
        self._patience = patience
        self._requirement = ""
        self._typed = b""
        self._answered: Answered | None = None
        self._gone: Exception | None = None

    async def ask(self, question: str, look_for: str, requirement: str) -> Answered:
        """As `harness.rig.bench.Operator` says. Raises BenchError if the terminal is gone."""
        self._requirement, self._typed, self._answered = requirement, b"", None
        self._host.record(SOURCE, Asked(requirement, question, look_for))
        loop = asyncio.get_running_loop()
        told, self._host.on_wait = self._host.on_wait, None  # no progress line shall run over the question
        try:
            self._put(question, look_for)
            loop.add_reader(self._tty, self._hear)
            await self._host.until(self._is_over, self._patience * self._scale, "an answer of the operator")
        finally:
            loop.remove_reader(self._tty)
            self._host.on_wait = told
        if self._gone is not None:
            raise _gone(self._gone)
        if self._answered is None:
            why = f"nobody answered in {_span(self._patience)}"
            self._answered = Answered(requirement, CANNOT_TELL, why)
            self._host.record(SOURCE, self._answered)
            self._write(f"\n{why}: taken as 'cannot tell'\n")
        return self._answered

    def _put(self, question: str, look_for: str) -> None:
        try:
            # What was typed before the question is no answer to it.
            termios.tcflush(self._tty, termios.TCIFLUSH)
            self._write(self._prompt(question, look_for))
        except (OSError, termios.error) as error:
            raise _gone(error) from error

    def _is_over(self) -> bool:
        return self._answered is not None or self._gone is not None

    def _hear(self) -> None:
        """Something was typed: a terminal gives it a line at a time."""
        try:
            data = os.read(self._tty, 4096)
            if not data:
                self._write("\n")
                self._answer(CANNOT_TELL, "the operator ended the input (Ctrl-D)")
                return
            *lines, self._typed = (self._typed + data).split(b"\n")
            for line in lines:
                if (said := understood(line.decode(errors="replace"))) is not None:
                    self._answer(*said)
                    return
                self._write(f"{KEYS}\n> ")
        except OSError as error:
            asyncio.get_running_loop().remove_reader(self._tty)
            self._gone = error
            self._host.record(SOURCE, Remark(str(_gone(error))))

    def _answer(self, answer: str, remark: str) -> None:
        self._answered = Answered(self._requirement, answer, remark, by=self._by)
        self._host.record(SOURCE, self._answered)

    def _prompt(self, question: str, look_for: str) -> str:
        width = min(max(os.get_terminal_size(self._tty).columns or 80, 40), 100)
        about = [f"{self._requirement}  {self._texts[self._requirement]}", ""] if self._requirement else []
        parts = [textwrap.fill(paragraph, width) for paragraph in [*about, *look_for.splitlines()]]
        limit = f"(there are {_span(self._patience)} to answer; the bench goes on meanwhile)"
        rule = "-" * width
        return "\n".join(["\a", rule, *parts, "", textwrap.fill(question, width), "", limit, KEYS, "> "])

    def _write(self, text: str) -> None:
        with open(self._tty, "w", encoding="utf-8", errors="replace", closefd=False) as terminal:
            terminal.write(text)


def _gone(error: Exception) -> BenchError:
    return BenchError(f"operator: the terminal at which he was asked is gone: {error.args[-1]}")


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} seconds"
