"""Duplication: once in, twice out."""

from __future__ import annotations

import pytest

from harness.faults.wire.duplication import Duplication
from harness.faults.wire.rule import Out
from harness.transports.host import HarnessError
from tests.faults.wire.segments import CLOUD, TERMINAL, arp, carry, chatter, proves_itself, rule_of, saw, segment


def test_leaves_twice_at_once():
    rule = rule_of(Duplication(1.0))
    frame = segment(b"beat")
    assert rule.frame(frame, 1.0) == (Out(frame.data, CLOUD), Out(frame.data, CLOUD))
    assert rule.bites == [f"{len(frame.data)} bytes toward the cloud"]


def test_a_share_of_the_frames_toward_the_end_it_is_told():
    rule = rule_of(Duplication(0.3, toward=(TERMINAL,)))
    doubled = sum(rule.frame(frame, 0.0) is not None for frame in chatter(200, toward=TERMINAL))
    assert 30 <= doubled <= 90
    assert rule.frame(arp(CLOUD), 0.0) is None


def test_a_share_of_more_than_all_is_none():
    with pytest.raises(HarnessError, match=r"duplication: a share of 1\.1"):
        Duplication(1.1)


def test_proves_itself():
    assert proves_itself(Duplication(1.0), chatter(10)) == 10
    assert 0 < proves_itself(Duplication(0.5), chatter(20)) < 20


def test_a_segment_sent_again_is_no_duplicate():
    again = [segment(b"beat", ident=1), segment(b"beat", ident=2)]
    assert Duplication(0.5).signs(saw(carry(None, again))).count == 0


def test_a_frame_that_was_sent_twice_alike_is_no_duplicate():
    assert Duplication(0.5).signs(saw(carry(None, [arp(), arp()]))).count == 0
    assert Duplication(0.5).signs(saw(carry(None, [arp(), arp()], every=0.0))).count == 0
