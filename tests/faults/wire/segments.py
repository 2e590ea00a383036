"""TCP segments as a terminal and a cloud exchange them, made by scapy, and a wire of one rule to send them over."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Seen, Sightings, sightings
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Rule, Scene

TERMINAL, CLOUD = Toward.TERMINAL, Toward.CLOUD
ADDRESSES = {TERMINAL: "192.0.2.10", CLOUD: "198.51.100.10"}
MACS = {TERMINAL: "02:00:00:00:00:10", CLOUD: "02:00:00:00:00:01"}
PORTS = {TERMINAL: 40_000, CLOUD: 2010}
OPTIONS = [("NOP", None), ("NOP", None), ("Timestamp", (1, 2))]

LEAST = 1e-4
"""Seconds that an unharmed frame is inside the wire."""

payloads = st.binary(min_size=1, max_size=1460)


def other(end: Toward) -> Toward:
    return CLOUD if end is TERMINAL else TERMINAL


def _ip(toward: Toward, ident: int) -> Ether:
    ethernet = Ether(src=MACS[other(toward)], dst=MACS[toward])
    return ethernet / IP(src=ADDRESSES[other(toward)], dst=ADDRESSES[toward], id=ident, flags="DF")


def segment(
    payload: bytes = b"",
    toward: Toward = CLOUD,
    *,
    sequence: int = 1000,
    flags: str = "PA",
    ident: int = 1,
    port: int = PORTS[TERMINAL],
) -> Frame:
    """A TCP segment. `ident`: of its IP header, another one for every transmission; `port`: the terminal's."""
    ports = {TERMINAL: port, CLOUD: PORTS[CLOUD]}
    header = TCP(sport=ports[other(toward)], dport=ports[toward], seq=sequence, ack=7, flags=flags, options=OPTIONS)
    return Frame(bytes(_ip(toward, ident) / header / payload), toward)


def datagram(payload: bytes, toward: Toward = CLOUD) -> Frame:
    return Frame(bytes(_ip(toward, 1) / UDP(sport=53, dport=53) / payload), toward)


def arp(toward: Toward = CLOUD) -> Frame:
    request = ARP(hwsrc=MACS[other(toward)], psrc=ADDRESSES[other(toward)], pdst=ADDRESSES[toward])
    return Frame(bytes(Ether(src=MACS[other(toward)], dst="ff:ff:ff:ff:ff:ff") / request), toward)


def stream(messages: Iterable[bytes], toward: Toward = CLOUD, *, sequence: int = 1000, ident: int = 1) -> list[Frame]:
    """One segment a message, one after another."""
    frames = []
    for number, message in enumerate(messages):
        frames.append(segment(message, toward, sequence=sequence & 0xFFFFFFFF, ident=ident + number))
        sequence += len(message)
    return frames


def chatter(count: int, size: int = 100, toward: Toward = CLOUD) -> list[Frame]:
    """Segments of `size` bytes of payload, no two alike."""
    return stream((bytes([number % 256]) * size for number in range(count)), toward)


def rule_of(fault: WireFault, *, seed: int = 1, scale: float = 1.0) -> Rule:
    return fault.rule(Scene(random.Random(seed), scale, NoFlows()))  # noqa: S311 — chance, not secrets


class NoFlows:
    """A wire that keeps no connections: none of these rules asks for one."""

    def __iter__(self):
        return iter(())

    def of(self, _):
        return None


def carry(rule: Rule | None, frames: Sequence[Frame], *, every: float = 0.1, since: float = 0.0) -> list[Seen]:
    """Send frames `every` so many seconds from `since` on through a rule, or none: all that entered and all that left,
    in order."""
    seen: list[Seen] = []
    for number, frame in enumerate(frames):
        now = since + number * every
        seen.append(Seen(now, other(frame.toward), leaving=False, data=frame.data))
        outs = None if rule is None else rule.frame(frame, now)
        if outs is None:
            seen.append(Seen(now + LEAST, frame.toward, leaving=True, data=frame.data))
            continue
        seen.extend(Seen(now + out.after + LEAST, out.toward, leaving=True, data=out.data) for out in outs)
    return sorted(seen, key=lambda one: one.at)


def saw(seen: Sequence[Seen], since: float = 0.0, until: float = 1e9) -> Sightings:
    return sightings(seen, (), since, until)


def proves_itself(fault: WireFault, frames: Sequence[Frame], *, every: float = 0.1, seed: int = 1) -> int:
    """Its signs are seen while it lasts, and none without it, nor after its end. How many were seen while it lasted."""
    lasted = len(frames) * every
    rule = rule_of(fault, seed=seed)
    captured = carry(rule, frames, every=every)
    later = lasted + max([lasted, *(one.at for one in captured)])
    captured += carry(None, frames, every=every, since=later)
    during = fault.signs(saw(captured, 0.0, lasted))
    assert rule.bites
    assert during.count > 0
    assert during.what
    assert fault.signs(saw(captured, later, later + lasted)) == NO_SIGN
    assert fault.signs(saw(carry(None, frames, every=every), 0.0, lasted)) == NO_SIGN
    assert fault.signs(saw((), 0.0, lasted)) == NO_SIGN
    return during.count
