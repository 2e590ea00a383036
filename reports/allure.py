"""Hands cases and runs to Allure; the one place that knows it.

What Allure can be told, and when, is bound to the life of a pytest item, so each function names the hook to call it
from. Nothing here opens an Allure step: steps nest by thread, and would tangle as soon as two tasks of a case overlap.

Allure knows passed, failed, broken and skipped, and takes them from what pytest saw: FAIL must reach it as
`pytest.fail`, INCONC and ERROR as any other exception, both kinds of skip as `pytest.skip`. It calls INCONC and ERROR
alike broken, so the label `verdict` carries our own word, and the categories go by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import allure

from harness.evidence.record import CaseRecord, Judgement
from harness.evidence.requirement import Level, Requirement
from reports.summary import Summary, word_of_case

RESULTS = "allure-results"
"""The folder in a run's folder that Allure writes to (`--alluredir`)."""

VERDICT = "verdict"
"""The label whose value is the word of the case: a verdict's name, the words of a skip, or `WARNING`."""

WARNING = "WARNING"

UNCONFIRMED = "unconfirmed"
"""The tag of a case whose verdict rests on what is still to be confirmed before certifying."""

CATEGORIES = {
    "FAIL": ("The DUT broke a requirement (FAIL)", "failed"),
    "ERROR": ("The bench or the harness broke (ERROR)", "broken"),
    "INCONC": ("The trace does not decide (INCONC)", "broken"),
    WARNING: ("Passed, with a SHOULD broken (warning)", "passed"),
    "not run": ("Not run: this bench cannot", "skipped"),
    "not applicable": ("Not applicable: the ICS say no", "skipped"),
}
"""The heading of each word of a case, and the Allure status that goes with it."""

# Allure's own types leave these open.
_TELL: Any = allure.dynamic
_ATTACH_FILE: Any = allure.attach.file
_ATTACH_TO_RUN: Any = allure.global_attach.file

_SEVERITY = {
    Level.MUST: allure.severity_level.CRITICAL,
    Level.SHOULD: allure.severity_level.NORMAL,
    Level.MAY: allure.severity_level.MINOR,
}

# ---- A case ----------------------------------------------------------------------------------------------------------


def report_case(record: CaseRecord, run_dir: Path) -> None:
    """Tell Allure of the case that has just ended. `run_dir`: what the paths in the record are relative to.

    Call it from `pytest_runtest_makereport` once `call.when == "teardown"`, also for a case that was skipped. Earlier,
    the adapter would write the docstring over the description; later, at `pytest_runtest_logfinish`, the result has
    left. Where no `--alluredir` was given it does nothing."""
    word = WARNING if record.warnings and word_of_case(record) == "PASS" else word_of_case(record)
    _TELL.epic(record.programme)
    _TELL.feature(record.chapter)
    _TELL.story(*(f"{requirement.id} {requirement.text}" for requirement in record.requirements))
    _TELL.severity(_severity(record))
    _TELL.description(_description(record))
    _TELL.label(VERDICT, word)
    if word != "PASS":
        _TELL.tag(word)
    if record.assumed is not None and record.skip is None:
        _TELL.tag(UNCONFIRMED)
    # The seed differs from run to run; excluded, it does not make another case of it in the history.
    _TELL.parameter("seed", record.seed, excluded=True)
    if record.time_scale != 1:
        _TELL.parameter("clock", f"×{record.time_scale:g}", excluded=True)
    if record.judgements:
        allure.attach("\n\n".join(map(_told, record.judgements)), "findings", allure.attachment_type.TEXT)
    for path in filter(None, (record.trace, *record.attachments)):
        _ATTACH_FILE(run_dir / path, *_kind(Path(path)))


def _severity(record: CaseRecord) -> str:
    """As grave as the gravest requirement; a sanity case, without which none of the others means anything, blocks."""
    if "sanity" in (record.programme.casefold(), record.chapter.casefold()):
        return allure.severity_level.BLOCKER
    levels = {requirement.level for requirement in record.requirements}
    return next((_SEVERITY[level] for level in Level if level in levels), allure.severity_level.NORMAL)


def _description(record: CaseRecord) -> str:
    """In Markdown: the test purpose, then what the document says."""

    def line(requirement: Requirement) -> str:
        return f"- **{requirement.id}** ({requirement.level}; {requirement.clause}): {requirement.text}"

    parts = [record.purpose, "\n".join(map(line, record.requirements)), record.reason]
    if record.assumed is not None:
        parts.append(f"**Unconfirmed:** {record.assumed}")
    return "\n\n".join(filter(None, parts))


def _told(judgement: Judgement) -> str:
    finding = judgement.finding
    lines = [
        f"{WARNING if finding.warning else finding.verdict.name}  {', '.join(judgement.requirements)}",
        f"expected  {finding.expected}",
        f"observed  {finding.actual}",
        f"check     {judgement.check} {json.dumps(judgement.limits)}",
    ]
    return "\n".join(lines + [f"events    {', '.join(map(str, finding.evidence))}"] * bool(finding.evidence))


