"""Whatever a DUT may send, a rule does not break on it: that would be taken for a defect of the harness."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.faults.sightings import Passage, Seen, Sightings
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.cable_out import CableOut
from harness.faults.wire.captive_portal import CaptivePortal
from harness.faults.wire.frame import Frame
from harness.faults.wire.internet_loss import InternetLoss
from harness.faults.wire.late_close import LateClose
from harness.faults.wire.nat_loss import NatLoss
from harness.faults.wire.not_resolved import NotResolved, Outcome
from harness.faults.wire.refused import Refused
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from harness.faults.wire.unreachable import Code, Unreachable
from harness.faults.wire.wifi_loss import WifiLoss
from tests.faults.wire.frames import CLOUD, TERMINAL, Line, Wire, arp, other, ping, query

FAULTS = [
    *(BlackHole(), CableOut(), WifiLoss(), InternetLoss(), InternetLoss(told=True), CaptivePortal(), LateClose(1.0)),
    *(NatLoss(), NatLoss(telling=True), Refused(), ResetToTerminal(), ResetToCloud(), ResetToBoth()),
    *(Unreachable(code) for code in Code),
    *(NotResolved(outcome) for outcome in Outcome),
]


LINE = Line()
TALK = [frame.data for frame in (*LINE.opening(), *LINE.talk(), arp(), ping(), query())]
FLOW = LINE.flow


@st.composite
def damaged(draw) -> bytes:
    """A frame of a terminal with some bytes overwritten, cut off, or added."""
    data = bytearray(draw(st.sampled_from(TALK)))
    places = st.tuples(st.integers(12, len(data) - 1), st.integers(0, 255))
    for place, byte in draw(st.lists(places, max_size=6)):
        data[place] = byte
    return bytes(data[: draw(st.integers(14, len(data)))]) + draw(st.binary(max_size=20))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@settings(max_examples=50)
@given(data=damaged(), toward=st.sampled_from([TERMINAL, CLOUD]))
@example(data=query().data[:-4], toward=CLOUD)
@example(data=TALK[0][:54], toward=CLOUD)
def test_no_rule_and_no_witness_breaks(fault, data, toward):
    rule = Wire(fault, FLOW).rule
    outs = rule.frame(Frame(data, toward), 1.0)
    entered, left = Seen(1.0, other(toward), leaving=False, data=data), Seen(9.0, toward, leaving=True, data=data)
    forged = (left, *(Seen(2.0, out.toward, leaving=True, data=out.data) for out in outs or ()))
    fault.signs(Sightings(0, 10, passed=(Passage(entered, (left,)),), lost=(entered,), forged=forged))
