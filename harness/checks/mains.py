"""Whether mains and cable really went: that a relay was told so proves nothing.

A contact may be welded, or switch another socket; a terminal may have a battery, or Wi-Fi. So each cut, from the
command that made it to the command that ended it, is held against what was seen meanwhile. One sign of life in it, and
it was none. And if nothing at all shows that it was one, neither a read-back of the board nor an effect on the DUT, it
may have been none. In both cases nobody is accused: the case is INCONC.

What the rig switches at the beginning and at the end of a case is no cut: one has a command before it and one after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.checks import reading
from harness.checks.reading import BENCH, LAG, LINK, POWER, passed, undecided
from harness.evidence.bench import Actuated, Carrier, Journal, Mains, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import FromTerminal
from harness.wire.endpoint import Close, Opened, Received


@dataclass(frozen=True, slots=True)
class _Cut:
    """From the command `off` to the command `on`. `before`, `after`: the index of the command before these and of the
    one after them, or the bounds of the trace."""

    off: Event
    on: Event
    before: int
    after: int


def power_really_went(trace: Trace, silence: float) -> Finding:
    """Each cut of the mains left the DUT dead: it gave no sign of life, and a read-back or an effect shows the cut.

    A sign of life is also a word on a line from before the cut: a brown-out may have been too short to fell it. An
    effect is a lost carrier, a dark screen, a line that is given up without a word, or `silence` seconds without one:
    so long no terminal that has its mains and its line is silent. Cuts with no sign of life between them are one."""
    switched = [event for event, _ in trace.heard(BENCH, Mains)]
    while switched and not switched[0].body.on:
        del switched[0]  # what had no mains before is not cut
    return _really_went(trace, POWER, switched, silence)


def cable_really_went(trace: Trace, silence: float) -> Finding:
    """Each time a contact pulled the cable the DUT was cut off: nothing came of it, and a read-back or an effect shows
    that it was. An effect is a lost carrier, or what is one for the mains too; `silence` as there."""
    switched = [event for event in trace if isinstance(event.body, Actuated) and event.body.what == LINK]
    return _really_went(trace, LINK, switched, silence)


def _really_went(trace: Trace, what: str, switched: list[Event], silence: float) -> Finding:
    expected = f"dead while its {what} was cut, and something that shows that it was"
    opening = reading.delays(trace).get((what, False))
    lag = LAG + (opening.mean + opening.spread if opening is not None else 0.0)
    doubts: list[tuple[str, Event]] = []
    groups = _groups(trace, what, _cuts(switched, len(trace)))
    for group in groups:
        signs = [
            (f"{sign} {event.at - cut.off.at:.1f} s after the {what} was cut", event)
            for cut in group
            for event, sign in _signs(trace, what, cut)
            if event.at - cut.off.at > lag
        ]
        doubts += signs[:1]
        if not signs and not all(_shown(trace, what, cut) for cut in group) and not _felt(trace, group, lag, silence):
            doubts.append((f"nothing shows that the {what} went at {group[0].off.at:.1f} s", group[0].off))
    if doubts:
        return undecided(expected, "; ".join(text for text, _ in doubts), [event for _, event in doubts])
    if not groups:
        return undecided(expected, "no cut to judge")
    return passed(expected, f"so in {sum(map(len, groups))} cuts", [group[0].off for group in groups])


def _cuts(switched: list[Event], end: int) -> list[_Cut]:
    bounds = [-1, *(event.index for event in switched), end]
    return [
        _Cut(off, on, bounds[number], bounds[number + 3])
        for number, (off, on) in enumerate(pairwise(switched))
        if on.body.on and not off.body.on
    ]


def _groups(trace: Trace, what: str, cuts: list[_Cut]) -> list[list[_Cut]]:
    """The cuts, those together between which the DUT gave no sign of life."""
    groups: list[list[_Cut]] = []
    for cut in cuts:
        if groups and not any(map(ALIVE[what], trace.events[groups[-1][-1].on.index : cut.off.index])):
            groups[-1].append(cut)
        else:
            groups.append([cut])
    return groups


# ---- Signs of life ---------------------------------------------------------------------------------------------------


def _signs(trace: Trace, what: str, cut: _Cut) -> list[tuple[Event, str]]:
    """The signs of life for which a cut leaves no room: while it lasts, and after it on lines that no boot revives."""
    old = {line.number for line in reading.lines(trace) if line.opened.index < cut.off.index and what == POWER}
    during = trace.events[cut.off.index + 1 : cut.on.index]
    revived = [event for event in trace.events[cut.on.index : cut.after] if event.line in old]
    return [(event, sign) for event in [*during, *revived] if (sign := ALIVE[what](event))]


def _talks(event: Event) -> str:
    """The cloud heard something of it. The end of a line is no word of the DUT's: a reset may be our own stack's doing,
    which gave it up, and a goodbye is said by the kernel of a program that is no more."""
    if event.source != reading.CLOUD or not event.line:
        return ""
    match event.body:
        case Opened():
            return "it dialled"
        case Received():
            return "it was heard"
        case body:
            return "it was heard" if isinstance(body, FromTerminal) else ""


def _lives(event: Event) -> str:
    """It talks, shows something, or writes in its journal."""
    match event.body:
        case Screen(text) if text:
            return f"it showed {text!r}"
        case Journal():
            return "it wrote in its journal"
        case _:
            return _talks(event)


ALIVE = {POWER: _lives, LINK: _talks}
"""What an event says of a DUT that is not cut off, in words, by what may be cut; "" if it says nothing of that."""


# ---- What shows that it went -----------------------------------------------------------------------------------------


def _shown(trace: Trace, what: str, cut: _Cut) -> bool:
    """Whether the board read the contact back, or carrier or screen went with it.

    What the contact did may stand in the trace a little before the command that it carries out, or after it."""
    for event in trace.events[cut.before + 1 : cut.on.index]:
        match event.body:
            case Actuated(of, on=False, confirmed=True) if of == what:
                return True
            case Carrier(up=False) if what == LINK or event.index > cut.off.index:
                return True
            case Screen("") if what == POWER and event.index > cut.off.index:
                return True
            case _:
                pass
    return False


def _felt(trace: Trace, group: list[_Cut], lag: float, silence: float) -> bool:
    """Whether a line that was up when it went was heard no more: for long, or until the DUT dialled anew.

    Not if the cloud ended it: then any terminal dials anew."""
    off, on, after = group[0].off, group[-1].on, group[-1].after
    end = trace.events[after].at if after < len(trace) else trace.end
    found = reading.lines(trace)
    new = next((line.opened for line in found if on.index < line.opened.index < after), None)
    bound = after if new is None else new.index
    for line in found:
        closed = line.closed
        if line.opened.index > off.index or (closed is not None and closed.index < off.index):
            continue
        if closed is not None and closed.index < bound and isinstance(closed.body, Close):
            continue
        rest = trace.events[off.index + 1 : bound]
        words = [event.at for event in rest if event.line == line.number and _talks(event)]
        later = [at for at in words if at - off.at > lag]
        if new is not None and not later:
            return True
        if line.registered is not None and min(later, default=end) - off.at >= silence:
            return True
    return False
