"""A schedule: faults of the wire that begin and end by a list, each at its time or at a moment of the dialogue.

    await play(nemesis, [
        Step(0, Loss(0.1), on=True),                 # from the start on a tenth is lost;
        Step(REGISTRATION, BlackHole(), on=True),    # with the next registration the line goes silent,
        Step(20, BlackHole(), on=False),             # and 20 s later it speaks again;
        Step(25, Loss(0.1), on=False),               # loss ends 5 s after that
    ], host)

Its times count from its start and, once a moment has come, from that moment: how long an outage lasts that a moment
began is what a case wants to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from harness.faults.moment import Moment, Toward, Watch
from harness.faults.nemesis import Harm, Nemesis
from harness.faults.wire.fault import WireFault
from harness.transports.host import HarnessError, Host
from harness.wire.endpoint import Received, Send


@dataclass(frozen=True)
class Step:
    """At `when`, the fault begins (`on`) or ends.

    `when`: a Moment, or document seconds since the last step before it that had a moment; since the schedule's start,
    if none had. At a moment a fault begins on the wire, with as much of the message passed as the moment says. It ends
    when a party of ours has heard that message, or said it if it goes to the terminal: what a fault swallowed on its
    way to us does not end it."""

    when: float | Moment
    fault: WireFault
    on: bool


def flapping(fault: WireFault, times: int, *, down: float, up: float) -> list[Step]:
    """A link that drops so many `times` in a row: the fault is in force for `down` document seconds, then `up` not."""
    return [
        Step(number * (down + up) + (0.0 if on else down), fault, on) for number in range(times) for on in (True, False)
    ]


async def play(nemesis: Nemesis, steps: Iterable[Step], host: Host, *, within: float = 60.0) -> bool:
    """Play the steps in their order, and let the host's parties go on meanwhile.

    `within`: document seconds for which each moment is awaited. True when the last step was done; False if a moment
    did not come, and then no step after it is done. Whatever ends it, every fault in force ends, the youngest first.

    Raises HarnessError, before any harm, if time runs backwards in the list, if a fault begins that is in force or
    ends that is not; and during it if the harness breaks."""
    steps = list(steps)
    _check(steps)
    running: dict[WireFault, AsyncExitStack] = {}
    start = host.now
    async with AsyncExitStack() as every:

        async def begin(fault: WireFault, at: Moment | None) -> Harm:
            stack = running[fault] = await every.enter_async_context(AsyncExitStack())
            return await stack.enter_async_context(nemesis(fault, at=at))

        for step in steps:
            what = f"{step.fault.name} to {'begin' if step.on else 'end'}"
            if isinstance(step.when, Moment):
                come = _begun(await begin(step.fault, step.when)) if step.on else _Ear(host, step.when)
                if not await host.until(come, within, f"{what}: {step.when.label}"):
                    return False
                start = host.now
            else:
                await host.until(lambda: False, max(0.0, start + step.when - host.now), what)
                if step.on:
                    await begin(step.fault, None)
            if not step.on:
                await running.pop(step.fault).aclose()
    return True


def _begun(harm: Harm) -> Callable[[], bool]:
    return lambda: harm.since is not None


def _check(steps: Sequence[Step]) -> None:
    last = 0.0
    running: set[WireFault] = set()
    for number, step in enumerate(steps, 1):
        if isinstance(step.when, Moment):
            last = 0.0
        elif step.when < last:
            raise HarnessError(f"step {number} of the schedule is at {step.when} s, before that at {last} s")
        else:
            last = step.when
        if step.on == (step.fault in running):
            state = "begins, and is in force already" if step.on else "ends, and is not in force"
            raise HarnessError(f"step {number} of the schedule: {step.fault.name} {state}")
        running ^= {step.fault}


class _Ear:
    """Listens for a moment in what our parties hear and say, from now on."""

    def __init__(self, host: Host, moment: Moment) -> None:
        self._events = host.trace.events
        self._next = len(self._events)
        self._moment = moment
        self._kind = Received if moment.toward is Toward.CLOUD else Send
        self._watches: dict[tuple[str, int], Watch] = {}

    def __call__(self) -> bool:
        while self._next < len(self._events):
            event = self._events[self._next]
            self._next += 1
            if isinstance(event.body, self._kind):
                watch = self._watches.setdefault((event.source, event.line), Watch(self._moment))
                if watch.cut(event.body.data) is not None:
                    return True
        return False
