"""Loss: a share of the frames, by its own chance, and the witness sees which."""

from __future__ import annotations

import pytest

from harness.faults.wire.loss import Loss
from harness.transports.host import HarnessError
from tests.faults.wire.segments import CLOUD, TERMINAL, arp, carry, chatter, proves_itself, rule_of, saw, segment


def lost(seed: int, share: float = 0.3) -> list[bytes]:
    rule = rule_of(Loss(share), seed=seed)
    return [frame.data for frame in chatter(200) if rule.frame(frame, 0.0) == ()]


def test_the_same_seed_loses_the_same_frames_and_another_one_others():
    assert lost(1) == lost(1) != lost(2)


@pytest.mark.parametrize("seed", range(5))
def test_loses_about_its_share(seed):
    assert 30 <= len(lost(seed)) <= 90


def test_all_is_a_share_too():
    assert len(lost(1, share=1.0)) == 200


def test_loses_only_toward_the_ends_it_is_told():
    rule = rule_of(Loss(1.0, toward=(TERMINAL,)))
    assert rule.frame(segment(toward=CLOUD), 0.0) is None
    assert rule.frame(segment(toward=TERMINAL), 0.0) == ()
    assert rule.frame(arp(TERMINAL), 0.0) == ()
    assert len(rule.bites) == 2


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_share_of_nothing_is_none(share):
    with pytest.raises(HarnessError, match=f"loss: a share of {share} is not above 0 and at most 1"):
        Loss(share)


def test_proves_itself():
    frames = chatter(50)
    seen = proves_itself(Loss(0.3), frames)
    rule = rule_of(Loss(0.3))
    assert seen == sum(rule.frame(frame, 0.0) == () for frame in frames)


def test_a_segment_sent_again_is_no_loss():
    again = [segment(b"beat", ident=1), segment(b"beat", ident=2)]
    assert Loss(0.5).signs(saw(carry(None, again))).count == 0


def test_a_loss_toward_the_other_end_is_not_its_sign():
    captured = carry(rule_of(Loss(1.0)), chatter(3, toward=TERMINAL))
    assert Loss(0.5, toward=(CLOUD,)).signs(saw(captured)).count == 0
    assert Loss(0.5, toward=(TERMINAL,)).signs(saw(captured)).count == 3
