"""A small campaign under the real Allure plugin: what it writes when the adapter is called from the hooks it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reports.allure import CATEGORIES, RESULTS, categories, report_run, tidy
from reports.summary import RunInfo, summary

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

CONFTEST = """
from pathlib import Path

import pytest

from harness.evidence.record import Assumed, CaseRecord, Judgement, Skip
from harness.evidence.requirement import MUST, SHOULD
from harness.evidence.verdict import Finding, Verdict
from reports.allure import report_case

A = MUST("ECD-042", "After any drop, a new registration is sent", "Registration")
B = SHOULD("ECD-061", "The heartbeat comes about once per minute", "Heartbeat")
PASSED = Judgement("m:f", {"at_least": 2}, ("ECD-042",), Finding(Verdict.PASS, "two", "two"))
WARNED = Judgement("m:g", {}, ("ECD-061",), Finding(Verdict.PASS, "60 s", "74 s", (3, 4), warning=True))

OPEN = Assumed("names are analogues; ask", ("list", "pay"))

ENDINGS = {
    "test_passed": dict(verdict=Verdict.PASS, judgements=(PASSED,), trace="one.jsonl"),
    "test_warned": dict(verdict=Verdict.PASS, judgements=(PASSED, WARNED), attachments=("screen.png", "wire.odd")),
    "test_undecided": dict(verdict=Verdict.INCONC, reason="it never bit"),
    "test_absent": dict(verdict=Verdict.NONE, skip=Skip.NOT_RUN, reason="no relay", assumed=OPEN),
    "test_sanity": dict(verdict=Verdict.PASS, judgements=(PASSED,), chapter="sanity", assumed=OPEN),
}

@pytest.fixture
async def cloud():
    yield

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "teardown":
        facts = dict(programme="eConduit Direct", chapter="Registration", purpose="It registers.") | ENDINGS[item.name]
        report_case(CaseRecord(case=item.nodeid, requirements=(A, B), seed=7, **facts), Path("run"))
    return report
