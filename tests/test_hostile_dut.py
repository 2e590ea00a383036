"""Whatever a DUT does, the run ends, its memory stays within bounds, and a finding says what came."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import evidence
from tests.runs import FIRST, bench_file, run

HOSTILE = Path(__file__).parent / "foreign" / "hostile.py"

MOST_MEMORY = 500 << 20
"""Bytes; a run with a terminal that conforms takes 70 MiB."""

HABITS = {  # exit code, and what the findings must say
    "garbage": (1, ["not UTF-8: byte 80 at offset 123"]),
    "endless": (1, ["no terminator 04 04 within the limit of 1048576 bytes"]),
    "flood": (1, ["the harness ended it"]),
    "empty_frames": (1, ["the harness ended it"]),
    "half_a_frame": (1, ["was never ended", r"""b'{"Command":"Hear'"""]),
    "no_utf8": (1, ["not UTF-8: byte e9 at offset 34"]),
    "half_a_letter": (1, ["\ufffd is 7 without quotation marks"]),
    "depth": (1, ["not JSON: nested too deeply", "of 500000 bytes"]),
    "dies": (1, ["ended by itself with code 1: out of paper"]),
    "many_lines": (1, ["no response"]),
    "screams": (1, ["came '\\x00\ufffdgarbage'"]),
}


@pytest.mark.parametrize("habit", HABITS)
def test_a_run_with_a_hostile_dut_ends_and_says_what_came(tmp_path, habit):
    code, words = HABITS[habit]
    command = ["{python}", str(HOSTILE), "{primary_host}", "{primary_port}", habit]
    # A flood needs seconds until it is so much that it is to blame for what keeps us waiting, on a busy machine too.
    scale = 15 if habit == "flood" else 100
    bench = bench_file(tmp_path, command=command, ixit={"time_scale": scale, "transaction_within": 60})
    ended = run(tmp_path / "out", FIRST, "--bench", bench)
    assert (sum(ended.cases.values()), ended.junit) == (1, 1), ended.output
    assert (ended.code, ended.cases) == (code, {"FAIL": 1}), ended.found
    assert "Traceback" not in ended.output
    for word in words:
        assert word in ended.found
    assert ended.peak < MOST_MEMORY
    assert len(evidence.read(next(ended.folder.glob("cases/*/trace.jsonl")))) > 0
