"""The bench's own authority: what each of its identities is to a dialler that looks, and where its keys are."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from harness.rig import certificates
from harness.rig.certificates import Authority
from harness.transports.host import BenchError
from harness.transports.security import Security, presenting, speaking, trusting, trusting_anybody

NAMES = ["bench.example", "127.0.0.1"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "of this run")


@pytest.fixture(scope="module")
def security(authority: Authority) -> Security:
    return authority.security(["primary"], NAMES)


def meet(server: ssl.SSLContext, client: ssl.SSLContext, name: str = "bench.example") -> str:
    """The version of TLS that two ends find; raises what the first of them that fails does."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=name), server.wrap_bio(up, down, server_side=True)]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[0].version() or ""


@pytest.mark.parametrize("name", NAMES)
def test_a_good_one_is_trusted_under_each_of_its_names(authority, security, name):
    assert meet(security.identities["good"], trusting(authority.ca), name) == "TLSv1.3"


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ("wrong host", "Hostname mismatch"),
        ("expired", "certificate has expired"),
        ("self-signed", "self-signed certificate"),
        ("unknown authority", "unable to get local issuer certificate"),
    ],
)
def test_a_wrong_one_is_wrong_in_one_thing(authority, security, identity, why):
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        meet(security.identities[identity], trusting(authority.ca))
    assert meet(security.identities[identity], trusting_anybody()) == "TLSv1.3"


def test_old_tls_is_spoken_or_it_is_said_why_not(authority, security):
    if "old tls" in authority.lacking:
        assert "old tls" not in security.identities
        assert "OpenSSL" in authority.lacking["old tls"]
        return
    any_version = speaking(trusting(authority.ca), ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3)
    assert meet(security.identities["old tls"], any_version) == "TLSv1.1"
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        meet(security.identities["old tls"], trusting(authority.ca))


def test_a_machine_without_old_tls_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates.ssl, "HAS_TLSv1_1", False)
    lacking = Authority(tmp_path)
    assert lacking.lacking == {"old tls": "the OpenSSL of this Python was built without TLS 1.1"}
    assert "old tls" not in lacking.identities(NAMES)


def test_a_machine_that_forbids_old_tls_says_so(tmp_path, monkeypatch):
    def strict(context: ssl.SSLContext) -> ssl.SSLContext:
        speaking(context, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1).set_ciphers("DEFAULT:@SECLEVEL=2")
        return context

    monkeypatch.setattr(certificates, "_old", strict)
    assert "does not let TLS 1.1 be spoken" in Authority(tmp_path).lacking["old tls"]


def test_what_dials_trusts_the_authority_and_nobody_else(authority, security, tmp_path):
    assert security.listeners == {"primary"}
    assert meet(security.identities["good"], security.trusting) == "TLSv1.3"
    other = Authority(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        meet(other.identities(NAMES)["good"], security.trusting)


def test_keys_are_nowhere_unless_a_dut_needs_one(authority, security, tmp_path):
    assert [path.name for path in authority.ca.parent.iterdir()] == ["ca.pem"]
    assert "PRIVATE" not in authority.ca.read_text()
    chain = authority.key_file(tmp_path / "receiver.pem", NAMES)
    assert chain.stat().st_mode & 0o777 == 0o600
    assert meet(presenting(chain), trusting(authority.ca)) == "TLSv1.3"
    with pytest.raises(FileExistsError):
        authority.key_file(chain, NAMES)


def test_files_that_hold_something_else_are_a_mistake_of_the_bench(tmp_path: Path):
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    for made in (trusting, presenting):
        with pytest.raises(BenchError, match=r"nothing\.pem"):
            made(nothing)
        with pytest.raises(BenchError, match="No such file"):
            made(tmp_path / "missing.pem")


# ---- Kept from run to run --------------------------------------------------------------------------------------------


def test_one_that_is_kept_is_the_same_in_the_next_run(tmp_path):
    first = Authority(tmp_path / "one", tmp_path / "kept")
    second = Authority(tmp_path / "other", tmp_path / "kept")
    assert first.ca.read_bytes() == second.ca.read_bytes() == (tmp_path / "kept" / "ca.pem").read_bytes()
    identities = second.security(["primary"], NAMES).identities
    assert meet(identities["good"], trusting(first.ca)) == "TLSv1.3", "who was given the first file trusts it still"
    assert (tmp_path / "kept" / "ca-key.pem").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["ca.pem"], "its key is no evidence"


def test_what_a_dut_listens_with_is_made_once(tmp_path):
    own = Authority(tmp_path, tmp_path)
    own.key_once(tmp_path / "dut.pem", NAMES)
    made = (tmp_path / "dut.pem").read_bytes()
    Authority(tmp_path, tmp_path).key_once(tmp_path / "dut.pem", ["another.example"])
    assert (tmp_path / "dut.pem").read_bytes() == made
    assert meet(presenting(tmp_path / "dut.pem"), trusting(own.ca)) == "TLSv1.3"


def _of_another(kept: Path) -> None:
    Authority(kept.parent / "another", kept.parent / "another")
    (kept / "ca.pem").write_bytes((kept.parent / "another" / "ca.pem").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda kept: (kept / "ca-key.pem").chmod(0o640), "ca-key.pem may be read by others: chmod 600 it"),
        (lambda kept: (kept / "ca.pem").write_text("nonsense"), "holds no certificate with its key: remove it"),
        (lambda kept: (kept / "ca.pem").unlink(), "ca.pem: No such file or directory"),
        (_of_another, "is not that of its key: remove it"),
    ],
)
def test_one_that_cannot_be_used_is_told(tmp_path, spoil, why):
    kept = tmp_path / "kept"
    Authority(kept, kept)
    spoil(kept)
    with pytest.raises(BenchError, match=f"^authority: .*{why}"):
        Authority(tmp_path / "run", kept)


def test_a_file_in_the_place_of_its_folder_is_told(tmp_path):
    (tmp_path / "kept").write_text("")
    with pytest.raises(BenchError, match=r"^authority: .*kept: File exists"):
        Authority(tmp_path / "run", tmp_path / "kept")
