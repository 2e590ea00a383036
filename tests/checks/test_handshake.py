"""Handshakes in traces of a few lines: where to, with which parameters and headers, encrypted or not."""

from __future__ import annotations

import pytest

from harness.checks import handshake
from harness.evidence.bench import Provisioned
from harness.evidence.verdict import Verdict
from harness.wire.endpoint import Secured
from harness.wire.framing import Malformed
from tests.checks.talks import SOURCE, Happened, Sample, asked, concludes, ended, heard, named, on, seen_both_ways, up
from tests.checks.traces import trace

PASS, FAIL, INCONC = Verdict.PASS, Verdict.FAIL, Verdict.INCONC

NOBODY = [ended(9)]
SECRET = "3f0e-secret"  # noqa: S105 - that of no one
GOOD = f"/pac?token={SECRET}&api-version=v1&software-house-id=SH%201"
KEYED = (("x-api-key", SECRET),)
NAMES = {"names": ["token", "api-version", "software-house-id"]}
TOKEN = {"name": "token"}
KEY = {"name": "x-api-key"}
FLAG = {"name": "final-pos-receipt-request"}


def secure(line: int, at: float, to: str = "wss") -> list[Happened]:
    opened, *rest = up(line, at, to=to)
    return [opened, on(line, at, Secured(line, "TLSv1.3", "AES", "host")), *rest]


def refused(raw: bytes) -> list[Happened]:
    """What came was no handshake."""
    opened, _ = asked(1, 0)
    return [
        opened,
        heard(1, 0, Malformed(raw, "no handshake: illegal request line (RFC 6455 section 4.2.1)", len(raw))),
    ]


