"""A name is not resolved in each of the ways in which that happens; all else about names works."""

from __future__ import annotations

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, UDP

from harness.faults.sightings import NO_SIGN, Seen, Sightings
from harness.faults.wire.frame import Frame
from harness.faults.wire.not_resolved import NotResolved, Outcome
from harness.faults.wire.resolver import Names
from harness.transports.host import HarnessError
from tests.faults.wire.frames import (
    ADDRESS,
    CLOUD,
    GATEWAY,
    TERMINAL,
    Line,
    Wire,
    dissected,
    framed,
    packet,
    proves_itself,
    query,
)


@pytest.mark.parametrize(
    ("outcome", "rcode", "addresses"),
    [("no such name", 3, []), ("server failure", 2, []), ("wrong address", 0, ["203.0.113.1"])],
)
def test_the_answer_repeats_the_question(outcome, rcode, addresses):
    (answer,) = Wire(NotResolved(outcome)).carry(query())
    assert (answer[IP].src, answer[IP].dst) == (GATEWAY, ADDRESS[TERMINAL])
    assert (answer[UDP].sport, answer[UDP].dport) == (53, 50_000)
    dns = answer[DNS]
    assert (dns.id, dns.qr, dns.rd, dns.ra, dns.rcode) == (4711, 1, 1, 1, rcode)
    assert [(one.qname, one.qtype) for one in dns.qd] == [(b"cloud.test.", 1)]
    assert [one.rdata for one in dns.an] == addresses


def test_a_wrong_address_is_told_only_to_who_asks_for_one():
    (answer,) = Wire(NotResolved("wrong address", address="203.0.113.9")).carry(query(kind="AAAA"))
    assert (answer[DNS].rcode, list(answer[DNS].an)) == (0, [])


def test_silence_says_nothing():
    assert Wire(NotResolved("silence")).carry(query(), query()) == []


@pytest.mark.parametrize("name", ["cloud.test", "CLOUD.Test", "cloud.test."])
def test_a_name_is_the_same_however_it_is_spelled(name):
    assert Wire(NotResolved("silence", names=["Cloud.test."])).carry(query(name)) == []


@pytest.mark.parametrize(
    "frame",
    [
        query("elsewhere.test"),
        query("sub.cloud.test"),
        query(toward=TERMINAL),
        Line().opening()[0],
        framed(packet(CLOUD, GATEWAY) / UDP(sport=50_000, dport=123) / bytes(48), CLOUD),
        framed(packet(CLOUD, GATEWAY) / UDP(sport=50_000, dport=53) / bytes(11), CLOUD),
        framed(packet(CLOUD, GATEWAY) / UDP(sport=50_000, dport=53) / (bytes(12) + b"\x05cloud"), CLOUD),
        framed(packet(CLOUD, GATEWAY) / UDP(sport=50_000, dport=53) / (bytes(12) + b"\xc0\x0c\0\x01\0\x01"), CLOUD),
        Frame(query().data[:40], CLOUD),
    ],
    ids=["a name", "a name below", "the other way", "TCP", "NTP", "no header", "cut short", "a pointer", "a stump"],
)
def test_what_asks_for_something_else_passes(frame):
    wire = Wire(NotResolved(names=("cloud.test",)))
    assert wire.rule.frame(frame, 0.0) is None
    assert wire.rule.bites == []


def test_an_unknown_outcome_is_named():
    with pytest.raises(HarnessError, match="'NXDOMAIN' is none of no such name, server failure"):
        NotResolved("NXDOMAIN")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_its_signs(outcome):
    assert proves_itself(NotResolved(outcome, ("cloud.test",)), [query(), query("elsewhere.test"), query()]) == 2


def test_another_outcome_another_name_or_another_address_leaves_no_signs_of_it():
    wire = Wire(NotResolved("wrong address"))
    wire.carry(query())
    wire.end()
    during, _ = wire.saw()
    assert NotResolved("wrong address").signs(during).what == "cloud.test: wrong address"
    others = [
        NotResolved("server failure"),
        NotResolved("silence", ("elsewhere.test",)),
        NotResolved("wrong address", ("elsewhere.test",)),
        NotResolved("wrong address", address="203.0.113.2"),
    ]
    assert [fault.signs(during) for fault in others] == [NO_SIGN] * 4


def test_what_the_benchs_own_resolver_denies_is_no_sign():
    asked = query("elsewhere.test")
    denied = Names({}, all=True).answer(asked)
    seen = Sightings(0, 10, forged=(Seen(1.0, TERMINAL, leaving=True, data=denied),))
    assert dissected(denied)[DNS].rcode == 3
    assert NotResolved("no such name").signs(seen) == NO_SIGN
