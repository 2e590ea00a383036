"""The rules about the life of a connection, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import paymentsense_line as rules
from harness.evidence.bench import Mains, Provisioned
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close
from harness.wire.paymentsense import Demand, Ended, Pinged, Side
from harness.wire.websocket_frames import Opcode
from tests.checks.paymentsense_traces import answers, asks, books, end, press, says, shows
from tests.checks.talks import asked, framed, on, said, up
from tests.checks.traces import checks_of, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
TEN = {"within": 10}
NONE: dict[str, int] = {}
PERIOD = {"period": 30}
SILENT = {"within": 60, "missed": 2}


def ping(at, line=1):
    return said(line, at, framed(Opcode.PING, b"p"))


def pinged(at, line=1):
    return on(line, at, Pinged(b"p"))


def ended(at, line=1, why="as the case wants it"):
    return [on(line, at, Ended(why, None)), on(line, at, Close(line))]


UNHEARD = ended(81, why=rules.SILENT)
SALE = [
    *up(1, 0),
    press(1, "sale", amount="12.40", reference="R1"),
    asks(2, "sale", tid="T1", amount=1240, currency="GBP"),
    books(2, "pending"),
]
BREAK = ended(20)
UNKNOWN = books(21, "unknown")
AGAIN = asks(30, "sale", 2, tid="T1", amount=1240, currency="GBP")
LEARNT = [*up(2, 22), answers(24, "duplicate", 3, transactionResult="SUCCESSFUL")]
CUT = (19.5, "bench", 0, Mains(on=False))
SET_UP = (15, "bench", 0, Provisioned({"site": "other"}))

TABLE = [
    # check, limits, events, verdict
    (rules.pings_periodically, PERIOD, [*up(1, 0), ping(30), ping(60)], PASS),
    (rules.pings_periodically, PERIOD, [*up(1, 0), ping(30), ping(70)], FAIL),
    (rules.pings_periodically, PERIOD, [*up(1, 0), ping(40)], FAIL),
    (rules.pings_periodically, PERIOD, [*up(1, 0), end(20)], INCONC),
    (rules.ends_the_silent, SILENT, [*up(1, 0), pinged(1), pinged(30), pinged(60), *UNHEARD], PASS),
    (rules.ends_the_silent, SILENT, [*up(1, 0), pinged(1), pinged(20), *UNHEARD], FAIL),
    (rules.ends_the_silent, SILENT, [*up(1, 0), pinged(30), pinged(60), UNHEARD[0], end(200)], FAIL),
    (rules.ends_the_silent, SILENT, [*up(1, 0), pinged(30), end(200)], INCONC),
    (rules.ping_is_no_message, TEN, [*up(1, 0), ping(30), end(60)], PASS),
    (rules.ping_is_no_message, TEN, [*up(1, 0), ping(30), shows(31, "JSON error"), end(60)], FAIL),
    (rules.ping_is_no_message, TEN, [*up(1, 0), ping(30), on(1, 31, Demand(Side.EPOS, 1, "x")), end(60)], FAIL),
    (rules.ping_is_no_message, TEN, [*up(1, 0), ping(30), end(35)], INCONC),
    (rules.ping_is_no_message, TEN, [*up(1, 0), says(25, "x"), ping(30), shows(31, "x"), end(60)], INCONC),
    (rules.ping_is_no_message, TEN, [*up(1, 0), press(25, "sale"), ping(30), shows(31, "x"), end(60)], INCONC),
    (rules.ping_is_no_message, TEN, [*up(1, 0), ping(30), shows(31, "9:01"), shows(61, "9:02"), end(90)], INCONC),
    (rules.break_is_told, TEN, [*up(1, 0), *BREAK, shows(25, "Offline"), end(60)], PASS),
    (rules.break_is_told, TEN, [*up(1, 0), *BREAK, shows(35, "Offline"), end(60)], FAIL),
    (rules.break_is_told, TEN, [*up(1, 0), *BREAK, end(25)], INCONC),
    (rules.break_is_told, TEN, [*up(1, 0), CUT, *BREAK, end(60)], INCONC),
    (rules.same_address, NONE, [*up(1, 0), *up(2, 30)], PASS),
    (rules.same_address, NONE, [*up(1, 0), *asked(2, 30, "/pat")], FAIL),
    (rules.same_address, NONE, [*up(1, 0), *up(2, 30, headers=(("Host", "b"),))], FAIL),
    (rules.same_address, NONE, [*up(1, 0), SET_UP, *up(2, 30, "/pat")], INCONC),
    (rules.same_address, NONE, up(1, 0), INCONC),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, UNKNOWN, end(60)], PASS),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, UNKNOWN, press(29, "sale", amount="12.40"), AGAIN], PASS),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, *LEARNT, books(25, "paid"), end(60)], PASS),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, books(21, "declined"), end(60)], FAIL),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, books(21, "paid"), end(60)], FAIL),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, end(60)], FAIL),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, UNKNOWN, AGAIN, end(60)], FAIL),
    (rules.outstanding_is_unknown, TEN, [*SALE, *BREAK, end(25)], INCONC),
    (rules.outstanding_is_unknown, TEN, [*SALE, answers(10, transactionResult="SUCCESSFUL"), *BREAK, end(60)], INCONC),
    (rules.outstanding_is_unknown, TEN, [*SALE, end(60)], INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize("check", sorted(checks_of(rules), key=lambda check: check.__name__))
def test_every_rule_has_been_seen_to_pass_to_fail_and_not_to_decide(check):
    assert {verdict for shown, _, _, verdict in TABLE if shown is check} == {PASS, FAIL, INCONC}
