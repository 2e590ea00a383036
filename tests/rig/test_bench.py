"""The bench file: which clock goes with which DUT."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.answers import AnswerError, read
from harness.rig.bench_file import BenchFile

BENCHES = Path(__file__).parents[2] / "benches"


def test_the_virtual_bench_is_one():
    assert read(BenchFile, (BENCHES / "emulator.yaml").read_text(), "bench.yaml").clock == "virtual"
    assert read(BenchFile, (BENCHES / "emulator-compressed.yaml").read_text(), "bench.yaml").clock == "compressed"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dut: process\ncommand: [dut]\n", "only dut: emulator has a clock we can move"),
        ("dut: memory\n", "only dut: emulator has a clock we can move"),
        ("dut: emulator\nixit: {time_scale: 120}\n", "takes no ixit time_scale but 1"),
    ],
)
def test_a_clock_that_cannot_be_virtual_is_told_in_one_sentence(text, told):
    with pytest.raises(AnswerError) as raised:
        read(BenchFile, f"{text}clock: virtual\n", "bench.yaml")
    assert str(raised.value).count("\n") == 0
    assert told in str(raised.value)
