"""The rules about the display, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import screen
from harness.evidence.bench import FaultBegan, Mains, Photographed, Remark, Screen, Unread
from harness.evidence.verdict import Verdict
from harness.wire.econduit import Ack
from harness.wire.endpoint import Close, Opened
from tests.checks.traces import OK, command, response, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC


def on(at=0.0):
    return (at, "bench", 0, Mains(on=True))


def off(at):
    return (at, "bench", 0, Mains(on=False))


def up(at, line=1):
    return ((at, "cloud", line, Opened(line, "primary")), (at, "cloud", line, OK))


def lost(at, line=1):
    return (at, "cloud", line, Close(line, reset=True))


def shows(text, at, colour=""):
    return (at, "bench", 0, Screen(text, colour))


def unread(at):
    return (at, "bench", 0, Unread("nothing legible"))


def late(seconds, at):
    return (at, "bench", 0, Photographed("screen.png", "0", seconds))


def end(at):
    return (at, "case", 0, Remark("the end"))


ONLINE, OFFLINE = screen.ONLINE, screen.OFFLINE
SALE, ANSWER = (20.0, "cloud", 1, command("A")), (40.0, "cloud", 1, response("A"))
TEN, THIRTY = {"within": 10}, {"within": 30}
BOTH = {"online_within": 10, "offline_within": 30}
SILENCE = (5.0, "nemesis", 0, FaultBegan("silence", "cloud"))

TABLE = [
    # check, limits, events, verdict
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 2), end(20)], PASS),
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 12), end(20)], FAIL),
    (screen.online_when_registered, TEN, [on(), *up(1), shows("POS ONLINE", 2), end(20)], FAIL),
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 2), shows("Menu", 15), end(20)], FAIL),
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 2), end(5)], INCONC),
    (screen.online_when_registered, TEN, [on(), *up(1), end(20)], INCONC),
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 2), SALE, shows("WAIT", 21), end(35)], PASS),
    (
        screen.online_when_registered,
        {**TEN, "scope": "always"},
        [on(), *up(1), shows(ONLINE, 2), SALE, shows("WAIT", 21), end(35)],
        FAIL,
    ),
    (
        screen.online_when_registered,
        TEN,
        [on(), *up(1), shows(ONLINE, 2), SALE, shows("WAIT", 21), ANSWER, end(60)],
        FAIL,
    ),
    (
        screen.online_when_registered,
        {**TEN, "at_least": 2},
        [on(), *up(1), shows(ONLINE, 2), SALE, shows("WAIT", 21), ANSWER, shows(ONLINE, 41), end(60)],
        PASS,
    ),
    (screen.offline_when_not, THIRTY, [on(), *up(1), shows(ONLINE, 2), lost(5), shows(OFFLINE, 6), end(40)], PASS),
    (screen.offline_when_not, THIRTY, [on(), *up(1), shows(ONLINE, 2), lost(5), end(40)], FAIL),
    (screen.offline_when_not, THIRTY, [on(), *up(1), shows(ONLINE, 2), lost(5), shows("Offline", 6), end(40)], FAIL),
    (screen.offline_when_not, THIRTY, [on(), *up(1), shows(ONLINE, 2), lost(5), end(20)], INCONC),
    (screen.offline_when_not, THIRTY, [on(), shows(OFFLINE, 1), off(2), end(90)], INCONC),
    (screen.never_online_unregistered, TEN, [on(), shows(OFFLINE, 1), end(20)], PASS),
    (screen.never_online_unregistered, TEN, [on(), shows(ONLINE, 1), shows(OFFLINE, 1.1), end(20)], FAIL),
    (
        screen.never_online_unregistered,
        TEN,
        [on(), *up(1), shows(ONLINE, 2), lost(5), shows(OFFLINE, 6), end(20)],
        PASS,
    ),
    (screen.never_online_unregistered, TEN, [on(), *up(1), shows(ONLINE, 2), lost(5), end(20)], FAIL),
    (
        screen.never_online_unregistered,
        TEN,
        [on(), *up(1), shows(ONLINE, 2), lost(5), shows(OFFLINE, 6), shows("pos online", 17), end(20)],
        FAIL,
    ),
    (
        screen.never_online_unregistered,
        TEN,
        [on(), *up(1), shows(ONLINE, 2), off(5), on(6), shows(OFFLINE, 7), end(20)],
        PASS,
    ),
    (screen.never_online_unregistered, TEN, [on(), *up(1), shows(ONLINE, 2), off(5), on(6), end(20)], INCONC),
    (screen.offline_when_not, THIRTY, [on(), shows(OFFLINE, 40), end(90)], PASS),
    (screen.offline_when_not, THIRTY, [on(), *up(40), lost(41), end(90), shows(ONLINE, 90)], FAIL),
    (screen.never_online_unregistered, TEN, [on(), end(20)], INCONC),
    (screen.offline_when_silent, THIRTY, [on(), *up(1), shows(ONLINE, 2), SILENCE, shows(OFFLINE, 30), end(31)], PASS),
    (screen.offline_when_silent, THIRTY, [on(), *up(1), shows(ONLINE, 2), SILENCE, shows(OFFLINE, 36), end(40)], FAIL),
    (screen.offline_when_silent, THIRTY, [on(), *up(1), shows(ONLINE, 2), SILENCE, end(40)], FAIL),
    (screen.offline_when_silent, THIRTY, [on(), *up(1), shows(ONLINE, 2), SILENCE, end(20)], INCONC),
    (screen.offline_in_red, {}, [on(), shows(OFFLINE, 1, "red")], PASS),
    (screen.offline_in_red, {}, [on(), shows(OFFLINE, 1, "white")], FAIL),
    (screen.offline_in_red, {}, [on(), shows(OFFLINE, 1)], FAIL),
    (screen.offline_in_red, {"colour": False}, [on(), shows(OFFLINE, 1)], PASS),
    (screen.offline_in_red, {}, [on(), shows(ONLINE, 1)], INCONC),
    (screen.ack_changes_no_screen, TEN, [on(), *up(1), shows(ONLINE, 2), (20.0, "cloud", 1, Ack()), end(40)], PASS),
    (
        screen.ack_changes_no_screen,
        TEN,
        [on(), *up(1), shows(ONLINE, 2), (20.0, "cloud", 1, Ack()), shows("ERROR", 21), end(40)],
        FAIL,
    ),
    (screen.ack_changes_no_screen, TEN, [on(), *up(1), shows(ONLINE, 2), end(40)], INCONC),
    (screen.tells_connection, BOTH, [on(), *up(1), shows("Ready", 2), lost(20), shows("Out", 21), end(60)], PASS),
    (screen.tells_connection, BOTH, [on(), *up(1), shows("Ready", 2), lost(20), end(60)], FAIL),
    (screen.tells_connection, BOTH, [on(), *up(1), shows("Ready", 2), end(60)], INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding.actual


def test_a_finding_says_what_was_shown_and_when():
    finding = screen.online_when_registered(trace(on(), *up(1), shows("Connected", 2), end(20)), within=10)
    assert finding.actual == "'Connected' 10.0 s into being online"


def test_a_sale_cut_by_a_drop_leaves_the_screen_undecided():
    """Nobody can tell from outside when the transaction is through, so neither text is demanded."""
    events = [on(), *up(1), shows(ONLINE, 2), SALE, shows("WAIT", 21), lost(22), end(90)]
    assert screen.offline_when_not(trace(*events), within=30).verdict is INCONC


# ---- By a camera -----------------------------------------------------------------------------------------------------

SEEN = [on(), *up(1), shows(ONLINE, 2)]
"""Online, and read so."""

BY_CAMERA = [
    # What nobody could read accuses nobody …
    (screen.online_when_registered, TEN, [on(), *up(1), unread(1), end(20)], INCONC),
    (screen.online_when_registered, TEN, [on(), *up(1), shows(OFFLINE, 2), unread(8), end(20)], INCONC),
    (screen.online_when_registered, TEN, [*SEEN, unread(5), end(20)], INCONC),
    (screen.online_when_registered, TEN, [on(), unread(0), *up(1), end(20), shows(ONLINE, 2)], PASS),
    (screen.online_when_registered, TEN, [on(), *up(1), unread(3), shows(ONLINE, 9), end(20)], PASS),
    (screen.online_when_registered, TEN, [*SEEN, lost(20), unread(25), end(90)], PASS),
    (screen.offline_when_not, THIRTY, [*SEEN, lost(5), unread(7), end(60)], INCONC),
    (screen.offline_when_not, THIRTY, [*SEEN, lost(5), unread(7), shows(OFFLINE, 50), end(60)], INCONC),
    (screen.offline_when_silent, THIRTY, [*SEEN, SILENCE, unread(20), end(40)], INCONC),
    (screen.offline_when_silent, THIRTY, [*SEEN, SILENCE, unread(20), shows(ONLINE, 21), end(40)], INCONC),
    (screen.offline_when_silent, THIRTY, [*SEEN, SILENCE, unread(20), shows(OFFLINE, 36), end(40)], INCONC),
    (screen.tells_connection, BOTH, [*SEEN, lost(20), unread(21), end(60)], INCONC),
    (screen.ack_changes_no_screen, TEN, [*SEEN, (20.0, "cloud", 1, Ack()), unread(21), end(40)], INCONC),
    (
        screen.ack_changes_no_screen,
        TEN,
        [*SEEN, unread(15), (20.0, "cloud", 1, Ack()), shows("ERROR", 21), end(40)],
        INCONC,
    ),
    # … and acquits nobody of what may have been shown meanwhile …
    (screen.never_online_unregistered, TEN, [on(), shows(OFFLINE, 1), unread(5), end(20)], INCONC),
    (
        screen.never_online_unregistered,
        TEN,
        [*SEEN, lost(5), shows(OFFLINE, 6), unread(8), shows(OFFLINE, 9), end(20)],
        PASS,
    ),
    # … but what was read stands.
    (screen.online_when_registered, TEN, [on(), *up(1), unread(2), shows("POS ONLINE", 8), end(20)], FAIL),
    (screen.offline_when_not, THIRTY, [*SEEN, lost(5), unread(20), shows(ONLINE, 25), end(60)], FAIL),
    (screen.offline_when_silent, THIRTY, [*SEEN, unread(3), shows(ONLINE, 4), SILENCE, end(40)], FAIL),
    (screen.never_online_unregistered, TEN, [on(), unread(1), shows(ONLINE, 3), shows(OFFLINE, 4), end(20)], FAIL),
    (screen.tells_connection, BOTH, [*SEEN, lost(20), unread(21), shows(ONLINE, 40), end(60)], FAIL),
    (
        screen.ack_changes_no_screen,
        TEN,
        [*SEEN, (20.0, "cloud", 1, Ack()), shows("ERROR", 21), unread(22), end(40)],
        FAIL,
    ),
    # A screen may have come up sooner than the camera could see it.
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 11.4), late(0.5, 11.4), end(20)], INCONC),
    (screen.online_when_registered, TEN, [on(), *up(1), shows(ONLINE, 11.6), late(0.5, 11.6), end(20)], FAIL),
    (screen.offline_when_silent, THIRTY, [*SEEN, SILENCE, shows(OFFLINE, 35.4), late(0.5, 35.4), end(40)], INCONC),
    # What was told later may have been seen sooner.
    (screen.online_when_registered, TEN, [on(), *up(1), unread(9), shows(ONLINE, 9), end(20)], PASS),
    (screen.offline_when_not, THIRTY, [*SEEN, off(20), shows(ONLINE, 19.5), on(21), end(30)], INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), BY_CAMERA)
def test_rule_by_a_camera(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding.actual


def test_a_finding_names_what_could_not_be_read():
    seen = trace(*SEEN, unread(5), end(20))
    finding = screen.online_when_registered(seen, within=10)
    assert finding.actual == "the display could not be read at 5.0 s: nothing legible"
    assert [seen.events[index].body for index in finding.evidence] == [Unread("nothing legible")]


@pytest.mark.parametrize("check", [screen.online_when_registered, screen.offline_when_not])
def test_a_display_that_was_never_read_is_shown_as_evidence(check):
    seen = trace(on(), *up(1), unread(1), end(60))
    finding = check(seen, within=10)
    assert finding.actual == "no screen was seen"
    assert [type(seen.events[index].body) for index in finding.evidence] == [Unread]
