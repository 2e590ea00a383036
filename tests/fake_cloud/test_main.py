"""The door of the fake cloud: a terminal registers, and a sale is run by URL, all over real sockets."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

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


def read_until(served: subprocess.Popen[str], words: str) -> list[str]:
    """Its lines up to the one with these words; it is killed by the test's own end if that never comes."""
    assert served.stdout is not None
    lines = []
    for line in served.stdout:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"no {words!r} in {lines}")


def test_a_sale_by_url(cloud: subprocess.Popen[str]) -> None:
    assert cloud.stdout is not None
    primary, secondary, _, sale = [cloud.stdout.readline().split() for _ in range(4)]
    url = re.sub(r"'", "", sale[-1])
    with _start("emulator", "terminal", "--primary", primary[1], "--secondary", secondary[1]) as terminal:
        try:
            read_until(cloud, "terminal registers")
            read_until(cloud, "OK-REGISTRATION")
            with urllib.request.urlopen(url, timeout=20) as reply:
                answer = json.load(reply)
            assert answer["ResultCode"] == "Approved"
            assert answer["RefID"] == "ref-1"
            told = read_until(cloud, "POS is answered")
            assert any("POS calls runTransaction" in line for line in told)
            assert not any("bench-password" in line for line in told)
        finally:
            terminal.kill()


def test_a_port_in_use_is_one_sentence(cloud: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.stdout is not None
    taken = cloud.stdout.readline().split()[1]
    assert main(["--primary", taken, "--secondary", ANY, "--pos", ANY]) == 3
    assert capsys.readouterr().err == f"fake_cloud: cannot have {taken}: Address already in use\n"


@pytest.mark.parametrize("wrong", ["nine", "localhost:", "localhost:70000", ":9001", "65536"])
def test_a_wrong_address_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--primary", wrong]) == 4
    assert f"found {wrong!r}; allowed: HOST:PORT or PORT" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["TERM-001", "=1", "TERM-001="])
def test_a_wrong_route_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--route", wrong]) == 4
    assert f"found {wrong!r}; allowed: NAME=ID" in capsys.readouterr().err


def test_the_keys_of_encrypted_lines_are_kept_for_who_asks(tmp_path: Path) -> None:
    keys = tmp_path / "keys.log"
    words = ("fake_cloud", "--connect", ANY, "--authority", str(tmp_path), "--tls-keys", str(keys))
    with _start(*words) as served:
        try:
            told = read_until(served, "authority")
            host, port = next(line.split()[1] for line in told if "connect" in line).split(":")
            trusting = ssl.create_default_context(cafile=tmp_path / "ca.pem")
            with socket.create_connection((host, int(port))) as line, trusting.wrap_socket(line, server_hostname=host):
                pass
        finally:
            served.kill()
    assert "SERVER_HANDSHAKE_TRAFFIC_SECRET " in keys.read_text("ascii")
    assert keys.stat().st_mode & 0o777 == 0o600


def test_all_of_them_are_served_and_act_on_what_is_posted(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    options = ["--connect", "--modulus", "--modulus-api", "--adyen", "--adyen-management", "--control"]
    words = [word for option in options for word in (option, "0")]
    with _start("fake_cloud", *words, "--authority", str(tmp_path), "--trace", str(trace)) as served:
        try:
            lines = [line.split() for line in read_until(served, "authority")]
            where = {line[0]: line[1] for line in lines}
            assert {"connect", "gateway", "api", "device", "management", "control"} <= where.keys()
            assert Path(where["authority"]).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
            with urllib.request.urlopen(f"http://{where['control']}/", b"refuse gateway", timeout=20) as reply:
                assert reply.read() == b"done\n"
            trusting = ssl.create_default_context(cafile=where["authority"])
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"https://{where['gateway']}/v1", timeout=20, context=trusting)
            with refused.value as reply:
                assert reply.code in (400, 401)
            read_until(served, "TLSv1.")
            served.send_signal(signal.SIGINT)
            assert served.wait(20) == 0
        finally:
            served.kill()
    kinds = {json.loads(line)["body"]["kind"] for line in trace.read_text("utf-8").splitlines()}
    assert {"Opened", "Secured", "Received", "Send", "Spoken"} <= kinds
