"""Wi-Fi loss takes everything, and leaves the link up."""

from __future__ import annotations

from dataclasses import replace

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.wifi_loss import WifiLoss
from tests.faults.wire.frames import Line, Wire, arp, ping, proves_itself


def test_nothing_passes():
    assert Wire(WifiLoss()).carry(*Line().opening(), arp(), ping()) == []


def test_its_signs():
    assert proves_itself(WifiLoss(), [*Line().talk(), arp()]) == 5


def test_without_carrier_it_is_another_harm():
    wire = Wire(WifiLoss())
    wire.carry(*Line().talk())
    wire.end()
    during, _ = wire.saw()
    assert WifiLoss().signs(replace(during, carrier=((during.since, False),))) == NO_SIGN
