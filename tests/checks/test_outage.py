"""Harm to the wire in traces of a few lines: who is back how soon, which lines are left, what is shown meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.checks import cadence, framing, lines, outage, pairing, reading, screen, standing
from harness.evidence.bench import Bite, FaultBegan, FaultEnded, Mains, Parted, Remark, Screen, Timing
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, Opened, PeerClosed, Received
from tests.checks.traces import BEAT, OK, checks_of, command, register, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC


def on(line: int, at: float, body: object) -> tuple[float, str, int, object]:
    """Something the cloud saw on a line."""
    return (at, "cloud", line, body)


def up(line: int, at: float, to: str = "primary", **fields: str) -> list[tuple[float, str, int, object]]:
    """A line that comes up and is registered at once."""
    return [on(line, at, Opened(line, to)), on(line, at, register(**fields)), on(line, at, OK)]


def began(at: float, fault: str = "black hole", *, outage: bool = True, place: str = "wire") -> Any:
    return (at, "nemesis", 0, FaultBegan(fault, place, outage=outage))


def over(at: float, fault: str = "black hole", bites: int = 1) -> Any:
    return (at, "nemesis", 0, FaultEnded(fault, bites))


def bit(at: float, fault: str = "refused") -> Any:
    return (at, "nemesis", 0, Bite(fault, "a dial"))


def left(line: int, at: float) -> Any:
    """The terminal's stack ends a line."""
    return (at, "wire", line, Parted(line, reset=True))


def shows(at: float, text: str) -> Any:
    return (at, "bench", 0, Screen(text, "white"))


def ended(at: float) -> Any:
    """The case ends."""
    return (at, "case", 0, Remark("the end"))


GONE = PeerClosed(1, reset=True)
HOLE = [*up(1, 0), began(10), over(110)]
NAT = [*up(1, 0), began(10, "nat", outage=False)]
ONLINE = shows(0, "POS Online")


@dataclass
class Sample:
    """A check, its limits, a trace, and what it must conclude."""

    check: Any
    events: list[Any]
    verdict: Verdict
    words: str
    limits: dict[str, Any] = field(default_factory=dict)
    warning: bool = False


BACK = {"limit": 90.0, "warn": 60.0}
TRIED = {"faults": ["black hole"], "limit": 90.0}
DEAD = {"fault": "nat", "within": 95.0, "back": 30.0}
HELD = {"fault": "black hole", "within": 50.0, "back": 30.0}
LOSSY = {"fault": "loss", "at_least": 2}
OTHER = {"fault": "refused", "listener": "secondary", "within": 30.0}
VAIN = {"fault": "refused", "longest_pause": 60.0, "a_minute": 3, "at_least": 3}
SHOWN = {"noticed_within": 50.0, "within": 30.0}