SAMPLES = [
    # where to
    Sample(handshake.path_among, up(1, 0, "/pac?x"), PASS, "1 handshake", {"paths": ["/pac", "/pat"]}),
    Sample(handshake.path_among, up(1, 0, "/PAC"), FAIL, "'/PAC'", {"paths": ["/pac", "/pat"]}),
    Sample(handshake.path_among, up(1, 0, "/PAC"), PASS, "1 handshake", {"paths": ["/pac"], "any_case": True}),
    Sample(handshake.path_among, up(1, 0, "/pac/"), FAIL, "'/pac/'", {"paths": ["/pac"]}),
    Sample(handshake.path_among, NOBODY, INCONC, "no handshakes", {"paths": ["/pac"]}),
    Sample(handshake.path_in_lower_case, up(1, 0), PASS, "1 handshake"),
    Sample(handshake.path_in_lower_case, up(1, 0, "/Pat"), PASS, "1 of 1", warning=True),
    Sample(handshake.path_in_lower_case, NOBODY, INCONC, "no handshakes"),
    Sample(handshake.same_target_again, [*up(1, 0, GOOD), *up(2, 9, GOOD)], PASS, "1 later"),
    Sample(handshake.same_target_again, [*up(1, 0, GOOD), *up(2, 9, "/pac")], FAIL, "another target"),
    Sample(handshake.same_target_again, [*up(1, 0, GOOD), (5, "bench", 0, Provisioned({})), *up(2, 9, "/pac")], INCONC,
           "no later"),
    # encrypted
    Sample(handshake.secured, secure(1, 0), PASS, "1 line"),
    Sample(handshake.secured, [*secure(1, 0), *up(2, 9)], FAIL, "line 2 is in clear"),
    Sample(handshake.secured, [*secure(1, 0), *up(2, 9, to="http")], PASS, "1 line", {"listeners": ["wss"]}),
    Sample(handshake.secured, up(1, 0), INCONC, "no line of this bench"),
    Sample(handshake.untouched, up(1, 0), PASS, "1 line", {"listener": "ws"}),
    Sample(handshake.untouched, [*up(1, 0), *up(2, 9, to="ws")], FAIL, "1 times", {"listener": "ws"}),
    Sample(handshake.untouched, NOBODY, INCONC, "nothing was dialled", {"listener": "ws"}),
    # parameters
    Sample(handshake.parameter_given, up(1, 0, GOOD), PASS, "1 handshake", TOKEN),
    Sample(handshake.parameter_given, up(1, 0, GOOD), PASS, "1 handshake", {**TOKEN, "values": ["a", SECRET]}),
    Sample(handshake.parameter_given, up(1, 0, GOOD), FAIL, "another value", {**TOKEN, "values": ["a"]}),
    Sample(handshake.parameter_given, up(1, 0, "/pac?Token=1"), FAIL, "missing", TOKEN),
    Sample(handshake.parameter_given, up(1, 0, "/pac?token="), FAIL, "empty", TOKEN),
    Sample(handshake.parameter_given, up(1, 0, "/pac"), INCONC, "no handshakes", {**TOKEN, "paths": ["/pat"]}),
    Sample(handshake.parameter_absent, up(1, 0, GOOD), PASS, "1 handshake", FLAG),
    Sample(handshake.parameter_absent, up(1, 0, "/pac?final-pos-receipt-request"), FAIL, "is there", FLAG),
    Sample(handshake.parameter_absent, up(1, 0, "/pat?final-pos-receipt-request"), INCONC, "no handshakes",
           {**FLAG, "paths": ["/pac"]}),
    Sample(handshake.parameter_not, up(1, 0, GOOD), PASS, "1 handshake", {"name": "api-version", "values": ["v0"]}),
    Sample(handshake.parameter_not, up(1, 0, GOOD), FAIL, "is v1", {"name": "api-version", "values": ["v1"]}),
    Sample(handshake.parameter_not, NOBODY, INCONC, "no handshakes", {"name": "api-version", "values": ["v0"]}),
    Sample(handshake.parameter_bare, up(1, 0, "/pat?a=1&final-pos-receipt-request"), PASS, "1 handshake", FLAG),
    Sample(handshake.parameter_bare, up(1, 0, "/pat?final-pos-receipt-request=true"), PASS, "1 of 1", FLAG,
           warning=True),
    Sample(handshake.parameter_bare, up(1, 0, GOOD), INCONC, "no handshakes with it", FLAG),
    Sample(handshake.parameters_exact, up(1, 0, GOOD + "&mine=1"), PASS, "1 handshake", NAMES),
    Sample(handshake.parameters_exact, up(1, 0, "/pac?Token=1"), FAIL, "token is written otherwise", NAMES),
    Sample(handshake.parameters_exact, up(1, 0, "/pac?software_house_id=1"), FAIL, "software-house-id is", NAMES),
    Sample(handshake.parameters_exact, up(1, 0, GOOD + "&token=2"), FAIL, "token stands 2 times", NAMES),
    Sample(handshake.parameters_exact, up(1, 0, "/pac"), INCONC, "no handshakes", NAMES),
    Sample(handshake.parameters_encoded, up(1, 0, GOOD), PASS, "1 handshake"),
    Sample(handshake.parameters_encoded, up(1, 0, "/pac?a=[x]"), FAIL, "value of a"),
    Sample(handshake.parameters_encoded, up(1, 0, "/pac?a=caf\xe9"), FAIL, "value of a"),
    Sample(handshake.parameters_encoded, up(1, 0, "/pac?a=100%"), FAIL, "value of a"),
    Sample(handshake.parameters_encoded, refused(b"GET /pac?a=b c HTTP/1.1\r\nHost: x\r\n"), FAIL, "a space"),
    Sample(handshake.parameters_encoded, refused(b"GET /pac?a=\xc3\xa9 HTTP/1.1\r\nHost: x\r\n"), FAIL, "no ASCII"),
    Sample(handshake.parameters_encoded, refused(b"GET /pac?a=b HTTP/1.1\r\nHost: x y\r\n"), INCONC, "no handshakes"),
    Sample(handshake.parameters_encoded, refused(b"GET /pac?a=b HT"), INCONC, "no handshakes"),
    Sample(handshake.parameters_encoded, up(1, 0, "/pac"), INCONC, "no handshakes"),
    Sample(handshake.no_placeholders, up(1, 0, GOOD), PASS, "1 handshake"),
    Sample(handshake.no_placeholders, up(1, 0, "/pac?a=%5Binstaller-id%5D"), FAIL, "value of a"),
    Sample(handshake.no_placeholders, up(1, 0, "/pac?a=<b>"), FAIL, "value of a"),
    Sample(handshake.no_placeholders, up(1, 0, "/{path}"), FAIL, "part of the path"),
    Sample(handshake.no_placeholders, NOBODY, INCONC, "no handshakes"),
    # headers
    Sample(handshake.header_given, up(1, 0, "/v1", (("X-API-Key", SECRET),)), PASS, "1 handshake", KEY),
    Sample(handshake.header_given, up(1, 0, "/v1", KEYED), PASS, "1 handshake", {**KEY, "values": [SECRET]}),
    Sample(handshake.header_given, up(1, 0, "/v1", KEYED), FAIL, "another value", {**KEY, "values": ["x"]}),
    Sample(handshake.header_given, up(1, 0, "/v1"), FAIL, "0 times", KEY),
    Sample(handshake.header_given, up(1, 0, "/v1", KEYED * 2), FAIL, "2 times", KEY),
    Sample(handshake.header_given, up(1, 0, "/v1", (("x-api-key", ""),)), FAIL, "empty", KEY),
    Sample(handshake.header_given, NOBODY, INCONC, "no handshakes", KEY),
    Sample(handshake.header_or_parameter_given, up(1, 0, "/v1", KEYED), PASS, "1 handshake", KEY),
    Sample(handshake.header_or_parameter_given, up(1, 0, "/v1?x-api-key=1"), PASS, "1 handshake", KEY),
    Sample(handshake.header_or_parameter_given, up(1, 0, "/v1"), FAIL, "in neither", KEY),
    Sample(handshake.header_or_parameter_given, NOBODY, INCONC, "no handshakes", KEY),
    Sample(handshake.header_preferred, up(1, 0, "/v1", KEYED), PASS, "1 handshake", KEY),
    Sample(handshake.header_preferred, up(1, 0, "/v1?x-api-key=1"), PASS, "1 of 1", KEY, warning=True),
    Sample(handshake.header_preferred, up(1, 0, "/v1"), INCONC, "no handshakes", KEY),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_finding(sample: Sample) -> None:
    concludes(sample)


def test_every_check_was_seen_both_ways() -> None:
    seen_both_ways(handshake, SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=named)
def test_no_finding_shows_what_was_sent(sample: Sample) -> None:
    finding = sample.check(trace(*sample.events), source=SOURCE, **sample.limits)
    assert SECRET not in f"{finding.expected} {finding.actual}"


def test_a_handshake_that_was_refused_is_judged_too() -> None:
    concludes(Sample(handshake.path_among, asked(1, 0, "/x"), FAIL, "'/x'", {"paths": ["/pac"]}))
