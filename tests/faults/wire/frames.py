"""A terminal's talk with its cloud as frames on a cable, and a wire of one rule that carries them and remembers."""

from __future__ import annotations

import random
from collections.abc import Sequence

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Seen, Sightings, sightings
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import Frame
from harness.faults.wire.rule import Flow, Out, Rule, Scene

TERMINAL, CLOUD = Toward.TERMINAL, Toward.CLOUD
GATEWAY = "192.0.2.1"
ADDRESS = {TERMINAL: "192.0.2.10", CLOUD: "198.51.100.10"}
MAC = {TERMINAL: "02:00:00:00:00:10", CLOUD: "02:00:00:00:00:01"}


def other(end: Toward) -> Toward:
    return CLOUD if end is TERMINAL else TERMINAL


def packed(address: str) -> bytes:
    return bytes(map(int, address.split(".")))


def framed(packet: Packet, toward: Toward, to: str | None = None) -> Frame:
    """What is above Ethernet, in a frame. `to`: the MAC, if it is not the other end's."""
    return Frame(bytes(Ether(src=MAC[other(toward)], dst=to or MAC[toward]) / packet), toward)


def packet(toward: Toward, cloud: str = ADDRESS[CLOUD]) -> IP:
    address = {**ADDRESS, CLOUD: cloud}
    return IP(src=address[other(toward)], dst=address[toward], ttl=64)


class Line:
    """One TCP connection, as its two ends would speak. With `stamps` they have agreed on the time stamp option."""

    def __init__(self, port: int = 40_000, cloud: tuple[str, int] = (ADDRESS[CLOUD], 2010), *, stamps: bool = True):
        self.port = {TERMINAL: port, CLOUD: cloud[1]}
        self.cloud = cloud
        self.next = {TERMINAL: 0xFFFF_FFF0, CLOUD: 7_000}  # the terminal's numbers soon begin again at 0
        self.stamp = {TERMINAL: 500, CLOUD: 90_000} if stamps else None

    def segment(self, by: Toward, flags: str, payload: bytes = b"") -> Frame:
        end = other(by)
        options = [("Timestamp", (self.stamp[by], self.stamp[end]))] if self.stamp else []
        ack = self.next[end] if "A" in flags else 0
        header = TCP(
            sport=self.port[by], dport=self.port[end], seq=self.next[by], ack=ack, flags=flags, options=options
        )
        length = len(payload) + ("S" in flags) + ("F" in flags)
        self.next[by] = (self.next[by] + length) % (1 << 32)
        return framed(packet(end, self.cloud[0]) / header / payload, end)

    def opening(self) -> list[Frame]:
        return [self.segment(TERMINAL, "S"), self.segment(CLOUD, "SA"), self.segment(TERMINAL, "A")]

    def says(self, by: Toward, payload: bytes) -> Frame:
        return self.segment(by, "PA", payload)

    def hears(self, by: Toward) -> Frame:
        return self.segment(by, "A")

    def talk(self) -> list[Frame]:
        """A heartbeat and its acknowledgement."""
        return [
            *(self.says(TERMINAL, b'{"Function":"Heartbeat"}\x04\x04'), self.hears(CLOUD)),
            *(self.says(CLOUD, b"{}\x04\x04"), self.hears(TERMINAL)),
        ]

    def goodbye(self) -> list[Frame]:
        return [self.segment(CLOUD, "FA"), self.segment(TERMINAL, "FA"), self.hears(CLOUD)]

    @property
    def flow(self) -> Flow:
        return Flow(
            (packed(ADDRESS[TERMINAL]), self.port[TERMINAL]),
            (packed(self.cloud[0]), self.port[CLOUD]),
            bytes.fromhex(MAC[TERMINAL].replace(":", "")),
            bytes.fromhex(MAC[CLOUD].replace(":", "")),
            self.next[TERMINAL],
            self.next[CLOUD],
        )


