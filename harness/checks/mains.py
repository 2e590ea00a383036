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
from harness.checks.reading import BENCH, LAG, LINK, POWER, Line, passed, undecided
from harness.evidence.bench import Actuated, Carrier, Journal, Mains, Screen
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding
from harness.wire.econduit import FromTerminal
from harness.wire.endpoint import Close, Opened, PeerClosed, Received

BESIDE = "terminal"
"""The source of a terminal beside the DUT, with mains of its own: then the lines of the cloud are none of the DUT's."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """From the command `off` to the command `on`. `number`: of the cuts before it, and so of the life that it ends;
    `before`: the index of the command before it, or -1."""

    number: int
    off: Event
    on: Event
    before: int


def power_really_went(trace: Trace, silence: float) -> Finding:
    """Each cut of the mains left the DUT dead: it gave no sign of life, and a read-back or an effect shows the cut.

    A sign of life is also a word on a line from before the cut: a brown-out may have been too short to fell it. An
    effect is a lost carrier, a dark screen, a line that is given up without a word, or `silence` seconds without one:
    so long no terminal that has its mains and its line is silent. Cuts with no dial between them are one."""
    return _really_went(trace, POWER, silence)


def cable_really_went(trace: Trace, silence: float) -> Finding:
    """Each time a contact pulled the cable the DUT was cut off: nothing came of it, and a read-back or an effect shows
    that it was. An effect is a lost carrier, or what is one for the mains too; `silence` as there."""
    return _really_went(trace, LINK, silence)


def lived_on(trace: Trace) -> list[tuple[str, Event]]:
    """The first sign of life in each cut that was none, of the mains or the cable: what it did, and the event."""
    if trace.heard(BESIDE, Mains):
        return []
    found = []
    for what in (POWER, LINK):
        cuts, lag = _cuts(trace, what), _lag(trace, what)
        lives = _lives_of(trace, cuts, lag)
        found += [sign for cut in cuts for sign in _signs(trace, what, cut, lives, lag)[:1]]
    return found


def _really_went(trace: Trace, what: str, silence: float) -> Finding:
    expected = f"dead while its {what} was cut, and something that shows that it was"
    cuts, lag = _cuts(trace, what), _lag(trace, what)
    lives = _lives_of(trace, cuts, lag)
    doubts: list[tuple[str, Event]] = []
    for group in _groups(cuts, lives):
        off = group[0].off
        signs = [found for cut in group for found in _signs(trace, what, cut, lives, lag)]
        doubts += signs[:1]
        if not signs and not (
            all(_shown(trace, what, cut) for cut in group) or _felt(trace, what, group, lives, silence)
        ):
            doubts.append((f"nothing shows that the {what} went at {off.at:.1f} s", off))
    if doubts:
        return undecided(expected, "; ".join(text for text, _ in doubts), [event for _, event in doubts])
    if not cuts:
        return undecided(expected, "no cut to judge")
    return passed(expected, f"so in {len(cuts)} cuts", [cut.off for cut in cuts])


def _lag(trace: Trace, what: str) -> float:
    """Seconds after a command to cut in which a sign of life says nothing."""
    opening = reading.delays(trace).get((what, False))
    return LAG + (opening.mean + opening.spread if opening is not None else 0.0)


def _cuts(trace: Trace, what: str) -> list[_Cut]:
    if what == POWER:
        switched = [event for event, _ in trace.heard(BENCH, Mains)]
        while switched and not switched[0].body.on:
            del switched[0]  # what had no mains before is not cut
    else:
        switched = [event for event in trace if isinstance(event.body, Actuated) and event.body.what == what]
    commands = [-1, *(event.index for event in switched)]
    pairs = [
        (off, on, before)
        for (off, on), before in zip(pairwise(switched), commands, strict=False)  # the last command ends no cut
        if on.body.on and not off.body.on
    ]
    return [_Cut(number, off, on, before) for number, (off, on, before) in enumerate(pairs)]


# ---- The lives that cuts end -----------------------------------------------------------------------------------------

Lives = list[tuple[int, Line]]
"""Each line with the number of the cuts before its dial: of the life in which the DUT opened it."""


def _lives_of(trace: Trace, cuts: list[_Cut], lag: float) -> Lives:
    """A dial that was under way when a cut came, and was heard a little later, is of the life before it."""
    return [(sum(_after(line.opened, cut, lag) for cut in cuts), line) for line in reading.lines(trace)]


def _after(event: Event, cut: _Cut, lag: float) -> bool:
    return event.index > cut.on.index or (event.index > cut.off.index and event.at - cut.off.at > lag)


def _groups(cuts: list[_Cut], lives: Lives) -> list[list[_Cut]]:
    """The cuts, those together between which the DUT did not dial."""
    dialled = {life for life, _ in lives}
    groups: list[list[_Cut]] = []
    for cut in cuts:
        if groups and cut.number not in dialled:
            groups[-1].append(cut)
        else:
            groups.append([cut])
    return groups


# ---- Signs of life ---------------------------------------------------------------------------------------------------


def _signs(trace: Trace, what: str, cut: _Cut, lives: Lives, lag: float) -> list[tuple[str, Event]]:
    """The signs of life for which a cut leaves no room: while it lasts, and after it on lines that no boot revives."""
    old = {line.number for life, line in lives if life <= cut.number and what == POWER}
    return [
        (f"{sign} {event.at - cut.off.at:.1f} s after the {what} was cut", event)
        for event in trace.events[cut.off.index + 1 :]
        if (event.index < cut.on.index or event.line in old) and event.at - cut.off.at > lag
        if (sign := ALIVE[what](event) or _goodbye(event, cut))
    ]


def _goodbye(event: Event, cut: _Cut) -> str:
    """A line that is closed once the mains are back. While they are gone a kernel may say it for a killed program."""
    said = event.source == reading.CLOUD and event.index > cut.on.index and event.body == PeerClosed(event.line, False)
    return "it closed a line" if said else ""


def _talks(event: Event) -> str:
    """The cloud heard something of it. The end of a line is no such word: our own stack may have given it up."""
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


def _felt(trace: Trace, what: str, group: list[_Cut], lives: Lives, silence: float) -> bool:
    """Whether a line that was up when it went was heard no more: for long, or until the DUT dialled anew.

    Not if the cloud ended it: then any terminal dials anew. Nor while the wire was harmed, which silences any."""
    off, on = group[0].off, group[0].on
    outages = [harm for harm in reading.harms(trace) if harm.outage and what != LINK and harm.until >= off.at]
    new = next((line.opened for life, line in lives if life > group[-1].number), None)
    bound = len(trace) if new is None else new.index
    for life, line in lives:
        # Lines of an earlier life are dead since its end; a cable that was out for a moment has cost none.
        if not (life == group[0].number or (what == LINK and life < group[0].number)):
            continue
        closed = line.closed
        if closed is not None and (
            closed.index < off.index or (closed.index < bound and isinstance(closed.body, Close))
        ):
            continue
        later = [event.at for event in trace.events[on.index : bound] if event.line == line.number and _talks(event)]
        later += [harm.since for harm in outages if harm.began.index < bound]
        if new is not None and not later:
            return True
        if line.registered is not None and min(later, default=trace.end) - off.at >= silence:
            return True
    return False
