"""What the harness's own failings do to a verdict: an impaired harness accuses nobody.

One rule: what stands in the trace as `Impaired` was bad enough to matter (who writes it down holds the threshold, see
`harness.rig.integrity`), and turns each FAIL of that trace into INCONC. A PASS stands: it needs the evidence, not its
absence. What makes the evidence itself doubtful (frames lost, a stepped clock, dials that we dropped) makes the case
INCONC even so; a stall of ours, which only makes us late, does not. A DUT that floods us makes us late itself: then a
stall excuses nothing. A cut of mains or cable in which the DUT went on living is a failing of the bench like any
other: what it then did not do, it had no reason to do.
"""

from __future__ import annotations

from dataclasses import replace

from harness.checks import mains
from harness.checks.reading import CLOUD, passed, undecided
from harness.evidence.bench import Impaired, Overrun
from harness.evidence.trace import Event, Trace
from harness.evidence.verdict import Finding, Verdict
from harness.wire.endpoint import Received

FLOOD = 1 << 20
"""Bytes that a DUT may send in one case before it is to blame for what they keep us busy with: 5000 messages."""


def impairments(trace: Trace) -> list[tuple[Event, Impaired]]:
    """What the trace says of the harness's own failings, in order."""
    found = [(event, event.body) for event in trace if isinstance(event.body, Impaired)]
    return [(event, body) for event, body in found if not (body.seconds and _flooded(trace))]


def _flooded(trace: Trace) -> bool:
    received = sum(len(body.data) for _, body in trace.heard(CLOUD, Received))
    return received > FLOOD or bool(trace.heard(CLOUD, Overrun))


def excused(finding: Finding, trace: Trace) -> Finding:
    """The finding as it may be put on file: in an impaired trace no FAIL."""
    if finding.verdict is not Verdict.FAIL:
        return finding
    found = [*((body.what, event) for event, body in impairments(trace)), *mains.lived_on(trace)]
    if not found:
        return finding
    why = "; ".join(dict.fromkeys(what for what, _ in found))
    actual = f"{finding.actual} (not held against the DUT: {why})"
    evidence = (*finding.evidence, *(event.index for _, event in found))
    return replace(finding, verdict=Verdict.INCONC, actual=actual, evidence=evidence)


def harness_was_fit(trace: Trace) -> Finding:
    """The evidence is whole: no frame lost by the capture, no step of the clock, no dial dropped by a full listener.

    A stall is none of these: it has `seconds`, and excuses what it may have caused."""
    expected = "a harness that saw everything, at the right time"
    found = [(event, body) for event, body in impairments(trace) if not body.seconds]
    if found:
        return undecided(expected, "; ".join(body.what for _, body in found), [event for event, _ in found])
    return passed(expected, "so it was")
