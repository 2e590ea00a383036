"""Each harm that the wire can do, with what a case does so that it takes hold; and an injector that does nothing.

For suites of `tests/test_witness.py`, which run in processes of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules

from fixtures.cloud import CloudSide
from harness.faults import wire
from harness.faults.injector import Began, Bit, Report
from harness.faults.moment import Moment, Toward
from harness.faults.nemesis import Nemesis
from harness.faults.wire.black_hole import BlackHole
from harness.faults.wire.cable_out import CableOut
from harness.faults.wire.captive_portal import CaptivePortal
from harness.faults.wire.corruption import Corruption
from harness.faults.wire.delay import Delay
from harness.faults.wire.drop_kth import DropByte, DropMessage, DropPacket
from harness.faults.wire.duplication import Duplication
from harness.faults.wire.fault import WireFault
from harness.faults.wire.internet_loss import InternetLoss
from harness.faults.wire.late_close import LateClose
from harness.faults.wire.loss import Loss
from harness.faults.wire.mtu_black_hole import MtuBlackHole
from harness.faults.wire.nat_loss import NatLoss
from harness.faults.wire.not_resolved import NotResolved, Outcome
from harness.faults.wire.refused import Refused
from harness.faults.wire.reordering import Reordering
from harness.faults.wire.reset import ResetToBoth, ResetToCloud, ResetToTerminal
from harness.faults.wire.throttle import Throttle
from harness.faults.wire.unanswered import Unanswered
from harness.faults.wire.unreachable import Unreachable
from harness.faults.wire.wifi_loss import WifiLoss

Stimulus = Callable[[CloudSide], Awaitable[None]]

LOOK = 5.0
"""Document seconds for which a harm meets what a stimulus has set going."""

BEAT = 70.0
"""Document seconds within which a terminal that is set to 60 has sent a heartbeat."""


async def idle(cloud: CloudSide) -> None:
    """Nothing is needed but the line that is up."""
    await cloud.watch(LOOK, "an idle line")


async def beat(cloud: CloudSide) -> None:
    """The line stands until the terminal has sent a heartbeat."""
    await cloud.watch(BEAT, "a heartbeat")


async def sale(cloud: CloudSide) -> None:
    """A sale is ordered."""
    await cloud.response(cloud.say(cloud.sale()), within=LOOK)


async def sales(cloud: CloudSide) -> None:
    """Sales are ordered one after another: enough for a harm that goes by chance."""
    for _ in range(4):
        await sale(cloud)


async def dial(cloud: CloudSide) -> None:
    """The line ends in order, and the terminal looks for the cloud and dials anew."""
    cloud.end()
    await cloud.watch(LOOK, "the line has ended")


HARMS: tuple[tuple[WireFault, Stimulus], ...] = (
    (BlackHole(), sale),
    (BlackHole((Toward.TERMINAL,)), sale),
    (BlackHole((Toward.CLOUD,)), sale),
    (CableOut(), idle),
    (CaptivePortal(), beat),
    (Corruption(1.0), sale),
    (Delay(1.0), sale),
    (DropByte(pattern='"ResultCode"', k=10), sale),
    (DropMessage(pattern='"ResultCode"'), sale),
    (DropPacket(), sale),
    (Duplication(1.0), sale),
    (InternetLoss(), sale),
    (InternetLoss(told=True), dial),
    (LateClose(2.0), dial),
    (Loss(0.5), sales),
    (MtuBlackHole(200), sale),
    (NatLoss(), sale),
    (NatLoss(telling=True), sale),
    *((NotResolved(outcome), dial) for outcome in Outcome),
    (Refused(), dial),
    (Reordering(0.5, by=LOOK), sales),
    (ResetToBoth(), idle),
    (ResetToCloud(), idle),
    (ResetToTerminal(), idle),
    (Throttle(300.0), sale),
    (Unanswered(), dial),
    (Unreachable(), dial),
    (WifiLoss(), sale),
)


def kinds() -> set[type[WireFault]]:
    """Every kind of harm that a module of the wire defines."""
    found: set[type[WireFault]] = set()
    for module in iter_modules(wire.__path__):
        if module.name != "__main__":
            of_module = vars(import_module(f"{wire.__name__}.{module.name}")).values()
            found |= {one for one in of_module if isinstance(one, type) and issubclass(one, WireFault)}
    return {kind for kind in found - {WireFault} if not kind.__name__.startswith("_")}


class Boaster:
    """An injector that does nothing, and says that it did: all that stands against a PASS is the witness."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.on_report: Callable[[Report], None] = lambda _: None
        self._now = now

    def begin(self, number: int, fault: WireFault, moment: Moment | None, seed: int, scale: float) -> None:  # noqa: ARG002
        self.on_report(Began(number, self._now()))
        self.on_report(Bit(number, self._now(), "so it says"))

    def end(self, number: int) -> None:
        """There is nothing to end."""

    def poll(self) -> None:
        """All has been said."""

    def close(self) -> None:
        """There is nothing to close."""


def disarmed(nemesis: Nemesis, now: Callable[[], float]) -> Nemesis:
    """The nemesis with an injector and a link that do nothing. `now`: the clock of its reports."""
    boaster = Boaster(now)
    boaster.on_report = nemesis._hear
    nemesis._injector = boaster
    nemesis._link = lambda *, up: None  # noqa: ARG005
    return nemesis
