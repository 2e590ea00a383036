"""The wire answers for the names it was given, toward whoever asked, and as a resolver would."""

from __future__ import annotations

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRROPT
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from harness.faults.moment import Toward
from harness.faults.sightings import Seen, sightings
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.checksum import is_good
from harness.faults.wire.frame import Frame
from harness.faults.wire.resolver import Names
from tests.faults.wire.ports import Wire

NAMES = {"primary.cloud.test": "198.51.100.10", "secondary.cloud.test.": "198.51.100.11"}
NO_ERROR, NAME_ERROR = 0, 3


def question(name: str, type: str = "A", *, toward: Toward = Toward.CLOUD, port: int = 53, **fields: object) -> Frame:
    terminal, router = ("192.0.2.10", 5353), ("192.0.2.1", port)
    asker, asked = (terminal, router) if toward is Toward.CLOUD else (("192.0.2.1", 5353), ("192.0.2.10", port))
    ethernet = Ether(src="02:00:00:00:00:10", dst="02:00:00:00:00:01")
    header = IP(src=asker[0], dst=asked[0]) / UDP(sport=asker[1], dport=asked[1])
    return Frame(bytes(ethernet / header / DNS(id=77, rd=1, qd=[DNSQR(qname=name, qtype=type)], **fields)), toward)


def answered(frame: Frame, *, all: bool = False) -> Ether | None:
    answer = Names(NAMES, all=all).answer(frame)
    return None if answer is None else Ether(answer)


@pytest.mark.parametrize("name", ["primary.cloud.test", "PRIMARY.cloud.TEST", "primary.cloud.test."])
def test_a_name_has_its_address(name: str) -> None:
    answer = answered(question(name))
    assert answer is not None
    assert (answer.src, answer.dst) == ("02:00:00:00:00:01", "02:00:00:00:00:10")
    assert (answer[IP].src, answer[IP].dst) == ("192.0.2.1", "192.0.2.10")
    assert (answer[UDP].sport, answer[UDP].dport) == (53, 5353)
    assert is_good(bytes(answer))
    said = answer[DNS]
    assert (said.id, said.qr, said.rd, said.ra, said.rcode, said.ancount) == (77, 1, 1, 1, NO_ERROR, 1)
    assert said.qd[0].qname.lower() == b"primary.cloud.test."
    assert (said.an[0].rrname, said.an[0].rdata, said.an[0].ttl) == (said.qd[0].qname, "198.51.100.10", 0)


@pytest.mark.parametrize("type", ["AAAA", "TXT", "HTTPS"])
def test_a_name_has_no_other_record(type: str) -> None:
    answer = answered(question("secondary.cloud.test", type))
    assert answer is not None
    assert (answer[DNS].rcode, answer[DNS].ancount, answer[DNS].qd[0].qtype) == (NO_ERROR, 0, DNSQR(qtype=type).qtype)


def test_another_name_is_for_others_or_is_none() -> None:
    assert answered(question("example.org")) is None
    answer = answered(question("example.org"), all=True)
    assert answer is not None
    assert (answer[DNS].rcode, answer[DNS].ancount) == (NAME_ERROR, 0)


def test_what_is_no_question_is_not_answered() -> None:
    whole = question("primary.cloud.test").data
    for fields in ({"qr": 1}, {"opcode": 2}, {"qdcount": 0}, {"qdcount": 2}):
        assert answered(question("primary.cloud.test", **fields), all=True) is None
    for length in range(len(whole)):
        assert answered(Frame(whole[:length], Toward.CLOUD), all=True) is None
    assert answered(Frame(whole[:54] + b"\xff" * (len(whole) - 54), Toward.CLOUD), all=True) is None


def test_what_else_is_asked_with_a_question_is_left_out() -> None:
    answer = answered(question("primary.cloud.test", ar=[DNSRROPT()]))
    assert answer is not None
    assert (answer[DNS].ancount, answer[DNS].arcount, answer[DNS].an[0].rdata) == (1, 0, "198.51.100.10")


def test_a_name_without_an_address_is_not_taken() -> None:
    with pytest.raises(ValueError, match="somewhere"):
        Names({"primary.cloud.test": "somewhere"})


@pytest.mark.parametrize("harmed", [False, True])
@pytest.mark.parametrize("toward", list(Toward))
def test_the_wire_sends_the_answer_back_and_the_question_nowhere(toward: Toward, harmed: bool) -> None:
    wire = Wire()
    wire.bridge.resolver = Names(NAMES)
    if harmed:
        wire.bridge.begin(1, BlackHole(()), None, 1, 1.0)
    asker, other = (wire.terminal, wire.cloud) if toward is Toward.CLOUD else (wire.cloud, wire.terminal)
    wire.carry(question("primary.cloud.test", toward=toward))
    assert other.sent == []
    assert [Ether(data)[DNS].an[0].rdata for data in asker.sent] == ["198.51.100.10"]


def test_other_questions_pass() -> None:
    wire = Wire()
    wire.bridge.resolver = Names(NAMES)
    frames = [question("example.org"), question("primary.cloud.test", port=54)]
    wire.carry(*frames)
    assert wire.cloud.sent == [frame.data for frame in frames]


def test_an_answer_passes_the_rules_on_its_way_back() -> None:
    wire = Wire()
    wire.bridge.resolver = Names(NAMES)
    wire.bridge.begin(1, BlackHole((Toward.TERMINAL,)), None, 1, 1.0)
    wire.carry(question("primary.cloud.test"))
    assert wire.terminal.sent == wire.cloud.sent == []


def crossing(at: float, question: Frame, answer: bytes | None) -> list[Seen]:
    asked = Seen(at, Toward.TERMINAL, leaving=False, data=question.data)
    return [asked] if answer is None else [asked, Seen(at + 0.1, Toward.TERMINAL, leaving=True, data=answer)]


def test_a_witness_takes_neither_question_nor_answer_for_harm() -> None:
    asked = question("primary.cloud.test")
    answer = Names(NAMES).answer(asked)
    seen = sightings([*crossing(1, asked, None), *crossing(2, asked, answer), *crossing(3, asked, None)], (), 0, 9)
    assert [one.at for one in seen.lost] == [1, 3]
    assert seen.forged == ()


def test_a_witness_takes_an_answer_without_authority_for_a_forged_one() -> None:
    asked = question("primary.cloud.test")
    answer = bytearray(Names(NAMES).answer(asked) or b"")
    answer[44] &= ~0x04
    seen = sightings(crossing(1, asked, bytes(answer)), (), 0, 9)
    assert (len(seen.lost), len(seen.forged)) == (1, 1)
