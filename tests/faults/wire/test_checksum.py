"""Checksums are those that scapy reckons, and a segment cut in two is two that a kernel would take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import checksum as scapy_checksum

from harness.faults.moment import Toward
from harness.faults.wire.checksum import internet_checksum, is_good, remainder, repair, shortened
from harness.faults.wire.frame import Frame
from tests.faults.wire.segments import arp, datagram, payloads, segment

IP_CHECKSUM, TCP_CHECKSUM, UDP_CHECKSUM = 24, 34 + 16, 34 + 6


def spoilt(frame: Frame, *fields: int) -> bytearray:
    data = bytearray(frame.data)
    for field in fields:
        data[field] ^= 0x5A
    return data


@given(st.binary(min_size=1, max_size=1500).filter(any))
def test_reckons_as_scapy_does(data):
    assert internet_checksum(data) == scapy_checksum(data)


@given(payloads)
def test_repairs_tcp(payload):
    frame = segment(payload)
    data = spoilt(frame, IP_CHECKSUM, TCP_CHECKSUM)
    assert not is_good(bytes(data))
    repair(data)
    assert bytes(data) == frame.data
    assert is_good(frame.data)


@given(payloads)
def test_repairs_udp(payload):
    frame = datagram(payload)
    data = spoilt(frame, IP_CHECKSUM, UDP_CHECKSUM)
    repair(data)
    assert bytes(data) == frame.data
    assert is_good(frame.data)


def test_a_udp_sum_that_comes_out_as_zero_is_written_in_its_other_form():
    sum_without = datagram(b"\0\0").data[UDP_CHECKSUM : UDP_CHECKSUM + 2]
    frame = datagram(sum_without)
    assert frame.data[UDP_CHECKSUM : UDP_CHECKSUM + 2] == b"\xff\xff"
    data = spoilt(frame, UDP_CHECKSUM)
    repair(data)
    assert bytes(data) == frame.data
    assert is_good(frame.data)


def test_a_datagram_without_a_checksum_stays_without():
    data = bytearray(datagram(b"query").data)
    data[UDP_CHECKSUM : UDP_CHECKSUM + 2] = b"\0\0"
    before = bytes(data)
    repair(data)
    assert bytes(data) == before
    assert is_good(before)


def test_ip_options_and_the_padding_of_a_short_frame_are_minded():
    packet = Ether() / IP(src="192.0.2.10", dst="198.51.100.10", options=b"\x01\x01\x01\x00") / TCP(dport=7) / b"x"
    padded = bytes(packet) + b"\xaa" * 5
    data = bytearray(padded)
    data[24] ^= 1
    data[38 + 16] ^= 1
    repair(data)
    assert bytes(data) == padded
    assert is_good(padded)


def test_only_the_ip_header_of_a_fragment_is_repaired():
    fragment = bytes(Ether() / IP(src="192.0.2.10", dst="198.51.100.10", proto=6, frag=5) / (b"\1" * 40))
    data = bytearray(fragment)
    data[24] ^= 1
    repair(data)
    assert bytes(data) == fragment
    assert is_good(fragment)


def test_what_is_not_ipv4_is_left_alone():
    data = bytearray(arp().data)
    repair(data)
    assert bytes(data) == arp().data
    assert is_good(arp().data)


@pytest.mark.parametrize("place", [IP_CHECKSUM, TCP_CHECKSUM, 60])
def test_sees_what_is_wrong(place):
    assert not is_good(bytes(spoilt(segment(b"x" * 20), place)))
    assert not is_good(bytes(spoilt(datagram(b"x" * 20), 45)))


@given(payloads, st.data(), st.integers(0, 2**32 - 1))
def test_both_halves_are_one_segment(payload, data, sequence):
    cut = data.draw(st.integers(0, len(payload)))
    whole = segment(payload, sequence=sequence, flags="FPA")
    first, second = (Frame(part(whole, cut), Toward.CLOUD) for part in (shortened, remainder))
    assert first.payload + second.payload == payload
    assert first.sequence == sequence
    assert second.sequence == (sequence + cut) % 2**32
    for half, flags in ((first, "PA"), (second, "FPA")):
        dissected = Ether(half.data)
        assert dissected[TCP].flags == flags
        assert dissected[TCP].options == Ether(whole.data)[TCP].options
        assert is_good(half.data)
        del dissected[IP].chksum, dissected[TCP].chksum, dissected[IP].len
        assert bytes(dissected) == half.data
    assert remainder(whole, 0) == whole.data


def test_the_padding_of_a_short_frame_is_in_neither_half():
    bare = segment(b"abc")
    padded = Frame(bare.data + b"\0" * 8, bare.toward)
    assert shortened(padded, 3) == bare.data
    assert Frame(remainder(padded, 1), bare.toward).payload == b"bc"


@pytest.mark.parametrize("cut", [-1, 4])
def test_a_payload_is_not_cut_outside_of_itself(cut):
    for part in (shortened, remainder):
        with pytest.raises(ValueError, match=f"a payload of 3 bytes cannot be cut after {cut}"):
            part(segment(b"abc"), cut)


def test_udp_is_what_scapy_takes_for_good():
    data = bytearray(datagram(b"abc").data)
    data[-1] ^= 1
    repair(data)
    dissected = Ether(bytes(data))
    del dissected[UDP].chksum
    assert bytes(dissected) == bytes(data)
