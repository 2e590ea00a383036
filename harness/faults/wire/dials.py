"""Dials of the terminal that somebody on the way answers in the place of the endpoint dialled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address

from harness.faults.moment import Toward
from harness.faults.wire.frame import ACK, SYN, Frame
from harness.faults.wire.rule import Out, Rule, Scene

Endpoints = tuple[tuple[str, int], ...]
"""IPv4 addresses and ports; () stands for all there are."""


class Directory:
    """Tells whether an endpoint, as frames have it, is among those named."""

    def __init__(self, endpoints: Iterable[tuple[str, int]]) -> None:
        self._named = frozenset((IPv4Address(address).packed, port) for address, port in endpoints)

    def __contains__(self, endpoint: tuple[bytes, int]) -> bool:
        return not self._named or endpoint in self._named


class Interception(Rule):
    """Swallows each SYN of the terminal to these endpoints and lets `answer` say what it gets instead."""

    def __init__(self, scene: Scene, endpoints: Endpoints, answer: Callable[[Frame], Out]) -> None:
        super().__init__(scene)
        self._directory = Directory(endpoints)
        self._answer = answer

    def frame(self, frame: Frame, now: float) -> Sequence[Out] | None:
        if frame.toward is not Toward.CLOUD or not frame.is_tcp or frame.flags & (SYN | ACK) != SYN:
            return None
        if frame.destination not in self._directory:
            return None
        self.bite(f"a dial of {spelled(frame.destination)}")
        return (self._answer(frame),)


def spelled(endpoint: tuple[bytes, int]) -> str:
    """An endpoint for a reader."""
    address, port = endpoint
    return f"{IPv4Address(address)}:{port}"