"""

CASES = '''
import pytest

async def test_passed(cloud):
    """The docstring that the description replaces."""

async def test_warned(cloud): pass

async def test_undecided(cloud): raise RuntimeError("INCONC: it never bit")

async def test_absent(cloud): pytest.skip("not run: no relay")

async def test_sanity(cloud): pass
'''


@pytest.fixture
def results(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(CASES)
    (pytester.path / "run").mkdir()
    for name in ("one.jsonl", "screen.png", "wire.odd"):
        (pytester.path / "run" / name).write_text("content")
    ran = pytester.runpytest_subprocess(f"--alluredir={RESULTS}", "-p", "no:cacheprovider")
    ran.assert_outcomes(passed=3, failed=1, skipped=1)
    return pytester.path / RESULTS


def cases(results: Path) -> dict[str, Any]:
    return {case["name"]: case for case in map(read, results.glob("*-result.json"))}


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def labels(case: Any, name: str) -> list[str]:
    return [label["value"] for label in case["labels"] if label["name"] == name]


def test_a_case_is_filed_under_its_programme_chapter_and_requirements(results):
    case = cases(results)["test_passed"]
    assert labels(case, "epic") == ["eConduit Direct"]
    assert labels(case, "feature") == ["Registration"]
    assert labels(case, "story") == [
        "ECD-042 After any drop, a new registration is sent",
        "ECD-061 The heartbeat comes about once per minute",
    ]
    assert case["description"].startswith("It registers.\n\n- **ECD-042** (MUST; Registration): After any drop")
    assert {"name": "seed", "value": "7", "excluded": True} in case["parameters"]


def test_the_verdict_is_told_in_our_words(results):
    found = {name: (case["status"], *labels(case, "verdict")) for name, case in cases(results).items()}
    assert found == {
        "test_passed": ("passed", "PASS"),
        "test_warned": ("passed", "WARNING"),
        "test_undecided": ("broken", "INCONC"),
        "test_absent": ("skipped", "not run"),
        "test_sanity": ("passed", "PASS"),
    }
    assert "INCONC" in labels(cases(results)["test_undecided"], "tag")


def test_a_case_that_ran_on_what_is_unconfirmed_is_tagged_and_says_so(results):
    found = cases(results)
    assert [name for name, case in found.items() if "unconfirmed" in labels(case, "tag")] == ["test_sanity"]
    assert found["test_sanity"]["description"].endswith("\n\n**Unconfirmed:** names are analogues; ask: list, pay")


def test_severity_goes_by_the_gravest_requirement_and_sanity_blocks(results):
    assert labels(cases(results)["test_passed"], "severity") == ["critical"]
    assert labels(cases(results)["test_sanity"], "severity") == ["blocker"]


def test_trace_findings_and_files_are_attached_to_the_case_itself(results):
    found = cases(results)
    attached = {a["name"]: a for case in found.values() for a in case.get("attachments", ())}
    assert set(attached) == {"findings", "one.jsonl", "screen.png", "wire.odd"}
    assert (results / attached["one.jsonl"]["source"]).read_text() == "content"
    warned = next(a["source"] for a in found["test_warned"]["attachments"] if a["name"] == "findings")
    assert "WARNING  ECD-061\nexpected  60 s\nobserved  74 s" in (results / warned).read_text()


def test_the_plumbing_of_the_event_loop_is_tidied_away_and_our_fixtures_stay(results):
    def fixtures() -> set[str]:
        containers = map(read, results.glob("*-container.json"))
        return {f["name"] for c in containers for side in ("befores", "afters") for f in c.get(side, ())}

    assert "_function_scoped_runner" in fixtures(), "there is nothing to tidy: pytest-asyncio has changed"
    assert any("asyncio" in labels(case, "tag") for case in cases(results).values())
    tidy(results)
    assert {name.partition("::")[0] for name in fixtures()} == {"cloud"}
    assert not any("asyncio" in labels(case, "tag") for case in cases(results).values())


def test_a_run_leaves_its_facts_its_executor_and_its_categories(tmp_path):
    run = RunInfo("eConduit Direct", "fast", "memory", "answers/x", 7, "2026-01-02", 60.0, {"Some tool": "1\n2"})
    report_run(summary([], (), run=run), tmp_path)
    facts = (tmp_path / "environment.properties").read_text("utf-8").splitlines()
    for fact in ("Verdict=ERROR (exit code 3)", "Standing=rehearsal, not a certification", "Clock=compressed ×60",
                 "Some_tool=1 2"):  # fmt: skip
        assert fact in facts
    assert read(tmp_path / "executor.json")["name"] == "bench fast"
    assert {entry["name"] for entry in read(tmp_path / "categories.json")} < {name for name, _ in CATEGORIES.values()}


def test_how_many_requirements_rest_on_what_is_unconfirmed_is_a_fact_of_the_run(tmp_path):
    told = summary([], (), run=RunInfo("x", "fast", "memory", "answers/x", 7, "2026-01-02", 1.0, {}))
    told["assumed"] = [
        {"what": "names are analogues", "names": ["list"], "requirements": ["A-1", "A-2"], "cases": []},
        {"what": "figures are guesses", "names": ["10 s"], "requirements": ["A-2"], "cases": []},
    ]
    report_run(told, tmp_path)
    facts = (tmp_path / "environment.properties").read_text("utf-8").splitlines()
    assert facts[:2] == ["Verdict=ERROR (exit code 3)", "Unconfirmed=2 requirements (tag unconfirmed)"]


def test_the_categories_of_allure_3_go_by_the_label():
    matchers = [entry["matchers"]["labels"]["verdict"] for entry in categories()]
    assert matchers == ["^FAIL$", "^ERROR$", "^INCONC$", "^WARNING$", "^not run$", "^not applicable$"]
