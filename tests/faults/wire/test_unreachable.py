"""Who dials is told why there is no way, by who would know."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP

from harness.faults.sightings import NO_SIGN
from harness.faults.wire.unreachable import Code, Unreachable
from harness.transports.host import HarnessError
from tests.faults.wire.frames import ADDRESS, GATEWAY, TERMINAL, Line, Wire, proves_itself

SECONDARY = ("198.51.100.11", 2010)


@pytest.mark.parametrize(("code", "number"), [("net", 0), ("host", 1), ("port", 3), ("admin", 13)])
def test_the_error_quotes_the_dial(code, number):
    line = Line()
    syn, *_ = line.opening()
    (error,) = Wire(Unreachable(code)).carry(syn)
    assert error[IP].src == (line.cloud[0] if code == "port" else GATEWAY)
    assert error[IP].dst == ADDRESS[TERMINAL]
    assert (error[ICMP].type, error[ICMP].code) == (3, number)
    assert bytes(error[ICMP].payload) == syn.data[14:]


def test_lines_that_are_up_and_other_endpoints_are_left_alone():
    line = Line()
    syn, *rest = [*line.opening(), *line.talk(), *line.goodbye()]
    assert list(map(bytes, Wire(Unreachable()).carry(*rest))) == [frame.data for frame in rest]
    assert list(map(bytes, Wire(Unreachable(endpoints=(SECONDARY,))).carry(syn))) == [syn.data]


def test_an_unknown_code_is_named():
    with pytest.raises(HarnessError, match="'route' is none of net, host, port, admin"):
        Unreachable("route")


@pytest.mark.parametrize("code", list(Code))
def test_its_signs(code):
    assert proves_itself(Unreachable(code), Line().opening()) == 1
    assert proves_itself(Unreachable(code, (SECONDARY,)), Line(40_001, SECONDARY).opening()) == 1


def test_another_code_or_another_endpoint_leaves_no_signs_of_it():
    wire = Wire(Unreachable("net"))
    wire.carry(*Line().opening())
    wire.end()
    during, _ = wire.saw()
    assert Unreachable("net").signs(during).count == 1
    assert Unreachable("host").signs(during) == NO_SIGN
    assert Unreachable("net", (SECONDARY,)).signs(during) == NO_SIGN
