"""The rules about tables, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import paymentsense_tables as rules
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Opened, PeerClosed
from harness.wire.paymentsense import Admitted, Ended
from tests.checks.paymentsense_traces import end, press, replies, says, wants
from tests.checks.traces import checks_of, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
TEN = {"within": 10}
PAUSE = {"pause": 5, "look": 30}
NONE: dict[str, int] = {}


def lock(at, id, amount=1240, confirmed=True):
    reply = {"confirmed": True, "amount": amount} if confirmed else {"confirmed": False}
    return [wants(at, "tableLockRequest", id, tableId="12"), replies(at + 1, "tableLockRequest", id, **reply)]


def unlock(at):
    return says(at, "tableUnlock", tableId="12")


EDIT = press(5, "table", name="12", amount="20.00")
LIST = wants(1, "tableListRequest", 1)
DISCONTINUED = says(10, "errorMessage", message="Connection Discontinued")
DIALLED = (12, "connect", 2, Opened(2, "connect"))


def till(at, line, integration="pat", site="here"):
    return (at, "connect", line, Admitted(integration, "v1", final_receipt=False, site=site))


WORD = says(5.1, "errorMessage", message="Connection Discontinued")
ENDED = (5.2, "connect", 1, Ended("Connection Discontinued", 1000))

TABLE = [
    # check, limits, events, verdict
    (rules.requests_answered, TEN, [LIST, replies(2, "tableListRequest", tables=[])], PASS),
    (rules.requests_answered, TEN, [LIST, replies(12, "tableListRequest", tables=[])], FAIL),
    (rules.requests_answered, TEN, [LIST, end(20)], FAIL),
    (rules.requests_answered, TEN, [LIST, (5, "connect", 1, PeerClosed(1, reset=True)), end(20)], INCONC),
    (rules.requests_answered, TEN, [LIST, end(9)], INCONC),
    (rules.lock_granted_once, NONE, [*lock(1, 1), *lock(3, 2, confirmed=False)], PASS),
    (rules.lock_granted_once, NONE, [*lock(1, 1), *lock(3, 2)], FAIL),
    (rules.lock_granted_once, NONE, [*lock(1, 1), unlock(3), *lock(4, 2)], INCONC),
    (rules.locked_bill_stays, NONE, [*lock(1, 1), EDIT, unlock(6), *lock(7, 2)], PASS),
    (rules.locked_bill_stays, NONE, [*lock(1, 1), EDIT, unlock(6), *lock(7, 2, 2000)], FAIL),
    (rules.locked_bill_stays, NONE, [*lock(1, 1), unlock(4), EDIT, *lock(7, 2, 2000)], INCONC),
    (
        rules.locked_bill_stays,
        NONE,
        [*lock(1, 1), EDIT, says(6, "transactionResponse", tableId="12"), unlock(6), *lock(7, 2, 40)],
        INCONC,
    ),
    (rules.one_till_at_the_tables, TEN, [till(1, 1), till(5, 2), WORD, ENDED, end(20)], PASS),
    (rules.one_till_at_the_tables, TEN, [till(1, 1), till(5, 2), end(20)], FAIL),
    (rules.one_till_at_the_tables, TEN, [till(1, 1), till(5, 2), ENDED, end(20)], FAIL),
    (rules.one_till_at_the_tables, TEN, [till(1, 1), till(5, 2, site="there"), end(20)], INCONC),
    (rules.one_till_at_the_tables, TEN, [till(1, 1, "pac"), till(5, 2, "pac"), end(20)], PASS),
    (rules.one_till_at_the_tables, TEN, [till(1, 1, "pac"), till(5, 2, "pac"), WORD, ENDED, end(20)], FAIL),
    (rules.does_not_fight_back, PAUSE, [DISCONTINUED, end(60)], PASS),
    (rules.does_not_fight_back, PAUSE, [DISCONTINUED, DIALLED, end(60)], FAIL),
    (rules.does_not_fight_back, PAUSE, [DISCONTINUED, press(11, "connect"), DIALLED, end(60)], PASS),
    (rules.does_not_fight_back, PAUSE, [DISCONTINUED, end(12)], INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize("check", sorted(checks_of(rules), key=lambda check: check.__name__))
def test_every_rule_has_been_seen_to_pass_to_fail_and_not_to_decide(check):
    assert {verdict for shown, _, _, verdict in TABLE if shown is check} == {PASS, FAIL, INCONC}