SAMPLES = [
    # back_after
    Sample(outage.back_after, [*HOLE, *up(2, 113)], PASS, "measured: 3.00 s", BACK),
    Sample(outage.back_after, [*HOLE, on(1, 130, BEAT)], PASS, "lines kept: 1", BACK),
    Sample(outage.back_after, [*HOLE, *up(2, 185)], PASS, "beyond 60 s is slow", BACK, warning=True),
    Sample(outage.back_after, [*HOLE, *up(2, 205)], FAIL, "measured: 95.00 s", BACK),
    Sample(outage.back_after, [*HOLE, ended(205)], FAIL, "never back: 1", BACK),
    Sample(outage.back_after, [*HOLE, ended(150)], INCONC, "no new registration", BACK),
    Sample(outage.back_after, [*HOLE, on(1, 60, BEAT), ended(250)], FAIL, "never back: 1", BACK),
    Sample(outage.back_after, [*HOLE, *up(2, 113), began(115), over(120), *up(3, 121)], PASS, "3.00 s, 1.00 s", BACK),
    Sample(outage.back_after, [*HOLE, began(115), over(120), *up(3, 121)], PASS, "measured: 1.00 s", BACK),
    Sample(outage.back_after, [*HOLE, began(115), over(120), *up(3, 121)], INCONC, "1.00 s", {**BACK, "at_least": 2}),
    Sample(outage.back_after, [*up(1, 0), began(10, outage=False), over(20)], INCONC, "no new registration", BACK),
    Sample(outage.back_after, [*up(1, 0), began(10, outage=False), over(20), *up(2, 23)], PASS, "3.00 s",
           {**BACK, "fault": "black hole"}),
    # each_was_tried
    Sample(outage.each_was_tried, [*HOLE, *up(2, 113)], PASS, "1 outages", TRIED),
    Sample(outage.each_was_tried, [*HOLE, on(1, 120, BEAT)], PASS, "1 outages", TRIED),
    Sample(outage.each_was_tried, [*HOLE, ended(250)], PASS, "1 outages", TRIED),
    Sample(outage.each_was_tried, [*HOLE, ended(120)], INCONC, "not seen to the end: black hole", TRIED),
    Sample(outage.each_was_tried, [*up(1, 0), began(10), over(20, bites=0), on(1, 30, BEAT)], INCONC, "not seen",
           TRIED),
    Sample(outage.each_was_tried, [*HOLE, *up(2, 113)], FAIL, "never tried: cable out",
           {**TRIED, "faults": ["black hole", "cable out"]}),
    # leaves_dead_line
    Sample(outage.leaves_dead_line, [*NAT, *up(2, 95)], PASS, "after 85.0 s", DEAD),
    Sample(outage.leaves_dead_line, [*NAT, *up(2, 95), left(1, 90)], PASS, "after 80.0 s", DEAD),
    Sample(outage.leaves_dead_line, [*NAT, *up(2, 130), left(1, 129)], FAIL, "left only after 119.0 s", DEAD),
    Sample(outage.leaves_dead_line, [*NAT, *up(2, 140)], FAIL, "only 130.0 s after", DEAD),
    Sample(outage.leaves_dead_line, [*NAT, on(1, 200, BEAT)], FAIL, "kept for 190.0 s", DEAD),
    Sample(outage.leaves_dead_line, [*NAT, ended(60)], INCONC, "no dead lines", DEAD),
    Sample(outage.leaves_dead_line, up(1, 0), INCONC, "no dead lines", DEAD),
    Sample(outage.leaves_dead_line, [began(10, "nat"), *up(1, 20)], INCONC, "no dead lines", DEAD),
    Sample(outage.leaves_dead_line, [*HOLE, *up(2, 135)], PASS, "after 125.0 s", HELD),
    Sample(outage.leaves_dead_line, [*HOLE, *up(2, 145)], FAIL, "only 135.0 s", HELD),
    # breaks_nothing
    Sample(outage.breaks_nothing, [began(0, "loss", outage=False), *up(1, 1), on(1, 60, BEAT)], PASS, "2 messages",
           LOSSY),
    Sample(outage.breaks_nothing, [began(0, "loss", outage=False), *up(1, 1), on(1, 60, GONE)], FAIL, "ended line 1",
           LOSSY),
    Sample(outage.breaks_nothing, [began(0, "loss", outage=False), *up(1, 1), over(3, "loss"), on(1, 60, GONE)], INCONC,
           "1 messages", LOSSY),
    Sample(outage.breaks_nothing, [*up(1, 1), on(1, 60, BEAT)], INCONC, "0 messages", LOSSY),
    # falls_back
    Sample(outage.falls_back, [*up(1, 0), began(9, "refused", outage=False), on(1, 10, GONE), *up(2, 12, "secondary")],
           PASS, "after 2.00 s", OTHER),
    Sample(outage.falls_back, [*up(1, 0), began(9, "refused", outage=False), on(1, 10, GONE), *up(2, 50, "secondary")],
           FAIL, "after 40.00 s", OTHER),
    Sample(outage.falls_back, [*up(1, 0), began(9, "refused", outage=False), on(1, 10, GONE), ended(50)], FAIL,
           "none in 40.0 s", OTHER),
    Sample(outage.falls_back, [*up(1, 0), began(9, "refused", outage=False), on(1, 10, GONE), ended(20)], INCONC,
           "only 10.0 s", OTHER),
    Sample(outage.falls_back, [began(0, "refused", outage=False), (5, "bench", 0, Mains(on=True)),
                               *up(1, 9, "secondary")], PASS, "after 4.00 s", OTHER),
    Sample(outage.falls_back, up(1, 0), INCONC, "never began", OTHER),
    # cycles
    Sample(outage.cycles, [began(0, "refused"), bit(1), bit(3), bit(40), over(90, "refused")], PASS, "3 dials", VAIN),
    Sample(outage.cycles, [began(0, "refused"), bit(1), bit(3), bit(70), over(90, "refused")], FAIL, "67.0 s without",
           VAIN),
    Sample(outage.cycles, [began(0, "refused"), bit(1), bit(3), bit(9), over(90, "refused")], FAIL, "81.0 s without",
           VAIN),
    Sample(outage.cycles, [began(0, "refused"), *(bit(at) for at in range(5)), ended(9)], FAIL, "5 dials in a minute",
           VAIN),
    Sample(outage.cycles, [began(0, "refused"), bit(1), over(9, "refused")], INCONC, "1 dials", VAIN),
    Sample(outage.cycles, [began(0, "refused"), over(900, "refused")], INCONC, "0 dials", VAIN),
    Sample(outage.cycles, up(1, 0), INCONC, "never began", VAIN),
    # offline_during
    Sample(outage.offline_during, [ONLINE, *up(1, 0), began(10), shows(80, "POS Offline"), over(110)], PASS,
           "1 outage", SHOWN),
    Sample(outage.offline_during, [ONLINE, *up(1, 0), began(10), over(110)], FAIL, "'POS Online' 80.0 s", SHOWN),
    Sample(outage.offline_during, [ONLINE, *up(1, 0), began(10), shows(50, "POS Offline"), shows(95, "POS Online"),
                                   over(110)], FAIL, "'POS Online' 85.0 s", SHOWN),
    Sample(outage.offline_during, [ONLINE, *up(1, 0), began(10), left(1, 30), shows(70, "POS Offline"), over(110)],
           FAIL, "'POS Online' 50.0 s", SHOWN),
    Sample(outage.offline_during, [ONLINE, *up(1, 0), began(10), over(60)], INCONC, "of sufficient length", SHOWN),
    Sample(outage.offline_during, [ONLINE, *up(1, 0), on(1, 5, command("A")), began(10), over(110)], INCONC,
           "of sufficient length", SHOWN),
    Sample(outage.offline_during, HOLE, INCONC, "no screen", SHOWN),
    Sample(outage.offline_during, [*up(1, 0), began(10), shows(95, "POS Offline"), over(110)], FAIL, "nothing 80.0 s",
           SHOWN),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.check.__name__}-{sample.verdict.name}")
