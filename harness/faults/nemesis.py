"""Who harms: begins a fault, writes its beginning, its bites and its end into the trace, and heals.

Harm to what a party of ours says (`harness.faults.stream`) is done by the Host. Harm to the wire is done by an
Injector, and proven by a witness that does not ask it: what the witness saw stands in the trace beside what the
injector claims.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, overload

from harness.evidence.bench import Bite, FaultBegan, FaultEnded, Mains, Remark, Witnessed
from harness.faults.injector import Began, Bit, Broke, Injector, Report
from harness.faults.moment import Moment
from harness.faults.sightings import NO_SIGN, Sightings
from harness.faults.wire.fault import WireFault
from harness.rig.bench import Link
from harness.transports.host import HarnessError, Host
from harness.wire.endpoint import Output

WIRE = "wire"

AFTERWARDS = 0.001
"""Wall seconds after the end of a harm from which on it must have left no sign: what entered the wire just before may
seem to have entered just after, since the two clocks that tell are not read at one moment."""


class Fault(Protocol):
    """One harm to what a party says. `name`: what the victim notices; `bites`: the times it took hold so far."""

    name: str
    bites: int

    def begin(self, lines: Sequence[int]) -> Iterable[Output]:
        """What is done at once, to the party's lines that are up."""

    def __call__(self, outputs: Iterable[Output]) -> Iterable[Output]:
        """What becomes of what the party says while the fault is in force."""

    def end(self) -> Iterable[Output]:
        """What is undone."""


class Witness(Protocol):
    """Who saw what the wire let in and out. `name`: as the trace calls it."""

    name: str

    def saw(self, since: float, until: float) -> Sightings:
        """What was seen between two document seconds."""


@dataclass(slots=True)
class Harm:
    """A fault of the wire on its way through a case. Times in document seconds, None while it has not come to that."""

    number: int
    fault: WireFault
    since: float | None = None
    until: float | None = None
    bites: int = 0


