"""The table shows what the summary holds, fits a terminal, and marks what is still to be confirmed."""

from __future__ import annotations

import json
from dataclasses import replace

from harness.evidence.record import Assumed, Judgement
from harness.evidence.verdict import Finding, Verdict
from reports.layout import WIDTH
from reports.summary import RunInfo
from reports.table import table
from tests.reports.test_summary import FAILED, NOT_RUN, PASSED, WARNED, A, B, case, judged, summarised


def test_the_summary_is_json_and_the_table_can_be_drawn_from_it_again():
    found = summarised([FAILED, WARNED, NOT_RUN])
    assert table(json.loads(json.dumps(found))) == table(found)


def test_the_table_fits_and_shows_what_was_required_expected_and_seen():
    text = table(summarised([PASSED, FAILED, FAILED, WARNED, NOT_RUN]))
    assert max(map(len, text.splitlines())) <= WIDTH
    for part in (
        A.text,
        "what must be",
        "what was",
        "3 event 3 of traces/1.jsonl",
        "and 1 more",
        "exit 1",
        "PASS, warning",
    ):
        assert part in text, part
    assert "\x1b" not in text
    assert "\x1b[1;31m" in table(summarised([FAILED]), colour=True)


TABLES, LOCKS = Assumed("names are analogues; ask", ("list", "pay")), Assumed("names are analogues; ask", ("lock",))


def test_what_is_unconfirmed_is_told_once_and_marked_where_it_counts():
    rests = replace(case(Verdict.PASS, judged(Verdict.PASS, B), about=(B,), name="x::two"), assumed=LOCKS)
    found = summarised([replace(PASSED, assumed=TABLES), rests, replace(NOT_RUN, assumed=Assumed("never", ("x",)))])
    assert found["assumed"] == [
        {
            "what": "names are analogues; ask",
            "names": ["list", "lock", "pay"],
            "requirements": [A.id, B.id],
            "cases": [PASSED.case, "x::two"],
        }
    ]
    text = table(found)
    assert text.count("ECD-042, ECD-061: names are analogues; ask (list, lock, pay)") == 1
    assert "ECD-042* MUST " in text
    assert "ECD-100  MUST " in text
    assert "ECD-042* " not in table(summarised([PASSED, NOT_RUN]))


def test_a_dut_cannot_speak_to_the_terminal_of_the_reader():
    rude = Finding(Verdict.FAIL, "plain", "\x1b[2Jall is well\n")
    record = case(Verdict.FAIL, Judgement("m:f", {}, (A.id,), rude))
    assert "\\x1b[2Jall is well" in table(summarised([record]))


def test_a_compressed_clock_is_a_rehearsal_in_both():
    run = RunInfo("eConduit Direct", "fast", "emulator", "answers/emulator", 7, "2026-01-02", time_scale=60.0)
    found = summarised([PASSED], run)
    assert found["rehearsal"] == "compressed clock ×60: rehearsal, not a certification"
    assert found["rehearsal"] in table(found)
    assert summarised([PASSED])["rehearsal"] == ""