def test_concludes(sample):
    finding = sample.check(trace(*sample.events), **sample.limits)
    assert (finding.verdict, finding.warning) == (sample.verdict, sample.warning), finding
    assert sample.words in finding.actual


def test_each_check_was_seen_to_pass_to_fail_and_to_be_undecided():
    seen = {(sample.check, sample.verdict) for sample in SAMPLES}
    assert seen == {(check, verdict) for check in checks_of(outage) for verdict in (PASS, FAIL, INCONC)}


# ---- What the old rules make of harm ---------------------------------------------------------------------------------

ACK_WITHIN = {"ack_within": 20.0}
MIDDLE = Received(1, b'{"ResultCode":"Approved"}')
REST = Received(1, b"\x04\x04")

EXCUSED = [
    # An old line whose end was swallowed is not a second live one; one on which the terminal still speaks is.
    Sample(standing.one_live_line, [*HOLE, *up(2, 113)], PASS, "2 registrations"),
    Sample(standing.one_live_line, [*HOLE, *up(2, 113), on(1, 150, BEAT)], FAIL, "while line 1 was up"),
    Sample(standing.one_live_line, [*HOLE, *up(2, 113), on(1, 150, BEAT), left(1, 30)], PASS, "2 registrations"),
    Sample(standing.one_live_line, [*up(1, 0), *up(2, 9), left(1, 8)], PASS, "2 registrations"),
    Sample(standing.one_live_line, [*up(1, 0), *up(2, 9), left(1, 12)], FAIL, "while line 1 was up"),
    Sample(standing.one_live_line, [*up(1, 0), *up(2, 9), began(50), over(60)], FAIL, "while line 1 was up"),
    # A line that ended in an outage, or soon after, is not ended by the terminal's own will.
    Sample(standing.stays_open, [*HOLE, on(1, 125, GONE)], PASS, "1 registered", ACK_WITHIN),
    Sample(standing.stays_open, [*HOLE, on(1, 400, GONE)], FAIL, "line 1 was ended", ACK_WITHIN),
    Sample(standing.stays_open, [*up(1, 0), on(1, 8, GONE), began(9, "reset"), over(9.1, "reset")], PASS,
           "1 registered", ACK_WITHIN),
    Sample(standing.stays_open, [*up(1, 0), began(8, "silence", place="cloud"), on(1, 9, GONE)], FAIL, "line 1 was",
           ACK_WITHIN),
    Sample(lines.keeps_line, [*HOLE, on(1, 125, GONE)], PASS, "up for", {"at_least": 100.0}),
    # A message that was cut in two by the wire, or never got its end.
    Sample(framing.every_message_terminated, [*up(1, 0), on(1, 9, MIDDLE), began(9.1), over(40), on(1, 41, REST)], PASS,
           "1 message", {"patience": 10.0}),
    Sample(framing.every_message_terminated, [*up(1, 0), on(1, 9, MIDDLE), on(1, 41, REST)], FAIL, "without 04 04",
           {"patience": 10.0}),
    Sample(lines.registers_first_on_every_line, [*up(1, 0), on(2, 9, Opened(2, "primary")), began(10), over(60)], PASS,
           "1 line"),
    Sample(lines.registers_first_on_every_line, [*up(1, 0), on(2, 9, Opened(2, "primary")), ended(60)], FAIL,
           "nothing on line 2"),
    # Silence and heaps of heartbeats under harm are the wire's.
    Sample(cadence.never_silent_for, [*up(1, 0), on(1, 60, BEAT), began(70), over(300), *up(2, 301), on(2, 361, BEAT)],
           PASS, "2 heartbeats", {"limit": 120.0}),
    Sample(cadence.resumes_once, [*up(1, 0), began(10), over(300), *up(2, 301), on(2, 302, BEAT), on(2, 303, BEAT)],
           FAIL, "1.00 s apart", {"earliest": 45.0, "latest": 75.0, "at_least": 1}),
    # The screen of a terminal that nobody can hear is judged by nothing but `offline_during`.
    Sample(screen.online_when_registered, [ONLINE, *HOLE, shows(50, "POS Offline"), *up(2, 113),
                                           shows(114, "POS Online"), ended(140)], PASS, "1 time", {"within": 10.0}),
    Sample(screen.online_when_registered, [ONLINE, *HOLE, shows(50, "POS Offline"), *up(2, 113), ended(140)], FAIL,
           "'POS Offline'", {"within": 10.0}),
    Sample(screen.online_when_registered, [ONLINE, *HOLE, shows(50, "POS Offline"), ended(150)], INCONC, "0 times",
           {"within": 10.0}),
    # An order that met an outage is answered on its line, or recovered after the drop.
    Sample(pairing.settled, [*up(1, 0), on(1, 5, command("A")), began(6), over(50), on(1, 52, response("A"))], PASS,
           "after 3.0 s", {"ref_id": "A", "within": 10.0, "after_drop": "either"}),
    Sample(pairing.settled, [*up(1, 0), on(1, 5, command("A")), ended(50)], FAIL, "none in 45.0 s",
           {"ref_id": "A", "within": 10.0, "after_drop": "either"}),
    Sample(pairing.settled, [*up(1, 0), on(1, 5, command("A")), on(1, 6, response("A")), on(1, 7, response("A"))], FAIL,
           "2 responses to 1", {"ref_id": "A", "within": 10.0, "after_drop": "either"}),
    Sample(pairing.settled, [*up(1, 0), on(1, 5, command("A")), ended(6)], INCONC, "not yet",
           {"ref_id": "A", "within": 10.0, "after_drop": "either"}),
    Sample(pairing.settled, up(1, 0), INCONC, "not be sent", {"ref_id": "A", "within": 9, "after_drop": "hold"}),
    Sample(pairing.settled, [*up(1, 0), on(1, 5, command("A")), began(6), on(1, 50, Close(1)), over(50), *up(2, 52),
                             on(2, 53, command("A")), on(2, 55, response("A"))], PASS, "held for the query",
           {"ref_id": "A", "within": 10.0, "after_drop": "either"}),
]  # fmt: skip


