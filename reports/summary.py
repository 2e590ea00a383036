"""What a run says of every requirement, as one dictionary for machines and one exit code; `reports.table` draws it.

Each word is taken from the findings upwards, and on the way up nothing gets milder: a case counts at least as bad as
the worst finding in it, a requirement as bad as the worst that any case says of it, the run as bad as its worst case.
A case may also end worse than all its findings: the harm never took hold, the bench broke, the case crashed. What its
checks let pass was then not shown, so the requirements they speak of count as badly as the case ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

from harness.evidence.record import CaseRecord, Judgement, Skip
from harness.evidence.requirement import Requirement
from harness.evidence.verdict import Verdict, overall
from reports.distribution import ReturnsLine


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The facts of a run. `dut`: the kind of DUT; `started`: ISO 8601; `versions`: of the harness and what it uses."""

    programme: str
    bench: str
    dut: str
    answers: str
    seed: int
    started: str
    time_scale: float = 1.0
    versions: dict[str, str] = field(default_factory=dict)
    wire: str = ""
    rig: tuple[str, ...] = ()
    """What switches, reads and asks on this bench, and how it was found and left."""

    @property
    def rehearsal(self) -> str:
        """What must be said of a run on a clock that is not the document's; "" for a run in its own times."""
        if self.time_scale == 1:
            return ""
        return f"compressed clock ×{self.time_scale:g}: rehearsal, not a certification"


# ---- The shape of summary.json ---------------------------------------------------------------------------------------


class CaseLine(TypedDict):
    case: str
    verdict: str  # a Verdict's name, or the words of a Skip


class RequirementLine(TypedDict):
    id: str
    level: str
    text: str
    clause: str
    chapter: str
    verdict: str  # NONE: no case judged it
    warnings: int
    skip: str  # set only where no case judged it
    reason: str  # of the skip, or that there is no case
    unobservable: str  # why nobody can observe it, "" if one can
    cases: list[CaseLine]


class EventLine(TypedDict):
    index: int
    shown: str


class FindingLine(TypedDict):
    verdict: str
    warning: bool
    requirements: list[str]
    case: str
    check: str  # "" where the case ended so for another reason than a check
    limits: dict[str, Any]
    expected: str
    actual: str
    trace: str
    events: list[EventLine]


class AssumedLine(TypedDict):
    what: str  # what names or figures these are, and with whom they are to be confirmed
    names: list[str]
    requirements: list[str]
    cases: list[str]


class Totals(TypedDict):
    cases: dict[str, int]
    requirements: dict[str, int]
    warnings: int


class Summary(TypedDict):
    run: dict[str, Any]
    rehearsal: str
    verdict: str
    exit_code: int
    totals: Totals
    requirements: list[RequirementLine]
    findings: list[FindingLine]  # all that is not plainly passed, the worst first
    assumed: list[AssumedLine]  # what verdicts of this run rest on and nobody has confirmed
    returns: list[ReturnsLine]  # how soon the terminal was back, by what had cost it its line


# ---- Cases and the run -----------------------------------------------------------------------------------------------

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONC: 2, Verdict.ERROR: 3}
MEANINGS = {
    0: "conforms in what was decided",
    1: "does not conform: a requirement is broken",
    2: "undecided: nothing failed, but not everything could be decided",
    3: "the bench or the harness broke: nothing is said about the DUT where it did",
}


def ending(record: CaseRecord) -> Verdict:
    """The verdict of a case: NONE if it did not run, ERROR if it ran and reached none."""
    if record.skip is not None:
        return Verdict.NONE
    if record.verdict is Verdict.NONE:
        return Verdict.ERROR
    return overall((record.verdict, _worst(record.judgements)))


def run_verdict(records: Sequence[CaseRecord]) -> Verdict:
    """The worst of the cases that ran: ERROR before FAIL, because a bench that breaks is no witness for the rest.

    If none ran, the run proves nothing and is no PASS: INCONC if the ICS made every case not applicable, ERROR if the
    bench could run none of those that apply, or if there was no case at all."""
    verdict = overall(map(ending, records))
    if verdict is not Verdict.NONE:
        return verdict
    silenced = bool(records) and all(record.skip is Skip.NOT_APPLICABLE for record in records)
    return Verdict.INCONC if silenced else Verdict.ERROR


def exit_code(records: Sequence[CaseRecord]) -> int:
    """0 conforms, 1 FAIL, 2 nothing failed but INCONC, 3 bench or harness ERROR, also beside a FAIL. 4, usage, is not
    a matter of records."""
    return EXIT_CODES[run_verdict(records)]


def _worst(judgements: Iterable[Judgement]) -> Verdict:
    return overall(judgement.finding.verdict for judgement in judgements)


def _explained(record: CaseRecord) -> bool:
    """The case ended as its findings say, not worse."""
    return _worst(record.judgements) >= ending(record)


def word_of_case(record: CaseRecord) -> str:
    """What stands beside a case: its verdict, or the kind of its skip."""
    return record.skip.value if record.skip is not None else ending(record).name


# ---- Requirements ----------------------------------------------------------------------------------------------------


def _names(record: CaseRecord) -> set[str]:
    """The ids of the requirements that a case is about: those it says, and those it judged all the same."""
    return {requirement.id for requirement in record.requirements} | {
        id for judgement in record.judgements for id in judgement.requirements
    }


def _verdict_on(id: str, record: CaseRecord) -> Verdict:
    judged = _worst(judgement for judgement in record.judgements if id in judgement.requirements)
    ended = ending(record)
    if ended in (Verdict.INCONC, Verdict.ERROR) and (judged is Verdict.NONE or not _explained(record)):
        return overall((judged, ended))
    return judged


