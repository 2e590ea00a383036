"""The door of the fake cloud: a terminal registers, and a sale is run by URL, all over real sockets."""

from __future__ import annotations

import json
import os
import pty
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
from fake_cloud.desk import Spoken
from fixtures import evidence, programmes, rejudge
from harness.wire.endpoint import Received
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


@pytest.mark.parametrize("wrong", ["nonsense", "ftp://a/b", "https://"])
def test_a_webhook_that_is_no_url_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--adyen", ANY, "--webhook", wrong]) == 4
    assert f"found {wrong!r}; allowed: http(s)://HOST[:PORT][/PATH]" in capsys.readouterr().err


def test_a_name_that_no_certificate_can_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--modulus", ANY, "--host", "'"]) == 4
    assert "allowed: a host name or an address" in capsys.readouterr().err


def test_a_key_that_cannot_be_kept_out_of_sight_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--pos", ANY, "--key", "abc"]) == 4
    assert capsys.readouterr().err.startswith("fake_cloud: key: a secret of 3 characters cannot be kept out")


@pytest.mark.parametrize("option", ["--trace", "--out"])
def test_a_place_that_cannot_be_written_is_told_at_once(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--pos", ANY, option, str(tmp_path / "file" / "below")]) in (3, 4)
    assert str(tmp_path) in capsys.readouterr().err


TOKEN = "of-an-integrator-77"  # noqa: S105 — of nobody


def test_what_is_typed_is_done_and_all_of_it_is_left_as_a_run_leaves_it(tmp_path: Path) -> None:
    """Words at the keyboard are done and answered; ended by SIGTERM, it leaves a trace that the harness reads."""
    keyboard, typing = pty.openpty()
    words = ("--connect", "0", "--modulus", "0", "--plain", "--out", str(tmp_path))
    command = [sys.executable, "-m", "fake_cloud", *words]
    with subprocess.Popen(command, cwd=PROJECT, stdin=typing, stdout=subprocess.PIPE, text=True) as served:
        try:
            where = {line.split()[0]: line.split()[1] for line in read_until(served, "commands")}
            os.write(keyboard, b"refuse gateway\ndrop\n")
            read_until(served, "told connect, gateway")
            said = f"GET /pac?token={TOKEN} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
            with socket.create_connection(("127.0.0.1", int(where["connect"].split(":")[1])), 20) as line:
                line.sendall(said)
                assert line.recv(4096).startswith(b"HTTP/1.1 400 ")
            told = read_until(served, "TurnedAway")
            assert not [line for line in told if TOKEN in line]
            served.send_signal(signal.SIGTERM)
            assert served.wait(20) == 0
        finally:
            served.kill()
            os.close(keyboard)
            os.close(typing)
    (bundle,) = tmp_path.iterdir()
    kinds = programmes.load("end_to_end").kinds
    trace = evidence.read(bundle / "cases" / "by-hand" / "trace.jsonl", kinds)
    assert [body.words for _, body in trace.heard("desk", Spoken)] == ["refuse gateway", "drop"]
    assert trace.heard("connect", Received)
    assert list(rejudge.repeat(bundle)) == []
    assert "told gateway" in (bundle / "console.txt").read_text("utf-8")
    assert not [path for path in bundle.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


def test_what_is_not_named_is_not_served(tmp_path: Path) -> None:
    with _start("fake_cloud", "--adyen-receiver", "0", "--authority", str(tmp_path)) as served:
        try:
            lines = [line.split()[0] for line in read_until(served, "commands")]
        finally:
            served.kill()
    assert lines == ["receiver", "authority", "commands"]


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
                assert reply.read() == b"told gateway\n"
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
