"""The other machine: POS software that the harness did not start, and a person between it and the prompts of a run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fixtures.by_hand import END, KEYS, START
from tests.desk import Desk
from tests.runs import PROJECT

SET_UP = "In the set-up"
"""How a task begins that is to set the program up."""

CANNOT = "n"
"""What a person answers who cannot do it."""


def understood(sentence: str) -> tuple[str, dict[str, str]] | None:
    """Key and fields that a person is asked to press; None if the sentence asks for something else.

    He reads what `fixtures.by_hand.asked_for` has said, by the same table, the other way round."""
    for key, (begins, fields) in KEYS.items():
        parts = [re.escape(begins)]
        for name, phrase in fields.items():
            if isinstance(phrase, str):
                parts.append("(?:" + re.escape(phrase).replace(re.escape("{}"), f"(?P<{name}>.+?)") + ")?")
            else:
                parts.append(
                    "(?:" + "|".join(f"(?P<{name}_{of}>{re.escape(said)})" for of, said in phrase.items()) + ")?"
                )
        if found := re.fullmatch("".join(parts) + r"\.", sentence):
            read = {name: value for name, value in found.groupdict().items() if value is not None}
            chosen = {name: of for name, phrase in fields.items() if not isinstance(phrase, str) for of in phrase
                      if f"{name}_{of}" in read}  # fmt: skip
            return key, {name: value for name, value in read.items() if name in fields} | chosen
    return None


def wanted(task: str) -> str:
    """What is to be done, of a task that may begin with what is to come."""
    starts = [0, *(found.end() for found in re.finditer(r"[.:] ", task))]
    known = (task[at:] for at in starts)
    return next((one for one in known if one in (START, END) or one.startswith(SET_UP) or understood(one)), task)


class Shop:
    """The machine with the POS, and the person who serves it.

    `settings`: those of the program, JSON values; `defect`: its bad habit; `set_up`: what a line of a set-up changes in
    its settings, None for one that he cannot make; `cannot`: how other tasks begin that he cannot do."""

    def __init__(
        self,
        folder: Path,
        programme: str,
        settings: Mapping[str, Any],
        time_scale: float,
        defect: str | None = None,
        set_up: Callable[[str], Mapping[str, Any] | None] = lambda _: None,
        cannot: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._settings = dict(settings)
        self._set_up = set_up
        self._cannot = tuple(cannot)
        self._program: subprocess.Popen[bytes] | None = None
        self.command = [
            *(sys.executable, "-E", "-s", "-m", "emulator", "software", programme),
            *("--settings", str(folder / "settings.json"), "--time-scale", str(time_scale)),
            *(("--defect", defect) if defect else ()),
        ]
        self._write()
        self.starts = 0
        self.tasks: list[str] = []

    def serves(self, desk: Desk) -> None:
        """Do what the run asks for, until it ends."""
        while (task := desk.next_task()) is not None:
            self.tasks.append(task)
            desk.types(f"{self._does(task)}\n")

    def _does(self, task: str) -> str:
        sentence = wanted(task)
        if sentence.startswith(self._cannot) and self._cannot:
            return f"{CANNOT} I cannot"
        if sentence == END:
            self.close()
        elif sentence == START:
            self._start()
        elif sentence.startswith(SET_UP):
            return self._sets(sentence)
        elif (pressed := understood(sentence)) is not None and self._program is not None:
            key, fields = pressed
            assert self._program.stdin is not None
            self._program.stdin.write(json.dumps({"press": {key: fields}}).encode() + b"\n")
            self._program.stdin.flush()
        else:
            return f"{CANNOT} I do not know how to: {sentence}"
        return "y"

    def _sets(self, sentence: str) -> str:
        changed = self._set_up(sentence)
        self._settings |= changed or {}
        return CANNOT if changed is None else "y"

    def _start(self) -> None:
        self.close()
        self.starts += 1
        self._write()
        storage = str(self._folder / f"storage-{self.starts}.json")
        with (self._folder / "till.log").open("ab") as log:
            self._program = subprocess.Popen(
                [*self.command, "--storage", storage],
                cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip

    def _write(self) -> None:
        (self._folder / "settings.json").write_text(json.dumps(self._settings), encoding="utf-8")

    def close(self) -> None:
        """Pull its plug."""
        if self._program is not None:
            self._program.kill()
            self._program.communicate()
            self._program = None
