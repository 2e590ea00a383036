"""Corruption: one bit, in the payload, with or without a checksum that tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults.wire.checksum import is_good, shortened
from harness.faults.wire.corruption import Corruption
from harness.faults.wire.frame import Frame
from harness.faults.wire.loss import Loss
from harness.transports.host import HarnessError
from tests.faults.wire.segments import (
    CLOUD,
    LEAST,
    TERMINAL,
    Seen,
    arp,
    carry,
    chatter,
    payloads,
    proves_itself,
    rule_of,
    saw,
    segment,
)


def bits_apart(one: bytes, other: bytes) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


@given(payloads, st.integers())
def test_a_bit_of_the_payload_is_flipped_and_the_checksum_tells(payload, seed):
    frame = segment(payload)
    (out,) = rule_of(Corruption(1.0), seed=seed).frame(frame, 0.0)
    assert bits_apart(out.data, frame.data) == 1
    assert bits_apart(Frame(out.data, CLOUD).payload, payload) == 1
    assert not is_good(out.data)


@given(payloads, st.integers())
def test_repaired_the_checksum_says_nothing(payload, seed):
    frame = segment(payload)
    (out,) = rule_of(Corruption(1.0, repaired=True), seed=seed).frame(frame, 0.0)
    assert bits_apart(Frame(out.data, CLOUD).payload, payload) == 1
    assert is_good(out.data)


@pytest.mark.parametrize("frame", [segment(), arp(), segment(b"beat", TERMINAL)], ids=["bare", "arp", "other way"])
def test_only_segments_with_payload_toward_the_end_it_is_told(frame):
    rule = rule_of(Corruption(1.0, toward=(CLOUD,)))
    assert rule.frame(frame, 0.0) is None
    assert not rule.bites


def test_the_padding_of_a_short_frame_is_not_its_payload():
    padded = Frame(segment().data + b"\0" * 6, CLOUD)
    assert rule_of(Corruption(1.0)).frame(padded, 0.0) is None


def test_a_share_of_nothing_is_none():
    with pytest.raises(HarnessError, match="corruption: a share of 0 is not above 0"):
        Corruption(0)


# ---- The witness -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repaired", [False, True])
def test_proves_itself(repaired):
    assert proves_itself(Corruption(1.0, repaired), chatter(10)) == 10
    assert 0 < proves_itself(Corruption(0.5, repaired), chatter(20)) < 20


@pytest.mark.parametrize("repaired", [False, True])
def test_the_other_kind_is_not_its_sign(repaired):
    captured = carry(rule_of(Corruption(1.0, not repaired)), chatter(5))
    assert Corruption(1.0, repaired).signs(saw(captured)).count == 0


@pytest.mark.parametrize("repaired", [False, True])
def test_neither_a_lost_segment_nor_a_cut_one_is_its_sign(repaired):
    assert Corruption(1.0, repaired).signs(saw(carry(rule_of(Loss(1.0)), chatter(5)))).count == 0
    frame = segment(b"beat")
    cut = [Seen(0.0, TERMINAL, False, frame.data), Seen(LEAST, CLOUD, True, shortened(frame, 3))]
    assert Corruption(1.0, repaired).signs(saw(cut)).count == 0
    foreign = [Seen(0.0, TERMINAL, False, frame.data), Seen(LEAST, CLOUD, True, segment(b"bear", ident=9).data)]
    assert Corruption(1.0, repaired).signs(saw(foreign)).count == 0
