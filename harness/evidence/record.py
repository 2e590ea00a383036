"""What a case leaves behind: which rules judged it, with which limits, to which findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.evidence.requirement import Requirement
from harness.evidence.verdict import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """One application of a check: enough to apply it again to the recorded trace.

    `check`: `module:function`; `limits`: its keyword arguments, JSON values only; `requirements`: ids; `events`: how
    many events the trace had then: the case may have gone on."""

    check: str
    limits: dict[str, Any]
    requirements: tuple[str, ...]
    finding: Finding
    events: int | None = None


@dataclass(frozen=True, slots=True)
class Assumed:
    """Names or figures that a case rests on and no document fixes. `what`: what they are and with whom they are to be
    confirmed, as one clause; `names`: those that nobody has confirmed yet."""

    what: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.what}: {', '.join(self.names)}"


class Skip(StrEnum):
    """Why a case did not run. The two never share a word: the first speaks of the DUT, the second of the bench."""

    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case as it ended.

    `case`: pytest's node id; `purpose`: the test purpose, first line first; `skip` and `reason`: set where it did not
    run, or where INCONC and ERROR come from something else than a check; `time_scale`: 1 for the document's own times;
    `trace`: path of the trace file relative to the run's folder, "" if there is none; `real`: wall seconds; `assumed`:
    what its verdict rests on that is still to be confirmed."""

    case: str
    programme: str
    chapter: str
    purpose: str
    requirements: tuple[Requirement, ...]
    verdict: Verdict
    judgements: tuple[Judgement, ...] = ()
    skip: Skip | None = None
    reason: str = ""
    trace: str = ""
    seed: int = 0
    time_scale: float = 1.0
    real: float = 0.0
    attachments: tuple[str, ...] = field(default=())
    assumed: Assumed | None = None

    @property
    def warnings(self) -> tuple[Judgement, ...]:
        return tuple(judgement for judgement in self.judgements if judgement.finding.warning)
