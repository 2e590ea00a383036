"""The ends of a bridge without sockets, and a clock that the test sets."""

from __future__ import annotations

from collections import deque

from harness.faults.injector import Report
from harness.faults.moment import Toward
from harness.faults.wire.bridge import Bridge
from harness.faults.wire.frame import Frame


class Port:
    """`inbox`: frames, or errors, that are to come in; `sent`: what left here."""

    def __init__(self) -> None:
        self.inbox: deque[bytes | OSError] = deque()
        self.sent: list[bytes] = []
        self.refuses: OSError | None = None

    def recv(self, _: int, /) -> bytes:
        if not self.inbox:
            raise BlockingIOError
        data = self.inbox.popleft()
        if isinstance(data, OSError):
            raise data
        return data

    def send(self, data: bytes, /) -> int:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(data)
        return len(data)


class Wire:
    """A Bridge between two such ends. `reports`: what it said; `alarms`: when it asks to be woken; `now`: its clock."""

    def __init__(self, stamp: float | None = None) -> None:
        self.terminal, self.cloud = Port(), Port()
        self.reports: list[Report] = []
        self.alarms: list[float] = []
        self.now = 100.0
        self.bridge = Bridge(
            self.terminal,
            self.cloud,
            report=self.reports.append,
            alarm=self.alarms.append,
            clock=lambda: self.now,
            stamp=None if stamp is None else lambda _: stamp,
        )

    def carry(self, *frames: Frame) -> None:
        """Let frames come in, each at the end that it is on its way from."""
        for frame in frames:
            side = Toward.TERMINAL if frame.toward is Toward.CLOUD else Toward.CLOUD
            (self.terminal if side is Toward.TERMINAL else self.cloud).inbox.append(frame.data)
            self.bridge.drain(side)

    def said(self, kind: type[Report]) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]
