"""The door of the fake cloud: a terminal registers, and a sale is run by URL, all over real sockets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from fake_cloud.__main__ import main
from tests.runs import PROJECT

ANY = "127.0.0.1:0"


def _start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", *words], cwd=PROJECT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def cloud() -> Iterator[subprocess.Popen[str]]:
    with _start("fake_cloud", "--primary", ANY, "--secondary", ANY, "--pos", ANY) as served:
        yield served
        served.kill()


def test_a_sale_by_url(cloud: subprocess.Popen[str]) -> None:
    assert cloud.stdout is not None
    primary, secondary, _, sale = [cloud.stdout.readline().split() for _ in range(4)]
    url = re.sub(r"'", "", sale[-1])
    with _start("emulator", "terminal", "--primary", primary[1], "--secondary", secondary[1]) as terminal:
        try:
            assert "terminal registers" in cloud.stdout.readline()
            assert "OK-REGISTRATION" in cloud.stdout.readline()
            with urllib.request.urlopen(url, timeout=20) as reply:
                answer = json.load(reply)
            assert answer["ResultCode"] == "Approved"
            assert answer["RefID"] == "ref-1"
            told = [cloud.stdout.readline() for _ in range(4)]
            assert any("POS calls runTransaction" in line for line in told)
            assert not any("bench-password" in line for line in told)
        finally:
            terminal.kill()


def test_a_port_in_use_is_one_sentence(cloud: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.stdout is not None
    taken = cloud.stdout.readline().split()[1]
    assert main(["--primary", taken, "--secondary", ANY, "--pos", ANY]) == 3
    assert capsys.readouterr().err == f"fake_cloud: cannot have {taken}: Address already in use\n"


@pytest.mark.parametrize("wrong", ["9001", "localhost:", "localhost:70000", ":9001"])
def test_a_wrong_address_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--primary", wrong]) == 4
    assert f"found {wrong!r}; allowed: HOST:PORT" in capsys.readouterr().err
