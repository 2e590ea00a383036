"""Keys and passwords of the web API stand nowhere in what a run leaves or prints."""

from __future__ import annotations

import base64
import shutil
import urllib.parse
from pathlib import Path

import pytest

from tests.runs import PROJECT, Run, run

KEY, PASSWORD = "Kx7-aPi+kEy/22", "pA55 w0rd&more"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Run:
    answers = tmp_path_factory.mktemp("answers")
    shutil.copytree(PROJECT / "answers" / "emulator", answers, dirs_exist_ok=True)
    with (answers / "ixit.yaml").open("a", encoding="utf-8") as ixit:
        ixit.write(f'pos_key: "{KEY}"\npos_password: "{PASSWORD}"\n')
    # With a defect, so that findings with their events are printed too.
    return run(
        tmp_path_factory.mktemp("out"),
        *("--bench", "benches/memory.yaml", f"--answers={answers}", "--defect", "silent-when-declined"),
        *("-c", "pyproject.toml", "-p", "fixtures.plugin", "--rootdir", "."),
    ).proven()


def test_the_till_did_call(judged: Run) -> None:
    calls = [case for case in judged.verdicts if "test_pos_api" in case]
    assert len(calls) > 10
    assert judged.code == 1
    assert "key=" in "".join(path.read_text(encoding="utf-8") for path in judged.folder.glob("cases/*/trace.jsonl"))


@pytest.mark.parametrize("secret", [KEY, PASSWORD])
def test_no_secret_is_left(judged: Run, secret: str) -> None:
    shapes = {
        secret,
        urllib.parse.quote(secret),
        urllib.parse.quote_plus(secret),
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
    }
    files = [path for path in Path(judged.folder).rglob("*") if path.is_file()]
    assert len(files) > 100
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [shape for shape in shapes if shape in text], path
        assert not [shape for shape in shapes if shape in path.name]
    assert not [shape for shape in shapes if shape in judged.output]
