"""The bench file of a POS with a terminal beside it: where both are programs of the user's, each has its command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import InitErrorDetails

from harness.evidence.answers import Answers, mistake
from harness.rig.bench_file import known
from harness.rig.software_bench import SoftwareBench


class TerminalFile(Answers):
    """The terminal as a program: started and killed as its mains."""

    PLACEHOLDERS: ClassVar[tuple[str, ...]] = (
        *("primary_host", "primary_port", "secondary_host", "secondary_port", "terminal_id"),
        *("seed", "time_scale", "state_dir", "python"),
    )

    command: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    directory: str = Field(".", description="where the command runs, relative to the bench file")
    screen: Literal["stdout", "none"] = Field(
        "stdout", description="where its display and its journal are read: JSON lines on its stdout, or nowhere"
    )

    @field_validator("command")
    @classmethod
    def _known(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        return known(command, cls.PLACEHOLDERS)


class TwoPrograms(SoftwareBench):
    """A bench of a POS and a terminal. `dut`, `command` and `screen` are the POS's."""

    DUTS = ("memory", "emulator", "process")

    terminal: TerminalFile | None = Field(None, description="the terminal, with dut: process")

    def _of_the_programme(self) -> Iterator[InitErrorDetails]:
        yield from super()._of_the_programme()
        if self.dut == "process" and self.terminal is None:
            yield mistake(None, "a section with a command; dut: process needs the terminal's too", "terminal")
        if self.dut in ("memory", "emulator") and self.terminal is not None:
            yield mistake("a section", f"none; dut: {self.dut} brings its own terminal", "terminal")
