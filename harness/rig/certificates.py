"""The bench's own authority, of a run or kept for many, and listeners' identities by it: good, and wrong on purpose.

A DUT is given the authority's certificate to trust. What a listener then shows it differs from a good certificate in
one thing only, so that a DUT which turns it down does so for that. Private keys stay in memory; one that a DUT must
have (as the server that we dial) is a file that only its owner can read, and never lies in the evidence.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.transports.host import BenchError
from harness.transports.security import GOOD, Security, presenting, speaking, trusting, trusting_anybody

WRONG_HOST, EXPIRED, SELF_SIGNED, UNKNOWN_AUTHORITY, OLD_TLS = (
    "wrong host",
    "expired",
    "self-signed",
    "unknown authority",
    "old tls",
)

ELSEWHERE = "elsewhere.example"
"""The name in a certificate of another host."""

_LONG = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2038, 1, 1, tzinfo=datetime.UTC)
"""When a certificate is good: a DUT may have a wrong clock, and that is not what is asked."""

_LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2010, 1, 1, tzinfo=datetime.UTC)
"""When one that has expired was good."""


CERTIFICATE, KEY, OF_THE_DUT = "ca.pem", "ca-key.pem", "dut.pem"
"""The files of an authority: what everybody may see, what nobody may, and what a DUT that listens is given."""


class Authority:
    """An authority that nobody knows but whom it is shown to. `folder`: gets its certificate, `ca.pem`; `kept`: a
    folder in which it lies from run to run, with its key for its owner alone, and is made when it is first used.

    Raises BenchError if what is kept cannot be used."""

    def __init__(self, folder: Path, kept: Path | None = None) -> None:
        self._authority = _new() if kept is None else _kept(kept)
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = folder / CERTIFICATE
        """Its certificate as PEM, to be given to DUTs."""
        if folder != kept:
            self.ca.write_bytes(self._authority.cert_pem.bytes())

    @cached_property
    def lacking(self) -> dict[str, str]:
        """Identities that this machine cannot have, and why."""
        why = _old_tls_missing(self._context(GOOD, ["localhost"]))
        return {OLD_TLS: why} if why else {}

    def identities(self, names: Iterable[str]) -> dict[str, ssl.SSLContext]:
        """A listener's context for each identity that is not lacking. `names`: hosts and IP addresses of the listener,
        as they are dialled."""
        names = list(names)
        contexts = {
            identity: self._context(identity, names)
            for identity in (GOOD, WRONG_HOST, EXPIRED, SELF_SIGNED, UNKNOWN_AUTHORITY)
        }
        if OLD_TLS not in self.lacking:
            contexts[OLD_TLS] = _old(self._context(GOOD, names))
        return contexts

    def security(
        self,
        listeners: Iterable[str],
        names: Iterable[str],
        *,
        trusts: ssl.SSLContext | None = None,
        server_name: str | None = None,
        key_log: Path | None = None,
    ) -> Security:
        """How a party of ours is secured: which listeners, and whom it trusts when it dials: by default those whom this
        authority knows. `names`: as in `identities`."""
        return Security(
            self.identities(names),
            frozenset(listeners),
            trusting(self.ca) if trusts is None else trusts,
            server_name,
            key_log=key_log,
        )

    def key_file(self, path: Path, names: Iterable[str], identity: str = GOOD) -> Path:
        """Write what a DUT needs to be a server: key, certificate and those above it as PEM, for its owner alone."""
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(self._pem(identity, list(names)))
        return path

    def key_once(self, path: Path, names: Iterable[str]) -> None:
        """The same, where it is not there yet: a DUT that has been given one keeps it. Raises BenchError."""
        try:
            self.key_file(path, names)
        except FileExistsError:
            return
        except OSError as error:
            raise BenchError(f"authority: {error.filename}: {error.strerror}") from error

    def _context(self, identity: str, names: list[str]) -> ssl.SSLContext:
        with tempfile.TemporaryDirectory() as folder:  # OpenSSL reads keys from files only
            return presenting(self.key_file(Path(folder) / "key.pem", names, identity))

    def _pem(self, identity: str, names: list[str]) -> bytes:
        if identity == SELF_SIGNED:
            return _self_signed(names)
        issuer = trustme.CA() if identity == UNKNOWN_AUTHORITY else self._authority
        not_before, not_after = _LONG_AGO if identity == EXPIRED else _LONG
        presented = [ELSEWHERE] if identity == WRONG_HOST else names
        leaf = issuer.issue_cert(*presented, not_before=not_before, not_after=not_after)
        return leaf.private_key_and_cert_chain_pem.bytes()


def _new() -> trustme.CA:
    return trustme.CA(organization_name="Certification bench")


def _kept(folder: Path) -> trustme.CA:
    """The authority that lies in a folder; a new one if none does."""
    key, certificate = folder / KEY, folder / CERTIFICATE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not key.exists() and not certificate.exists():
            made = _new()
            with open(os.open(key, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(made.private_key_pem.bytes())
            certificate.write_bytes(made.cert_pem.bytes())
        if key.stat().st_mode & 0o077:
            raise BenchError(f"authority: {key} may be read by others: chmod 600 it, or remove the folder")
        authority = trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    except OSError as error:
        raise BenchError(f"authority: {error.filename}: {error.strerror}") from error
    except ValueError as error:
        raise BenchError(
            f"authority: {folder} holds no certificate with its key: remove it, to have it anew"
        ) from error
    if not _belong(certificate, key):
        raise BenchError(f"authority: the certificate in {folder} is not that of its key: remove it, to have it anew")
    return authority


def _belong(certificate: Path, key: Path) -> bool:
    own = serialization.load_pem_private_key(key.read_bytes(), None).public_key()
    return own == x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()


def _self_signed(names: list[str]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_LONG[0])
        .not_valid_after(_LONG[1])
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()) + certificate.public_bytes(pem)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _old(context: ssl.SSLContext) -> ssl.SSLContext:
    return speaking(context, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


def _old_tls_missing(good: ssl.SSLContext) -> str:
    """Why OpenSSL here cannot speak TLS 1.1 to a dialler that could; empty if it can. Found out by doing it."""
    if not ssl.HAS_TLSv1_1:
        return "the OpenSSL of this Python was built without TLS 1.1"
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = _old(good).wrap_bio(up, down, server_side=True)
    client = _old(trusting_anybody()).wrap_bio(down, up, server_hostname="localhost")
    waiting = [client, server]
    try:
        for _ in range(4):  # flights of a handshake
            for end in list(waiting):
                try:
                    end.do_handshake()
                    waiting.remove(end)
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLError as error:
        return f"the OpenSSL of this machine does not let TLS 1.1 be spoken: {error.reason}"
    return "the OpenSSL of this machine does not finish a handshake of TLS 1.1" if waiting else ""
