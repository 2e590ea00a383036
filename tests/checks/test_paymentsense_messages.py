"""The rules about messages, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import paymentsense_messages as rules
from harness.evidence.bench import Mains
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Close, PeerClosed
from harness.wire.paymentsense import Admitted, Demand, Result, Side
from harness.wire.websocket import Closing
from harness.wire.websocket_frames import Opcode
from tests.checks.paymentsense_traces import asks, books, end, press, refuses, says, shows, wants
from tests.checks.talks import framed, heard, on, said, up
from tests.checks.traces import checks_of, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
TEN = {"within": 10}
NONE: dict[str, int] = {}

SALE = [press(1, "sale", amount="12.40", reference="R1"), asks(2, "sale", tid="T1", amount=1240, currency="GBP")]
ERROR = [*SALE, books(2, "pending"), refuses(5)]
WRONG = ("params lacks tid",)
AGAINST_JSON_RPC = ("no jsonrpc member (JSON-RPC 2.0 section 4)",)


def flagged(flag):
    return on(1, 0, Admitted("pat", "v1", flag))


PAID, ASKED, FREED = says(2, "transactionResponse"), wants(3, "finalPOSReceiptRequest"), says(4, "tableUnlock")
GONE = on(1, 20, PeerClosed(1, reset=False))
GOODBYE = on(1, 19, Closing(1000, ""))
OURS = said(1, 18, framed(Opcode.CLOSE))
KEPT = {"patience": 10}

TABLE = [
    # check, limits, events, verdict
    (rules.schemas_kept, NONE, SALE, PASS),
    (rules.schemas_kept, NONE, [on(1, 1, Demand(Side.EPOS, 1, "sale", None, AGAINST_JSON_RPC))], PASS),
    (rules.schemas_kept, NONE, [on(1, 1, Demand(Side.EPOS, 1, "sale", None, WRONG))], FAIL),
    (rules.schemas_kept, NONE, [on(1, 1, Result(Side.EPOS, 1, {}, "tableLockRequest", WRONG))], FAIL),
    (rules.schemas_kept, NONE, [on(1, 1, Demand(Side.CONNECT, 1, "frobnicate", None, WRONG))], INCONC),
    (rules.error_is_no_success, TEN, [*ERROR, shows(6, "Not available"), end(30)], PASS),
    (rules.error_is_no_success, TEN, [*ERROR, shows(6, "Approved"), books(6, "paid"), end(30)], FAIL),
    (rules.error_is_no_success, TEN, [*ERROR, end(30)], FAIL),
    (rules.error_is_no_success, TEN, [*ERROR, end(8)], INCONC),
    (rules.error_is_no_success, TEN, [*SALE, end(30)], INCONC),
    (rules.final_receipt_as_flagged, NONE, [flagged(True), PAID, ASKED, FREED], PASS),
    (rules.final_receipt_as_flagged, NONE, [flagged(False), PAID, FREED], PASS),
    (rules.final_receipt_as_flagged, NONE, [flagged(True), PAID, FREED], FAIL),
    (rules.final_receipt_as_flagged, NONE, [flagged(False), PAID, ASKED, FREED], FAIL),
    (rules.final_receipt_as_flagged, NONE, [flagged(True), FREED], INCONC),
    (rules.stays_connected, KEPT, [*up(1, 0), end(20)], PASS),
    (rules.stays_connected, KEPT, [*up(1, 0), OURS, GOODBYE, GONE], PASS),
    (rules.stays_connected, KEPT, [*up(1, 0), on(1, 20, Close(1))], PASS),
    (rules.stays_connected, KEPT, [*up(1, 0), GOODBYE, GONE], FAIL),
    (rules.stays_connected, KEPT, [*up(1, 0), GONE, end(30)], FAIL),
    (rules.stays_connected, KEPT, [*up(1, 0), heard(1, 1, "{}"), end(5)], INCONC),
    (rules.stays_connected, KEPT, [*up(1, 0), press(19.5, "quit"), GONE], INCONC),
    (rules.stays_connected, KEPT, [*up(1, 0), (19.5, "bench", 0, Mains(on=False)), GONE], INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding


@pytest.mark.parametrize("check", sorted(checks_of(rules), key=lambda check: check.__name__))
def test_every_rule_has_been_seen_to_pass_to_fail_and_not_to_decide(check):
    assert {verdict for shown, _, _, verdict in TABLE if shown is check} == {PASS, FAIL, INCONC}
