"""The summary of a run as a table for people: what was required, how it stands, what was found, and what is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reports import layout
from reports.summary import MEANINGS, FindingLine, RequirementLine, Summary, word_of

_COLUMNS = "  {:<9}{:<7}{:<14} {:>5}  {}"
_COLOURS = {"PASS": "32", "FAIL": "1;31", "INCONC": "33", "ERROR": "1;35", "warning": "33"}


def table(summary: Summary, *, colour: bool = False) -> str:
    """The summary as text of `layout.WIDTH` columns: requirements by chapter, what was found, totals, the exit code."""

    def paint(text: str, word: str) -> str:
        return f"\x1b[{_COLOURS.get(word, '2')}m{text}\x1b[0m" if colour else text

    def bold(text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if colour else text

    run = summary["run"]
    where = f"bench {run['bench']} · {run['dut']} · {run['answers']} · seed {run['seed']} · {run['started']}"
    lines = [bold(f"{run['programme']}: {summary['verdict']}"), layout.printable(where)]
    lines += layout.field("wire", run["wire"]) if run["wire"] else []
    lines += [line for told in run["rig"] for line in layout.field("rig", told)]
    lines += [paint(summary["rehearsal"], "warning")] if summary["rehearsal"] else []
    lines += ["", _COLUMNS.format("id", "level", "verdict".ljust(14), "cases", "requirement")]
    assumed = {id for line in summary["assumed"] for id in line["requirements"]}
    for chapter, members in _by_chapter(summary["requirements"]).items():
        lines += ["", bold(chapter)]
        lines += [_row(line, paint, "*" if line["id"] in assumed else "") for line in members]
    for finding, others in _merged(summary["findings"]):
        word = "warning" if finding["warning"] else finding["verdict"]
        lines += ["", paint(word, word), *_told(finding, others, summary["requirements"])]
    lines += ["", *_silences(summary["requirements"])]
    totals, code = summary["totals"], summary["exit_code"]
    decided = totals["requirements"]["PASS"] + totals["requirements"]["FAIL"]
    lines += [
        "",
        *layout.field("cases", f"{sum(totals['cases'].values())}: {layout.counted(totals['cases'])}", 18),
        *layout.field("requirements", f"{len(summary['requirements'])}: {layout.counted(totals['requirements'])}", 18),
        *layout.field(
            "decided", f"{decided} of {len(summary['requirements'])} requirements; warnings: {totals['warnings']}", 18
        ),
        bold(f"  exit {code}          {MEANINGS[code]}"),
    ]
    lines += layout.field("wire", run["wire"]) if run["wire"] else []
    for one in summary["assumed"]:
        about = f"{', '.join(one['requirements'])}: {one['what']} ({', '.join(one['names'])})"
        lines += [paint(line, "warning") for line in layout.field("* unconfirmed", about, 18)]
    lines += [paint(summary["rehearsal"], "warning")] if summary["rehearsal"] else []
    return "\n".join(lines) + "\n"


def _by_chapter(lines: Iterable[RequirementLine]) -> dict[str, list[RequirementLine]]:
    chapters: dict[str, list[RequirementLine]] = {}
    for line in lines:
        chapters.setdefault(line["chapter"], []).append(line)
    return chapters


def _row(line: RequirementLine, paint: Callable[[str, str], str], mark: str) -> str:
    """`cases`: how many gave this verdict, and of how many if not all did. `mark`: refers the reader to the end."""
    word = word_of(line)
    said = f"{word}, warning" if line["warnings"] else word
    same, all_of_them = sum(case["verdict"] == word for case in line["cases"]), len(line["cases"])
    cases = f"{same}" if same == all_of_them else f"{same}/{all_of_them}"
    text = layout.cut(line["text"], layout.WIDTH - len(_COLUMNS.format("", "", said.ljust(14), "", "")))
    return _COLUMNS.format(line["id"] + mark, line["level"], paint(said.ljust(14), word), cases, text)


def _silences(lines: Iterable[RequirementLine]) -> Iterator[str]:
    """Why requirements have no verdict, each reason once with all it silences."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        word = word_of(line)
        if line["verdict"] == "NONE" and (line["reason"] or line["unobservable"]):
            reasons.setdefault((word, line["reason"] if line["skip"] else line["unobservable"]), []).append(line["id"])
    for (word, reason), ids in sorted(reasons.items()):
        text = ", ".join(ids)
        yield from layout.field(word, f"{text}: {reason}" if reason else text, 18)


def _merged(findings: Iterable[FindingLine]) -> list[tuple[FindingLine, int]]:
    """One finding for all that say the same of several cases, and how many others say so."""
    same: dict[tuple[object, ...], list[FindingLine]] = {}
    for finding in findings:
        key = (finding["verdict"], finding["warning"], *finding["requirements"], finding["check"], finding["expected"])
        same.setdefault(key, []).append(finding)
    return [(first, len(others)) for first, *others in same.values()]


def _told(finding: FindingLine, others: int, requirements: Iterable[RequirementLine]) -> Iterator[str]:
    for line in requirements:
        if line["id"] in finding["requirements"]:
            yield from layout.field(line["id"], f"{line['level']}: {line['text']}")
    yield from layout.field("expected", finding["expected"])
    yield from layout.field("observed", finding["actual"])
    yield from layout.field("case", finding["case"] + (f" and {others} more" if others else ""))
    if finding["trace"]:
        yield from layout.field("trace", finding["trace"])
    if bare := [str(event["index"]) for event in finding["events"] if not event["shown"]]:
        yield from layout.field("events", ", ".join(bare))
    for event in finding["events"]:
        if event["shown"]:
            yield from layout.field("event", f"{event['index']} {event['shown']}")
