"""A pulled cable lets nothing pass, and is proven by the carrier alone."""

from __future__ import annotations

from harness.faults.sightings import NO_SIGN, Sightings
from harness.faults.wire.cable_out import CableOut
from tests.faults.wire.frames import Line, Wire, arp


def test_nothing_passes():
    assert Wire(CableOut()).carry(*Line().opening(), arp()) == []


def test_it_takes_hold_of_an_idle_line_too():
    wire = Wire(CableOut())
    assert wire.began == []
    wire.end()
    assert wire.bites == 1


def test_its_sign_is_that_the_carrier_went():
    sign = CableOut().signs(Sightings(0, 10, carrier=((1, False), (9, True))))
    assert (sign.count, sign.what) == (1, "the terminal's link lost its carrier")


def test_a_carrier_that_came_back_is_no_sign():
    assert CableOut().signs(Sightings(10, 20, carrier=((10.1, True),))) == NO_SIGN


def test_lost_frames_on_a_link_that_is_up_are_no_sign():
    wire = Wire(CableOut())
    wire.carry(*Line().talk())
    wire.end()
    during, _ = wire.saw()
    assert len(during.lost) == 4
    assert CableOut().signs(during) == NO_SIGN
