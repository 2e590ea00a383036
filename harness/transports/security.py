"""What a transport is given to encrypt its lines by TLS: identities, whom to trust, and where to log the keys.

A listener has several identities, so that a case can show a dialler the certificate of another host, one that expired,
or an old version of TLS, and see what it does about it. A dialler has one context and the name that it expects.
"""

from __future__ import annotations

import os
import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.transports.host import BenchError

GOOD = "good"
"""The identity of a listener until a `Listen` names another."""

HANDSHAKE_LIMIT = 30.0
"""Document seconds until a dialler that has not finished its handshake is let go. Slow terminals take five; who sends a
byte a second would take minutes."""

LEAST_HANDSHAKE = 5.0
"""Wall seconds that a handshake has at least, however much faster than the wall the document's clock runs."""


@dataclass(frozen=True)
class Security:
    """How the lines of a party are encrypted.

    `identities`: a server's context by the name of the identity, at least `good`. `listeners`: names of those that are
    secure; a `Dial(secure=True)` uses `trusting`, and asks for `server_name` by SNI and in the certificate, for the
    dialled host where it is None. `handshake_within`: document seconds, and never fewer than `LEAST_HANDSHAKE` of the
    wall's. `key_log`: a file that gets the secrets of each line, so that Wireshark can read a capture (its preference
    `tls.keylog_file`); who has it reads everything, so it is no part of the evidence."""

    identities: Mapping[str, ssl.SSLContext] = field(default_factory=dict)
    listeners: frozenset[str] = frozenset()
    trusting: ssl.SSLContext | None = None
    server_name: str | None = None
    handshake_within: float = HANDSHAKE_LIMIT
    key_log: Path | None = None

    def begin(self) -> None:
        """Make the contexts ready, and log the keys from now on.

        Raises BenchError if the key log cannot be written, or a secure listener has no identity."""
        if self.listeners and GOOD not in self.identities:
            raise BenchError(f"listeners {', '.join(sorted(self.listeners))}: no {GOOD!r} identity to be secure with")
        for context in self.identities.values():
            context.num_tickets = 0  # a client that never reads one would end its line by RST and not by FIN
        for context in self._contexts:
            context.options |= ssl.OP_NO_RENEGOTIATION  # while one goes on nothing can be written
        if self.key_log is not None:
            try:
                make_key_log(self.key_log)
                self._log_to(str(self.key_log))
            except OSError as error:
                raise BenchError(f"cannot log keys to {self.key_log}: {error.strerror}") from error

    def end(self) -> None:
        """Log no more keys."""
        if self.key_log is not None:
            self._log_to(None)

    def _log_to(self, path: str | None) -> None:
        for context in self._contexts:
            context.keylog_filename = path  # type: ignore[assignment]  # None ends it; typeshed does not know

    @property
    def _contexts(self) -> list[ssl.SSLContext]:
        return [*self.identities.values(), *([self.trusting] if self.trusting is not None else [])]

    def identity(self, listener: str, name: str) -> ssl.SSLContext:
        """The context of an identity. Raises BenchError if there is none of that name."""
        try:
            return self.identities[name]
        except KeyError:
            known = ", ".join(sorted(self.identities))
            raise BenchError(f"listener {listener}: no identity {name!r}, only {known}") from None

    def within(self, scale: float) -> float:
        """Document seconds that a handshake may take on a clock of that many to the wall second."""
        return max(self.handshake_within, LEAST_HANDSHAKE * scale)


def make_key_log(file: Path) -> None:
    """Make a key log that is there, with what it holds, for its owner alone. Raises OSError."""
    opened = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        os.fchmod(opened, 0o600)
    finally:
        os.close(opened)


def in_words(error: ssl.SSLError) -> str:
    """Why there is no encryption, in OpenSSL's words: `http request`, `unsupported protocol`.

    What begins with `alert`, as `alert unknown ca`, was said by the other side (RFC 8446, section 6); all else is what
    ours found."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {error.verify_message}"
    words = (error.reason or error.strerror or "no reason given").lower().replace("_", " ")
    head, alert, rest = words.partition(" alert ")
    return f"alert {rest}" if alert and head.startswith(("tlsv", "sslv")) else words


# ---- Contexts --------------------------------------------------------------------------------------------------------


def trusting(ca: Path) -> ssl.SSLContext:
    """A dialler's context that trusts one authority, and looks at the host's name. `ca`: its certificates as PEM.

    Raises BenchError if the file cannot be had."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(ca)
    except (OSError, ssl.SSLError) as error:
        raise BenchError(f"no certificates of an authority in {ca}: {error.strerror or error}") from error
    return context


def trusting_anybody() -> ssl.SSLContext:
    """A dialler's context that looks at nothing: how a bad DUT trusts, or a bench that must see what a DUT presents."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def presenting(chain: Path) -> ssl.SSLContext:
    """A listener's context. `chain`: a file with its private key, its certificate, and those above it, as PEM.

    Raises BenchError if the file cannot be had."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(chain)
    except (OSError, ssl.SSLError) as error:
        raise BenchError(f"no key and certificate in {chain}: {error.strerror or error}") from error
    return context


def speaking(context: ssl.SSLContext, least: ssl.TLSVersion, most: ssl.TLSVersion) -> ssl.SSLContext:
    """The same context, made to speak these versions of TLS, old ones and their weak signatures too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old ones are meant
        context.minimum_version, context.maximum_version = least, most
    if least < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context
