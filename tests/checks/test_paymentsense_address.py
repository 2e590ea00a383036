"""The rules about the address, each on traces that pass, fail and do not decide."""

from __future__ import annotations

import pytest

from harness.checks import paymentsense_address as rules
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Listen, Secured, Unsecured
from harness.wire.paymentsense import Admitted, TurnedAway
from tests.checks.paymentsense_traces import end, shows
from tests.checks.talks import asked, on, up
from tests.checks.traces import checks_of, trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC
TEN = {"within": 10}
NONE: dict[str, int] = {}

SITE, OTHER = "one.example", "two.example"
TARGET = "/pac?token=k-1&api-version=v1&software-house-id=SH&installer-id=IN"
HOST = (("Host", f"{SITE}:443"),)


def let_in(line=1, at=1, target=TARGET, headers=HOST, site=SITE, mute=False):
    flag = "final-pos-receipt-request" in target
    return [*up(line, at, target, headers), on(line, at, Admitted("pac", "v1", flag, site, mute))]


def turned(status=401, why=rules.NO_KEY, line=1, at=1, target=TARGET):
    return [*asked(line, at, target, HOST), on(line, at, TurnedAway(status, why))]


def secured(name, line=1, at=1):
    return on(line, at, Secured(line, "TLSv1.3", "AES", name))


BAD = on(0, 0, Listen("wss", identity="expired"))
DISTRUSTED = on(0, 2, Unsecured("wss", "certificate expired"))
MOVED = let_in(2, 5, TARGET.replace("IN", "IN-2"), (("Host", OTHER),), OTHER)
SITES = {"name": "installer-id", "values": {SITE: "IN", OTHER: "IN-2"}}
HOUSE = {"name": "software-house-id"}
FLAG = "&final-pos-receipt-request"
V1 = {"allowed": ["v1"]}
ANY = {"allowed": ["v1", "v0"], "default": "v0"}

TABLE = [
    # check, limits, events, verdict
    (rules.key_in_the_address, NONE, let_in(), PASS),
    (rules.key_in_the_address, NONE, turned(503, "as the case wants it"), PASS),
    (rules.key_in_the_address, NONE, turned(), FAIL),
    (rules.key_in_the_address, NONE, let_in(target="/pac", mute=True), FAIL),
    (rules.key_in_the_address, NONE, [end(9)], INCONC),
    (rules.host_of_the_site, NONE, let_in(), PASS),
    (rules.host_of_the_site, NONE, let_in(headers=(("host", "ONE.example"),)), PASS),
    (rules.host_of_the_site, NONE, let_in(headers=(("Host", OTHER),)), FAIL),
    (rules.host_of_the_site, NONE, let_in(headers=()), FAIL),
    (rules.host_of_the_site, {"server_names": True}, [*let_in(), secured(SITE)], PASS),
    (rules.host_of_the_site, {"server_names": True}, [*let_in(), secured(OTHER)], FAIL),
    (rules.host_of_the_site, NONE, turned(), INCONC),
    (rules.moved_to_the_site, {"site": OTHER}, [*let_in(), *MOVED], PASS),
    (rules.moved_to_the_site, {"site": OTHER}, [*let_in(), *let_in(2, 5)], FAIL),
    (rules.moved_to_the_site, {"site": OTHER}, [end(9)], INCONC),
    (rules.same_at_every_site, HOUSE, [*let_in(), *MOVED], PASS),
    (rules.same_at_every_site, HOUSE, [*let_in(), *let_in(2, 5, TARGET.replace("SH", "SH-2"), site=OTHER)], FAIL),
    (rules.same_at_every_site, HOUSE, [*let_in(), *let_in(2, 5)], INCONC),
    (rules.given_at_site, SITES, [*let_in(), *MOVED], PASS),
    (rules.given_at_site, SITES, [*let_in(), *let_in(2, 5, site=OTHER)], FAIL),
    (rules.given_at_site, SITES, let_in(), INCONC),
    (rules.version_among, V1, let_in(), PASS),
    (rules.version_among, V1, let_in(target="/pac?api-version=1"), FAIL),
    (rules.version_among, {**V1, "default": "v0"}, let_in(target="/pac"), FAIL),
    (rules.version_among, V1, let_in(target="/pac"), INCONC),
    (rules.version_among, {**V1, "claimed": "v1"}, let_in(), PASS),
    (rules.version_among, {**ANY, "claimed": "v0"}, let_in(target="/pac"), PASS),
    (rules.version_among, {**ANY, "claimed": "v0"}, let_in(), INCONC),
    (rules.version_among, {**ANY, "claimed": "v0"}, let_in(target="/pac?api-version=1"), FAIL),
    (rules.flag_only_with_pat_v1, NONE, let_in(target="/pat?api-version=v1" + FLAG), PASS),
    (rules.flag_only_with_pat_v1, NONE, let_in(), PASS),
    (rules.flag_only_with_pat_v1, NONE, let_in(target=TARGET + FLAG), FAIL),
    (rules.flag_only_with_pat_v1, NONE, let_in(target="/pat?api-version=v0" + FLAG), FAIL),
    (rules.flag_only_with_pat_v1, NONE, [end(9)], INCONC),
    (rules.flag_passed, NONE, let_in(target="/pat?api-version=v1" + FLAG), PASS),
    (rules.flag_passed, NONE, let_in(), FAIL),
    (rules.flag_passed, NONE, [end(9)], INCONC),
    (rules.certificate_refused, NONE, [BAD, DISTRUSTED], PASS),
    (rules.certificate_refused, NONE, [BAD, *up(1, 3)], FAIL),
    (rules.certificate_refused, NONE, [BAD, end(9)], INCONC),
    (rules.certificate_refused, NONE, [DISTRUSTED, *up(1, 3)], INCONC),
    (rules.turned_away_without_key, NONE, turned(), PASS),
    (rules.turned_away_without_key, NONE, turned(404), FAIL),
    (rules.turned_away_without_key, NONE, let_in(site=""), FAIL),
    (rules.turned_away_without_key, NONE, let_in(), INCONC),
    (rules.refusal_told, TEN, [*turned(), shows(5, "Refused"), end(30)], PASS),
    (rules.refusal_told, TEN, [*turned(), shows(5, "Refused"), *turned(line=2, at=20), end(60)], PASS),
    (rules.refusal_told, TEN, [*turned(), shows(15, "Refused"), end(30)], FAIL),
    (rules.refusal_told, TEN, [*let_in(), end(30)], INCONC),
    (rules.refusal_told, TEN, [*turned(), end(5)], INCONC),
    (rules.key_not_shown, NONE, [*let_in(), shows(2, "Connected")], PASS),
    (rules.key_not_shown, NONE, [*let_in(), shows(2, "Refused: k-1")], FAIL),
    (rules.key_not_shown, NONE, let_in(), INCONC),
]


@pytest.mark.parametrize(("check", "limits", "events", "verdict"), TABLE)
def test_rule(check, limits, events, verdict):
    finding = check(trace(*events), **limits)
    assert finding.verdict is verdict, finding
    assert "k-1" not in finding.expected + finding.actual


@pytest.mark.parametrize("check", sorted(checks_of(rules), key=lambda check: check.__name__))
def test_every_rule_has_been_seen_to_pass_to_fail_and_not_to_decide(check):
    assert {verdict for shown, _, _, verdict in TABLE if shown is check} == {PASS, FAIL, INCONC}