_TYPES = {
    ".json": allure.attachment_type.JSON.mime_type,
    ".yaml": allure.attachment_type.YAML.mime_type,
    ".png": allure.attachment_type.PNG.mime_type,
    ".svg": allure.attachment_type.SVG.mime_type,
    ".pcapng": allure.attachment_type.PCAP.mime_type,
    ".jsonl": allure.attachment_type.TEXT.mime_type,
    ".txt": allure.attachment_type.TEXT.mime_type,
    ".log": allure.attachment_type.TEXT.mime_type,
}


def _kind(path: Path) -> tuple[str, str, str]:
    """Name, media type and extension of an attachment."""
    return path.name, _TYPES.get(path.suffix, "application/octet-stream"), path.suffix.lstrip(".") or "bin"


# ---- A run -----------------------------------------------------------------------------------------------------------


def report_run(summary: Summary, results: Path, files: Iterable[Path] = ()) -> None:
    """Tell Allure of the run: its facts, who ran it, how cases are sorted; and attach `files` (bench, answers, table).

    Call it from `pytest_sessionfinish`, when `results` exists and the verdict is known."""
    run = summary["run"]
    unconfirmed = {id for one in summary["assumed"] for id in one["requirements"]}
    facts = {
        "Verdict": f"{summary['verdict']} (exit code {summary['exit_code']})",
        **({"Unconfirmed": f"{len(unconfirmed)} requirements (tag {UNCONFIRMED})"} if unconfirmed else {}),
        "Clock": _clock(run["time_scale"]),
        "Wire": run["wire"].partition(";")[0] or "none",
        "Rig": "; ".join(run["rig"]) or "nothing beside the DUT",
        "Standing": "rehearsal, not a certification" if summary["rehearsal"] else "certification",
        "Programme": run["programme"],
        "Bench": run["bench"],
        "DUT": run["dut"],
        "Answers": run["answers"],
        "Seed": run["seed"],
        "Started": run["started"],
    } | run["versions"]
    properties = "".join(f"{_key(name)}={_one_line(value)}\n" for name, value in facts.items())
    (results / "environment.properties").write_text(properties, encoding="utf-8")
    executor = {"name": f"bench {run['bench']}", "type": "bench", "buildName": run["started"]}
    _write(results / "executor.json", executor)
    _write(results / "categories.json", _categories_of_allure_2())
    for path in files:
        _ATTACH_TO_RUN(path, *_kind(path))


def categories() -> list[dict[str, Any]]:
    """The categories as Allure 3 wants them, in its configuration: it does not read them from the results."""
    return [{"name": name, "matchers": {"labels": {VERDICT: f"^{word}$"}}} for word, (name, _) in CATEGORIES.items()]


def _categories_of_allure_2() -> list[dict[str, Any]]:
    """Allure 2 knows no labels here, so it goes by the words of the message, and cannot tell a warning."""
    broken = {"INCONC": r"(?s).*\bINCONC\b.*", "ERROR": r"(?s)(?!.*\bINCONC\b).*"}
    return [
        {"name": name, "matchedStatuses": [status], "messageRegex": broken.get(word, rf"(?s).*\b{word}\b.*")}
        for word, (name, status) in CATEGORIES.items()
        if word != WARNING
    ]


def _clock(scale: float) -> str:
    """Short, as all facts are, because one has 36 columns in the report; the title says it whole."""
    return "the document's own times" if scale == 1 else f"compressed ×{scale:g}"


def _key(name: str) -> str:
    """A name that a properties file takes: it ends at the first space, colon or equals sign."""
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in name)


def _one_line(value: object) -> str:
    return " ".join(str(value).split()).replace("\\", "\\\\")


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


# ---- What pytest-asyncio leaves behind -------------------------------------------------------------------------------


def tidy(results: Path) -> None:
    """Take the plumbing of the event loop out of the results: its fixtures, the finalizers without a name, its tag.

    Call it when Allure has written everything: from `pytest_unconfigure`, or after pytest."""
    for path in results.glob("*-container.json"):
        container = json.loads(path.read_text("utf-8"))
        for side in ("befores", "afters"):
            container[side] = [fixture for fixture in container.get(side, ()) if not _is_plumbing(fixture["name"])]
        if container["befores"] or container["afters"]:
            _write(path, container)
        else:
            path.unlink()
    for path in results.glob("*-result.json"):
        result = json.loads(path.read_text("utf-8"))
        asyncio = {"name": "tag", "value": "asyncio"}
        if asyncio in result.get("labels", ()):
            result["labels"] = [label for label in result["labels"] if label != asyncio]
            _write(path, result)


def _is_plumbing(name: str) -> bool:
    """pytest-asyncio's own fixtures, and what pytest itself finalizes, begin with an underscore or end in a lambda."""
    fixture, _, finalizer = name.partition("::")
    ours = fixture not in ("event_loop_policy", "pytestconfig")
    return fixture.startswith("_") or not ours or finalizer == "<lambda>"