def arp() -> Frame:
    question = ARP(hwsrc=MAC[TERMINAL], psrc=ADDRESS[TERMINAL], pdst=GATEWAY)
    return framed(question, CLOUD, to="ff:ff:ff:ff:ff:ff")


def ping(to: str = GATEWAY) -> Frame:
    return framed(packet(CLOUD, to) / ICMP() / b"ping", CLOUD)


def query(name: str = "cloud.test", kind: str = "A", toward: Toward = CLOUD) -> Frame:
    question = DNS(id=4711, rd=1, qd=[DNSQR(qname=name, qtype=kind)])
    return framed(packet(toward, GATEWAY) / UDP(sport=50_000, dport=53) / question, toward)


def dissected(data: bytes) -> Packet:
    """A frame as scapy reads it, once it has made sure that every checksum and length is what scapy would reckon."""
    found = Ether(data)
    again = found.copy()
    for layer in (IP, TCP, UDP, ICMP):
        if layer in again:
            del again[layer].chksum
    for layer in (IP, UDP):
        if layer in again:
            del again[layer].len
    # What an ICMP error quotes is not to be reckoned anew; by scapy's names it is of other layers.
    assert bytes(again) == data
    return found


class _Flows(tuple[Flow, ...]):
    def of(self, frame: Frame) -> Flow | None:
        raise AssertionError(f"no rule of these asks for the connection of {frame}")


class Wire:
    """Carries frames, a second apart, through the rule of a fault, or through none; what is to be late comes late."""

    def __init__(self, fault: WireFault | None, *flows: Flow, scale: float = 1.0) -> None:
        self.now = 1000.0
        self.seen: list[Seen] = []
        self.bites = 0
        self.since = self.until = self.now
        self.rule: Rule | None = None
        self.began: list[Packet] = []
        if fault is not None:
            self.rule = fault.rule(Scene(random.Random(1), scale, _Flows(flows)))  # noqa: S311 — chance, not secrets
            self.began = self._leave(self.rule.begin(self.now))

    def carry(self, *frames: Frame) -> list[Packet]:
        """What leaves in the place of these frames, dissected."""
        left = []
        for frame in frames:
            self.now += 1
            self.seen.append(Seen(self.now, other(frame.toward), leaving=False, data=frame.data))
            outs = None if self.rule is None else self.rule.frame(frame, self.now)
            left += self._leave([Out(frame.data, frame.toward)] if outs is None else outs)
        return left

    def end(self) -> None:
        """The harm ends; what is carried from now on is carried as it is."""
        if self.rule is not None:
            assert list(self.rule.end(self.now)) == []
            self.bites = len(self.rule.bites)
        self.now += 1
        self.until = self.now
        self.rule = None
        self.now += 100

    def saw(self) -> tuple[Sightings, Sightings]:
        """While the harm lasted, and after it."""
        frames = sorted(self.seen, key=lambda one: one.at)
        return (
            sightings(frames, (), self.since, self.until),
            sightings(frames, (), self.until + 1, self.now),
        )

    def _leave(self, outs: Sequence[Out]) -> list[Packet]:
        self.seen += [Seen(self.now + 1e-4 + out.after, out.toward, leaving=True, data=out.data) for out in outs]
        return [dissected(out.data) for out in outs]


def proves_itself(fault: WireFault, frames: Sequence[Frame], *flows: Flow) -> int:
    """It bites, and its signs are seen while it lasts, but neither without it nor after its end. How many signs."""
    harmed, unharmed = Wire(fault, *flows), Wire(None)
    for wire in (harmed, unharmed):
        wire.carry(*frames)
        wire.end()
        wire.carry(*frames)
    assert harmed.bites > 0
    during, after = harmed.saw()
    sign = fault.signs(during)
    assert sign.count > 0
    assert sign.what
    assert fault.signs(after) == NO_SIGN
    assert [fault.signs(seen) for seen in unharmed.saw()] == [NO_SIGN, NO_SIGN]
    return sign.count
