"""Dialling in traces of a few lines: how often, how soon again, not at all, and one line at a time."""

from __future__ import annotations

import pytest

from harness.checks import dialling
from harness.evidence.bench import Exited, FaultBegan, FaultEnded
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, Hearing, Listen, PeerClosed, Unsecured
from tests.checks.talks import (
    Happened,
    Sample,
    asked,
    concludes,
    ended,
    mains,
    named,
    on,
    pressed,
    said,
    seen_both_ways,
    up,
)

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

LOST = PeerClosed(1, reset=False)
WORDS = {"words": "forceDisconnect", "quiet": 60.0}
SPACED = {"attempts_at_most": 2, "window": 10.0}
AGAIN = {"limit": 30.0}
DISPLACED = [*up(1, 0), said(1, 5, '{"action":"forceDisconnect"}'), on(1, 5, Close(1))]
DROPPED = [*up(1, 0), on(1, 10, Close(1))]


def tries(*times: float) -> list[Happened]:
    """Dials that are refused."""
    return [event for line, at in enumerate(times, 1) for event in asked(line, at)]


def unsecured(at: float) -> Happened:
    return on(0, at, Unsecured("wss", "certificate unknown"))


def shut(at: float, hearing: Hearing = Hearing.REFUSED) -> Happened:
    return on(0, at, Listen("wss", hearing))


SAMPLES = [
    # how often
    Sample(dialling.attempts_spaced, tries(0, 9, 20), PASS, "3 attempts", SPACED),
    Sample(dialling.attempts_spaced, tries(0, 4, 9), FAIL, "3 attempts within 9.0 s", SPACED),
    Sample(dialling.attempts_spaced, [*tries(0, 4), unsecured(9)], FAIL, "3 attempts within 9.0 s", SPACED),
    Sample(dialling.attempts_spaced, [*tries(0, 4), pressed(5, "connect"), *tries(9)], PASS, "3 attempts", SPACED),
    Sample(dialling.attempts_spaced, [*tries(0, 4), mains(5, on=True), *tries(9)], PASS, "3 attempts", SPACED),
    Sample(dialling.attempts_spaced, tries(0), INCONC, "no attempts", SPACED),
    Sample(dialling.attempts_spaced, [*tries(0), pressed(30, "sale")], PASS, "1 attempts", SPACED),
    Sample(dialling.attempts_spaced, tries(0, 1, 2), INCONC, "no attempts", {**SPACED, "listeners": ["ws"]}),
    # not at all
    Sample(dialling.no_dial_after, [*DISPLACED, ended(66)], PASS, "1 such text", WORDS),
    Sample(dialling.no_dial_after, [*DISPLACED, *up(2, 70)], PASS, "1 such text", WORDS),
    Sample(dialling.no_dial_after, [*DISPLACED, *asked(2, 10)], FAIL, "dialled again 5.0 s later", WORDS),
    Sample(dialling.no_dial_after, [*DISPLACED, unsecured(10)], FAIL, "dialled again 5.0 s later", WORDS),
    Sample(dialling.no_dial_after, [*DISPLACED, pressed(8, "connect"), *up(2, 10), ended(99)], INCONC, "no", WORDS),
    Sample(dialling.no_dial_after, [*DISPLACED, *up(2, 7), pressed(8, "connect"), ended(99)], FAIL, "2.0 s", WORDS),
    Sample(dialling.no_dial_after, [*DISPLACED, ended(60)], INCONC, "no such", WORDS),
    Sample(dialling.no_dial_after, [*up(1, 0), ended(99)], INCONC, "no", WORDS),
    # how soon again
    Sample(dialling.dials_again, [*DROPPED, *up(2, 15)], PASS, "5.00 s", AGAIN),
    Sample(dialling.dials_again, [*DROPPED, *up(2, 15)], PASS, "slow", {**AGAIN, "warn": 3.0}, warning=True),
    Sample(dialling.dials_again, [*DROPPED, unsecured(15)], PASS, "5.00 s", AGAIN),
    Sample(dialling.dials_again, [*DROPPED, *up(2, 50)], FAIL, "40.00 s", AGAIN),
    Sample(dialling.dials_again, [*DROPPED, ended(50)], FAIL, "not in 40.00 s", AGAIN),
    Sample(dialling.dials_again, [*DROPPED, ended(30)], INCONC, "never", AGAIN),
    Sample(dialling.dials_again, up(1, 0), INCONC, "never", AGAIN),
    Sample(dialling.dials_again, [*DROPPED, shut(11), shut(40, Hearing.ANSWERING), *up(2, 50)], PASS, "11.00 s", AGAIN),
    Sample(dialling.dials_again, [*DROPPED, mains(11, on=False), mains(40, on=True), *up(2, 50)], PASS, "11.00", AGAIN),
    Sample(dialling.dials_again, [*up(1, 0), pressed(9, "quit"), on(1, 9, LOST), ended(99)], INCONC, "never", AGAIN),
    Sample(dialling.dials_again, [*up(1, 0), (9, "bench", 0, Exited(0, "")), on(1, 9, LOST), ended(99)], INCONC,
           "never", AGAIN),
    Sample(dialling.dials_again, [*DISPLACED, ended(99)], INCONC, "never", {**AGAIN, "unless_said": ["forceDisc"]}),
    Sample(dialling.dials_again, [*up(1, 0), *up(2, 5), on(1, 6, Close(1)), ended(99)], INCONC, "never", AGAIN),
    # one line at a time
    Sample(dialling.one_line_at_a_time, [*DROPPED, *up(2, 15)], PASS, "2 lines"),
    Sample(dialling.one_line_at_a_time, [*up(1, 0), *up(2, 5), ended(9)], FAIL, "line 2 was dialled while line 1"),
    Sample(dialling.one_line_at_a_time, [*up(1, 0), *up(2, 5), on(1, 5.5, LOST)], PASS, "2 lines"),
    Sample(dialling.one_line_at_a_time, [*up(1, 0), *up(2, 5), on(1, 5, Close(1))], FAIL, "line 2 was dialled"),
    Sample(dialling.one_line_at_a_time, [*up(1, 0), mains(3, on=False), mains(4, on=True), *up(2, 5), ended(9)], PASS,
           "2 lines"),
    Sample(dialling.one_line_at_a_time, [mains(0, on=True), *up(1, 0), *up(2, 5), ended(9)], FAIL, "line 2 was"),
    Sample(dialling.one_line_at_a_time, [*up(1, 0), *asked(2, 5), ended(9)], PASS, "1 line"),
    Sample(dialling.one_line_at_a_time, asked(1, 0), INCONC, "no lines"),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_finding(sample: Sample) -> None:
    concludes(sample)


def test_every_check_was_seen_both_ways() -> None:
    seen_both_ways(dialling, SAMPLES)


def test_an_outage_does_not_count() -> None:
    harm = [(11, "nemesis", 0, FaultBegan("Freeze", "wire", outage=True)), (40, "nemesis", 0, FaultEnded("Freeze", 1))]
    concludes(Sample(dialling.dials_again, [*DROPPED, *harm, *up(2, 50)], PASS, "11.00 s", AGAIN))