def _line(requirement: Requirement, about: Sequence[CaseRecord], chapter: str, lifted: str) -> RequirementLine:
    verdict = overall(_verdict_on(requirement.id, record) for record in about)
    # A case the bench cannot run shows that the requirement applies, whatever the ICS say of another case.
    skipped = [record for record in about if record.skip is not None and verdict is Verdict.NONE]
    skip = max(skipped, key=lambda record: record.skip is Skip.NOT_RUN, default=None)
    reason = skip.reason if skip is not None else "" if about else lifted or "no case names it"
    # Claims that take away the cases do not take away the sentence: it holds, and nobody has looked.
    unseen = skip is not None and skip.skip is Skip.NOT_APPLICABLE and not lifted
    return {
        "id": requirement.id,
        "level": requirement.level.value,
        "text": requirement.text,
        "clause": requirement.clause,
        "chapter": chapter,
        "verdict": verdict.name,
        "warnings": sum(requirement.id in judgement.requirements for record in about for judgement in record.warnings),
        "skip": Skip.NOT_RUN.value if unseen else _skip_of(skip, lifted if verdict is Verdict.NONE else ""),
        "reason": f"no case can see it: {reason}" if unseen else reason,
        "unobservable": "" if requirement.seen else requirement.why_unseen or "nobody can observe it",
        "cases": [{"case": record.case, "verdict": word_of_case(record)} for record in about],
    }


def _skip_of(skip: CaseRecord | None, lifted: str) -> str:
    """Why nothing judged a requirement: the word of a case that did not run, or that the ICS lift it."""
    if skip is not None and skip.skip is not None:
        return skip.skip.value
    return Skip.NOT_APPLICABLE.value if lifted else ""


def word_of(line: RequirementLine) -> str:
    """What stands beside a requirement: its verdict, or why it has none."""
    if line["verdict"] != "NONE":
        return line["verdict"]
    if line["skip"]:
        return line["skip"]
    if line["unobservable"]:
        return "unobservable"
    return "not judged" if line["cases"] else "no case"


# ---- Findings --------------------------------------------------------------------------------------------------------

Show = Callable[[CaseRecord, int], str]
"""How the event of this index in the trace of a case looks to a reader, on one line."""


def _findings(record: CaseRecord, show: Show) -> Iterator[FindingLine]:
    for judgement in record.judgements:
        finding = judgement.finding
        if finding.warning or finding.verdict > Verdict.PASS:
            yield {
                "verdict": finding.verdict.name,
                "warning": finding.warning,
                "requirements": list(judgement.requirements),
                "case": record.case,
                "check": judgement.check,
                "limits": dict(judgement.limits),
                "expected": finding.expected,
                "actual": finding.actual,
                "trace": record.trace,
                "events": [{"index": index, "shown": show(record, index)} for index in finding.evidence],
            }
    if record.skip is None and not _explained(record):
        yield {
            "verdict": ending(record).name,
            "warning": False,
            "requirements": [requirement.id for requirement in record.requirements],
            "case": record.case,
            "check": "",
            "limits": {},
            "expected": record.purpose.partition("\n")[0],
            "actual": record.reason or "the case ended without a verdict",
            "trace": record.trace,
            "events": [],
        }


def summary(
    records: Sequence[CaseRecord],
    catalogue: Sequence[Requirement],
    *,
    run: RunInfo,
    chapter_of: Callable[[Requirement], str] = lambda requirement: requirement.clause,
    lifted: Callable[[Requirement], str] = lambda _requirement: "",
    show: Show = lambda _record, _index: "",
    returns: Sequence[ReturnsLine] = (),
) -> Summary:
    """What the run says of the whole catalogue; JSON values only, written as `summary.json`.

    `chapter_of`: the heading a requirement is listed under; `lifted`: the ICS answer by which it does not apply, or "".
    A requirement that a case names and the catalogue lacks follows at the end, so that no verdict is lost."""
    known = dict.fromkeys(catalogue) | dict.fromkeys(r for record in records for r in record.requirements)
    about: dict[str, list[CaseRecord]] = {}
    for record in records:
        for id in _names(record):
            about.setdefault(id, []).append(record)
    lines = [_line(item, about.get(item.id, ()), chapter_of(item), lifted(item)) for item in known]
    findings = [finding for record in records for finding in _findings(record, show)]
    findings.sort(key=lambda finding: (finding["warning"], -Verdict[finding["verdict"]]))
    words = [verdict.name for verdict in list(Verdict)[1:]] + [skip.value for skip in Skip]
    return {
        "run": asdict(run),
        "rehearsal": run.rehearsal,
        "verdict": run_verdict(records).name,
        "exit_code": exit_code(records),
        "totals": {
            "cases": dict.fromkeys(words, 0) | Counter(map(word_of_case, records)),
            "requirements": dict.fromkeys(words, 0) | Counter(map(word_of, lines)),
            "warnings": sum(len(record.warnings) for record in records),
        },
        "requirements": lines,
        "findings": findings,
        "assumed": _assumed(records, known),
        "returns": list(returns),
    }


def _assumed(records: Sequence[CaseRecord], known: Iterable[Requirement]) -> list[AssumedLine]:
    """What is still to be confirmed before the cases that ran mean what they say; a line for each kind of it."""
    ran: dict[str, list[CaseRecord]] = {}
    for record in records:
        if record.assumed is not None and record.skip is None:
            ran.setdefault(record.assumed.what, []).append(record)
    return [
        {
            "what": what,
            "names": sorted({name for record in about if record.assumed for name in record.assumed.names}),
            "requirements": [item.id for item in known if any(item in record.requirements for record in about)],
            "cases": [record.case for record in about],
        }
        for what, about in ran.items()
    ]