class Nemesis:
    """Does harm on one Host, with a beginning and an end.

    `injector`, `witness` and `link` are those of the bench's wire; None on a bench that has none: then cases that harm
    the wire are *not run*. `clock` turns seconds of the monotonic clock into document seconds. `seed` gives each fault
    its chance."""

    def __init__(
        self,
        host: Host,
        injector: Injector | None = None,
        witness: Witness | None = None,
        link: Link | None = None,
        *,
        clock: Callable[[float], float] = lambda at: at,
        scale: float = 1.0,
        seed: int = 0,
    ) -> None:
        self._host = host
        self._injector = injector
        self._witness = witness
        self._link = link
        self._clock = clock
        self._scale = scale
        self._seed = seed
        self._harms: list[Harm] = []
        if injector is not None:
            injector.on_report = self._hear

    @property
    def swallows(self) -> bool:
        """Whether harm is in force, and whatever it takes is gone: who waits for it waits in vain."""
        in_force = [harm for harm in self._harms if harm.since is not None and harm.until is None]
        return bool(in_force) and all(harm.fault.swallows for harm in in_force)

    @property
    def deaf(self) -> list[tuple[str, int]]:
        """Addresses at which a harm in force leaves dials without an answer."""
        in_force = (harm for harm in self._harms if harm.since is not None and harm.until is None)
        return [address for harm in in_force for address in harm.fault.deaf]

    @overload
    def __call__(self, fault: WireFault, *, at: Moment | None = None) -> AbstractAsyncContextManager[Harm]: ...
    @overload
    def __call__(self, fault: Fault, *, on: str) -> AbstractAsyncContextManager[Fault]: ...
    def __call__(
        self, fault: WireFault | Fault, *, on: str = WIRE, at: Moment | None = None
    ) -> AbstractAsyncContextManager[Harm] | AbstractAsyncContextManager[Fault]:
        """Harm the wire, or the party named `on`, while the block runs; whatever ends the block, the fault ends too.

        `at`: the harm to the wire begins when this moment comes, not at once."""
        if isinstance(fault, WireFault):
            return self._wire(fault, at)
        return self._party(fault, on)

    async def begun(self, harm: Harm, within: float) -> bool:
        """Await the moment at which a harm begins; False if it does not come within so many document seconds."""
        return await self._host.until(lambda: harm.since is not None, within, f"the moment of {harm.fault.name}")

    # ---- Harm to what a party says -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def _party(self, fault: Fault, on: str) -> AsyncIterator[Fault]:
        host = self._host
        host.record("nemesis", FaultBegan(fault.name, on))
        host.harm(on, fault)
        begun = list(fault.begin(host.lines_of(on)))
        for output in begun:
            host.record("nemesis", Bite(fault.name, f"{type(output).__name__} {_place(output)}"))
        host.say(on, begun)
        try:
            yield fault
        finally:
            host.heal(on, fault)
            host.say(on, fault.end())
            host.record("nemesis", FaultEnded(fault.name, fault.bites))

    # ---- Harm to the wire --------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _wire(self, fault: WireFault, at: Moment | None) -> AsyncIterator[Harm]:
        if self._injector is None:
            raise HarnessError(f"{fault.name}: this bench has no wire that could be harmed")
        harm = Harm(len(self._harms) + 1, fault)
        self._harms.append(harm)
        if at is not None:
            self._host.record("nemesis", Remark(f"{fault.name} is to begin at: {at.label}, after {at.passed}"))
        self._injector.begin(harm.number, fault, at, self._seed + harm.number, self._scale)
        try:
            yield harm
        finally:
            self._injector.end(harm.number)
            if fault.cuts_carrier and harm.since is not None and self._link is not None:
                self._link(up=True)
            harm.until = self._host.now
            self._host.record("nemesis", FaultEnded(fault.name, harm.bites))

    def _hear(self, report: Report) -> None:
        harm = next((harm for harm in self._harms if harm.number == report.number), None)
        if harm is None:
            return
        fault = harm.fault
        match report:
            case Began(_, at):
                harm.since = self._clock(at)
                if fault.cuts_carrier and self._link is not None:
                    self._link(up=False)
                self._host.record("nemesis", FaultBegan(fault.name, WIRE, outage=fault.outage))
            case Bit(_, _, what):
                harm.bites += 1
                self._host.record("nemesis", Bite(fault.name, what))
            case Broke(_, _, why):
                self._host.broke(HarnessError(f"the rule of {fault.name} broke: {why}"))

    def testify(self) -> None:
        """At the end of a case: write what the witness saw of each harm to the wire, while it lasted and after.

        After it is until another harm begins, whose signs are not what lingers of this one. A harm whose moment never
        came is not spoken of: the trace has no beginning of it."""
        if self._witness is None:
            return
        now = self._host.now
        for harm in self._harms:
            if harm.since is None or harm.until is None:
                continue
            during = harm.fault.signs(self._witness.saw(harm.since, harm.until))
            ended = harm.until + AFTERWARDS * self._scale
            alone = self._alone_after(ended, now)
            after = harm.fault.signs(self._witness.saw(ended, alone)) if alone > ended else NO_SIGN
            self._host.record(
                "witness", Witnessed(harm.fault.name, self._witness.name, during.count, after.count, during.what)
            )
        self._harms.clear()

    def _alone_after(self, end: float, now: float) -> float:
        """Until when signs after the end of a harm are its own: another one may leave the same, and so does a power
        cut. `end` itself if another was in force then."""
        later = [harm for harm in self._harms if harm.until is None or harm.until > end]
        others = [harm.since for harm in later if harm.since is not None]
        others += [
            event.at for event, mains in self._host.trace.heard("bench", Mains) if event.at > end and not mains.on
        ]
        return max(end, math.nextafter(min(others), end)) if others else now


def _place(output: Output) -> str:
    return str(getattr(output, "at", "") or f"line {getattr(output, 'line', 0)}")