@pytest.mark.parametrize("sample", EXCUSED, ids=lambda sample: f"{sample.check.__name__}-{sample.verdict.name}")
def test_old_rules_accuse_nobody_for_the_wire(sample):
    finding = sample.check(trace(*sample.events), **sample.limits)
    assert finding.verdict is sample.verdict, finding
    assert sample.words in finding.actual


def test_outages_that_overlap_are_one():
    found = reading.outages(trace(began(1), began(3, "wifi"), over(5), over(9, "wifi"), began(20, "cable"), ended(30)))
    assert found == [(1, 9), (20, float("inf"))]


# ---- How soon it was back --------------------------------------------------------------------------------------------


def times(*events: Any) -> list[tuple[str, float]]:
    return [(found.cause, found.seconds) for found in outage.reconnect_times(trace(*events))]


def test_the_way_back_is_counted_from_the_end_of_the_outage():
    assert times(*HOLE, *up(2, 113)) == [("black hole", 3.0)]
    assert times(*HOLE, on(1, 60, GONE), *up(2, 113)) == [("black hole", 3.0)]
    assert times(*HOLE, *up(2, 113)[:2], on(1, 113, Close(1)), up(2, 113)[2]) == [("black hole", 3.0)]


def test_the_way_back_from_a_lost_line_is_counted_from_the_loss():
    assert times(*up(1, 0), began(5, "reset", place="cloud", outage=False), on(1, 5, GONE), *up(2, 6)) == [
        ("reset", 1.0)
    ]
    assert times(*up(1, 0), on(1, 5, GONE), *up(2, 6)) == [("the end of a line", 1.0)]
    assert times(*up(1, 0), *up(2, 6)) == [("no cause that was seen", 0.0)]


