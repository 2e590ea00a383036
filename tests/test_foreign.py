"""A terminal of another make, in another language, is certified by its command line alone."""

from __future__ import annotations

import shutil

import pytest

from tests.runs import run


@pytest.mark.skipif(shutil.which("perl") is None, reason="no perl on this machine")
@pytest.mark.parametrize("suite", ["suites/sanity", "suites/econduit"])
def test_the_perl_terminal_conforms(tmp_path, suite):
    ended = run(tmp_path, suite, "--bench", "tests/foreign/bench.yaml")
    assert sum(ended.cases.values()) == ended.junit >= 1, ended.output
    assert ended.cases["PASS"] >= 1
    assert ended.found == "" or ended.summary["totals"]["warnings"], ended.found
    assert ended.code == 0, ended.found
