"""The portal talks TCP well enough for any stack, and HTTP to whoever listens."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, TCP

from harness.faults.wire.captive_portal import CaptivePortal, page
from tests.faults.wire.frames import CLOUD, MAC, TERMINAL, Line, Wire, arp, ping, proves_itself, query

REGISTER = b'{"Function":"Register"}\x04\x04'
REDIRECTION = page(redirect=True)


def hears(line: Line, reply: TCP) -> None:
    """The terminal takes a segment of the portal's for one of the cloud's."""
    line.next[CLOUD] = (reply.seq + len(reply.payload) + bool(reply.flags & 0x03)) % (1 << 32)
    if line.stamp and (stamps := dict(reply.options).get("Timestamp")):
        line.stamp[CLOUD] = stamps[0]


def test_a_new_line_is_accepted_answered_and_closed():
    line = Line(stamps=False)
    wire = Wire(CaptivePortal())
    (accepted,) = wire.carry(line.segment(TERMINAL, "S"))
    assert (accepted.dst, accepted[IP].src, accepted[TCP].dport) == (MAC[TERMINAL], line.cloud[0], 40_000)
    assert (accepted[TCP].flags, accepted[TCP].ack) == ("SA", line.next[TERMINAL])
    hears(line, accepted[TCP])
    assert wire.carry(line.hears(TERMINAL)) == []
    (answer,) = wire.carry(line.says(TERMINAL, REGISTER))
    assert (answer[TCP].seq, answer[TCP].ack) == (line.next[CLOUD], line.next[TERMINAL])
    assert answer[TCP].flags == "FPA"
    assert bytes(answer[TCP].payload) == REDIRECTION
    hears(line, answer[TCP])
    assert wire.carry(line.hears(TERMINAL)) == []
    (last,) = wire.carry(line.segment(TERMINAL, "FA"))
    assert (last[TCP].flags, last[TCP].seq, last[TCP].ack) == ("A", line.next[CLOUD], line.next[TERMINAL])
    wire.end()
    assert wire.bites == 1


def test_a_line_that_was_up_is_taken_over_where_it_stands():
    line = Line()
    line.opening()
    line.talk()
    theirs = dict(line.stamp)
    (answer,) = Wire(CaptivePortal()).carry(line.says(TERMINAL, REGISTER))
    assert (answer[TCP].seq, answer[TCP].ack) == (line.next[CLOUD], line.next[TERMINAL])
    # A stack that has agreed on time stamps may drop what has none, or an older one.
    assert ("Timestamp", (theirs[CLOUD], theirs[TERMINAL])) in answer[TCP].options


def test_the_same_again_is_answered_with_the_same_again():
    line = Line()
    line.opening()
    register = line.says(TERMINAL, REGISTER)
    wire = Wire(CaptivePortal())
    assert wire.carry(register) == wire.carry(register)


def test_a_message_in_two_segments_gets_one_page():
    line = Line()
    line.opening()
    first, second = Wire(CaptivePortal()).carry(line.says(TERMINAL, REGISTER[:9]), line.says(TERMINAL, REGISTER[9:]))
    assert (first[TCP].seq, bytes(first[TCP].payload)) == (second[TCP].seq, bytes(second[TCP].payload))
    assert second[TCP].ack == line.next[TERMINAL]


def test_more_after_the_page_is_acknowledged_and_no_more():
    line = Line()
    line.opening()
    wire = Wire(CaptivePortal())
    (answer,) = wire.carry(line.says(TERMINAL, REGISTER))
    hears(line, answer[TCP])
    (reply,) = wire.carry(line.says(TERMINAL, REGISTER))
    assert (reply[TCP].flags, reply[TCP].seq, reply[TCP].ack) == ("A", line.next[CLOUD], line.next[TERMINAL])
    assert bytes(reply[TCP].payload) == b""


def test_a_line_that_is_closed_unused_is_closed_without_a_page():
    line = Line()
    line.opening()
    wire = Wire(CaptivePortal())
    (answer,) = wire.carry(line.segment(TERMINAL, "FA"))
    assert (answer[TCP].flags, answer[TCP].ack) == ("FA", line.next[TERMINAL])
    assert bytes(answer[TCP].payload) == b""
    hears(line, answer[TCP])
    assert wire.carry(line.hears(TERMINAL)) == []
    assert wire.rule.bites == []


def test_an_old_name_begins_anew():
    line = Line(stamps=False)
    wire = Wire(CaptivePortal())
    for _ in range(2):
        (accepted,) = wire.carry(line.segment(TERMINAL, "S"))
        hears(line, accepted[TCP])
        (answer,) = wire.carry(line.says(TERMINAL, REGISTER))
        assert bytes(answer[TCP].payload) == REDIRECTION
        line.segment(TERMINAL, "R")


def test_the_cloud_hears_nothing_and_is_not_heard():
    line = Line()
    line.opening()
    wire = Wire(CaptivePortal())
    left = wire.carry(*line.talk(), line.segment(TERMINAL, "R"), line.segment(CLOUD, "R"))
    assert {frame.dst for frame in left} == {MAC[TERMINAL]}
    assert len(left) == 1


def test_all_but_tcp_passes():
    frames = [arp(), ping(), query()]
    assert list(map(bytes, Wire(CaptivePortal()).carry(*frames))) == [frame.data for frame in frames]


@pytest.mark.parametrize(("redirect", "status"), [(True, b"HTTP/1.1 302 Found\r\n"), (False, b"HTTP/1.1 200 OK\r\n")])
def test_the_page_is_whole(redirect, status):
    head, _, body = page(redirect).partition(b"\r\n\r\n")
    assert head.startswith(status)
    assert b"Content-Length: %d\r\n" % len(body) in head
    assert (b"\r\nLocation: http" in head) is redirect
    assert len(page(redirect)) < 1000  # in one segment over any path


@pytest.mark.parametrize("redirect", [True, False])
def test_its_signs(redirect):
    line = Line()
    line.opening()
    assert proves_itself(CaptivePortal(redirect), line.talk()) == 1