def test_what_a_fault_kept_away_does_not_count():
    silent = [*up(1, 0), began(5, "silence", place="cloud", outage=False), on(1, 80, GONE), over(200, "silence")]
    assert times(*silent, *up(2, 203)) == [("silence", 3.0)]


def test_what_the_wire_did_may_be_on_record_before_its_harm():
    forged = [*up(1, 0), on(1, 5, GONE), began(5.2, "reset to both", outage=False), over(9, "reset to both")]
    assert times(*forged, *up(2, 6)) == [("reset to both", 1.0)]


def test_the_way_back_from_a_line_that_died_unseen_is_counted_from_the_harm():
    assert times(*NAT, *up(2, 95)[:2], on(1, 95, Close(1)), up(2, 95)[2]) == [("nat", 85.0)]


def test_an_older_outage_is_not_blamed_for_a_later_loss():
    later = [*HOLE, on(1, 130, BEAT), began(400, "reset", place="cloud", outage=False), on(1, 400, GONE)]
    assert times(*later, *up(2, 402)) == [("reset", 2.0)]


def test_a_start_is_no_return():
    power = [(5.0, "bench", 0, Mains(on=False)), (6.0, "bench", 0, Mains(on=True))]
    assert times(*up(1, 0), *power, *up(2, 9)) == []


def test_the_uncertainty_is_that_of_both_ends():
    events = [*HOLE, (111, "wire", 0, Timing("kernel stamps", 0.002)), *up(2, 113)]
    (found,) = outage.reconnect_times(trace(*events))
    assert (found.uncertainty, found.back.at) == (0.004, 113)
