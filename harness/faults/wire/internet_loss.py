"""Internet loss: the local gateway is there, and answers ARP and ping; beyond it there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.black_hole import lost
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ICMP, TCP, UDP, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.faults.wire.unreachable import Code, is_unreachable
from harness.rig.bench import Means
from harness.rig.network import GATEWAY

_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_GROUP = 1
"""The bit of the first byte of a MAC that says: to more than one. Such a frame stays on the local link."""
_ECHO_REQUEST = 8


def _beyond(data: bytes, gateway: bytes) -> bool:
    """Whether a frame comes from beyond the gateway, or is to go there."""
    if data[0] & _GROUP:
        return False
    if data[12:14] == _IPV4:
        return gateway not in (data[26:30], data[30:34])
    return data[12:14] == _IPV6


class _Isolate(Rule):
    def __init__(self, scene: Scene, gateway: bytes, told: bool) -> None:
        super().__init__(scene)
        self._gateway = gateway
        self._told = told

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if not _beyond(frame.data, self._gateway):
            return None
        self.bite(f"{len(frame.data)} bytes toward the {frame.toward}")
        if self._told and frame.toward is Toward.CLOUD and self._may_be_told(frame):
            return (forge.unreachable(frame, Code.NET.number, self._gateway),)
        return ()

    @staticmethod
    def _may_be_told(frame: Frame) -> bool:
        """No router answers an ICMP error or a later fragment with an error (RFC 1122, 3.2.2)."""
        if not frame.transport:
            return False
        return frame.protocol in (TCP, UDP) or (
            frame.protocol == ICMP and frame.data[frame.transport : frame.transport + 1] == bytes((_ECHO_REQUEST,))
        )


@dataclass(frozen=True)
class InternetLoss(WireFault):
    """All that is not between the terminal and its `gateway` is lost, both ways.

    With `told` the gateway says so: it answers what the terminal sends with ICMP *net unreachable*. ARP, broadcasts and
    what goes to or comes from the gateway's own address pass: names it goes on to resolve."""

    name: ClassVar[str] = "internet loss"
    means: ClassVar[Means] = Means.WIRE
    outage: ClassVar[bool] = True
    swallows: ClassVar[bool] = True

    told: bool = False
    gateway: str = GATEWAY

    def rule(self, scene: Scene) -> Rule:
        return _Isolate(scene, IPv4Address(self.gateway).packed, self.told)

    def signs(self, seen: Sightings) -> Sign:
        """Frames to or from beyond the gateway that entered and never left; with `told`, what the terminal was told."""
        gateway = IPv4Address(self.gateway).packed
        if not self.told:
            return lost([frame for frame in seen.lost if _beyond(frame.data, gateway)])
        told = [frame for frame in seen.forged if is_unreachable(Frame(frame.data, frame.toward), Code.NET)]
        return Sign(len(told), "the terminal was told: net unreachable") if told else NO_SIGN
