"""A black hole takes what goes its way, ARP too, and gives nothing back."""

from __future__ import annotations

import pytest

from harness.faults.wire.black_hole import BlackHole
from tests.faults.wire.frames import CLOUD, TERMINAL, Line, Wire, arp, ping, proves_itself, query


def test_everything_is_lost_both_ways():
    assert Wire(BlackHole()).carry(*Line().opening(), *Line().talk(), arp(), ping(), query()) == []


@pytest.mark.parametrize("toward", [TERMINAL, CLOUD])
def test_only_one_way_is_dark(toward):
    frames = Line().talk()
    left = Wire(BlackHole((toward,))).carry(*frames)
    assert list(map(bytes, left)) == [frame.data for frame in frames if frame.toward is not toward]


def test_ends_may_be_named_as_they_come_over_a_wire():
    assert len(Wire(BlackHole(["cloud"])).carry(*Line().talk())) == 2


@pytest.mark.parametrize(("toward", "signs"), [((TERMINAL, CLOUD), 4), ((TERMINAL,), 2), ((CLOUD,), 2)])
def test_its_signs(toward, signs):
    assert proves_itself(BlackHole(toward), Line().talk()) == signs
