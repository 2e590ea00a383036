"""The bench file of two programs: a terminal's command where the POS has one, and each mistake with its place."""

from __future__ import annotations

import pytest

from harness.evidence.answers import AnswerError, read
from harness.rig.beside import TwoPrograms

POS = "dut: process\ncommand: [pos]\n"


def test_a_pos_and_its_terminal():
    bench = read(TwoPrograms, POS + "terminal: {command: [terminal, '{primary_port}'], screen: none}", "bench.yaml")
    assert bench.terminal.command == ("terminal", "{primary_port}")
    assert (bench.terminal.directory, bench.terminal.screen) == (".", "none")


@pytest.mark.parametrize("kind", ["memory", "emulator"])
def test_our_own_bring_their_terminal(kind):
    assert read(TwoPrograms, f"dut: {kind}", "bench.yaml").terminal is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POS, "terminal: missing; allowed: a section with a command; dut: process needs the terminal's too"),
        (
            "dut: memory\nterminal: {command: [x]}",
            "terminal: found 'a section'; allowed: none; dut: memory brings its own terminal",
        ),
        (POS + "terminal: {command: []}", "terminal.command"),
        (POS + "terminal: {screen: none}", "terminal.command"),
        (POS + "terminal: {command: [x], screen: camera}", "terminal.screen"),
        (POS + "terminal: {command: ['{pos_port}']}", "{primary_host}, {primary_port}"),
        (POS + "terminal: {command: ['{pos_port}']}", "(unknown: {pos_port})"),
    ],
)
def test_each_mistake_has_its_place(text, told):
    with pytest.raises(AnswerError) as mistaken:
        read(TwoPrograms, text, "bench.yaml")
    assert told in str(mistaken.value)
