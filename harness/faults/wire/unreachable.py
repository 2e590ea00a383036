"""Unreachable: who dials the cloud is told by ICMP that there is no way to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address
from typing import ClassVar

from harness.faults.moment import Toward
from harness.faults.sightings import NO_SIGN, Sightings, Sign
from harness.faults.wire import forge
from harness.faults.wire.dials import Directory, Endpoints, Interception, spelled
from harness.faults.wire.fault import WireFault
from harness.faults.wire.frame import ETHERNET, ICMP, Frame
from harness.faults.wire.rule import Out, Rule, Scene
from harness.rig.bench import Means
from harness.rig.network import GATEWAY
from harness.transports.host import HarnessError

_QUOTE = 8
"""Bytes of an ICMP error before the datagram that it quotes."""


class Code(StrEnum):
    """What is unreachable, or why (RFC 792, RFC 1812)."""

    NET = "net"
    HOST = "host"
    PORT = "port"
    ADMIN = "admin"

    @property
    def number(self) -> int:
        """As it stands in the ICMP header."""
        return {Code.NET: 0, Code.HOST: 1, Code.PORT: 3, Code.ADMIN: 13}[self]


def is_unreachable(frame: Frame, code: Code) -> bool:
    """Whether a frame tells the terminal that a datagram of its could not be delivered, for this reason."""
    if frame.toward is not Toward.TERMINAL or frame.protocol != ICMP or not frame.transport:
        return False
    kind = bytes((forge.DESTINATION_UNREACHABLE, code.number))
    return frame.data[frame.transport : frame.transport + 2] == kind


@dataclass(frozen=True)
class Unreachable(WireFault):
    """Each SYN of the terminal to one of `endpoints` (IPv4 address and port; all if none are named) is answered with an
    ICMP error. Lines that are up stay up.

    `code`: which error. The endpoint itself says that a port is unreachable, the `gateway` all else. Raises
    HarnessError for a code that there is not."""

    name: ClassVar[str] = "unreachable"
    means: ClassVar[Means] = Means.UNREACHABLE

    code: Code = Code.HOST
    endpoints: Endpoints = ()
    gateway: str = GATEWAY

    def __post_init__(self) -> None:
        if self.code not in tuple(Code):
            raise HarnessError(f"unreachable: the code {self.code!r} is none of {', '.join(Code)}")

    def rule(self, scene: Scene) -> Rule:
        code, gateway = Code(self.code), IPv4Address(self.gateway).packed

        def answer(frame: Frame) -> Out:
            endpoint, _ = frame.destination
            return forge.unreachable(frame, code.number, endpoint if code is Code.PORT else gateway)

        return Interception(scene, self.endpoints, answer)

    def signs(self, seen: Sightings) -> Sign:
        """ICMP errors toward the terminal that nobody has sent, and that quote a dial of one of these endpoints."""
        directory = Directory(self.endpoints)
        quoted = []
        for one in seen.forged:
            frame = Frame(one.data, one.toward)
            if is_unreachable(frame, Code(self.code)):
                dial = Frame(one.data[:ETHERNET] + one.data[frame.transport + _QUOTE :], Toward.CLOUD)
                if dial.is_tcp and dial.destination in directory:
                    quoted.append(spelled(dial.destination))
        return Sign(len(quoted), f"the terminal was told: {quoted[0]}, {self.code} unreachable") if quoted else NO_SIGN
